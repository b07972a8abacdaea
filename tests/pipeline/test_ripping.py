"""The ripper beside others that decide about titles in the same moment."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from engramd.discs.model import Disc, Media
from engramd.models import DiscTitle, TitleState
from engramd.pipeline.parts import Parts
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.staging import JobFolder
from engramd.tools import CancelToken
from tests.support.databases import Bench


class NothingLacks:
    """The parts of a ripper, whose titles are ruled out just before they begin."""

    def __init__(self, bench: Bench) -> None:
        self.store, self.hub, self.lifecycle = bench.store, bench.hub, bench.lifecycle
        self.ruled_out = 0
        self._of_store = bench.store.titles
        bench.store.titles = self.titles  # type: ignore[method-assign]

    def wait(self, *_job: object) -> None:
        return

    def titles(self, job_id: int) -> list[DiscTitle]:
        seen, now = self._of_store(job_id), self._of_store(job_id)
        for title in now[self.ruled_out : self.ruled_out + 1]:
            if self.store.need_job(job_id).staging_folder and title.state is TitleState.PENDING:
                self.ruled_out += 1
                self.lifecycle.move_title(title, TitleState.SKIPPED, "it plays others")
        return seen


def test_a_title_that_is_ruled_out_in_this_moment_fails_no_job(sqlite_bench: Bench, tmp_path: Path) -> None:
    job = sqlite_bench.job()
    sqlite_bench.titles(job, 2)
    parts = NothingLacks(sqlite_bench)
    ripper = Ripper(cast(Parts, parts), lambda _job, _title: None)
    ripper._needs = parts  # type: ignore[assignment]
    disc = Disc(source="x", media=Media.DVD)
    ripper.run(job.id or 0, disc, tmp_path, JobFolder(tmp_path), CancelToken())
    assert parts.ruled_out == 2, "the race did happen"
    assert {title.state for title in sqlite_bench.store.titles(job.id or 0)} == {TitleState.SKIPPED}
