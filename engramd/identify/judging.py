"""The verdict on a disc by its structure and its label: type first, then what each title is."""

from __future__ import annotations

from engramd.discs.model import Disc
from engramd.identify.evidence import SURE, Evidence, Weighed, weigh
from engramd.identify.forest import Models, learned
from engramd.identify.labels import LabelFacts, label_of
from engramd.identify.roles import Judged, assign_roles, hides_its_film, judge_episodes, judge_features
from engramd.identify.structure import FILM_LENGTH, SHORTEST_EPISODE, analyse
from engramd.identify.verdict import Hint, RoleVerdict, Verdict
from engramd.identify.view import MINIATURE, View
from engramd.models.enums import ClassificationSource, ContentType, TitleRole

#: A longer title on a disc whose label names extras may be a film all the same (seconds).
LONGEST_EXTRA = 5400.0
#: Extras differ in length: the usual one is shorter than this share of the longest, and few are alike.
MIXED, MOST_OF_ALL = 0.6, 0.75


def judge_disc(disc: Disc, hint: Hint | None = None, models: Models | None = None) -> Verdict:
    """See `engramd.identify.identify`."""
    hint, models = hint or Hint(), models or learned()
    view = view_of(disc)
    label = view.label
    weighed = weigh(view, models)
    evidence = list(weighed.evidence)
    kind, confidence = _decide(view, weighed, hint)
    judged = _judge(view, kind, models)
    roles = assign_roles(disc.titles, view, kind, judged, bonus=label.bonus)
    is_alone = kind is ContentType.MOVIE and len(disc.titles) == 1 and not label.bonus
    if is_alone:
        roles = (_only_film(disc.titles[0].index),)
    unsure = not is_alone and (kind is ContentType.UNKNOWN or _unsure_film(view, kind, judged))
    told = any(value not in (None, ContentType.UNKNOWN) for _, value in hint)
    weak = label.season is None and kind is ContentType.TV and label.weak_season is not None
    return Verdict(
        content_type=kind,
        title=hint.show or (None if len(judged.rivals) > 1 else label.weak_title if weak else label.title),
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


def view_of(disc: Disc) -> View:
    """Give a disc with its structure and what its label says, ready to be judged."""
    return View(disc, analyse(disc.titles), label_of(disc))


def _judge(view: View, kind: ContentType, models: Models) -> Judged:
    if kind is ContentType.TV:
        return judge_episodes(view, models)
    return judge_features(view, models) if kind is ContentType.MOVIE else Judged()


def _only_film(title_index: int) -> RoleVerdict:
    """Give the role of the only title of a film's disc: however short it is, nothing else can be the film."""
    reason = "It is the only title of a film."
    return RoleVerdict(
        title_index=title_index, role=TitleRole.MAIN_FEATURE, place=1, confidence=0.9, reason=reason
    )


def _unsure_film(view: View, kind: ContentType, judged: Judged) -> bool:
    """Tell whether it is open which title of a film disc is the film."""
    if kind is not ContentType.MOVIE or not judged.chosen:
        return kind is ContentType.MOVIE
    film = next(t for t in view.titles if t.index == judged.chosen[0])
    return len(judged.chosen) > 1 or hides_its_film(view, film)


def _decide(view: View, weighed: Weighed, hint: Hint) -> tuple[ContentType, float]:
    if hint.content_type is not None and hint.content_type is not ContentType.UNKNOWN:
        return hint.content_type, 1.0
    if hint.season is not None:
        return ContentType.TV, 1.0
    series = weighed.series
    if view.structure.longest < SHORTEST_EPISODE or _holds_only_extras(view, series):
        return ContentType.UNKNOWN, min(series, 0.5)
    if series >= SURE:
        return ContentType.TV, series
    if series <= 1 - SURE:
        return ContentType.MOVIE, 1 - series
    return ContentType.UNKNOWN, max(series, 1 - series)


def _holds_only_extras(view: View, series: float) -> bool:
    """Tell a disc of extras: its label says so, or it has no film and nothing that looks like episodes.

    Of titles with one sound track, much shorter than the longest and without a season in the label, none of
    the recorded discs is a series, and eight are discs of extras.
    """
    structure, label, group = view.structure, view.label, view.structure.group
    if label.bonus:
        return structure.longest < LONGEST_EXTRA or series > 0.5
    said = label.season is not None or label.weak_season is not None
    if said or not MINIATURE <= structure.longest < FILM_LENGTH:
        return False
    of_all = sum(t.duration for t in group.members) / sum(view.lengths)
    mixed = group.typical < MIXED * structure.longest and of_all < MOST_OF_ALL and view.most[0] <= 1
    return mixed or (len(group) < 2 and label.disc_number is None)


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
