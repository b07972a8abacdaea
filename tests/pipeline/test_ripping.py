"""The ripper beside others that decide about titles in the same moment."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from engramd.discs.model import Disc, Media, Title
from engramd.models import AppConfig, DiscTitle, TitleState
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.space import Ledger
from engramd.pipeline.staging import JobFolder
from engramd.tools import CancelToken
from tests.support.databases import Bench


class NothingLacks:
    """The parts of a ripper, whose titles are ruled out just before they begin."""

    def __init__(self, bench: Bench) -> None:
        self.store, self.hub, self.lifecycle = bench.store, bench.hub, bench.lifecycle
        self.settings, self.current = self, AppConfig()
        self.ruled_out = 0
        self._of_store = bench.store.titles
        bench.store.titles = self.titles  # type: ignore[method-assign]

    def wait(self, *_job: object, **_title: object) -> None:
        return

    def leave(self, _job_id: int) -> None:
        return

    def backend(self) -> NothingLacks:
        return self

    def name_for(self, _disc: Disc) -> str:
        return "open"

    def together(self, _disc: Disc, titles: list[Title], _cancel: CancelToken) -> list[Title]:
        return titles[:1]

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
    reviews = Reviews(sqlite_bench.store, sqlite_bench.hub)
    ripper = Ripper(cast(Parts, parts), reviews, Ledger(), lambda _job, _title: None)
    ripper._needs = parts  # type: ignore[assignment]
    title = Title(
        index=0, number=1, source_file="01", segment_map="1", segments=(), duration=1, size=1, streams=()
    )
    disc = Disc(source="x", media=Media.DVD, titles=(title, title))
    ripper.run(job.id or 0, disc, tmp_path, JobFolder(tmp_path), CancelToken())
    assert parts.ruled_out == 2, "the race did happen"
    assert {title.state for title in sqlite_bench.store.titles(job.id or 0)} == {TitleState.SKIPPED}
