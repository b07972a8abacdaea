"""Whether a title of the disc at hand is a title of an entry. Pure.

What an entry says comes from MakeMKV, which cuts durations to whole seconds and gives the size of a Blu-ray
title as the sum of its clips' whole files. Titles are compared by duration, size and segments; numbers of
titles mean nothing, as they depend on MakeMKV's settings.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engramd.discs.model import Disc, DiscFile, Media, Title
from engramd.sources.discdb_model import EntryTitle

#: Durations of one title differ by no more, in seconds.
SAME_LENGTH = 2.0
#: Sizes of one title differ by no more, as a share. With 0.005 the discs of one DVD set are mistaken for
#: each other.
SAME_SIZE = 0.001
#: The same for 3D titles with the same clips: MakeMKV counts the second picture too, a third of the whole.
LIKE_SIZE = 0.45
_VARIANT = re.compile(r"\(\d+\)$")
_CLIP = re.compile(r"(\d{5})\.m2ts", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Likeness:
    """How a title of the disc agrees with one of the entry; the smaller `distance`, the better.

    `exact` means that duration and size agree, not the clips alone; an unknown size (0) agrees with none.
    """

    title: Title
    recorded: EntryTitle
    exact: bool
    distance: tuple[float, ...]


def base_name(source_file: str) -> str:
    """Give a source file without the number of its angle or variant."""
    return _VARIANT.sub("", source_file)


def segments(segment_map: str) -> tuple[str, ...]:
    """Give the parts of a segment map: groups opened, of 3D pairs the first, an ellipsis kept at the end."""
    parts = segment_map.replace("(", "").replace(")", "").replace(" ", "").split(",")
    return tuple(part.partition("/")[0] for part in parts if part)


def same_segments(first: tuple[str, ...], second: tuple[str, ...], *, grouped: bool = False) -> bool:
    """Whether two lists of segments play the same, as far as one that was cut off tells.

    The order of segments in a group (in parentheses) is not the order of playing, so `grouped` ignores it.
    """
    if not first or not second:
        return False
    if "..." in (first[-1], second[-1]):
        length = min(len(part) - (part[-1] == "...") for part in (first, second))
        return length > 0 and first[:length] == second[:length]
    return first == second or (grouped and len(first) == len(second) and Counter(first) == Counter(second))


class Comparison:
    """The titles of a disc, ready to be compared with any number of entries."""

    def __init__(self, disc: Disc) -> None:
        self.disc = disc
        self._dvd = disc.media is Media.DVD
        self._clips = _clip_sizes(disc.files)
        self._segments = {title.index: segments(title.segment_map) for title in disc.titles}
        self._sizes = {title.index: self._size(title) for title in disc.titles}
        self._places = {title.source_file.lower(): title for title in disc.titles}
        self._by_length: dict[int, list[Title]] = defaultdict(list)
        for title in disc.titles:
            self._by_length[int(title.duration)].append(title)
        self._has_streams = any(name.endswith(".m2ts") for name in self._places)

    def _size(self, title: Title) -> int:
        """Give the size as MakeMKV counts it: whole files, also where a clip is played in part."""
        parts = self._segments[title.index]
        if self._dvd or not parts or not all(part in self._clips for part in parts):
            return title.size
        return sum(self._clips[part] for part in parts)

    def size(self, title: Title) -> int:
        """Give the size of a title as MakeMKV counts it, in bytes."""
        return self._sizes[title.index]

    def content(self, title: Title) -> tuple[object, ...]:
        """Give what a title plays; it is equal for twins.

        Blu-ray titles are twins if they play the same clips for the same time, DVD titles if they play the
        same cells, which a scan by MakeMKV does not tell: there, equal length and size are what is left.
        """
        if not self._dvd:
            return (title.segment_map, round(title.duration))
        keys = tuple(segment.key for segment in title.segments)
        return (keys, self.size(title), round(title.duration))

    def like(self, recorded: EntryTitle) -> list[Likeness]:
        """Give the titles that may be a recorded one, the likeliest first.

        Where the very place has the same clips, length and size, no other title is looked for: discs of
        decoys have hundreds of the same length.
        """
        there = self._places.get(recorded.source_file)
        parts = segments(recorded.segment_map)
        likeness = self._likeness(there, recorded, parts) if there else None
        if likeness and likeness.exact and not self._dvd and not any(likeness.distance[:4]):
            return [likeness]
        found = (self._likeness(title, recorded, parts) for title in self._near(recorded.duration))
        return sorted((one for one in found if one), key=lambda one: (*one.distance, one.title.index))

    def has(self, recorded: EntryTitle) -> bool | None:
        """Whether the disc has the stream that a recorded title is, by the size of its file.

        None where nothing tells: the files are not known, and the scan lists no bare streams.
        """
        clip = _CLIP.fullmatch(recorded.source_file)
        if self._dvd or clip is None:
            return False
        if self._clips:
            return self._clips.get(str(int(clip[1]))) == recorded.size
        return False if self._has_streams else None

    def _near(self, duration: int) -> Iterator[Title]:
        margin = int(SAME_LENGTH) + 1
        for second in range(duration - margin, duration + margin + 1):
            yield from self._by_length.get(second, ())

    def _likeness(self, title: Title, recorded: EntryTitle, parts: tuple[str, ...]) -> Likeness | None:
        seconds = _apart(title.duration, recorded.duration)
        share = abs(self._sizes[title.index] - recorded.size) / max(recorded.size, 1)
        if seconds > SAME_LENGTH or share > LIKE_SIZE:
            return None
        grouped = "(" in title.segment_map or "(" in recorded.segment_map
        clips = same_segments(self._segments[title.index], parts, grouped=grouped)
        place = title.source_file.lower() == recorded.source_file
        off = base_name(recorded.source_file) != base_name(title.source_file.lower())
        agrees = clips or place or self._dvd or (not recorded.segment_map and share == 0)
        exact = recorded.size > 0 and share <= SAME_SIZE and agrees
        loose = clips and not (self._dvd or off or self._whole(title, recorded))
        if not exact and not (loose and share <= LIKE_SIZE):
            return None
        distance = (not exact, not clips, not place, off, share, seconds)
        return Likeness(title, recorded, exact, tuple(float(part) for part in distance))

    def _whole(self, title: Title, recorded: EntryTitle) -> bool:
        """Whether the size had to be exact: it is known for whole files, and no pair of streams is mixed."""
        sized = bool(self._clips) or all("@" not in segment.key for segment in title.segments)
        return sized and "/" not in recorded.segment_map


def _apart(exact: float, cut: int) -> float:
    """Give how far a duration is from one that was cut to whole seconds."""
    return 0.0 if cut <= exact < cut + 1 else min(abs(exact - cut), abs(exact - cut - 1))


def _clip_sizes(files: Iterable[DiscFile]) -> dict[str, int]:
    """Give the sizes of the streams of a Blu-ray by the numbers that segment maps have for them."""
    sizes = {}
    for file in files:
        folder, _, name = file.path.upper().rpartition("/")
        found = _CLIP.fullmatch(name)
        if found and folder.endswith("BDMV/STREAM"):
            sizes[str(int(found[1]))] = file.size
    return sizes
