"""A disc that was copied to a folder: VIDEO_TS or BDMV, or the folder that holds them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from engramd.discs.files import MAX_DEPTH, MAX_FILES, Extent, printable
from engramd.discs.model import DiscFile
from engramd.discs.volume import MAX_READ, ReadFailed
from engramd.errors import NotFound, UnreadableDisc

#: The folders at the top of a disc. Others beside them are not the disc's.
PARTS = ("VIDEO_TS", "AUDIO_TS", "BDMV", "AACS", "BDSVM", "CERTIFICATE", "MAKEMKV", "ANY!")


class FolderFiles:
    """The files of a disc in a folder; the folder's name stands for the label."""

    def __init__(self, path: Path) -> None:
        root = _root(path)
        self.label = printable(root.resolve().name)
        self.problems: list[str] = []
        self._found: dict[str, tuple[Path, int]] = {}
        for part in _parts(root):
            self._collect(part, part.name, 0)
        listed = sorted(self._found.items())
        self.files = tuple(DiscFile(path=name, size=size) for name, (_, size) in listed)
        self._by_upper = {name.upper(): file for name, (file, _) in listed}

    def _collect(self, folder: Path, name: str, depth: int) -> None:
        try:
            for child in sorted(os.scandir(folder), key=lambda child: child.name):
                self._add(child, f"{name}/{printable(child.name)}", depth)
        except OSError as error:
            self.problems.append(f"The folder {name} cannot be read: {error.strerror}.")
        if len(self._found) > MAX_FILES:
            raise UnreadableDisc("the folder has more files than a disc can have", where=folder)

    def _add(self, child: os.DirEntry[str], path: str, depth: int) -> None:
        if child.is_dir(follow_symlinks=False):
            if depth < MAX_DEPTH:
                self._collect(Path(child.path), path, depth + 1)
        elif child.is_file():
            self._found[path] = (Path(child.path), child.stat().st_size)

    def extents(self, path: str) -> tuple[Extent, ...]:
        """A folder has no sectors: always empty."""
        self._file(path)
        return ()

    def read(self, path: str, offset: int, size: int) -> bytes:
        """See DiscFiles."""
        file = self._file(path)
        try:
            return _read(file, offset, min(size, MAX_READ))
        except OSError as error:
            raise ReadFailed(file, error) from error

    def _file(self, path: str) -> Path:
        try:
            return self._by_upper[path.upper()]
        except KeyError:
            raise NotFound("a file is not on the disc", where=path) from None


def _read(file: Path, offset: int, size: int) -> bytes:
    fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.pread(fd, size, offset) if stat.S_ISREG(os.fstat(fd).st_mode) and size > 0 else b""
    finally:
        os.close(fd)


def _root(path: Path) -> Path:
    """The folder that stands for the disc's top."""
    return path.resolve().parent if path.resolve().name.upper() in ("VIDEO_TS", "BDMV") else path


def _parts(root: Path) -> list[Path]:
    try:
        parts = [child for child in root.iterdir() if child.name.upper() in PARTS and child.is_dir()]
    except OSError as error:
        why = error.strerror or error
        raise UnreadableDisc(
            "the folder cannot be read", where=root, why=why, remedy="check its permissions"
        ) from error
    if not any(part.name.upper() in ("VIDEO_TS", "BDMV") for part in parts):
        why = "it holds neither VIDEO_TS nor BDMV"
        remedy = "name the folder that holds VIDEO_TS or BDMV"
        raise UnreadableDisc("this folder is no disc", where=root, why=why, remedy=remedy)
    return sorted(parts)
