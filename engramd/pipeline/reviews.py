"""Review tasks: the questions that a person answers."""

from __future__ import annotations

from collections.abc import Callable

from engramd.events import EventHub, Happened, JobChanged, ReviewClosed, ReviewOpened
from engramd.models import DiscJob, DiscTitle, ReviewKind, ReviewTask
from engramd.models.base import utcnow
from engramd.pipeline.proposals import PROPOSED
from engramd.pipeline.review_words import closed_words, name_of, unanswered_words
from engramd.store import Store

#: `match_source` of a title that is a part of an episode and waits for the answer how such are filed, and the
#: answer that it is filed as that.
PARTS = "parts"
#: Kinds of the questions what a disc is; there is one of them at most.
ABOUT_IDENTITY = (ReviewKind.IDENTITY, ReviewKind.TYPE)
#: What the summary of this question ends with: other questions of its kind are about the season itself.
PARTS_ENDING = "file them as parts?"


def is_about_parts(task: ReviewTask) -> bool:
    """Whether a question is about the titles of a disc that are parts of episodes."""
    return task.kind is ReviewKind.SEASON and task.title_id is None and task.summary.endswith(PARTS_ENDING)


def is_about_identity(task: ReviewTask) -> bool:
    """Whether a question is what a whole disc is, or whether that is a series or a film."""
    return task.title_id is None and task.kind in ABOUT_IDENTITY


def is_proposal(task: ReviewTask) -> bool:
    """Whether a question is about the episodes of a whole disc."""
    return task.title_id is None and task.kind is ReviewKind.EPISODE


def is_about_extras(task: ReviewTask) -> bool:
    """Whether a question is what becomes of all extras of a disc."""
    return task.title_id is None and task.kind is ReviewKind.EXTRA


class Reviews:
    """Opens and closes questions; there is at most one open question of a kind about one thing."""

    def __init__(self, store: Store, hub: EventHub) -> None:
        self._store = store
        self._hub = hub
        self._is_answered: Callable[[ReviewTask], bool] = lambda _task: False
        self._answer: Callable[[int], None] = lambda _review_id: None

    def answer_with(self, is_answered: Callable[[ReviewTask], bool], answer: Callable[[int], None]) -> None:
        """Say which new questions are answered already, and who answers them, soon and on another thread."""
        self._is_answered, self._answer = is_answered, answer

    def ask(
        self,
        kind: ReviewKind,
        job_id: int,
        question: str,
        *,
        title: DiscTitle | None = None,
        summary: str = "",
        why: str = "",
        needs_disc: bool = False,
        ending: str = "",
    ) -> None:
        """Ask in a sentence, unless that is asked already; `why` says what it is asked for.

        Questions whose summaries have another `ending` are others. Which work a disc is takes the place of
        the question whether it is a series or a film.
        """
        open_tasks = self._store.open_reviews(job_id)
        if any(_asks_that(task, kind, title) and task.summary.endswith(ending) for task in open_tasks):
            return
        task = self._store.add(
            ReviewTask(
                job_id=job_id,
                title_id=title.id if title else None,
                kind=kind,
                question=question,
                summary=(summary or question)[:120],
                needs_disc=needs_disc,
                why=why,
                unanswered=unanswered_words(kind, of_title=title is not None),
            )
        )
        self._announce(task)
        if is_about_identity(task):
            for former in filter(is_about_identity, open_tasks):
                self.close_task(former, "asked more exactly", "engramd")

    def _announce(self, task: ReviewTask) -> None:
        answered = self._is_answered(task)
        if not answered:
            self._hub.publish(ReviewOpened(task.id or 0, task.job_id))
        self._hub.publish(JobChanged(task.job_id))
        if answered:
            self._answer(task.id or 0)
        else:
            self._hub.publish(Happened("review", task.question, job_id=task.job_id))

    def announce_late(self, task: ReviewTask) -> None:
        """Tell of a question that was to be answered by an earlier answer, and could not."""
        self._hub.publish(ReviewOpened(task.id or 0, task.job_id))
        self._hub.publish(Happened("review", task.question, job_id=task.job_id))

    def ask_episode(self, job: DiscJob, title: DiscTitle, why: str) -> None:
        """Ask which episode a title is, since `why`."""
        number, show = title.title_index + 1, name_of(job)
        self.ask(
            ReviewKind.EPISODE,
            job.id or 0,
            f"Which episode of {show} is title {number} ({title.duration_seconds / 60:.0f} min)?",
            title=title,
            summary=f"{show}, title {number}: which episode?",
            why=why,
        )

    def ask_once(
        self, kind: ReviewKind, job_id: int, question: str, *, summary: str = "", why: str = ""
    ) -> None:
        """Ask what a job's disc is, unless a person closed this very question before."""
        wanted = (kind, None, (summary or question)[:120])
        for task in self._store.reviews(job_id):
            by_person = task.closed_at is not None and task.answered_by != "engramd"
            if by_person and (task.kind, task.title_id, task.summary) == wanted:
                return
        self.ask(kind, job_id, question, summary=summary, why=why)

    def reword(self, task: ReviewTask, question: str, summary: str, why: str = "") -> None:
        """Let an open question say what it asks by now."""
        task.question, task.summary, task.why = question, summary[:120], why or task.why
        self._store.save(task)
        self._hub.publish(ReviewOpened(task.id or 0, task.job_id))

    def kinds_about(self, title: DiscTitle) -> set[ReviewKind]:
        """Give what is asked about a title, by itself or together with the others of its disc."""
        tasks = self._store.open_reviews(title.job_id)
        of_disc: set[ReviewKind] = {t.kind for t in tasks if is_proposal(t)}
        of_parts: set[ReviewKind] = {ReviewKind.EPISODE for t in tasks if is_about_parts(t)}
        of_title = {task.kind for task in tasks if task.title_id == title.id}
        of_extras = {t.kind for t in tasks if is_about_extras(t)} if title.is_extra else set()
        together = {PROPOSED: of_disc, PARTS: of_parts}
        return of_title | of_extras | together.get(title.match_source, set())

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
        kinds = ABOUT_IDENTITY if kind in ABOUT_IDENTITY else (kind,)
        for task in self._store.open_reviews(job_id):
            if task.title_id == title_id and (kind is None or task.kind in kinds):
                self.close_task(task, answer, actor)

    def close_if_open(self, task: ReviewTask, answer: str, actor: str) -> None:
        """Close one question with its answer, even where what followed from that closed it already."""
        known = self._store.review(task.id or 0)
        if known is not None and (known.closed_at is None or known.answered_by == "engramd"):
            self.close_task(known, answer, actor)

    def close_task(self, task: ReviewTask, answer: str | None, actor: str) -> None:
        """Close one question; without an answer it was dismissed, unless one was noted."""
        task.closed_at = utcnow()
        if answer is not None or actor != "engramd" or task.answer is None:
            task.answer, task.answered_by = answer, actor
        self._store.save(task)
        self._hub.publish(ReviewClosed(task.id or 0, task.job_id))
        self._hub.publish(JobChanged(task.job_id))
        self._hub.publish(Happened("answer", closed_words(task), job_id=task.job_id))


def _asks_that(task: ReviewTask, kind: ReviewKind, title: DiscTitle | None) -> bool:
    if title is None and kind is ReviewKind.TYPE and is_about_identity(task):
        return True
    return (task.kind, task.title_id) == (kind, title.id if title else None)
