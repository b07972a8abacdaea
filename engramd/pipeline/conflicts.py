"""What happens to a title that the library has already: compared, and decided by the policy or asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.models import AppConfig, ConflictResolution, DiscTitle
from engramd.organize import atomic
from engramd.organize.comparing import SAID, Comparison, Standing, compare, decide
from engramd.organize.existing import Had
from engramd.organize.facts import FileFacts
from engramd.organize.safe_names import is_text, numbered, shown
from engramd.pipeline.placing import Place

if TYPE_CHECKING:
    from engramd.organize import FilingItem

#: Gives what video files hold; it may start a child.
ReadFacts = Callable[[Sequence[Path]], list[FileFacts]]
_MOST_NUMBERED = 99


@dataclass(frozen=True)
class Plan:
    """How a title is filed: under which name, by which policy, and which files of other names it replaces.

    With the policy `ask` nothing is filed, and `question` says why; with `skip` `words` say what is there.
    """

    target: Path
    policy: ConflictResolution
    replaces: tuple[Path, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class _Case:
    """One title beside what the library has of it."""

    item: FilingItem
    title: DiscTitle
    place: Place
    had: Sequence[Had]
    compared: Sequence[Comparison]

    @property
    def standings(self) -> list[Standing]:
        return [one.standing for one in self.compared]

    @property
    def may_be_anothers(self) -> bool:
        """Whether the library's file may be of another work of the same name: its length is another."""
        return Standing.OTHER_CUT in self.standings and not self.place.is_sure


class Conflicts:
    """Decides what a title becomes beside the library's files; reads those, may hang, and raises OSError."""

    def __init__(self, read_facts: ReadFacts) -> None:
        self._read_facts = read_facts

    def plan(
        self,
        item: FilingItem,
        title: DiscTitle,
        place: Place,
        had: Sequence[Had],
        settings: AppConfig,
        said: ConflictResolution | None = None,
    ) -> Plan:
        """Say how a title is filed; `said` is what a person answered about what the library has."""
        source = Path(title.staging_file or "")
        policy = said or settings.conflict_resolution_default
        if begun := _begun(item, title, source, place, settings):
            return Plan(begun, ConflictResolution.KEEP_BOTH)
        if not os.path.lexists(source):
            return Plan(place.target, ConflictResolution.ASK)
        same = next((p for p in (one.path for one in had) if is_text(str(p)) and _is_same(source, p)), None)
        if same is not None:
            return Plan(same, ConflictResolution.ASK)
        if not had:
            return Plan(place.target, _for_extras(item, policy))
        mine, *theirs = self._read_facts([source, *(one.path for one in had)])
        compared = [compare(mine, facts) for facts in theirs]
        case = _Case(item, title, place, had, compared)
        return self._decided(case, settings, policy, by_person=said is not None)

    def _decided(
        self, case: _Case, settings: AppConfig, policy: ConflictResolution, *, by_person: bool
    ) -> Plan:
        covered = all(one.is_covered for one in case.had)
        equal = all(one.is_equal for one in case.had)
        words = in_words(case.item, case.had, case.compared)
        if not by_person:
            both = policy is ConflictResolution.KEEP_BOTH
            policy = decide(policy, case.standings, covered=covered, equal=equal)
            if case.may_be_anothers and not both:
                words += f"; the folder {case.place.folder} is known by its name only, and may be another's"
                policy = ConflictResolution.ASK
        if policy is ConflictResolution.KEEP_BOTH:
            return Plan(_beside(case, settings), policy, words=words)
        if policy is ConflictResolution.REPLACE:
            olds = tuple(one.path for one in case.had if one.is_covered)
            in_the_way = any(one.path == case.place.target for one in case.had if not one.is_covered)
            target = _free(case.place.target) if in_the_way else case.place.target
            return Plan(target, policy, tuple(old for old in olds if old != target), words)
        return Plan(case.place.target, policy, words=words)


def in_words(item: FilingItem, had: Sequence[Had], compared: Sequence[Comparison]) -> str:
    """Say what the library has, and how the new file compares: one sentence for each file."""
    what = item.episode_code or f"{item.title}{f' ({item.year})' if item.year else ''}"
    sentences = []
    for one, comparison in zip(had, compared, strict=True):
        more = "" if one.is_equal else ", which does not hold the very same episodes"
        sentences.append(
            f"the library has {what} already, as {shown(one.path.name)}{more}; this one is"
            f" {SAID[comparison.standing]} ({comparison.words})"
        )
    return "; ".join(sentences)


def _for_extras(item: FilingItem, policy: ConflictResolution) -> ConflictResolution:
    """An extra is never asked about by default: one of the same name is kept beside it."""
    compares = policy is ConflictResolution.COMPARE
    return ConflictResolution.KEEP_BOTH if compares and item.kind in ("extra", "other") else policy


def _beside(case: _Case, settings: AppConfig) -> Path:
    """Give a name for a further version: by its resolution or running time, where that tells it apart."""
    others = [one is Standing.OTHER_RESOLUTION for one in case.standings]
    by_version, by_edition = _versions(case.item, case.title)
    if by_version is not None and others and all(others):
        return case.place.of(by_version, settings)
    if by_edition is not None and Standing.OTHER_CUT in case.standings:
        return case.place.of(by_edition, settings)
    return case.place.target


def _versions(item: FilingItem, title: DiscTitle) -> tuple[FilingItem | None, FilingItem | None]:
    """Give an item as a version by its resolution, and as an edition by its running time, if it may be."""
    version = item.model_copy(update={"version": item.resolution}) if item.resolution else None
    if item.kind != "film" or item.edition:
        return version, None
    from engramd.identify.editions import running_time

    return version, item.model_copy(update={"edition": running_time(title.duration_seconds)})


def _begun(
    item: FilingItem, title: DiscTitle, source: Path, place: Place, settings: AppConfig
) -> Path | None:
    """Give the name under which filing was begun, if its file is there and the name may stay."""
    begun = Path(title.filing_target) if title.filing_target else None
    if begun is None or begun.parent != place.target.parent or not begun.is_file():
        return None
    if begun.stat().st_size != title.filing_bytes or (os.path.lexists(source) and not begun.samefile(source)):
        return None
    names = [place.target, *(place.of(one, settings) for one in _versions(item, title) if one is not None)]
    return begun if any(begun == name or begun in _numbered(name) for name in names) else None


def _numbered(target: Path) -> list[Path]:
    return [target.with_name(numbered(target.name, number)) for number in range(2, _MOST_NUMBERED + 1)]


def _free(target: Path) -> Path:
    return next((path for path in _numbered(target) if not os.path.lexists(path)), target)


def _is_same(source: Path, path: Path) -> bool:
    """Whether a file of the library is this one: the same by link, or byte for byte."""
    if path.is_symlink() or path.stat().st_size != source.stat().st_size:
        return False
    return path.samefile(source) or atomic.same_content(source, path)
