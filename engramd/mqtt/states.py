"""From the properties of the bus to what is published: plain values, which become JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from engramd.bus import names

Properties = Mapping[str, Any]
Objects = Mapping[str, Mapping[str, Properties]]
State = dict[str, Any]

#: What changes all the time while a disc is ripped.
RESTLESS = frozenset({"progress", "rate", "free_at"})
_VIRTUAL = "virtual_"


def drive_ids(objects: Objects) -> list[str]:
    """Give the drives, in order; an image that is being ripped has none that could be opened."""
    ids = (path.rpartition("/")[2] for path, found in objects.items() if names.DRIVE in found)
    return sorted(drive_id for drive_id in ids if not drive_id.startswith(_VIRTUAL))


def drive_of(objects: Objects, drive_id: str) -> Properties:
    """Give the properties of a drive; KeyError where there is none."""
    return objects[f"{names.ROOT}/drives/{drive_id}"][names.DRIVE]


def drive_state(drive: Properties, job: Properties | None) -> State:
    """Give the state of a drive; `job` is what it works on."""
    ripping = job is not None and job["State"] == "ripping"
    return {
        "name": drive["Name"],
        "device": drive["Device"],
        "state": drive["State"],
        "media": drive["Media"],
        "label": drive["VolumeLabel"] or None,
        "job": job["Headline"] if job else None,
        "job_id": job["Id"] if job else None,
        "progress": _percent(job["Progress"]) if job and ripping else None,
        "rate": job["Rate"] if job and ripping else None,
        "free_at": iso(drive["FreeAt"]),
        "last_event": drive["LastEvent"] or None,
    }


def job_of(objects: Objects, drive: Properties) -> Properties | None:
    """Give the job that uses a drive."""
    return objects.get(drive["Job"], {}).get(names.JOB)


def station_state(manager: Properties, last: Properties) -> State:
    """Give the state of the station; `last` says what was filed last, as the method Statistics does."""
    path = str(last.get("last_filed", ""))
    return {
        "summary": manager["Summary"],
        "attention": manager["Attention"],
        "safe_to_power_off": manager["SafeToPowerOff"],
        "open_reviews": manager["OpenReviews"],
        "active_jobs": manager["ActiveJobs"],
        "waiting_jobs": manager["WaitingJobs"],
        "conditions": [one["text"] for one in manager["Conditions"]],
        "free_space": {folder_key(path): free for path, free in sorted(manager["FreeSpace"].items())},
        "last_filed": PurePath(path).name or None,
        "last_filed_path": path or None,
        "last_filed_at": iso(last.get("last_filed_at", 0)),
        "version": manager["Version"],
    }


def folder_key(path: str) -> str:
    """Give the name of a folder's free space, fit for a template: a letter, then letters, digits and _."""
    return f"at{names.escape(path)}"


def conditions_changed(before: Sequence[Properties], now: Sequence[Properties]) -> list[tuple[str, State]]:
    """Give what began and what ended between two lists of conditions, as (type of event, condition)."""
    old, new = ({(one["scope"], one["id"]): one for one in some} for some in (before, now))
    began = [("condition_began", _condition(new[key])) for key in new if key not in old]
    return began + [("condition_ended", _condition(old[key])) for key in old if key not in new]


def _condition(condition: Properties) -> State:
    return {**condition, "since": iso(condition["since"])}


def without_restless(state: State) -> State:
    """Give a state without what changes all the time; that it begins or ends is no part of that."""
    return {name: value is None if name in RESTLESS else value for name, value in state.items()}


def iso(microseconds: int) -> str | None:
    """Give a time of the bus as ISO 8601 in UTC, to the second; 0 is none."""
    if not microseconds:
        return None
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).isoformat()


def _percent(progress: float) -> float | None:
    return None if progress < 0 else round(100 * progress, 1)
