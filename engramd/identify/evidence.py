"""Series or film? What a disc's structure and label say, weighed as log-odds and put into words.

Positive weights speak for a series, negative ones for a film. They are what the learned model adds for what
it sees; discs of a few minutes, which nobody recorded, have hand-set ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engramd.identify import priors
from engramd.identify.disc_features import DISC_FEATURES, disc_features
from engramd.identify.forest import Models, probability
from engramd.identify.view import MINIATURE, View

#: From this probability on a disc's type is taken as known.
SURE = 0.7


@dataclass(frozen=True)
class Evidence:
    """One observation with its weight; `text` is part of a sentence."""

    weight: float
    text: str


@dataclass(frozen=True)
class Weighed:
    """The probability (0 to 1) that a disc holds a series, and the evidence, strongest first."""

    series: float
    evidence: tuple[Evidence, ...]


def weigh(view: View, models: Models) -> Weighed:
    """Weigh what speaks for a series or a film."""
    texts = dict(_observations(view))
    if is_miniature(view):
        found = [Evidence(weight, texts[what]) for what, weight in _hand_set(view) if what in texts]
        return _weighed(sum(e.weight for e in found), found)
    row = disc_features(view)
    labelled = priors.series(view)
    weights = {"comment": labelled}
    for feature, weight in models.series.contributions(row).items():
        what = _ABOUT.get(DISC_FEATURES[feature], "making")
        weights[what] = weights.get(what, 0.0) + weight
    found = [
        Evidence(weights[what], text) for what, text in texts.items() if abs(weights.get(what, 0.0)) > 0.1
    ]
    return _weighed(models.series.log_odds(row) + labelled, found)


def _weighed(log_odds: float, found: list[Evidence]) -> Weighed:
    return Weighed(probability(log_odds), tuple(sorted(found, key=lambda e: -abs(e.weight))))


def is_miniature(view: View) -> bool:
    """Tell whether all titles of a disc's own are short: made at home, or by a test."""
    return view.structure.longest < MINIATURE


#: What each feature of a disc is about, where it is about more than how the disc was made.
_ABOUT = {
    **dict.fromkeys(("season", "weak_season", "disc_number", "disc_word", "series_word"), "label"),
    **dict.fromkeys(("part_word", "volume_word", "title_digits", "bonus", "year"), "label"),
    **dict.fromkeys(("label_spaces", "label_lower"), "label"),
    **dict.fromkeys(("play_all", "play_all_alike", "play_all_minutes", "play_all_part"), "play-all"),
    **dict.fromkeys(("longest", "second", "third", "films", "films_70"), "longest"),
    **dict.fromkeys(("longest_not_in_group", "versions_of_longest", "decoys"), "longest"),
    **dict.fromkeys(("typical", "group_size", "group_share", "group_of_longest", "spread"), "group"),
    **dict.fromkeys(("own_titles", "extras", "between", "short_share", "numbers_run"), "others"),
    **dict.fromkeys(("comment_feature", "comment_episode"), "comment"),
}


def _observations(view: View) -> Iterator[tuple[str, str]]:
    """Say what is seen of each thing that can be evidence."""
    structure, label = view.structure, view.label
    yield from _of_label(view)
    play_all = _play_all(view)
    if play_all:
        yield "play-all", play_all
    films = [work for work in structure.works if work[0].duration >= 0.7 * structure.longest]
    if films:
        length, count = spoken_length(structure.longest), len(films)
        yield (
            "longest",
            f"{_number(count)} of {length}" if count == 1 else f"{_number(count)} about {length} long",
        )
    if len(structure.group) >= 2:
        yield (
            "group",
            f"{len(structure.group)} titles are about {spoken_length(structure.group.typical)} long",
        )
    shorter = sum(length < 0.6 * structure.longest for length in view.lengths)
    yield "others", f"{shorter} shorter titles stand beside" if shorter else "no shorter titles stand beside"
    if any(t.comment for t in view.titles):
        yield "comment", "the disc's author named the titles"
    top = max(structure.own, key=lambda t: t.duration, default=None)
    if top is not None and label is not None:
        chapters, sound = len(top.chapters), sum(s.kind == "audio" for s in top.streams)
        tracks = "1 sound track" if sound == 1 else f"{sound} sound tracks"
        yield "making", f"the longest title has {chapters} chapters and {tracks}"


def _number(films: int) -> str:
    if films == 1:
        return "one title is the longest, one"
    return "two different titles are" if films == 2 else f"{films} different titles are"


def _of_label(view: View) -> Iterator[tuple[str, str]]:
    label = view.label
    disc = f"disc {label.disc_number}" if label.disc_number is not None else ""
    if label.season is not None:
        yield "label", f"the label says season {label.season}" + (f", {disc}" if disc else "")
    elif label.weak_season is not None:
        yield "label", f"the number in the label may be season {label.weak_season}"
    elif disc:
        yield "label", f"the label says {disc}"
    else:
        yield "label", "the label names no season and no disc"


def _play_all(view: View) -> str:
    for play_all in view.structure.play_alls:
        alike = [p for p in play_all.parts if p.index in view.group]
        if len(alike) >= 2 and len(alike) >= 0.5 * len(play_all.parts):
            how = "share their segments with" if play_all.exact else "together are as long as"
            length = spoken_length(view.structure.group.typical)
            return f"{len(alike)} titles of about {length} {how} title {play_all.title.number} (play-all)"
    return ""


def _hand_set(view: View) -> Iterator[tuple[str, float]]:
    """Weights for discs of a few minutes, of which there are no records to learn from."""
    group, label = view.structure.group, view.label
    if label.season is not None:
        yield "label", 5.0
    elif label.disc_number is not None:
        yield "label", 0.7 if label.disc_number < 3 else 1.5
    yield "play-all", 3.0
    if len(group) >= 2 and group.typical >= 0.35 * view.structure.longest:
        full = group.typical >= 300
        yield "group", (1.2 if full else 0.4) if len(group) >= 3 else (0.5 if full else 0.2)


def spoken_length(seconds: float) -> str:
    """Say a duration as people do: `45 s`, `22 min`, `1 h 37 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
