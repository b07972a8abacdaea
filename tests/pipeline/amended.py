"""Filed titles that a person corrects: real files in real libraries, a real database, and no drive."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from engramd.lifecycle import Lifecycle
from engramd.models import DiscTitle, JobState
from engramd.organize import relocating
from engramd.pipeline.amending import Amender
from engramd.pipeline.changes import Changes
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.title_answers import TitleAnswers
from engramd.store.changes import ChangeRows
from engramd.tools import CancelToken
from tests.pipeline.filed import FilingBench
from tests.support.databases import Bench

ACTOR = "uid 1000"


class NobodyAtWork:
    """In the place of the finisher: no title is matched or filed meanwhile; notes whose job is to go on."""

    def __init__(self) -> None:
        self.submitted: list[int] = []

    @contextlib.contextmanager
    def holding(self, job_ids: Iterable[int]) -> Iterator[None]:
        """Nobody has it."""
        yield

    def submit(self, job_id: int) -> None:
        """Note it."""
        self.submitted.append(job_id)


class NoProposals:
    """In the place of the proposer: nothing is proposed for these discs."""

    def renew(self, job_id: int) -> None:
        """Do nothing."""

    def renew_others(self, job_id: int) -> None:
        """Do nothing."""


class AmendBench(FilingBench):
    """Jobs of which something is filed, and who corrects that."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        super().__init__(bench, folder)
        self.folder = folder
        self.start()

    def start(self) -> None:
        """Build what corrects, as a start of the daemon does."""
        parts, self.finisher = cast(Parts, self), NobodyAtWork()
        finisher = cast(Finisher, self.finisher)
        self.stop = CancelToken()
        self.changes = Changes(parts, self.libraries, finisher, self.reviews, lambda: self.staging, self.stop)
        self.amender = Amender(parts, self.libraries, self.changes)
        self.answers = TitleAnswers(parts, self.reviews, finisher, cast(Proposer, NoProposals()))
        self.answers.amend_with(self.amender, self.changes)
        self.rows = ChangeRows(self.store)

    def season(self, count: int, **job: Any) -> int:
        """Give a completed job with so many filed episodes of season 1."""
        values = {"content_type": "tv", "detected_title": "Harbor Station", "detected_season": 1} | job
        row = self._bench.job(volume_label="HS1", **values)
        job_id = row.id or 0
        self.lifecycle.update_job(job_id, staging_folder=str(self.staging / f"job-{job_id}"))
        titles = self._bench.titles(row, count)
        self.lifecycle.move_job(job_id, JobState.RIPPING, "a test")
        for number, title in enumerate(titles, 1):
            self._matched(title, f"S01E{number:02d}", seconds=1 + number)
            self.filed(title)
        self.lifecycle.move_job(job_id, JobState.COMPLETED, "a test")
        return job_id

    def _matched(self, title: DiscTitle, code: str, *, seconds: float) -> None:
        for state in ("ripping", "matching"):
            self.lifecycle.move_title(title, type(title.state)(state), "a test")
        self.lifecycle.move_title(
            title, type(title.state)("matched"), "a test", matched_episode=code, role="episode"
        )
        self.ripped(title, seconds=seconds)

    def contents(self, root: Path | None = None) -> dict[str, int]:
        """Give what each file of a library holds: its inode, which no rename changes."""
        root = root or self.tv
        return {path: (root / path).stat().st_ino for path in self.in_library(root)}

    def hidden(self) -> list[str]:
        """Give what a change left behind under hidden names."""
        return [path.name for path in self.folder.rglob(".engramd-change-*")]

    def titles_of(self, job_id: int) -> dict[int, tuple[str, str | None, str]]:
        """Give what each title is: state, episode, and the name of its file."""
        return {
            title.title_index: (title.state.value, title.matched_episode, Path(title.organized_to or "").name)
            for title in self.store.titles(job_id)
        }


class Killed(BaseException):
    """The daemon ends here: nothing after this is done."""


def killed_at(call: int, task: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do something, and die before or after one of the steps that leave something; tell whether it did.

    Steps are the moves of files, the notes of them, and what is written of a change.
    """
    left = [call]

    def step() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            step()
            result = function(*arguments, **options)
            step()
            return result

        return run

    with monkeypatch.context() as patch:
        patch.setattr(relocating, "_move", dying(relocating._move))
        patch.setattr(Lifecycle, "amend", dying(Lifecycle.amend))
        for name in ("add", "save", "note_step"):
            patch.setattr(ChangeRows, name, dying(getattr(ChangeRows, name)))
        try:
            task()
        except Killed:
            return True
    return False


def episode(number: int) -> str:
    """Give the path of an episode in the library."""
    return f"Harbor Station/Season 01/Harbor Station - S01E{number:02d}.mkv"
