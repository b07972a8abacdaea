"""Changes of what is filed or answered: recorded before the first step, carried out whole, and undone.

Files move first, then all rows change in one step, which is the change. Until then a crash, or an error,
leaves the rows as they were, and the files go on or go back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from sqlmodel import Session

from engramd.errors import Busy, Cancelled, EngramError, NotFound, WrongState
from engramd.events import Happened, JobChanged, LibraryChanged, ReviewOpened
from engramd.lifecycle import JobMove, TitleMove
from engramd.models import (
    Change,
    ChangeStep,
    DiscJob,
    DiscTitle,
    ReviewTask,
)
from engramd.models.base import utcnow
from engramd.organize.relocating import explained, explaining
from engramd.pipeline.change_files import ChangeFiles
from engramd.pipeline.change_places import follow_files, rename_folder
from engramd.pipeline.change_plans import (
    REVIEWS,
    Plan,
    changed_values,
    folder_moves,
    orders,
    snapshot,
    steps_of,
)
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import LOOK_SELDOM, Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.undoing import Undoing
from engramd.store.changes import ChangeRows, finish, read, written
from engramd.store.orders import put_order
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: Kinds of the lines in the history of a job.
AMENDED, UNDONE = "amended", "undone"
_MOST_LISTED = 500


class Changes:
    """Carries changes out, one at a time. For any thread, but not for the main loop; may take long."""

    def __init__(
        self,
        parts: Parts,
        libraries: Libraries,
        finisher: Finisher,
        reviews: Reviews,
        staging: Callable[[], Path],
        stop: CancelToken,
    ) -> None:
        """`staging` gives the staging folder, to which goes what is not to stay filed."""
        self._parts, self._finisher, self._stop = parts, finisher, stop
        self._rows = ChangeRows(parts.store)
        self.files = ChangeFiles(parts, libraries, self._rows, staging)
        self._undoing = Undoing(parts, self.files, reviews, staging)
        self._lock = threading.RLock()
        self._started = utcnow()
        self._noted = threading.local()

    # -- forth -----------------------------------------------------------------------------------------

    def check(self, plan: Plan) -> None:
        """Raise what would keep a plan from being carried out, as far as that can be seen."""
        steps = steps_of(plan, self._jobs_of(plan))
        self.files.check(steps, back=False)

    @contextmanager
    def planning(self, job_ids: Iterable[int | None]) -> Iterator[None]:
        """Have nothing that is filed of jobs change while a plan is made, and carried out. Raises Busy."""
        with self._lock:
            self._require_settled(frozenset(job_ids))
            yield

    def carry_out(self, plan: Plan, actor: str) -> int:
        """Do all of a plan, or nothing, within `planning`; give the change's number. Raises EngramErrors."""
        jobs = {move.title.job_id for move in plan.titles} | {move.job_id for move in plan.jobs}
        with self._lock, self._finisher.holding(jobs):
            steps = steps_of(plan, self._jobs_of(plan))
            with explaining(plan.sentence):
                self.files.check(steps, back=False)
            change = Change(actor=actor, sentence=plan.sentence, job_id=plan.job_id)
            if getattr(self._noted, "is_open", False):  # it is what was decided there
                change.review_id, self._noted.is_moot = self._noted.review_id, True
            self._rows.add(change, steps)
            self._run(change, actor)
        return change.id or 0

    @contextmanager
    def noting(
        self,
        titles: Sequence[DiscTitle],
        sentence: str,
        actor: str,
        *,
        job_id: int,
        review_id: int | None = None,
        with_job: bool = False,
    ) -> Iterator[None]:
        """Record what a person decides within the block, so that it can be undone.

        `titles` are those that it is about; `with_job` if what the job's disc is changes, too. Within another
        such block, or if it fails, nothing is recorded.
        """
        if getattr(self._noted, "is_open", False):
            yield
            return
        change = Change(actor=actor, sentence=sentence, job_id=job_id, review_id=review_id)
        self._rows.add(change, self._snapshots(titles, job_id, with_job=with_job))
        self._noted.is_open, self._noted.is_moot, self._noted.review_id = True, False, review_id
        try:
            yield
        except BaseException:
            self._rows.forget(change)
            raise
        finally:
            self._noted.is_open = False
        self._concluded(change)

    # -- back ------------------------------------------------------------------------------------------

    def undo(self, actor: str, *, change_id: int | None = None, review_id: int | None = None) -> Change:
        """Undo a change: the last one by default, or that which the answer to a question was; give it.

        Raises NotFound, WrongState, Busy and what files refuse; then nothing is changed.
        """
        with self._lock:
            change = self._chosen(change_id, review_id)
            steps = self._rows.steps(change.id or 0)
            self._require_settled(frozenset(step.job_id for step in steps))
            with self._finisher.holding({step.job_id for step in steps if step.job_id is not None}):
                later = self._rows.later_of(change, steps)
                if later is not None:
                    what = f"change {later.id} came later and is about the same: {later.sentence}"
                    raise WrongState(
                        what, where=f"change {change.id}", remedy=f"engramctl undo {later.id} first"
                    )
                with explaining(change.sentence):
                    steps = self._undoing.prepared(steps)
                change.is_back, change.undone_by = True, actor
                self._rows.save(change, steps)
                self._run(change, actor)
        if change.review_id is not None:  # it is asked again, and not answered as it was
            self._undoing.forget(change.review_id, actor)
        return change

    def listed(self, limit: int = 50, job_id: int | None = None) -> list[Change]:
        """Give the changes, the newest first."""
        return self._rows.newest(min(max(limit, 1), _MOST_LISTED), job_id)

    # -- after a crash ---------------------------------------------------------------------------------

    def take_up(self) -> None:
        """Go on with what an earlier run left half-way; waits for a library that is away. For a thread."""
        with suppress(Cancelled):
            while self._take_up():
                self._parts.wakeups.sleep(self._stop, LOOK_SELDOM)

    def _take_up(self) -> bool:
        """Try once; tell whether something is left."""
        left = False
        with self._lock:
            for change in self._rows.unfinished():
                if self._moves_files(change):
                    left = not self._run_quietly(change) or left
                elif change.at < self._started:  # else somebody decides in this moment
                    self._conclude_left(change)
        return left

    def _conclude_left(self, change: Change) -> None:
        """Note that what was decided counts, or forget it where the end came before that."""
        steps = self._rows.steps(change.id or 0)
        if any(written(self._now_of(step)) != step.before for step in steps):
            self._concluded(change)
        else:
            self._rows.forget(change)

    def _now_of(self, step: ChangeStep) -> dict[str, Any]:
        """Give what a step keeps of its row as that is now."""
        names = read(step.before).keys()
        with self._parts.store.read() as session:
            row = session.get(*((DiscTitle, step.title_id) if step.title_id else (DiscJob, step.job_id)))
        now = snapshot(row) if row is not None and names - {REVIEWS} else {}
        if REVIEWS in names:
            now[REVIEWS] = [task.id for task in self._parts.store.open_reviews(step.job_id)]
        return now

    def _run_quietly(self, change: Change) -> bool:
        """Run a change; tell whether it ended, forth or back."""
        actor = change.undone_by if change.is_back else change.actor
        try:
            jobs = {step.job_id for step in self._rows.steps(change.id or 0) if step.job_id is not None}
            with self._finisher.holding(jobs):
                self._run(change, actor or change.actor)
        except EngramError as error:
            log.warning("a change was not carried out", change=change.id, why=str(error))
        known = self._rows.get(change.id or 0)
        return known is not None and (known.undone_at if known.is_back else known.done_at) is not None

    # -- the way ---------------------------------------------------------------------------------------

    def _run(self, change: Change, actor: str) -> None:
        """Move the files the way that a change has now, and set the rows; on an error go the other way."""
        steps = self._rows.steps(change.id or 0)
        try:
            titles, reopened = self._go(change, steps, actor)
        except (EngramError, OSError) as error:
            told = explained(error, change.sentence) if isinstance(error, OSError) else error
            self._turn(change, actor)
            raise told from error
        try:
            self._follow(change, steps, actor, titles, reopened)
        except (EngramError, OSError) as error:  # it is done: no file goes back for that
            log.warning(
                "a change was carried out, but not all that follows", change=change.id, why=str(error)
            )

    def _turn(self, change: Change, actor: str) -> None:
        """Bring files back to where they were before the present way was begun."""
        steps = self._rows.steps(change.id or 0)
        try:
            self.files.turn(change, steps)
            self.files.move(change, steps)
        except (EngramError, OSError) as error:
            log.error("a change is half-way; it goes on at the next start", change=change.id, why=str(error))
            return
        with self._parts.store.write() as session:
            row = session.get(Change, change.id)
            if row is not None and change.is_back:
                row.undone_at, row.undone_by = utcnow(), "engramd"
            elif row is not None:
                row.undone_by = ""  # it stands, as before
        self._clear_away(steps, back=change.is_back)
        log.warning("a change could not be carried out; all is as before", change=change.id, who=actor)

    def _go(
        self, change: Change, steps: Sequence[ChangeStep], actor: str
    ) -> tuple[list[TitleMove], list[int]]:
        """Move the files, and set the rows; give what became of titles, and what is asked again."""
        self.files.move(change, steps)
        back = change.is_back
        titles, jobs = self._moves(change, steps)
        reopened = self._undoing.reopened(change, steps) if back else []

        def within(session: Session) -> None:
            follow_files(session, steps, back=back)
            for folder in folder_moves(steps, back=back):
                rename_folder(session, folder.root, folder.old, folder.new)
            for order in orders(steps, back=back):
                put_order(session, order)
            for number in reopened:
                task = session.get(ReviewTask, number)
                if task is not None:
                    task.closed_at, task.answer, task.answered_by = None, None, None
            finish(session, change, at=utcnow())

        kind = UNDONE if back else AMENDED
        self._parts.lifecycle.amend(titles, jobs, kind=kind, actor=actor, within=within, back=back)
        return titles, reopened

    def _follow(
        self,
        change: Change,
        steps: Sequence[ChangeStep],
        actor: str,
        titles: Sequence[TitleMove],
        reopened: Sequence[int],
    ) -> None:
        """Do what follows from a change that counts."""
        back = change.is_back
        self._clear_away(steps, back=back)
        sentence = f"{actor} took back: {change.sentence}" if back else change.sentence
        self._tell(change, sentence, steps, reopened)
        if back:
            self._undoing.ask_what_is_open(titles)
        for job_id in {step.job_id for step in steps if step.job_id is not None}:
            self._finisher.submit(job_id)

    def _moves(self, change: Change, steps: Sequence[ChangeStep]) -> tuple[list[TitleMove], list[JobMove]]:
        if change.is_back:
            return self._undoing.moves(change, steps)
        titles, jobs = [], []
        for step in steps:
            values = changed_values(step, back=False)
            if step.title_id is not None:
                title = self._undoing.title(step)
                state = values.pop("state")
                new = None if state == title.state else type(title.state)(state)
                titles.append(TitleMove(title, new, change.sentence, values))
            elif step.job_id is not None and values:
                jobs.append(JobMove(step.job_id, None, change.sentence, values))
        return titles, jobs

    def _clear_away(self, steps: Sequence[ChangeStep], *, back: bool) -> None:
        """Remove the folders that are empty now."""
        left = {Path(step.new_path if back else step.old_path).parent for step in steps if step.old_path}
        self.files.clear_away(left)

    def _tell(
        self, change: Change, sentence: str, steps: Sequence[ChangeStep], reopened: Sequence[int]
    ) -> None:
        log.info(sentence, change=change.id, phase="organize")
        self._parts.hub.publish(Happened("undone" if change.is_back else "amended", sentence, change.job_id))
        for root, folder in self.files.touched(steps):
            self._parts.hub.publish(LibraryChanged(str(root), str(folder)))
        for number in reopened:
            task = self._parts.store.review(number)
            if task is not None:
                self._parts.hub.publish(ReviewOpened(number, task.job_id))
                self._parts.hub.publish(JobChanged(task.job_id))

    # -- helpers ---------------------------------------------------------------------------------------

    def _concluded(self, change: Change) -> None:
        """Note that what was decided counts; one that was recorded elsewhere is forgotten here."""
        if getattr(self._noted, "is_moot", False):
            self._noted.is_moot = False
            self._rows.forget(change)
            return
        with self._parts.store.write() as session:
            finish(session, change, at=utcnow())

    def _snapshots(self, titles: Sequence[DiscTitle], job_id: int, *, with_job: bool) -> list[ChangeStep]:
        steps = [
            ChangeStep(
                change_id=0, place=0, job_id=title.job_id, title_id=title.id, before=written(snapshot(title))
            )
            for title in titles
        ]
        for number in sorted({job_id, *(title.job_id for title in titles)}):
            reviews = [task.id for task in self._parts.store.open_reviews(number)]
            of_job = snapshot(self._parts.store.need_job(number)) if with_job and number == job_id else {}
            before = written({**of_job, "reviews": reviews})
            steps.append(ChangeStep(change_id=0, place=0, job_id=number, before=before))
        return steps

    def _require_settled(self, job_ids: frozenset[int | None]) -> None:
        """Go on with what a crash left half-way; Busy where that cannot be, as with a library away."""
        for change in self._rows.unfinished():
            if not self._moves_files(change) or self._run_quietly(change):
                continue
            if job_ids & {step.job_id for step in self._rows.steps(change.id or 0)}:
                raise Busy(
                    f"change {change.id} is half-way",
                    why=change.sentence,
                    remedy="see that its library is there; engramd goes on with it by itself",
                )

    def _moves_files(self, change: Change) -> bool:
        return change.is_back or any(step.old_path for step in self._rows.steps(change.id or 0))

    def _chosen(self, change_id: int | None, review_id: int | None) -> Change:
        if review_id is not None:
            found = [one for one in self._rows.of_review(review_id) if one.done_at and not one.undone_at]
            if not found:
                remedy = "engramctl changes lists what can be undone"
                raise NotFound(
                    "no answer to that question stands", where=f"review {review_id}", remedy=remedy
                )
            return found[0]
        if change_id is None:
            standing = self._rows.standing()
            if not standing:
                raise NotFound("there is nothing to undo", remedy="see engramctl changes")
            return standing[0]
        change = self._rows.get(change_id)
        if change is None:
            raise NotFound(
                "there is no such change", where=f"change {change_id}", remedy="see engramctl changes"
            )
        if change.undone_at is not None or change.done_at is None:
            raise WrongState("it is undone already", where=f"change {change_id}", why=change.undone_by)
        return change

    def _jobs_of(self, plan: Plan) -> dict[int, DiscJob]:
        numbers = {move.job_id for move in plan.jobs} | set(plan.reviews)
        return {number: self._parts.store.need_job(number) for number in numbers}
