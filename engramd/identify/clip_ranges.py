"""How much of a title's segments another title plays too, where both play parts of the same clips. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

#: Ticks of a Blu-ray's clock in a second.
CLOCK = 45000

#: What of a clip is played, in ticks; None: all of it.
_Part = tuple[int, int] | None


class ClipRanges:
    """What a title plays of each clip, from the keys of its segments (`CLIP` or `CLIP@BEGIN-END`).

    Made in n log n and asked in log n: a playlist may name tens of thousands of pieces of one clip.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        parts: dict[str, list[tuple[int, int]]] = {}
        self._whole: set[str] = set()
        for clip, part in map(_range, keys):
            if part is None:
                self._whole.add(clip)
            else:
                parts.setdefault(clip, []).append(part)
        self._stretches = {clip: _Stretches(found) for clip, found in parts.items()}

    def shared(self, key: str, length: float) -> float:
        """Give how many seconds of a segment are played here too, which is at most its length in seconds."""
        clip, part = _range(key)
        if clip in self._whole:
            return length
        if clip not in self._stretches:
            return 0.0
        stretches = self._stretches[clip]
        ticks = stretches.total if part is None else stretches.within(*part)
        return min(ticks / CLOCK, length)


class _Stretches:
    """Ranges of one clip, joined where they overlap, with the length of all before each."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        joined: list[list[int]] = []
        for begin, end in sorted(ranges):
            if joined and begin <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], end)
            elif begin < end:
                joined.append([begin, end])
        self._begins = [begin for begin, _ in joined]
        self._ends = [end for _, end in joined]
        self._before = [0, *accumulate(end - begin for begin, end in joined)]
        self.total = self._before[-1]

    def within(self, begin: int, end: int) -> int:
        """Give how many ticks of a range they cover."""
        return max(0, self._up_to(end) - self._up_to(begin))

    def _up_to(self, tick: int) -> int:
        place = bisect_right(self._begins, tick)
        if not place:
            return 0
        return self._before[place] - max(0, self._ends[place - 1] - tick)


def _range(key: str) -> tuple[str, _Part]:
    clip, _, part = key.partition("@")
    begin, _, end = part.partition("-")
    return clip, (int(begin), int(end)) if begin.isdigit() and end.isdigit() else None
