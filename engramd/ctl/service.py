"""The daemon as the commands see it: jobs, titles, drives and questions as dictionaries of bus properties."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from engramd.bus import names
from engramd.errors import EngramError, NotFound

Properties = dict[str, Any]
Objects = dict[str, dict[str, Properties]]

#: States in which a job does nothing more by itself.
ENDED = frozenset({"completed", "failed", "review_needed"})


class Bus(Protocol):
    """What is needed of the bus client."""

    def call(
        self, path: str, interface: str, method: str, signature: str = "", args: tuple[Any, ...] = ()
    ) -> Any:
        """Call a method."""

    def objects(self) -> Objects:
        """Give all objects."""

    def properties(self, path: str, interface: str) -> Properties:
        """Give the properties of one interface of an object."""

    def watch(self, callback: Callable[[Any, str, str, Any], object], every: float = 0) -> None:
        """Report changes until the callback returns True, and `tick` every so many seconds (0: never)."""


@dataclass(frozen=True)
class Snapshot:
    """All drives, jobs, titles and questions at one moment."""

    drives: dict[str, Properties] = field(default_factory=dict)
    jobs: dict[int, Properties] = field(default_factory=dict)
    titles: dict[tuple[int, int], Properties] = field(default_factory=dict)
    reviews: dict[int, Properties] = field(default_factory=dict)

    @classmethod
    def of(cls, objects: Objects) -> Snapshot:
        """Sort what the object manager gives."""

        def every(interface: str) -> list[tuple[str, Properties]]:
            return sorted((path, found[interface]) for path, found in objects.items() if interface in found)

        jobs = [job for _, job in every(names.JOB)]
        titles = [title for _, title in every(names.TITLE)]
        reviews = [review for _, review in every(names.REVIEW)]
        return cls(
            dict(every(names.DRIVE)),
            {job["Id"]: job for job in sorted(jobs, key=lambda job: int(job["Id"]))},
            {
                (title["JobId"], title["TitleIndex"]): title
                for title in sorted(titles, key=lambda title: (title["JobId"], title["TitleIndex"]))
            },
            {review["Id"]: review for review in sorted(reviews, key=lambda review: int(review["Id"]))},
        )

    def of_station(self, station: str) -> Snapshot:
        """Give only the jobs of a station, with their titles and questions."""
        jobs = {number: job for number, job in self.jobs.items() if job["Station"] == station}
        titles = {key: title for key, title in self.titles.items() if key[0] in jobs}
        paths = {names.job_path(number) for number in jobs}
        reviews = {
            number: review
            for number, review in self.reviews.items()
            if review["Subject"].partition("/titles/")[0] in paths
        }
        return replace(self, jobs=jobs, titles=titles, reviews=reviews)

    def titles_of(self, job_id: int) -> list[Properties]:
        """Give the titles of a job, in order."""
        return [title for (job, _), title in self.titles.items() if job == job_id]

    def reviews_of(self, job_id: int) -> list[Properties]:
        """Give the open questions about a job and its titles."""
        path = names.job_path(job_id)
        return [
            review
            for review in self.reviews.values()
            if review["Subject"] == path or review["Subject"].startswith(f"{path}/")
        ]


class Service:
    """Asks the daemon; everything raises the daemon's errors, or NoDaemon."""

    def __init__(self, bus: Bus, station: str = "") -> None:
        """Where a `station` is named, only its jobs and questions are seen."""
        self.bus, self._station = bus, station

    def version(self) -> int:
        """Give the version of the daemon's interface."""
        said: int = self.bus.call(
            names.ROOT, names.PROPERTIES, "Get", "ss", (names.MANAGER, "InterfaceVersion")
        )
        return said

    def look(self) -> Snapshot:
        """Give everything at once, but the daemon's own properties."""
        snapshot = Snapshot.of(self.bus.objects())
        return snapshot.of_station(self._station) if self._station else snapshot

    def here(self) -> str:
        """Give the name of the daemon's station; empty where it has none, as before there were any."""
        try:
            said: str = self.bus.call(names.ROOT, names.PROPERTIES, "Get", "ss", (names.MANAGER, "Station"))
        except EngramError:
            return ""
        return said

    def need_station(self) -> None:
        """Raise NotFound where the daemon never heard of the station that is meant."""
        if self._station != self.here() and not self.history(limit=1):
            raise NotFound(
                "no job was ever of this station",
                where=self._station,
                remedy="`engramctl history` names the stations",
            )

    def overview(self) -> Properties:
        """Give the properties of the daemon as a whole."""
        return self.bus.properties(names.ROOT, names.MANAGER)

    def values(self) -> Properties:
        """Give every setting's value but secrets."""
        values: Properties = self.bus.properties(names.ROOT, names.SETTINGS)["Values"]
        return values

    def manager(self, method: str, signature: str = "", *args: Any) -> Any:
        """Call a method of the daemon as a whole."""
        return self.bus.call(names.ROOT, names.MANAGER, method, signature, args)

    def settings(self, method: str, signature: str = "", *args: Any) -> Any:
        """Call a method of the settings."""
        return self.bus.call(names.ROOT, names.SETTINGS, method, signature, args)

    def job(self, job_id: int, method: str, signature: str = "", *args: Any) -> Any:
        """Call a method of a job; one that is only in the history is made an object again if it can be."""
        return self.bus.call(self.job_path(job_id), names.JOB, method, signature, args)

    def job_path(self, job_id: int) -> str:
        """Give the path of a job's object; NotFound where there is none."""
        path: str = self.manager("GetJob", "t", job_id)
        return path

    def title(self, job_id: int, number: int, method: str, signature: str = "", *args: Any) -> Any:
        """Call a method of a job's title; titles are numbered from 1 here."""
        path = f"{self.job_path(job_id)}/titles/{number - 1}"
        what = f"job {job_id} has no title {number}"
        self._need(path, names.TITLE, what, f"`engramctl show {job_id}` lists them")
        return self.bus.call(path, names.TITLE, method, signature, args)

    def review(self, review_id: int, method: str, signature: str = "", *args: Any) -> Any:
        """Call a method of a question."""
        path = names.review_path(review_id)
        what = f"there is no open question {review_id}"
        self._need(path, names.REVIEW, what, "`engramctl review list` lists them")
        return self.bus.call(path, names.REVIEW, method, signature, args)

    def _need(self, path: str, interface: str, what: str, remedy: str) -> None:
        """Say in people's words that there is no such object."""
        try:
            self.bus.properties(path, interface)
        except NotFound:
            raise NotFound(what, remedy=remedy) from None

    def drive(self, path: str, method: str, signature: str = "", *args: Any) -> Any:
        """Call a method of a drive."""
        return self.bus.call(path, names.DRIVE, method, signature, args)

    def history(self, limit: int = 50, state: str = "") -> list[Properties]:
        """Give jobs of all times, newest first."""
        said = {"state": state, "station": self._station}
        options: Properties = {"limit": limit, **{name: value for name, value in said.items() if value}}
        found: list[Properties] = self.manager("History", "a{sv}", options)
        return found

    def past_job(self, job_id: int) -> Properties:
        """Give a job from the history; NotFound where it never was."""
        found: list[Properties] = self.manager("History", "a{sv}", {"before_id": job_id + 1, "limit": 1})
        if found and found[0]["Id"] == job_id:
            return found[0]
        raise NotFound(f"there is no job {job_id}", remedy="`engramctl history` lists all jobs")

    def await_start(self, job_id: int, seconds: float = 3.0) -> None:
        """Wait until a job that was told to go on is seen to do so, at most that long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.look().jobs.get(job_id, {}).get("State") in ENDED:
            time.sleep(0.1)
