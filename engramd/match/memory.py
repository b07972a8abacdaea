"""Keeps what was read of pictures and heard of speech beside a title's evidence, so that it is read once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ValidationError

from engramd import durable
from engramd.match.subtitles import Cue
from engramd.match.titles import OpenTitle


class _Kept(BaseModel):
    stamp: int
    model: str = ""
    stream: int = -1
    pictures: dict[int, str] = {}
    windows: list[tuple[float, float]] = []
    heard: list[tuple[float, float, str]] = []


class WordsMemory:
    """The words of one title in a file of their own; one that cannot be read or written is no fault.

    What was heard with another speech model (`model`, None: there was none) is forgotten, so that a better
    one is listened with.
    """

    def __init__(self, title: OpenTitle, model: Path | None = None) -> None:
        self._title = title
        self._model = str(model or "")
        evidence = title.asked.evidence
        self._evidence = evidence
        self._file = evidence.with_name(f"{evidence.name}.words") if evidence else None

    def recall(self) -> None:
        """Give the title the words that were kept, if they are of this very evidence."""
        if self._file is None:
            return
        try:
            kept = _Kept.model_validate_json(self._file.read_bytes())
        except (OSError, ValidationError):
            return
        if kept.stamp != self._stamp():
            return
        pictured = self._title.chosen.pictured
        if pictured is not None and pictured.stream == kept.stream:
            self._title.pictures = {n: t for n, t in kept.pictures.items() if n < len(pictured.starts)}
        if kept.model == self._model:
            self._title.windows = list(kept.windows)
            self._title.heard = [Cue(*row) for row in kept.heard]

    def keep(self) -> None:
        """Write down all words that the title has now."""
        if self._file is None:
            return
        pictured = self._title.chosen.pictured
        kept = _Kept(
            stamp=self._stamp(),
            model=self._model,
            stream=pictured.stream if pictured else -1,
            pictures=self._title.pictures,
            windows=self._title.windows,
            heard=[(cue.start, cue.end, cue.text) for cue in self._title.heard],
        )
        with suppress(OSError):
            durable.write(self._file, kept.model_dump_json().encode())

    def _stamp(self) -> int:
        try:
            return self._evidence.stat().st_mtime_ns if self._evidence else 0
        except OSError:
            return 0
