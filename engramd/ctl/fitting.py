"""Sections of a screen with no more lines than the terminal: the least important are summed up. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import click

from engramd.ctl import cells
from engramd.ctl.tables import dim

_STYLES = {"bad": {"fg": "red"}, "warns": {"fg": "yellow"}, "asks": {"fg": "yellow"}, "dim": {"dim": True}}
#: Between commands that are given one after the other.
_COMMANDS = re.compile(r"; (?=engramctl |sudo )")
#: Lines that a sentence may have while there is room, and items that a section keeps until others are short.
_MOST_LINES, _FEW = 3, 3
#: How sections are shortened one after the other: to so many items, where their rank is at least that.
_SHORTENINGS = ((1, 1), (0, 2), (-1, 5), (0, 1), (-1, 2), (1, 0), (0, 0), (-1, 1))
#: A screen narrower than this has the labels above, and not beside, what they are of.
_BESIDE = 32


@dataclass(frozen=True)
class Item:
    """One thing to say: a sentence and the command that goes with it, or lines that are drawn already."""

    text: str = ""
    command: str = ""
    tone: str = ""
    drawn: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """What is said of one matter; sections of a higher `rank` are shortened first.

    `brief` says it in one line; `more` is the command that shows what has no room.
    """

    label: str
    items: tuple[Item, ...]
    rank: int
    brief: str = ""
    more: str = ""


@dataclass(frozen=True)
class _Shape:
    """How much is shown: lines of a sentence, and items of each section (0: its brief, -1: nothing)."""

    spaced: bool
    most: int
    limits: tuple[int, ...]


def gutter(sections: Sequence[Section], wide: int | None) -> int:
    """Give the cells that labels take beside their sections; 0: they stand above."""
    if wide is not None and wide < _BESIDE:
        return 0
    return max((len(section.label) for section in sections), default=0) + 2


def fitted(headline: str, sections: Sequence[Section], wide: int | None, high: int | None) -> list[str]:
    """Give the lines of a screen of so many columns and lines (None: any number)."""
    shown: list[str] = []
    for shape in _shapes(sections):
        shown = _lines(headline, sections, wide, shape)
        if high is None or len(shown) <= high:
            return shown
    return shown[: max(1, high or 1)]


def _shapes(sections: Sequence[Section]) -> Iterator[_Shape]:
    """Give shapes that take ever fewer lines."""
    shape = _Shape(True, _MOST_LINES, tuple(len(section.items) for section in sections))
    by_rank = sorted(range(len(sections)), key=lambda place: -sections[place].rank)
    yield shape
    yield (shape := replace(shape, spaced=False))
    yield (shape := replace(shape, most=2))
    for place in by_rank:
        yield (shape := _limited(shape, place, _FEW))
    yield (shape := replace(shape, most=1))
    for limit, least in _SHORTENINGS:
        for place in by_rank:
            if sections[place].rank >= least:
                yield (shape := _limited(shape, place, limit))


def _limited(shape: _Shape, place: int, limit: int) -> _Shape:
    limits = list(shape.limits)
    limits[place] = min(limits[place], limit)
    return replace(shape, limits=tuple(limits))


def _lines(headline: str, sections: Sequence[Section], wide: int | None, shape: _Shape) -> list[str]:
    beside = gutter(sections, wide)
    room = None if wide is None else max(1, wide - beside)
    shown = [] if not headline else [headline if wide is None else cells.cut(headline, wide)]
    for section, limit in zip(sections, shape.limits, strict=True):
        lines = _section_lines(section, limit, room, shape.most)
        if shape.spaced and lines and shown:
            shown.append("")
        shown += _labelled(section, lines, beside)
    return shown


def _labelled(section: Section, lines: Sequence[str], beside: int) -> list[str]:
    if not beside and lines:
        return [dim(section.label), *lines]
    heads = [section.label, *[""] * len(lines)]
    return [f"{dim(head.ljust(beside))}{line}".rstrip() for head, line in zip(heads, lines, strict=False)]


def _section_lines(section: Section, limit: int, room: int | None, most: int) -> list[str]:
    if limit == 0 and section.items:
        first, *others = section.items
        says_all = not (others or first.command or first.drawn)
        brief = first.text if says_all or not section.brief else section.brief
        return _item_lines(Item(brief, tone=first.tone), room, 1)
    kept = section.items[: max(0, limit)]
    lines = [line for item in kept for line in _item_lines(item, room, most)]
    if kept and (left := len(section.items) - len(kept)):
        more = f"and {left} more" + (f": {section.more}" if section.more else "")
        lines += _item_lines(Item(more, tone="dim"), room, 1)
    return lines


def _item_lines(item: Item, room: int | None, most: int) -> list[str]:
    if item.drawn:
        return [*item.drawn]
    said = cells.clean(item.text)
    lines = [said] if room is None else cells.wrap(said, room, most)
    if item.tone:
        lines = [click.style(line, **_STYLES[item.tone]) for line in lines]  # type: ignore[arg-type]
    for command in _COMMANDS.split(item.command) if item.command else ():
        told = f"→ {cells.safe(command)}"
        shown = [told] if room is None else cells.wrap(told, room, max(2, most))
        lines += [click.style(line, bold=True) for line in shown]
    return lines
