"""What a start makes of titles that were on their way when the daemon was killed, on a real database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.models import DiscJob, JobState, Outcome, RipOutcome, TitleState, WaitingFor
from engramd.models.base import utcnow
from engramd.pipeline.answers import Answers
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.deciding import SPLITTING
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.parts import Parts
from engramd.pipeline.recovery import Recovery
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import TitleSteps
from engramd.rip import TitleDamaged
from tests.support.databases import Bench


class Start:
    """A start of the daemon with one unfinished job; notes who takes the job up."""

    def __init__(self, bench: Bench, **job: object) -> None:
        self.bench = bench
        parts = cast(Parts, bench)
        self.damaged = DamagedTitles(parts, Reviews(bench.store, bench.hub))
        self.steps = TitleSteps(parts, lambda _job, _title: None)
        self.job_id = bench.job(**job).id or 0
        self.titles = bench.titles(self.now(), 2)
        bench.lifecycle.move_job(self.job_id, JobState.RIPPING, "ripping begins")
        self.given: list[tuple[str, int]] = []
        files = SimpleNamespace(submit=self._note("files"), compare_again=self._note("files"))
        self._recovery = Recovery(parts, cast(Finisher, files), cast(Answers, files), self.damaged)

    def _note(self, who: str) -> Any:
        return lambda job_id: self.given.append((who, job_id))

    def now(self) -> DiscJob:
        """Give the job as it is stored."""
        return self.bench.store.need_job(self.job_id)

    def is_asked_about_a_damaged_title(self) -> None:
        """Have one title be filed and the other one be damaged, as a disc with a scratch leaves them."""
        first, second = self.titles
        self.bench.lifecycle.move_title(first, TitleState.SKIPPED, "a test needs one only")
        assert self.steps.begin(second, "open")
        self.damaged.ask(second, TitleDamaged("damaged", why="a scratch", read_errors=1))
        self.bench.lifecycle.move_job(self.job_id, JobState.REVIEW_NEEDED, "a title waits for an answer")

    def run(self, *, disc_is_there: bool = True) -> None:
        """Do what a start does."""

        def put(job: DiscJob) -> bool:
            self.given.append(("disc", job.id or 0))
            return disc_is_there

        self._recovery.undo_halves()
        self._recovery.before_drives(lambda job: self.given.append(("image", job.id or 0)))
        self._recovery.after_drives(lambda _job_id: False, put)


def test_a_title_that_was_ripping_is_told_as_interrupted(bench: Bench) -> None:
    start = Start(bench, drive_identity="ENG1")
    assert start.steps.begin(start.titles[0], "open")
    start.run()
    first, second = bench.store.titles(start.job_id)
    assert (first.state, first.rip_outcome) == (TitleState.PENDING, RipOutcome.INTERRUPTED)
    assert second.rip_outcome is None, "that one had not begun"


@pytest.mark.parametrize("drive", ["ENG1", None])
def test_a_job_that_was_about_to_read_a_title_again_is_taken_up(
    bench: Bench, drive: str | None, tmp_path: object
) -> None:
    start = Start(bench, drive_identity=drive, drive_id=str(tmp_path))
    start.is_asked_about_a_damaged_title()
    start.damaged.again(bench.store.need_title(start.job_id, 1), "the disc is back")
    start.run()
    assert start.now().state is JobState.RIPPING
    assert start.given == [("disc" if drive else "image", start.job_id)]


def test_one_whose_disc_is_gone_then_waits_for_it(bench: Bench) -> None:
    start = Start(bench, drive_identity="ENG1")
    start.is_asked_about_a_damaged_title()
    start.damaged.again(bench.store.need_title(start.job_id, 1), "the disc is back")
    start.run(disc_is_there=False)
    title = bench.store.need_title(start.job_id, 1)
    assert (title.state, title.waiting_for) == (TitleState.PENDING, WaitingFor.DISC)
    assert start.now().outcome is not Outcome.CANCELLED
    assert start.given[-1] == ("files", start.job_id)


def test_one_that_waits_for_its_disc_or_for_an_answer_stays_where_it_is(bench: Bench) -> None:
    start = Start(bench, drive_identity="ENG1")
    start.is_asked_about_a_damaged_title()
    start.run()
    assert start.now().state is JobState.REVIEW_NEEDED
    start.damaged.again(bench.store.need_title(start.job_id, 1), "somebody asked")
    title = bench.store.need_title(start.job_id, 1)
    bench.lifecycle.update_title(title, waiting_for=WaitingFor.DISC, waiting_since=utcnow())
    start.run()
    assert start.now().state is JobState.REVIEW_NEEDED
    assert [who for who, _ in start.given] == ["files", "files"]


def test_a_damaged_title_whose_question_was_dismissed_is_not_taken_for_a_ripped_one(bench: Bench) -> None:
    start = Start(bench, drive_identity="ENG1")
    start.is_asked_about_a_damaged_title()
    (task,) = bench.store.open_reviews(start.job_id)
    Reviews(bench.store, bench.hub).close_task(task, None, "uid 1000")
    bench.lifecycle.move_job(start.job_id, JobState.ORGANIZING, "the other titles are filed")
    start.run()
    assert bench.store.need_title(start.job_id, 1).state is TitleState.REVIEW


def test_a_title_that_is_to_be_split_is_split_still_while_others_wait(bench: Bench) -> None:
    """Its question is answered, so that nothing asks about it; the job waits for references of the other."""
    start = Start(bench, drive_identity="ENG1")
    for title in start.titles:
        bench.lifecycle.move_title(title, TitleState.MATCHING, "it was ripped", staging_file="/x.mkv")
    whole, other = start.titles
    bench.lifecycle.move_title(whole, TitleState.REVIEW, "it is split", match_source=SPLITTING)
    bench.lifecycle.update_title(other, waiting_for=WaitingFor.REFERENCES)
    bench.lifecycle.move_job(start.job_id, JobState.MATCHING, "the other one waits")
    start.run()
    title = bench.store.need_title(start.job_id, 0)
    assert (title.state, title.match_source) == (TitleState.REVIEW, SPLITTING)
