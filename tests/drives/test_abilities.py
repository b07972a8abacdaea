"""Speeds as people say them, and as the kernel takes them."""

from __future__ import annotations

import pytest

from engramd.discs.model import Media
from engramd.drives.abilities import kernel_speed, words_of
from engramd.drives.ioctls import Capability


@pytest.mark.parametrize(
    ("times", "media", "units"),
    [
        (0, Media.DVD, 0),
        (24, Media.AUDIO, 24),
        (1, Media.DATA, 1),
        (8, Media.DVD, 63),
        (4, Media.BLURAY, 102),
        (4, Media.UHD, 102),
        (64, Media.BLURAY, 370),
    ],
)
def test_a_speed_is_that_of_the_discs_kind(times: int, media: Media, units: int) -> None:
    assert kernel_speed(times, media) == units
    assert units * 177 < 1 << 16, "the kernel counts in 16 bits"


def test_what_a_drive_can_do_is_named() -> None:
    assert words_of(Capability.DVD | Capability.MEDIA_CHANGED) == ()
    assert words_of(Capability.OPEN_TRAY | Capability.SELECT_SPEED) == ("eject", "speed")
