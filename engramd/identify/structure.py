"""What titles have to do with one another: duplicates, play-alls, versions, groups of like length.

Segments (cells, clips) are disc-wide, so sharing them is proof. Where a scan gives none, equal lengths and
sums of lengths with sums of sizes are weaker evidence. Durations are in seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

from engramd.discs.model import Title
from engramd.identify.lengths import refine

#: Shorter titles are logos, warnings and menus: no episode, and no part of anything.
SHORTEST_EPISODE = 60.0
#: Shorter titles are no feature film.
FILM_LENGTH = 70 * 60.0
#: Versions of a film for other languages differ by less.
SAME_LENGTH = 2.0
#: An episode counts as contained if this share of it is; an intro may be played once for all.
CONTAINED = 0.85
#: A part is shorter than this share of its play-all.
PART = 0.75
#: A play-all consists of its parts by at least this share; bumpers between them are common.
COVERED = 0.8
#: Sums of lengths and sizes that agree by chance are common, so both must be close.
SUM_TOLERANCE = 0.02
#: Shorter titles are no episodes that branch.
SHORTEST_BRANCHED = 900.0
#: A play-all of bare clips consists of them by at least this share.
WHOLE = 0.95
#: Longer pieces of a film are no scenes.
LONGEST_SCENE = 2400.0
#: Versions of the same work share at least this much of the longer one.
VERSION = 0.4
#: Where more titles than this play a segment, the first of them stand for all.
MOST_VERSIONS = 16
#: What shares so much of its own with a film is a version of it.
SAME_WORK = 0.5
#: No disc has room for so many films: of more titles of film length, those richest in streams are compared.
MOST_FILMS = 32


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
    """The analysis of a disc. `own` are titles that are neither duplicates nor play-alls, in disc order.

    `versions` has, for a title's index, the titles that play much of the same; `decoys` the titles
    that play the same segments in another order.
    """

    duplicates: dict[int, int] = field(default_factory=dict)
    decoys: dict[int, int] = field(default_factory=dict)
    play_alls: tuple[PlayAll, ...] = ()
    own: tuple[Title, ...] = ()
    group: Group = Group()
    versions: dict[int, tuple[Title, ...]] = field(default_factory=dict)
    holders: dict[int, PlayAll] = field(default_factory=dict)

    @cached_property
    def longest(self) -> float:
        """Duration of the longest title of its own, or 0."""
        return max((t.duration for t in self.own), default=0.0)

    @cached_property
    def works(self) -> tuple[tuple[Title, ...], ...]:
        """The titles of film length as works, longest first: versions share segments or their length.

        A film in three languages is one work; two films on a disc, or three long episodes, are several.
        """
        return _works(self.own)

    @property
    def single(self) -> tuple[Title, ...]:
        """Every title but duplicates: those of its own, and the play-alls."""
        return (*self.own, *(p.title for p in self.play_alls))

    def part_of(self, title: Title) -> PlayAll | None:
        """Give the smallest play-all that contains a title."""
        return self.holders.get(title.index)


def analyse(titles: Sequence[Title]) -> Structure:
    """Find out how a disc's titles hang together."""
    duplicates, decoys = find_duplicates(titles)
    single = _measured(_compared([t for t in titles if t.index not in duplicates]))
    play_alls = find_play_alls(single)
    joined = {p.title.index for p in play_alls}
    own = tuple(t for t in single if t.index not in joined)
    group = _main_group(own, play_alls)
    return Structure(duplicates, decoys, play_alls, own, group, find_versions(single), _holders(play_alls))


def _compared(titles: Sequence[Title]) -> list[Title]:
    """Give the titles in disc order, without most of the playlists among which a disc hides its film."""
    longest = max((t.duration for t in titles), default=0.0)
    films = [t for t in titles if t.duration >= max(FILM_LENGTH, PART * longest)]
    passed_over = {t.index for t in sorted(films, key=_best_first)[MOST_FILMS:]}
    return sorted((t for t in titles if t.index not in passed_over), key=disc_order)


def _measured(titles: list[Title]) -> list[Title]:
    """Give the titles with segments as long as they must be for the titles' lengths to add up."""
    lengths = refine(titles)
    known = {s.key: s for t in titles for s in t.segments}
    right = {
        key: segment.model_copy(update={"duration": lengths[key]})
        for key, segment in known.items()
        if abs(lengths.get(key, segment.duration) - segment.duration) > 1
    }
    if not right:
        return titles
    return [t.model_copy(update={"segments": tuple(right.get(s.key, s) for s in t.segments)}) for t in titles]


def _holders(play_alls: Sequence[PlayAll]) -> dict[int, PlayAll]:
    holders: dict[int, PlayAll] = {}
    for play_all in sorted(play_alls, key=lambda p: p.title.duration):
        for part in play_all.parts:
            holders.setdefault(part.index, play_all)
    return holders


def disc_order(title: Title) -> tuple[bool, int, int]:
    """Order of titles: playlists before bare clips, then by the number that the disc gives them."""
    return is_clip(title), title.number, title.index


def is_clip(title: Title) -> bool:
    """Tell whether a title is a bare Blu-ray clip and no playlist."""
    return title.source_file.lower().endswith((".m2ts", ".ssif"))


def find_duplicates(titles: Sequence[Title]) -> tuple[dict[int, int], dict[int, int]]:
    """Map the index of each repeated title to the one to keep: labelled, a playlist, rich in streams, early.

    The second result has those that play the same segments in another order.
    """
    kept: dict[tuple[object, ...], Title] = {}
    repeated: dict[int, int] = {}
    shuffled: dict[int, int] = {}
    for title in sorted(titles, key=_best_first):
        marks = _fingerprints(title)
        known = next((mark for mark in marks if mark in kept), None)
        if known is None:
            kept.update((mark, title) for mark in marks)
            continue
        repeated[title.index] = kept[known].index
        if known[0] == "shuffled":
            shuffled[title.index] = kept[known].index
    return repeated, shuffled


def _best_first(title: Title) -> tuple[bool, bool, int, tuple[bool, int, int]]:
    """Order by worth. Authors who hide a film among decoys still name its playlist, and never a decoy."""
    return not title.comment.startswith("FPL_"), is_clip(title), -len(title.streams), disc_order(title)


def _fingerprints(title: Title) -> list[tuple[object, ...]]:
    """Give what equal titles have in common; without segments, length to the second and size to the byte."""
    if title.segments:
        keys = [s.key for s in title.segments]
        marks: list[tuple[object, ...]] = [("segments", *keys)]
        if title.size and len(keys) > 2:
            marks.append(("shuffled", round(title.duration), title.size, *sorted(keys)))
        return marks
    if title.size and title.duration >= SHORTEST_EPISODE:
        return [("size", round(title.duration), title.size)]
    return [("title", title.index)]


def find_play_alls(titles: Sequence[Title]) -> tuple[PlayAll, ...]:
    """Find titles that play two or more others; those never count as parts of a longer one."""
    candidates = [t for t in titles if t.duration >= SHORTEST_EPISODE]
    users = _users(sorted(candidates, key=lambda t: t.duration))
    found: list[PlayAll] = []
    joined: set[int] = set()
    for title in sorted(candidates, key=lambda t: t.duration):
        if is_clip(title):
            continue
        near = _shorter(title, users)
        play_all = _by_segments(title, _parts_for(title, near, joined))
        if play_all is None and not title.segments:
            play_all = _by_sums(title, _parts_for(title, candidates, joined))
        if play_all is not None and not _is_film_in_scenes(play_all):
            found.append(play_all)
            joined.add(title.index)
    return tuple(found)


def _users(titles: Iterable[Title]) -> dict[str, list[Title]]:
    """Give the titles that play each segment."""
    users: dict[str, list[Title]] = defaultdict(list)
    for title in titles:
        for key in {s.key for s in title.segments}:
            users[key].append(title)
    return users


def _shorter(title: Title, users: dict[str, list[Title]]) -> list[Title]:
    """Give the titles that share segments with a title and are short enough to be parts of it."""
    found: dict[int, Title] = {}
    most = PART * title.duration
    for key in dict.fromkeys(s.key for s in title.segments):
        for other in users[key]:
            if other.duration >= most:
                break
            found[other.index] = other
    enough = sum(t.duration for t in found.values()) >= CONTAINED * COVERED * title.duration
    return list(found.values()) if enough else []


def _parts_for(title: Title, others: Iterable[Title], joined: set[int]) -> list[Title]:
    return [t for t in others if t.duration < PART * title.duration and t.index not in joined]


def _by_segments(title: Title, smaller: Iterable[Title]) -> PlayAll | None:
    places = {s.key: n for n, s in enumerate(title.segments)}
    if len(places) < 2:
        return None
    placed = [(at, t) for t in smaller if (at := _place_in(places, t)) is not None]
    found, taken = [], set[str]()
    for place, part in sorted(placed, key=lambda at: (is_clip(at[1]), at[0], -at[1].duration)):
        fresh = sum(s.duration for s in part.segments if s.key not in taken)
        if fresh >= CONTAINED * part.duration:
            found.append((place, part))
            taken |= {s.key for s in part.segments}
    parts = [part for _, part in sorted(found, key=lambda at: at[0])]
    covered = sum(s.duration for s in title.segments if s.key in taken)
    if len(parts) < 2 or covered < COVERED * title.duration:
        return None
    return PlayAll(title, tuple(parts), exact=True)


def _place_in(places: dict[str, int], title: Title) -> int | None:
    """Tell where a title lies in a longer one: the place of its longest segment, or None if elsewhere."""
    inside = longest = 0.0
    place = last = -1
    for segment in title.segments:
        at = places.get(segment.key)
        if at is None:
            continue
        if at < last:
            return None
        last = at
        inside += segment.duration
        if segment.duration > longest or place < 0:
            longest, place = segment.duration, at
    return place if place >= 0 and inside >= CONTAINED * title.duration else None


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
    """Tell a title whose scenes are titles as well from a play-all: scenes are short and differ in length.

    Bare clips that differ in length, or leave much out, are the pieces that a title branches from. What the
    author named the main feature is no play-all.
    """
    title, lengths = play_all.title, [p.duration for p in play_all.parts]
    if title.comment.startswith("FPL_Main"):
        return True
    pieces = sum(is_clip(p) for p in play_all.parts) > 0.5 * len(play_all.parts)
    alike = sum(0.7 <= length / median(lengths) <= 1.4 for length in lengths) / len(lengths)
    if pieces:
        whole = alike >= 0.8 and sum(lengths) >= WHOLE * title.duration
        return not whole and title.duration >= SHORTEST_BRANCHED
    return alike < 0.6 and title.duration >= FILM_LENGTH and max(lengths) < LONGEST_SCENE


def find_versions(titles: Sequence[Title]) -> dict[int, tuple[Title, ...]]:
    """Map the index of each title to those that share much of the longer one's playing time."""
    long_enough = [t for t in titles if t.duration >= SHORTEST_EPISODE and t.segments]
    known = {t.index: t for t in long_enough}
    users = {key: [t.index for t in of[:MOST_VERSIONS]] for key, of in _users(long_enough).items()}
    found: dict[int, tuple[Title, ...]] = {}
    for title in long_enough:
        shared: dict[int, float] = defaultdict(float)
        for key, length in {s.key: s.duration for s in title.segments}.items():
            for index in users[key]:
                shared[index] += length
        shared.pop(title.index, None)
        near = [known[index] for index, length in shared.items() if length >= VERSION * title.duration]
        near = [t for t in near if shared[t.index] >= VERSION * t.duration]
        if near:
            found[title.index] = tuple(sorted(near, key=disc_order))
    return found


def _works(own: Sequence[Title]) -> tuple[tuple[Title, ...], ...]:
    found: list[list[Title]] = []
    for title in sorted(own, key=lambda t: (-t.duration, disc_order(t))):
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
    return shared >= SAME_WORK * other.duration or longer.duration - other.duration <= SAME_LENGTH


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
    ordered = sorted(titles, key=lambda t: t.duration)
    best: tuple[bool, float] = (False, 0.0)
    chosen: Sequence[Title] = ()
    start = end = 0
    total = 0.0
    for centre in ordered:
        while end < len(ordered) and ordered[end].duration <= 1.25 * centre.duration:
            total += ordered[end].duration
            end += 1
        while ordered[start].duration < 0.8 * centre.duration:
            total -= ordered[start].duration
            start += 1
        weight = (end - start >= 2, total)
        if weight > best:
            best, chosen = weight, ordered[start:end]
    if not chosen:
        return Group()
    members = tuple(sorted(chosen, key=disc_order))
    return Group(members, median(t.duration for t in members))
