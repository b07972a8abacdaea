"""Format strings of the naming settings: fields from a list, no code, and no traces of what is missing.

Brackets of a format string group what is in them: a group whose fields are all missing goes as a whole, with
the separators before it. Brackets and separators of a value are the value's own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from engramd.errors import InvalidArgument
from engramd.organize.safe_names import clean_text

NUMBERS = frozenset({"year", "season", "episode", "tmdb_id", "disc"})
NAMES = frozenset({"show", "title", "original_title", "sort_title", "episode_title"})
TEXTS = NAMES | {"edition", "resolution", "source", "quality", "part"}
FIELDS = NUMBERS | TEXTS
_NUMBER_FORMAT = re.compile(r"(?:0?[1-9])?d?")
_SEPARATORS = " -–_.,"
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}
#: What a name cannot hold, and clean names lose without a word.
_NOT_INNAMES = frozenset('/\\:*?"<>|')

#: `(first, last)` is a range of episodes.
Value = str | int | tuple[int, int] | None


@dataclass(frozen=True)
class _Piece:
    """Literal text, then a field (empty at the end) with its format."""

    literal: str
    field: str
    spec: str


@dataclass(frozen=True)
class _Field:
    name: str
    spec: str
    letter: str


@dataclass
class _Group:
    """What stands between two brackets; the outermost has none."""

    opened: str
    nodes: list[str | _Field | _Group]


def check_template(template: str, *needed: str, allowed: Collection[str] | None = None) -> None:
    """Raise InvalidArgument, with the position, for a format string that is wrong or lacks a needed field.

    Where one of several fields is needed, they are written as `title|show`.
    With `allowed` also for fields that are not among them, and for characters that no name can have: what was
    set by an earlier version and still gives a name goes through without it.
    """
    pieces = list(_pieces(template, FIELDS if allowed is None else allowed, strict=allowed is not None))
    fields = {piece.field for piece in pieces}
    for field in needed:
        if not fields & set(field.split("|")):
            name = field.partition("|")[0]
            raise _wrong(template, 0, f"without {{{name}}} different files would have the same name")


def fields_of(template: str) -> frozenset[str]:
    """Give the fields that a format string names."""
    return frozenset(piece.field for piece in _pieces(template) if piece.field)


def render(template: str, values: Mapping[str, Value], bare: Mapping[str, str] | None = None) -> str:
    """Fill in a format string; a field without a value goes, with the brackets and separators around it.

    A range of episodes becomes `01-E02`, with the letter that stands before the field. `bare` has the values
    of fields that stand outside brackets, without a format. The result is one line without `/`, and not yet a
    safe name.
    """
    text, _, _ = _filled(_tree(template).nodes, values, bare or {})
    return " ".join(text.split())


def _filled(
    nodes: Sequence[str | _Field | _Group], values: Mapping[str, Value], bare: Mapping[str, str]
) -> tuple[str, bool, bool]:
    """Give the text of nodes, whether any field had a value, and whether any had none."""
    line = _Line()
    for node in nodes:
        if isinstance(node, str):
            line.add_literal(node)
        elif isinstance(node, _Field):
            line.add_value(_shown(node, values, bare))
        else:
            text, some, missing = _filled(node.nodes, values, {})
            kept = some or not missing
            line.add_value(f"{node.opened}{text}{_CLOSED_BY[node.opened]}" if kept else "", is_field=some)
    return line.text(), line.some, line.missing


class _Line:
    """Text that grows from left to right, and closes over what is missing."""

    def __init__(self) -> None:
        self.some = self.missing = False
        self._pieces: list[tuple[str, bool]] = []
        self._after_nothing = True

    def add_literal(self, text: str) -> None:
        text = text.lstrip(_SEPARATORS) if self._after_nothing else text
        if text:
            self._pieces.append((text, True))
            self._after_nothing = False

    def add_value(self, text: str, *, is_field: bool = True) -> None:
        if text:
            self._pieces.append((text, False))
            self.some, self._after_nothing = self.some or is_field, False
            return
        self.missing = True
        self._trim()
        self._after_nothing = not self._pieces

    def text(self) -> str:
        self._trim()
        return "".join(text for text, _ in self._pieces)

    def _trim(self) -> None:
        """Take off the separators at the end that the format string put there."""
        while self._pieces and self._pieces[-1][1]:
            text = self._pieces.pop()[0].rstrip(_SEPARATORS)
            if text:
                self._pieces.append((text, True))
                return


def _shown(field: _Field, values: Mapping[str, Value], bare: Mapping[str, str]) -> str:
    value = values.get(field.name)
    if value is None or value == "":
        return ""
    if isinstance(value, tuple):
        return f"-{field.letter}".join(format(number, field.spec) for number in sorted(set(value)))
    if field.name in bare and not field.spec:
        return bare[field.name]
    return format(value, field.spec) if isinstance(value, int) else clean_text(value)


def _tree(template: str) -> _Group:
    """Sort a format string into groups; a bracket that has no partner is text like any other."""
    open_groups = [_Group("", [])]
    for piece in _pieces(template):
        for part in re.split(r"([()\[\]{}])", piece.literal):
            if part in _CLOSED_BY:
                open_groups.append(_Group(part, []))
            elif len(open_groups) > 1 and part == _CLOSED_BY[open_groups[-1].opened]:
                group = open_groups.pop()
                open_groups[-1].nodes.append(group)
            elif part:
                open_groups[-1].nodes.append(part)
        if piece.field:
            before = piece.literal[-1:]
            letter = before if before.isascii() and before.isalpha() else "E"
            open_groups[-1].nodes.append(_Field(piece.field, piece.spec, letter))
    while len(open_groups) > 1:
        unclosed = open_groups.pop()
        open_groups[-1].nodes += [unclosed.opened, *unclosed.nodes]
    return open_groups[0]


def _pieces(template: str, allowed: Collection[str] = FIELDS, *, strict: bool = False) -> Iterator[_Piece]:
    """Split a format string, checking each piece; `at` follows the place in the template, for messages."""
    at = 0
    try:
        for literal, field, spec, conversion in Formatter().parse(template):
            _check_literal(template, at, literal, strict=strict)
            at += len(literal) + (field is None and literal.endswith(("{", "}")))
            if field is not None:
                _check_field(template, at, field, spec or "", conversion, allowed)
                at += len(field) + 2 + (len(spec) + 1 if spec else 0)
            yield _Piece(literal, field or "", spec or "")
    except ValueError as error:
        raise _wrong(template, _brace(template, at), str(error)) from error


def _brace(template: str, at: int) -> int:
    """Give the place of the first brace from `at` on that is not doubled."""
    found = re.compile(r"(?:[^{}]|\{\{|\}\})*").match(template, at)
    return min(found.end() if found else at, len(template) - 1)


def _check_literal(template: str, at: int, literal: str, *, strict: bool) -> None:
    refused = _NOT_INNAMES if strict else "/\\"
    for offset, character in enumerate(literal):
        if character in refused or not character.isprintable():
            raise _wrong(template, at + offset, f"{character!r} cannot be part of a name")


def _check_field(
    template: str, at: int, field: str, spec: str, conversion: str | None, allowed: Collection[str]
) -> None:
    if field not in allowed:
        what = "has nothing to say here" if field in FIELDS else "does not exist"
        raise _wrong(template, at, f"the field {{{field}}} {what}; there are {', '.join(sorted(allowed))}")
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
