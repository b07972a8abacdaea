"""How a change is undone: what becomes of each title then, and where its file goes.

What was filed before gets its former name and values. What was filed since goes back to staging, and is asked
about again: it is not lost, and does not stay in the library as what it is not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from engramd.errors import NotFound, WrongState
from engramd.lifecycle import JobMove, TitleMove
from engramd.models import Change, ChangeStep, DiscTitle, JobState, Sidecar, TitleState, WaitingFor
from engramd.models.base import utcnow
from engramd.organize import Modes, Trash
from engramd.organize.files import has_size
from engramd.organize.trash import in_trash, replaced_by
from engramd.pipeline.change_files import ChangeFiles
from engramd.pipeline.change_plans import changed_values, open_reviews_before
from engramd.pipeline.halves import take_back
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.staging import JobFolder
from engramd.store.answers import StandingAnswers
from engramd.store.changes import ChangeRows, read
from engramd.store.store import ENDED

_AT_THE_DISC = (TitleState.PENDING, TitleState.RIPPING)
#: States that a title has again as it had it; of any other it is asked what it is.
_AGAIN = (TitleState.COMPLETED, TitleState.REVIEW, TitleState.MATCHED)
_OPEN = (TitleState.REVIEW, TitleState.MATCHED, TitleState.MATCHING)


class Undoing:
    """Plans the way back of a change; `prepared` checks everything and raises before anything is done."""

    def __init__(
        self, parts: Parts, files: ChangeFiles, reviews: Reviews, staging: Callable[[], Path]
    ) -> None:
        self._parts, self._files, self._reviews, self._staging = parts, files, reviews, staging

    def prepared(self, steps: Sequence[ChangeStep]) -> list[ChangeStep]:
        """Give the steps as they are gone back, with the files of what was filed since.

        Raises NotFound or WrongState where something cannot be taken back, with why.
        """
        further: list[ChangeStep] = []
        for step in steps:
            step.is_aside = step.is_done = False
            if step.title_id is not None:
                further += self._prepare(step, self.title(step))
        known = {step.old_path for step in steps}
        whole = [*steps, *(step for step in further if step.old_path not in known)]
        for place, step in enumerate(whole):
            step.place = place
        self._files.check(whole, back=True)
        return whole

    def title(self, step: ChangeStep) -> DiscTitle:
        """Give the title of a step as it is now."""
        with self._parts.store.read() as session:
            title = session.get(DiscTitle, step.title_id)
        if title is None:
            why = "its disc was read again, and lists its titles anew"
            raise NotFound("the title is not there any more", where=f"job {step.job_id}", why=why)
        return title

    def moves(self, change: Change, steps: Sequence[ChangeStep]) -> tuple[list[TitleMove], list[JobMove]]:
        """Give what becomes of titles and jobs."""
        reason = f"taken back: {change.sentence}"
        titles = [self._title_move(step, reason) for step in steps if step.title_id is not None]
        awake = {move.title.job_id for move in titles if (move.new or move.title.state) in _OPEN}
        jobs: dict[int, JobMove] = {}
        for step in steps:
            if step.title_id is None and step.job_id is not None:
                values = changed_values(step, back=True)
                jobs[step.job_id] = JobMove(step.job_id, None, reason, values)
        for job_id in awake:
            ended = self._parts.store.need_job(job_id).state in ENDED
            values = dict(jobs[job_id].values) if job_id in jobs else {}
            jobs[job_id] = JobMove(job_id, JobState.ORGANIZING if ended else None, reason, values)
        return titles, [move for move in jobs.values() if move.values or move.new is not None]

    def reopened(self, change: Change, steps: Sequence[ChangeStep]) -> list[int]:
        """Give the questions that are open again: those about these titles, or their discs.

        One about a disc that was answered by itself later stays answered.
        """
        titles = {step.title_id for step in steps if step.title_id is not None}
        found = []
        for number in open_reviews_before(steps):
            task = self._parts.store.review(number)
            if task is None or task.closed_at is None:
                continue
            if task.title_id in titles or (task.title_id is None and not self._answered_else(change, number)):
                found.append(number)
        return found

    def _answered_else(self, change: Change, review_id: int) -> bool:
        others = ChangeRows(self._parts.store).of_review(review_id)
        return any(one.id != change.id and one.done_at and not one.undone_at for one in others)

    def ask_what_is_open(self, moves: Sequence[TitleMove]) -> None:
        """Ask about titles of which nothing is asked."""
        for move in moves:
            title = self._parts.store.need_title(move.title.job_id, move.title.title_index)
            if title.state is TitleState.REVIEW and not self._reviews.kinds_about(title):
                job = self._parts.store.need_job(title.job_id)
                self._reviews.ask_episode(job, title, "what was said of it is taken back")

    def forget(self, review_id: int, actor: str) -> None:
        """Let what was answered to a question count for no other discs any more."""
        StandingAnswers(self._parts.store).end(review_id)
        if (task := self._parts.store.review(review_id)) is not None:
            take_back(self._parts, task, actor)

    # -- files -----------------------------------------------------------------------------------------

    def _prepare(self, step: ChangeStep, title: DiscTitle) -> list[ChangeStep]:
        """Say where the file of a title goes; give further steps, for what lies beside it."""
        before, now = TitleState(read(step.before)["state"]), title.state
        if before is TitleState.COMPLETED:
            self._require_as_left(step, title)
            return []
        if now is TitleState.COMPLETED:
            return self._unfile(step, title)
        if now in _AT_THE_DISC and before not in _AT_THE_DISC:
            raise WrongState(
                f"title {title.title_index + 1} of job {title.job_id} is being read again",
                why="that cannot be taken back",
                remedy="wait for it; it is compared, or asked about, by itself",
            )
        gone = title.staging_file is not None and not os.path.lexists(title.staging_file)
        if gone and before not in _AT_THE_DISC:
            raise NotFound(
                f"the file of title {title.title_index + 1} is not in the staging folder any more",
                where=title.staging_file,
                remedy="see engramctl trash list, and restore it first",
            )
        step.old_path = step.new_path = ""  # of an attempt to undo it that failed
        return []

    def _require_as_left(self, step: ChangeStep, title: DiscTitle) -> None:
        after = read(step.after)
        left = after.get("organized_to", read(step.before).get("organized_to"))
        if title.state != after.get("state", title.state) or title.organized_to != left:
            raise WrongState(
                f"title {title.title_index + 1} of job {title.job_id} was changed since",
                why=f"it is {title.state} as {title.organized_to or 'no file'}",
            )

    def _unfile(self, step: ChangeStep, title: DiscTitle) -> list[ChangeStep]:
        """Bring a file that was filed since back to staging, and to the trash what was written beside it."""
        path = Path(title.organized_to or "")
        root = self._files.library_of(path)
        if root is None:
            raise WrongState("no library that is set holds this file", where=path)
        if not self._is_there(root, path):
            why = "somebody moved or removed it; nothing is changed"
            raise NotFound("a file of the library is gone", where=path, why=why, remedy="put it back")
        size = self._files.at(root, lambda _pulse: path.stat().st_size)
        job = self._parts.store.need_job(title.job_id)
        original = title.staging_file is not None and has_size(Path(title.staging_file), size)
        if job.is_import and not job.move_originals and not original:
            remedy = f"say what it is: engramctl assign {title.job_id} {title.title_index + 1} S01E01"
            raise WrongState(
                "the file that it was imported from is gone", where=title.staging_file or "", remedy=remedy
            )
        why = f"taken back: title {title.title_index + 1} of job {title.job_id}"
        home = self._trashed(root, path, why) if original else self._staged(title, path)
        step.old_path, step.new_path, step.size, step.changed_ns = str(home), str(path), 0, 0
        further = [one for one in self._beside(title) if self._is_there(root, one)]
        return self._replaced(step, root, path) + [
            ChangeStep(
                change_id=step.change_id,
                place=0,
                old_path=str(self._trashed(root, one, why)),
                new_path=str(one),
            )
            for one in further
        ]

    def _is_there(self, root: Path, path: Path) -> bool:
        return self._files.at(root, lambda _pulse: os.path.lexists(path))

    def _replaced(self, step: ChangeStep, root: Path, path: Path) -> list[ChangeStep]:
        """Give the ways back of what went to the trash since, for the file that is brought back to staging.

        What has no free name stays there.
        """
        change = ChangeRows(self._parts.store).get(step.change_id)
        found: dict[Path, Path] = {}
        for entry in self._files.at(root, lambda _pulse: Trash(root).entries()):
            home = root / entry.path
            is_one_work = len(entry.path.parts) == 1 or entry.path.parts[0] == path.relative_to(root).parts[0]
            is_of_it = entry.why == replaced_by(path) and change is not None and entry.at >= change.at
            if is_of_it and is_one_work and (home == path or not os.path.lexists(home)):
                found.setdefault(home, entry.file)
        return [
            ChangeStep(change_id=step.change_id, place=0, old_path=str(home), new_path=str(file))
            for home, file in found.items()
        ]

    def _staged(self, title: DiscTitle, path: Path) -> Path:
        """Give the place of a file in its job's staging folder."""
        job = self._parts.store.need_job(title.job_id)
        folder = JobFolder.of(self._staging(), title.job_id).path
        if job.staging_folder and Path(job.staging_folder).is_relative_to(self._staging()):
            folder = Path(job.staging_folder)
        known = Path(title.staging_file or "")
        if known.parent == folder:
            return known
        return folder / f"title-{title.title_index + 1:03}{path.suffix}"  # names of imports may be alike

    def _trashed(self, root: Path, path: Path, why: str) -> Path:
        trash = Trash(root, Modes.of(self._parts.settings.current))
        return self._files.at(root, lambda _pulse: trash.begin(path, why)).file

    def _beside(self, title: DiscTitle) -> list[Path]:
        with self._parts.store.read() as session:
            rows = session.exec(select(Sidecar).where(col(Sidecar.title_id) == title.id)).all()
        return [Path(row.path) for row in rows]

    # -- rows ------------------------------------------------------------------------------------------

    def _title_move(self, step: ChangeStep, reason: str) -> TitleMove:
        title = self.title(step)
        values = changed_values(step, back=True)
        before = TitleState(values.pop("state"))
        state = before if before in _AGAIN else TitleState.REVIEW
        if title.state is before or (title.state in _AT_THE_DISC and before in _AT_THE_DISC):
            state = title.state
        if step.old_path and before is not TitleState.COMPLETED:
            values |= {"staging_file": _kept_original(title, step), "organized_to": None}
            values |= {"filing_target": None, "filing_bytes": 0}
        if state is TitleState.REVIEW and before is not TitleState.REVIEW:
            values |= {"waiting_for": WaitingFor.ANSWER, "waiting_since": utcnow()}
        return TitleMove(title, None if state is title.state else state, reason, values)


def _kept_original(title: DiscTitle, step: ChangeStep) -> Any:
    """Give where the file of a title is in staging; one that is there still never left its place."""
    return title.staging_file if in_trash(Path(step.old_path)) else step.old_path
