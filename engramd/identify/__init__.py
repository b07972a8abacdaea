"""Stage one: what a disc is, from its own structure and its label. Pure; nothing leaves the machine."""

from __future__ import annotations

from engramd.discs.model import Disc
from engramd.identify.evidence import SURE, Evidence, probability_of_series, weigh
from engramd.identify.labels import LabelFacts, parse_label
from engramd.identify.roles import assign_roles, hides_its_film, main_titles
from engramd.identify.structure import SHORTEST_EPISODE, Structure, analyse
from engramd.identify.verdict import Hint, RoleVerdict, Verdict
from engramd.models.enums import ClassificationSource, ContentType

__all__ = ["Hint", "LabelFacts", "RoleVerdict", "Verdict", "identify", "parse_label"]


def identify(disc: Disc, hint: Hint | None = None) -> Verdict:
    """Say what a disc holds and what each title is; what `hint` says is taken as true."""
    hint = hint or Hint()
    label = _best_label(disc)
    structure = analyse(disc.titles)
    evidence = weigh(structure, label)
    kind, confidence = _decide(structure, label, evidence, hint)
    roles = assign_roles(disc.titles, structure, kind, bonus=label.bonus)
    many_films = len(main_titles(structure)) > 1 or hides_its_film(structure)
    unsure = kind is ContentType.UNKNOWN or (kind is ContentType.MOVIE and many_films)
    told = any(value not in (None, ContentType.UNKNOWN) for _, value in hint)
    weak = label.season is None and kind is ContentType.TV and label.weak_season is not None
    return Verdict(
        content_type=kind,
        title=hint.show or (label.weak_title if weak else label.title),
        year=hint.year if hint.year is not None else label.year,
        season=_season(label, hint, kind, weak=weak),
        disc_number=hint.disc_number if hint.disc_number is not None else label.disc_number,
        edition=hint.edition,
        source=ClassificationSource.USER if told else ClassificationSource.HEURISTIC,
        confidence=confidence,
        reason=_reason(disc, label, evidence, kind, hint),
        needs_review=unsure or not disc.titles,
        roles=roles,
    )


def _best_label(disc: Disc) -> LabelFacts:
    """Join volume label and disc name: the name reads better, and either may have season and disc."""
    label, name = parse_label(disc.label), parse_label(disc.disc_name)
    clash = None not in (label.season, name.season) and label.season != name.season
    season = None if clash else label.season if label.season is not None else name.season
    disc_number = label.disc_number if label.disc_number is not None else name.disc_number
    return LabelFacts(
        title=name.title or label.title,
        season=season,
        disc_number=disc_number,
        year=name.year or label.year,
        raw=disc.label or disc.disc_name,
        weak_season=label.weak_season or name.weak_season,
        weak_title=name.weak_title or (name.title if label.weak_title else None) or label.weak_title,
        bonus=label.bonus or name.bonus,
    )


def _decide(
    structure: Structure, label: LabelFacts, evidence: list[Evidence], hint: Hint
) -> tuple[ContentType, float]:
    if hint.content_type is not None and hint.content_type is not ContentType.UNKNOWN:
        return hint.content_type, 1.0
    if hint.season is not None:
        return ContentType.TV, 1.0
    series = probability_of_series(evidence)
    if structure.longest < SHORTEST_EPISODE or (label.bonus and label.season is None):
        return ContentType.UNKNOWN, min(series, 0.5)
    if series >= SURE:
        return ContentType.TV, series
    if series <= 1 - SURE:
        return ContentType.MOVIE, 1 - series
    return ContentType.UNKNOWN, max(series, 1 - series)


def _season(label: LabelFacts, hint: Hint, kind: ContentType, *, weak: bool) -> int | None:
    if hint.season is not None:
        return hint.season
    if kind is ContentType.MOVIE:
        return None
    return label.weak_season if weak else label.season


def _reason(disc: Disc, label: LabelFacts, evidence: list[Evidence], kind: ContentType, hint: Hint) -> str:
    """Say in one sentence what decided, strongest first."""
    if not disc.titles:
        return "The disc has no titles that can be read."
    told = hint.content_type not in (None, ContentType.UNKNOWN) or hint.season is not None
    facts = (["a person said so"] if told else []) + [e.text for e in evidence[:4]]
    if label.bonus:
        facts.insert(0, "the label names a disc of extras")
    what = {ContentType.TV: "A series", ContentType.MOVIE: "A film"}.get(kind, "Series or film is not clear")
    return f"{what}: {'; '.join(facts) or 'its titles and its label say too little'}."
