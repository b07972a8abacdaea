"""What titles have to do with one another: duplicates, play-alls, groups of like length.

Segments (cells, clips) are disc-wide, so sharing them is proof. Where a scan gives none, equal lengths and
sums of lengths with sums of sizes are weaker evidence. Durations are in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from engramd.discs.model import Title

#: Shorter titles are logos, warnings and menus: no episode, and no part of anything.
SHORTEST_EPISODE = 60.0
#: Shorter titles are no feature film.
FILM_LENGTH = 70 * 60.0
#: Versions of a film for other languages differ by less.
SAME_LENGTH = 2.0
#: An episode counts as contained if this share of it is; an intro may be played once for all.
CONTAINED = 0.85
#: A play-all consists of its parts by at least this share; bumpers between them are common.
COVERED = 0.8
#: Sums of lengths and sizes that agree by chance are common, so both must be close.
SUM_TOLERANCE = 0.02


@dataclass(frozen=True)
class PlayAll:
    """A title that plays others one after the other; `exact` if shared segments prove it."""

    title: Title
    parts: tuple[Title, ...]
    exact: bool


@dataclass(frozen=True)
class Group:
    """Titles of like length; `typical` is their median duration."""

    members: tuple[Title, ...] = ()
    typical: float = 0.0

    def __len__(self) -> int:
        return len(self.members)


@dataclass(frozen=True)
class Structure:
    """The analysis of a disc. `own` are titles that are neither duplicates nor play-alls, in disc order."""

    duplicates: dict[int, int] = field(default_factory=dict)
    play_alls: tuple[PlayAll, ...] = ()
    own: tuple[Title, ...] = ()
    group: Group = Group()

    @property
    def longest(self) -> float:
        """Duration of the longest title of its own, or 0."""
        return max((t.duration for t in self.own), default=0.0)

    def part_of(self, title: Title) -> PlayAll | None:
        """Give the smallest play-all that contains a title."""
        holding = [p for p in self.play_alls if any(part.index == title.index for part in p.parts)]
        return min(holding, key=lambda p: p.title.duration, default=None)


def analyse(titles: Sequence[Title]) -> Structure:
    """Find out how a disc's titles hang together."""
    duplicates = find_duplicates(titles)
    single = sorted((t for t in titles if t.index not in duplicates), key=disc_order)
    play_alls = find_play_alls(single)
    joined = {p.title.index for p in play_alls}
    own = tuple(t for t in single if t.index not in joined)
    return Structure(duplicates, play_alls, own, _main_group(own, play_alls))


def disc_order(title: Title) -> tuple[bool, int, int]:
    """Order of titles: playlists before bare clips, then by the number that the disc gives them."""
    return is_clip(title), title.number, title.index


def is_clip(title: Title) -> bool:
    """Tell whether a title is a bare Blu-ray clip and no playlist."""
    return title.source_file.lower().endswith((".m2ts", ".ssif"))


def find_duplicates(titles: Sequence[Title]) -> dict[int, int]:
    """Map the index of each repeated title to the one to keep: a playlist, rich in streams, early."""
    kept: dict[tuple[object, ...], Title] = {}
    repeated: dict[int, int] = {}
    for title in sorted(titles, key=lambda t: (is_clip(t), -len(t.streams), *disc_order(t))):
        fingerprint = _fingerprint(title)
        if fingerprint in kept:
            repeated[title.index] = kept[fingerprint].index
        else:
            kept[fingerprint] = title
    return repeated


def _fingerprint(title: Title) -> tuple[object, ...]:
    """Give what equal titles have in common; without segments, length to the second and size to the byte."""
    if title.segments:
        return tuple(s.key for s in title.segments)
    if title.size and title.duration >= SHORTEST_EPISODE:
        return (round(title.duration), title.size)
    return ("title", title.index)


def find_play_alls(titles: Sequence[Title]) -> tuple[PlayAll, ...]:
    """Find titles that play two or more others; those never count as parts of a longer one."""
    candidates = [t for t in titles if t.duration >= SHORTEST_EPISODE and not is_clip(t)]
    found: list[PlayAll] = []
    for title in sorted(candidates, key=lambda t: t.duration):
        joined = {p.title.index for p in found}
        smaller = [t for t in candidates if t.duration < 0.75 * title.duration and t.index not in joined]
        play_all = _by_segments(title, smaller) or _by_sums(title, smaller)
        if play_all is not None and not _is_film_in_scenes(play_all):
            found.append(play_all)
    return tuple(found)


def _by_segments(title: Title, smaller: Iterable[Title]) -> PlayAll | None:
    places = {s.key: n for n, s in enumerate(title.segments)}
    if len(places) < 2:
        return None
    placed = [(at, t) for t in smaller if (at := _place_in(places, t)) is not None]
    parts, taken = [], set[str]()
    for _, part in sorted(placed, key=lambda found: (found[0], -found[1].duration)):
        keys = {s.key for s in part.segments}
        fresh = sum(s.duration for s in part.segments if s.key not in taken)
        if fresh >= CONTAINED * part.duration:
            parts.append(part)
            taken |= keys
    covered = sum(s.duration for s in title.segments if s.key in taken)
    if len(parts) < 2 or covered < COVERED * title.duration:
        return None
    return PlayAll(title, tuple(parts), exact=True)


def _place_in(places: dict[str, int], title: Title) -> float | None:
    """Tell where a title lies in a longer one: the place of its longest segment, or None if elsewhere."""
    inside = [s for s in title.segments if s.key in places]
    if not inside or sum(s.duration for s in inside) < CONTAINED * title.duration:
        return None
    order = [places[s.key] for s in inside]
    longest = max(inside, key=lambda s: s.duration)
    return float(places[longest.key]) if order == sorted(order) else None


def _by_sums(title: Title, smaller: Sequence[Title]) -> PlayAll | None:
    """Compare length and size with those of the titles of like length; only for scans without segments."""
    pool = [t for t in smaller if not t.segments]
    if title.segments or not title.size:
        return None
    for parts in (_like_lengths(pool).members, tuple(pool)):
        slack = len(parts) + SUM_TOLERANCE * title.duration
        length_fits = abs(sum(t.duration for t in parts) - title.duration) <= slack
        size_fits = abs(sum(t.size for t in parts) - title.size) <= SUM_TOLERANCE * title.size
        if len(parts) >= 2 and length_fits and size_fits:
            return PlayAll(title, parts, exact=False)
    return None


def _is_film_in_scenes(play_all: PlayAll) -> bool:
    """Tell a film whose scenes are titles as well from a play-all: scenes are short and differ in length."""
    lengths = [p.duration for p in play_all.parts]
    alike = sum(0.7 <= length / median(lengths) <= 1.4 for length in lengths)
    return play_all.title.duration >= FILM_LENGTH and max(lengths) < 1800 and alike < 0.6 * len(lengths)


def works(structure: Structure) -> tuple[tuple[Title, ...], ...]:
    """Group the titles of film length into works, longest first: versions share segments or their length.

    A film in three languages is one work; two films on a disc, or three long episodes, are several.
    """
    found: list[list[Title]] = []
    for title in sorted(structure.own, key=lambda t: (-t.duration, disc_order(t))):
        if title.duration < FILM_LENGTH:
            break
        work = next((w for w in found if _same_work(w[0], title)), None)
        if work is None:
            found.append([title])
        else:
            work.append(title)
    return tuple(tuple(work) for work in found)


def _same_work(longer: Title, other: Title) -> bool:
    keys = {s.key for s in longer.segments}
    shared = sum(s.duration for s in other.segments if s.key in keys)
    return shared >= 0.5 * other.duration or longer.duration - other.duration <= SAME_LENGTH


def _main_group(own: Sequence[Title], play_alls: Sequence[PlayAll]) -> Group:
    """The group that the disc is about: what its longest play-all joins, else the weightiest group."""
    free = _like_lengths([t for t in own if t.duration >= SHORTEST_EPISODE])
    joined = [_like_lengths(p.parts) for p in play_alls]
    best = max(joined, key=_weight, default=Group())
    return best if len(best) >= 2 and _weight(best) >= 0.5 * _weight(free) else free


def _weight(group: Group) -> float:
    return sum(t.duration for t in group.members)


def _like_lengths(titles: Sequence[Title]) -> Group:
    """Give the group of most playing time whose lengths lie within a quarter of one of them."""
    best = Group()
    for centre in titles:
        low, high = 0.8 * centre.duration, 1.25 * centre.duration
        members = tuple(t for t in titles if low <= t.duration <= high)
        group = Group(members, median(t.duration for t in members))
        better = (len(group) >= 2, _weight(group)) > (len(best) >= 2, _weight(best))
        best = group if better else best
    return best
