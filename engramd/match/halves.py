"""Tells which titles of a disc make up one episode of the references together, and which part each is.

Shows of eleven-minute segments are sold segment by segment, and are listed in pairs. That the titles fit
together is told here; whether they are filed so, a person says once a season.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from engramd.match.doubles import Within
from engramd.match.labels import Label
from engramd.match.model import PartOf
from engramd.match.scoring import TRUST_IN_MORE, TRUST_IN_ONE, Judged

if TYPE_CHECKING:
    from engramd.match.decision import Circumstances
    from engramd.match.titles import OpenTitle

#: Parts may lie apart, overlap, or leave an end of the episode out by this share of the shorter one: each may
#: have an opening of its own, and the episode has but one.
SLACK = 0.2
#: A part is clear whose times stand out so far; by chance none reached 8 in a whole episode.
CLEAR_Z = 12.0
#: How sure a part is against which something speaks.
DOUBTED = 0.5


def shares(titles: Sequence[OpenTitle], circumstances: Circumstances) -> list[tuple[OpenTitle, PartOf]]:
    """Give the titles whose parts make up an episode with those of others, with the part that each is."""
    groups = [group for group in _by_episode(titles) if _makes_a_whole(group)]
    ordered = _in_order([group[0] for group in groups])
    found = []
    for group in groups:
        is_clear = ordered and all(_is_clear(title, circumstances) for title in group)
        for number, title in enumerate(group, 1):
            found.append((title, _share(title, number, len(group), is_clear=is_clear)))
    return found


def _by_episode(titles: Sequence[OpenTitle]) -> Iterator[list[OpenTitle]]:
    """Give the titles that are parts of one episode, in order of time; no other title is that episode."""
    groups: dict[Label, list[OpenTitle]] = defaultdict(list)
    for title in titles:
        if title.part_of is not None and title.label is None:
            groups[title.part_of.label].append(title)
    held = [title.label for title in titles if title.label is not None]
    for label, group in sorted(groups.items()):
        if len(label.episodes) == 1 and not any(label.overlaps(other) for other in held):
            yield sorted(group, key=lambda title: _within(title).begin)


def _makes_a_whole(group: Sequence[OpenTitle]) -> bool:
    """Whether titles, in order of time, are in order on the disc, and cover an episode without overlaps."""
    parts = [_within(title) for title in group]
    if len(parts) < 2 or any(_place(a) >= _place(b) for a, b in pairwise(group)):
        return False
    slack = SLACK * min(part.seconds for part in parts)
    # Each part counts from its own reference's first cue: two sources differ in where they begin.
    edges = [(part.begin - part.first, part.end - part.first) for part in parts]
    between = [begin - end for (_, end), (begin, _) in pairwise(edges)]
    missing = (edges[0][0], parts[-1].last - parts[-1].end, *between)
    return all(abs(gap) <= slack for gap in missing)


def _in_order(firsts: Sequence[OpenTitle]) -> bool:
    """Whether the episodes, given by their first parts, lie on the disc in their order.

    Else the labels of two references may be swapped.
    """
    labels = [_within(title).label for title in sorted(firsts, key=_place)]
    return labels == sorted(labels)


def _is_clear(title: OpenTitle, circumstances: Circumstances) -> bool:
    """Whether nothing speaks against a title's part: no other episode, no words, no other disc."""
    part, standing = _within(title), title.standing
    others = [one for one in standing.judged if not one.label.overlaps(part.label)]
    own = _own(title)
    words_object = standing.text_speaks and own is not None and own.scores.words is not None and own.gap < 0
    return (
        part.z >= CLEAR_Z
        and not words_object
        and not any(one.timing_ok or one.text_ok or one.text_hints for one in others)
        and not circumstances.checked.conflicts.get(part.label)
        and not circumstances.holds(part.label)
        and _trust(title) >= circumstances.threshold
    )


def _share(title: OpenTitle, number: int, count: int, *, is_clear: bool) -> PartOf:
    part = _within(title)
    return PartOf(
        episode=str(part.label),
        number=number,
        count=count,
        begin=round(max(0.0, part.begin), 3),
        end=round(part.end, 3),
        z=round(part.z, 1),
        confidence=_trust(title) if is_clear else DOUBTED,
        is_clear=is_clear,
    )


def _trust(title: OpenTitle) -> float:
    """Say how far labels of references can be trusted: what is left to doubt where times are clear."""
    own = _own(title)
    return TRUST_IN_MORE if own is not None and own.scores.agreeing > 1 else TRUST_IN_ONE


def _own(title: OpenTitle) -> Judged | None:
    return next((one for one in title.standing.judged if one.label == _within(title).label), None)


def _within(title: OpenTitle) -> Within:
    assert title.part_of is not None
    return title.part_of


def _place(title: OpenTitle) -> int:
    return title.asked.title_index if title.asked.order is None else title.asked.order
