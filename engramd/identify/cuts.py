"""Which titles of a film's disc are cuts of the film. Pure.

Cuts of one film play most of the same segments (seamless branching), or have most of their chapters in
common. Being about as long says nothing: of the titles of real discs that are as long as the film and share
nothing with it, most are documentaries or films of their own. Durations are in seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from engramd.discs.model import Disc, Title
from engramd.identify.clip_ranges import ClipRanges
from engramd.identify.editions import SAME_CUT
from engramd.identify.evidence import spoken_length
from engramd.identify.lengths import refine
from engramd.identify.structure import disc_order, is_clip
from engramd.identify.verdict import RoleVerdict, Verdict
from engramd.models.enums import ContentType, TitleRole

#: So much of the shorter title two cuts have in common, and so long it is as a share of the longer one.
COMMON, SHORTEST = 0.5, 0.6
#: So many versions hide the film among decoys; then only those that the disc's author named are cuts.
DECOYS = 12
#: Chapters whose lengths differ by less are the same scenes, if so many have lengths of their own.
FRAME, DISTINCT = 0.05, 4
#: More chapters are not compared; no film has them.
MOST_CHAPTERS = 200


@dataclass(frozen=True)
class Recorded:
    """What a record says of a main feature: the name of its work (empty: the disc's own), and its edition."""

    work: str
    edition: str | None


@dataclass
class _Film:
    """A film with its cuts found so far, the first of them the title that was judged the film, and why."""

    cuts: list[Title]
    recorded: bool = False
    why: dict[int, str] = field(default_factory=dict)

    def same(self, title: Title) -> Title | None:
        """Give the cut that a title repeats, without sound of its own."""
        near = [cut for cut in self.cuts if abs(cut.duration - title.duration) <= SAME_CUT]
        nearest = min(near, key=lambda cut: abs(cut.duration - title.duration), default=None)
        return nearest if nearest is not None and not _has_more_sound(title, nearest) else None


def with_cuts(disc: Disc, verdict: Verdict, recorded: Mapping[int, Recorded] | None = None) -> Verdict:
    """Give the verdict on a film's disc with the cuts of the film as main features.

    `recorded` are the main features that a followed record names, by `title_index`; what it leaves out is
    then no cut. Cuts of one film share its `place`. What is the same cut as another title, and has no sound
    that this one lacks, is a duplicate of it. A disc of several films that no record tells apart stays as it
    is.
    """
    if verdict.content_type is not ContentType.MOVIE:
        return verdict
    titles = {t.index: t for t in disc.titles}
    roles = {role.title_index: role for role in verdict.roles}
    films = _recorded_films(titles, recorded, roles) if recorded else _judged_film(titles, verdict)
    free = {index: title for index, title in titles.items() if index not in (recorded or {})}
    lengths = refine(disc.titles) if films else {}
    for place, film in enumerate(films, 1):
        _find(film, free, roles, lengths)
        _mark(film, place, roles)
    return verdict.model_copy(update={"roles": tuple(roles[role.title_index] for role in verdict.roles)})


def _judged_film(titles: Mapping[int, Title], verdict: Verdict) -> list[_Film]:
    films = [role.title_index for role in verdict.roles if role.role is TitleRole.MAIN_FEATURE]
    return [_Film([titles[films[0]]])] if len(films) == 1 else []


def _recorded_films(
    titles: Mapping[int, Title], recorded: Mapping[int, Recorded], roles: dict[int, RoleVerdict]
) -> list[_Film]:
    """Give the films of a record; a title that it has twice, under one name, is a duplicate."""
    films: dict[str, _Film] = {}
    kept: dict[Recorded, _Film] = {}
    features = [i for i in sorted(recorded) if roles[i].role is TitleRole.MAIN_FEATURE]
    for title in sorted((titles[i] for i in features), key=_best_first):
        said = recorded[title.index]
        same = kept.setdefault(said, _Film([], recorded=True)).same(title)
        if same is not None:
            roles[title.index] = _repeats(roles[title.index], title, same)
            continue
        kept[said].cuts.append(title)
        films.setdefault(said.work, _Film([], recorded=True)).cuts.append(title)
    return list(films.values())


def _find(
    film: _Film, titles: Mapping[int, Title], roles: dict[int, RoleVerdict], lengths: Mapping[str, float]
) -> None:
    """Sort the titles that may be cuts of a film, and repetitions of its cuts; the rest stays as it is."""
    first = film.cuts[0]
    free = {TitleRole.UNKNOWN, TitleRole.EXTRA} | ({TitleRole.MAIN_FEATURE} if film.recorded else set())
    others = [t for i, t in titles.items() if t is not first and roles[i].role in free and not is_clip(t)]
    near = [(t, why) for t in others if (why := _in_common(first, t, lengths))]
    hidden = len(near) >= DECOYS
    for title, why in sorted(near, key=lambda found: _best_first(found[0])):
        role = roles[title.index]
        if (same := film.same(title)) is not None:
            roles[title.index] = _repeats(role, title, same)
        elif hidden and not title.comment.startswith("FPL_"):
            roles[title.index] = _decoy(role, title, first, len(near))
        elif not film.recorded and not _is_piece(first, title) and _differs(film, title):
            film.cuts.append(title)
            film.why[title.index] = why
        elif role.role is TitleRole.MAIN_FEATURE:
            roles[title.index] = _left_out(role, title, first)


def _differs(film: _Film, title: Title) -> bool:
    return all(abs(cut.duration - title.duration) > SAME_CUT for cut in film.cuts)


def _best_first(title: Title) -> tuple[bool, int, tuple[bool, int, int]]:
    return not title.comment.startswith("FPL_"), -len(title.streams), disc_order(title)


def _in_common(first: Title, other: Title, lengths: Mapping[str, float]) -> str:
    """Say what two titles have in common, if it is enough to be of one film."""
    shorter, longer = sorted((first, other), key=lambda t: t.duration)
    if shorter.duration < SHORTEST * longer.duration:
        return ""
    share = _shared(shorter, longer, lengths) / shorter.duration
    if share >= COMMON:
        return f"it plays {min(share, 1):.0%} of the same"
    share = _same_chapters(shorter, longer) / shorter.duration
    return f"{min(share, 1):.0%} of it are the same chapters" if share >= COMMON else ""


def _shared(shorter: Title, longer: Title, lengths: Mapping[str, float]) -> float:
    """Give the playing time that titles share; parts of a clip count as far as they overlap."""
    there = {s.key for s in longer.segments}
    ranges = ClipRanges(there)
    shared = 0.0
    for key in {s.key for s in shorter.segments}:
        length = lengths.get(key, 0.0)
        shared += length if key in there else ranges.shared(key, length)
    return shared


def _same_chapters(shorter: Title, longer: Title) -> float:
    """Give the playing time of chapters that follow each other in both titles with the same lengths.

    Chapters at regular distances are in many films: only those count that differ from all others.
    """
    first, second = _chapters(shorter), _chapters(longer)
    if not first or not second:
        return 0.0
    best = [0.0] * (len(second) + 1)
    for length in first:
        row = [0.0]
        for place, other in enumerate(second):
            same = best[place] + length if abs(length - other) <= FRAME else 0.0
            row.append(max(row[-1], best[place + 1], same))
        best = row
    return best[-1]


def _chapters(title: Title) -> list[float]:
    """Give the lengths of chapters that no other chapter of the title has; none if they are too few."""
    starts = title.chapters[:MOST_CHAPTERS]
    lengths = [end - start for start, end in pairwise((*starts, title.duration))]
    count = Counter(round(length, 1) for length in lengths)
    odd = [length for length in lengths if length > 1 and count[round(length, 1)] == 1]
    return odd if len(odd) >= DISTINCT else []


def _has_more_sound(title: Title, kept: Title) -> bool:
    """Whether a version has sound that would be lost if only the other one were kept."""
    first, second = _sound(title), _sound(kept)
    return bool(first - second) or first.total() > second.total()


def _sound(title: Title) -> Counter[str | None]:
    return Counter(s.language for s in title.streams if s.kind == "audio")


def _is_piece(first: Title, other: Title) -> bool:
    """Whether one title is a stretch of the other in one go: a film without its credits is no cut."""
    shorter, longer = sorted((first, other), key=lambda t: t.duration)
    part, whole = _in_order(shorter), _in_order(longer)
    return bool(shorter.segments) and part in whole


def _in_order(title: Title) -> str:
    return "".join(f"\n{segment.key}\n" for segment in title.segments)


def _mark(film: _Film, place: int, roles: dict[int, RoleVerdict]) -> None:
    """Give the cuts of a film their roles; one alone is the film, as it was."""
    cuts = sorted(film.cuts, key=lambda t: (-t.duration, t.index))
    indexes = tuple(t.index for t in cuts) if len(cuts) > 1 else ()
    first = film.cuts[0]
    for title in cuts:
        update: dict[str, object] = {"cuts": indexes, "place": place}
        if title.index in film.why:
            length = spoken_length(title.duration)
            update |= {
                "role": TitleRole.MAIN_FEATURE,
                "confidence": 0.9,
                "reason": f"With {length} it is another cut of title {first.number}:"
                f" {film.why[title.index]}.",
            }
        roles[title.index] = roles[title.index].model_copy(update=update)


def _repeats(role: RoleVerdict, title: Title, kept: Title) -> RoleVerdict:
    reason = f"With {spoken_length(title.duration)} it is the same cut of the film as title {kept.number}."
    return _other(role, TitleRole.DUPLICATE, 0.9, reason, kept)


def _decoy(role: RoleVerdict, title: Title, film: Title, count: int) -> RoleVerdict:
    length = spoken_length(title.duration)
    reason = f"With {length} it is one of {count} versions of title {film.number}, which are mostly decoys."
    return _other(role, TitleRole.DUPLICATE, 0.7, reason, film)


def _left_out(role: RoleVerdict, title: Title, film: Title) -> RoleVerdict:
    length = spoken_length(title.duration)
    reason = f"With {length} it is another version of title {film.number}, which the record leaves out."
    return _other(role, TitleRole.UNKNOWN, 0.6, reason, None)


def _other(
    role: RoleVerdict, kind: TitleRole, confidence: float, reason: str, same: Title | None
) -> RoleVerdict:
    same_as = same.index if same is not None else None
    values = {"role": kind, "confidence": confidence, "reason": reason, "same_as": same_as, "place": None}
    return role.model_copy(update=values)
