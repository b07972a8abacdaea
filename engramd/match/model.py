"""What goes into the assignment of titles to episodes, and what comes out: plain values, light to import."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engramd.errors import EngramError

TrackKind = Literal["bitmap", "text", "caption", "speech"]
Verdict = Literal["matched", "review"]
Lacking = Literal["", "references", "evidence"]


class MatchFailed(EngramError):
    """The matcher itself failed (not: it found nothing)."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class Track(_Value):
    """One subtitle or caption track of a ripped title.

    `starts` and `ends` are in seconds from the start of the title, sorted by start; `texts` is empty for
    bitmap tracks, else as long as `starts`. `rolling` marks roll-up captions, whose start times follow the
    typing and not the speech. `stream` is the index in the file. `widths` are the widths of a bitmap track's
    pictures in pixels (0 where one is not known), as long as `starts` or empty.
    """

    kind: TrackKind
    codec: str
    language: str | None = None
    name: str = ""
    default: bool = False
    forced: bool = False
    commentary: bool = False
    rolling: bool = False
    starts: tuple[float, ...] = ()
    ends: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    stream: int = -1
    widths: tuple[int, ...] = ()

    def describe(self) -> str:
        """Name the track for a person: `eng captions (eia_608, 354 cues)`."""
        kind = {"caption": "captions", "speech": "speech"}.get(self.kind, "subtitles")
        return f"{self.language or ''} {kind} ({self.codec}, {len(self.starts)} cues)".strip()


class Sound(_Value):
    """One audio stream of a ripped title; `stream` is its index in the file."""

    stream: int
    language: str | None = None
    default: bool = False
    commentary: bool = False


class Evidence(_Value):
    """Everything that one ripped file says about itself.

    `duration` in seconds; `chapters` are their starts in seconds; `path` is where the words that are not in
    the tracks yet (pictures, speech) can be read.
    """

    source: str
    duration: float
    tracks: tuple[Track, ...] = ()
    sounds: tuple[Sound, ...] = ()
    chapters: tuple[float, ...] = ()

    @property
    def path(self) -> Path:
        """The file itself."""
        return Path(self.source)


class TrackSummary(_Value):
    """A track without its cues."""

    kind: TrackKind
    codec: str
    language: str | None
    cues: int
    forced: bool
    commentary: bool
    has_text: bool


class EvidenceSummary(_Value):
    """What was found in a ripped file; the cues are in the file `path`."""

    path: Path
    duration: float
    tracks: tuple[TrackSummary, ...] = ()


class TitleToMatch(_Value):
    """One title of the disc.

    `duration` in seconds (0: as the evidence says). `order` is the place on the disc, used only to name
    oddities. `pinned` is an episode that somebody has already decided; it is taken out of the pool. `trouble`
    says why there is no evidence.
    """

    title_index: int
    evidence: Path | None
    duration: float = 0.0
    order: int | None = None
    pinned: str | None = None
    trouble: str = ""


class KnownEpisode(_Value):
    """An episode that a database lists; `minutes` is its runtime there, 0 where it says none."""

    season: int
    number: int
    name: str = ""
    minutes: float = 0.0


class Reading(_Value):
    """How words in pictures and in speech are read; paths of programs and models, None: found by itself."""

    pictures: bool = True
    speech: bool = True
    tesseract: Path | None = None
    speech_model: Path | None = None


class MatchRequest(_Value):
    """One disc to assign.

    `show` None searches every show and needs two titles that agree; `also` are other names of it, for folders
    that are called so. `season` None scores all seasons.
    `references` is the folder that holds one folder per show; with `direct` it is itself the show's folder.
    `folders` are further folders of references of this very show. `roster` is what a database lists of it,
    and `taken` are the episodes that other discs hold: they help to order candidates and to say what is odd,
    and overrule nothing. `threshold` is the confidence from which a match needs no person. `reading` says
    what may be done for words that are not in the evidence yet. With `separate` each title is judged as if it
    were the only one of its disc.
    """

    references: Path
    show: str | None = None
    also: tuple[str, ...] = ()
    year: int | None = None
    season: int | None = None
    titles: tuple[TitleToMatch, ...] = ()
    threshold: float = Field(default=0.95, ge=0.5, le=1.0)
    cache: Path | None = None
    direct: bool = False
    folders: tuple[Path, ...] = ()
    roster: tuple[KnownEpisode, ...] = ()
    taken: tuple[str, ...] = ()
    reading: Reading = Reading()
    separate: bool = False


class Part(_Value):
    """An episode inside a title that holds several, from `begin` to `end` (seconds of the title)."""

    episode: str
    begin: float
    end: float


class PartOf(_Value):
    """The episode that a title is a part of, with other titles of its disc that make the whole of it.

    It is part `number` of `count`, in order of time, from `begin` to `end` (seconds of the reference), which
    its times say by `z`. `is_clear` if nothing speaks against it; `confidence` is 0 to 1.
    """

    episode: str
    number: int
    count: int
    begin: float
    end: float
    z: float
    confidence: float
    is_clear: bool = False


class Candidate(_Value):
    """An episode that a title may be, `confidence` 0 to 1; `evidence` are the scores, by name."""

    episode: str
    confidence: float
    reason: str
    evidence: dict[str, float | str] = {}


class TitleMatch(_Value):
    """What one title is: `episode` is `S01E02`, a range `S01E01-E02`, a set `S01E01+E04`, or None.

    `play_all` marks a title that holds episodes which other titles of the disc hold too. `parts` are where
    the episodes of a title with several of them lie. `part_of` is the episode that it is a part of, where
    other titles of the disc are the rest; the verdict is review then, since only a person knows whether such
    titles are to be filed so.
    """

    title_index: int
    verdict: Verdict
    episode: str | None = None
    confidence: float = 0.0
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()
    lacking: Lacking = ""
    play_all: bool = False
    parts: tuple[Part, ...] = ()
    part_of: PartOf | None = None


class MatchResult(_Value):
    """The disc's titles in the order of the request.

    `show` is the folder whose references were used. `problems` are sentences about references. `lacking` is
    what would have to be there for any answer.
    """

    show: str | None = None
    titles: tuple[TitleMatch, ...] = ()
    problems: tuple[str, ...] = ()
    lacking: Lacking = ""
