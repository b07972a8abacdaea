"""A disc with what all its titles are compared with, worked out once and only when asked for.

Lengths are seen in relation to one another, and those of a disc of short films through a lens, so that a disc
made at home looks like one that was bought.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from statistics import median

from engramd.discs.model import Disc, Title
from engramd.identify.labels import LabelFacts
from engramd.identify.structure import SHORTEST_EPISODE, PlayAll, Structure, is_clip

#: Discs whose longest title is shorter were made at home, or are discs of clips: seen as through a lens.
MINIATURE = 600.0
#: The length of an episode that the longest own title of such a disc is seen as.
SEEN_AS = 2640.0
LETTER = re.compile(r"([A-Z])\d{1,3}")


@dataclass(frozen=True)
class Kin:
    """Titles that were made the same way: their lengths (ascending, in seconds) and sums of these.

    `usual` is the median of the longer ones, `in_group` how many belong to the main group; `numbered` has how
    many titles have a number.
    """

    lengths: list[float]
    sums: list[float]
    usual: float
    in_group: int
    numbered: Counter[int]


def _kin_of(titles: list[Title], group: frozenset[int], least: float) -> Kin:
    lengths = sorted(t.duration for t in titles)
    longer = [length for length in lengths if length >= least]
    return Kin(
        lengths,
        [0.0, *accumulate(lengths)],
        median(longer) if longer else 0.0,
        sum(t.index in group for t in titles),
        Counter(t.number for t in titles),
    )


NO_KIN = Kin([], [0.0], 0.0, 0, Counter())


@dataclass(frozen=True)
class View:
    """A disc with its structure and what its label says, and what all its titles are compared with."""

    disc: Disc
    structure: Structure
    label: LabelFacts

    @cached_property
    def titles(self) -> tuple[Title, ...]:
        """The titles that are judged: no duplicates, none too short for anything."""
        return tuple(t for t in self.structure.single if t.duration >= SHORTEST_EPISODE)

    @cached_property
    def lens(self) -> float:
        """By how much lengths are magnified, so that a miniature looks like a real disc."""
        longest = self.structure.longest
        return SEEN_AS / longest if 0 < longest < MINIATURE else 1.0

    @cached_property
    def lengths(self) -> list[float]:
        return sorted(t.duration for t in self.structure.own if t.duration >= SHORTEST_EPISODE)

    @cached_property
    def group(self) -> frozenset[int]:
        return frozenset(t.index for t in self.structure.group.members)

    @cached_property
    def numbers(self) -> list[int]:
        """Numbers of the playlists of the main group, ascending."""
        members = self.structure.group.members
        return sorted(t.number for t in members if not is_clip(t)) or sorted(t.number for t in members)

    @cached_property
    def twins(self) -> dict[int, int]:
        count: dict[int, int] = {}
        for kept in self.structure.duplicates.values():
            count[kept] = count.get(kept, 0) + 1
        return count

    @cached_property
    def play_alls(self) -> dict[int, PlayAll]:
        return {p.title.index: p for p in self.structure.play_alls}

    @cached_property
    def counts(self) -> dict[int, tuple[int, int]]:
        """Numbers of sound and subtitle streams of each judged title."""
        return {
            t.index: (
                sum(s.kind == "audio" for s in t.streams),
                sum(s.kind == "subtitle" for s in t.streams),
            )
            for t in self.titles
        }

    @cached_property
    def most(self) -> tuple[int, int, int]:
        """Most sound streams, subtitles and lines of picture on the disc."""
        audio = max((a for a, _ in self.counts.values()), default=0)
        subtitles = max((s for _, s in self.counts.values()), default=0)
        return audio, subtitles, max((t.height for t in self.titles), default=0)

    @cached_property
    def group_medians(self) -> tuple[float, float, float]:
        """Usual chapters, bitrate (bytes a second) and twins of the main group."""
        members = [t for t in self.structure.group.members if t.duration > 0]
        if not members:
            return 0.0, 0.0, 0.0
        return (
            median(len(t.chapters) for t in members),
            median(t.size / t.duration for t in members),
            median(self.twins.get(t.index, 0) for t in members),
        )

    @cached_property
    def clips_in_group(self) -> float:
        members = self.structure.group.members
        return sum(is_clip(t) for t in members) / len(members) if members else 0.0

    @cached_property
    def group_letter(self) -> str:
        """The letter that the author's labels of the group's titles begin with, or an empty string."""
        letters = [m[1] for t in self.structure.group.members if (m := LETTER.fullmatch(t.comment))]
        return max(set(letters), key=letters.count) if len(letters) >= 2 else ""

    def make(self, title: Title) -> tuple[object, ...]:
        """What titles that were made the same way have in common."""
        return is_clip(title), title.height, self.counts[title.index][1] > 0, len(title.chapters) > 1

    @cached_property
    def kin(self) -> dict[tuple[object, ...], Kin]:
        """The titles of the disc's own, by how they were made."""
        found: dict[tuple[object, ...], list[Title]] = {}
        for title in self.structure.own:
            if title.duration >= SHORTEST_EPISODE:
                found.setdefault(self.make(title), []).append(title)
        least = 0.25 * self.structure.longest
        return {make: _kin_of(titles, self.group, least) for make, titles in found.items()}

    @cached_property
    def group_versions(self) -> float:
        """The share of the main group that has versions."""
        members = self.structure.group.members
        return sum(t.index in self.structure.versions for t in members) / len(members) if members else 0.0

    @cached_property
    def group_held(self) -> float:
        """The share of the main group that play-alls join."""
        members = self.structure.group.members
        return sum(t.index in self.structure.holders for t in members) / len(members) if members else 0.0

    @cached_property
    def keys(self) -> dict[int, frozenset[str]]:
        """The segments of each title that is no duplicate."""
        return {t.index: frozenset(s.key for s in t.segments) for t in self.structure.single}

    @cached_property
    def players(self) -> dict[str, list[Title]]:
        """The titles of their own that play each segment."""
        found: dict[str, list[Title]] = {}
        for title in self.structure.own:
            for key in self.keys[title.index]:
                found.setdefault(key, []).append(title)
        return found

    @cached_property
    def uses(self) -> dict[str, int]:
        """How many of the judged titles play each segment."""
        count: dict[str, int] = {}
        for title in self.titles:
            for key in {s.key for s in title.segments}:
                count[key] = count.get(key, 0) + 1
        return count

    @cached_property
    def ranks(self) -> dict[int, int]:
        long_ones = [t for t in self.titles if t.duration >= 0.5 * self.structure.longest]
        return {t.index: n for n, t in enumerate(sorted(long_ones, key=lambda t: (is_clip(t), t.number)))}
