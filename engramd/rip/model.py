"""What every ripping back end takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from engramd.discs.model import Disc, Title
from engramd.errors import EngramError
from engramd.tools import CancelToken


@dataclass(frozen=True)
class Progress:
    """How far a rip is: `fraction` from 0 to 1 (-1 unknown), bytes written, bytes per second of late."""

    fraction: float
    bytes: int
    bytes_per_second: float


@dataclass(frozen=True)
class Track:
    """A track of a finished file.

    `codec` is Matroska's codec id, `language` ISO 639-2 or BCP 47, or None. `seconds` is its length where the
    file says so; 0 means that the disc declares the track and never plays it.
    """

    number: int
    kind: Literal["video", "audio", "subtitle", "other"]
    codec: str
    language: str | None = None
    name: str = ""
    default: bool = True
    forced: bool = False
    commentary: bool = False
    seconds: float | None = None


@dataclass(frozen=True)
class RipResult:
    """A verified file: `duration` in seconds, `size` in bytes.

    `notes` are sentences about what differs from the disc without being a fault; `log_tail` is the end of
    what the program said.
    """

    path: Path
    duration: float
    size: int
    tracks: tuple[Track, ...]
    chapters: int = 0
    notes: tuple[str, ...] = ()
    log_tail: str = ""


class Backend(Protocol):
    """Reads titles off a disc into Matroska files without changing their streams."""

    def refuses(self, disc: Disc) -> EngramError | None:
        """Give the reason why this disc cannot be ripped: ProtectedDisc, ToolMissing, NotFound; else None."""
        ...

    def rip_title(
        self,
        disc: Disc,
        title: Title,
        target: Path,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken | None = None,
    ) -> RipResult:
        """Write one title to `target`, a name of its own for this attempt, and verify and sync it.

        Whatever fails, `target` does not remain. Raises what `refuses` gives, and RipFailed, NoSpace,
        NoMedium, Cancelled, InvalidArgument (the target exists).
        """
        ...
