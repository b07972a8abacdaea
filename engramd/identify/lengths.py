"""How long segments are, where a scan tells only how long titles are.

A title is as long as its segments together. Where the lengths at hand do not add up, they are estimates: they
begin as shares of a title's length, small for what many titles play (a logo, an intro), and are then moved
until the sums hold. Lengths read from the disc itself add up, and stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engramd.discs.model import Title

#: Lengths are whole seconds in a log, so sums are off by about one a segment.
SLACK = 1.5
SWEEPS = 12
#: With more titles than this, most are decoys of one another: fewer rounds do.
MANY, FEW_SWEEPS = 60, 3

Lengths = dict[str, float]


def refine(titles: Sequence[Title]) -> Lengths:
    """Give the length of each segment in seconds, so that titles are as long as their segments together."""
    usable = [t for t in titles if t.segments and t.duration > 0]
    lengths = {s.key: s.duration for t in usable for s in t.segments}
    rows = [({s.key for s in t.segments}, t.duration) for t in usable]
    if all(_fits(keys, duration, lengths) for keys, duration in rows):
        return lengths
    rows.sort(key=lambda row: len(row[0]))
    lengths = _first_guess(rows)
    for _ in range(SWEEPS if len(rows) <= MANY else FEW_SWEEPS):
        if not _sweep(rows, lengths):
            break
    return lengths


def _fits(keys: set[str], duration: float, lengths: Lengths) -> bool:
    return abs(sum(lengths[key] for key in keys) - duration) <= SLACK + len(keys)


def _first_guess(rows: list[tuple[set[str], float]]) -> Lengths:
    """Share each title's length among its segments, least to those that many titles play."""
    uses = Counter(key for keys, _ in rows for key in keys)
    lengths: Lengths = {}
    for keys, duration in rows:
        unknown = [key for key in keys if key not in lengths]
        left = max(0.0, duration - sum(lengths[key] for key in keys if key in lengths))
        total = sum(uses[key] ** -2 for key in unknown)
        lengths.update({key: left * uses[key] ** -2 / total for key in unknown})
    return lengths


def _sweep(rows: list[tuple[set[str], float]], lengths: Lengths) -> bool:
    """Move the lengths of every title's segments by what is missing; False if nothing was."""
    moved = False
    for keys, duration in rows:
        missing = duration - sum(lengths[key] for key in keys)
        if abs(missing) <= SLACK + len(keys):
            continue
        moved = True
        for key in keys:
            lengths[key] = max(0.0, lengths[key] + missing / len(keys))
    return moved
