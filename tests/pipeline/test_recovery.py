"""What a start makes of titles that were on their way when the daemon was killed, on a real database."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.models import DiscJob, JobState, Outcome, ReviewKind, RipOutcome, TitleState, WaitingFor
from engramd.models.base import utcnow
from engramd.pipeline.answers import Answers
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.deciding import SPLITTING
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposals import PROPOSED
from engramd.pipeline.recovery import Recovery
from engramd.pipeline.reviews import PARTS, PARTS_ENDING, Reviews
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


def test_an_image_on_a_share_that_does_not_answer_stops_no_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Start(bench, drive_identity=None, drive_id="/mnt/nas/film.iso")

    def stale(_: Path) -> bool:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(Path, "exists", stale)

    start.run()

    assert start.given == [("image", start.job_id)], "its own thread tells what is wrong"


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


def waiting(bench: Bench, source: str = "") -> Start:
    """Give a start that finds two titles in review, each with a file, and their job as it then is."""
    start = Start(bench, drive_identity="ENG1")
    for title in start.titles:
        bench.lifecycle.move_title(title, TitleState.MATCHING, "it was ripped", staging_file="/x.mkv")
        bench.lifecycle.move_title(title, TitleState.REVIEW, "nothing tells", match_source=source)
    bench.lifecycle.move_job(start.job_id, JobState.REVIEW_NEEDED, "titles wait for an answer")
    return start


def states(start: Start) -> list[TitleState]:
    return [title.state for title in start.bench.store.titles(start.job_id)]


def test_a_title_that_nothing_is_asked_about_is_compared_again_at_a_start(bench: Bench) -> None:
    """The daemon was killed between the answer `one by one` and the question about the second title."""
    start = waiting(bench)
    Reviews(bench.store, bench.hub).ask_episode(start.now(), start.titles[0], "a person wants that")
    start.run()
    assert states(start) == [TitleState.REVIEW, TitleState.MATCHING]
    assert start.given == [("files", start.job_id)]


def test_one_that_a_person_decided_is_filed_then(bench: Bench) -> None:
    """The daemon was killed after the question what the disc is was dismissed."""
    start = waiting(bench, source="user")
    reviews = Reviews(bench.store, bench.hub)
    reviews.ask(ReviewKind.IDENTITY, start.job_id, "Which show is it?")
    start.run()
    assert states(start) == [TitleState.REVIEW] * 2, "it is asked still"
    reviews.close(start.job_id, actor="uid 1000")
    start.run()
    assert states(start) == [TitleState.MATCHED] * 2


@pytest.mark.parametrize("source", [PROPOSED, PARTS])
def test_titles_of_one_question_stay_where_they_are(bench: Bench, source: str) -> None:
    start = waiting(bench, source)
    kind = ReviewKind.SEASON if source == PARTS else ReviewKind.EPISODE
    reviews = Reviews(bench.store, bench.hub)
    reviews.ask(kind, start.job_id, "Are they?", summary=f"Harbor Station: {PARTS_ENDING}")
    bench.lifecycle.move_job(start.job_id, JobState.MATCHING, "a further title waits for references")
    start.run()
    assert states(start) == [TitleState.REVIEW] * 2
    reviews.close_task(bench.store.open_reviews(start.job_id)[0], None, "uid 1000")
    start.run()
    assert states(start) == [TitleState.REVIEW] * 2, "a person dismissed it"


def test_a_dismissed_question_is_not_asked_again_by_a_start(bench: Bench) -> None:
    start = waiting(bench)
    reviews = Reviews(bench.store, bench.hub)
    for title in start.titles:
        reviews.ask_episode(start.now(), title, "nothing tells")
        reviews.close(start.job_id, title=title, actor="uid 1000")
    start.run()
    assert states(start) == [TitleState.REVIEW] * 2


def test_a_question_about_a_title_that_is_settled_is_closed_at_a_start(bench: Bench) -> None:
    """The daemon was killed between what became of the title and the end of its question."""
    start = waiting(bench)
    for title in start.titles:
        Reviews(bench.store, bench.hub).ask_episode(start.now(), title, "nothing tells")
    bench.lifecycle.move_title(start.titles[0], TitleState.SKIPPED, "a person does not want it")
    start.run()
    [left] = bench.store.open_reviews(start.job_id)
    assert left.title_id == start.titles[1].id
