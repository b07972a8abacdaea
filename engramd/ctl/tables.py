"""Aligned columns that fit the screen, and the colours of states, which vanish where there is no terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import click

from engramd.ctl import cells, output
from engramd.ctl.people import named

_COLORS = {
    "completed": "green",
    "complete": "green",
    "matched": "green",
    "filed": "green",
    "library": "green",
    "ready": "green",
    "ok": "green",
    "ripping": "cyan",
    "matching": "cyan",
    "organizing": "cyan",
    "identifying": "cyan",
    "busy": "cyan",
    "review": "yellow",
    "review_needed": "yellow",
    "partial": "yellow",
    "waiting": "yellow",
    "double": "yellow",
    "missing": "red",
    "warning": "yellow",
    "failed": "red",
    "unreadable": "red",
    "stuck": "red",
    "error": "red",
}
_GAP = 2
#: A column of text is not made narrower than this, nor, as long as another can go, than this.
_LEAST, _COMFORT = 8, 24
_LONG_WORD = 14
#: Lines that a cell may have, and what stands below a row; what does not fit is cut.
_MOST_LINES, _MOST_BELOW = 3, 2
_INDENT = 4


def colored(word: str, text: str | None = None) -> str:
    """Give a word (or the text that stands for it) the colour of its meaning."""
    color = _COLORS.get(word)
    shown = word if text is None else text
    return click.style(shown, fg=color) if color else shown


def dim(text: str) -> str:
    """Give text that is to be overlooked."""
    return click.style(text, dim=True) if text else text


def bold(text: str) -> str:
    """Give text that is to be seen first."""
    return click.style(text, bold=True)


@dataclass(frozen=True)
class _Column:
    """A column that is shown: its place in a row, its head, its values, and how wide it is."""

    place: int
    head: str
    is_right: bool
    values: list[str]

    @cached_property
    def width(self) -> int:
        """Give what its widest line takes."""
        return max(map(cells.width, [self.head, *self.values]))

    @cached_property
    def least(self) -> int:
        """Give how narrow it may become: a number is not cut, and a word only if it is long."""
        if self.is_right:
            return self.width
        words = (cells.width(word) for value in self.values for word in value.split())
        word = min(_LONG_WORD, max(words, default=0))
        return min(self.width, max(_LEAST, word, cells.width(self.head)))


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    optional: Sequence[str] = (),
    below: str = "",
    width: int | None = None,
) -> str:
    """Lay out rows under their columns; columns that are empty in every row are left out.

    A column whose name ends with `>` is aligned to the right. Where the screen (or `width`) is too narrow,
    the values of the column `below` stand below their rows, the `optional` columns go, the first one first,
    and the widest ones are wrapped; where even that does not do, each row becomes a list of its values.
    """
    found = [[cells.safe("" if cell is None else named(str(cell))) for cell in row] for row in rows]
    wide = width or output.columns()
    kept = _kept(columns, found)
    if wide is None or _total([column.width for column in kept]) <= wide:
        return "\n".join(_laid_out(kept, [column.width for column in kept], [[]] * len(found)))
    under = next((column for column in kept if below and column.head == below.upper()), None)
    beside = _without_optional([column for column in kept if column is not under], optional, wide)
    if _total([column.least for column in beside]) > wide:
        return _listed([*beside, under] if under else beside, len(found), wide)
    notes = [_note(value, wide) for value in under.values] if under else [[]] * len(found)
    return "\n".join(_laid_out(beside, _widths(beside, wide), notes))


def _kept(columns: Sequence[str], found: Sequence[Sequence[str]]) -> list[_Column]:
    return [
        _Column(place, name.removesuffix(">").upper(), name.endswith(">"), [row[place] for row in found])
        for place, name in enumerate(columns)
        if any(row[place] for row in found)
    ]


def _without_optional(kept: list[_Column], optional: Sequence[str], wide: int) -> list[_Column]:
    for name in optional:
        if _total([min(column.width, max(column.least, _COMFORT)) for column in kept]) <= wide:
            break
        kept = [column for column in kept if column.head != name.upper()]
    return kept


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _widths(kept: Sequence[_Column], wide: int) -> list[int]:
    """Make the widest columns narrower, all to the same width, until everything fits."""
    for most in range(wide, 0, -1):
        widths = [min(column.width, max(column.least, most)) for column in kept]
        if (left := wide - _total(widths)) >= 0:
            break
    for place, column in enumerate(kept):  # what the rounding leaves
        more = min(left, column.width - widths[place])
        widths[place] += more
        left -= more
    return widths


def _note(said: str, wide: int) -> list[str]:
    """Give what stands below a row."""
    return [dim(" " * _INDENT + line) for line in cells.wrap(said, max(8, wide - _INDENT), _MOST_BELOW)]


def _laid_out(kept: Sequence[_Column], widths: Sequence[int], notes: Sequence[list[str]]) -> list[str]:
    """Give the lines of a table, with those that stand below each row."""
    heads = [
        cells.pad(cells.cut(column.head, width), width, right=column.is_right)
        for column, width in zip(kept, widths, strict=True)
    ]
    lines = [dim("  ".join(heads).rstrip())] if kept else []
    for number, note in enumerate(notes):
        lines += [*_row_lines(kept, widths, number), *note]
    return lines


def _row_lines(kept: Sequence[_Column], widths: Sequence[int], number: int) -> list[str]:
    """Give a row in as many lines as its longest cell needs."""
    wrapped = [
        cells.wrap(column.values[number], width, _MOST_LINES) or [""]
        for column, width in zip(kept, widths, strict=True)
    ]
    lines = []
    for part in range(max(map(len, wrapped), default=0)):
        shown = []
        for column, width, pieces in zip(kept, widths, wrapped, strict=True):
            piece = pieces[part] if part < len(pieces) else ""
            space = " " * (width - cells.width(piece))
            piece = colored(column.values[number], piece) if piece else ""
            shown.append(space + piece if column.is_right else piece + space)
        lines.append("  ".join(shown).rstrip())
    return lines


def _listed(kept: Sequence[_Column], count: int, wide: int) -> str:
    """Give each row as its values below each other, for a screen that has no room for columns."""
    label = min(max(cells.width(column.head) for column in kept), max(1, wide // 2 - 1))
    blocks = []
    for number in range(count):
        lines = []
        for column in kept:
            value = column.values[number]
            pieces = cells.wrap(value, max(1, wide - label - 1), _MOST_LINES)
            heads = [column.head, *[""] * (len(pieces) - 1)]
            lines += [
                f"{dim(cells.pad(cells.cut(head, label), label))} {colored(value, piece)}"
                for head, piece in zip(heads, pieces, strict=False)
            ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def facts(pairs: Iterable[tuple[str, object]], *, width: int | None = None) -> str:
    """Lay out names and values, one a line; values that are empty are left out, and long ones wrapped."""
    kept = [(name, cells.safe(named(str(value)))) for name, value in pairs if value not in (None, "")]
    label = max((len(name) for name, _ in kept), default=0)
    wide = width or output.columns()
    lines = []
    for name, value in kept:
        pieces = [value] if wide is None else cells.wrap(value, max(8, wide - label - _GAP), _MOST_LINES)
        heads = [name, *[""] * (len(pieces) - 1)]
        lines += [f"{dim(head.ljust(label))}  {piece}" for head, piece in zip(heads, pieces, strict=True)]
    return "\n".join(lines)
