"""Remembers what was read of the files of one folder: their cues, packed, in one small database."""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from engramd.match.subtitles import Cue

VERSION = 3
#: Seconds to wait for another process that writes; after that the files are read instead.
PATIENCE = 2.0

_TABLE = (
    "CREATE TABLE IF NOT EXISTS files"
    " (name BLOB PRIMARY KEY, size INTEGER, changed INTEGER, content TEXT, refused TEXT, cues BLOB)"
    " WITHOUT ROWID"
)
_FETCH = "SELECT size, changed, content, refused, cues FROM files WHERE name = ?"
_KEEP = "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Reading:
    """What a file holds: its cues and a digest of what is said in them, or why it was refused."""

    cues: tuple[Cue, ...] = ()
    content: str = ""
    refused: str = ""


class Remembered:
    """Readings by name, size and time of change. A cache that cannot be read or written is no fault."""

    def __init__(self, folder: Path, cache: Path | None) -> None:
        self._new: list[tuple[bytes, int, int, str, str, bytes]] = []
        self._base = self._opened(folder, cache) if cache else None

    def _opened(self, folder: Path, cache: Path) -> sqlite3.Connection | None:
        digest = sha256(os.fsencode(folder.absolute())).hexdigest()
        file = cache / f"references-{digest[:24]}.db"
        try:
            cache.mkdir(parents=True, exist_ok=True)
            return _connected(file)
        except sqlite3.DatabaseError:
            return _begun_again(file)
        except OSError:
            return None

    def recall(self, name: bytes, size: int, changed: int) -> Reading | None:
        """Give what was read of a file that has not changed since."""
        if self._base is None:
            return None
        try:
            row = self._base.execute(_FETCH, (name,)).fetchone()
            if row is None or (row[0], row[1]) != (size, changed):
                return None
            return Reading(_unpacked(row[4]), str(row[2]), str(row[3]))
        except (sqlite3.Error, zlib.error, ValueError, TypeError, IndexError):
            return None

    def keep(self, name: bytes, size: int, changed: int, reading: Reading) -> None:
        """Remember a reading; `save` writes it."""
        if self._base is not None:
            packed = _packed(reading.cues)
            self._new.append((name, size, changed, reading.content, reading.refused, packed))

    def save(self) -> None:
        """Write what is new, and close."""
        if self._base is None:
            return
        try:
            with self._base:
                self._base.executemany(_KEEP, self._new)
        except (sqlite3.Error, UnicodeEncodeError):
            pass
        self._base.close()
        self._base = None


def _connected(file: Path) -> sqlite3.Connection:
    base = sqlite3.connect(file, timeout=PATIENCE)
    try:
        base.execute("PRAGMA synchronous = OFF")  # all of it can be read again
        if base.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            base.execute("DROP TABLE IF EXISTS files")
            base.execute(_TABLE)
            base.execute(f"PRAGMA user_version = {VERSION}")
            base.commit()
    except sqlite3.Error:
        base.close()
        raise
    return base


def _begun_again(file: Path) -> sqlite3.Connection | None:
    """Put a new database in the place of one that is damaged."""
    try:
        file.unlink(missing_ok=True)
        return _connected(file)
    except (OSError, sqlite3.Error):
        return None


def _packed(cues: Iterable[Cue]) -> bytes:
    rows = list(cues)
    starts = [round(cue.start * 1000) for cue in rows]
    ends = [round(cue.end * 1000) for cue in rows]
    text = json.dumps([starts, ends, [cue.text for cue in rows]], separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def _unpacked(data: bytes) -> tuple[Cue, ...]:
    starts, ends, texts = json.loads(zlib.decompress(data))
    return tuple(Cue(a / 1000, b / 1000, str(t)) for a, b, t in zip(starts, ends, texts, strict=True))
