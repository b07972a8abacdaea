"""Follows jobs while they work: from the bus's signals to lines, or to bars on a terminal."""

from __future__ import annotations

from typing import Any, Protocol

from engramd.bus import names
from engramd.ctl import screens
from engramd.ctl.service import ENDED, Properties, Service
from engramd.ctl.text import printable
from engramd.errors import EngramError

#: Without a terminal, a rip says a word each time that it got further by this part.
STEP = 0.1


class Screen(Protocol):
    """Where a follower shows things."""

    def say(self, line: str) -> None:
        """Show a line that stays."""

    def progress(self, job: Properties, name: str) -> None:
        """Show how far a job is."""

    def ended(self, job_id: int) -> None:
        """Take a job's progress away."""


class Follower:
    """Keeps the jobs' properties up to date from what the bus tells, and shows what is new.

    `only` is the job to follow, until it ends; without it every job is followed, without an end.
    """

    def __init__(self, screen: Screen, only: int | None = None) -> None:
        self._screen = screen
        self._only = only
        self._jobs: dict[str, Properties] = {}
        self._titles: dict[str, Properties] = {}
        self._drives: dict[str, Properties] = {}
        self.last: Properties | None = None

    def take(self, kind: str, path: str, interface: str, payload: Any) -> bool:
        """Take one report of the bus (see `Client.watch`); True ends the watch."""
        if kind == "ready":
            self._begin(payload)
            return self._is_over() or (self._only is not None and not self._jobs)
        if kind == "added":
            self._add(path, payload)
        elif kind == "properties":
            self._change(path, interface, payload)
        elif kind == "removed":
            return self._remove(path)
        elif kind == "event":
            self._tell(payload)
        elif kind == "lost":
            raise _lost()
        return self._is_over()

    def _begin(self, objects: dict[str, dict[str, Properties]]) -> None:
        for path, interfaces in objects.items():
            self._add(path, interfaces, quiet=True)
        for job in self._jobs.values():
            if self._only is not None or job["State"] not in ENDED:
                self._show_state(job)

    def _add(self, path: str, interfaces: dict[str, Properties], *, quiet: bool = False) -> None:
        job = interfaces.get(names.JOB)
        if job is not None and self._only in (None, job["Id"]):
            self._jobs[path] = dict(job)
            if not quiet:
                self._show_state(job)
        drive = interfaces.get(names.DRIVE)
        if drive is not None:
            self._drives[path] = dict(drive)
        title = interfaces.get(names.TITLE)
        if title is not None and self._only in (None, title["JobId"]):
            self._titles[path] = dict(title)

    def _change(self, path: str, interface: str, changed: Properties) -> None:
        if interface == names.JOB and path in self._jobs:
            job = self._jobs[path]
            old, before = job["State"], _wait(job)
            job.update(changed)
            if job["State"] != old or (job["WaitingFor"] and _wait(job) != before):
                self._show_state(job)
            elif job["State"] == "ripping" and "Progress" in changed:
                self._screen.progress(job, screens.job_name(job))
        elif interface == names.TITLE and path in self._titles:
            title = self._titles[path]
            old = title["State"]
            title.update(changed)
            if title["State"] != old:
                self._show_title(title)
        elif interface == names.DRIVE and path in self._drives:
            self._drives[path].update(changed)

    def _remove(self, path: str) -> bool:
        gone = self._jobs.pop(path, None)
        self._titles.pop(path, None)
        return gone is not None and self._only is not None

    def _tell(self, event: tuple[Any, ...]) -> None:
        _, kind, path, sentence, _ = event
        if kind in ("condition", "drive") and self._only is None:
            drive = self._drives.get(path)
            about = screens.own_name(drive) or drive["Device"] if drive else path.rpartition("/")[2]
            self._screen.say(printable(f"{about}: {sentence}"))

    def _show_state(self, job: Properties) -> None:
        state, details = screens.job_state(job), screens.job_detail(job)
        drive = screens.drive_of(job, self._drives)
        own = screens.own_name(drive) if drive else ""
        about = f"job {job['Id']} ({own})" if own else f"job {job['Id']}"
        line = f"{about}: {state}: {screens.job_name(job)}"
        self._screen.say(printable(f"{line} ({details})" if details else line))
        if job["State"] in ENDED:
            self._screen.ended(job["Id"])
        elif job["State"] == "ripping":
            self._screen.progress(job, screens.job_name(job))

    def _show_title(self, title: Properties) -> None:
        what = screens.episode_of(title) or (title["Role"] if title["Role"] != "unknown" else "")
        line = f"job {title['JobId']}, title {title['TitleIndex'] + 1}: {title['State']}"
        detail = title["ErrorMessage"] or title["OrganizedTo"] or ""
        detail = detail if title["State"] in ("completed", "failed", "review") else ""
        words = [line, what and f" {what}", detail and f": {detail}"]
        self._screen.say(printable("".join(word for word in words if word)))

    def _is_over(self) -> bool:
        if self._only is None:
            return False
        for job in self._jobs.values():
            if job["State"] in ENDED:
                self.last = job
                return True
        return False


def _wait(job: Properties) -> tuple[str, int]:
    """Give what a job waits for, and until when."""
    return job["WaitingFor"], job["WaitingUntil"]


def follow(service: Service, screen: Screen, only: int | None = None) -> Properties | None:
    """Follow one job to its end and give its last properties, or all jobs for ever.

    None where the job was taken off the list meanwhile. Raises NoDaemon when the daemon goes away.
    """
    follower = Follower(screen, only)
    service.bus.watch(follower.take)
    return follower.last


def _lost() -> EngramError:
    from engramd.bus.client import NoDaemon

    return NoDaemon("the daemon went away", remedy="it goes on with its jobs when it is started again")
