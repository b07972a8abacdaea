"""Lines that are wider than the screen, broken between words. Pure."""

from __future__ import annotations

import re

import click

from engramd.ctl import cells

#: A line that begins so is a path or a command alone: the terminal breaks it, and it can still be copied.
_WHOLE = ("/", "→ ", "sudo ")
#: What stands before a wide gap, as a time does: the rest is told beside it.
_BESIDE = re.compile(r"\s*\S+(?: \S+)?  +(?=\S)")
_WIDEST_BESIDE = 24


def folded(line: str, wide: int) -> list[str]:
    """Give a line as lines of so many cells; those after the first are indented. Colours may be in it."""
    said = click.unstyle(line)
    if cells.width(said) <= wide or said.lstrip().startswith(_WHOLE):
        return [line]
    indent = " " * _indent(said, wide)
    lines, now = [], ""
    for word in re.findall(r"\s*\S+", line):
        if now.strip() and cells.width(click.unstyle(now + word)) > wide:
            lines.append(now)
            now = indent + word.lstrip()
        else:
            now += word
    return [*lines, now]


def _indent(said: str, wide: int) -> int:
    beside = _BESIDE.match(said)
    if beside and beside.end() <= min(_WIDEST_BESIDE, wide // 3):
        return beside.end()
    return min(len(said) - len(said.lstrip()) + 2, wide // 3)
