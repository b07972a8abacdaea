from __future__ import annotations

import uuid

from engramd.drives.boot import InsertionNumbers, boot_id


def test_the_boot_has_an_id() -> None:
    assert uuid.UUID(boot_id())


def test_numbers_are_negative_and_new_even_within_one_second_and_after_a_restart() -> None:
    first = InsertionNumbers(lambda: 100.0)
    numbers = [first(), first(), InsertionNumbers(lambda: 103.5)()]
    assert numbers == [-100, -101, -103]
    assert InsertionNumbers()() < 0
