"""One thing that happened, from Events or the signal Event, as a line for people or as fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engramd.bus import names
from engramd.ctl import cells, text
from engramd.ctl.job_words import Drives, own_name
from engramd.ctl.people import named
from engramd.ctl.tables import colored, dim

#: Kinds whose sentence says what became of the job or title by itself.
_MOVES = ("state", "title")
_DAEMON = "engramd"
_ROW = ("id", "job", "title", "name", "actor", "old", "new")


@dataclass(frozen=True)
class Happening:
    """One thing that happened. Numbers are 0 and texts empty where there are none; `time` is the bus's.

    `drive` is the path of a drive's object, `details` what the signal told besides.
    """

    time: int
    kind: str
    sentence: str
    id: int = 0
    job: int = 0
    title: int = 0
    name: str = ""
    actor: str = ""
    old: str = ""
    new: str = ""
    drive: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Happening:
        """Take what Events gives."""
        return cls(row["time"], row["kind"], row["sentence"], **{name: row[name] for name in _ROW})

    @classmethod
    def of_signal(cls, said: tuple[Any, ...]) -> Happening:
        """Take the arguments of the signal Event: what happened to a job tells all that Events does."""
        time, kind, path, sentence, details = said
        if details.keys() >= set(_ROW):
            return cls(time, kind, sentence, **{name: details[name] for name in _ROW})
        drive = path if path.startswith(f"{names.ROOT}/drives/") else ""
        return cls(time, kind, sentence, job=_job_of(path), drive=drive, details=details)

    def fields(self, drives: Drives) -> dict[str, Any]:
        """Give it for JSON: None for what there is not; `actor_name` is the user's name here."""
        return {
            "id": self.id or None,
            "time": text.iso(self.time),
            "kind": self.kind,
            "job": self.job or None,
            "title": self.title or None,
            "name": self.name or None,
            "drive": _drive_words(self.drive, drives) or None,
            "actor": self.actor or None,
            "actor_name": named(self.actor) or None,
            "old": self.old or None,
            "new": self.new or None,
            "sentence": self.sentence,
            **({"details": dict(self.details)} if self.details else {}),
        }

    def line(self, drives: Drives) -> str:
        """Give it as one line: `2026-11-30 18:20:05  job 3, title 2: matching to matched: …, by alice`."""
        at = text.from_bus(self.time)
        clock = f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else ""
        about = cells.clean(self._about(drives))
        said = cells.clean(named(self.sentence))
        by = named(self.actor)
        by = f", by {by}" if by not in ("", _DAEMON) and by not in said else ""
        return f"{dim(clock)}  {about}: {self._what(drives)}{said}{by}"

    def _about(self, drives: Drives) -> str:
        if self.job:
            title = f", title {self.title}" if self.title else ""
            return f"job {self.job}{title}" + (f" ({self.name})" if self.name else "")
        return _drive_words(self.drive, drives) or _DAEMON

    def _what(self, drives: Drives) -> str:
        if self.kind in _MOVES and self.new:
            return f"{colored(self.new)}: "
        severity = str(self.details.get("severity", "")) if not self.details.get("ended") else "ok"
        if self.kind == "condition":
            return f"{colored(severity, self.kind)}: "
        return "" if self.kind == "drive" and self.drive in drives else f"{self.kind}: "


def _job_of(path: str) -> int:
    before, found, after = path.partition("/jobs/")
    number = after.partition("/")[0]
    return int(number) if before == names.ROOT and found and number.isdecimal() else 0


def _drive_words(path: str, drives: Drives) -> str:
    """Give what a person called a drive, else its device, else its id."""
    drive = drives.get(path)
    return (own_name(drive) or str(drive["Device"])) if drive else path.rpartition("/")[2]
