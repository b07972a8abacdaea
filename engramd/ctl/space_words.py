"""How much space is left, and how many discs that is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os.path import commonpath

from engramd.ctl.text import counted, size

#: Bytes that a disc takes as it is usually filled.
_DVD, _BLURAY = 8_000_000_000, 45_000_000_000


@dataclass(frozen=True)
class Space:
    """What is free on one file system; it `is_short` where no further disc fits."""

    text: str
    is_short: bool


def space(free: Mapping[str, int], floor: int) -> list[Space]:
    """Say what is free of each file system, the fullest first; `floor` bytes always stay free.

    Folders with the same free space are taken to lie on one file system.
    """
    by_size: dict[int, list[str]] = {}
    for path, left in free.items():
        by_size.setdefault(left, []).append(path)
    where = len(by_size) > 1
    return [_said(left, paths if where else [], floor) for left, paths in sorted(by_size.items())]


def _said(left: int, paths: list[str], floor: int) -> Space:
    place = f" in {_place(paths)}" if paths else ""
    room = max(0, left - floor)
    if room < _DVD:
        return Space(f"{size(left)} free{place}: no room for another disc", is_short=True)
    discs = f"about {counted(room // _DVD, 'DVD')} or {_blurays(room)}"
    return Space(f"{size(left)} free{place}: {discs}", is_short=False)


def _blurays(room: int) -> str:
    return counted(room // _BLURAY, "Blu-ray") if room >= _BLURAY else "no Blu-ray"


def _place(paths: list[str]) -> str:
    common = commonpath(paths)
    return common if common.count("/") > 1 or len(paths) == 1 else ", ".join(paths)
