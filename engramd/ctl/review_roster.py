"""The season beside a question in a line or two: `here E01-E03 (disc 1), this E04-E06, missing E07`. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from engramd.ctl.service import Properties

#: What each state of an episode is called, in the order in which they are told.
_WORDS = {
    "this": "this",
    "double": "double",
    "candidate": "perhaps",
    "assigned": "assigned",
    "filed": "here",
    "missing": "missing",
}
_ON_DISCS = ("assigned", "filed", "double")


def season_name(roster: Sequence[Properties]) -> str:
    """Give what a roster is of: `season 1`, `specials`, or `seasons`."""
    seasons = {int(row.get("season", 0)) for row in roster}
    if len(seasons) > 1:
        return "seasons"
    return "specials" if seasons == {0} else f"season {min(seasons, default=0)}"


def roster_words(roster: Sequence[Properties]) -> str:
    """Say which episodes are what question asks about, here, missing, or there twice."""
    many = len({row.get("season", 0) for row in roster}) > 1
    told = []
    for state, word in _WORDS.items():
        rows = [row for row in roster if row.get("state") == state]
        if rows:
            told.append(f"{word} {', '.join(_by_disc(rows, many=many, discs=state in _ON_DISCS))}")
    return "; ".join(told)


def _by_disc(rows: Sequence[Properties], *, many: bool, discs: bool) -> list[str]:
    """Give the episodes of one state, those of each disc together."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        disc = int(row.get("disc", -1)) if discs else -1
        found[disc].append((int(row.get("season", 0)), int(row.get("episode", 0))))
    return [
        _ranges(places, many=many) + (f" (disc {disc})" if disc >= 0 else "")
        for disc, places in sorted(found.items(), key=lambda item: item[1])
    ]


def _ranges(places: Iterable[tuple[int, int]], *, many: bool) -> str:
    runs: list[list[tuple[int, int]]] = []
    for season, number in sorted(places):
        if runs and runs[-1][-1] == (season, number - 1):
            runs[-1].append((season, number))
        else:
            runs.append([(season, number)])
    return " ".join(_run(run, many=many) for run in runs)


def _run(run: Sequence[tuple[int, int]], *, many: bool) -> str:
    (season, first), (_, last) = run[0], run[-1]
    before = f"S{season:02}" if many else ""
    return f"{before}E{first:02}" + (f"-E{last:02}" if last > first else "")
