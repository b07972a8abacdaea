"""Has words read that no packet holds as text, in pictures and in speech: each time in a child of its own.

A reader that crashes, hangs or eats memory costs its own words, and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from engramd.match.model import Evidence, MatchFailed, Reading, Sound, Track
from engramd.match.subtitles import Cue
from engramd.tools import CancelToken, Outcome, Tools

#: Seconds; a hundred pictures take a few, a window of speech about as long as it lasts.
PICTURES_TIMEOUT = 300.0
SPEECH_TIMEOUT = 1200.0
REMEDY = "say which episode it is, or have it matched again; if it stays so, report it"
#: Children find this very package, installed or not, and nothing in the working folder.
ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_THREAD_LIMIT": "1"}


class PicturesWanted(BaseModel):
    """Which pictures of a bitmap track are to be read; `starts` are their cues' starts, in seconds.

    `languages` are ISO 639-2/B codes of what the words may be in, likeliest first.
    """

    model_config = ConfigDict(frozen=True)

    video: Path
    stream: int
    codec: str
    starts: tuple[float, ...]
    languages: tuple[str, ...] = ()
    tesseract: Path | None = None


class PicturesRead(BaseModel):
    """The texts, one for each picture that was asked for; empty where nothing could be read."""

    model_config = ConfigDict(frozen=True)

    texts: tuple[str, ...]


class SpeechWanted(BaseModel):
    """Which windows (begin and end, in seconds of the title) of an audio stream are to be listened to."""

    model_config = ConfigDict(frozen=True)

    video: Path
    stream: int
    windows: tuple[tuple[float, float], ...]
    language: str | None = None
    model: Path | None = None


class SpeechHeard(BaseModel):
    """What was said: begin, end (seconds of the title) and words; `engine` names what listened."""

    model_config = ConfigDict(frozen=True)

    cues: tuple[tuple[float, float, str], ...]
    engine: str


class Reader(Protocol):
    """Reads words on demand. Raises MatchFailed with the reason (no tesseract, no engine, a crash)."""

    def pictures(
        self, evidence: Evidence, track: Track, numbers: Sequence[int], languages: Sequence[str]
    ) -> list[str]:
        """Give the texts of the cues with these numbers (places in `track.starts`)."""
        ...

    def speech(
        self, evidence: Evidence, sound: Sound, windows: Sequence[tuple[float, float]]
    ) -> tuple[list[Cue], str]:
        """Give what is said in windows of the title, and the name of what listened."""
        ...


_Answer = TypeVar("_Answer", bound=BaseModel)


class ChildReader:
    """The reader that starts children."""

    def __init__(self, tools: Tools, reading: Reading, cancel: CancelToken | None = None) -> None:
        self._tools, self._reading, self._cancel = tools, reading, cancel

    def pictures(
        self, evidence: Evidence, track: Track, numbers: Sequence[int], languages: Sequence[str]
    ) -> list[str]:
        """See Reader."""
        wanted = PicturesWanted(
            video=evidence.path,
            stream=track.stream,
            codec=track.codec,
            starts=tuple(track.starts[number] for number in numbers),
            languages=tuple(languages),
            tesseract=self._reading.tesseract,
        )
        answer = self._run("pictures", wanted, PicturesRead, PICTURES_TIMEOUT)
        return list(answer.texts)

    def speech(
        self, evidence: Evidence, sound: Sound, windows: Sequence[tuple[float, float]]
    ) -> tuple[list[Cue], str]:
        """See Reader."""
        wanted = SpeechWanted(
            video=evidence.path,
            stream=sound.stream,
            windows=tuple(windows),
            language=sound.language,
            model=self._reading.speech_model,
        )
        answer = self._run("speech", wanted, SpeechHeard, SPEECH_TIMEOUT)
        return [Cue(*row) for row in answer.cues], answer.engine

    def _run(self, command: str, wanted: BaseModel, answer: type[_Answer], timeout: float) -> _Answer:
        outcome = self._tools.run(
            [sys.executable, "-P", "-m", "engramd.match", command],
            stdin=wanted.model_dump_json(),
            timeout=timeout,
            cancel=self._cancel,
            env=ENVIRONMENT,
            keep_output=True,
        )
        if outcome.timed_out:
            raise MatchFailed(f"the reader of {command} took too long", remedy=REMEDY)
        if outcome.returncode:
            raise _failed(command, outcome)
        try:
            return answer.model_validate_json(outcome.stdout)
        except ValidationError as error:
            raise MatchFailed(
                f"the reader of {command} gave no sensible answer", why=error, remedy=REMEDY
            ) from error


def _failed(command: str, outcome: Outcome) -> MatchFailed:
    """Say why a child failed; one that says so itself names its remedy too, one that crashed does not."""
    lines = outcome.stderr.strip().splitlines()
    told = outcome.returncode == 1 and lines and "Traceback" not in outcome.stderr
    why = lines[-1] if lines else f"exit code {outcome.returncode}"
    return MatchFailed(f"the reader of {command} failed", why=why, remedy="" if told else REMEDY)
