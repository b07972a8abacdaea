"""Dictionaries of options, as methods take them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engramd.errors import InvalidArgument

#: Characters of a text that a caller gives; what is kept of it is sent with every change of its object.
LONGEST_TEXT = 4096
#: Characters of it that an error repeats.
_SHOWN = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def check_length(name: str, value: Any) -> None:
    """Refuse text that is longer than any name, path or answer; the error does not repeat it."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise InvalidArgument(f"{name} has {len(value)} characters", remedy=f"{LONGEST_TEXT} at most")


def typed_options(given: Mapping[str, Any], kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Check a dictionary of options: InvalidArgument names what is unknown or of the wrong type.

    Numbers and booleans may be text, as people type them; a kind of None takes anything. Text is one line.
    """
    unknown = sorted(given.keys() - kinds.keys())
    if unknown:
        raise InvalidArgument(
            "unknown option", where=_shown(", ".join(unknown)), remedy=f"known: {', '.join(kinds)}"
        )
    return {name: _typed(name, value, kinds[name]) for name, value in given.items()}


def _typed(name: str, value: Any, kind: Any) -> Any:
    check_length(name, value)
    if kind is None:
        return value
    wanted = next(item for item in (bool, int, str) if item == kind or item in getattr(kind, "__args__", ()))
    if wanted is bool and value in ("true", "false", "yes", "no"):
        return value in ("true", "yes")
    if wanted is int and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    if wanted is str and isinstance(value, str) and _CONTROL.search(value):
        raise InvalidArgument(f"{name} must be one line without control characters", where=repr(value))
    if type(value) is wanted:
        return value
    raise InvalidArgument(f"{name} is {wanted.__name__}, not {_shown(repr(value))}", where=name)


def _shown(text: str) -> str:
    """Cut what is said of something wrong, which may be a megabyte: the log has it, too."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
