"""Which engramd used the database last, as a file beside it says."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_FILE = "version"


def last_version(state: Path) -> str:
    """Give it; empty: nobody wrote it down."""
    with suppress(OSError, UnicodeDecodeError):
        return (state / _FILE).read_text("utf-8").strip()
    return ""


def note_version(state: Path, version: str) -> None:
    """Write it down; where that cannot be done, only backups know less of themselves."""
    if version != last_version(state):
        with suppress(OSError):
            (state / _FILE).write_text(f"{version}\n", "utf-8")
