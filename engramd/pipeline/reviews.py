"""Review tasks: the questions that a person answers."""

from __future__ import annotations

from engramd.events import EventHub, Happened, JobChanged, ReviewClosed, ReviewOpened
from engramd.models import DiscJob, DiscTitle, ReviewKind, ReviewTask
from engramd.models.base import utcnow
from engramd.pipeline.proposals import PROPOSED
from engramd.store import Store


class Reviews:
    """Opens and closes questions; there is at most one open question of a kind about one thing."""

    def __init__(self, store: Store, hub: EventHub) -> None:
        self._store = store
        self._hub = hub

    def ask(
        self,
        kind: ReviewKind,
        job_id: int,
        question: str,
        *,
        title: DiscTitle | None = None,
        summary: str = "",
        needs_disc: bool = False,
    ) -> None:
        """Ask, unless that is asked already."""
        title_id = title.id if title else None
        for task in self._store.open_reviews(job_id):
            if task.kind == kind and task.title_id == title_id:
                return
        task = self._store.add(
            ReviewTask(
                job_id=job_id,
                title_id=title_id,
                kind=kind,
                question=question,
                summary=(summary or question)[:120],
                needs_disc=needs_disc,
            )
        )
        self._hub.publish(ReviewOpened(task.id or 0, job_id))
        self._hub.publish(JobChanged(job_id))
        self._hub.publish(Happened("review", question, job_id=job_id))

    def ask_episode(self, job: DiscJob, title: DiscTitle, why: str) -> None:
        """Ask which episode a title is, since `why`."""
        number, show = title.title_index + 1, job.detected_title or job.volume_label or "the disc"
        self.ask(
            ReviewKind.EPISODE,
            job.id or 0,
            f"Which episode of {show} is title {number} ({title.duration_seconds / 60:.0f} min)? {why}."
            f" Answer with: engramctl assign {job.id} {number} S01E01",
            title=title,
            summary=f"{show}, title {number}: which episode?",
        )

    def ask_once(self, kind: ReviewKind, job_id: int, question: str, *, summary: str = "") -> None:
        """Ask what a job's disc is, unless a person closed this very question before."""
        wanted = (kind, None, (summary or question)[:120])
        for task in self._store.reviews(job_id):
            by_person = task.closed_at is not None and task.answered_by != "engramd"
            if by_person and (task.kind, task.title_id, task.summary) == wanted:
                return
        self.ask(kind, job_id, question, summary=summary)

    def reword(self, task: ReviewTask, question: str, summary: str) -> None:
        """Let an open question say what it asks by now."""
        task.question, task.summary = question, summary[:120]
        self._store.save(task)
        self._hub.publish(ReviewOpened(task.id or 0, task.job_id))

    def kinds_about(self, title: DiscTitle) -> set[ReviewKind]:
        """Give what is asked about a title, by itself or together with the others of its disc."""
        tasks = self._store.open_reviews(title.job_id)
        of_disc = {t.kind for t in tasks if t.title_id is None and t.kind is ReviewKind.EPISODE}
        of_title = {task.kind for task in tasks if task.title_id == title.id}
        return of_title | (of_disc if title.match_source == PROPOSED else set())

    def close(
        self,
        job_id: int,
        *,
        title: DiscTitle | None = None,
        kind: ReviewKind | None = None,
        answer: str | None = None,
        actor: str = "engramd",
    ) -> None:
        """Close a job's open questions about a title (or about the job itself), all kinds or one."""
        title_id = title.id if title else None
        for task in self._store.open_reviews(job_id):
            if task.title_id == title_id and kind in (None, task.kind):
                self.close_task(task, answer, actor)

    def close_if_open(self, task: ReviewTask, answer: str, actor: str) -> None:
        """Close one question with its answer, even where what followed from that closed it already."""
        known = self._store.review(task.id or 0)
        if known is not None and (known.closed_at is None or known.answered_by == "engramd"):
            self.close_task(known, answer, actor)

    def close_task(self, task: ReviewTask, answer: str | None, actor: str) -> None:
        """Close one question; without an answer it was dismissed."""
        task.closed_at, task.answer, task.answered_by = utcnow(), answer, actor
        self._store.save(task)
        self._hub.publish(ReviewClosed(task.id or 0, task.job_id))
        self._hub.publish(JobChanged(task.job_id))
