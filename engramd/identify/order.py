"""In which order the episodes of a disc come."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from engramd.discs.model import Title
from engramd.identify.structure import disc_order, is_clip
from engramd.identify.view import View

#: Playlists of one run have numbers this close; with wider gaps the clips' numbers tell more.
GAP = 2
_LABEL = re.compile(r"(?:.*EPL_?|[A-Z])(\d{1,3})")


def episodes_in_order(view: View, chosen: Collection[int]) -> tuple[int, ...]:
    """Put the chosen titles in the order of a play-all, else of the author's labels, else of their numbers.

    On 683 recorded discs a play-all's order is always that of the episodes; playlist numbers are on 92 of
    100, unless they do not form a run, or the numbers of the clips form one: then those are right more often.
    """
    titles = sorted((t for t in view.titles if t.index in chosen), key=disc_order)
    played = _played(view, chosen)
    if len(played) == len(titles):
        return tuple(played)
    order = [t.index for t in _by_labels(titles) or _by_numbers(titles)]
    return tuple(_merged(order, played) if len(played) >= 2 else order)


def _played(view: View, chosen: Collection[int]) -> list[int]:
    """The chosen titles that the play-all with the most of them joins, in its order."""
    found = [[p.index for p in a.parts if p.index in chosen] for a in view.structure.play_alls]
    return max(found, key=len, default=[])


def _by_labels(titles: Sequence[Title]) -> list[Title]:
    """Order by the numbers in the author's labels, if each title has one of its own; else nothing."""
    numbers = [int(m[1]) for t in titles if (m := _LABEL.fullmatch(t.comment))]
    if len(numbers) != len(titles) or len(set(numbers)) != len(numbers):
        return []
    return [title for _, title in sorted(zip(numbers, titles, strict=True), key=lambda pair: pair[0])]


def _by_numbers(titles: Sequence[Title]) -> list[Title]:
    if not titles or not all(t.segments for t in titles):
        return list(titles)
    by_clips = sorted(titles, key=lambda t: (_clip(t), disc_order(t)))
    unbroken = all(_clip(after) - _clip(before) == 1 for before, after in pairwise(by_clips))
    apart = any(after.number - before.number > GAP for before, after in pairwise(titles))
    mixed = any(is_clip(t) for t in titles) and not all(is_clip(t) for t in titles)
    return by_clips if unbroken or apart or mixed else list(titles)


def _clip(title: Title) -> int:
    """The number of a title's longest clip."""
    key = max(title.segments, key=lambda s: s.duration).key
    found = re.match(r"\d+", key)
    return int(found[0]) if found else 0


def _merged(order: list[int], played: list[int]) -> list[int]:
    """Put the titles of `played` into its order, on the places that they hold in `order`."""
    following = iter(played)
    known = set(played)
    return [next(following) if index in known else index for index in order]
