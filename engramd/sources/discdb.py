"""TheDiscDB: what people recorded of discs, from a local index first, and from the network where enabled.

Online, the content hash of a disc is sent, and nothing else. A hit counts only where the titles of the disc
confirm it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from engramd.discs.model import Disc
from engramd.errors import InvalidArgument
from engramd.models.enums import ClassificationSource, TitleRole
from engramd.sources.discdb_compare import Comparison
from engramd.sources.discdb_confirm import Confirmation, confirm
from engramd.sources.discdb_index import DiscIndex
from engramd.sources.discdb_model import Mapping, Work
from engramd.sources.discdb_online import OnlineDiscDb
from engramd.sources.discdb_roles import plain, same_name
from engramd.sources.problems import IndexDamaged
from engramd.tools.cancel import CancelToken

__all__ = ["Candidate", "DiscDb", "Found", "combine", "found_from_json", "mappings_json"]

#: Confidence that a confirmed entry is this disc: by its hash, and by its structure alone.
BY_HASH, BY_STRUCTURE = 0.99, 0.95
_Source = Literal[ClassificationSource.DISCDB_HASH, ClassificationSource.DISCDB_NAME]


class Candidate(BaseModel):
    """An entry that may be this disc, with what its titles would be; `reason` is a sentence for people."""

    model_config = ConfigDict(frozen=True)

    label: str
    work: Work
    reason: str
    mappings: tuple[Mapping, ...] = ()


class Found(BaseModel):
    """What TheDiscDB says of a disc.

    `confirmed`: an entry's titles are this disc's, and `mappings` say what they are; titles without one stay
    open. `candidates`: several entries are confirmed and disagree, or only the name agrees. `rejected`: there
    are entries with this disc's hash, but of other titles; `rejections` say why. `unknown`: nothing at all.
    `works` are all that the disc is recorded under; `work` is the one, if there is one. Confidence is 0 to 1.
    """

    model_config = ConfigDict(frozen=True)

    status: Literal["confirmed", "candidates", "rejected", "unknown"] = "unknown"
    source: _Source | None = None
    works: tuple[Work, ...] = ()
    work: Work | None = None
    label: str = ""
    release: str = ""
    disc_index: int | None = None
    confidence: float = 0.0
    reason: str = ""
    mappings: tuple[Mapping, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    rejections: tuple[str, ...] = ()


class DiscDb:
    """The index and the network as one. `online` is None where the network is not to be used."""

    def __init__(self, index: DiscIndex, online: OnlineDiscDb | None = None) -> None:
        self._index = index
        self._online = online

    def find(
        self, disc: Disc, name: str = "", year: int | None = None, cancel: CancelToken | None = None
    ) -> Found:
        """Give what is known of a disc. `name` and `year`, as its label tells them, bring candidates only.

        Raises what the network brings: SourceUnreachable, SourceRefused, SourceChanged; and IndexDamaged,
        unless the network knows the disc. An error is no miss: `find_offline` gives what the index knows.
        """
        if self._online is None or not disc.content_hash:
            return self.find_offline(disc, name, year)
        try:
            found = self.find_offline(disc, name, year)
        except IndexDamaged:
            online = self._ask(self._online, disc, disc.content_hash, cancel)
            if online.status == "confirmed":
                return online
            raise
        if found.status == "confirmed":
            return found
        online = self._ask(self._online, disc, disc.content_hash, cancel)
        if online.status in ("confirmed", "candidates") or found.status == "unknown":
            return online
        return found.model_copy(update={"rejections": (*found.rejections, *online.rejections)})

    @staticmethod
    def _ask(online: OnlineDiscDb, disc: Disc, content_hash: str, cancel: CancelToken | None) -> Found:
        comparison = Comparison(disc)
        entries = online.lookup(content_hash, cancel)
        return combine([confirm(entry, comparison) for entry in entries], ClassificationSource.DISCDB_HASH)

    def find_offline(self, disc: Disc, name: str = "", year: int | None = None) -> Found:
        """Give what the local index knows of a disc: by hash, else by structure, else by name."""
        comparison = Comparison(disc)
        hits = self._index.lookup(disc.content_hash) if disc.content_hash else []
        by_hash = combine([confirm(entry, comparison) for entry in hits], ClassificationSource.DISCDB_HASH)
        if by_hash.status in ("confirmed", "candidates"):
            return by_hash
        like = [confirm(entry, comparison) for entry in self._index.lookup_structure(comparison)]
        found = combine([one for one in like if one.confirmed], ClassificationSource.DISCDB_NAME)
        if found.status == "unknown" and name:
            found = self._by_name(name, year)
        if found.status == "unknown":
            return by_hash
        return found.model_copy(update={"rejections": by_hash.rejections})

    def _by_name(self, name: str, year: int | None) -> Found:
        works: dict[Work, str] = {}
        for entry in self._index.lookup_name(name, year):
            works.setdefault(entry.work, entry.label)
        if not works:
            return Found()
        reason = f"TheDiscDB knows {name}, but none of its discs is this one."
        return Found(
            status="candidates",
            source=ClassificationSource.DISCDB_NAME,
            works=tuple(works),
            reason=reason,
            candidates=tuple(
                Candidate(label=label, work=work, reason=reason) for work, label in works.items()
            ),
        )


def combine(results: Sequence[Confirmation], source: _Source) -> Found:
    """Make one answer of all entries that may be a disc: those that are confirmed, if they agree."""
    confirmed = [one for one in results if one.confirmed]
    rejections = tuple(dict.fromkeys(one.reason for one in results if not one.confirmed))
    if not confirmed:
        status: Literal["rejected", "unknown"] = "rejected" if results else "unknown"
        reason = "What TheDiscDB has under this disc's hash is another disc." if results else ""
        return Found(status=status, reason=reason, rejections=rejections)
    best = max(one.share for one in confirmed)
    likest = sorted((one for one in confirmed if one.share == best), key=lambda one: -len(_facts(one)))
    works = tuple(dict.fromkeys(one.entry.work for one in likest))
    if any(_disagree(one, other) for one in likest for other in likest):
        return _several(likest, works, source, rejections)
    first = likest[0]
    work = _one_work(works, likest)
    return Found(
        status="confirmed",
        source=source,
        works=works,
        work=work,
        label=first.entry.label,
        release=first.entry.release_title or first.entry.release_slug,
        disc_index=first.entry.disc_index,
        confidence=BY_HASH if source is ClassificationSource.DISCDB_HASH else BY_STRUCTURE,
        reason=first.reason,
        mappings=tuple(_with_work(mapping, work, works) for mapping in _union(likest)),
        rejections=rejections,
    )


def _facts(one: Confirmation) -> dict[int, Mapping]:
    """Give what is said of titles, by their index, but for what repeats another."""
    return {m.title_index: m for m in one.mappings if m.role is not TitleRole.DUPLICATE}


def _disagree(one: Confirmation, other: Confirmation) -> bool:
    """Whether two entries differ in a role, an episode or an edition; to say less is not to differ."""
    mine, theirs = _facts(one), _facts(other)
    return any(_differ(mine[index], theirs[index]) for index in mine.keys() & theirs.keys())


def _differ(one: Mapping, other: Mapping) -> bool:
    editions = {plain(mapping.edition) for mapping in (one, other) if mapping.edition}
    return (one.role, one.episode) != (other.role, other.episode) or len(editions) > 1


def _several(
    likest: Sequence[Confirmation], works: tuple[Work, ...], source: _Source, rejections: tuple[str, ...]
) -> Found:
    candidates = {one.entry.label: one for one in reversed(likest)}
    return Found(
        status="candidates",
        source=source,
        works=works,
        work=works[0] if len(works) == 1 else None,
        reason=f"{len(candidates)} entries of TheDiscDB are this disc, and they disagree.",
        candidates=tuple(
            Candidate(label=label, work=one.entry.work, reason=one.reason, mappings=one.mappings)
            for label, one in reversed(candidates.items())
        ),
        rejections=rejections,
    )


def _union(likest: Sequence[Confirmation]) -> list[Mapping]:
    """Give each title the first thing that is said of it; what repeats another title says least.

    Each main feature has its work.
    """
    said: dict[int, Mapping] = {}
    for one in likest:
        for mapping in one.mappings:
            known = said.get(mapping.title_index)
            if known is None or known.role is TitleRole.DUPLICATE:
                own = mapping.work or (one.entry.work if mapping.role is TitleRole.MAIN_FEATURE else None)
                said[mapping.title_index] = mapping.model_copy(update={"work": own})
            elif known.edition is None and mapping.edition:
                said[mapping.title_index] = known.model_copy(update={"edition": mapping.edition})
    return [said[index] for index in sorted(said)]


def _one_work(works: Sequence[Work], likest: Sequence[Confirmation]) -> Work | None:
    """Give the work of a disc: the only one, or the one that its first main feature is named after."""
    if len(works) == 1:
        return works[0]
    features = [m for m in likest[0].mappings if m.role is TitleRole.MAIN_FEATURE]
    return _named(features[0].name, works) if features else None


def _named(name: str, works: Sequence[Work]) -> Work | None:
    """Give the work of a name, or of one that differs by a slip."""
    return next((work for work in works if same_name(work.name, name)), None)


def _with_work(mapping: Mapping, work: Work | None, works: Sequence[Work]) -> Mapping:
    """Give a feature the work that is named like it, with its numbers, where that is not the disc's own."""
    if mapping.role is not TitleRole.MAIN_FEATURE:
        return mapping
    own = _named(mapping.name, works) or mapping.work
    return mapping.model_copy(update={"work": None if own == work else own})


def mappings_json(found: Found) -> str:
    """Write what was found as one line of JSON that `found_from_json` reads; what is empty is left out."""
    return found.model_dump_json(exclude_defaults=True)


def found_from_json(written: str) -> Found:
    """Read what `mappings_json` wrote. Raises InvalidArgument for anything else."""
    try:
        return Found.model_validate_json(written)
    except ValidationError as error:
        why = error.errors()[0]["msg"]
        raise InvalidArgument("this is no record of TheDiscDB's mappings", why=why) from error
