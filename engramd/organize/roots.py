"""Whether a library folder is really there: an unmounted share looks like an empty folder of the root disk.

A library carries a hidden file with an id. Without it, or on another file system than it was recorded on,
nothing is made in it. Looking may hang on a share that is away; judging is pure.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from engramd import durable
from engramd.errors import FilingFailed
from engramd.organize import atomic
from engramd.organize.mounts import PLACES, MountTables, is_alike

MARKER = ".engramd-library"
#: Files with these endings are media, by which a folder that nobody wrote down is known to be a library.
MEDIA = frozenset({".mkv", ".mp4", ".m4v", ".avi", ".ts", ".m2ts", ".mov", ".wmv", ".mpg", ".webm", ".iso"})
#: Bytes of a marker that are read, and entries of a folder that are looked at for media.
_MOST_BYTES, _MOST_LOOKED_AT = 4096, 200
_ID = re.compile(r"^id ([0-9a-f-]{36})$", re.MULTILINE)
_TEXT = """This folder is a library of engramd. Without this file nothing is filed here, so that nothing is
written into an empty folder when a disk or share is not mounted. Do not copy it elsewhere.
id {}
"""


@dataclass(frozen=True)
class Recorded:
    """What is known of a library folder from before: the id in its marker, and the file system."""

    marker: str
    file_system: str


@dataclass(frozen=True)
class Seen:
    """What there is at a library's path; `missing_mount` is where something should be mounted and is not.

    `free` are bytes for this user. `marker` is the id in the marker file, or empty; then only `holds_media`
    is found out.
    """

    path: Path
    is_folder: bool = False
    marker: str = ""
    file_system: str = ""
    is_mount: bool = False
    missing_mount: str = ""
    holds_media: bool = False
    is_writable: bool = False
    free: int = 0


def look_at(root: Path, tables: MountTables | None = None) -> Seen:
    """Look; blocks as long as the file system does not answer. Raises FilingFailed where it says why not."""
    tables = tables or MountTables()
    try:
        resolved = Path(os.path.realpath(root))
        marker, is_folder = _read_marker(root), root.is_dir()
        mount = tables.of(resolved)
        # A library is looked at often, and this reads many folders: only what has no marker is asked.
        entries = _some_entries(root) if is_folder and not marker else []
        status = os.statvfs(root) if is_folder else None
    except OSError as error:
        raise FilingFailed(
            "The library does not answer",
            where=root,
            why=error.strerror or error,
            remedy="see that its file system is mounted, and that engramd may look into it",
        ) from error
    return Seen(
        path=root,
        is_folder=is_folder,
        marker=marker,
        file_system=tables.identity(mount),
        is_mount=not mount.is_root,
        missing_mount=tables.missing_at(resolved, mount),
        holds_media=_holds_media(root, entries),
        is_writable=is_folder and os.access(root, os.W_OK | os.X_OK),
        free=status.f_bavail * status.f_frsize if status else 0,
    )


def judge(seen: Seen, known: Recorded | None, *, by_person: bool = False) -> bool:
    """Tell whether the marker is yet to be written; `by_person` says that the folder is the right one.

    Raises FilingFailed, with the remedy, where nothing may be made in the folder.
    """
    if not seen.is_folder:
        remedy = "mount it, make the folder, or correct library_tv_path and library_movies_path"
        raise FilingFailed("The library folder is missing", where=seen.path, remedy=remedy)
    if by_person:
        return not seen.marker
    if known is None:
        _judge_first_use(seen)
        return not seen.marker
    if not seen.marker:
        raise _away(seen, "its marker file is not there", known)
    if seen.marker != known.marker:
        raise _away(seen, "it carries the marker of another library", known)
    if not is_alike(seen.file_system, known.file_system):
        raise _away(seen, "it lies on another file system than recorded", known)
    return False


def write_marker(root: Path) -> str:
    """Make a library's marker file and give its id; one that is there already counts. Raises FilingFailed."""
    marker = str(uuid.uuid4())
    partial = root / f"{MARKER}.{marker[:8]}"
    try:
        with partial.open("x", encoding="utf-8") as file:
            file.write(_TEXT.format(marker))
            file.flush()
            os.fsync(file.fileno())
        marker = _named(partial, root) or marker
        durable.sync_folder(root)
    except OSError as error:
        raise _not_writable(root, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return marker


def _named(partial: Path, root: Path) -> str:
    """Make a file the marker; give the id of one that another thread made meanwhile."""
    try:
        atomic.rename_noreplace(partial, root / MARKER)
    except FileExistsError:
        if there := _read_marker(root):
            return there
        partial.replace(root / MARKER)
    return ""


def _judge_first_use(seen: Seen) -> None:
    """Take a folder that nobody wrote down, unless it looks like the place of a share that is away."""
    if seen.marker:
        return
    init = f"mount it, or if this folder is meant: engramctl library init '{seen.path}'"
    if seen.missing_mount:
        why = f"{seen.missing_mount} is to be mounted, by the system's own tables, and is not"
        raise FilingFailed("The library is not mounted", where=seen.path, why=why, remedy=init)
    below = any(seen.path.is_relative_to(place) for place in PLACES)
    if below and not seen.is_mount and not seen.holds_media:
        why = "the folder holds no media and is on the root disk, as that of a share that is away is"
        raise FilingFailed("The library may not be mounted", where=seen.path, why=why, remedy=init)


def _away(seen: Seen, why: str, known: Recorded) -> FilingFailed:
    if seen.missing_mount:
        why = f"{seen.missing_mount} is not mounted"
    elif not is_alike(seen.file_system, known.file_system):
        why += f" (now {seen.file_system}, before {known.file_system})"
    remedy = (
        "mount it, and the job goes on by itself; if the library was moved here:"
        f" engramctl library init '{seen.path}'"
    )
    return FilingFailed("The library is not there", where=seen.path, why=why, remedy=remedy)


def _read_marker(root: Path) -> str:
    try:
        with (root / MARKER).open("rb") as file:
            found = _ID.search(file.read(_MOST_BYTES).decode("utf-8", "replace"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""
    return found[1] if found else ""


def _some_entries(root: Path) -> list[str]:
    """Give visible names; what file systems and programs put into their roots does not count."""
    found: list[str] = []
    with os.scandir(root) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.name not in ("lost+found", "@eaDir"):
                found.append(entry.name)
            if len(found) >= _MOST_LOOKED_AT:
                break
    return found


def _holds_media(root: Path, names: list[str]) -> bool:
    """Whether there is a video in the folder, or two folders below; some entries of each are looked at."""
    level, depth = [(root, names)], 0
    while level and depth < 3:
        if any(Path(name).suffix.lower() in MEDIA for _, names in level for name in names):
            return True
        below = [folder / name for folder, names in level for name in names][:_MOST_LOOKED_AT]
        level, depth = [], depth + 1
        for folder in below:
            with contextlib.suppress(OSError):
                level.append((folder, _some_entries(folder)))
    return False


def _not_writable(root: Path, error: OSError) -> FilingFailed:
    why = error.strerror or str(error)
    if error.errno == errno.EROFS:
        remedy = "mount it writable, or open the path in a drop-in of the service"
        return FilingFailed("The library is read-only", where=root, why=why, remedy=remedy)
    remedy = "let the user of the service write there, for example by its group"
    return FilingFailed("The library may not be written", where=root, why=why, remedy=remedy)
