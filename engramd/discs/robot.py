"""MakeMKV's robot mode, line by line: what `makemkvcon -r` writes, as typed values. Pure; no file is read.

`KEYWORD:value,value,…` with quoted strings, in which a backslash escapes a quote, itself and a line's end.
Meanings of codes do not depend on the language of the texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

#: Longer lines are not read; a real one has some hundred characters, and 12,000 with a long segment map.
LONGEST_LINE = 65_536
#: Pieces that one line may have been broken into.
_MOST_PIECES = 16
_ATTRIBUTES = {"CINFO": 0, "TINFO": 1, "SINFO": 2}
_KNOWN = ("TINFO:", "SINFO:", "CINFO:", "MSG:", "DRV:", "TCOUNT:", "HSH:", "PRGV:", "PRGC:", "PRGT:")
_ESCAPED = re.compile(r'\\(["\\\n])|""')
_N = "([0-9]{1,9}),"
_PLAIN = re.compile(rf'[CTS]INFO:(?:{_N})?(?:{_N})?{_N}{_N}"([^"\\]*)"')
_NUMBER = "([0-9]{1,17})"
_PLAIN_MESSAGE = re.compile(
    rf'MSG:{_NUMBER},{_NUMBER},{_NUMBER},"([^"\\]*)"(?:,"([^"\\]*)"((?:,"[^"\\]*")*))?'
)
_PLAIN_PROGRESS = re.compile(f"PRGV:{_NUMBER},{_NUMBER},{_NUMBER}")
_FIELD = re.compile(r'"((?:[^"\\]|\\.|"")*)"|([^,"]*)', re.DOTALL)


class Message(NamedTuple):
    """`MSG`: `code` says what happened, `text` says it to people, `parameters` are what it names."""

    code: int
    flags: int
    text: str
    template: str
    parameters: tuple[str, ...]


class Drive(NamedTuple):
    """`DRV`: a drive. States: 0 empty, 1 open, 2 has a disc, 3 loading, 256 no drive, 257 unmounting."""

    number: int
    state: int
    flags: int
    name: str
    disc: str
    device: str


class TitleCount(NamedTuple):
    """`TCOUNT`: how many titles the scan found; a scan's results begin so."""

    titles: int


class Attribute(NamedTuple):
    """`CINFO`, `TINFO`, `SINFO`: an attribute of the disc, of a title (from 0), or of a title's stream.

    `place` is empty, (title,) or (title, stream). `code` stands for a text that MakeMKV translates, else 0.
    """

    place: tuple[int, ...]
    id: int
    code: int
    value: str


class FileSize(NamedTuple):
    """`HSH`: a file of the disc with its size in bytes, as another program adds them behind a log."""

    name: str
    size: int


class Progress(NamedTuple):
    """`PRGV`: progress of the present step and of the whole, of `maximum`."""

    current: int
    total: int
    maximum: int


class Step(NamedTuple):
    """`PRGC` (the present step) or `PRGT` (the whole, `whole` is true) gets a name; `code` names no title."""

    whole: bool
    code: int
    id: int
    name: str


class Broken(NamedTuple):
    """A line that begins like one of those above and cannot be read; `text` is its beginning."""

    text: str


RobotLine = Message | Drive | TitleCount | Attribute | FileSize | Progress | Step | Broken


def parse_lines(lines: Iterable[str]) -> Iterator[RobotLine]:
    """Read lines; what is none of robot mode's is left out, and broken lines are put together."""
    held: list[str] = []
    for raw in lines:
        line = raw.removesuffix("\n").removesuffix("\r")
        plain = None if held else _plain(line)
        if plain is not None:
            yield plain
            continue
        begins = line.startswith(_KNOWN)
        if held and (begins or len(held) == _MOST_PIECES):
            yield from _parsed(held)
            held = []
        if held or begins:
            held.append(line)
        if held and not _open(_joined(held)):
            yield from _parsed(held)
            held = []
    yield from _parsed(held)


def _parsed(pieces: list[str]) -> Iterator[RobotLine]:
    parsed = _parse(_joined(pieces)) if pieces else None
    if parsed is not None:
        yield parsed


def parse_line(line: str) -> RobotLine | None:
    """Read one line; None for what is none of robot mode's. Never raises."""
    plain = _plain(line)
    return plain if plain is not None else _parse(line)


def _parse(line: str) -> RobotLine | None:
    keyword, colon, rest = line.partition(":")
    if not colon or not line.startswith(_KNOWN):
        return None
    parsed: RobotLine | None = None
    if len(line) <= LONGEST_LINE:
        depth = _ATTRIBUTES.get(keyword)
        parsed = _attribute(rest, depth) if depth is not None else _other(keyword, rest)
    return parsed if parsed is not None else Broken(line[:80])


def _joined(pieces: list[str]) -> str:
    """An escaped line's end is a part of a text; any other break is not."""
    if len(pieces) == 1:
        return pieces[0]
    kept = [piece + "\n" if piece.endswith("\\") else piece for piece in pieces[:-1]]
    return "".join([*kept, pieces[-1]])[: LONGEST_LINE + 1]


def _open(line: str) -> bool:
    if len(line) > LONGEST_LINE:
        return False
    if line.endswith('"') and not line.endswith('\\"'):
        return line.count('"') == 1
    bare = line.replace("\\\\", "").replace('\\"', "")
    return bare.count('"') % 2 == 1 or line.endswith(",")


def _plain(line: str) -> RobotLine | None:
    """Read what nearly all lines are, without escapes and whole, in a fraction of the time."""
    if len(line) > LONGEST_LINE:
        return None
    start = line[:4]
    if start == "MSG:":
        return _plain_message(line)
    if start == "PRGV":
        numbers = _PLAIN_PROGRESS.fullmatch(line)
        return Progress(int(numbers[1]), int(numbers[2]), int(numbers[3])) if numbers else None
    return _plain_attribute(line)


def _plain_message(line: str) -> Message | None:
    found = _PLAIN_MESSAGE.fullmatch(line)
    if found is None:
        return None
    code, flags, _, text, template, rest = found.groups()
    parameters = tuple(rest[2:-1].split('","')) if rest else ()
    return Message(int(code), int(flags), text, template or "", parameters)


def _plain_attribute(line: str) -> Attribute | None:
    found = _PLAIN.fullmatch(line)
    if found is None:
        return None
    first, second, attribute, code, value = found.groups()
    place = (int(first), int(second)) if second else (int(first),) if first else ()
    if _ATTRIBUTES[line[:5]] != len(place):
        return None
    return Attribute(place, int(attribute), int(code), value)


def _attribute(rest: str, depth: int) -> Attribute | None:
    cells = rest.split(",", depth + 2)
    if len(cells) != depth + 3:
        return None
    value = cells.pop()
    numbers = [_number(cell) for cell in cells]
    if len(value) > 1 and value[0] == value[-1] == '"':
        inner = value[1:-1]
        if "\\" in inner or '"' in inner:
            if _ends_escaped(inner):
                return None
            inner = _unescaped(inner)
    elif '"' in value or "," in value:
        return None
    else:
        inner = value
    *place, attribute, code = numbers
    if attribute is None or code is None or None in place:
        return None
    return Attribute(tuple(one for one in place if one is not None), attribute, code, inner)


def _ends_escaped(inner: str) -> bool:
    return (len(inner) - len(inner.rstrip("\\"))) % 2 == 1


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: found[1] or '"', text)


def _number(text: str) -> int | None:
    """Give a number; None for what is none, or out of all bounds."""
    if text.isdecimal() and text.isascii() and len(text) < 18:
        return int(text)
    return None


def _other(keyword: str, rest: str) -> RobotLine | None:
    if keyword == "HSH":
        return _file_size(rest)
    cells = _cells(rest)
    return _PARSERS[keyword](cells) if cells is not None else None


def _cells(rest: str) -> list[str] | None:
    """Split values at commas; None where a quote is broken."""
    cells: list[str] = []
    at = 0
    while True:
        found = _FIELD.match(rest, at)
        if found is None:
            return None
        cells.append(found[2] if found[1] is None else _unescaped(found[1]))
        at = found.end()
        if at == len(rest):
            return cells
        if rest[at] != ",":
            return None
        at += 1


def _message(cells: list[str]) -> Message | None:
    numbers = [_number(cell) for cell in cells[:3]]
    if len(cells) < 4 or numbers[0] is None:
        return None
    template = cells[4] if len(cells) > 4 else ""
    return Message(numbers[0], numbers[1] or 0, cells[3], template, tuple(cells[5:]))


def _drive(cells: list[str]) -> Drive | None:
    if len(cells) < 7:
        return None
    index, state, flags = _number(cells[0]), _number(cells[1]), _number(cells[3])
    if index is None or state is None or flags is None:
        return None
    return Drive(index, state, flags, cells[4], cells[5], cells[6])


def _title_count(cells: list[str]) -> TitleCount | None:
    count = _number(cells[0])
    return TitleCount(count) if count is not None and len(cells) == 1 else None


def _progress(cells: list[str]) -> Progress | None:
    numbers = [number for cell in cells if (number := _number(cell)) is not None]
    return Progress(*numbers) if len(numbers) == len(cells) == 3 else None


def _step(cells: list[str], *, whole: bool) -> Step | None:
    if len(cells) < 3:
        return None
    code, number = _number(cells[0]), _number(cells[1])
    return Step(whole, code, number, cells[2]) if code is not None and number is not None else None


_PARSERS: dict[str, Callable[[list[str]], RobotLine | None]] = {
    "MSG": _message,
    "DRV": _drive,
    "TCOUNT": _title_count,
    "PRGV": _progress,
    "PRGC": partial(_step, whole=False),
    "PRGT": partial(_step, whole=True),
}


def _file_size(rest: str) -> FileSize | None:
    """`number,name,date,size`: the name may hold commas, the size is behind the last one."""
    _, _, behind = rest.partition(",")
    before, _, size = behind.rpartition(",")
    name, _, _ = before.rpartition(",")
    value = _number(size.strip())
    return FileSize(name, value) if name and value is not None else None
