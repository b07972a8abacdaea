"""Lists for people: jobs, drives, hints, and what is lacking. Bus properties in, text out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from engramd.bus import names
from engramd.ctl import cells, output, text
from engramd.ctl.job_words import (
    KINDS,
    NO_DRIVES,
    Drives,
    job_detail,
    job_drive,
    job_name,
    job_state,
    own_name,
)
from engramd.ctl.service import Properties, Snapshot
from engramd.ctl.stations import stations
from engramd.ctl.tables import colored, table

#: Lines that a condition, or its remedy, may take.
_MOST_LINES = 6


def jobs(
    found: Collection[Properties], drives: Drives = NO_DRIVES, now: datetime | None = None, here: str = ""
) -> str:
    """Lay out jobs, one a line; with their stations, unless all are of the one that is `here`."""
    now = now or datetime.now().astimezone()
    rows = [
        (
            job["Id"],
            station,
            job_state(job),
            job_drive(job, drives),
            KINDS[job["ContentType"]],
            job_name(job),
            job_detail(job, now) or text.when(job["CompletedAt"], now),
        )
        for job, station in zip(found, stations(found, here), strict=True)
    ]
    heads = ("job>", "station", "state", "drive", "kind", "what", "details")
    return table(heads, rows, optional=("kind", "drive")) if rows else "No jobs."


def history(found: Collection[Properties], here: str = "") -> str:
    """Lay out past jobs, one a line, with their times; with their stations as `jobs` does."""
    rows = [
        (
            job["Id"],
            station,
            text.local(job["CreatedAt"]),
            text.local(job["CompletedAt"]),
            job_state(job),
            KINDS[job["ContentType"]],
            job_name(job),
            job["ErrorMessage"],
        )
        for job, station in zip(found, stations(found, here), strict=True)
    ]
    heads = ("job>", "station", "begun", "ended", "state", "kind", "what", "error")
    return table(heads, rows, optional=("begun", "kind")) if rows else "No jobs."


def drives(snapshot: Snapshot, now: datetime | None = None) -> str:
    """Lay out drives, one a line."""
    now = now or datetime.now().astimezone()
    rows = [
        (
            drive["Name"],
            drive["Device"],
            drive["State"],
            "" if drive["Media"] == "none" else drive["Media"],
            drive["VolumeLabel"],
            drive["Job"].rpartition("/")[2],
            text.when(free_at(drive, snapshot), now),
            drive["LastDecision"] or drive["LastEvent"],
        )
        for drive in snapshot.drives.values()
    ]
    heads = ("drive", "device", "state", "media", "label", "job>", "free", "last")
    if not rows:
        return "No optical drives."
    listed = table(heads, rows, optional=("last", "media", "device"))
    return "\n".join([listed, *(line for drive in snapshot.drives.values() for line in _held(drive))])


def _held(drive: Properties) -> list[str]:
    """Say who holds a drive, so that nothing is begun with its discs; no lines: nobody does."""
    holders = " and ".join(f"{one['who']}: {one['why']}" for one in drive.get("Inhibitors", ()))
    about = own_name(drive) or drive["Device"]
    return _folded(f"{about} is held by {holders}", "  ") if holders else []


def free_at(drive: Properties, snapshot: Snapshot) -> int:
    """Give when a drive is expected to be free, as a time of the bus; 0: it is, or nobody knows."""
    number = drive["Job"].rpartition("/")[2]
    job = snapshot.jobs.get(int(number)) if number.isdecimal() else None
    return int((job and job["ExpectedEnd"]) or drive["FreeAt"])


def conditions(found: Sequence[Properties], drives: Drives = NO_DRIVES) -> str:
    """Lay out what the daemon or a drive lacks, each with its remedy."""
    lines = []
    for one in found:
        said = _folded(f"{one['severity']}: {about(one, drives)}{one['text']}", "  ")
        word = one["severity"]
        lines.append(colored(word, word) + said[0].removeprefix(word))
        lines += said[1:]
        if one["remedy"]:
            lines += _folded(f"  remedy: {one['remedy']}", "    ")
    return "\n".join(lines)


def about(condition: Properties, drives: Drives) -> str:
    """Give the drive that a condition is about, as its text begins."""
    drive = drives.get(names.drive_path(condition.get("scope", "")))
    return f"{own_name(drive) or drive['Device']}: " if drive else ""


def _folded(said: str, indent: str) -> list[str]:
    """Break a sentence into lines of the screen, those after the first one indented."""
    wide = output.columns()
    line = cells.safe(said)
    if wide is None or cells.width(line) <= wide:
        return [line]
    first, *_ = cells.wrap(line, max(8, wide), _MOST_LINES)
    rest = line[len(first) :].strip()
    return [first, *(indent + more for more in cells.wrap(rest, max(8, wide - len(indent)), _MOST_LINES))]


def hints(found: Iterable[Properties]) -> str:
    """Give what people said the next discs are, one hint a line."""
    return "\n".join(text.printable(f"hint {one['id']} of {one['actor']}: {one['text']}") for one in found)
