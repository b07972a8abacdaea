"""Format strings of the naming settings: fields from a list, no code, and no traces of what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from engramd.errors import InvalidArgument
from engramd.organize.safe_names import clean_text

NUMBERS = frozenset({"year", "season", "episode", "tmdb_id"})
TEXTS = frozenset({"show", "title", "edition", "resolution", "episode_title"})
FIELDS = NUMBERS | TEXTS
_NUMBER_FORMAT = re.compile(r"(?:0?[1-9])?d?")
# Marks inside a rendered text; clean values and checked templates never hold control characters.
_MISSING, _BEGIN, _END = "\0", "\1", "\2"
_GROUP = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\})")
_AFTER_BRACKET = re.compile(rf"([(\[{{])[\s\-–_.,]+(?={_BEGIN})")
_SEPARATED = re.compile(rf"[\s\-–_.,]*{_MISSING}")


@dataclass(frozen=True)
class _Piece:
    """Literal text, then a field (empty at the end) with its format."""

    literal: str
    field: str
    spec: str


Value = str | int | tuple[int, int] | None


def check_template(template: str, *needed: str) -> None:
    """Raise InvalidArgument, with the position, for a format string that is wrong or lacks a needed field."""
    fields = {piece.field for piece in _pieces(template)}
    for field in needed:
        if field not in fields:
            raise _wrong(template, 0, f"without {{{field}}} different files would have the same name")


def render(template: str, values: Mapping[str, Value]) -> str:
    """Fill in a format string; a field without a value goes, with the brackets and separators around it.

    A value `(first, last)` is a range of episodes: `01-E02`. The result is one line without `/`, and not yet
    a safe name.
    """
    text = "".join(p.literal + _shown(p, values.get(p.field)) for p in _pieces(template))
    text = _GROUP.sub(_kept_group, text)
    text = _AFTER_BRACKET.sub(r"\1", _SEPARATED.sub("", text)).strip(" -–_.,")
    return " ".join(text.replace(_BEGIN, "").replace(_END, "").split())


def _kept_group(match: re.Match[str]) -> str:
    group = match[0]
    return "" if _MISSING in group and _BEGIN not in group else group


def _shown(piece: _Piece, value: Value) -> str:
    if not piece.field:
        return ""
    if value is None or value == "":
        return _MISSING
    if isinstance(value, tuple):
        text = "-E".join(format(n, piece.spec) for n in sorted(set(value)))
    else:
        text = format(value, piece.spec) if isinstance(value, int) else clean_text(value)
    return f"{_BEGIN}{text}{_END}" if text else _MISSING


def _pieces(template: str) -> Iterator[_Piece]:
    """Split a format string, checking each piece; `at` follows the place in the template, for messages."""
    at = 0
    try:
        for literal, field, spec, conversion in Formatter().parse(template):
            _check_literal(template, at, literal)
            at += len(literal) + (field is None and literal.endswith(("{", "}")))
            if field is not None:
                _check_field(template, at, field, spec or "", conversion)
                at += len(field) + 2 + (len(spec) + 1 if spec else 0)
            yield _Piece(literal, field or "", spec or "")
    except ValueError as error:
        raise _wrong(template, at, str(error)) from error


def _check_literal(template: str, at: int, literal: str) -> None:
    for offset, character in enumerate(literal):
        if character in "/\\" or not character.isprintable():
            raise _wrong(template, at + offset, f"{character!r} cannot be part of a name")


def _check_field(template: str, at: int, field: str, spec: str, conversion: str | None) -> None:
    if field not in FIELDS:
        known = ", ".join(sorted(FIELDS))
        raise _wrong(template, at, f"there is no field {{{field}}}; there are {known}")
    if conversion:
        raise _wrong(template, at, f"!{conversion} is not allowed")
    if spec and (field in TEXTS or not _NUMBER_FORMAT.fullmatch(spec)):
        raise _wrong(template, at, f"{{{field}}} cannot have the format {spec!r}; numbers can have 02d")


def _wrong(template: str, at: int, why: str) -> InvalidArgument:
    return InvalidArgument(
        f"The format of a name is wrong at character {at + 1}",
        where=repr(template),
        why=why,
        remedy="correct the naming_… setting",
    )
