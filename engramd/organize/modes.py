"""The modes of what is made in a library. Its group is that of a set-gid folder; nothing is ever chowned."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from engramd import durable


class ModeSettings(Protocol):
    """The settings that say the modes, as octal strings."""

    @property
    def file_mode(self) -> str:
        """Of files."""

    @property
    def folder_mode(self) -> str:
        """Of folders."""


@dataclass(frozen=True)
class Modes:
    """The modes of new files and folders. Some file systems have none to give, and keep theirs."""

    file: int = 0o664
    folder: int = 0o2775

    @classmethod
    def of(cls, settings: ModeSettings) -> Self:
        """Take them from the settings, which were checked when they were set."""
        return cls(int(settings.file_mode, 8), int(settings.folder_mode, 8))

    def set_file(self, path: Path) -> None:
        """Give a file its mode."""
        _set(path, self.file)

    def can_share(self, path: Path) -> bool:
        """Whether all who are to read a file may read this one, whose mode stays. Raises OSError."""
        return not self.file & 0o444 & ~path.lstat().st_mode

    def make_folder(self, folder: Path, root: Path) -> None:
        """Make the missing folders down to `folder`, below `root`, durably. Raises OSError."""
        missing = []
        while folder != root and not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for path in reversed(missing):
            with contextlib.suppress(FileExistsError):
                path.mkdir(mode=self.folder & 0o777)
                _set(path, self.folder)
            if not path.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
            durable.sync_folder(path.parent)


def _set(path: Path, mode: int) -> None:
    """Set a mode, unless it is that already: a chmod by who is not in the group would end set-gid."""
    with contextlib.suppress(OSError):
        if stat.S_IMODE(path.lstat().st_mode) != mode:
            path.chmod(mode)
