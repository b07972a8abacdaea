"""How wide text is on a terminal: cutting and wrapping by cells, with names from discs made safe. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby

from engramd.ctl.text import printable

#: Marks (accents and the like) that one letter may carry; more would cover the lines around.
_MOST_MARKS = 2
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """Give text as one line that cannot steer a terminal or cover its neighbours."""
    return safe(" ".join(unicodedata.normalize("NFC", text).split())).strip()


def safe(text: str) -> str:
    """Give text that cannot steer a terminal or cover its neighbours; spaces stay as they are."""
    plain = printable(text)
    if plain.isascii():
        return plain
    kept: list[str] = []
    for is_mark, letters in groupby(plain, _is_mark):
        run = [letter for letter in letters if not 0xFE00 <= ord(letter) <= 0xFE0F]  # these change widths
        kept += run[:_MOST_MARKS] if is_mark else run
    return "".join(kept)


def width(text: str) -> int:
    """Give the cells that text needs at most."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """Fill text up with spaces to so many cells; with `right` it stands at the right."""
    spaces = " " * max(0, cells - width(text))
    return spaces + text if right else text + spaces


def cut(text: str, cells: int) -> str:
    """Give text in at most so many cells; what is left out leaves an ellipsis."""
    if width(text) <= cells:
        return text
    return _fitting(text, cells - 1) + _ELLIPSIS if cells > 0 else ""


def wrap(text: str, cells: int, most: int) -> list[str]:
    """Break text into at most `most` lines of so many cells, at spaces where there are some."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most:
        if len(lines) == most - 1:
            return [*lines, cut(rest, cells)]
        line, rest = _first_line(rest, cells)
        lines.append(line)
    return lines


def _first_line(text: str, cells: int) -> tuple[str, str]:
    if width(text) <= cells:
        return text, ""
    fitting = _fitting(text, cells) or text[:1]
    end = len(fitting)
    if text[end : end + 1] != " " and (space := fitting.rfind(" ")) > 0:
        end = space
    return text[:end].rstrip(), text[end:].lstrip()


def _fitting(text: str, cells: int) -> str:
    used = 0
    for place, letter in enumerate(text):
        used += _cells(letter)
        if used > cells:
            return text[:place]
    return text


def _cells(letter: str) -> int:
    """Take the larger number where tables of different versions of Unicode disagree."""
    if letter.isascii():
        return 1
    wide = 2 if unicodedata.east_asian_width(letter) in "WF" else 0 if _is_mark(letter) else 1
    return max(wide, _rich_cells()(letter))


@cache
def _rich_cells() -> Callable[[str], int]:
    """Load the table only where a text needs it."""
    from rich.cells import get_character_cell_size

    return get_character_cell_size


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Me")


def columns(parts: list[str], cells: int, most: int, between: str = "  ") -> list[str]:
    """Set short texts side by side in at most `most` lines of so many cells; none of them is broken."""
    return list(_rows(parts, cells, between))[:most]


def _rows(parts: list[str], cells: int, between: str) -> Iterator[str]:
    row = ""
    for part in parts:
        longer = f"{row}{between}{part}" if row else part
        if row and width(longer) > cells:
            yield row
            row = cut(part, cells)
        else:
            row = cut(longer, cells)
    if row:
        yield row
