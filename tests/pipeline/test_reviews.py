"""Questions: one of a kind about one thing, opened and closed with an event."""

from __future__ import annotations

from engramd.events import Happened
from engramd.models import ReviewKind
from engramd.pipeline.reviews import Reviews
from tests.support.databases import Bench


def test_a_question_is_asked_once(sqlite_bench: Bench) -> None:
    bench, reviews = sqlite_bench, Reviews(sqlite_bench.store, sqlite_bench.hub)
    job_id = bench.job().id or 0
    bench.heard.names()
    reviews.ask(ReviewKind.IDENTITY, job_id, "What is it?")
    assert bench.heard.names() == ["ReviewOpened", "JobChanged", "Happened"]
    reviews.ask(ReviewKind.IDENTITY, job_id, "What is it, again?")
    assert bench.heard.names() == []
    assert [r.question for r in bench.store.open_reviews(job_id)] == ["What is it?"]


def test_each_title_kind_and_job_has_its_own_question(sqlite_bench: Bench) -> None:
    bench, reviews = sqlite_bench, Reviews(sqlite_bench.store, sqlite_bench.hub)
    job, other = bench.job(), bench.job()
    one, two = bench.titles(job, 2)
    for _ in range(2):
        for title in (one, two, None):
            reviews.ask(ReviewKind.EPISODE, job.id or 0, "Which?", title=title)
        reviews.ask(ReviewKind.DAMAGED, job.id or 0, "Keep it?", title=one, needs_disc=True)
        reviews.ask(ReviewKind.EPISODE, other.id or 0, "Which?")
    asked = [(r.job_id, r.title_id, r.kind.value, r.needs_disc) for r in bench.store.open_reviews()]
    assert asked == [
        (job.id, one.id, "episode", False),
        (job.id, two.id, "episode", False),
        (job.id, None, "episode", False),
        (job.id, one.id, "damaged", True),
        (other.id, None, "episode", False),
    ]


def test_closing_closes_what_was_meant_and_says_who_did(sqlite_bench: Bench) -> None:
    bench, reviews = sqlite_bench, Reviews(sqlite_bench.store, sqlite_bench.hub)
    job = bench.job()
    title = bench.titles(job)[0]
    for kind in (ReviewKind.EPISODE, ReviewKind.DAMAGED):
        reviews.ask(kind, job.id or 0, "?", title=title)
    reviews.ask(ReviewKind.IDENTITY, job.id or 0, "?")
    bench.heard.names()
    reviews.close(job.id or 0, title=title, kind=ReviewKind.EPISODE, answer="S01E02", actor="uid 1000")
    said = bench.heard.events[-1]
    assert bench.heard.names() == ["ReviewClosed", "JobChanged", "Happened"]
    assert isinstance(said, Happened)
    assert (said.kind, said.sentence) == ("answer", "question 1 (?) answered by uid 1000: S01E02")
    assert [r.kind for r in bench.store.open_reviews()] == [ReviewKind.DAMAGED, ReviewKind.IDENTITY]
    closed = bench.store.review(1)
    assert closed is not None
    assert (closed.answer, closed.answered_by, closed.closed_at is None) == ("S01E02", "uid 1000", False)
    reviews.close(job.id or 0)
    assert [r.kind for r in bench.store.open_reviews()] == [ReviewKind.DAMAGED]
    reviews.close(job.id or 0, title=title)
    assert bench.store.open_reviews() == []
    bench.heard.names()
    reviews.close(job.id or 0, title=title)
    assert bench.heard.names() == []


def test_a_question_that_was_closed_may_be_asked_again(sqlite_bench: Bench) -> None:
    reviews, job_id = Reviews(sqlite_bench.store, sqlite_bench.hub), sqlite_bench.job().id or 0
    for _ in range(2):
        reviews.ask(ReviewKind.SEASON, job_id, "Which season?")
        reviews.close(job_id)
    assert sqlite_bench.store.review(2) is not None


def test_a_summary_is_short(sqlite_bench: Bench) -> None:
    reviews, job_id = Reviews(sqlite_bench.store, sqlite_bench.hub), sqlite_bench.job().id or 0
    reviews.ask(ReviewKind.IDENTITY, job_id, "x" * 500)
    task = sqlite_bench.store.open_reviews(job_id)[0]
    assert (len(task.summary), len(task.question)) == (120, 500)
