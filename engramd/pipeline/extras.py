"""One question about all extras of a disc, for those who do not want each one; and what its answer does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engramd.errors import InvalidArgument
from engramd.models import DiscJob, DiscTitle, ExtrasPolicy, ReviewKind, ReviewTask, TitleState
from engramd.pipeline.decisions import Decision
from engramd.pipeline.parts import Parts
from engramd.pipeline.review_words import name_of
from engramd.pipeline.reviews import Reviews, is_about_extras
from engramd.store import Store

#: Answers: file all of them, file none, be asked about each.
KEEP, SKIP, ONE_BY_ONE = "keep", "skip", "one_by_one"
#: The answers as a person reads them.
OPTIONS = ((KEEP, "Keep all of them"), (SKIP, "Keep none of them"), (ONE_BY_ONE, "Ask for each of them"))
_GONE = (TitleState.SKIPPED, TitleState.FAILED)
_BY_PERSON = ("user", "earlier")


class ExtrasQuestion:
    """Asks it, where the policy is to ask."""

    def __init__(self, parts: Parts, reviews: Reviews) -> None:
        self._parts, self._reviews = parts, reviews

    def holds(self, job: DiscJob, title: DiscTitle) -> bool:
        """Whether a title is an extra that is not filed before a person says so."""
        policy = job.extras_policy or self._parts.settings.current.extras_policy
        return title.is_extra and title.match_source not in _BY_PERSON and policy == ExtrasPolicy.ASK

    def ask(self, job: DiscJob) -> None:
        """Ask about the extras of a disc, unless that is asked."""
        titles = self._parts.store.titles(job.id or 0)
        count = sum(self.holds(job, title) and title.state not in _GONE for title in titles)
        which = "the extra" if count == 1 else f"the {count} extras"
        minutes = sum(t.duration_seconds for t in titles if self.holds(job, t) and t.state not in _GONE) / 60
        self._reviews.ask(
            ReviewKind.EXTRA,
            job.id or 0,
            f"Are {which} of {name_of(job)} to be kept ({minutes:.0f} min in all)?",
            summary=f"{name_of(job)}: keep {which}?",
            why="extras are asked about (extras_policy is ask)",
        )

    def settle(self, job_id: int) -> None:
        """Close the question where each extra that waited for it is decided by itself."""
        task = next(filter(is_about_extras, self._parts.store.open_reviews(job_id)), None)
        if task is None or unasked_extras(self._parts.store, job_id):
            return
        self._reviews.close_task(task, "decided title by title", "engramd")
        if unasked_extras(self._parts.store, job_id):  # one came in this moment, and found it asked
            self.ask(self._parts.store.need_job(job_id))


class ExtrasAnswers:
    """Carries the answers out."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        decide: Callable[[Sequence[Decision], str], None],
        skip: Callable[[int, int, str], None],
    ) -> None:
        """`decide` records decisions, and `skip` says that a title (job, index) is not wanted."""
        self._parts, self._reviews, self._decide, self._skip = parts, reviews, decide, skip

    def answer(self, task: ReviewTask, answer: str, actor: str) -> None:
        """Do with all extras of a disc that wait what a person says. Raises InvalidArgument."""
        if answer not in (KEEP, SKIP, ONE_BY_ONE):
            raise InvalidArgument(f"answer with {KEEP}, {SKIP} or {ONE_BY_ONE}", where=answer)
        titles = unasked_extras(self._parts.store, task.job_id)
        self._do(titles, answer, actor)
        self._reviews.close_if_open(task, answer, actor)  # what a crash cuts short is asked still
        seen = {title.id for title in titles}
        late = [title for title in unasked_extras(self._parts.store, task.job_id) if title.id not in seen]
        self._do(late, answer, actor)

    def _do(self, titles: Sequence[DiscTitle], answer: str, actor: str) -> None:
        if answer == KEEP and titles:
            self._decide([_kept(title, actor) for title in titles], actor)
        elif answer == SKIP:
            for title in titles:
                self._skip(title.job_id, title.title_index, actor)
        elif answer == ONE_BY_ONE:
            for title in titles:
                self._ask_alone(title)

    def _ask_alone(self, title: DiscTitle) -> None:
        job = self._parts.store.need_job(title.job_id)
        number, name = title.title_index + 1, title.item_name or title.extra_kind or "it has no name"
        self._reviews.ask(
            ReviewKind.EXTRA,
            title.job_id,
            f"Is title {number} ({title.duration_seconds / 60:.0f} min, {name}) to be kept as an extra?",
            title=title,
            summary=f"{name_of(job)}, title {number}: keep this extra?",
            why="each extra is asked about, as a person said",
        )


def unasked_extras(store: Store, job_id: int) -> list[DiscTitle]:
    """Give the extras that wait for an answer, and about which nothing is asked but for all of them."""
    alone = {task.title_id for task in store.open_reviews(job_id)}
    titles = store.titles(job_id)
    return [t for t in titles if t.is_extra and t.state is TitleState.REVIEW and t.id not in alone]


def _kept(title: DiscTitle, actor: str) -> Decision:
    return Decision(title, f"title {title.title_index + 1} is an extra that is kept, says {actor}", {})
