"""Reads and writes rows; every call is one short session, and what it returns is detached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, func, true
from sqlmodel import col, select

from engramd.errors import NotFound
from engramd.models import (
    AppConfig,
    ContentType,
    DiscHint,
    DiscJob,
    DiscTitle,
    DriveRecord,
    JobEvent,
    JobEvidence,
    JobState,
    ReviewTask,
    TitleCandidate,
    TitlePart,
    TitleState,
    TitleTrack,
    TrackRule,
    WorkCandidate,
    WorkName,
    WorkNamespace,
)
from engramd.models.base import Model, utcnow
from engramd.store.hints import active_hints, end_expired, end_hint
from engramd.store.history import (
    PastEvent,
    WantedEvents,
    WantedJobs,
    events_after,
    last_event,
    open_questions,
    past_events,
    past_jobs,
    title_states,
)
from engramd.store.sessions import Sessions

ENDED = (JobState.COMPLETED, JobState.FAILED)
SHOWN_AFTER_END = timedelta(days=1)
R = TypeVar("R", bound=Model)


class Store(Sessions):
    """The database of one daemon, or, on a server, of several: then each is a station, by its name."""

    def __init__(self, engine: Engine, station: str = "") -> None:
        super().__init__(engine)
        #: The daemon's name, which its jobs have.
        self.station = station
        #: The name that rows have besides jobs, which are of one machine; empty where there is only one.
        self.scope = station if self.is_shared else ""

    def own(self, kind: Any) -> ColumnElement[bool]:
        """Give the condition that a row is of this daemon; all are where nobody else has any."""
        return col(kind.station) == self.station if self.is_shared else true()

    def is_own(self, job: DiscJob) -> bool:
        """Whether a job is this daemon's."""
        return not self.is_shared or job.station == self.station

    # -- jobs ------------------------------------------------------------------------------------------

    def job(self, job_id: int) -> DiscJob | None:
        """Give one job."""
        return self.reading(lambda session: session.get(DiscJob, job_id))

    def need_job(self, job_id: int) -> DiscJob:
        """Give one job or raise NotFound."""
        job = self.job(job_id)
        if job is None:
            raise NotFound("there is no such job", where=f"job {job_id}", remedy="see engramctl jobs")
        return job

    def unfinished_jobs(self) -> list[DiscJob]:
        """Give every job of this daemon that is neither completed nor failed, oldest first."""
        wanted = select(DiscJob).where(col(DiscJob.state).not_in(ENDED), self.own(DiscJob))
        return self._all(wanted.order_by(col(DiscJob.id)))

    def visible_jobs(self) -> list[DiscJob]:
        """Give its own jobs that are active, in review, or ended less than a day ago and are not cleared."""
        recent = utcnow() - SHOWN_AFTER_END
        shown = col(DiscJob.state).not_in(ENDED) | (col(DiscJob.completed_at) > recent)
        wanted = select(DiscJob).where(shown, col(DiscJob.cleared_at).is_(None), self.own(DiscJob))
        return self._all(wanted.order_by(col(DiscJob.id)))

    def history(self, before: datetime | None, limit: int, state: str | None) -> list[DiscJob]:
        """Give a page of all jobs, newest first."""
        return self.past_jobs(WantedJobs(limit=limit, before=before, state=state or ""))

    def past_jobs(self, wanted: WantedJobs) -> list[DiscJob]:
        """Give a page of all jobs that are wanted, newest first."""
        with self.read() as session:
            return past_jobs(session, wanted)

    def counts_of(self, job_ids: Collection[int]) -> tuple[dict[int, Counter[TitleState]], Counter[int]]:
        """Count the titles of jobs by their state, and the jobs' open questions."""
        with self.read() as session:
            return title_states(session, job_ids), open_questions(session, job_ids)

    def jobs_of_disc(self, content_hash: str) -> list[DiscJob]:
        """Give all jobs of a disc, newest first."""
        wanted = select(DiscJob).where(DiscJob.content_hash == content_hash).order_by(col(DiscJob.id).desc())
        return self._all(wanted)

    def job_of_insertion(self, boot_id: str, drive_identity: str, diskseq: int) -> DiscJob | None:
        """Give the job of an insertion."""
        wanted = select(DiscJob).where(
            DiscJob.boot_id == boot_id, DiscJob.drive_identity == drive_identity, DiscJob.diskseq == diskseq
        )
        found = self._all(wanted)
        return found[0] if found else None

    def events(self, job_id: int) -> list[JobEvent]:
        """Give what happened to a job, oldest first."""
        return self._all(select(JobEvent).where(JobEvent.job_id == job_id).order_by(col(JobEvent.id)))

    def past_events(self, wanted: WantedEvents) -> list[PastEvent]:
        """Give a page of what happened to jobs, newest first."""
        with self.read() as session:
            return past_events(session, wanted)

    def events_after(self, last: int, limit: int) -> list[PastEvent]:
        """Give what happened after the event of that number, oldest first."""
        with self.read() as session:
            return events_after(session, last, limit)

    def last_event(self) -> int:
        """Give the number of the last event; 0 where nothing happened yet."""
        with self.read() as session:
            return last_event(session)

    # -- titles ----------------------------------------------------------------------------------------

    def titles(self, job_id: int) -> list[DiscTitle]:
        """Give a job's titles in the order of its scan."""
        wanted = select(DiscTitle).where(DiscTitle.job_id == job_id).order_by(col(DiscTitle.title_index))
        return self._all(wanted)

    def title(self, job_id: int, title_index: int) -> DiscTitle | None:
        """Give one title."""
        wanted = select(DiscTitle).where(DiscTitle.job_id == job_id, DiscTitle.title_index == title_index)
        found = self._all(wanted)
        return found[0] if found else None

    def need_title(self, job_id: int, title_index: int) -> DiscTitle:
        """Give one title or raise NotFound."""
        title = self.title(job_id, title_index)
        if title is None:
            where = f"job {job_id}, title {title_index + 1}"
            raise NotFound("there is no such title", where=where, remedy=f"see engramctl show {job_id}")
        return title

    def tracks(self, title_id: int) -> list[TitleTrack]:
        """Give a title's streams."""
        wanted = select(TitleTrack).where(TitleTrack.title_id == title_id).order_by(col(TitleTrack.place))
        return self._all(wanted)

    def candidates(self, title_id: int) -> list[TitleCandidate]:
        """Give the episodes that a title may be, likeliest first."""
        wanted = select(TitleCandidate).where(TitleCandidate.title_id == title_id)
        return self._all(wanted.order_by(col(TitleCandidate.confidence).desc(), col(TitleCandidate.id)))

    def replace_of_title(
        self, kind: type[TitleTrack | TitleCandidate | TitlePart], title_id: int, rows: Sequence[Model]
    ) -> None:
        """Put rows of one kind in the place of a title's former ones."""
        with self.write() as session:
            for old in session.exec(select(kind).where(kind.title_id == title_id)):
                session.delete(old)
            session.add_all(rows)

    def parts(self, title_id: int) -> list[TitlePart]:
        """Give the episodes inside a title that holds several, in its order."""
        wanted = select(TitlePart).where(TitlePart.title_id == title_id)
        return self._all(wanted.order_by(col(TitlePart.begin_seconds)))

    def jobs_of_show(self, show: str, tmdb_id: int | None = None) -> list[DiscJob]:
        """Give the jobs of a series, by its name (in any case) or its number at TMDB, newest first."""
        name = col(DiscJob.detected_title)
        is_it = (func.lower(name) == show.lower()) | (name == show)
        if tmdb_id is not None:
            is_it = is_it | (col(DiscJob.tmdb_id) == tmdb_id)
        wanted = select(DiscJob).where(is_it, col(DiscJob.content_type) != ContentType.MOVIE)
        return self._all(wanted.order_by(col(DiscJob.id).desc()))

    def episodes_of(self, show: str, tmdb_id: int | None) -> list[tuple[DiscJob, DiscTitle]]:
        """Give the titles of a series that have an episode, with their jobs; see `jobs_of_show`."""
        jobs = {job.id: job for job in self.jobs_of_show(show, tmdb_id)}
        wanted = select(DiscTitle).where(
            col(DiscTitle.job_id).in_(jobs), col(DiscTitle.matched_episode).is_not(None)
        )
        return [(jobs[title.job_id], title) for title in self._all(wanted.order_by(col(DiscTitle.id)))]

    def happened_since(self, since: datetime) -> list[tuple[int, int | None, str]]:
        """Give the jobs and titles that something happened to since a time, and what they became, once."""
        wanted = select(JobEvent.job_id, JobEvent.title_index, JobEvent.new).distinct()
        return [tuple(row) for row in self._all(wanted.where(col(JobEvent.at) >= since))]

    def events_of_kind(self, kind: str) -> list[JobEvent]:
        """Give what happened of one kind, in all jobs, oldest first."""
        return self._all(select(JobEvent).where(JobEvent.kind == kind).order_by(col(JobEvent.id)))

    # -- reviews, drives, settings ---------------------------------------------------------------------

    def review(self, review_id: int) -> ReviewTask | None:
        """Give one review task."""
        with self.read() as session:
            return session.get(ReviewTask, review_id)

    def reviews(self, job_id: int) -> list[ReviewTask]:
        """Give all questions about a job, open and closed, oldest first."""
        return self._all(select(ReviewTask).where(ReviewTask.job_id == job_id).order_by(col(ReviewTask.id)))

    def open_reviews(self, job_id: int | None = None) -> list[ReviewTask]:
        """Give the open questions, of one job or of all jobs of this daemon."""
        wanted = select(ReviewTask).where(col(ReviewTask.closed_at).is_(None)).order_by(col(ReviewTask.id))
        if job_id is not None:
            wanted = wanted.where(ReviewTask.job_id == job_id)
        elif self.is_shared:
            mine = select(DiscJob.id).where(self.own(DiscJob))
            wanted = wanted.where(col(ReviewTask.job_id).in_(mine))
        return self._all(wanted)

    def drive(self, identity: str) -> DriveRecord:
        """Give what is recorded of a drive; a drive that is new gets the defaults."""
        with self.read() as session:
            known = session.get(DriveRecord, (self.scope, identity))
        return known or DriveRecord(station=self.scope, identity=identity)

    def track_rule(self, show: str) -> TrackRule | None:
        """Give what a person said about the tracks of a show or film."""
        with self.read() as session:
            return session.get(TrackRule, show)

    def track_rules(self) -> list[TrackRule]:
        """Give every such rule, by name."""
        return self._all(select(TrackRule).order_by(col(TrackRule.show)))

    def keep_track_rule(self, show: str, rule: TrackRule | None) -> None:
        """Put a rule in the place of a show's former one; None: there is none any more."""
        with self.write() as session:
            former = session.get(TrackRule, show)
            if former is not None:
                session.delete(former)
                session.flush()
            if rule is not None:
                session.add(rule)

    def save(self, row: Model) -> None:
        """Insert or update one row."""
        with self.write() as session:
            session.merge(row)

    def add(self, row: R) -> R:
        """Insert one row and give it back with its number."""
        with self.write() as session:
            session.add(row)
        return row

    def load_config(self) -> AppConfig:
        """Give the settings that were set."""
        with self.read() as session:
            return session.get(AppConfig, 1) or AppConfig(id=1)

    def save_config(self, config: AppConfig) -> None:
        """Keep the settings."""
        config.id = 1
        self.save(config)

    # -- what a disc may be ----------------------------------------------------------------------------

    def evidence(self, job_id: int) -> list[JobEvidence]:
        """Give what the sources say of a job's disc, in the order in which they said it."""
        return self._all(
            select(JobEvidence).where(JobEvidence.job_id == job_id).order_by(col(JobEvidence.id))
        )

    def works(self, job_id: int) -> list[WorkCandidate]:
        """Give the series and films that a job's disc may be, likeliest first."""
        wanted = select(WorkCandidate).where(WorkCandidate.job_id == job_id)
        return self._all(wanted.order_by(col(WorkCandidate.confidence).desc(), col(WorkCandidate.id)))

    def replace_evidence(self, job_id: int, rows: Sequence[JobEvidence]) -> None:
        """Put evidence in the place of what the same sources said before."""
        sources = {row.source for row in rows}
        with self.write() as session:
            wanted = select(JobEvidence).where(JobEvidence.job_id == job_id)
            for old in session.exec(wanted.where(col(JobEvidence.source).in_(sources))):
                session.delete(old)
            session.add_all(rows)

    def replace_works(self, job_id: int, rows: Sequence[WorkCandidate]) -> None:
        """Put works in the place of those that a job's disc may have been before."""
        with self.write() as session:
            olds = list(session.exec(select(WorkCandidate).where(WorkCandidate.job_id == job_id)))
            numbers = {(old.namespace, old.tmdb_id or old.name): old.number for old in olds}
            last = max(numbers.values(), default=0)
            for row in sorted(rows, key=lambda row: -row.confidence):
                known = numbers.get((row.namespace, row.tmdb_id or row.name), 0)
                last += not known
                row.number = known or last
            for old in olds:
                session.delete(old)
            session.add_all(rows)

    def work_name(self, namespace: WorkNamespace, tmdb_id: int) -> WorkName | None:
        """Give the name that was decided for a work."""
        with self.read() as session:
            return session.get(WorkName, (namespace, tmdb_id))

    def keep_work_name(self, row: WorkName) -> WorkName:
        """Keep the name of a work, unless one was decided meanwhile; give the one that counts."""
        with self.write() as session:
            known = session.get(WorkName, (row.namespace, row.tmdb_id))
            if known is not None:
                return known
            session.add(row)
        return row

    # -- what the next discs are -----------------------------------------------------------------------

    def hint(self, hint_id: int) -> DiscHint | None:
        """Give one hint, whether it still counts or not."""
        with self.read() as session:
            return session.get(DiscHint, hint_id)

    def hints(self) -> list[DiscHint]:
        """Give the hints that count now, oldest first."""
        with self.read() as session:
            return active_hints(session, utcnow(), self.scope)

    def add_hint(self, hint: DiscHint) -> DiscHint:
        """Insert a hint in the place of the former one for the same drive (or for all), which ends."""
        with self.write() as session:
            now, hint.station = utcnow(), self.scope
            end_expired(session, now)
            active = active_hints(session, now, self.scope)
            former = [h for h in active if h.drive_identity == hint.drive_identity]
            session.add(hint)
            session.flush()
            for other in former:
                end_hint(other, f"replaced by hint {hint.id}", now)
        return hint

    def end_hints(self, drive_identity: str | None, why: str) -> int:
        """End the hint of a drive, or every hint (None); give how many that were."""
        with self.write() as session:
            now = utcnow()
            end_expired(session, now)
            found = active_hints(session, now, self.scope)
            found = [h for h in found if drive_identity is None or h.drive_identity == drive_identity]
            for hint in found:
                end_hint(hint, why, now)
        return len(found)

    def _all(self, wanted: Any) -> list[Any]:
        return self.reading(lambda session: list(session.exec(wanted).all()))
