"""Plain aligned columns, and the colours of states; colours vanish where the output is no terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from engramd.ctl.text import printable

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


def colored(word: str, text: str | None = None) -> str:
    """Give a word (or the text that stands for it) the colour of its meaning."""
    color = _COLORS.get(word)
    shown = word if text is None else text
    return click.style(shown, fg=color) if color else shown


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out rows under their columns; columns that are empty in every row are left out.

    A column whose name ends with `>` is aligned to the right.
    """
    cells = [[printable("" if cell is None else str(cell)) for cell in row] for row in rows]
    kept = [place for place in range(len(columns)) if any(row[place] for row in cells)]
    heads = [columns[place].removesuffix(">").upper() for place in kept]
    right = [columns[place].endswith(">") for place in kept]
    body = [[row[place] for place in kept] for row in cells]
    widths = [max(len(line[place]) for line in [heads, *body]) for place in range(len(kept))]
    lines = [_line(heads, widths, right, head=True), *(_line(line, widths, right) for line in body)]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool], *, head: bool = False) -> str:
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    if head:
        return click.style("  ".join(padded).rstrip(), dim=True)
    shown = [colored(cell, text) for cell, text in zip(cells, padded, strict=True)]
    return "  ".join(shown).rstrip()


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Lay out names and values, one a line; values that are empty are left out."""
    kept = [(name, printable(str(value))) for name, value in pairs if value not in (None, "")]
    width = max((len(name) for name, _ in kept), default=0)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in kept)
