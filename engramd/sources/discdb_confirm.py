"""Whether an entry of TheDiscDB describes the disc at hand, and what its titles are if so. Pure.

A content hash alone is not trusted: some entries carry the hash of a neighbouring disc. An entry counts when
its titles are found on the disc, by duration, size and segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from engramd.discs.model import Disc, Title
from engramd.models.enums import TitleRole
from engramd.sources.discdb_compare import Comparison, Likeness
from engramd.sources.discdb_model import DiscEntry, EntryTitle, Mapping, Work
from engramd.sources.discdb_roles import (
    MANY,
    episode_code,
    extra_kind,
    films,
    role_of,
    same_name,
    split_edition,
)

#: Shorter titles are left out of a scan by MakeMKV as it is usually set, in seconds.
SHORT = 120
#: So much of what an entry says must be found on the disc, by number and by duration.
MAPPED_SHARE = 0.8
ALL_SHARE = 0.6
#: So much of what is on the disc must be in the entry, by duration: a disc of trailers is on many others.
DISC_SHARE = 0.5
#: A scan must tell of so much of an entry, by duration, to say anything about it.
TOLD_SHARE = 0.5
#: Confidence of a mapping whose title agrees exactly, and of one whose size could not be compared.
SURE, LIKELY = 0.98, 0.9


@dataclass(frozen=True)
class _Pair:
    """A title of an entry, and the titles of the disc that may be it; `there` is None where nothing tells."""

    recorded: EntryTitle
    likes: list[Likeness]
    there: bool | None


class Confirmation(BaseModel):
    """What the comparison of an entry with a disc found.

    `share` is how much of what the entry lists is on the disc, 0 to 1; `reason` is a sentence for people.
    `ambiguous` are titles of the disc that may be several of the entry's, and so have no mapping.
    """

    model_config = ConfigDict(frozen=True)

    entry: DiscEntry
    confirmed: bool
    share: float
    reason: str
    mappings: tuple[Mapping, ...] = ()
    ambiguous: tuple[int, ...] = ()


def confirm(entry: DiscEntry, disc: Disc | Comparison) -> Confirmation:
    """Compare an entry with a disc, title by title; mappings are given only where the entry is confirmed."""
    comparison = disc if isinstance(disc, Comparison) else Comparison(disc)
    found = [comparison.like(recorded) for recorded in entry.titles]
    pairs = [
        _Pair(recorded, likes, True if likes else comparison.has(recorded))
        for recorded, likes in zip(entry.titles, found, strict=True)
    ]
    share, doubt = _doubt(entry, pairs)
    if not doubt and _told_of(comparison, found) < DISC_SHARE:
        doubt = f"{entry.label}: most of what is on this disc is not among its {len(pairs)} titles."
    if doubt:
        return Confirmation(entry=entry, confirmed=False, share=share, reason=doubt)
    chosen, ambiguous = _assign(found)
    mappings = [_mapping(one, entry, comparison) for one in chosen]
    mappings += _duplicates(mappings, comparison)
    return Confirmation(
        entry=entry,
        confirmed=True,
        share=share,
        reason=_agreement(entry, pairs, len(chosen)),
        mappings=tuple(sorted(mappings, key=lambda one: one.title_index)),
        ambiguous=tuple(sorted(ambiguous)),
    )


def _doubt(entry: DiscEntry, pairs: Sequence[_Pair]) -> tuple[float, str]:
    """Give the share of the entry's titles that are on the disc, and why that is too little, if it is."""
    if not pairs:
        return 0.0, f"{entry.label}: the entry lists no titles to compare with."
    everything = [pair for pair in pairs if pair.recorded.duration >= SHORT] or pairs
    told = [pair for pair in everything if pair.there is not None]
    if _length(told) < _length(everything) * TOLD_SHARE:
        return 0.0, f"{entry.label}: most of what it lists are bare streams, which this scan leaves out."
    if not any(_exact(pair) for pair in told):
        return 0.0, f"{entry.label}: none of its {len(told)} titles is on this disc."
    mapped = [pair for pair in told if pair.recorded.item] or told
    total, of_mapped = _share(told), _share(mapped)
    if of_mapped < MAPPED_SHARE or total < ALL_SHARE:
        lost = sum(not pair.there for pair in told)
        return min(total, of_mapped), f"{entry.label}: {lost} of its {len(told)} titles are not on this disc."
    longest = max(mapped, key=lambda pair: pair.recorded.duration)
    if not longest.there:
        name = longest.recorded.item.name if longest.recorded.item else longest.recorded.source_file
        return of_mapped, f"{entry.label}: its longest title, {name}, is not on this disc."
    return min(total, of_mapped), ""


def _told_of(comparison: Comparison, found: Sequence[Sequence[Likeness]]) -> float:
    """Give how much of the disc the entry lists, 0 to 1 by duration; what plays the same counts once."""
    listed = {comparison.content(like.title) for likes in found for like in likes}
    lengths = {
        comparison.content(title): title.duration
        for title in comparison.disc.titles
        if title.duration >= SHORT
    }
    whole = sum(lengths.values())
    return sum(lengths[one] for one in lengths.keys() & listed) / whole if whole else 1.0


def _exact(pair: _Pair) -> bool:
    return any(like.exact for like in pair.likes) if pair.likes else bool(pair.there)


def _length(pairs: Sequence[_Pair]) -> int:
    return sum(pair.recorded.duration for pair in pairs)


def _share(pairs: Sequence[_Pair]) -> float:
    """Give how much is on the disc, 0 to 1, by number or by duration, whichever is less."""
    there = [pair for pair in pairs if pair.there]
    return min(len(there) / len(pairs), _length(there) / max(_length(pairs), 1))


def _agreement(entry: DiscEntry, pairs: Sequence[_Pair], chosen: int) -> str:
    there, mapped = sum(bool(pair.there) for pair in pairs), sum(bool(title.item) for title in entry.titles)
    named = f", {chosen} of the {mapped} that are named" if mapped else ", but nothing says what they are"
    return f"{entry.label}: {there} of its {len(pairs)} titles are on this disc{named}."


def _assign(found: Sequence[Sequence[Likeness]]) -> tuple[list[Likeness], set[int]]:
    """Give each named title of the entry the title of the disc that agrees best, each title once.

    A title of the disc that two named ones claim equally well gets none, and is told.
    """
    claims = sorted(
        (one for likes in found for one in likes), key=lambda one: (*one.distance, one.title.index)
    )
    taken: dict[int, Likeness] = {}
    done: set[int] = set()
    for claim in claims:
        if claim.title.index not in taken and id(claim.recorded) not in done:
            taken[claim.title.index] = claim
            done.add(id(claim.recorded))
    ambiguous = {index for index, one in taken.items() if one.recorded.item and _contested(one, found)}
    named = [one for index, one in taken.items() if one.recorded.item and index not in ambiguous]
    return named, ambiguous


def _contested(chosen: Likeness, found: Sequence[Sequence[Likeness]]) -> bool:
    """Whether another named title of the entry, which says something else, is as near to the title."""
    rivals = (one for likes in found for one in likes if one.title.index == chosen.title.index)
    return any(
        one.distance == chosen.distance
        and one.recorded is not chosen.recorded
        and one.recorded.item is not None
        and one.recorded.item != chosen.recorded.item
        for one in rivals
    )


def _mapping(found: Likeness, entry: DiscEntry, comparison: Comparison) -> Mapping:
    item = found.recorded.item
    assert item is not None, "only named titles are assigned"
    role = role_of(item, entry.titles, entry.work)
    if role is TitleRole.EPISODE and _joins_others(found.title, comparison, item.episodes):
        role = TitleRole.PLAY_ALL
    main = role is TitleRole.MAIN_FEATURE
    name, edition = split_edition(item.name, entry.work.name) if role is not TitleRole.EXTRA else ("", None)
    return Mapping(
        title_index=found.title.index,
        role=role,
        episode=episode_code(item) if role in (TitleRole.EPISODE, TitleRole.PLAY_ALL) else None,
        season=item.season if entry.work.namespace == "tv" else None,
        name=name if main else item.name,
        extra_kind=extra_kind(item) if role is TitleRole.EXTRA else None,
        edition=edition,
        work=_own_work(name, entry) if main else None,
        confidence=SURE if found.exact else LIKELY,
        reason=_reason(found),
    )


def _own_work(name: str, entry: DiscEntry) -> Work | None:
    """Give the work of a main feature where it is not the entry's: another film, or a film among episodes."""
    film = entry.work.namespace == "movie"
    if film and (len(films(entry.titles, entry.work)) == 1 or same_name(name, entry.work.name)):
        return None
    return Work(namespace="movie", name=name) if name else None


def _reason(found: Likeness) -> str:
    what = "length and size" if found.exact else "clips and length"
    name = found.recorded.item.name if found.recorded.item else ""
    return f"TheDiscDB has a title of this {what}: {name or found.recorded.source_file}."


def _joins_others(title: Title, comparison: Comparison, episodes: tuple[int, int] | None) -> bool:
    """Whether a title that is called many episodes plays what other titles of the disc play one by one."""
    if episodes is None or episodes[1] - episodes[0] + 1 < MANY:
        return False
    keys = {segment.key for segment in title.segments}
    parts = {
        tuple(segment.key for segment in other.segments)
        for other in comparison.disc.titles
        if SHORT < other.duration < title.duration * 0.7
    }
    return sum(bool(part) and keys.issuperset(part) for part in parts) > 1


def _duplicates(mappings: Sequence[Mapping], comparison: Comparison) -> list[Mapping]:
    """Give the titles that repeat a mapped one: the same clips under another playlist, or a bare clip."""
    known = {mapping.title_index: mapping for mapping in mappings}
    titles = comparison.disc.titles
    originals = {comparison.content(title): title for title in reversed(titles) if title.index in known}
    repeats = (
        (title.index, original)
        for title in titles
        if title.index not in known and (original := originals.get(comparison.content(title)))
    )
    return [
        Mapping(
            title_index=index,
            role=TitleRole.DUPLICATE,
            same_as=original.index,
            confidence=known[original.index].confidence,
            reason=f"It plays the same as {original.source_file}.",
        )
        for index, original in repeats
    ]
