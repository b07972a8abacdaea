"""Follows jobs while they work: from the bus's signals to news, and to what there is to see now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any, Protocol

from engramd.bus import names
from engramd.ctl.fields import plain
from engramd.ctl.job_words import drive_of, episode_of, job_detail, job_name, job_state, own_name
from engramd.ctl.service import ENDED, Objects, Properties, Service, Snapshot
from engramd.ctl.text import counted, iso
from engramd.errors import EngramError

#: Seconds between two looks at the clock, by which the time that is left goes down.
TICK = 1.0


@dataclass(frozen=True)
class News:
    """Something that happened: `kind` is job, title, progress or event; `word` is the state in `text`.

    `brief` is the text for a screen: a file is told by its name alone.
    """

    kind: str
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    word: str = ""
    brief: str = ""


class Screen(Protocol):
    """Where a follower shows things."""

    def say(self, news: News) -> None:
        """Show what happened."""

    def draw(self, now: Snapshot) -> None:
        """Show what goes on now."""


class Follower:
    """Keeps all objects up to date from what the bus tells, and shows what is new.

    `only` is the job to follow, until it ends; without it every job is followed, without an end.
    """

    def __init__(self, screen: Screen, only: int | None = None) -> None:
        self._screen = screen
        self._only = only
        self._objects: Objects = {}
        self.last: Properties | None = None

    def take(self, kind: str, path: str, interface: str, payload: Any) -> bool:
        """Take one report of the bus (see `Client.watch`); True ends the watch."""
        is_over = self._is_over_after(kind, path, interface, payload)
        if not is_over:
            self._screen.draw(Snapshot.of(self._objects))
        return is_over

    def _is_over_after(self, kind: str, path: str, interface: str, payload: Any) -> bool:
        if kind == "ready":
            self._begin(payload)
            return self._is_over() or (self._only is not None and not self._followed())
        if kind == "added":
            self._add(path, payload)
        elif kind == "properties":
            self._change(path, interface, payload)
        elif kind == "removed":
            return self._remove(path, payload)
        elif kind == "event":
            self._tell(payload)
        elif kind == "lost":
            raise _lost()
        return self._is_over()

    def _begin(self, objects: Objects) -> None:
        self._objects = {path: dict(interfaces) for path, interfaces in objects.items()}
        for job in self._followed():
            if self._only is not None or job["State"] not in ENDED:
                self._say_state(job)

    def _followed(self) -> list[Properties]:
        """Give the jobs that are followed."""
        jobs = (found[names.JOB] for found in self._objects.values() if names.JOB in found)
        return [job for job in jobs if self._only in (None, job["Id"])]

    def _add(self, path: str, interfaces: Mapping[str, Properties]) -> None:
        self._objects.setdefault(path, {}).update(
            {name: dict(properties) for name, properties in interfaces.items()}
        )
        job = interfaces.get(names.JOB)
        if job is not None and self._only in (None, job["Id"]):
            self._say_state(job)

    def _change(self, path: str, interface: str, changed: Properties) -> None:
        known = self._objects.get(path, {}).get(interface)
        if known is None:
            return
        before = dict(known)
        known.update(changed)
        if interface == names.JOB and self._only in (None, known["Id"]):
            self._say_job(before, known, changed)
        elif interface == names.TITLE and self._only in (None, known["JobId"]):
            self._say_title(before, known)

    def _say_job(self, before: Properties, job: Properties, changed: Properties) -> None:
        if job["State"] != before["State"] or (job["WaitingFor"] and _wait(job) != _wait(before)):
            self._say_state(job)
        elif job["State"] == "ripping" and "Progress" in changed:
            self._screen.say(_progress(job))

    def _remove(self, path: str, interfaces: list[str]) -> bool:
        found = self._objects.get(path, {})
        gone = {name: found.pop(name) for name in interfaces if name in found}
        if not found:
            self._objects.pop(path, None)
        job = gone.get(names.JOB)
        return job is not None and job["Id"] == self._only

    def _tell(self, event: tuple[Any, ...]) -> None:
        at, kind, path, sentence, _ = event
        if kind not in ("condition", "drive") or self._only is not None:
            return
        drive = self._objects.get(path, {}).get(names.DRIVE)
        about = own_name(drive) or drive["Device"] if drive else path.rpartition("/")[2]
        fields = {"time": iso(at), "event": kind, "about": about, "sentence": sentence}
        self._screen.say(News("event", f"{about}: {sentence}", fields))

    def _say_state(self, job: Properties) -> None:
        state = job_state(job)
        details = job_detail(job, _now()) if state != "ripping" or job["WaitingFor"] else ""
        if job["State"] == "completed" and not details and job.get("Files"):
            details = counted(len(job["Files"]), "file")
        drives = {path: found[names.DRIVE] for path, found in self._objects.items() if names.DRIVE in found}
        drive = drive_of(job, drives)
        own = own_name(drive) if drive else ""
        about = f"job {job['Id']} ({own})" if own else f"job {job['Id']}"
        line = f"{about}: {state}: {job_name(job)}"
        fields = plain(job) | {"drive_name": own or None}
        self._screen.say(News("job", f"{line} ({details})" if details else line, fields, state))

    def _say_title(self, before: Properties, title: Properties) -> None:
        state = str(title["State"])
        if state == before["State"]:
            return
        what = episode_of(title) or (title["Role"] if title["Role"] != "unknown" else "")
        line = f"job {title['JobId']}, title {title['TitleIndex'] + 1}: {state}"
        detail = title["ErrorMessage"] or title["OrganizedTo"] or ""
        detail = detail if state in ("completed", "failed", "review") else ""
        line += f" {what}" if what else ""
        fields = plain(title) | {"number": title["TitleIndex"] + 1}
        brief = f"{line}: {PurePath(detail).name}" if state == "completed" and detail else ""
        self._screen.say(News("title", f"{line}: {detail}" if detail else line, fields, state, brief))

    def _is_over(self) -> bool:
        if self._only is None:
            return False
        for job in self._followed():
            if job["State"] in ENDED:
                self.last = job
                return True
        return False


def _progress(job: Properties) -> News:
    wanted = ("Id", "State", "Progress", "Rate", "ExpectedEnd")
    fields = plain({name: job[name] for name in wanted})
    return News("progress", f"job {job['Id']}: {job_detail(job, _now())}", fields)


def _wait(job: Properties) -> tuple[str, int]:
    """Give what a job waits for, and until when."""
    return job["WaitingFor"], job["WaitingUntil"]


def _now() -> datetime:
    return datetime.now().astimezone()


def follow(service: Service, screen: Screen, only: int | None = None) -> Properties | None:
    """Follow one job to its end and give its last properties, or all jobs for ever.

    None where the job was taken off the list meanwhile. Raises NoDaemon when the daemon goes away.
    """
    follower = Follower(screen, only)
    service.bus.watch(follower.take, TICK)
    return follower.last


def _lost() -> EngramError:
    from engramd.bus.client import NoDaemon

    return NoDaemon("the daemon went away", remedy="it goes on with its jobs when it is started again")
