"""What filing a title remembers, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engramd.organize.atomic import Way
from engramd.organize.trash_entry import TrashEntry


@dataclass(frozen=True)
class Intent:
    """What is about to be filed: noted before the first step, so that a restart knows whose file it finds."""

    target: Path
    size: int


class Journal(Protocol):
    """The memory of one title's filing; it outlives a crash."""

    def intended(self) -> Intent | None:
        """Give the intent noted last, recorded or not, or None."""

    def intend(self, intent: Intent) -> None:
        """Note an intent in place of the earlier one; it is durable when this returns."""

    def recorded(self, target: Path) -> None:
        """Note that the file is complete in the library; it is durable when this returns."""


@dataclass(frozen=True)
class Filed:
    """The file is in the library, `bytes` large; `source_removed` is False if its old name is still there.

    `trashed` is what it replaced, as far as this call put it into the trash.
    """

    path: Path
    bytes: int
    way: Way
    source_removed: bool = True
    trashed: tuple[TrashEntry, ...] = ()


@dataclass(frozen=True)
class Conflict:
    """The library has another file of that name; sizes in bytes. The source is where it was."""

    path: Path
    bytes: int
    existing_bytes: int


@dataclass(frozen=True)
class Skipped:
    """The library has another file of that name, which is enough by policy. Nothing was changed."""

    path: Path
