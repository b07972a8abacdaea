"""What is told of jobs: an end, questions, and that the disc is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from engramd.models import (
    AppConfig,
    DiscJob,
    JobState,
    NotifyWhen,
    Outcome,
    ReviewTask,
    WaitingFor,
)
from engramd.models.notices import Notice
from engramd.notify.clock import next_at
from engramd.notify.facts import job_facts
from engramd.notify.rows import GOOD, NEEDS_DISC, QUESTIONS, NoticeRows
from engramd.notify.scrub import scrubbed
from engramd.notify.texts import Texts
from engramd.settings.hours import read_time
from engramd.store import Store

_ENDS = {
    Outcome.COMPLETE: "filed",
    Outcome.DUPLICATE: "duplicate",
    Outcome.NOTHING_TO_DO: "nothing_to_do",
    Outcome.PARTIAL: "partial",
    Outcome.FAILED: "failed",
}
_ASKS = (QUESTIONS, NEEDS_DISC)
#: Ends of an earlier run are told of at start only if they are not older than this.
_RECENT = timedelta(hours=1)
#: Of what ended before this no change brings news: files are renamed, and discs cleared away, by hundreds.
_NEWS = timedelta(days=1)


class JobNews:
    """Looks at a job, and puts into the outbox what a person has not been told of it."""

    def __init__(
        self, store: Store, rows: NoticeRows, texts: Texts, settings: Callable[[], AppConfig]
    ) -> None:
        self._store = store
        self._rows = rows
        self._texts = texts
        self._settings = settings

    def unfinished(self, now: datetime) -> list[int]:
        """Give the jobs that an earlier run may not have told of."""
        return [
            job.id or 0
            for job in self._store.visible_jobs()
            if job.completed_at is None or job.completed_at > now - _RECENT
        ]

    def look(self, job_id: int, now: datetime) -> None:
        """Tell what is new; a message that nobody has to read any more is taken back."""
        job = self._store.job(job_id)
        if job is None or job.cleared_at is not None:
            return
        told = self._rows.of_job(job_id)
        reviews = self._store.open_reviews(job_id)
        if job.state in (JobState.COMPLETED, JobState.FAILED) and not reviews:
            self._tell_end(job, told, now)
        else:
            self._tell_questions(job, reviews, told, now)

    def due(self, kind: str, now: datetime) -> datetime | None:
        """Give when a message of a kind goes out, or None if it is not wanted."""
        settings = self._settings()
        if kind not in GOOD or settings.notify_when is NotifyWhen.EACH_DISC:
            return now
        if settings.notify_when is NotifyWhen.OFF:
            return None
        return next_at(now, read_time(settings.notify_evening))

    def _tell_end(self, job: DiscJob, told: Sequence[Notice], now: datetime) -> None:
        outcome = job.outcome or (Outcome.FAILED if job.state is JobState.FAILED else Outcome.COMPLETE)
        kind, ended = None if job.continued_as else _ENDS.get(outcome), job.completed_at or now
        told = self._take_back(told, kind, now)
        if kind is None:  # a person cancelled it, and knows; or the job with which its disc goes on will tell
            return
        of_kind = GOOD if kind in GOOD else (kind,)
        held = [notice for notice in told if notice.kind == kind and _is_held(notice)]
        if held:
            self._refresh(held[0], self._notice(kind, job, (), now, now))
            return
        is_told = any(n.kind in of_kind and (kind in GOOD or n.at >= ended) for n in told)
        due = self.due(kind, now)
        if not is_told and due is not None and ended > now - _NEWS:
            self._rows.add(self._notice(kind, job, (), now, due))

    def _tell_questions(
        self, job: DiscJob, reviews: Sequence[ReviewTask], told: Sequence[Notice], now: datetime
    ) -> None:
        need = [task for task in reviews if task.needs_disc]
        waits = job.waiting_for is WaitingFor.DISC
        begun = [job.waiting_since] if waits and job.waiting_since else []
        wanted = NEEDS_DISC if need or waits else QUESTIONS if reviews else None
        told = self._take_back(told, wanted, now)
        if wanted is None:
            return
        order = [*need, *(task for task in reviews if not task.needs_disc)]
        fresh = self._notice(wanted, job, order, now, now)
        held = [notice for notice in told if notice.kind == wanted and _is_held(notice)]
        if held:
            self._refresh(held[0], fresh)
            return
        about = need if wanted == NEEDS_DISC else reviews
        since = [*(task.created_at for task in about), *(begun if wanted == NEEDS_DISC else ())]
        kinds = (NEEDS_DISC,) if wanted == NEEDS_DISC else _ASKS
        last = next((notice.at for notice in told if notice.kind in kinds), None)
        # Who was told of a question that is still open knows that this disc has some.
        if last is None or all(moment > last for moment in since):
            self._rows.add(fresh)

    def _take_back(self, told: Sequence[Notice], but: str | None, now: datetime) -> list[Notice]:
        """Drop what nobody has read and is true no more, and try no further to send it; give the rest."""
        past = [n for n in told if n.kind in (*_ASKS, *GOOD) and n.kind != but and n.sent_at is None]
        gone = [notice for notice in past if _is_held(notice)]
        self._rows.drop(gone)
        for notice in past:
            if notice not in gone:
                notice.sent_at = now
                self._rows.save([notice])
        return [notice for notice in told if notice not in gone]

    def _refresh(self, held: Notice, fresh: Notice) -> None:
        held.subject, held.text = fresh.subject, fresh.text
        self._rows.save([held])

    def _notice(
        self, kind: str, job: DiscJob, reviews: Sequence[ReviewTask], now: datetime, due: datetime
    ) -> Notice:
        facts = job_facts(job, self._store.titles(job.id or 0), reviews, self._texts)
        settings = self._settings()
        folders = (job.staging_folder or "",)
        clean = {name: scrubbed(str(value or ""), settings, folders) for name, value in facts.items()}
        message = self._texts.say(kind, clean)
        return Notice(
            kind=kind,
            job_id=job.id,
            subject=message.subject,
            text=message.text,
            urgent=kind == NEEDS_DISC,
            at=now,
            due_at=due,
        )


def _is_held(notice: Notice) -> bool:
    """Whether nobody has got a message yet."""
    return notice.sent_at is None and notice.attempts == 0
