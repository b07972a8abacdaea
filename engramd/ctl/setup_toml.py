"""Puts settings into the text of a configuration file, and leaves the rest of it as it is. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from engramd.errors import InvalidArgument

Value = str | bool | int
_HEADER = re.compile(r"\s*\[\s*(\[?[^\[\]]*\]?)\s*\]\s*(#.*)?$")
_TABLE = "settings"
_BEGIN = (
    "# All settings are in engramd.toml(5). Those that are set here are locked for `engramctl config set`.\n"
)


def with_settings(text: str, values: Mapping[str, Value]) -> str:
    """Give the text with these settings in its table `settings`; other lines and comments stay.

    InvalidArgument where the file is written in a way that this cannot change, with the lines to write.
    """
    known = _parsed(text).get(_TABLE, {})
    wanted = {name: value for name, value in values.items() if known.get(name) != value}
    if not wanted:
        return text
    lines = (text or _BEGIN).splitlines()
    begin, end = _table(lines)
    for name, value in wanted.items():
        line = f"{name} = {_written(value)}"
        at = next((place for place in range(begin, end) if _sets(lines[place], name)), None)
        if at is None:
            lines.insert(end, line)
            end += 1
        else:
            lines[at] = line + _comment(lines[at], name)
    changed = "\n".join(lines) + "\n"
    if not _is_that(changed, _parsed(text), values):
        remedy = "write these lines into its table [settings] yourself: "
        remedy += "; ".join(f"{name} = {_shown(name, value)}" for name, value in wanted.items())
        raise InvalidArgument("the configuration file cannot be changed by this", remedy=remedy)
    return changed


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidArgument(
            "the configuration file is no TOML", why=error, remedy="mend it first"
        ) from None


def _is_that(changed: str, before: Mapping[str, Any], values: Mapping[str, Value]) -> bool:
    """Whether a text says what the former one said, and these settings."""
    expected = {**before, _TABLE: {**before.get(_TABLE, {}), **values}}
    try:
        return tomllib.loads(changed) == expected
    except tomllib.TOMLDecodeError:
        return False


def _table(lines: list[str]) -> tuple[int, int]:
    """Give the place of the table's first line, and that behind its last one; it is made where it is not."""
    headers = [
        (place, found[1].strip()) for place, line in enumerate(lines) if (found := _HEADER.match(line))
    ]
    begin = next((place + 1 for place, name in headers if name == _TABLE), None)
    if begin is None:
        lines += [*([""] if lines and lines[-1].strip() else []), f"[{_TABLE}]"]
        return len(lines), len(lines)
    end = next((place for place, _ in headers if place >= begin), len(lines))
    while end > begin and not lines[end - 1].strip():
        end -= 1
    return begin, end


def _sets(line: str, name: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line) is not None


def _comment(line: str, name: str) -> str:
    """Give the comment at the end of a line, with the blanks before it."""
    for found in re.finditer(r"\s*#.*$", line):
        try:
            if name in tomllib.loads(line[: found.start()]):
                return found[0]
        except tomllib.TOMLDecodeError:
            continue
    return ""


def _written(value: Value) -> str:
    """Write a value: what JSON writes is TOML, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _shown(name: str, value: Value) -> str:
    from engramd.settings import SECRETS

    return '"…"' if name in SECRETS else _written(value)
