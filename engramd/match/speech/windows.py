"""Which windows of a title to listen to next: spread out first, then between those, until all was heard."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Window = tuple[float, float]

#: Seconds of one window, and windows of one round.
LENGTH = 30.0
ROUND = 4
#: Where dialogue lies: before it are logos and songs, after it credits. Listened to last.
FIRST, LAST = 0.1, 0.9
#: Seconds; a rest up to this long is heard with the window beside it, and a crumb is not heard at all.
REST = 15.0
CRUMB = 2.0


def plan(duration: float, already: Sequence[Window] = (), *, windows: int = ROUND) -> list[Window]:
    """Give the next round of windows of a title of that length, sorted; empty when all of it was heard.

    Times are in seconds of the title. `already` are the windows of earlier rounds, in any order.
    """
    inner = (FIRST * duration, LAST * duration)
    if not already and duration <= windows * LENGTH + REST:
        return _whole(duration)
    if not already and inner[1] - inner[0] >= windows * LENGTH:
        return _spread(*inner, windows)
    taken: list[Window] = []
    while len(taken) < windows:
        gap = _gap(duration, inner, [*already, *taken])
        if gap is None:
            break
        taken.append(_middle(*gap))
    return sorted(taken)


def _whole(duration: float) -> list[Window]:
    count = max(1, round(duration / LENGTH)) if duration > 0 else 0
    edges = [round(number * duration / count, 3) for number in range(count + 1)] if count else []
    return list(pairwise(edges))


def _spread(begin: float, end: float, count: int) -> list[Window]:
    step = (end - begin) / count
    middles = [begin + step * (number + 0.5) for number in range(count)]
    return [(round(at - LENGTH / 2, 3), round(at + LENGTH / 2, 3)) for at in middles]


def _middle(begin: float, end: float) -> Window:
    """Give the window in the middle of a gap; all of it where little would be left."""
    if end - begin <= LENGTH + REST:
        return begin, end
    if end - begin <= 2 * LENGTH + REST:
        return begin, round(begin + LENGTH, 3)
    at = (begin + end - LENGTH) / 2
    return round(at, 3), round(at + LENGTH, 3)


def _gap(duration: float, inner: Window, heard: Sequence[Window]) -> Window | None:
    """Give the longest stretch not heard yet, where dialogue lies before elsewhere."""
    gaps = _gaps(duration, heard)
    within = [(max(begin, inner[0]), min(end, inner[1])) for begin, end in gaps]
    for group, least in ((within, REST), (gaps, CRUMB)):
        long = [gap for gap in group if gap[1] - gap[0] > least]
        if long:
            return max(long, key=lambda gap: (round(gap[1] - gap[0], 3), -gap[0]))
    return None


def _gaps(duration: float, heard: Sequence[Window]) -> list[Window]:
    gaps, until = [], 0.0
    for begin, end in sorted(heard):
        if begin > until:
            gaps.append((until, min(begin, duration)))
        until = max(until, end)
    return [*gaps, (until, duration)] if until < duration else gaps
