"""The roster of a show on 80 columns: one line an episode, what has to be known of it below, and the sum."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import Any

import click

from engramd.ctl.tables import colored
from engramd.ctl.text import printable

Row = dict[str, Any]
WIDTH = 80
_HEADS = ("EPISODE", "NAME", "STATE", "DISC", "FROM", "FILE")
_NAME, _FILE = _HEADS.index("NAME"), _HEADS.index("FILE")
#: The least that is left of names and of files' names when space is short.
_LEAST = {_NAME: 10, _FILE: 16}
_INDENT = " " * 4
#: Standings of episodes that are in the library, whole or not.
_HERE = ("filed", "library", "partial")


def roster(show: str, found: Sequence[Row], number: int | None = None) -> str:
    """Lay out the episodes of a show, and say below how many are filed, wait, are missing or double.

    `number` is the season that was asked for; without it, specials that are missing are only counted.
    """
    episodes = [row for row in found if row["standing"] != "note"]
    notes = [f"{_capital(row['lack'])}." for row in found if row["standing"] == "note"]
    shown = [row for row in episodes if number is not None or row["season"] or row["standing"] != "missing"]
    if not episodes:
        said = [f"No episode of {show} is known.", *notes]
    else:
        said = [*notes, summary(shown, len(episodes) - len(shown))]
    lines = [line for sentence in said for line in textwrap.wrap(printable(sentence), WIDTH)]
    return "\n".join([*(_table(shown) if shown else []), *([""] if shown else []), *lines])


def summary(found: Sequence[Row], specials: int = 0) -> str:
    """Say how many episodes are filed, wait, are missing or double; `specials` are missing besides."""
    here = sum(
        row["standing"] in _HERE or (row["standing"] == "double" and row["path"] != "") for row in found
    )
    missing = sum(row["standing"] == "missing" for row in found)
    waiting = len(found) - here - missing
    parts = [f"{here} of {len(found)} episodes are filed"]
    if waiting:
        parts.append(f"{waiting} {'waits' if waiting == 1 else 'wait'}")
    for name in ("partial", "double", "missing"):
        if rows := [row for row in found if row["standing"] == name]:
            parts.append(f"{len(rows)} {name}: {ranges(rows)}")
    parts += [f"{specials} special{'' if specials == 1 else 's'} missing"] if specials else []
    return f"{'; '.join(parts)}.{_needed(found)}"


def ranges(rows: Iterable[Row]) -> str:
    """Give episodes as ranges: `S01E03-E05, S02E01`."""
    by_season: dict[int, list[int]] = {}
    for row in rows:
        by_season.setdefault(row["season"], []).append(row["episode"])
    return ", ".join(
        _code(season, first) + (f"-E{last:02d}" if last > first else "")
        for season, numbers in sorted(by_season.items())
        for first, last in _runs(numbers)
    )


def needed_discs(rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    """Give the discs of one season that what is missing should be on: between others, and after the last.

    Nothing where the discs' numbers do not rise with their episodes. How many come after the last follows
    from how many episodes the others hold.
    """
    missing = [row["episode"] for row in rows if row["standing"] == "missing"]
    spans = _spans(rows)
    if not spans or not missing:
        return [], []
    between: list[int] = []
    for (disc, _, last), (later, first, _) in pairwise([(0, 0, 0), *spans]):
        if first <= last or later <= disc:
            return [], []
        gap = sum(last < number < first for number in missing)
        if gap >= later - disc - 1:  # else the discs are numbered through several seasons
            between += range(disc + 1, later)
    disc, _, last = spans[-1]
    left = sum(number > last for number in missing)
    most = max(last - first + 1 for _, first, last in spans)
    return between, list(range(disc + 1, disc + 1 + -(-left // most)))


def cut_middle(text: str, width: int) -> str:
    """Shorten a text in its middle to so many columns."""
    if columns(text) <= width:
        return text
    head, tail = text, text
    while columns(head) > (width - 1) // 2:
        head = head[:-1]
    while columns(tail) > width - 1 - columns(head):
        tail = tail[1:]
    return f"{head}…{tail}"


def columns(text: str) -> int:
    """Give how many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(bool(unicodedata.combining(c)) for c in text)


def _spans(rows: Sequence[Row]) -> list[tuple[int, int, int]]:
    """Give each disc by its number, with the first and the last episode on it, whatever came of them."""
    held: dict[int, list[int]] = {}
    for row in rows:
        if row["disc"] > 0:
            held.setdefault(row["disc"], []).append(row["episode"])
    return [(disc, min(numbers), max(numbers)) for disc, numbers in sorted(held.items())]


def _needed(found: Sequence[Row]) -> str:
    """Say which discs of each season are still needed."""
    said = []
    for season, rows in groupby(found, key=lambda row: int(row["season"])):
        between, after = needed_discs(list(rows)) if season else ([], [])
        parts = [discs_words(between)] if between else []
        parts += [f"probably {discs_words(after)}"] if after else []
        if parts:
            said.append(f" Still needed of season {season}: {' and '.join(parts)}.")
    return "".join(said)


def discs_words(numbers: Sequence[int]) -> str:
    """Give the numbers of discs: `disc 3`, `discs 1-2, 4`."""
    shown = (str(first) + (f"-{last}" if last > first else "") for first, last in _runs(numbers))
    return f"disc{'' if len(numbers) == 1 else 's'} {', '.join(shown)}"


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Give the runs of numbers that follow each other, by their first and last."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _table(rows: Sequence[Row]) -> list[str]:
    cells = [[printable(cell) for cell in _cells(row)] for row in rows]
    kept = [place for place in range(len(_HEADS)) if any(line[place] for line in cells)]
    widths = _widths([list(_HEADS), *cells], kept)
    lines = [click.style(_line(list(_HEADS), widths), dim=True)]
    for row, line in zip(rows, cells, strict=True):
        lines.append(_line(line, widths, row["standing"]))
        said = filter(None, (row["lack"], *row["also"]))
        lines += [_INDENT + cut_middle(printable(one), WIDTH - len(_INDENT)) for one in said]
    return lines


def _cells(row: Row) -> tuple[str, ...]:
    waits = row["standing"] == "waiting" and row["waiting_for"]
    return (
        _code(row["season"], row["episode"]),
        row["name"],
        f"waits for {row['waiting_for']}" if waits else row["standing"],
        "" if row["disc"] < 0 else str(row["disc"]),
        f"{row['job']}/{row['title']}" if row["job"] else "",
        row["file"],
    )


def _widths(lines: Sequence[Sequence[str]], kept: Sequence[int]) -> dict[int, int]:
    """Give the widths of the columns that are shown; names and files share what the others leave."""
    widths = {place: max(columns(line[place]) for line in lines) for place in kept}
    for place, least in reversed(_LEAST.items()):
        excess = sum(widths.values()) + 2 * (len(widths) - 1) - WIDTH
        if excess > 0 and place in widths:
            widths[place] = max(min(widths[place], least), widths[place] - excess)
    return widths


def _line(cells: Sequence[str], widths: dict[int, int], standing: str = "") -> str:
    shown = []
    for place, width in widths.items():
        cell = cut_middle(cells[place], width)
        is_state = standing and _HEADS[place] == "STATE"
        shown.append((colored(standing, cell) if is_state else cell) + " " * (width - columns(cell)))
    return "  ".join(shown).rstrip()


def _code(season: int, number: int) -> str:
    return f"S{season:02d}E{number:02d}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
