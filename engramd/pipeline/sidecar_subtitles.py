"""Subtitles of a filed video as SubRip: captions as they are, pictures as a machine reads them."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from engramd.organize.sidecars import subtitle_name
from engramd.organize.srt import MACHINE_READ, SrtCue, srt_text
from engramd.pipeline.parts import Parts
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.match import Evidence, Track
    from engramd.match.reading import ChildReader

log = structlog.get_logger(__name__)

#: Pictures that are read before it is looked whether there is other work.
BATCH = 100
#: A track of which a machine could read fewer than this share of the pictures gives no file.
LEAST_READ = 0.5


@dataclass(frozen=True)
class Written:
    """A subtitle file to be: its name and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class _Words:
    """What a track says, with what its file's name tells."""

    track: Track
    cues: Sequence[SrtCue]


class SidecarSubtitles:
    """Reads filed videos, in children that step back behind all others. For any thread but the main loop."""

    def __init__(self, parts: Parts, stop: CancelToken) -> None:
        self._parts, self._stop = parts, stop

    def captions(self, video: Path) -> list[Written]:
        """Give the captions of a video (EIA-608 or EIA-708). Raises MatchFailed, Cancelled, ChildStuck."""
        tracks = [track for track in self._evidence(video).tracks if track.kind == "caption" and track.texts]
        words = [_Words(track, _cues(track, track.texts)) for track in tracks]
        return _written(video, words, machine_read=False)

    def pictures(self, video: Path, pause: Callable[[], None]) -> list[Written]:
        """Give what a machine reads in the picture subtitles of a video; `pause` is called now and then.

        Raises MatchFailed if none can be read, what `pause` raises, Cancelled, ChildStuck.
        """
        evidence = self._evidence(video)
        tracks = [track for track in evidence.tracks if track.kind == "bitmap" and track.starts]
        words, refused = [], None
        for track in tracks:
            from engramd.match import MatchFailed

            try:
                words.append(_Words(track, _cues(track, self._read(evidence, track, pause))))
            except MatchFailed as error:
                refused = error
                log.warning("picture subtitles were not read", file=video.name, why=str(error))
        if refused is not None and not words:
            raise refused
        enough = [one for one in words if len(one.cues) >= LEAST_READ * len(one.track.starts)]
        return _written(video, enough, machine_read=True)

    def _read(self, evidence: Evidence, track: Track, pause: Callable[[], None]) -> list[str]:
        reader, texts = self._reader(), list[str]()
        for first in range(0, len(track.starts), BATCH):
            pause()
            numbers = range(first, min(first + BATCH, len(track.starts)))
            texts += reader.pictures(evidence, track, numbers, [track.language] if track.language else [])
        return texts

    def _reader(self) -> ChildReader:
        from engramd.match import Reading
        from engramd.match.reading import ChildReader

        tesseract = self._parts.settings.current.tesseract_path
        reading = Reading(tesseract=Path(tesseract) if tesseract else None)
        return ChildReader(self._parts.tools, reading, self._stop)

    def _evidence(self, video: Path) -> Evidence:
        from engramd.match import Evidence, collect_evidence

        self._parts.paths.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._parts.paths.cache, prefix="sidecars-") as folder:
            out = Path(folder) / "evidence.json"
            collect_evidence(self._parts.tools, video, out, cancel=self._stop)
            return Evidence.model_validate_json(out.read_bytes())


def _cues(track: Track, texts: Sequence[str]) -> list[SrtCue]:
    rows = zip(track.starts, track.ends, texts, strict=True)
    return [SrtCue(start, end, text) for start, end, text in rows if text.strip()]


def _written(video: Path, words: Sequence[_Words], *, machine_read: bool) -> list[Written]:
    return [
        Written(name, srt_text(one.cues, MACHINE_READ if machine_read else ""))
        for name, one in zip(_names(video, words, machine_read=machine_read), words, strict=True)
        if one.cues
    ]


def _names(video: Path, words: Sequence[_Words], *, machine_read: bool) -> Iterator[str]:
    """Give a name for each; tracks that would be called alike are numbered."""
    used: Counter[str] = Counter()
    for one in words:
        track = one.track
        language = _language(one)
        kind = f"{language} {track.forced} {track.commentary}"
        used[kind] += bool(one.cues)
        yield subtitle_name(
            video,
            language,
            forced=track.forced,
            impaired=track.kind == "caption",
            machine_read=machine_read,
            commentary=track.commentary,
            number=max(used[kind], 1),
        )


def _language(one: _Words) -> str | None:
    """Give the language that a track is marked with, else the one that its words are in."""
    from engramd.match.language import guess

    marked = one.track.language if one.track.language not in ("und", "mis", "mul", "zxx") else None
    return marked or guess(cue.text for cue in one.cues)
