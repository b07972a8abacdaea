"""What doctor found, for people: a heading for each group, what is wrong with its remedy, the rest in a line.

Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import click

from engramd.ctl import cells
from engramd.ctl.text import counted

Check = dict[str, Any]

HEADS = {
    "service": "Service",
    "rights": "Rights",
    "drives": "Drives",
    "tools": "Tools",
    "accounts": "Accounts",
    "folders": "Folders",
    "data": "Data",
    "news": "News",
}
#: Severities from the worst to the best: the mark in UTF-8, in ASCII, and its colour.
MARKS = {
    "error": ("✗", "x", "red"),
    "warning": ("!", "!", "yellow"),
    "info": ("·", "-", "blue"),
    "ok": ("✓", "+", "green"),
}
_ORDER = list(MARKS)
_INDENT = 12
_MOST_LINES = 12
#: Words with which a command begins; what begins with another one is a sentence.
_COMMANDS = frozenset(
    {"sudo", "sudoedit", "engramctl", "systemctl", "journalctl", "udevadm", "echo", "pip", "apt", "dmesg"}
)
_WORD = re.compile(r"(?:[^\s'\"]|'[^']*'|\"[^\"]*\")+")


def check(
    name: str, group: str, severity: str, text: str, remedy: str = "", *, where: str = "", short: str = ""
) -> Check:
    """Give a finding as the daemon gives its own."""
    return {
        "id": name,
        "group": group,
        "severity": severity,
        "text": text,
        "remedy": remedy,
        "where": where,
        "short": short,
    }


def screen(checks: Sequence[Check], *, wide: int, every: bool = False, ascii_only: bool = False) -> str:
    """Lay out all findings; with `every`, those that are fine have a line each."""
    lines: list[str] = []
    checks = _said_once(checks)
    told: list[Check] = []
    for group in dict.fromkeys([*HEADS, *(_group(one) for one in checks)]):
        of_group = [one for one in checks if _group(one) == group]
        told += of_group
        lines += _block(HEADS.get(group, group.capitalize()), of_group, wide, every, ascii_only)
    return "\n".join([*lines, "", *summary(told, wide)])


def summary(checks: Sequence[Check], wide: int) -> list[str]:
    """Say in a line how many problems there are, and name the first one."""
    counts = Counter(map(_severity, checks))
    if not counts["error"] and not counts["warning"]:
        return [click.style(f"All is well: {counted(len(checks), 'check')}.", fg="green")]
    said = [counted(counts["error"], "problem")] if counts["error"] else []
    said += [counted(counts["warning"], "warning")] if counts["warning"] else []
    first = min(checks, key=lambda one: _ORDER.index(_severity(one)))
    line = f"{', '.join(said)}; first: {cells.clean(first['text'])}"
    return [click.style(cells.cut(line, wide), fg="red" if counts["error"] else "yellow")]


def _said_once(checks: Sequence[Check]) -> list[Check]:
    """Leave out what another check says in the same words; the worst stays."""
    by_text: dict[str, Check] = {}
    for one in checks:
        known = by_text.setdefault(one["text"], one)
        if _ORDER.index(_severity(one)) < _ORDER.index(_severity(known)):
            by_text[one["text"]] = one
    return [one for one in checks if by_text[one["text"]] is one]


def _block(head: str, checks: Sequence[Check], wide: int, every: bool, ascii_only: bool) -> Iterator[str]:
    """Give the lines of a group: what is wrong first, and what is fine as a list."""
    ranked = sorted(checks, key=lambda one: _ORDER.index(_severity(one)))
    listed = [] if every else [one for one in ranked if _severity(one) == "ok"]
    rows = [(_severity(one), one["text"], one["remedy"]) for one in ranked if one not in listed]
    if listed:
        short = [one["short"] for one in listed if one.get("short")] or [listed[0]["text"]]
        rows.append(("ok", ", ".join(dict.fromkeys(short)), ""))
    for place, (severity, said, remedy) in enumerate(rows):
        is_told_next = any(remedy == later for _, _, later in rows[place + 1 : place + 2])
        own = "" if is_told_next else remedy
        yield from _row(head if place == 0 else "", severity, said, own, wide, ascii_only)


def _row(head: str, severity: str, said: str, remedy: str, wide: int, ascii_only: bool) -> Iterator[str]:
    mark, plain, color = MARKS[severity]
    begin = f"{click.style(plain if ascii_only else mark, fg=color)} {cells.pad(head, _INDENT - 2)}"
    room = max(20, wide - _INDENT)
    first, *rest = cells.wrap(cells.clean(said), room, _MOST_LINES) or [""]
    yield begin + first
    yield from (" " * _INDENT + line for line in rest)
    for line in _remedy(cells.clean(remedy), room):
        yield " " * _INDENT + click.style(line, fg="cyan")


def _remedy(text: str, room: int) -> list[str]:
    """Break a remedy so that a command can still be copied."""
    if not text:
        return []
    if text.split(" ", 1)[0] not in _COMMANDS:
        return ["→ " + line if place == 0 else "  " + line for place, line in enumerate(_wrapped(text, room))]
    lines = _broken(_WORD.findall(text), room - 4)
    return ["→ " + line if place == 0 else "  " + line for place, line in enumerate(lines)]


def _broken(words: Sequence[str], room: int) -> list[str]:
    """Break a command into lines, behind `&&` and `|` where that fits, each but the last with a backslash."""
    lines = [""]
    for part in _parts(words):
        whole = " ".join(part)
        for piece in [whole] if cells.width(whole) <= room else part:
            longer = f"{lines[-1]} {piece}".strip()
            if lines[-1] and cells.width(longer) > room:
                lines[-1] += " \\"
                lines.append(piece)
            else:
                lines[-1] = longer
    return lines


def _parts(words: Sequence[str]) -> Iterator[list[str]]:
    """Give the commands of a line, each with the sign behind it."""
    part: list[str] = []
    for word in words:
        part.append(word)
        if word in ("&&", "|", ";"):
            yield part
            part = []
    if part:
        yield part


def _wrapped(text: str, room: int) -> list[str]:
    return cells.wrap(text, room - 2, _MOST_LINES)


def _group(one: Check) -> str:
    return str(one.get("group") or "service")


def _severity(one: Check) -> str:
    return one["severity"] if one["severity"] in MARKS else "warning"
