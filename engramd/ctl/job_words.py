"""What people call jobs, drives and titles, and what there is to say of them in a few words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from types import MappingProxyType

from engramd.bus import names
from engramd.ctl import text
from engramd.ctl.service import Properties
from engramd.drives.ids import object_id

#: Drives by the paths of their objects.
Drives = Mapping[str, Properties]
NO_DRIVES: Drives = MappingProxyType({})

KINDS = {"tv": "series", "movie": "film", "unknown": ""}
#: What is waited for, as `waits for …` goes on.
_WAITS = {
    "library": "the library",
    "space": "free space",
    "key": "a key",
    "tool": "a tool that is missing",
    "disc": "the disc",
    "references": "reference subtitles",
    "slot": "its turn",
    "answer": "an answer",
}
_ENDS = {
    "duplicate": "its files are in the library already; `rip --again` rips it anyway",
    "nothing_to_do": "no title of it is wanted",
}


def job_name(job: Properties) -> str:
    """Give what people would call a job: `Harbor Station, season 1, disc 1`, else its label or source."""
    name = job["DetectedTitle"]
    if not name:
        return str(job["VolumeLabel"] or _source(job))
    parts = [f"{name} ({job['Year']})" if job["Year"] else name]
    if job["DetectedSeason"] >= 0:
        parts.append(f"season {job['DetectedSeason']}" if job["DetectedSeason"] else "specials")
    if job["DiscNumber"] >= 0:
        parts.append(f"disc {job['DiscNumber']}")
    return ", ".join(parts)


def _source(job: Properties) -> str:
    """Give the device that a disc was in, or the name of the image or folder that it is."""
    source = PurePath(job["DriveId"])
    return str(source) if source.is_relative_to("/dev") else source.name


def job_state(job: Properties) -> str:
    """Give a job's state, or how it ended."""
    over = job["State"] in ("completed", "failed")
    return str((over and job["Outcome"]) or job["State"])


def job_detail(job: Properties, now: datetime) -> str:
    """Give the one thing to say beside a job's state: its progress, what it waits for, or what went wrong."""
    if job["WaitingFor"]:
        return f"waits for {wait(job, now)}"
    if job["State"] == "ripping" and job["Progress"] >= 0:
        return rip_detail(job, now)
    return str(job["ErrorMessage"] or _ENDS.get(job["Outcome"], ""))


def wait(job: Properties, now: datetime, *, with_since: bool = False) -> str:
    """Give what a job waits for, and until when: `reference subtitles until tomorrow 18:20`."""
    words = [_WAITS.get(job["WaitingFor"], str(job["WaitingFor"]))]
    if with_since and job["WaitingSince"]:
        words.append(text.since(job["WaitingSince"], now))
    if job["WaitingUntil"]:
        words.append(f"until {text.clock(job['WaitingUntil'], now)}")
    return " ".join(words) if len(words) < 3 else f"{words[0]} {words[1]}, {words[2]}"


def rip_detail(job: Properties, now: datetime) -> str:
    """Give how far a rip is, its speed, and how long it will take."""
    rate = f"{text.size(job['Rate'])}/s" if job["Rate"] else ""
    left = text.remaining(job["ExpectedEnd"], now)
    return ", ".join(part for part in (text.percent(job["Progress"]), rate, left) if part)


def own_name(drive: Properties) -> str:
    """Give what a person called a drive, or an empty string: by itself it goes by its maker and model."""
    by_itself = " ".join(part for part in (drive["Vendor"], drive["Model"]) if part) or drive["Device"]
    return "" if drive["Name"] == by_itself else str(drive["Name"])


def drive_of(job: Properties, drives: Drives) -> Properties | None:
    """Give the drive that a job's disc came in; None for an image, and where the drive is gone."""
    identity = job.get("DriveIdentity")
    return drives.get(names.drive_path(object_id(identity))) if identity else None


def job_drive(job: Properties, drives: Drives) -> str:
    """Give where a job's disc came in: the drive's name, else its device; nothing for an image."""
    drive = drive_of(job, drives)
    if drive is None:
        return str(job["DriveId"]) if job.get("DriveIdentity") else ""
    return own_name(drive) or str(drive["Device"])


def episode_of(title: Properties) -> str:
    """Give the episode that a title is, or the part of one: `S01E03-pt2`."""
    part = title.get("EpisodePart")
    return f"{title['MatchedEpisode']}-pt{part}" if part else str(title["MatchedEpisode"])


def title_name(title: Properties) -> str:
    """Give what a title is called: its own work, where that is not its disc's, and its own name."""
    own = title["OwnTitle"]
    if own and title["OwnYear"]:
        own += f" ({title['OwnYear']})"
    if title["OwnSeason"] >= 0:
        season = f"season {title['OwnSeason']}" if title["OwnSeason"] else "specials"
        own = f"{own}, {season}" if own else season
    return ": ".join(part for part in (own, title["ItemName"] or title["Comment"]) if part)


def work_number(namespace: str, number: int) -> str:
    """Give a number of TMDB's as it is answered: `tv:123`."""
    return f"{namespace}:{number}".removeprefix(":") if number else ""
