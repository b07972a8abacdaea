"""Which files of a folder can be imported, and why others cannot; reads folders, opens no file."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engramd.errors import InvalidArgument, NotFound

#: What is imported: the library's names end so, and nothing is packed anew.
SUFFIX = ".mkv"
#: Endings of what people call videos, too; anything else in a folder is no concern of an import.
_OTHER_VIDEOS = frozenset(
    {
        *(".3gp", ".asf", ".avi", ".divx", ".flv", ".m2ts", ".m4v", ".mk3d", ".mov", ".mp4"),
        *(".mpeg", ".mpg", ".mts", ".ogm", ".ts", ".vob", ".webm", ".wmv"),
    }
)
_IMAGES = frozenset({".iso", ".img"})
_DISC_FOLDERS = frozenset({"VIDEO_TS", "BDMV"})
MOST_FILES, DEEPEST = 10_000, 24


@dataclass(frozen=True)
class FoundFile:
    """A video file; `changed` is when its content or its name changed last, in seconds since the epoch."""

    path: Path
    size: int
    mtime_ns: int
    changed: float

    @property
    def mark(self) -> str:
        """What tells the file from another one that has the same path later."""
        return f"{self.size}:{self.mtime_ns}"


@dataclass(frozen=True)
class Refused:
    """What is not imported, and why."""

    path: Path
    why: str


@dataclass
class Found:
    """What is below a path; `changed` is the newest change of a folder or file."""

    files: list[FoundFile] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    changed: float = 0.0

    def see(self, status: os.stat_result) -> None:
        """Take a change into account."""
        self.changed = max(self.changed, status.st_mtime, status.st_ctime)


def find_files(root: Path, closed: Mapping[Path, str]) -> Found:
    """Find the videos below a folder, or the one that `root` is; `closed` are folders, each with a reason.

    Hidden names are passed over, links are not followed. Raises NotFound, InvalidArgument, OSError.
    """
    if not os.path.lexists(root):
        raise NotFound("there is no such file or folder", where=root)
    closed = {**closed, **{Path(os.path.realpath(folder)): why for folder, why in closed.items()}}
    for folder, why in closed.items():
        if root.is_relative_to(folder):
            raise InvalidArgument("this cannot be imported", where=root, why=why)
    found = Found()
    if root.is_dir() and not root.is_symlink():
        _look_into(root, root, closed, found)
    else:
        _take(root, root.parent, found, asked_for=True)
    found.files.sort(key=lambda file: _natural(file.path))
    return found


def _look_into(folder: Path, root: Path, closed: Mapping[Path, str], found: Found) -> None:
    if folder in closed:
        found.refused.append(Refused(folder, closed[folder]))
        return
    if folder.name.upper() in _DISC_FOLDERS:
        found.refused.append(Refused(folder, f"it is a disc: engramctl rip {folder.parent}"))
        return
    if len(folder.relative_to(root).parts) > DEEPEST:
        found.refused.append(Refused(folder, f"folders are looked into {DEEPEST} levels deep"))
        return
    try:
        found.see(folder.stat())
        for path in _children(folder, found):
            if path.is_symlink() or not path.is_dir():
                _take(path, root, found)
            else:
                _look_into(path, root, closed, found)
    except OSError as error:
        if folder == root:
            raise
        found.refused.append(Refused(folder, f"it cannot be read: {error.strerror or error}"))


def _children(folder: Path, found: Found) -> Iterator[Path]:
    """Give what lies in a folder by name; of what is hidden, as a file on its way is, the times count."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        if not name.startswith("."):
            yield folder / name
            continue
        with contextlib.suppress(FileNotFoundError):
            found.see((folder / name).lstat())


def _take(path: Path, root: Path, found: Found, *, asked_for: bool = False) -> None:
    """Take a file, or note why it is none for an import."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return  # it was renamed, or taken away, in this moment
    if why := _refusal(path, root, status, asked_for=asked_for):
        found.refused.append(Refused(path, why))
    elif stat.S_ISREG(status.st_mode) and path.suffix.lower() == SUFFIX:
        found.see(status)
        changed = max(status.st_mtime, status.st_ctime)
        found.files.append(FoundFile(path, status.st_size, status.st_mtime_ns, changed))
        if len(found.files) > MOST_FILES:
            raise InvalidArgument(
                f"there are more than {MOST_FILES} files", where=root, remedy="import parts"
            )


def _refusal(path: Path, root: Path, status: os.stat_result, *, asked_for: bool) -> str:
    suffix = path.suffix.lower()
    if not _is_text(path):
        return "its name is no text in UTF-8: rename it"
    if stat.S_ISLNK(status.st_mode):
        return (
            "" if _leads_inside(path, root) and not asked_for else "it is a link that leads out of the folder"
        )
    if not stat.S_ISREG(status.st_mode):
        return "it is no ordinary file"
    if suffix in _IMAGES:
        return f"it is an image of a disc: engramctl rip {path}"
    if suffix in _OTHER_VIDEOS or (asked_for and suffix != SUFFIX):
        return "only MKV files are imported: put it into one with mkvmerge -o NAME.mkv FILE"
    return ""


def _is_text(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _leads_inside(path: Path, root: Path) -> bool:
    """Whether a link leads to what is found by itself."""
    try:
        return path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


def _natural(path: Path) -> tuple[tuple[tuple[bool, int, str], ...], ...]:
    """Sort 2 before 10."""
    return tuple(_pieces(part) for part in path.parts)


def _pieces(text: str) -> tuple[tuple[bool, int, str], ...]:
    pieces: list[str] = []
    for character in text.casefold():
        digit = character.isascii() and character.isdigit()
        if pieces and digit == (pieces[-1][-1].isascii() and pieces[-1][-1].isdigit()):
            pieces[-1] += character
        else:
            pieces.append(character)
    return tuple(
        (True, int(piece), "") if piece[0].isascii() and piece[0].isdigit() else (False, 0, piece)
        for piece in pieces
    )
