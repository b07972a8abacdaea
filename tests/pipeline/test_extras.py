"""Extras are asked about once a disc, and only where that is the policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engramd.errors import InvalidArgument
from engramd.models import ReviewKind, TitleState
from tests.pipeline.answering import ACTOR, AnsweringBench
from tests.support.databases import Bench


@pytest.fixture
def bench(sqlite_bench: Bench, tmp_path: Path) -> AnsweringBench:
    return AnsweringBench(sqlite_bench, tmp_path, extras_policy="ask")


def states(bench: AnsweringBench, job_id: int) -> list[TitleState]:
    return [title.state for title in bench.store.titles(job_id)]


def test_an_extra_never_asks_by_default(sqlite_bench: Bench, tmp_path: Path) -> None:
    bench = AnsweringBench(sqlite_bench, tmp_path)
    job = bench.extras(2)
    bench.go_on(job.id or 0)
    assert not bench.store.open_reviews()
    assert states(bench, job.id or 0) == [TitleState.COMPLETED] * 2


def test_one_question_is_asked_about_all_extras_and_an_episode_is_filed_meanwhile(
    bench: AnsweringBench,
) -> None:
    job = bench.extras(3)
    first = bench.store.titles(job.id or 0)[0]
    bench.add_title(first, title_index=3, matched_episode="S01E02", match_source="subtitles")
    bench.go_on(job.id or 0)
    [task] = bench.store.open_reviews()
    assert (task.kind, task.title_id) == (ReviewKind.EXTRA, None)
    assert "the 3 extras of Harbor Station" in task.question
    assert task.unanswered.startswith("The extras wait")
    assert states(bench, job.id or 0) == [*[TitleState.REVIEW] * 3, TitleState.COMPLETED]
    bench.go_on(job.id or 0)
    assert len(bench.store.open_reviews()) == 1


@pytest.mark.parametrize(("answer", "state"), [("keep", TitleState.COMPLETED), ("skip", TitleState.SKIPPED)])
def test_the_answer_is_for_all_of_them(bench: AnsweringBench, answer: str, state: TitleState) -> None:
    job = bench.extras(3)
    bench.go_on(job.id or 0)
    bench.answer(bench.asked(ReviewKind.EXTRA)[0], answer)
    assert states(bench, job.id or 0) == [state] * 3
    assert not bench.store.open_reviews()
    assert all(title.match_source == "user" for title in bench.store.titles(job.id or 0))


def test_each_is_asked_about_if_a_person_says_so(bench: AnsweringBench) -> None:
    job = bench.extras(2)
    bench.go_on(job.id or 0)
    bench.answer(bench.asked(ReviewKind.EXTRA)[0], "one_by_one")
    one, two = bench.asked(ReviewKind.EXTRA)
    assert (one.title_id is not None, "Extra 2" in two.question) == (True, True)
    bench.answer(one, "extra")
    bench.answer(two, "skip")
    assert states(bench, job.id or 0) == [TitleState.COMPLETED, TitleState.SKIPPED]


def test_another_answer_is_refused(bench: AnsweringBench) -> None:
    bench.go_on(bench.extras(1).id or 0)
    with pytest.raises(InvalidArgument, match="keep, skip or one_by_one"):
        bench.answer(bench.asked(ReviewKind.EXTRA)[0], "perhaps")
    assert bench.asked(ReviewKind.EXTRA)


def test_the_answer_for_the_set_answers_its_other_discs_those_that_come_later_too(
    bench: AnsweringBench,
) -> None:
    one, two = bench.extras(2), bench.extras(1)
    strange = bench.extras(1, detected_title="Another Show")
    for job in (one, two, strange):
        bench.go_on(job.id or 0)
    bench.answer(bench.asked(ReviewKind.EXTRA, one.id)[0], "skip", "set")
    assert states(bench, two.id or 0) == [TitleState.SKIPPED]
    assert states(bench, strange.id or 0) == [TitleState.REVIEW]
    later = bench.extras(2)
    bench.heard.names()
    bench.go_on(later.id or 0)
    assert "ReviewOpened" not in bench.heard.names(), "nobody is told of what is answered"
    bench.likewise()
    assert states(bench, later.id or 0) == [TitleState.SKIPPED] * 2
    said = [event.sentence for event in bench.store.events(later.id or 0)]
    assert any("is answered as for job 1: skip" in sentence for sentence in said)


def test_an_extra_that_is_ripped_later_is_not_asked_about_again(bench: AnsweringBench) -> None:
    job = bench.extras(1)
    bench.go_on(job.id or 0)
    bench.answer(bench.asked(ReviewKind.EXTRA)[0], "keep")
    first = bench.store.titles(job.id or 0)[0]
    for number in (1, 2):
        bench.add_title(first, title_index=number, is_extra=True, item_name=f"Later {number}")
        bench.go_on(job.id or 0)
        bench.likewise()
    assert states(bench, job.id or 0) == [TitleState.COMPLETED] * 3
    other = bench.extras(1)
    bench.go_on(other.id or 0)
    assert len(bench.asked(ReviewKind.EXTRA, other.id)) == 1, "another disc is asked about by itself"


def test_the_question_closes_when_each_extra_is_decided_by_itself(bench: AnsweringBench) -> None:
    job = bench.extras(2)
    bench.go_on(job.id or 0)
    bench.answers.skip(job.id or 0, 0, ACTOR)
    assert bench.asked(ReviewKind.EXTRA)
    bench.answers.assign(job.id or 0, 1, "S01E01", ACTOR)
    assert not bench.asked(ReviewKind.EXTRA), "nothing of it is left"
    assert [task.answer for task in bench.store.reviews(job.id or 0)] == ["decided title by title"]


def test_an_answer_about_extras_that_all_went_meanwhile_is_taken(bench: AnsweringBench) -> None:
    job = bench.extras(1)
    bench.go_on(job.id or 0)
    [title] = bench.store.titles(job.id or 0)
    bench.lifecycle.move_title(title, TitleState.PENDING, "it is ripped again")
    bench.answer(bench.asked(ReviewKind.EXTRA)[0], "keep")
    assert not bench.asked(ReviewKind.EXTRA)


class Killed(BaseException):
    """The daemon is killed."""


@pytest.mark.parametrize("answer", ["keep", "skip", "one_by_one"])
def test_an_answer_that_a_crash_cuts_short_is_asked_for_again(
    bench: AnsweringBench, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    job = bench.extras(2)
    bench.go_on(job.id or 0)

    def killed(*_: object, **__: object) -> None:
        raise Killed

    for name in ("move_title", "move_titles"):
        monkeypatch.setattr(bench.lifecycle, name, killed)
    monkeypatch.setattr(bench.reviews, "ask", killed)
    with pytest.raises(Killed):
        bench.answer(bench.asked(ReviewKind.EXTRA)[0], answer)
    assert bench.asked(ReviewKind.EXTRA), "two extras wait, and nothing else asks about them"


def test_an_extra_that_came_while_the_answer_was_carried_out_has_it_too(
    bench: AnsweringBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bench.extras(1)
    bench.go_on(job.id or 0)
    first, close = bench.store.titles(job.id or 0)[0], bench.reviews.close_if_open

    def one_more(*told: Any) -> None:
        bench.add_title(first, title_index=1, is_extra=True, item_name="Late")
        bench.go_on(job.id or 0)
        close(*told)

    monkeypatch.setattr(bench.reviews, "close_if_open", one_more)
    bench.answer(bench.asked(ReviewKind.EXTRA)[0], "skip")
    bench.likewise()
    assert states(bench, job.id or 0) == [TitleState.SKIPPED] * 2
