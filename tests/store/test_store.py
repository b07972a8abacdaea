"""Reading and writing rows: short sessions, many threads, pages of history."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import object_session

from engramd.errors import InvalidArgument, NotFound
from engramd.models import (
    AppConfig,
    DiscJob,
    DiscTitle,
    JobEvidence,
    JobState,
    ReviewKind,
    ReviewTask,
    TitleCandidate,
    TitleTrack,
    WorkName,
    WorkNamespace,
)
from engramd.models.base import utcnow
from engramd.store import Store, default_url, open_engine
from tests.support.databases import Bench

THREADS, ROUNDS = 8, 15


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2), ("busy_timeout", 10000)],
)
def test_each_sqlite_connection_is_set_up(sqlite_store: Store, pragma: str, value: object) -> None:
    with sqlite_store.read() as first, sqlite_store.read() as second:
        for session in (first, second):
            assert session.connection().execute(text(f"PRAGMA {pragma}")).scalar() == value


@pytest.mark.parametrize("url", ["", "no url", "sqlite", "nosuchdatabase://x"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidArgument, match="database_url"):
        open_engine(url)


def test_a_secret_in_the_url_is_not_in_the_error() -> None:
    with pytest.raises(InvalidArgument) as caught:
        open_engine("nosuchdatabase://user:hunter2@host/name")
    assert "hunter2" not in str(caught.value)


def test_what_was_read_lives_on_without_a_session(store: Store) -> None:
    job_id = store.add(DiscJob(drive_id="/dev/sr0", volume_label="A")).id
    job = store.need_job(job_id or 0)
    assert inspect(job).detached
    assert object_session(job) is None
    job.volume_label = "B"
    assert store.need_job(job_id or 0).volume_label == "A"
    store.save(job)
    assert store.need_job(job_id or 0).volume_label == "B"


def test_no_connection_is_kept_after_a_call(store: Store) -> None:
    store.add(DiscJob(drive_id="/dev/sr0"))
    store.history(None, 10, None)
    with pytest.raises(ZeroDivisionError), store.write():
        _ = 1 / 0
    assert store._engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_write_that_fails_leaves_nothing(store: Store) -> None:
    def fail_halfway() -> None:
        with store.write() as session:
            session.add(DiscJob(drive_id="/dev/sr0"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert store.history(None, 10, None) == []


def test_eight_threads_lose_nothing(store: Store) -> None:
    """Writers and readers at once: each row arrives, and no thread hears that the database is locked."""
    job = store.add(DiscJob(drive_id="/dev/sr0"))
    errors: list[SQLAlchemyError] = []
    begin = threading.Barrier(THREADS)

    def work(number: int) -> None:
        begin.wait()
        try:
            for turn in range(ROUNDS):
                row = store.add(DiscTitle(job_id=job.id, title_index=number * ROUNDS + turn))
                row.chapter_count = turn
                store.save(row)
                store.titles(job.id or 0)
        except SQLAlchemyError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    titles = store.titles(job.id or 0)
    assert [(t.title_index, t.chapter_count) for t in titles] == [
        (place, place % ROUNDS) for place in range(THREADS * ROUNDS)
    ]


def test_a_change_of_what_was_read_is_not_lost(store: Store) -> None:
    """Eight threads count up, each in a session that reads first: none overwrites another's count."""
    job_id = store.add(DiscJob(drive_id="/dev/sr0", diskseq=0)).id
    begin = threading.Barrier(THREADS)

    def count_up() -> None:
        begin.wait()
        for _ in range(ROUNDS):
            with store.write() as session:
                job = session.get(DiscJob, job_id)
                assert job is not None
                job.diskseq = (job.diskseq or 0) + 1

    threads = [threading.Thread(target=count_up) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.need_job(job_id or 0).diskseq == THREADS * ROUNDS


def test_another_process_that_writes_is_waited_for(sqlite_store: Store, tmp_path: Path) -> None:
    other = open_engine(default_url(tmp_path))
    held, let_go = threading.Event(), threading.Timer(0.3, lambda: None)

    def hold() -> None:
        with other.connect() as connection:
            connection.execute(
                text("INSERT INTO drives (identity, name, on_insert, eject) VALUES ('x','','rip','never')")
            )
            held.set()
            let_go.join()
            connection.commit()

    holder = threading.Thread(target=hold)
    let_go.start()
    holder.start()
    assert held.wait(5)
    sqlite_store.add(DiscJob(drive_id="/dev/sr0"))
    holder.join()
    assert len(sqlite_store.history(None, 10, None)) == 1
    other.dispose()


def test_history_comes_in_pages_newest_first(store: Store) -> None:
    now = utcnow()
    for age in range(6, -1, -1):
        state = JobState.FAILED if age % 2 else JobState.COMPLETED
        store.add(DiscJob(drive_id=f"/dev/sr{age}", created_at=now - timedelta(hours=age), state=state))
    ages: list[str] = []
    before = None
    while page := store.history(before, 3, None):
        assert len(page) <= 3
        ages += [job.drive_id[-1] for job in page]
        before = page[-1].created_at
    assert ages == list("0123456")
    assert [job.drive_id[-1] for job in store.history(None, 10, "failed")] == list("135")


def test_jobs_are_visible_for_a_day_after_their_end(store: Store) -> None:
    now = utcnow()
    recently, long_ago = now - timedelta(hours=23, minutes=59), now - timedelta(hours=24, minutes=1)
    rows = {
        "works": {"state": "ripping", "created_at": long_ago},
        "asks": {"state": "review_needed", "created_at": long_ago},
        "ended today": {"state": "completed", "completed_at": recently},
        "failed today": {"state": "failed", "completed_at": recently},
        "ended long ago": {"state": "completed", "completed_at": long_ago},
        "failed long ago": {"state": "failed", "completed_at": long_ago},
        "was cleared": {"state": "completed", "completed_at": recently, "cleared_at": now},
    }
    for label, values in rows.items():
        store.add(DiscJob(drive_id="/dev/sr0", volume_label=label, **values))
    visible = [job.volume_label for job in store.visible_jobs()]
    assert visible == ["works", "asks", "ended today", "failed today"]
    assert [job.volume_label for job in store.unfinished_jobs()] == ["works", "asks"]
    assert len(store.history(None, 100, None)) == len(rows)


def test_a_job_is_found_by_its_insertion_and_by_its_disc(store: Store) -> None:
    first = store.add(
        DiscJob(drive_id="/dev/sr0", boot_id="b", drive_identity="d", diskseq=3, content_hash="A1")
    )
    second = store.add(DiscJob(drive_id="/dev/sr1", content_hash="A1"))
    store.add(DiscJob(drive_id="/dev/sr1", boot_id="b", drive_identity="d", diskseq=4))
    found = store.job_of_insertion("b", "d", 3)
    assert found is not None
    assert found.id == first.id
    assert store.job_of_insertion("other boot", "d", 3) is None
    assert [job.id for job in store.jobs_of_disc("A1")] == [second.id, first.id]


def test_what_is_not_there_is_named() -> None:
    store = Store(open_engine("sqlite://"))
    from sqlmodel import SQLModel

    SQLModel.metadata.create_all(store._engine)
    assert store.job(4711) is None
    with pytest.raises(NotFound, match="job 4711"):
        store.need_job(4711)
    with pytest.raises(NotFound, match="title 3"):
        store.need_title(4711, 2)
    store.close()


def test_tracks_and_candidates_take_the_place_of_the_former_ones(bench: Bench) -> None:
    title = bench.titles(bench.job())[0]
    title_id, store = title.id or 0, bench.store
    for episodes in (("S01E01", "S01E02"), ("S01E07",)):
        rows = [
            TitleCandidate(title_id=title_id, episode=name, confidence=0.1 * place)
            for place, name in enumerate(episodes)
        ]
        store.replace_of_title(TitleCandidate, title_id, rows)
        assert [c.episode for c in store.candidates(title_id)] == list(reversed(episodes))
    store.replace_of_title(TitleTrack, title_id, [TitleTrack(title_id=title_id, place=1, kind="audio")])
    assert [t.kind for t in store.tracks(title_id)] == ["audio"]
    assert len(store.candidates(title_id)) == 1


def test_open_questions_of_one_job_or_of_all(bench: Bench) -> None:
    jobs = [bench.job(), bench.job()]
    for job in jobs:
        bench.store.add(ReviewTask(job_id=job.id, kind=ReviewKind.IDENTITY, question="What is it?"))
    bench.store.add(
        ReviewTask(job_id=jobs[0].id, kind=ReviewKind.SEASON, question="Which?", closed_at=utcnow())
    )
    assert len(bench.store.open_reviews()) == 2
    assert [r.job_id for r in bench.store.open_reviews(jobs[1].id)] == [jobs[1].id]


def test_a_drive_that_is_new_has_the_defaults(store: Store) -> None:
    record = store.drive("ASUS_123")
    assert (record.on_insert, record.eject) == ("rip", "after_rip")
    record.name = "left"
    store.save(record)
    record.name = "right"
    store.save(record)
    assert store.drive("ASUS_123").name == "right"


def test_a_key_is_in_no_error_of_the_database(sqlite_store: Store) -> None:
    with sqlite_store.write() as session:
        refuse = "CREATE TRIGGER t BEFORE INSERT ON app_config BEGIN SELECT RAISE(ABORT, 'no'); END"
        session.connection().execute(text(refuse))
    config = AppConfig(tmdb_api_key="s3cr3t")
    with pytest.raises(SQLAlchemyError) as caught:
        sqlite_store.save_config(config)
    assert "s3cr3t" not in str(caught.value) + repr(config)


def test_the_name_of_a_work_is_decided_once_and_a_number_means_two_works(store: Store) -> None:
    tv, movie = WorkNamespace.TV, WorkNamespace.MOVIE
    first = store.keep_work_name(WorkName(namespace=tv, tmdb_id=550, title="Harbor Station", year=2003))
    again = store.keep_work_name(WorkName(namespace=tv, tmdb_id=550, title="Hafenwache", year=2003))
    assert (first.title, again.title) == ("Harbor Station", "Harbor Station")
    assert store.work_name(movie, 550) is None
    store.keep_work_name(WorkName(namespace=movie, tmdb_id=550, title="Fight"))
    assert [getattr(store.work_name(kind, 550), "title", "") for kind in (tv, movie)] == [
        "Harbor Station",
        "Fight",
    ]


def test_evidence_of_one_source_is_replaced_and_that_of_others_stays(bench: Bench) -> None:
    job_id = bench.job().id or 0
    for source, claim in (("label", "a"), ("tmdb", "b"), ("tmdb", "c")):
        bench.store.replace_evidence(job_id, [JobEvidence(job_id=job_id, source=source, claim=claim)])
    assert [(row.source, row.claim) for row in bench.store.evidence(job_id)] == [
        ("label", "a"),
        ("tmdb", "c"),
    ]
