"""The texts of notifications: one template file, and what a person puts in the place of its texts."""

from __future__ import annotations

import re
import string
import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from engramd.errors import InvalidArgument

NAME = "messages.toml"
WORDS = "words"
_LARGEST = 65536
_PLACE = re.compile(r"line (\d+)")
_FORMATTER = string.Formatter()

Sections = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Message:
    """What a person reads."""

    subject: str
    text: str


class Texts:
    """The built-in texts, with those of an override file over them, which is read again when it changes.

    `report` gets the error of a file that is refused, and None when there is none (any more).
    """

    def __init__(self, override: Path, report: Callable[[InvalidArgument | None], None]) -> None:
        self._override = override
        self._report = report
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._sections: Sections = built_in()

    def say(self, kind: str, facts: Mapping[str, object]) -> Message:
        """Fill in the message of a kind; facts that are not there are empty."""
        section = self._read()[kind]
        return Message(_one_line(filled(section["subject"], facts)), filled(section["text"], facts))

    def word(self, name: str, **facts: object) -> str:
        """Fill in one of the words that messages are made of."""
        return filled(self._read()[WORDS][name], facts)

    def count(self, name: str, count: int) -> str:
        """Say how many of something there are: `1 title`, `3 titles`."""
        return self.word(f"{name}_{'one' if count == 1 else 'many'}", count=count)

    def _read(self) -> Sections:
        with self._lock:
            stamp = _stamp(self._override)
            if stamp != self._seen:
                self._seen = stamp
                self._sections = self._overridden() if stamp else built_in()
                if stamp is None:
                    self._report(None)
            return self._sections

    def _overridden(self) -> Sections:
        try:
            own = checked(_content(self._override), self._override)
        except InvalidArgument as error:
            self._report(error)
            return built_in()
        self._report(None)
        return {name: {**texts, **own.get(name, {})} for name, texts in built_in().items()}


@cache
def built_in() -> Sections:
    """Give the texts that the program comes with."""
    found: dict[str, dict[str, str]] = tomllib.loads((files("engramd.notify") / NAME).read_text("utf-8"))
    return found


def checked(text: str, where: Path) -> Sections:
    """Read a template file of a person; InvalidArgument names the line of the first mistake."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        raise _wrong(where, int(place[1]) if place else 1, str(error)) from None
    for section, texts in found.items():
        if section not in built_in() or not isinstance(texts, dict):
            raise _wrong(where, _line(text, section), f"there is no section {section!r}")
        for key, value in texts.items():
            _check_text(text, where, section, key, value)
    return found


def fields_of(template: str) -> list[str]:
    """Give the names that a text has in braces; ValueError where the braces are none."""
    names = []
    for _, name, form, conversion in _FORMATTER.parse(template):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}{':' + form if form else ''}}} is more than a name")
        names.append(name)
    return names


def filled(template: str, facts: Mapping[str, object]) -> str:
    """Fill in a text; a line whose names are all empty is left out, and blanks are tidied."""
    lines = []
    for line in template.strip().splitlines():
        names = fields_of(line)
        values = {name: str(facts.get(name, "") or "") for name in names}
        if names and not any(values.values()):
            continue
        lines.append(_tidy(line.format_map(values)))
    return "\n".join(lines)


def _check_text(text: str, where: Path, section: str, key: str, value: object) -> None:
    known = built_in()[section].get(key)
    if known is None:
        raise _wrong(where, _line(text, section, key), f"[{section}] has no {key!r}")
    if not isinstance(value, str):
        raise _wrong(where, _line(text, section, key), f"{key} is a text")
    allowed = set(fields_of(known) if section == WORDS else allowed_fields(section))
    for number, line in enumerate(value.splitlines() or [""]):
        at = _line(text, section, key) + number
        try:
            strange = [name for name in fields_of(line) if name not in allowed]
        except ValueError as error:
            raise _wrong(where, _line(text, section, key, line) or at, str(error)) from None
        if strange:
            there = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none"
            why = f"there is no {{{strange[0]}}} in [{section}], but {there}"
            raise _wrong(where, _line(text, section, key, line) or at, why)


def allowed_fields(section: str) -> list[str]:
    """Give the names that texts of a section may have: those that any of its built-in texts has."""
    return [name for text in built_in()[section].values() for name in fields_of(text)]


def _line(text: str, section: str, key: str = "", part: str = "") -> int:
    """Find the line, from 1, of a section, of a key in it, or of a part of its text; 1 if it is not found."""
    begun, found = False, 1
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[\s*[\"']?{re.escape(section)}[\"']?\s*\]", line):
            begun, found = True, number
            if not key:
                return number
        elif begun and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            found = number
            if not part or part.strip() in line:
                return number
        elif begun and part and part.strip() and part.strip() in line:
            return number
    return found


def _wrong(where: Path, line: int, why: str) -> InvalidArgument:
    return InvalidArgument(
        "the texts of notifications are wrong, and those that engramd comes with are used",
        where=f"{where.name}, line {line}",
        why=why,
        remedy=f"mend {where.name} in the configuration folder",
    )


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, 1, getattr(error, "strerror", None) or "it is not UTF-8") from None
    if len(data) > _LARGEST:
        raise _wrong(path, 1, f"it is larger than {_LARGEST // 1024} KiB")
    return text


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _one_line(text: str) -> str:
    return _tidy(" ".join(text.split()))


def _tidy(line: str) -> str:
    return re.sub(r" {2,}", " ", line).strip()
