"""Finds and reads the reference subtitles of a show, and remembers what was read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from engramd.match.labels import Label, parse_label
from engramd.match.subtitles import SUFFIXES, Cue, UnreadableSubtitle, read_subtitles

MOST_FILES = 4000
CACHE_VERSION = 1


@dataclass(frozen=True)
class Reference:
    """One reference file: the episode it is labelled with and its cues; `name` is its path below the show."""

    name: str
    label: Label
    cues: tuple[Cue, ...]


@dataclass
class Loaded:
    """References as read, with a sentence for each file that could not be."""

    references: list[Reference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def load_references(folder: Path, season: int | None, cache: Path | None = None) -> Loaded:
    """Read all references below a show's folder, of one season or (None) of all."""
    loaded = Loaded()
    memory = _Memory(folder, cache)
    for path in _files(folder, loaded.problems):
        relative = path.relative_to(folder)
        label, name = parse_label(relative), printable(relative)
        if label is None:
            loaded.problems.append(f"{name}: the name tells no season and episode")
        elif season is None or label.season == season:
            try:
                cues = memory.read(path)
            except UnreadableSubtitle as error:
                loaded.problems.append(f"{name} {error}")
            else:
                loaded.references.append(Reference(name, label, tuple(cues)))
    memory.save()
    return loaded


def printable(path: str | os.PathLike[str]) -> str:
    """Give a path as text that can be sent as JSON, whatever bytes its name holds."""
    return os.fsencode(path).decode("utf-8", "replace")


def has_labelled_files(folder: Path) -> bool:
    """Whether subtitle files of a season lie in this very folder (or in season folders of it)."""
    return any(parse_label(path.relative_to(folder)) for path in _files(folder, []) if _near(path, folder))


def _near(path: Path, folder: Path) -> bool:
    return len(path.relative_to(folder).parts) <= 2 and (path.parent == folder or _season_folder(path))


def _season_folder(path: Path) -> bool:
    return parse_label(Path(path.parent.name, "01.srt")) is not None


def _files(folder: Path, problems: list[str]) -> Iterator[Path]:
    """Give the subtitle files below a folder in a fixed order; links to folders are not followed."""

    def unreadable(error: OSError) -> None:
        problems.append(f"{printable(error.filename)} cannot be read: {error.strerror}")

    seen = 0
    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                seen += 1
                if seen > MOST_FILES:
                    problems.append(f"{printable(folder)} holds more than {MOST_FILES} subtitle files")
                    return
                yield Path(parent, name)


class _Memory:
    """Parsed files by name, size and modification time, in one JSON file for each show's folder."""

    def __init__(self, folder: Path, cache: Path | None) -> None:
        self._folder = folder
        digest = sha256(str(folder.absolute()).encode("utf-8", "surrogateescape")).hexdigest()
        self._file = cache / f"references-{digest[:24]}.json" if cache else None
        self._known: dict[str, Any] = self._load()
        self._dirty = False

    def _load(self) -> dict[str, Any]:
        if self._file is None:
            return {}
        try:
            stored = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        good = isinstance(stored, dict) and stored.get("version") == CACHE_VERSION
        return stored["files"] if good and isinstance(stored.get("files"), dict) else {}

    def read(self, path: Path) -> list[Cue]:
        key = str(path.relative_to(self._folder))
        stamp = _stamp(path)
        known = self._known.get(key)
        if stamp and isinstance(known, dict) and known.get("stamp") == stamp:
            try:
                return [Cue(*row) for row in known["cues"]]
            except (KeyError, TypeError):
                pass
        cues = read_subtitles(path)
        if self._file and stamp:
            self._known[key] = {"stamp": stamp, "cues": [(c.start, c.end, c.text) for c in cues]}
            self._dirty = True
        return cues

    def save(self) -> None:
        """Write what is new; a cache that cannot be written is no fault."""
        if not (self._dirty and self._file):
            return
        temporary = self._file.with_name(f"{self._file.name}.{os.getpid()}.tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps({"version": CACHE_VERSION, "files": self._known}))
            temporary.replace(self._file)
        except (OSError, UnicodeEncodeError):
            temporary.unlink(missing_ok=True)


def _stamp(path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]
