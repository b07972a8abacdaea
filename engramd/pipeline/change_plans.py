"""What a change consists of, as it is planned and as it is recorded: values before and after, and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engramd.lifecycle import JobMove, TitleMove
from engramd.models import ChangeStep, DiscJob, DiscTitle, ReviewTask, TitleState
from engramd.pipeline.reviews import is_about_identity
from engramd.store import Store
from engramd.store.changes import read, written

#: What is kept of a title, and of a job, so that it can be again what it was.
TITLE_FIELDS = (
    "state",
    "matched_episode",
    "episode_part",
    "match_confidence",
    "match_source",
    "match_reason",
    "edition",
    "organized_to",
    "is_extra",
    "role",
    "role_reason",
    "extra_kind",
    "item_name",
    "own_content_type",
    "own_title",
    "own_year",
    "own_season",
    "own_tmdb_id",
    "filing_target",
    "filing_choice",
    "waiting_for",
    "waiting_since",
    "error_message",
)
JOB_FIELDS = (
    "content_type",
    "detected_title",
    "detected_season",
    "classification_source",
    "classification_confidence",
    "discdb_mappings_json",
    "tmdb_id",
    "tmdb_namespace",
    "original_title",
    "original_language",
    "year",
    "disc_number",
    "identity_reason",
    "edition",
    "is_other",
)
#: Beside the values of a row: the questions that were open, the folder of a work that changes its name, and
#: the order in which a season is named.
REVIEWS, FOLDER, ORDER = "reviews", "folder", "order"
_SETTLED = (TitleState.COMPLETED, TitleState.SKIPPED, TitleState.FAILED)


@dataclass(frozen=True)
class FileMove:
    """A file of the library that goes elsewhere, with its title or beside it."""

    old: Path
    new: Path
    title_id: int | None = None
    optional: bool = False
    size: int = 0
    changed: int = 0


@dataclass(frozen=True)
class FolderMove:
    """The folder that a work has in a library, by its row: `old` and `new` are below `root`."""

    root: str
    old: str
    new: str


@dataclass(frozen=True)
class Plan:
    """A change: what becomes of titles, jobs, files and folders, all at once; `sentence` says it."""

    sentence: str
    job_id: int | None
    titles: Sequence[TitleMove] = ()
    jobs: Sequence[JobMove] = ()
    files: Sequence[FileMove] = ()
    folders: Sequence[FolderMove] = ()
    orders: Sequence[tuple[dict[str, Any], dict[str, Any]]] = ()
    reviews: Mapping[int, Sequence[int]] = field(default_factory=dict)


def concerned(store: Store, task: ReviewTask, scope: str = "") -> list[DiscTitle]:
    """Give the titles that an answer to a question is about, of other discs too where it is for those."""
    titles = store.titles(task.job_id)
    if task.title_id is not None:
        return [title for title in titles if title.id == task.title_id]
    if is_about_identity(task):
        return [title for title in titles if title.state not in _SETTLED]
    if scope in ("season", "set"):
        others = (job.id or 0 for job in store.unfinished_jobs() if job.id != task.job_id)
        titles += [title for number in others for title in store.titles(number)]
    return [title for title in titles if title.state is TitleState.REVIEW]


def snapshot(row: DiscTitle | DiscJob) -> dict[str, Any]:
    """Give what is kept of a row."""
    names = TITLE_FIELDS if isinstance(row, DiscTitle) else JOB_FIELDS
    return {name: getattr(row, name) for name in names}


def steps_of(plan: Plan, jobs: Mapping[int, DiscJob]) -> list[ChangeStep]:
    """Give a plan as the steps that are recorded of it; `jobs` are those that it touches."""
    files = {one.title_id: one for one in plan.files}
    steps = [_of_title(move, files.get(move.title.id or 0)) for move in plan.titles]
    moves = {move.job_id: move for move in plan.jobs}
    for job_id in sorted({*moves, *plan.reviews}):
        steps.append(_of_job(jobs[job_id], moves.get(job_id), plan.reviews.get(job_id, ())))
    steps += [_of_file(one) for one in plan.files if one.title_id is None]
    for folder in plan.folders:
        before, after = ([folder.root, name] for name in (folder.old, folder.new))
        steps.append(_step(before=written({FOLDER: before}), after=written({FOLDER: after})))
    steps += [_step(before=written({ORDER: old}), after=written({ORDER: new})) for old, new in plan.orders]
    return steps


def changed_values(step: ChangeStep, *, back: bool) -> dict[str, Any]:
    """Give the values that a step sets of its row, but for what is not of the row."""
    values = read(step.before if back else step.after)
    return {name: value for name, value in values.items() if name not in (REVIEWS, FOLDER, ORDER)}


def folder_moves(steps: Iterable[ChangeStep], *, back: bool) -> list[FolderMove]:
    """Give the folders that change their names, as the way is now."""
    found = []
    for step in steps:
        before, after = read(step.before).get(FOLDER), read(step.after).get(FOLDER)
        if before and after:
            old, new = (after, before) if back else (before, after)
            found.append(FolderMove(old[0], old[1], new[1]))
    return found


def orders(steps: Iterable[ChangeStep], *, back: bool) -> list[dict[str, Any]]:
    """Give the orders in which seasons are named then."""
    found = (read(step.before if back else step.after).get(ORDER) for step in steps)
    return [one for one in found if one is not None]


def open_reviews_before(steps: Iterable[ChangeStep]) -> list[int]:
    """Give the questions that were open before a change."""
    return [number for step in steps for number in read(step.before).get(REVIEWS, ())]


def _of_title(move: TitleMove, file: FileMove | None) -> ChangeStep:
    before = snapshot(move.title)
    after = {**move.values, "state": move.new or move.title.state}
    step = _step(job_id=move.title.job_id, title_id=move.title.id, before=written(before))
    step.after = written(after)
    if file is not None:
        step.old_path, step.new_path = str(file.old), str(file.new)
        step.size, step.changed_ns = file.size, file.changed
    return step


def _of_job(job: DiscJob, move: JobMove | None, reviews: Sequence[int]) -> ChangeStep:
    before = {**(snapshot(job) if move is not None else {}), REVIEWS: list(reviews)}
    after = dict(move.values) if move is not None else {}
    return _step(job_id=job.id, before=written(before), after=written(after))


def _of_file(file: FileMove) -> ChangeStep:
    return _step(old_path=str(file.old), new_path=str(file.new), size=file.size, changed_ns=file.changed)


def _step(**values: Any) -> ChangeStep:
    return ChangeStep(change_id=0, place=0, **values)
