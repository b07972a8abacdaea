"""Gives the episodes of a disc to its titles, all at once; nothing rather than a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engramd.match.labels import Label

#: Log-odds beyond this add only a trace, enough to prefer the better of two sure titles.
SURE = 20.0
TRACE = 0.001


def assign_jointly(log_odds: Sequence[Mapping[Label, float]]) -> list[Label | None]:
    """Maximise the sum of log-odds; each title may also get nothing (log-odds 0)."""
    if len(log_odds) == 1:  # the library takes a quarter of a second to load
        best = max(log_odds[0].items(), key=lambda item: item[1], default=None)
        return [best[0] if best and best[1] > 0 else None]
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    labels = sorted({label for row in log_odds for label in row})
    if not labels:
        return [None] * len(log_odds)
    column = {label: number for number, label in enumerate(labels)}
    gain = np.full((len(log_odds), len(labels) + len(log_odds)), -2 * SURE)
    for number, row in enumerate(log_odds):
        gain[number, len(labels) + number] = 0.0
        for label, value in row.items():
            gain[number, column[label]] = max(-SURE, min(SURE, value)) + TRACE * value
    _, chosen = linear_sum_assignment(gain, maximize=True)
    return [labels[place] if place < len(labels) else None for place in chosen]


def out_of_order(labels: Sequence[tuple[int, Label]]) -> bool:
    """Whether titles, given with their place on the disc, are not in the order of their episodes."""
    in_place = [label for _, label in sorted(labels, key=lambda item: item[0])]
    return in_place != sorted(in_place)
