"""What would be imported from a path, and what of it was imported before or is in hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from engramd.models import AppConfig, DiscJob, DiscTitle, TitleState
from engramd.pipeline.import_groups import Group, grouped
from engramd.pipeline.import_walk import Found, FoundFile, find_files
from engramd.pipeline.options import ImportOptions
from engramd.store import Store
from engramd.store.imports import ended_of_place, titles_of_files
from engramd.store.store import ENDED

#: How the error of a job begins that could read none of its files.
NONE_READABLE = "no file can be imported"
Standing = Literal["new", "already", "busy"]
_LIBRARIES = ("library_tv_path", "library_movies_path", "library_other_path")


@dataclass(frozen=True)
class Row:
    """A group with the files of it that are wanted, or all of them where none is; `job` is who has them."""

    group: Group
    standing: Standing
    job: int = 0
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """What is below a path; `found` tells what is refused and when something changed last."""

    rows: tuple[Row, ...]
    found: Found

    def of(self, standing: Standing) -> list[Row]:
        """Give the rows of one standing."""
        return [row for row in self.rows if row.standing == standing]


class Planner:
    """Makes plans; reads folders and the database."""

    def __init__(
        self, store: Store, settings: Callable[[], AppConfig], staging_root: Callable[[], Path]
    ) -> None:
        self._store = store
        self._settings = settings
        self._staging_root = staging_root

    def plan(self, root: Path, options: ImportOptions, claimed: Mapping[Path, int]) -> Plan:
        """Say what becomes of the files below a path; `claimed` are those of jobs that wait for them.

        Raises NotFound, InvalidArgument, OSError.
        """
        found = find_files(root, self._closed())
        return Plan(tuple(self.rows(grouped(found.files, self.roots()), options, claimed)), found)

    def rows(self, groups: Sequence[Group], options: ImportOptions, claimed: Mapping[Path, int]) -> list[Row]:
        """Say what of groups is new now."""
        files = [file for group in groups for file in group.files]
        standings = _Standings(self._store, files, claimed, again=options.again)
        return [row for group in groups for row in standings.rows(group)]

    def roots(self) -> list[Path]:
        """Give the folders that hold imports: their names say nothing, and they are never removed."""
        return [Path(path) for path in self._settings().import_paths.split(":") if path]

    def _closed(self) -> dict[Path, str]:
        settings = self._settings()
        libraries = {str(getattr(settings, name)) for name in _LIBRARIES} - {""}
        closed = {Path(path): "it is a library: its files are filed already" for path in libraries}
        closed[self._staging_root()] = "it is the staging folder of engramd"
        for job in self._store.unfinished_jobs():
            if not job.is_import and job.drive_identity is None:
                closed[Path(job.drive_id)] = f"job {job.id} has it in hand"
        return closed


class _Standings:
    """What of each file is known; the newest word counts."""

    def __init__(
        self, store: Store, files: Sequence[FoundFile], claimed: Mapping[Path, int], *, again: bool
    ) -> None:
        self._store = store
        self._claimed = claimed
        self._again = again
        self._known: dict[str, tuple[DiscJob, DiscTitle]] = {}
        for job, title in titles_of_files(store, [str(file.path) for file in files]):
            former = self._known.get(title.staging_file or "")
            if former is None or former[0].state in ENDED:
                self._known[title.staging_file or ""] = (job, title)

    def rows(self, group: Group) -> list[Row]:
        """Give a row for what is new of a group, or else one that says who has it."""
        if (unreadable := self._unreadable(group)) is not None:
            return [unreadable]
        rows: dict[tuple[Standing, int, str], list[FoundFile]] = {}
        for file in group.files:
            rows.setdefault(self._standing(file), []).append(file)
        return [
            Row(replace(group, files=tuple(files)), standing, job, why)
            for (standing, job, why), files in rows.items()
        ]

    def _unreadable(self, group: Group) -> Row | None:
        """Tell of a group of which a job could read no file, unless one has changed since.

        Else each file that comes into a drop folder would have it fail once more.
        """
        known = any(file.path in self._claimed or str(file.path) in self._known for file in group.files)
        job = None if self._again or known else ended_of_place(self._store, str(group.path), group.label)
        if job is None or job.completed_at is None or job.completed_at.timestamp() < group.changed:
            return None
        if not (job.error_message or "").startswith(NONE_READABLE):
            return None
        return Row(group, "already", job.id or 0, f"job {job.id}: {job.error_message}")

    def _standing(self, file: FoundFile) -> tuple[Standing, int, str]:
        if (job_id := self._claimed.get(file.path)) is not None:
            return "busy", job_id, f"job {job_id} has it in hand"
        if (known := self._known.get(str(file.path))) is None:
            return "new", 0, ""
        return self._standing_in(*known, file)

    def _standing_in(self, job: DiscJob, title: DiscTitle, file: FoundFile) -> tuple[Standing, int, str]:
        """Say what a job made of a file, if it is still the same."""
        number = job.id or 0
        if job.state not in ENDED and title.state is not TitleState.COMPLETED:
            return "busy", number, f"job {number} has it in hand"
        if self._again or title.segment_map != file.mark:
            return "new", 0, ""
        if title.state is TitleState.COMPLETED and os.path.lexists(title.organized_to or ""):
            return "already", number, f"filed by job {number}"
        if title.state is TitleState.SKIPPED and not job.cancelled:
            return "already", number, f"not wanted in job {number}"
        if title.state is TitleState.FAILED and not title.duration_seconds:  # else with every file that comes
            return "already", number, f"job {number} could not read it: {title.error_message}"
        return "new", 0, ""
