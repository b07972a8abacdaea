"""What a person answered for a whole season or set: the same is not asked again for its other discs."""

from __future__ import annotations

from collections.abc import Iterable

from engramd.models import ContentType, DiscJob, ReviewKind, ReviewTask, StandingAnswer
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import ABOUT_IDENTITY, is_about_extras, is_about_identity
from engramd.pipeline.roster import same_show
from engramd.store.answers import StandingAnswers

DISC, SEASON, SET = "disc", "season", "set"
_UNKNOWN = (None, "", ContentType.UNKNOWN)
#: For what an answer to a question about a title may hold besides.
_OF_TITLE = {
    ReviewKind.CONFLICT: (DISC, SEASON, SET),
    ReviewKind.EDITION: (SET,),
    ReviewKind.DAMAGED: (DISC,),
}


def scopes_of(task: ReviewTask) -> tuple[str, ...]:
    """Give for what an answer may be said to hold (`disc` of a question about a disc is how it is anyway).

    Questions about episodes, parts of episodes and references have their own ways to do the same.
    """
    if task.title_id is not None:
        return _OF_TITLE.get(task.kind, ())
    if task.kind is ReviewKind.REFERENCES:
        return (SEASON,)
    return (DISC, SET) if is_about_identity(task) else (DISC, SEASON, SET)


class Standing:
    """Keeps such answers as rows, and finds the one that a question is answered by."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._rows = StandingAnswers(parts.store)

    def remember(self, task: ReviewTask, answer: str, scope: str, actor: str) -> StandingAnswer | None:
        """Keep an answer to a question, if its scope reaches further than the question itself.

        That about the extras of a disc is for those too that are ripped later.
        """
        scope = scope or (DISC if is_about_extras(task) else "")
        of_disc = scope == DISC and is_about_identity(task)
        if not _is_kept(task) or scope not in scopes_of(task) or of_disc:
            return None
        return self._rows.add(
            StandingAnswer(
                review_id=task.id or 0,
                job_id=task.job_id,
                kind=task.kind,
                of_title=task.title_id is not None,
                scope=scope,
                answer=answer,
                actor=actor,
            )
        )

    def forget(self, review_id: int) -> None:
        """Let what was answered to a question count for no others any more."""
        self._rows.end(review_id)

    def answer_to(self, task: ReviewTask) -> StandingAnswer | None:
        """Give the newest answer that holds for an open question; each is given to the same thing once."""
        rows = self._rows.newest_first() if _is_kept(task) else []
        return next((row for row in rows if self._holds_for(row, task)), None)

    def open_tasks(self, row: StandingAnswer) -> list[ReviewTask]:
        """Give the open questions that an answer holds for."""
        return [task for task in self._store.open_reviews() if self._holds_for(row, task)]

    def _holds_for(self, row: StandingAnswer, task: ReviewTask) -> bool:
        if row.of_title != (task.title_id is not None) or not _is_alike(row.kind, task.kind):
            return False
        if task.id == row.review_id or (row.kind is ReviewKind.EDITION and task.job_id == row.job_id):
            return False  # two cuts on one disc are no one edition
        given_for, job = self._store.need_job(row.job_id), self._store.need_job(task.job_id)
        if not _covers(row.scope, given_for, job, is_identity=is_about_identity(task)):
            return False
        return is_about_extras(task) or not _was_given(row, task, self._store.reviews(job.id or 0))


def _is_kept(task: ReviewTask) -> bool:
    return (
        task.kind in _OF_TITLE
        if task.title_id is not None
        else is_about_identity(task) or is_about_extras(task)
    )


def _is_alike(one: ReviewKind, other: ReviewKind) -> bool:
    return one is other or (one in ABOUT_IDENTITY and other in ABOUT_IDENTITY)


def _was_given(row: StandingAnswer, task: ReviewTask, tasks: Iterable[ReviewTask]) -> bool:
    """Whether a person's answer closed this very question since, and it was asked again nevertheless."""
    return any(
        one.id != row.review_id
        and one.closed_at is not None
        and one.answered_by != "engramd"
        and one.created_at >= row.at
        and (one.kind, one.title_id) == (task.kind, task.title_id)
        for one in tasks
    )


def _covers(scope: str, given_for: DiscJob, job: DiscJob, *, is_identity: bool) -> bool:
    if job.id == given_for.id:
        return True
    if scope == DISC or not same_set(given_for, job, is_identity=is_identity):
        return False
    return scope == SET or given_for.detected_season == job.detected_season


def same_set(job: DiscJob, other: DiscJob, *, is_identity: bool = False) -> bool:
    """Whether two discs belong together: of one work, or with the same name on their labels.

    A label counts where nothing says that they are of two works; if that `is_identity`, what is asked, it
    counts whatever they are taken for, but not for a series and a film.
    """
    if same_show(job, other) or _same_film(job, other):
        return True
    apart = _differ(job, other, "content_type") if is_identity else _are_two_works(job, other)
    return not apart and _same_label(job, other)


def _are_two_works(job: DiscJob, other: DiscJob) -> bool:
    return any(_differ(job, other, name) for name in ("content_type", "tmdb_id", "detected_title", "year"))


def _differ(job: DiscJob, other: DiscJob, name: str) -> bool:
    """Whether something is known of both discs, and is not the same."""
    told = [getattr(one, name) for one in (job, other)]
    known = {one.casefold() if isinstance(one, str) else one for one in told if one not in _UNKNOWN}
    return len(known) > 1


def _same_film(job: DiscJob, other: DiscJob) -> bool:
    if job.content_type is not ContentType.MOVIE or other.content_type is not ContentType.MOVIE:
        return False
    if job.tmdb_id is not None and other.tmdb_id is not None:
        return job.tmdb_id == other.tmdb_id
    name = (job.detected_title or "").casefold()
    return name == (other.detected_title or "").casefold() != "" and job.year == other.year


def _same_label(job: DiscJob, other: DiscJob) -> bool:
    from engramd.identify import parse_label
    from engramd.identify.work_names import plain_name

    names = [plain_name(parse_label(one.volume_label).title or "").joined for one in (job, other)]
    return names[0] == names[1] != ""
