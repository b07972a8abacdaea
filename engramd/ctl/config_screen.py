"""Settings on the screen: the list by topics, and one setting with all there is to say about it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import click

from engramd.ctl import cells, output
from engramd.ctl.config_values import Entry, limits, shown
from engramd.errors import NotFound

_GAP = "  "
#: A column is not made narrower; where it had to be, it goes. Of a meaning less says nothing.
_LEAST, _LEAST_MEANING = 16, 32
_HINT = "engramctl config describe NAME   says what a setting means"
_WIDEST_VALUE, _WIDEST_RANGE = 36, 34
_UNITS = {"s": "seconds", "days": "days", "bytes": "bytes"}


def chosen(entries: Sequence[Entry], words: Sequence[str]) -> list[Entry]:
    """Give the settings of topics, or with these words in their names; NotFound names the topics."""
    found = [one for one in entries if not words or any(_is_about(one, word.lower()) for word in words)]
    if not found:
        groups = ", ".join(dict.fromkeys(one["group"] for one in entries))
        raise NotFound(f"no setting is about {' '.join(words)}", remedy=f"topics are {groups}")
    return found


def _is_about(one: Entry, word: str) -> bool:
    return one["group"] == word or word in one["name"]


def listed(entries: Sequence[Entry], screen: int | None) -> str:
    """Lay out settings under their topics, one a line; where the screen is narrow, meanings go first.

    `screen` is how many columns it has; None: as many as are wanted.
    """
    columns = [
        [one["name"] for one in entries],
        [shown(one, one["value"]) for one in entries],
        ["locked by " + _file(one) if one["locked"] else limits(one) for one in entries],
        [one["text"] for one in entries],
    ]
    heads = ("VALUE", "RANGE", "MEANING")
    widths = _widths(
        [columns[0], *([head, *found] for head, found in zip(heads, columns[1:], strict=True))], screen
    )
    rows = iter(zip(*columns, strict=True))
    blocks = []
    for group, members in groupby(entries, key=lambda one: one["group"]):
        head = _line((group.upper(), *heads), widths, whole=False)
        lines = [click.style(head, dim=True)]
        lines += [_line(next(rows), widths, whole=screen is None) for _ in members]
        blocks.append("\n".join(lines))
    if screen is not None and len(widths) < len(columns) and cells.width(_HINT) <= screen:
        blocks.append(_HINT)
    return "\n\n".join(blocks)


def _widths(columns: Sequence[Sequence[str]], screen: int | None) -> list[int]:
    """Give how wide each column is, from the left; those that have no room are left out."""
    name, value, limit, meaning = (max(map(cells.width, column), default=0) for column in columns)
    value, limit, gap = min(value, _WIDEST_VALUE), min(limit, _WIDEST_RANGE), len(_GAP)
    if screen is None:
        return [name, value, limit, meaning]
    rest = screen - name - gap
    if rest < _LEAST:
        return [min(name, screen)]
    if rest < 2 * _LEAST + gap:
        return [name, min(value, rest)]
    limit = min(limit, max(_LEAST, (rest - gap) // 2))
    value = min(value, rest - gap - limit)
    rest -= value + limit + 2 * gap
    return [name, value, limit, *([min(meaning, rest)] if rest >= _LEAST_MEANING else [])]


def _line(values: Sequence[str], widths: Sequence[int], *, whole: bool) -> str:
    """Give a line of cells, `whole` or cut to their columns."""
    clean = zip(map(cells.clean, values[: len(widths)]), widths, strict=True)
    fitting = [cells.pad(text if whole else cells.cut(text, width), width) for text, width in clean]
    return _GAP.join(fitting).rstrip()


def _file(one: Entry) -> str:
    """Name the file that locks a setting without its folder."""
    return str(one["locked_by"]).rpartition("/")[2]


def facts_of(one: Entry) -> list[tuple[str, str]]:
    """Say all that there is to say about a setting, as names and values."""
    unit = _UNITS.get(one["unit"], "")
    return [
        ("setting", one["name"]),
        ("topic", one["group"]),
        ("value", shown(one, one["value"]) or "(empty)"),
        ("default", "" if one["secret"] else shown(one, one["default"]) or "(empty)"),
        ("range", limits(one)),
        ("unit", f"{unit}, where none is said" if unit else ""),
        ("example", "" if one["secret"] else _example(one)),
        ("locked by", one["locked_by"]),
    ]


def _example(one: Entry) -> str:
    if one["type"] in ("int", "float"):
        return shown(one, one["default"])
    return str(one["example"])


def described(one: Entry, facts: str) -> str:
    """Give a setting's text, its facts, and how it is changed."""
    name, wide = one["name"], output.columns() or 110
    text = "\n".join(cells.wrap(cells.clean(one["text"]), wide, 20))
    if one["locked"]:
        last = f"It is locked: change it in {one['locked_by']}, then\nsudo systemctl reload engramd"
    elif one["secret"]:
        last = f"engramctl config set {name}    asks for it"
    else:
        last = f"engramctl config set {name} VALUE\nengramctl config reset {name}"
    return f"{text}\n\n{facts}\n\n{last}"
