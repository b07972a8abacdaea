"""What people, other threads and a shut-down do while TMDB is asked: a late answer overrides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from engramd.discs.model import Disc, Media, Title
from engramd.errors import Cancelled
from engramd.models import (
    ClassificationSource,
    ContentType,
    DiscJob,
    JobState,
    Outcome,
    ReviewKind,
    WorkCandidate,
    WorkNamespace,
)
from engramd.pipeline.identities import Identities
from engramd.pipeline.lookups import Lookups
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.said import whose_number
from engramd.pipeline.sources import Sources
from engramd.sources.discdb import Found
from engramd.sources.tmdb import Tmdb
from engramd.sources.work import Candidate, WorkId
from engramd.tools import CancelToken
from tests.support.databases import Bench

SHOW = "Harbor Station"


class StandInTmdb:
    """Sources of which TMDB alone is on; `meanwhile` happens while it is asked."""

    tmdb_online, discdb_online = True, False

    def __init__(self, *known: Candidate) -> None:
        self.known = known
        self.meanwhile: Callable[[], object] = lambda: None

    @contextmanager
    def tmdb(self) -> Iterator[Tmdb]:
        yield cast(Tmdb, self)

    def find(self, *_said: object, **_more: object) -> tuple[Candidate, ...]:
        self.meanwhile()
        return self.known

    def candidate(self, work: WorkId, **_more: object) -> Candidate | None:
        self.meanwhile()
        return next((each for each in self.known if each.work == work), None)

    def folder_title(self, _tmdb: Tmdb, work: WorkId, _cancel: CancelToken) -> tuple[str, str, str]:
        return next(each.name for each in self.known if each.work == work), "", "en"

    def original_language(self, *_said: object) -> str:
        return "eng"

    def season(self, *_said: object) -> None:
        return None

    def local(self, *_said: object) -> Found:
        return Found()


def show(number: int, year: int, **more: Any) -> Candidate:
    return Candidate(WorkId("tv", number), SHOW, year=year, **more)


def a_disc() -> Disc:
    titles = [
        Title(
            index=n,
            number=n + 1,
            source_file=f"{n + 1:02d}",
            segment_map="1-4",
            segments=(),
            duration=1300.0 + n,
            size=10**9 + n,
        )
        for n in range(3)
    ]
    return Disc(source="x", media=Media.DVD, label="HARBOR_STATION", titles=tuple(titles))


class Desk:
    """Lookups on a real store, with settings."""

    def __init__(self, bench: Bench, *known: Candidate) -> None:
        self.bench, self.store, self.lifecycle, self.hub = bench, bench.store, bench.lifecycle, bench.hub
        self.settings = self
        self.current = bench.store.load_config()
        self.tmdb, self.stop, self.done = StandInTmdb(*known), CancelToken(), threading.Event()
        self.reviews = Reviews(bench.store, bench.hub)
        parts, sources = cast(Parts, self), cast(Sources, self.tmdb)
        self.identities = Identities(parts, sources, self.reviews)
        self.lookups = Lookups(
            parts, sources, self.identities, self.reviews, self.stop, done=lambda _job: self.done.set()
        )

    def job(self, **values: object) -> int:
        known = {"detected_title": SHOW, "content_type": ContentType.TV, "classification_confidence": 0.99}
        job = self.bench.job(**known | values)
        self.bench.titles(job, 3)
        return job.id or 0

    def look_up(self, job_id: int) -> DiscJob:
        self.done.clear()
        self.lookups.begin(job_id, a_disc())
        assert self.done.wait(60), "the lookup never ends"
        return self.store.need_job(job_id)

    def told(self, job_id: int, **values: object) -> None:
        self.lifecycle.update_job(job_id, classification_source=ClassificationSource.USER, **values)


def test_what_a_person_says_while_tmdb_is_asked_stands(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench, show(7, 2003))
    job_id = desk.job()
    desk.tmdb.meanwhile = lambda: desk.told(job_id, detected_title="Night Train", year=1999)
    job = desk.look_up(job_id)
    assert (job.detected_title, job.year, job.tmdb_id) == ("Night Train", 1999, None)
    assert not desk.store.evidence(job_id), "nor is it told of what nobody asks any more"


def test_what_a_person_says_while_tmdb_is_asked_is_not_asked_afterwards(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench, show(7, 2003), show(8, 1978))
    job_id = desk.job()
    desk.tmdb.meanwhile = lambda: desk.told(job_id, tmdb_id=8, tmdb_namespace=WorkNamespace.TV)
    desk.look_up(job_id)
    assert not desk.store.open_reviews(job_id)


def test_a_year_that_a_person_said_is_not_overridden(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench, show(7, 2003))
    job_id = desk.job(classification_source=ClassificationSource.USER, year=1978)
    job = desk.look_up(job_id)
    assert (job.year, job.tmdb_id) == (1978, None)
    season = desk.job(classification_source=ClassificationSource.USER, year=2005)
    desk.tmdb.known = (show(7, 2003, season_years=frozenset({2005})),)
    assert (desk.look_up(season).year, desk.look_up(season).tmdb_id) == (2003, 7), "that of a season is"


def test_a_question_that_a_person_closed_is_not_asked_again(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench, show(7, 2003), show(8, 1978))
    job_id = desk.job()
    desk.look_up(job_id)
    (task,) = desk.store.open_reviews(job_id)
    assert task.summary == f"Which {SHOW} is it?"
    desk.reviews.close_task(task, None, "alice")
    desk.look_up(job_id)
    assert not desk.store.open_reviews(job_id)


def test_a_number_that_tmdb_does_not_have_is_a_question(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench)
    job_id = desk.job()
    desk.told(job_id, tmdb_id=77, tmdb_namespace=WorkNamespace.TV)
    assert desk.look_up(job_id).tmdb_id == 77
    (task,) = desk.store.open_reviews(job_id)
    assert "no series with the number 77" in task.why


def test_works_that_are_offered_stay_where_tmdb_knows_none(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench)
    job_id = desk.job()
    desk.store.add(WorkCandidate(job_id=job_id, namespace="tv", name="Harbor Nation"))
    desk.reviews.ask(ReviewKind.IDENTITY, job_id, "Which is it?")
    desk.look_up(job_id)
    assert [work.name for work in desk.store.works(job_id)] == ["Harbor Nation"]


def test_an_ended_job_is_asked_nothing(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench, show(7, 2003), show(8, 1978))
    job_id = desk.job()
    desk.lifecycle.move_job(job_id, JobState.FAILED, "cancelled", outcome=Outcome.CANCELLED)
    before = [title.model_dump() for title in desk.store.titles(job_id)]
    desk.look_up(job_id)
    desk.identities.again(job_id, "TheDiscDB was asked", disc=a_disc())
    assert not desk.store.open_reviews(job_id)
    assert [title.model_dump() for title in desk.store.titles(job_id)] == before


def test_a_work_that_is_found_late_answers_what_the_disc_is(sqlite_bench: Bench) -> None:
    """The scan of a job that waits at its drive is nowhere but with its run."""
    desk = Desk(sqlite_bench, show(7, 2003))
    job_id = desk.job(content_type=ContentType.UNKNOWN, classification_confidence=0.5, year=2003)
    desk.reviews.ask(ReviewKind.IDENTITY, job_id, "What is on it?")
    job = desk.look_up(job_id)
    assert (job.content_type, job.classification_source) == (ContentType.TV, ClassificationSource.TMDB)
    assert not desk.store.open_reviews(job_id)
    assert "user" not in {row.source for row in desk.store.evidence(job_id)}, "no person said so"


def test_at_shut_down_a_job_stays_held(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench, show(7, 2003))
    job_id = desk.job()
    stopped = threading.Event()

    def stop() -> None:
        desk.stop.cancel("shut-down")
        stopped.set()
        raise Cancelled("shut-down")

    desk.tmdb.meanwhile = stop
    lookups = desk.lookups
    lookups._pool.submit = lambda task: task()  # type: ignore[method-assign]
    lookups.begin(job_id, a_disc())
    assert stopped.is_set()
    assert lookups.pending(job_id), "nothing is filed under a name that was not looked up"
    assert not desk.done.is_set()


def test_an_error_that_nobody_foresaw_lets_the_job_go_on(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench, show(7, 2003))
    job_id = desk.job()

    def fail() -> None:
        raise KeyError("seasons")

    desk.tmdb.meanwhile = fail
    desk.look_up(job_id)
    assert not desk.lookups.pending(job_id)
    assert any("internal error (KeyError)" in event.sentence for event in desk.store.events(job_id))


def test_a_scan_is_known_before_its_job_has_a_staging_folder(sqlite_bench: Bench) -> None:
    desk = Desk(sqlite_bench)
    job = sqlite_bench.job()
    disc = a_disc()
    desk.identities.first(job, disc, None)
    assert desk.identities.scan(job) is disc


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ({"content_type": ContentType.TV}, 7),
        ({"detected_season": 2}, 7),
        ({"detected_title": "Night Train"}, None),
        ({"year": 1978}, None),
        ({"content_type": ContentType.MOVIE}, None),
    ],
)
def test_a_number_belongs_to_the_work_that_was_meant(said: dict[str, Any], number: int | None) -> None:
    job = DiscJob(drive_id="x", detected_title=SHOW, year=2003, tmdb_id=7, tmdb_namespace=WorkNamespace.TV)
    values = whose_number(job, said)
    assert values.get("tmdb_id", job.tmdb_id) == number


def test_a_number_that_was_said_before_the_type_gets_it() -> None:
    job = DiscJob(drive_id="x", detected_title=SHOW, tmdb_id=7)
    values = whose_number(job, {"content_type": ContentType.TV})
    assert (values.get("tmdb_id", job.tmdb_id), values["tmdb_namespace"]) == (7, WorkNamespace.TV)
