"""Answers of sources on disk, each with a lifetime. Whatever goes wrong here is a miss, never an error.

Imported where it is used: the library below it is needed by few and costs memory.
"""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import diskcache  # type: ignore[import-untyped]

log = logging.getLogger(__name__)

#: Space that all sources together take on disk, in bytes; the oldest answers make room.
SIZE_LIMIT = 64 * 1024 * 1024
_PICKLE = 4
_SQLITE_WAIT = 2.0
_DATABASE = "cache.db"
#: What SQLite says of a file that is none of its databases, or a broken one.
_MALFORMED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TROUBLE = (
    sqlite3.Error,
    OSError,
    diskcache.Timeout,
    ValueError,
    TypeError,
    KeyError,
    RecursionError,
    OverflowError,
)


class _PlainDisk(diskcache.Disk):  # type: ignore[misc]
    """Reads bytes and text only: a pickle in the folder (CVE-2025-69872) would run code."""

    def fetch(self, mode: int, filename: str, value: object, read: bool) -> object:
        """Give the value of a row, or raise ValueError for a pickled one."""
        if mode == _PICKLE:
            raise ValueError("the cache holds a pickled value")
        return super().fetch(mode, filename, value, read)


class AnswerCache:
    """JSON values by key in a folder of its own below `folder`; thread safe, shared by processes.

    The folder is for its owner alone: it tells which discs somebody has.
    """

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder = folder / "answers"
        self._now = now
        self._lock = threading.Lock()
        self._cache: diskcache.Cache | None = None
        self._opened: tuple[int, int] | None = None

    def get(self, key: str, lifetime: timedelta) -> object | None:
        """Give the answer stored under `key` if it is younger than `lifetime`, else None."""
        try:
            stored = self._open().get(key)
            if not isinstance(stored, bytes):
                return None
            entry = json.loads(stored)
            age = self._now() - entry["at"]
            answer: object = entry["answer"]
        except _TROUBLE as error:
            self._trouble("read", error)
            return None
        return answer if 0 <= age < lifetime.total_seconds() else None

    def put(self, key: str, answer: object, lifetime: timedelta) -> None:
        """Keep `answer` for `lifetime`."""
        entry = {"at": self._now(), "answer": answer}
        try:
            value = json.dumps(entry).encode()
            self._open().set(key, value, expire=lifetime.total_seconds())
        except _TROUBLE as error:
            self._trouble("written", error)

    def close(self) -> None:
        """Close the files; a later call opens them again."""
        with self._lock:
            self._close()

    def _open(self) -> diskcache.Cache:
        """Give the cache, opened anew if somebody else removed its files."""
        with self._lock:
            if self._cache is not None and self._file() != self._opened:
                self._close()
            if self._cache is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._cache = diskcache.Cache(
                    str(self._folder), timeout=_SQLITE_WAIT, disk=_PlainDisk, size_limit=SIZE_LIMIT
                )
                self._opened = self._file()
            return self._cache

    def _file(self) -> tuple[int, int] | None:
        """Give what tells the database's file from another one of its name."""
        try:
            status = (self._folder / _DATABASE).stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _trouble(self, done: str, error: Exception) -> None:
        log.warning("the cache of sources in %s cannot be %s: %s", self._folder, done, error)
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _MALFORMED:
            self._start_anew()

    def _start_anew(self) -> None:
        """Drop a database that SQLite calls malformed; it holds nothing that cannot be asked again."""
        with self._lock:
            self._close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        if self._cache is not None:
            self._cache.close()
            self._cache = None
