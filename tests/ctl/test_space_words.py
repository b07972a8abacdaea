"""How much space is left, in discs."""

from __future__ import annotations

import pytest

from engramd.ctl.space_words import space

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("free", "floor", "said"),
    [
        (500 * GB, 0, "500 GB free: about 62 DVDs or 11 Blu-rays"),
        (60 * GB, 10 * GB, "60.0 GB free: about 6 DVDs or 1 Blu-ray"),
        (18 * GB, 10 * GB, "18.0 GB free: about 1 DVD or no Blu-ray"),
        (17 * GB, 10 * GB, "17.0 GB free: no room for another disc"),
        (0, 10 * GB, "0 B free: no room for another disc"),
    ],
)
def test_space_is_told_in_discs(free: int, floor: int, said: str) -> None:
    [found] = space({"/srv/media/tv": free, "/srv/media/films": free}, floor)

    assert found.text == said
    assert found.is_short == ("no room" in said)


def test_the_fullest_comes_first_and_folders_of_one_file_system_together() -> None:
    free = {"/srv/media/tv": 900 * GB, "/srv/media/films": 900 * GB, "/var/staging": 100 * GB}

    assert [one.text.partition(":")[0] for one in space(free, 0)] == [
        "100 GB free in /var/staging",
        "900 GB free in /srv/media",
    ]


def test_folders_that_have_only_the_root_in_common_are_named() -> None:
    free = {"/tv": 9 * GB, "/films": 9 * GB, "/staging": 10 * GB}

    assert space(free, 0)[0].text.startswith("9.0 GB free in /tv, /films: ")
