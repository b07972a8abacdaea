"""What every drive does, and when it is free, as status and watch show it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

import click

from engramd.ctl import cells, text
from engramd.ctl.job_words import job_name, own_name, wait
from engramd.ctl.screens import free_at
from engramd.ctl.service import Properties, Snapshot

#: The widest name of a drive, and the widest and the narrowest bar.
_NAME, _WIDEST, _NARROWEST = 12, 40, 8
_IDLE = {"empty": "empty", "open": "open", "loading": "loads a disc"}
_BROKEN = {"unreadable": "the disc cannot be read", "stuck": "hangs"}
_DOING = {
    "idle": "begins",
    "identifying": "identifying",
    "ripping": "ripping",
    "matching": "matching",
    "organizing": "filing",
}
#: States of titles that have been ripped, or never will be.
_UNRIPPED = ("pending", "ripping")


@dataclass(frozen=True)
class Work:
    """What one drive does; `progress` is that of its rip (-1: none), `ends` a time of the bus (0: unknown).

    `titles` is said after `said`, and is not cut where that is.
    """

    drive: str
    said: str
    titles: str = ""
    progress: float = -1
    rate: int = 0
    ends: int = 0
    tone: str = ""
    is_image: bool = False

    def amount(self, now: datetime, room: int | None, *, live: bool) -> str:
        """Give how far its rip is, how fast, and when the drive is free, in so many cells (None: any number).

        What goes first where there is no room is the speed.
        """
        part = text.percent(self.progress).rjust(4)
        rate = f"{text.size(self.rate)}/s" if self.rate else ""
        left = text.remaining(self.ends, now) if live else ""
        clock = text.clock(self.ends, now)
        then = "done" if self.is_image else "free"
        free = f"{then} at {clock}" if clock[:1].isdigit() else f"{then} {clock}" if clock else ""
        words = text.when(self.ends, now)
        whole = free if live or not clock or words == clock else f"{then} {words} ({clock})"
        tries = ((part, rate, left, whole), (part, left, whole), (part, left, free), (part, left or free))
        shown = ["  ".join(filter(None, one)) for one in tries]
        return next((one for one in shown if room is None or len(one) <= room), part)


def works(snapshot: Snapshot, now: datetime, only: int | None = None) -> list[Work]:
    """Give what each drive does, by its device; `only` the drive of this job."""
    found = sorted(snapshot.drives.items(), key=lambda one: (is_virtual(one[0]), str(one[1]["Device"])))
    return [_work(path, drive, snapshot, now) for path, drive in found if only in (None, _number(drive))]


def at_drives(snapshot: Snapshot) -> set[int]:
    """Give the jobs that a drive has in hand."""
    return {number for drive in snapshot.drives.values() if (number := _number(drive)) is not None}


def _number(drive: Properties) -> int | None:
    number = str(drive["Job"]).rpartition("/")[2]
    return int(number) if number.isdecimal() else None


def is_virtual(path: str) -> bool:
    """Whether a drive is none, but an image or a folder while its job lives; by the path of its object."""
    return path.rpartition("/")[2].startswith("virtual_")


def _work(path: str, drive: Properties, snapshot: Snapshot, now: datetime) -> Work:
    name, state = "image" if is_virtual(path) else drive_name(drive), str(drive["State"])
    if state in _BROKEN:
        return Work(name, _BROKEN[state], tone="bad")
    job = snapshot.jobs.get(_number(drive) or 0)
    if job is not None:
        return replace(_of_job(name, drive, job, snapshot, now), is_image=is_virtual(path))
    held = _held(drive)
    if state in _IDLE:
        return Work(name, _IDLE[state] + held, tone="" if held else "idle")
    label = drive["VolumeLabel"] or "a disc"
    said = drive["LastDecision"] or drive["LastEvent"]
    return Work(name, f"{state}: {label}" + (held or (f" ({said})" if said else "")))


def _held(drive: Properties) -> str:
    """Say who holds a drive, so that nothing is begun there; a daemon of before has no such thing."""
    holds = [f"{one['who']} ({one['why']})" for one in drive.get("Inhibitors", ())]
    return f", held by {', '.join(holds)}" if holds else ""


def _of_job(name: str, drive: Properties, job: Properties, snapshot: Snapshot, now: datetime) -> Work:
    if job["WaitingFor"]:
        return Work(name, f"{job_name(job)} waits for {wait(job, now)}", tone="waits")
    said = f"{_DOING.get(job['State'], job['State'])} {job_name(job)}"
    if job["State"] != "ripping":
        return Work(name, said, ends=free_at(drive, snapshot))
    return Work(
        name,
        said,
        title_words(snapshot.titles_of(job["Id"])),
        progress=max(0.0, job["Progress"]),
        rate=job["Rate"],
        ends=free_at(drive, snapshot),
    )


def title_words(titles: Sequence[Properties]) -> str:
    """Say which title is ripped, and how many are: `title 3, 2 of 5 done`."""
    wanted = [title for title in titles if title["State"] != "skipped"]
    done = sum(title["State"] not in _UNRIPPED for title in wanted)
    now = [str(title["TitleIndex"] + 1) for title in wanted if title["State"] == "ripping"]
    parts = [f"title {', '.join(now)}"] if now else []
    return ", ".join([*parts, f"{done} of {len(wanted)} done"] if wanted else parts)


def drive_name(drive: Properties) -> str:
    """Give a short name of a drive: its own, else that of its device."""
    return own_name(drive) or PurePath(drive["Device"]).name or str(drive["Device"])


def lines(found: Sequence[Work], now: datetime, wide: int | None, *, live: bool = False) -> list[list[str]]:
    """Give the lines of each drive on a screen of so many columns (None: any number)."""
    label = min(_NAME, max((cells.width(cells.clean(work.drive)) for work in found), default=0))
    if wide is not None:
        label = min(label, max(1, wide // 4))
    return [_lines(work, now, wide, label, live=live) for work in found]


def _lines(work: Work, now: datetime, wide: int | None, label: int, *, live: bool) -> list[str]:
    name, said = cells.clean(work.drive), cells.clean(work.said)
    titles = f": {work.titles}" if work.titles else ""
    if wide is None:
        return ["  ".join(filter(None, (name, said + titles, work.amount(now, None, live=live).strip())))]
    room = max(1, wide - label - 2)
    said = cells.cut(said, max(room // 2, room - len(titles)))
    first = f"{cells.pad(cells.cut(name, label), label)}  {_toned(cells.cut(said + titles, room), work.tone)}"
    if work.progress < 0:
        return [first]
    amount = cells.cut(work.amount(now, room, live=live), room)
    left = min(_WIDEST, room - cells.width(amount) - 2)
    drawn = f"{bar(work.progress, left)}  " if left >= _NARROWEST else ""
    return [first, " " * (label + 2) + drawn + (amount if drawn else amount.strip())]


def _toned(said: str, tone: str) -> str:
    styles = {"idle": {"dim": True}, "bad": {"fg": "red"}, "waits": {"fg": "yellow"}}
    return click.style(said, **styles[tone]) if tone else said  # type: ignore[arg-type]


def bar(progress: float, wide: int) -> str:
    """Draw how far something is, from 0 to 1, in so many cells; it is full only when all is done."""
    done = wide if progress >= 1 else min(wide - 1, int(progress * wide))
    return click.style("━" * done, fg="cyan") + click.style("─" * (wide - done), dim=True)
