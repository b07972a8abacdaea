"""Imports: video files that were ripped elsewhere become jobs, which go on when the files are complete."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import structlog

from engramd.errors import Busy, Cancelled, EngramError, InvalidArgument, NotFound
from engramd.events import JobFinished
from engramd.models import ClassificationSource, DiscJob, JobState, Outcome
from engramd.pipeline.identifying import Identifier
from engramd.pipeline.import_files import ImportedFiles
from engramd.pipeline.import_folders import remove_empty
from engramd.pipeline.import_groups import Group
from engramd.pipeline.import_plan import Plan, Planner
from engramd.pipeline.options import ImportOptions, type_values
from engramd.pipeline.parts import Parts
from engramd.pipeline.threads import Pool, start
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: Seconds between looks at files that may still be written.
POLL = 1.0
#: Groups whose files are read at the same time, and paths that are looked at: a share may hang.
AT_ONCE, LOOKS = 2, 4


@dataclass
class _Growing:
    """A job whose files are not complete yet, as they were seen last; `since` is on the monotonic clock."""

    job_id: int
    key: tuple[str, str]
    group: Group | None = None
    since: float = 0.0

    def sees(self, group: Group, now: float) -> float:
        """Take a look; give for how many seconds nothing has changed (0: at the first look)."""
        if self.group is None or self.group.files != group.files:
            self.group, self.since = group, now
        return now - self.since


@dataclass
class _Root:
    """A path that is imported from, as long as a job of it waits for its files, or files come.

    Jobs are made of what comes meanwhile, unless it is but taken up (`actor` is then empty). `changed` is the
    newest change below it, `quiet_since` when that was, on the monotonic clock.
    """

    path: Path
    options: ImportOptions
    actor: str
    jobs: list[_Growing] = field(default_factory=list)
    is_looked_at: bool = False
    changed: float = 0.0
    quiet_since: float = -math.inf

    def sees(self, changed: float, settle: float) -> bool:
        """Take the newest change below the path; tell whether more may be coming."""
        if not self.actor:
            return False
        now = time.monotonic()
        if self.changed and changed != self.changed:
            self.quiet_since = now
        elif not self.changed:
            self.quiet_since = now - max(0.0, time.time() - changed)
        self.changed = changed
        return now - self.quiet_since < settle


class Importer:
    """Plans imports and carries them out; its methods may block on folders and the database."""

    def __init__(
        self,
        parts: Parts,
        identifier: Identifier,
        staging_root: Callable[[], Path],
        go_on: Callable[[int], None],
        stop: CancelToken,
    ) -> None:
        self._parts = parts
        self._stop = stop
        self._planner = Planner(parts.store, lambda: parts.settings.current, staging_root)
        self._files = ImportedFiles(parts, identifier, staging_root, go_on, stop)
        self._pool = Pool("import", lambda: AT_ONCE)
        self._looks = Pool("import-look", lambda: LOOKS)
        self._lock = threading.RLock()
        self._roots: list[_Root] = []
        self._beginning: dict[int, Group] = {}
        self._is_watching = False

    def plan(self, path: Path, options: ImportOptions) -> Plan:
        """Say what would be imported from a path. Raises NotFound, InvalidArgument."""
        return self._plan(_checked(path), options)

    def begin(self, path: Path, options: ImportOptions, actor: str) -> int:
        """Make a job for each group below a path that is new; give the number of the first.

        Where all was filed before, that is the job that filed it. Raises Busy, NotFound, InvalidArgument.
        """
        path = _checked(path)
        plan = self._plan(path, options)
        root = _Root(path, options, actor)
        with self._lock:  # what jobs are made of is theirs as soon as they are there
            made = self._make_jobs(root, plan)
            if root.sees(plan.found.changed, self._settle) or made:
                root.options = replace(options, again=False)  # what comes from now on comes once
                self._watch(root)
        if made:
            return made[0]
        _check_that_there_is_something(path, plan)
        plan = self._plan(path, options)
        if busy := [*plan.of("busy"), *plan.of("new")]:  # new is what a job is about to look at
            raise Busy("its files are in hand already", where=path, why=busy[0].why, remedy="wait for it")
        return plan.rows[0].job if plan.rows else 0

    def take_up(self, job: DiscJob) -> None:
        """Go on with a job that was interrupted before its files were taken, or is tried again."""
        job_id = job.id or 0
        if self._files.was_taken(job_id):
            self._pool.submit(lambda: self._files.hand_on(job_id))
            return
        root = _Root(Path(job.drive_id), ImportOptions(again=job.again), "")
        root.jobs.append(_Growing(job_id, (job.drive_id, job.volume_label)))
        self._watch(root)

    def job_finished(self, event: JobFinished) -> None:
        """Remove the folders that an import left empty whose files were moved away."""
        self._pool.submit(lambda: self._tidy(event.job_id))

    # -- making jobs -----------------------------------------------------------------------------------

    def _plan(self, path: Path, options: ImportOptions) -> Plan:
        try:
            return self._planner.plan(path, options, self._claimed())
        except OSError as error:
            raise InvalidArgument(
                "the folder cannot be read",
                where=error.filename or path,
                why=error.strerror or error,
                remedy="let the user of the service read it",
            ) from error

    def _claimed(self) -> dict[Path, int]:
        """Give the files that jobs wait for, or are about to take."""
        with self._lock:
            having = [(one.job_id, one.group) for root in self._roots for one in root.jobs]
            having += self._beginning.items()
        return {file.path: job_id for job_id, group in having if group is not None for file in group.files}

    def _make_jobs(self, root: _Root, plan: Plan) -> list[int]:
        """Make jobs of what is new in a plan, and has not been taken by another import since."""
        made = []
        with self._lock:
            unseen = {one.key for known in self._roots for one in known.jobs if one.group is None}
            groups = [row.group for row in plan.of("new") if row.group.key not in unseen]
            for row in self._planner.rows(groups, root.options, self._claimed()):
                if row.standing == "new" and (job_id := self._make_job(root, row.group)) is not None:
                    root.jobs.append(_Growing(job_id, row.group.key, row.group, time.monotonic()))
                    made.append(job_id)
        return made

    def _make_job(self, root: _Root, group: Group) -> int | None:
        log.info("files are imported", path=str(group.path), files=len(group.files), actor=root.actor)
        return self._parts.lifecycle.create_job(
            _job_for(group, root.options),
            reason=f"{root.actor} imported {group.path}",
            actor=root.actor,
        )

    # -- waiting until files are complete --------------------------------------------------------------

    def _watch(self, root: _Root) -> None:
        with self._lock:
            same = (
                r
                for r in self._roots
                if (r.path, r.options, r.actor) == (root.path, root.options, root.actor)
            )
            if (known := next(same, None)) is not None:
                known.jobs += root.jobs
                known.quiet_since = max(known.quiet_since, root.quiet_since)
            else:
                self._roots.append(root)
            if self._is_watching:
                return
            self._is_watching = True
        start("imports", self._run)

    def _run(self) -> None:
        """Have all roots looked at until nothing grows any more."""
        while roots := self._roots_to_look_at():
            for root in roots:
                if not root.is_looked_at:
                    root.is_looked_at = True
                    self._looks.submit(partial(self._look, root))
            if self._stop.wait(POLL):
                return

    def _roots_to_look_at(self) -> list[_Root]:
        with self._lock:
            self._roots = [
                root for root in self._roots if root.jobs or root.is_looked_at or self._stirs(root)
            ]
            self._is_watching = bool(self._roots)
            return list(self._roots)

    def _stirs(self, root: _Root) -> bool:
        return time.monotonic() - root.quiet_since < self._settle

    @property
    def _settle(self) -> float:
        return float(self._parts.settings.current.import_settle_seconds)

    def _look(self, root: _Root) -> None:
        try:
            self._look_at(root)
        finally:
            root.is_looked_at = False

    def _look_at(self, root: _Root) -> None:
        """Begin the jobs whose files are complete, and make jobs of what has come meanwhile."""
        with self._lock:
            root.jobs = [one for one in root.jobs if self._waits(one.job_id)]
        try:
            plan = self._plan(root.path, root.options)
        except EngramError as error:
            for one in root.jobs:
                self._fail(one.job_id, error)
            return
        mine = {one.job_id for one in root.jobs}
        groups = [row.group for row in plan.rows if row.standing == "new" or row.job in mine]
        for one in list(root.jobs):
            self._look_at_job(root, one, _joined(one, groups))
        if root.sees(plan.found.changed, self._settle) or (root.jobs and root.actor):
            # While files come, more of them may come: a tree is copied file by file.
            self._make_jobs(root, self._plan(root.path, root.options))

    def _look_at_job(self, root: _Root, one: _Growing, group: Group | None) -> None:
        if group is None or not group.files:
            self._fail(
                one.job_id, NotFound("its files are gone", where=one.key[0], remedy="import them again")
            )
            return
        if not self._is_complete(group, one.sees(group, time.monotonic())):
            self._say_that_it_grows(one.job_id, group)
            return
        with self._lock:
            root.jobs.remove(one)
            self._beginning[one.job_id] = group
        self._pool.submit(lambda: self._take(one.job_id, group))

    def _is_complete(self, group: Group, unchanged: float) -> bool:
        """Whether nobody writes files any more, which were the same for so many seconds.

        Old ones need but a second look, since the clock of a share may be wrong.
        """
        is_old = time.time() - group.changed >= self._settle
        return unchanged >= (min(self._settle, POLL) if is_old else self._settle)

    def _say_that_it_grows(self, job_id: int, group: Group) -> None:
        newest = max(group.files, key=lambda file: file.changed)
        sentence = f"waits until {newest.path.name} is complete: it changed a moment ago"
        if self._parts.store.need_job(job_id).error_message != sentence:
            self._parts.lifecycle.update_job(job_id, error_message=sentence)

    def _waits(self, job_id: int) -> bool:
        job = self._parts.store.job(job_id)
        return job is not None and job.state is JobState.IDENTIFYING

    # -- taking ----------------------------------------------------------------------------------------

    def _take(self, job_id: int, group: Group) -> None:
        try:
            self._files.take(job_id, group)
        except Cancelled:
            return
        except EngramError as error:
            self._fail(job_id, error)
        except Exception as error:
            log.exception("an import failed in a way that was not foreseen", job=job_id)
            why = f"{type(error).__name__}: {error}"
            self._fail(job_id, EngramError("an internal error", why=why, remedy="please report it"))
        finally:
            with self._lock:
                self._beginning.pop(job_id, None)

    def _fail(self, job_id: int, error: EngramError) -> None:
        if not self._waits(job_id):
            return
        log.warning("an import failed", job=job_id, why=str(error))
        self._parts.lifecycle.move_job(
            job_id, JobState.FAILED, str(error), outcome=Outcome.FAILED, error_message=str(error)
        )

    def _tidy(self, job_id: int) -> None:
        job = self._parts.store.job(job_id)
        if job is None or not job.is_import or not job.move_originals:
            return
        files = [title.staging_file for title in self._parts.store.titles(job_id) if title.organized_to]
        folders = {Path(file).parent for file in files if file}
        remove_empty(folders, Path(job.drive_id), self._planner.roots())


def _checked(path: Path) -> Path:
    if not path.is_absolute():
        raise InvalidArgument("a path must be absolute", where=path)
    try:
        return (
            path.parent.resolve() / path.name if path.is_symlink() and not path.is_dir() else path.resolve()
        )
    except (OSError, RuntimeError) as error:
        raise InvalidArgument("the path cannot be followed", where=path, why=error) from None


def _check_that_there_is_something(path: Path, plan: Plan) -> None:
    if plan.rows:
        return
    refused = plan.found.refused
    if refused:
        more = f" ({len(refused) - 1} more are refused)" if len(refused) > 1 else ""
        raise InvalidArgument(
            "nothing here can be imported", where=refused[0].path, why=refused[0].why + more
        )
    raise NotFound("there is no MKV file", where=path)


def _joined(one: _Growing, groups: list[Group]) -> Group | None:
    """Give the group that a job's files are in now: with files that it had, or under the name that it had.

    What else has come into the same group belongs to it.
    """
    had = {file.path for file in one.group.files} if one.group is not None else set()
    fits = [
        group for group in groups if group.key == one.key or any(file.path in had for file in group.files)
    ]
    if not fits:
        return None
    files = {file.path: file for group in fits for file in group.files}
    extras = frozenset(path for group in fits for path in group.extras)
    first = fits[0]
    return Group(first.path, first.label, tuple(files.values()), extras, first.edition, first.tmdb_id)


def _job_for(group: Group, options: ImportOptions) -> DiscJob:
    return DiscJob(
        drive_id=str(group.path),
        volume_label=group.label,
        detected_title=options.show or None,
        year=options.year,
        detected_season=options.season,
        disc_number=options.disc,
        edition=options.edition or None,
        classification_source=(ClassificationSource.USER if options.told else ClassificationSource.HEURISTIC),
        extras_policy=options.extras,
        again=options.again,
        eject_after=False,
        is_import=True,
        move_originals=options.move,
        **type_values(options.content_type),
    )
