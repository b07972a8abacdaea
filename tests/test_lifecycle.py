"""States change by the tables only: one guarded UPDATE, committed, and then announced."""

from __future__ import annotations

import ast
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

import engramd
from engramd.errors import InvalidArgument, NotFound, WrongState
from engramd.events import JobAdded, JobStateChanged, TitleChanged
from engramd.lifecycle import JOB_MOVES, TITLE_MOVES
from engramd.models import (
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    ReviewKind,
    ReviewTask,
    TitleCandidate,
    TitleState,
    TitleTrack,
    WaitingFor,
)
from engramd.models.base import utcnow
from tests.support.databases import Bench

#: The tables of the design, as they stand there.
JOBS = """
idle: identifying, failed
identifying: ripping, matching, review_needed, completed, failed
ripping: matching, organizing, review_needed, completed, failed
matching: organizing, ripping, review_needed, completed, failed
organizing: matching, ripping, review_needed, completed, failed
review_needed: identifying, ripping, matching, organizing, completed, failed
completed, failed: identifying, ripping, matching, organizing
"""
TITLES = """
pending: ripping, matching, review, skipped, failed
ripping: matching, matched, review, skipped, failed, pending
matching: matched, review, skipped, failed, pending
matched: completed, review, skipped, matching, failed
review: matched, matching, ripping, pending, skipped, failed
completed: matched, review, pending, skipped
failed, skipped: pending
"""


def edges(table: str) -> set[tuple[str, str]]:
    rows = [line.split(": ") for line in table.strip().splitlines()]
    return {(old, new) for olds, news in rows for old in olds.split(", ") for new in news.split(", ")}


def set_state(bench: Bench, table: str, row_id: int | None, state: str) -> None:
    """Change a state behind everyone's back."""
    with bench.store.write() as session:
        session.connection().execute(
            text(f"UPDATE {table} SET state = :state WHERE id = :id"), {"state": state, "id": row_id}
        )


def test_the_tables_are_the_designs() -> None:
    assert {(old, new) for old, news in JOB_MOVES.items() for new in news} == edges(JOBS)
    assert {(old, new) for old, news in TITLE_MOVES.items() for new in news} == edges(TITLES)
    assert JOB_MOVES.keys() == set(JobState)
    assert TITLE_MOVES.keys() == set(TitleState)


def test_a_job_makes_every_move_of_its_table_and_no_other(bench: Bench) -> None:
    job = bench.job()
    for old in JobState:
        for new in JobState:
            set_state(bench, "disc_jobs", job.id, old)
            lines = len(bench.store.events(job.id or 0))
            bench.heard.names()
            if (old, new) in edges(JOBS):
                bench.lifecycle.move_job(job.id or 0, new, "a test")
                assert bench.store.need_job(job.id or 0).state is new
                continue
            with pytest.raises(WrongState, match=f"is {old} and cannot become {new}"):
                bench.lifecycle.move_job(job.id or 0, new, "a test", error_message="must not be stored")
            after = bench.store.need_job(job.id or 0)
            assert (after.state, after.error_message) == (old, None)
            assert len(bench.store.events(job.id or 0)) == lines
            assert bench.heard.names() == []


def test_a_title_makes_every_move_of_its_table_and_no_other(bench: Bench) -> None:
    job = bench.job()
    bench.titles(job)
    job_id = job.id or 0
    for old in TitleState:
        for new in TitleState:
            set_state(bench, "disc_titles", bench.store.need_title(job_id, 0).id, old)
            title = bench.store.need_title(job_id, 0)
            bench.heard.names()
            if (old, new) in edges(TITLES):
                bench.lifecycle.move_title(title, new, "a test")
                assert title.state is new
                assert bench.store.need_title(job_id, 0).state is new
                assert bench.heard.names() == ["TitleChanged"]
                continue
            with pytest.raises(WrongState, match=f"is {old} cannot become {new}"):
                bench.lifecycle.move_title(title, new, "a test", match_reason="must not be stored")
            assert (title.state, title.match_reason) == (old, "")
            stored = bench.store.need_title(job_id, 0)
            assert (stored.state, stored.match_reason) == (old, "")
            assert bench.heard.names() == []


def test_a_title_that_changed_behind_our_back_is_not_moved(bench: Bench) -> None:
    title = bench.titles(bench.job())[0]
    bench.heard.names()
    set_state(bench, "disc_titles", title.id, "ripping")
    with pytest.raises(WrongState, match="no longer pending"):
        bench.lifecycle.move_title(title, TitleState.RIPPING, "too late", match_reason="x")
    assert title.match_reason == ""
    assert bench.store.need_title(title.job_id, 0).match_reason == ""
    assert [line.kind for line in bench.store.events(title.job_id)] == ["state"]
    assert bench.heard.names() == []


def test_a_job_that_changes_between_look_and_move_is_not_moved(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bench.job()
    old = bench.store.need_job(job.id or 0)
    set_state(bench, "disc_jobs", job.id, "ripping")
    monkeypatch.setattr(bench.store, "need_job", lambda _number: old)
    with pytest.raises(WrongState, match="no longer identifying"):
        bench.lifecycle.move_job(job.id or 0, JobState.FAILED, "too late")
    stored = bench.store.job(job.id or 0)
    assert stored is not None
    assert stored.state is JobState.RIPPING


def test_of_racing_threads_exactly_one_moves(bench: Bench) -> None:
    job_id = bench.job().id or 0
    bench.titles(bench.store.need_job(job_id))
    copies = [bench.store.need_title(job_id, 0) for _ in range(8)]
    results: list[str] = []
    begin = threading.Barrier(len(copies))

    def race(title: DiscTitle) -> None:
        begin.wait()
        try:
            bench.lifecycle.move_title(title, TitleState.RIPPING, "mine")
            results.append("won")
        except WrongState:
            results.append("lost")

    threads = [threading.Thread(target=race, args=(copy,)) for copy in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["lost"] * 7 + ["won"]
    assert [line.kind for line in bench.store.events(job_id)].count("title") == 1


def test_events_come_in_order_and_after_the_commit(bench: Bench) -> None:
    seen: list[object] = []
    bench.hub.subscribe(JobAdded, lambda e: seen.append(bench.store.need_job(e.job_id).state))
    bench.hub.subscribe(JobStateChanged, lambda e: seen.append(bench.store.need_job(e.job_id).state == e.new))
    bench.hub.subscribe(
        TitleChanged, lambda e: seen.append(bench.store.need_title(e.job_id, e.title_index).state)
    )
    job = bench.job()
    assert bench.heard.names() == ["JobAdded", "JobStateChanged"]
    title = bench.titles(job)[0]
    assert bench.heard.names() == ["TitlesListed", "JobChanged"]
    bench.lifecycle.move_title(title, TitleState.SKIPPED, "not wanted")
    assert bench.heard.names() == ["TitleChanged"]
    bench.lifecycle.move_job(job.id or 0, JobState.COMPLETED, "done", outcome=Outcome.NOTHING_TO_DO)
    assert bench.heard.names() == ["JobStateChanged", "JobChanged", "JobFinished"]
    assert seen == [JobState.IDENTIFYING, True, TitleState.SKIPPED, True]


def test_a_move_leaves_a_line_of_history(bench: Bench) -> None:
    job = bench.job()
    title = bench.titles(job, 2)[1]
    bench.lifecycle.move_title(title, TitleState.SKIPPED, "nobody wants it", actor="uid 1000")
    bench.lifecycle.move_job(job.id or 0, JobState.RIPPING, "the titles are known", actor="root")
    lines = [
        (e.kind, e.actor, e.title_index, e.old, e.new, e.sentence) for e in bench.store.events(job.id or 0)
    ]
    assert lines == [
        ("state", "engramd", None, "", "identifying", "a test"),
        ("title", "uid 1000", 1, "pending", "skipped", "nobody wants it"),
        ("state", "root", None, "identifying", "ripping", "the titles are known"),
    ]


def test_an_end_has_a_time_and_a_new_beginning_has_none(bench: Bench) -> None:
    job_id = bench.job().id or 0
    bench.lifecycle.move_job(job_id, JobState.FAILED, "broken", outcome=Outcome.FAILED)
    ended = bench.store.need_job(job_id)
    assert ended.completed_at is not None
    assert ended.outcome is Outcome.FAILED
    bench.lifecycle.move_job(job_id, JobState.RIPPING, "once more")
    again = bench.store.need_job(job_id)
    assert (again.completed_at, again.outcome) == (None, None)
    assert again.updated_at > ended.updated_at


def test_a_job_that_works_again_goes_on_as_no_other(bench: Bench) -> None:
    earlier, job_id = bench.job(diskseq=1).id, bench.job(diskseq=2).id or 0
    bench.lifecycle.move_job(job_id, JobState.COMPLETED, "the disc continues it", continued_as=earlier)
    assert bench.store.need_job(job_id).continued_as == earlier
    bench.lifecycle.move_job(job_id, JobState.IDENTIFYING, "tried again")
    assert bench.store.need_job(job_id).continued_as is None


def test_a_bad_value_stops_the_move(bench: Bench) -> None:
    job_id = bench.job().id or 0
    with pytest.raises(InvalidArgument, match="outcome"):
        bench.lifecycle.move_job(job_id, JobState.FAILED, "x", outcome="meh")
    assert bench.store.need_job(job_id).state is JobState.IDENTIFYING


def test_an_insertion_has_one_job(bench: Bench) -> None:
    key = {"boot_id": "boot", "drive_identity": "drive", "diskseq": 7}
    assert bench.job(**key).id is not None
    bench.heard.names()
    again = bench.lifecycle.create_job(DiscJob(drive_id="/dev/sr0", **key), reason="the same again")
    assert again is None
    assert bench.heard.names() == []
    assert len(bench.store.history(None, 10, None)) == 1
    assert bench.lifecycle.create_job(DiscJob(drive_id="/dev/sr0"), reason="asked for") is not None
    assert bench.lifecycle.create_job(DiscJob(drive_id="/dev/sr0"), reason="asked for") is not None


def test_eight_threads_make_one_job_of_an_insertion(bench: Bench) -> None:
    made: list[int | None] = []
    begin = threading.Barrier(8)

    def insert() -> None:
        job = DiscJob(drive_id="/dev/sr0", boot_id="boot", drive_identity="drive", diskseq=7)
        begin.wait()
        made.append(bench.lifecycle.create_job(job, reason="inserted"))

    threads = [threading.Thread(target=insert) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert sum(number is not None for number in made) == 1


def test_a_row_that_breaks_another_rule_is_no_known_insertion(bench: Bench) -> None:
    taken = bench.job().id
    with pytest.raises(IntegrityError):
        bench.lifecycle.create_job(DiscJob(id=taken, drive_id="/dev/sr0"), reason="x")


def test_listing_titles_again_replaces_them(bench: Bench) -> None:
    job_id = bench.job().id or 0
    first = bench.titles(bench.store.need_job(job_id), 3)
    numbers = [title.id or 0 for title in first]
    bench.store.add(TitleTrack(title_id=numbers[0], place=0, kind="video"))
    bench.store.add(TitleCandidate(title_id=numbers[1], episode="S01E01", confidence=0.5))
    rows = [
        (
            DiscTitle(job_id=job_id, title_index=0),
            [TitleTrack(title_id=0, place=0, kind="audio", codec="ac3")],
        ),
        (DiscTitle(job_id=job_id, title_index=1), []),
    ]
    bench.lifecycle.list_titles(job_id, rows)
    titles = bench.store.titles(job_id)
    assert [t.title_index for t in titles] == [0, 1]
    assert [track.codec for track in bench.store.tracks(titles[0].id or 0)] == ["ac3"]
    assert bench.store.candidates(numbers[1]) == []


def test_titles_that_were_asked_about_are_listed_anew_too(bench: Bench) -> None:
    job_id = bench.job().id or 0
    title = bench.titles(bench.store.need_job(job_id), 1)[0]
    for kind, closed_at in ((ReviewKind.DAMAGED, utcnow()), (ReviewKind.EPISODE, None)):
        bench.store.add(
            ReviewTask(job_id=job_id, title_id=title.id, kind=kind, question="?", closed_at=closed_at)
        )
    bench.lifecycle.list_titles(job_id, [(DiscTitle(job_id=job_id, title_index=0), [])])
    assert len(bench.store.titles(job_id)) == 1
    assert bench.store.open_reviews(job_id) == []
    kept = [bench.store.review(number) for number in (1, 2)]
    assert [(task.title_id, task.question) for task in kept if task] == [(None, "?")] * 2


def test_a_job_that_works_again_is_on_the_list_again(bench: Bench) -> None:
    job_id = bench.job().id or 0
    bench.lifecycle.move_job(job_id, JobState.FAILED, "no luck")
    bench.lifecycle.update_job(job_id, cleared_at=utcnow())
    assert bench.store.visible_jobs() == []
    bench.lifecycle.move_job(job_id, JobState.IDENTIFYING, "tried again")
    assert [job.id for job in bench.store.visible_jobs()] == [job_id]


def test_what_was_ripped_is_never_listed_anew(bench: Bench) -> None:
    job_id = bench.job().id or 0
    titles = bench.titles(bench.store.need_job(job_id), 2)
    bench.lifecycle.move_title(titles[1], TitleState.RIPPING, "begins")
    with pytest.raises(WrongState, match="title 2"):
        bench.lifecycle.list_titles(job_id, [])
    assert len(bench.store.titles(job_id)) == 2


def test_waiting_and_going_on_are_said_once(bench: Bench) -> None:
    job_id = bench.job().id or 0
    for _ in range(2):
        bench.lifecycle.wait(job_id, WaitingFor.SPACE, "make room")
    waits = bench.store.need_job(job_id)
    assert (waits.waiting_for, waits.state) == (WaitingFor.SPACE, JobState.IDENTIFYING)
    assert waits.waiting_since is not None
    bench.lifecycle.wait(job_id, WaitingFor.LIBRARY, "set a library")
    for _ in range(2):
        bench.lifecycle.go_on(job_id)
    goes_on = bench.store.need_job(job_id)
    assert (goes_on.waiting_for, goes_on.waiting_since) == (None, None)
    lines = [(e.kind, e.old, e.new) for e in bench.store.events(job_id)[1:]]
    assert lines == [("waiting", "", "space"), ("waiting", "", "library"), ("going_on", "library", "")]


def test_a_move_ends_the_waiting(bench: Bench) -> None:
    job_id = bench.job().id or 0
    bench.lifecycle.wait(job_id, WaitingFor.SPACE, "make room")
    bench.lifecycle.move_job(job_id, JobState.RIPPING, "there is room")
    assert bench.store.need_job(job_id).waiting_for is None


def test_a_state_is_no_field_to_set(bench: Bench) -> None:
    title = bench.titles(bench.job())[0]
    with pytest.raises(WrongState, match="transition table"):
        bench.lifecycle.update_job(title.job_id, state=JobState.COMPLETED)
    with pytest.raises(WrongState, match="transition table"):
        bench.lifecycle.update_title(title, state=TitleState.COMPLETED)
    assert bench.store.need_job(title.job_id).state is JobState.IDENTIFYING
    assert bench.store.need_title(title.job_id, 0).state is TitleState.PENDING


def test_fields_are_set_all_or_none(bench: Bench) -> None:
    title = bench.titles(bench.job())[0]
    with pytest.raises(InvalidArgument):
        bench.lifecycle.update_title(title, match_reason="new", match_confidence=2.0)
    assert bench.store.need_title(title.job_id, 0).match_reason == ""
    assert title.match_reason == ""
    bench.lifecycle.update_title(title, match_reason="new", match_confidence=0.5)
    assert (title.match_reason, title.match_confidence) == ("new", 0.5)
    with pytest.raises(NotFound):
        bench.lifecycle.update_job(4711, volume_label="X")


def test_only_the_lifecycle_assigns_states() -> None:
    """In the whole package no other line assigns an attribute `state` or sets that column."""
    package = Path(engramd.__file__).parent
    found = set()
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [n for t in targets for n in ast.walk(t) if isinstance(n, ast.Attribute)]
                if any(n.attr == "state" and isinstance(n.ctx, ast.Store) for n in names):
                    found.add(str(file.relative_to(package)))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                sets_column = called == "values" and any(k.arg == "state" for k in node.keywords)
                if sets_column or (called == "setattr" and "'state'" in ast.unparse(node)):
                    found.add(str(file.relative_to(package)))
    assert "lifecycle.py" in found
    assert found <= {"lifecycle.py"}
