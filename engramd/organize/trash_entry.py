"""One entry of a trash: a folder with the discarded file, and a note that says all there is to know of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from engramd import durable

TRASH = ".engram-trash"
NOTE = "entry.json"
NEW_NOTE = f"{NOTE}.new"
PARTIAL = ".engram-trash.partial"
ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_STAMP = "%Y%m%dT%H%M%SZ"
#: Bytes of a note that are read: a path, a reason and two numbers.
_MOST_NOTE = 1 << 16
_KINDS: dict[str, type] = {"path": str, "at": str, "why": str, "size": int}


@dataclass(frozen=True)
class TrashEntry:
    """One discarded file: `path` is where it was below `root`, `file` is where it is now, `size` in bytes."""

    id: str
    root: Path
    path: PurePath
    file: Path
    at: datetime
    why: str
    size: int


def new_entry(root: Path, path: Path, why: str) -> TrashEntry:
    """Give the entry that a file gets; nothing is made. Raises OSError."""
    at = datetime.now(UTC)
    name = f"{at.strftime(_STAMP)}-{secrets.token_hex(4)}"
    file = root / TRASH / name / path.name
    return TrashEntry(name, root, path.relative_to(root), file, at, why, path.stat().st_size)


def write_note(entry: TrashEntry) -> None:
    """Write the note so that it is there whole or not at all; ASCII, as names may be in any encoding."""
    note = {"path": str(entry.path), "at": entry.at.isoformat(), "why": entry.why, "size": entry.size}
    fresh = entry.file.parent / NEW_NOTE
    fresh.write_text(json.dumps(note, indent=2) + "\n", "ascii")
    durable.sync_file(fresh)
    fresh.rename(entry.file.parent / NOTE)
    durable.sync_folder(entry.file.parent)


def read_entry(root: Path, folder: Path) -> TrashEntry | None:
    """Read an entry; None where its file is not there.

    One whose note is damaged is told by what its folder says.
    """
    note = _note(folder)
    file = file_in(folder, PurePath(note.get("path", "")).name)
    if file is None:
        return None
    size = file.lstat().st_size
    if size == 0 and note.get("size", 0) > 0:
        return None  # the claim of a name, and not the file
    path = PurePath(note.get("path", file.name))
    return TrashEntry(folder.name, root, path, file, _time(note, folder), note.get("why", ""), size)


def file_in(folder: Path, name: str = "") -> Path | None:
    """Give the discarded file of an entry's folder, if it is there; by its name, where the note says it."""
    ours = {NOTE, NEW_NOTE, PARTIAL}
    try:
        with os.scandir(folder) as found:
            files = [Path(one.path) for one in found if one.is_file(follow_symlinks=False)]
    except OSError:
        return None
    wanted = (file for file in files if file.name not in ours and name in ("", file.name))
    return min(wanted, default=None)


def _note(folder: Path) -> dict[str, Any]:
    try:
        with (folder / NOTE).open("rb") as file:
            note = json.loads(file.read(_MOST_NOTE))
        os.fsencode(path := str(note["path"]))
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return {}
    if "\0" in path:
        return {}
    return {key: note[key] for key, kind in _KINDS.items() if isinstance(note.get(key), kind)}


def _time(note: dict[str, Any], folder: Path) -> datetime:
    with contextlib.suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(note.get("at", ""))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        if at.timestamp() >= 0:
            return at
    with contextlib.suppress(ValueError):
        return datetime.strptime(folder.name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    return changed_at(folder)


def changed_at(folder: Path) -> datetime:
    """Say when a folder was last changed. Raises OSError."""
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
