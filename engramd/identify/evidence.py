"""Series or film? Evidence is weighed as log-odds: positive for series, negative for film.

Weights are natural logarithms of likelihood ratios, rounded; they come from what collections of real discs
show (a season in the label is right on 99 of 100 discs) and are few, so that a verdict can be explained.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from engramd.identify.labels import LabelFacts
from engramd.identify.structure import FILM_LENGTH, Structure, works

#: From this probability on a disc's type is taken as known.
SURE = 0.8


@dataclass(frozen=True)
class Evidence:
    """One observation with its weight; `text` is part of a sentence."""

    weight: float
    text: str


def probability_of_series(evidence: list[Evidence]) -> float:
    """Give the probability (0 to 1) that a disc holds a series."""
    return 1 / (1 + math.exp(-sum(e.weight for e in evidence)))


def weigh(structure: Structure, label: LabelFacts) -> list[Evidence]:
    """Collect what speaks for a series or a film, strongest first."""
    found = [*_from_label(label), *_from_play_alls(structure), *_from_lengths(structure)]
    return sorted(found, key=lambda e: -abs(e.weight))


def _from_label(label: LabelFacts) -> Iterator[Evidence]:
    if label.season is not None:
        disc = f", disc {label.disc_number}" if label.disc_number is not None else ""
        yield Evidence(5.0, f"the label says season {label.season}{disc}")
    elif label.disc_number is not None:
        weight = 0.7 if label.disc_number < 3 else 1.5
        yield Evidence(weight, f"the label says disc {label.disc_number}")
    if label.season is None and label.weak_season is not None and label.disc_number is not None:
        yield Evidence(0.7, f"the number in the label may be season {label.weak_season}")


def _from_play_alls(structure: Structure) -> Iterator[Evidence]:
    in_group = {t.index for t in structure.group.members}
    for play_all in structure.play_alls:
        alike = [p for p in play_all.parts if p.index in in_group]
        if len(alike) >= 2 and len(alike) >= 0.5 * len(play_all.parts):
            how = "share their segments with" if play_all.exact else "together are as long as"
            length = spoken_length(structure.group.typical)
            text = f"{len(alike)} titles of about {length} {how} title {play_all.title.number} (play-all)"
            yield Evidence(3.0 if structure.group.typical >= 0.4 * structure.longest else 0.5, text)
            return


def _from_lengths(structure: Structure) -> Iterator[Evidence]:
    longest, group = structure.longest, structure.group
    if longest >= FILM_LENGTH:
        yield _long_titles(structure)
    if len(group) < 2 or group.typical < 0.35 * longest:
        return
    length, count = spoken_length(group.typical), len(group)
    text = f"{count} titles are about {length} long"
    if longest >= FILM_LENGTH and group.typical >= FILM_LENGTH:
        return
    if group.typical >= 17 * 60:
        yield Evidence(2.5 if count >= 3 else 1.8, text)
    elif group.typical >= 300:
        yield Evidence(1.2 if count >= 3 else 0.5, text)
    else:
        yield Evidence(0.4 if count >= 3 else 0.2, text)


def _long_titles(structure: Structure) -> Evidence:
    longest, group = structure.longest, structure.group
    rivals = sum(work[0].duration >= 0.7 * longest for work in works(structure))
    length = spoken_length(longest)
    if rivals >= 3:
        return Evidence(0.8, f"{rivals} different titles are about {length} long")
    if rivals == 2:
        return Evidence(-1.6, f"two different titles are about {length} long")
    if len(group) >= 2 and 17 * 60 <= group.typical < FILM_LENGTH and longest <= 2.5 * group.typical:
        return Evidence(-1.0, f"one title is {length} long, like a double episode")
    return Evidence(-3.5, f"one title of {length} is by far the longest")


def spoken_length(seconds: float) -> str:
    """Say a duration as people do: `45 s`, `22 min`, `1 h 37 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
