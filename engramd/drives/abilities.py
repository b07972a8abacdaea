"""What a drive can do, in the words of the bus, and its speeds in the kernel's units. Pure."""

from __future__ import annotations

from math import ceil

from engramd.discs.model import Media
from engramd.drives.ioctls import Capability

#: The kernel counts in single speeds of a CD, in kB/s, and what it takes fits 16 bits of kB/s.
_UNIT, _MOST_UNITS = 177, 65535 // 177
#: Single speeds in kB/s.
_SINGLE = {Media.DVD: 1385, Media.BLURAY: 4496, Media.UHD: 4496}
_WORDS = {
    Capability.OPEN_TRAY: "eject",
    Capability.CLOSE_TRAY: "close",
    Capability.LOCK: "lock",
    Capability.SELECT_SPEED: "speed",
}
SPEED = _WORDS[Capability.SELECT_SPEED]


def words_of(capability: Capability) -> tuple[str, ...]:
    """Name what a drive can do with its tray and its speed."""
    return tuple(word for one, word in _WORDS.items() if one in capability)


def kernel_speed(times: int, media: Media) -> int:
    """Give a speed as the kernel takes it; `times` is that of the disc's kind, 0 as fast as it can."""
    return min(_MOST_UNITS, ceil(times * _SINGLE.get(media, _UNIT) / _UNIT))
