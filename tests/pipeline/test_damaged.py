"""Damaged titles from the question to the answer, on a real database."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from engramd.errors import WrongState
from engramd.models import ContentType, DiscTitle, JobState, ReviewKind, RipOutcome, TitleState
from engramd.pipeline.damaged import MOST_TRIES, DamagedTitles
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.identifying import Identifier
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import TitleSteps
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.runs import DiscRun, Place
from engramd.pipeline.stops import Stop
from engramd.rip import TitleDamaged, TitleStalled
from engramd.tools import CancelToken
from tests.support.databases import Bench


class Desk:
    """The damaged titles of one job that rips."""

    def __init__(self, bench: Bench, **job: object) -> None:
        self.bench = bench
        parts = cast(Parts, bench)
        self.reviews = Reviews(bench.store, bench.hub)
        self.damaged = DamagedTitles(parts, self.reviews)
        self.ripped: list[int] = []
        self.steps = TitleSteps(parts, lambda _job, title: self.ripped.append(title.title_index))
        self.job = bench.job(**job)
        self.title = bench.titles(self.job)[0]
        bench.lifecycle.move_job(self.job.id or 0, JobState.RIPPING, "ripping begins")

    def fail(self, error: TitleDamaged | TitleStalled) -> DiscTitle:
        """Have the title begin, and be asked about."""
        assert self.steps.begin(self.title, "open")
        self.damaged.ask(self.title, error)
        return self.now()

    def now(self) -> DiscTitle:
        """Give the title as it is stored."""
        return self.bench.store.need_title(self.job.id or 0, 0)


@pytest.fixture
def desk(bench: Bench) -> Desk:
    return Desk(bench, drive_identity="ENG1", content_type=ContentType.MOVIE)


def damaged(partial: Path | None = None) -> TitleDamaged:
    return TitleDamaged(
        "the disc cannot be read", why="bad", read_errors=3, missing_bytes=12_000_000, partial=partial
    )


def test_the_question_says_how_much_is_missing_and_what_can_be_done(desk: Desk, tmp_path: Path) -> None:
    title = desk.fail(damaged(tmp_path / "a.partial.mkv"))
    assert (title.state, title.rip_outcome, title.read_errors) == (TitleState.REVIEW, RipOutcome.DAMAGED, 3)
    [task] = desk.bench.store.open_reviews(desk.job.id)
    assert (task.kind, task.needs_disc, task.title_id) == (ReviewKind.DAMAGED, True, title.id)
    for words in ("3 places", "12.0 MB", "Clean the disc", "any drive", "what could be read"):
        assert words in f"{task.question} {task.why}"
    assert len(task.summary) <= 120


def test_nothing_is_offered_to_keep_where_nothing_could_be_read(desk: Desk) -> None:
    desk.fail(TitleStalled("given up", why="nothing moved for 20 minutes"))
    [task] = desk.bench.store.open_reviews(desk.job.id)
    assert "could be read" not in task.question
    assert "nothing moved" in task.why
    assert desk.now().rip_outcome is RipOutcome.STALLED
    with pytest.raises(WrongState, match="nothing could be read"):
        desk.damaged.keep(desk.steps, desk.job, desk.now(), "uid 1000")


def test_an_image_is_not_cleaned(bench: Bench) -> None:
    desk = Desk(bench)
    desk.fail(damaged())
    [task] = bench.store.open_reviews(desk.job.id)
    assert "Make the image again" in task.question


def test_a_title_is_read_again_and_its_file_with_gaps_stays_until_then(desk: Desk, tmp_path: Path) -> None:
    partial = str(tmp_path / "a.partial.mkv")
    desk.fail(damaged(Path(partial)))
    [title] = desk.damaged.come_back(desk.job.id or 0)
    desk.damaged.again(title, "the disc is back")
    assert (desk.now().state, desk.now().staging_file) == (TitleState.PENDING, partial)
    assert desk.bench.store.open_reviews(desk.job.id) == []
    assert desk.damaged.of(desk.job.id or 0) == []


def test_a_disc_that_comes_back_again_and_again_is_not_read_for_ever(desk: Desk) -> None:
    for _ in range(MOST_TRIES):
        desk.title = desk.now()
        desk.fail(damaged())
        for title in desk.damaged.of(desk.job.id or 0)[:1]:
            if title.rip_attempts < MOST_TRIES:
                desk.damaged.again(title, "the disc is back")
    assert desk.damaged.come_back(desk.job.id or 0) == []
    assert len(desk.damaged.of(desk.job.id or 0)) == 1, "a person can still ask for it"


def test_what_could_be_read_is_handed_on_as_what_it_is(desk: Desk, tmp_path: Path) -> None:
    desk.fail(damaged(tmp_path / "a.partial.mkv"))
    desk.damaged.keep(desk.steps, desk.job, desk.now(), "uid 1000")
    title = desk.now()
    assert title.state is TitleState.MATCHED
    assert "kept with gaps" in (title.error_message or "")
    assert desk.ripped == [0]
    assert desk.bench.store.open_reviews(desk.job.id) == []


def test_a_question_that_a_crash_left_out_is_asked_at_the_next_start(desk: Desk) -> None:
    desk.fail(damaged())
    [task] = desk.bench.store.open_reviews(desk.job.id)
    desk.damaged.mend(desk.job)
    assert len(desk.bench.store.reviews(desk.job.id or 0)) == 1, "it is asked already"
    task.title_id = None
    desk.bench.store.save(task)
    desk.damaged.mend(desk.job)
    kinds = [t.kind for t in desk.bench.store.open_reviews(desk.job.id) if t.title_id == desk.title.id]
    assert kinds == [ReviewKind.DAMAGED]


def test_one_that_is_left_out_after_a_second_try_is_asked_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.damaged.again(desk.fail(damaged()), "the disc is back")
    desk.title = desk.now()
    with monkeypatch.context() as killed:
        killed.setattr(desk.reviews, "ask", lambda *_words, **_more: None)
        assert desk.fail(damaged()).state is TitleState.REVIEW
    assert desk.bench.store.open_reviews(desk.job.id) == []
    desk.damaged.mend(desk.job)
    desk.damaged.mend(desk.job)
    assert [t.title_id for t in desk.bench.store.open_reviews(desk.job.id)] == [desk.title.id]
    assert len(desk.bench.store.reviews(desk.job.id or 0)) == 2


def test_one_that_was_kept_and_waits_for_its_episode_is_not_asked_as_damaged(
    desk: Desk, tmp_path: Path
) -> None:
    desk.fail(damaged(tmp_path / "a.partial.mkv"))
    desk.damaged.keep(desk.steps, desk.job, desk.now(), "uid 1000")
    desk.bench.lifecycle.move_title(desk.now(), TitleState.REVIEW, "which episode is it?")
    desk.damaged.mend(desk.job)
    assert desk.damaged.unsettled(desk.job.id or 0) == []
    assert desk.bench.store.open_reviews(desk.job.id) == []


class Killed(BaseException):
    """The daemon is killed at this place."""


def kill(*_words: object, **_more: object) -> None:
    raise Killed


@pytest.mark.parametrize("step", ["close", "move_title"])
def test_a_kill_while_a_title_is_to_be_read_again_leaves_it_asked_or_pending(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    title = desk.fail(damaged())
    with monkeypatch.context() as killed:
        killed.setattr(desk.reviews if step == "close" else desk.bench.lifecycle, step, kill)
        with pytest.raises(Killed):
            desk.damaged.again(title, "the disc is back")
    desk.damaged.mend(desk.job)
    found = (desk.now().state, len(desk.bench.store.open_reviews(desk.job.id)))
    assert found == ((TitleState.PENDING, 0) if step == "close" else (TitleState.REVIEW, 1))


def test_a_title_that_is_read_again_fails_in_no_moment(desk: Desk) -> None:
    desk.damaged.again(desk.fail(damaged()), "the disc is back")
    moves = [(e.old, e.new) for e in desk.bench.store.events(desk.job.id or 0) if e.kind == "title"]
    assert moves[-1] == ("review", "pending")


def test_a_title_that_is_read_again_is_not_kept_in_the_same_moment(desk: Desk, tmp_path: Path) -> None:
    desk.fail(damaged(tmp_path / "a.partial.mkv"))
    desk.damaged.again(desk.now(), "the disc is back")
    with pytest.raises(WrongState, match="pending"):
        desk.damaged.keep(desk.steps, desk.job, desk.now(), "uid 1000")
    assert desk.now().state is TitleState.PENDING


def test_an_earlier_file_without_gaps_is_kept_as_that(desk: Desk, tmp_path: Path) -> None:
    whole = tmp_path / "title-001.attempt-1.mkv"
    whole.touch()
    desk.bench.lifecycle.update_title(desk.title, staging_file=str(whole))
    desk.fail(damaged(tmp_path / "title-001.attempt-2.partial.mkv"))
    [task] = desk.bench.store.open_reviews(desk.job.id)
    assert "keep the file of an earlier rip" in task.question
    desk.damaged.keep(desk.steps, desk.job, desk.now(), "uid 1000")
    title = desk.now()
    assert (title.staging_file, title.rip_outcome, title.error_message) == (
        str(whole),
        RipOutcome.SAVED,
        None,
    )


@pytest.mark.parametrize("dismissed", [False, True])
def test_a_job_that_is_cancelled_at_its_disc_leaves_no_question(desk: Desk, dismissed: bool) -> None:
    desk.fail(damaged())
    [task] = desk.bench.store.open_reviews(desk.job.id)
    if dismissed:
        desk.reviews.close_task(task, None, "uid 1000")
    ended: list[int] = []
    run = DiscRun(
        cast(Parts, desk.bench),
        cast(Identifier, None),
        cast(Ripper, SimpleNamespace(damaged=desk.damaged)),
        cast(Finisher, SimpleNamespace(submit=ended.append)),
        desk.reviews,
    )
    cancel = CancelToken()
    cancel.cancel(Stop.CANCELLED)
    run.run(desk.job.id or 0, Place(Path("/dev/sr0")), cancel)
    assert desk.now().state is TitleState.SKIPPED
    assert desk.bench.store.open_reviews(desk.job.id) == []
    assert ended == [desk.job.id]


def test_a_question_that_a_person_dismissed_is_not_asked_again(desk: Desk) -> None:
    desk.fail(damaged())
    [task] = desk.bench.store.open_reviews(desk.job.id)
    desk.reviews.close_task(task, None, "uid 1000")
    desk.damaged.mend(desk.job)
    assert desk.bench.store.open_reviews(desk.job.id) == []
