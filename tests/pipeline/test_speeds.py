"""A drive is told a speed when there is one to tell, and that it is free again once."""

from __future__ import annotations

from typing import cast

import pytest

from engramd.discs.model import Media
from engramd.drives.ioctls import Tray
from engramd.errors import WrongState
from engramd.pipeline.speeds import Speeds


class StandInTray:
    """Notes what it is told; like many drives, it may not let its speed be set."""

    device = "/dev/sr0"

    def __init__(self, *, fixed: bool = False) -> None:
        self.told: list[int] = []
        self._fixed = fixed

    def set_speed(self, units: int) -> bool:
        if not self._fixed:
            self.told.append(units)
        return not self._fixed


def test_a_drive_without_a_limit_is_left_alone_until_it_had_one() -> None:
    speeds, tray = Speeds(), StandInTray()

    def apply(*times: int) -> list[int]:
        for one in times:
            speeds.apply(cast(Tray, tray), "ACME", one, Media.DVD)
        told, tray.told = tray.told, []
        return told

    assert apply(0, 0) == []
    assert apply(4, 4) == [32, 32], "each disc is told to the drive"
    assert apply(0, 0) == [0], "it is as fast as it can again, and that is said once"


def test_a_limit_of_an_earlier_run_is_taken_back_too() -> None:
    speeds, tray = Speeds(), StandInTray()
    speeds.had_limit("ACME")
    speeds.apply(cast(Tray, tray), "ACME", 0, Media.DVD)
    assert tray.told == [0]


def test_a_drive_that_cannot_be_slow_says_so_only_where_it_should_be() -> None:
    speeds, tray = Speeds(), cast(Tray, StandInTray(fixed=True))
    speeds.apply(tray, "ACME", 0, Media.DVD)
    with pytest.raises(WrongState, match="/dev/sr0"):
        speeds.apply(tray, "ACME", 4, Media.DVD)
    speeds.had_limit("ACME")
    speeds.apply(tray, "ACME", 0, Media.DVD)
