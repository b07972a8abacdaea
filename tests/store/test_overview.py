"""What the bus shows of all jobs, on every kind of database."""

from __future__ import annotations

from datetime import timedelta

from engramd.models import DiscJob, JobState, ReviewKind, TitleCandidate, TitlePart, TitleTrack, WaitingFor
from engramd.models.base import utcnow
from engramd.pipeline.reviews import Reviews
from engramd.store import Store
from engramd.store.overview import Overview
from tests.support.databases import Bench


def a_job(store: Store, **values: object) -> int:
    job = store.add(DiscJob(**({"drive_id": "x"} | values)))
    assert job.id is not None
    return job.id


def test_jobs_are_shown_while_they_are_under_way_and_for_a_day(store: Store) -> None:
    now = utcnow()
    active = a_job(store, state=JobState.RIPPING, waiting_for=WaitingFor.SPACE)
    ended = a_job(store, state=JobState.COMPLETED, completed_at=now - timedelta(hours=1))
    old = a_job(store, state=JobState.FAILED, completed_at=now - timedelta(hours=25))
    a_job(store, state=JobState.FAILED, completed_at=now, cleared_at=now)
    overview = Overview(store)
    marks = {mark.id: mark for mark in overview.jobs()}
    assert marks.keys() == {active, ended}
    assert (marks[active].state, marks[active].waiting_for) == (JobState.RIPPING, WaitingFor.SPACE)
    assert not marks[active].has_ended
    assert marks[ended].is_shown(now)
    assert not marks[ended].is_shown(now + timedelta(hours=24)), "its day ends without a look at the database"
    assert {mark.id for mark in overview.jobs([active, old])} == {active}
    assert {mark.id for mark in overview.jobs(range(1, 2000))} == {active, ended}, "many are asked in parts"


def test_open_questions_are_counted_with_their_jobs(bench: Bench) -> None:
    job = bench.job()
    [title] = bench.titles(job)
    assert job.id is not None
    reviews = Reviews(bench.store, bench.hub)
    reviews.ask(ReviewKind.EPISODE, job.id, "Which episode?", title=title)
    reviews.ask(ReviewKind.IDENTITY, job.id, "What is it?")
    overview = Overview(bench.store)
    first, second = overview.questions()
    assert (first.job_id, second.job_id) == (job.id, job.id)
    task = bench.store.review(first.id)
    assert task is not None
    reviews.close_task(task, "S01E01", "a test")
    assert overview.questions([job.id]) == [second]
    assert overview.questions([job.id + 1]) == []


def test_what_belongs_to_titles_is_read_for_all_at_once(bench: Bench) -> None:
    one, two = (title.id or 0 for title in bench.titles(bench.job(), 2))
    for kind, rows in {
        TitleCandidate: [{"episode": "S01E01", "confidence": 0.1}, {"episode": "S01E02", "confidence": 0.9}],
        TitleTrack: [{"place": 1, "kind": "audio"}, {"place": 0, "kind": "video"}],
        TitlePart: [
            {"episode": "S01E02", "begin_seconds": 60.0, "end_seconds": 90.0},
            {"episode": "S01E01", "begin_seconds": 0.0, "end_seconds": 60.0},
        ],
    }.items():
        bench.store.replace_of_title(kind, one, [kind(title_id=one, **row) for row in rows])
    overview = Overview(bench.store)
    assert [row.episode for row in overview.candidates([one, two])[one]] == ["S01E02", "S01E01"]
    assert [row.kind for row in overview.tracks([one, two])[one]] == ["video", "audio"]
    assert [row.episode for row in overview.parts([one, two])[one]] == ["S01E01", "S01E02"]
    assert overview.tracks([two])[two] == []


def test_who_waits_for_a_turn_is_counted(store: Store) -> None:
    a_job(store, waiting_for=WaitingFor.SLOT)
    a_job(store, waiting_for=WaitingFor.SPACE)
    assert Overview(store).in_line() == 1
