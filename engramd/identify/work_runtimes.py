"""Whether a disc's durations fit the runtimes that a work is listed with.

Listed runtimes are rough: rounded, at times the length of the programme's slot with its advertisements, and
at times that of a part of what the disc shows as one episode. So only a clear mismatch speaks against a work.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

#: Films run this much faster from a disc with 25 pictures a second.
PAL = 24 / 25
_MINUTE = 60.0
_EPISODE_SLACK = 2.5 * _MINUTE
_EPISODE_SLACK_SHARE = 0.07
_FEATURE_SLACK = 2.5 * _MINUTE
_FEATURE_SLACK_SHARE = 0.015
_OTHER_CUT = 0.2
#: A slot of 30 or 60 minutes holds 70 to 95 % of programme.
_LEAST_OF_SLOT = 0.68
_SLOTS = frozenset({30, 60, 90, 120})
_MOST_PARTS = 4
_ENOUGH = 0.7


class Fit(Enum):
    """How well durations fit."""

    MATCH = "match"
    POSSIBLE = "possible"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


def episodes_fit(
    durations: Sequence[float], season: Sequence[int], usual: Sequence[int], *, pal: bool = False
) -> Fit:
    """Compare a disc's episodes (seconds, any order) with runtimes in minutes.

    `season` has one runtime for each episode of the season, each of which can be on the disc once; `usual`
    are the lengths that episodes of the series may have, for when the season's are not known. A season with
    fewer runtimes than the disc has episodes is not known completely.
    """
    season, usual = _known(season), _known(usual)
    if not durations or not (season or usual):
        return Fit.UNKNOWN
    if len(season) >= len(durations):
        matched = _pairs(durations, season, pal)
    else:
        matched = sum(any(_as_long(d, minutes, pal) for minutes in season or usual) for d in durations)
    if matched >= _ENOUGH * len(durations):
        return Fit.MATCH
    runtimes = [*season, *usual]
    loosely = sum(any(_slot_or_parts(d, minutes, pal) for minutes in runtimes) for d in durations)
    return Fit.POSSIBLE if loosely >= _ENOUGH * len(durations) else Fit.MISMATCH


def feature_fits(duration: float | None, runtimes: Sequence[int], *, pal: bool = False) -> Fit:
    """Compare a main feature (seconds) with the film's runtime in minutes."""
    runtimes = _known(runtimes)
    if duration is None or not runtimes:
        return Fit.UNKNOWN
    apart = min(abs(duration - length) for length in _lengths(runtimes, pal))
    if apart <= max(_FEATURE_SLACK, _FEATURE_SLACK_SHARE * duration):
        return Fit.MATCH
    return Fit.POSSIBLE if apart <= _OTHER_CUT * duration else Fit.MISMATCH


def _known(runtimes: Sequence[int]) -> list[int]:
    return [minutes for minutes in runtimes if minutes > 0]


def _lengths(runtimes: Sequence[int], pal: bool) -> list[float]:
    plain = [minutes * _MINUTE for minutes in runtimes]
    return [*plain, *(length * PAL for length in plain)] if pal else plain


def _as_long(duration: float, minutes: int, pal: bool) -> bool:
    slack = max(_EPISODE_SLACK, _EPISODE_SLACK_SHARE * duration)
    return any(abs(duration - length) <= slack for length in _lengths([minutes], pal))


def _pairs(durations: Sequence[float], season: Sequence[int], pal: bool) -> int:
    """Count the durations that find an episode of their own; both sides in order of length, which is best."""
    left = sorted(season)
    matched = 0
    for duration in sorted(durations):
        found = next((n for n, minutes in enumerate(left) if _as_long(duration, minutes, pal)), None)
        if found is not None:
            matched += 1
            del left[: found + 1]
    return matched


def _slot_or_parts(duration: float, minutes: int, pal: bool) -> bool:
    """Tell whether it is as long, or as a programme in a slot of that length, or as two or more parts."""
    if minutes in _SLOTS and _LEAST_OF_SLOT * minutes * _MINUTE <= duration <= minutes * _MINUTE:
        return True
    return any(_as_long(duration, minutes * parts, pal) for parts in range(1, _MOST_PARTS + 1))
