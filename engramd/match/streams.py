"""The streams of a file and their packets, whoever reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

StreamKind = Literal["video", "audio", "subtitle", "other"]

_COMMENTARY = re.compile(
    r"comment|komment|coment[aá]ri|komentar|koment[aá]ř|коммент|коментар|σχόλι|yorum|解説|コメンタリー|评论|評論|해설",
    re.IGNORECASE,
)
_FORCED = re.compile(
    r"\bforced|erzwungen|forcée?s?\b|forzad|forzat|forçad|gedwongen|tvungen|tvingad|pakotet|wymuszon|vynucen|форсир",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"\b(?:signs?|songs?)\b", re.IGNORECASE)
_FULL = re.compile(r"\b(?:full|dialog(?:ue)?s?|complete)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Stream:
    """One stream; `codec` is FFmpeg's name of it, `frame` the length of a picture in seconds."""

    index: int
    kind: StreamKind
    codec: str
    language: str | None = None
    name: str = ""
    default: bool = False
    forced: bool = False
    commentary: bool = False
    extradata: bytes = b""
    frame: float = 1001 / 30000

    @property
    def comments(self) -> bool:
        """Whether it is a commentary, by its flag or its name."""
        return self.commentary or bool(_COMMENTARY.search(self.name))

    @property
    def is_partial(self) -> bool:
        """Whether it holds forced subtitles or signs only, by its flag or its name."""
        signs = bool(_SIGNS.search(self.name)) and not _FULL.search(self.name)
        return self.forced or bool(_FORCED.search(self.name)) or signs


class Packet(NamedTuple):
    """A packet: its stream, time of presentation and length in seconds (0: not said), and what it holds."""

    stream: int
    at: float
    length: float
    data: bytes
