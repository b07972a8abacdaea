"""What every ripping back end takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from engramd.discs.model import Disc, Title
from engramd.errors import EngramError, RipFailed
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.rip.passes import PassListener, Wanted
    from engramd.rip.tracks import TrackPolicy

#: How the name of a file ends that holds but what could be read of a title.
PARTIAL = ".partial.mkv"


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
    what the program said; `read_errors` counts places that could not be read at once, and were in the end.
    `backend` names the back end that read the title, where several were there to choose from.
    """

    path: Path
    duration: float
    size: int
    tracks: tuple[Track, ...]
    chapters: int = 0
    notes: tuple[str, ...] = ()
    log_tail: str = ""
    read_errors: int = 0
    backend: str = ""


class _Incomplete(RipFailed):
    """A title of which not all could be read.

    `read_errors` counts the bad places, `missing_bytes` is what they lack (0: unknown). `partial` is a
    playable file of what could be read, None where there is none. `message_code` is MakeMKV's message, 0 for
    other back ends.
    """

    def __init__(
        self,
        what: str,
        *,
        where: object = "",
        why: object = "",
        remedy: str = "",
        read_errors: int = 0,
        missing_bytes: int = 0,
        partial: Path | None = None,
        message_code: int = 0,
    ) -> None:
        super().__init__(what, where=where, why=why, remedy=remedy)
        self.read_errors, self.missing_bytes = read_errors, missing_bytes
        self.partial, self.message_code = partial, message_code


class NotOffered(RipFailed):
    """MakeMKV's scan does not offer a title that the disc's own tables name."""


class TitleDamaged(_Incomplete):
    """Places of a title cannot be read."""


class TitleStalled(_Incomplete):
    """A title was given up, since nothing new came of it for too long; it may go better later."""


class TitleFailed(RipFailed):
    """MakeMKV did not rip a title; `message_code` is its message that says why, 0 where there is none."""

    def __init__(
        self,
        what: str,
        *,
        where: object = "",
        why: object = "",
        remedy: str = "",
        message_code: int = 0,
    ) -> None:
        super().__init__(what, where=where, why=why, remedy=remedy)
        self.message_code = message_code


def partial_of(target: Path) -> Path:
    """Name the file that keeps what could be read of a damaged title."""
    return target.with_suffix(PARTIAL)


def is_partial(file: Path) -> bool:
    """Tell by its name whether a file is only what could be read of a title."""
    return file.name.endswith(PARTIAL)


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
        tracks: TrackPolicy | None = None,
        rescue_folder: Path | None = None,
    ) -> RipResult:
        """Write one title to `target`, a name of its own for this attempt, and verify and sync it.

        The title's streams are those that are kept; `tracks` is the policy that chose them, for a back end
        that chooses by itself. What a damaged disc still gives is kept in `rescue_folder` for later attempts.

        Whatever fails, `target` does not remain. Raises what `refuses` gives, and RipFailed (TitleDamaged,
        TitleStalled), NoSpace, NoMedium, Cancelled, InvalidArgument (the target exists).
        """
        ...

    def together(self, disc: Disc, titles: Sequence[Title], cancel: CancelToken) -> Sequence[Title]:
        """Give those of the titles that are best ripped in one pass; the first one at least."""
        ...

    def size_together(self, disc: Disc, cancel: CancelToken) -> int:
        """Give the bytes that a pass writes at most, with the titles that nobody wants."""
        ...

    def rip_together(
        self,
        disc: Disc,
        wanted: Sequence[Wanted],
        listener: PassListener,
        cancel: CancelToken,
        *,
        tracks: TrackPolicy | None = None,
    ) -> None:
        """Rip titles in one pass. What it did not bring is not told, and is to be ripped title by title.

        Raises what is no fault of a title: what `refuses` gives, NoSpace, NoMedium, Cancelled.
        """
        ...
