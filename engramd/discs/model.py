"""What is on a disc: plain immutable values, the same for DVD and Blu-ray, ready to be sent as JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Media(StrEnum):
    """Kinds of media, as the drive interface of the bus names them."""

    DVD = "dvd"
    BLURAY = "bluray"
    UHD = "uhd"
    AUDIO = "audio"
    DATA = "data"
    BLANK = "blank"
    UNCLOSED = "unclosed"
    NONE = "none"


class Protection(StrEnum):
    """Result of the protection check; `UNKNOWN` (undecided) counts as protected."""

    NONE = "none"
    CSS = "css"
    AACS = "aacs"
    UNKNOWN = "unknown"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class Stream(_Value):
    """One elementary stream of a title.

    `language` is ISO 639-2/B where the disc names one (`eng`, `fre`), else None. `stream_id` is the PID
    (Blu-ray) or the (sub)stream id (DVD). A `core` is the lossy sound inside the lossless stream before it
    (the AC-3 of a TrueHD, the DTS of a DTS-HD), which a back end gives as a track of its own.
    """

    kind: Literal["video", "audio", "subtitle"]
    codec: str
    stream_id: int
    language: str | None = None
    channels: int | None = None
    commentary: bool = False
    audio_description: bool = False
    forced: bool = False
    core: bool = False


class Segment(_Value):
    """A piece of a disc that titles share: a DVD cell or a Blu-ray clip.

    Two titles whose segments have equal `key`s play the same sectors. `duration` in seconds, `size` in bytes.
    """

    key: str
    duration: float
    size: int


class Title(_Value):
    """One title (DVD) or playlist (Blu-ray).

    `index` is the 0-based place in this scan. `number` is what the disc calls it: the DVD title number
    from 1, or the playlist number. `duration` and `chapters` (starts) are in seconds, `size` in bytes.
    `comment` is the label that the disc's author gave the title (`FPL_MainFeature`, `EPL_2`, `B1`), where
    a scan shows it (MakeMKV's attribute 49).
    """

    index: int
    number: int
    source_file: str
    segment_map: str
    segments: tuple[Segment, ...]
    duration: float
    size: int
    chapters: tuple[float, ...] = ()
    streams: tuple[Stream, ...] = ()
    angles: int = 1
    width: int = 0
    height: int = 0
    comment: str = ""

    @property
    def resolution(self) -> str:
        """The usual short name: `4K`, `1080p`, `720p`, `576p`, `480p` or an empty string."""
        for least, name in ((2000, "4K"), (1000, "1080p"), (700, "720p"), (560, "576p"), (200, "480p")):
            if self.height >= least:
                return name
        return ""


class DiscFile(_Value):
    """A file on the disc: path with `/`, as stored, and size in bytes."""

    path: str
    size: int


class Disc(_Value):
    """A disc, image or folder as it was read.

    `disc_name` is the name in the Blu-ray's own metadata, where there is one. `problems` are sentences about
    what could not be read; a disc with problems may lack titles.
    """

    source: str
    media: Media
    label: str = ""
    disc_name: str = ""
    content_hash: str | None = None
    protection: Protection = Protection.NONE
    protection_reason: str = ""
    titles: tuple[Title, ...] = ()
    files: tuple[DiscFile, ...] = ()
    problems: tuple[str, ...] = ()
