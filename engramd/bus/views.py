"""Rows to the property values of their objects. Pure; the types are those of the XML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from engramd.bus import names
from engramd.bus.hints import hint_values
from engramd.bus.sentences import headline, summary
from engramd.bus.variants import Uint32, microseconds
from engramd.bus.works import evidence_values, work_values
from engramd.conditions import Condition
from engramd.events import RipProgress
from engramd.models import (
    DiscHint,
    DiscJob,
    DiscTitle,
    JobEvidence,
    JobState,
    ReviewTask,
    TitleCandidate,
    TitlePart,
    TitleState,
    TitleTrack,
    WaitingFor,
    WorkCandidate,
)
from engramd.models.base import utcnow
from engramd.pipeline import DriveView
from engramd.pipeline.holds import Hold
from engramd.store.overview import JobMark, OpenQuestion

Values = dict[str, Any]

_ENDED = (JobState.COMPLETED, JobState.FAILED)
_RIPPED = (JobState.MATCHING, JobState.ORGANIZING, JobState.REVIEW_NEEDED, JobState.COMPLETED)
#: Waits that end only when a person does something.
_A_PERSON_HELPS = (WaitingFor.LIBRARY, WaitingFor.SPACE, WaitingFor.KEY, WaitingFor.TOOL, WaitingFor.DISC)
#: Numbers for which 0 means something; none is -1.
_ZERO_COUNTS = frozenset({"detected_season", "disc_number", "place", "own_season"})
#: Fields that are notes of the pipeline to itself.
INTERNAL_FIELDS = frozenset({"filing_target", "filing_bytes", "filing_choice", "hint_id"})


#: The condition of a daemon that is to be started anew.
RESTART = "restart"


@dataclass(frozen=True)
class Rip:
    """A rip at one moment: fractions from 0 to 1 (-1 unknown), bytes a second, expected ends."""

    title_index: int
    fraction: float
    title_fraction: float
    rate: float
    end: datetime | None
    title_end: datetime | None = None

    @classmethod
    def of(cls, progress: RipProgress) -> Rip:
        """Take an event that was published just now."""
        return cls(
            progress.title_index,
            progress.fraction,
            progress.title_fraction,
            progress.rate,
            _in(progress.seconds_left),
            _in(progress.title_seconds_left),
        )


def _in(seconds: float | None) -> datetime | None:
    return None if seconds is None else (utcnow() + timedelta(seconds=seconds)).replace(microsecond=0)


def _field(name: str, value: Any) -> Any:
    if name in _ZERO_COUNTS:
        return -1 if value is None else value
    if isinstance(value, datetime):
        return microseconds(value)
    if name == "duration_seconds":
        return round(value)
    return value


@cache
def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _fields(row: DiscJob | DiscTitle, nones: Mapping[str, Any]) -> Values:
    values = {}
    for name in type(row).model_fields:
        if name in INTERNAL_FIELDS:
            continue
        value = _field(name, getattr(row, name))
        values[_camel(name)] = nones.get(name, "") if value is None else value
    return values


_JOB_NONES = {
    "completed_at": 0,
    "cleared_at": 0,
    "waiting_since": 0,
    "waiting_until": 0,
    "diskseq": 0,
    "tmdb_id": 0,
    "year": 0,
    "continued_as": 0,
}
_TITLE_NONES = {"waiting_since": 0, "episode_part": 0, "own_year": 0, "own_tmdb_id": 0, "rip_message_code": 0}


def job_row(job: DiscJob) -> Values:
    """Give the fields of a job's row."""
    return _fields(job, _JOB_NONES)


@dataclass(frozen=True)
class Identity:
    """What speaks for a job's identity, and what else it may be."""

    evidence: Sequence[JobEvidence] = ()
    works: Sequence[WorkCandidate] = ()


def job_values(
    job: DiscJob,
    titles: Sequence[DiscTitle],
    reviews: Sequence[ReviewTask],
    rip: Rip | None,
    identity: Identity = Identity(),
) -> Values:
    """Give all properties of a job; `reviews` are its open ones."""
    job_id = job.id or 0
    needs_disc = job.waiting_for == WaitingFor.DISC or any(review.needs_disc for review in reviews)
    return {
        **job_row(job),
        **job_progress(job.state, rip),
        "Evidence": evidence_values(identity.evidence),
        "Works": work_values(identity.works),
        "Headline": headline(job, titles, len(reviews)),
        "NeedsDisc": needs_disc,
        "Files": [title.organized_to for title in titles if title.organized_to],
        "Titles": [names.title_path(job_id, title.title_index) for title in titles],
        "Reviews": [names.review_path(review.id or 0) for review in reviews],
    }


def job_progress(state: JobState, rip: Rip | None) -> Values:
    """Give what changes while a job rips."""
    if state != JobState.RIPPING or rip is None:
        return {"Progress": 1.0 if state in _RIPPED else -1.0, "Rate": 0, "ExpectedEnd": 0}
    return {
        "Progress": _fraction(rip.fraction),
        "Rate": max(0, round(rip.rate)),
        "ExpectedEnd": microseconds(rip.end),
    }


def title_values(
    title: DiscTitle,
    candidates: Sequence[TitleCandidate],
    tracks: Sequence[TitleTrack],
    rip: Rip | None,
    parts: Sequence[TitlePart] = (),
) -> Values:
    """Give all properties of a title."""
    return {
        **_fields(title, _TITLE_NONES),
        **title_progress(title.state, title.title_index, rip),
        "Candidates": [
            {"episode": item.episode, "confidence": item.confidence, "reason": item.reason}
            for item in candidates
        ],
        "Parts": [part_values(part) for part in parts],
        "Tracks": [track_values(track) for track in tracks],
    }


def part_values(part: TitlePart) -> Values:
    """Give where an episode lies inside a title."""
    begin, end = Uint32(round(part.begin_seconds)), Uint32(round(part.end_seconds))
    return {"episode": part.episode, "begin": begin, "end": end}


def track_values(track: TitleTrack) -> Values:
    """Give one stream of a title."""
    return {
        "kind": track.kind,
        "codec": track.codec,
        "language": track.language or "",
        "name": track.name,
        "channels": track.channels or 0,
        "forced": track.forced,
        "commentary": track.commentary,
        "audio_description": track.audio_description,
        "default": track.is_default,
        "kept": track.kept,
        "why": track.why,
        "events": -1 if track.events is None else track.events,
        "forced_events": -1 if track.forced_events is None else track.forced_events,
    }


def title_progress(state: TitleState, title_index: int, rip: Rip | None) -> Values:
    """Give what changes while a title is ripped."""
    if state != TitleState.RIPPING or rip is None or rip.title_index != title_index:
        return {"Progress": -1.0, "Rate": 0, "ExpectedEnd": 0}
    return {
        "Progress": _fraction(rip.title_fraction),
        "Rate": max(0, round(rip.rate)),
        "ExpectedEnd": microseconds(rip.title_end),
    }


def _fraction(value: float) -> float:
    return -1.0 if value < 0 else min(1.0, round(value, 4))


def drive_values(drive: DriveView) -> Values:
    """Give all properties of a drive."""
    return {
        "Name": drive.name,
        "Device": drive.device,
        "Vendor": drive.vendor,
        "Model": drive.model,
        "Serial": drive.serial,
        "Port": drive.port,
        "State": str(drive.state),
        "Media": str(drive.media),
        "VolumeLabel": drive.volume_label,
        "Job": names.job_path(drive.job_id),
        "FreeAt": microseconds(drive.free_at),
        "LastEvent": drive.last_event,
        "LastDecision": drive.last_decision,
        "Policy": {key: _plain(value) for key, value in drive.policy.items() if value is not None},
        "Capabilities": list(drive.capabilities),
        "Inhibitors": [hold_values(hold) for hold in drive.holds],
    }


def hold_values(hold: Hold) -> Values:
    """Give one who holds a drive."""
    return {"who": hold.who, "why": hold.why, "actor": hold.actor, "since": microseconds(hold.since)}


@dataclass(frozen=True)
class World:
    """Everything that the manager's properties are made of."""

    jobs: Sequence[DiscJob | JobMark]
    reviews: Sequence[ReviewTask | OpenQuestion]
    conditions: Sequence[Condition]
    free_space: Mapping[str, int]
    hints: Sequence[DiscHint] = ()
    drives: Sequence[DriveView] = ()
    jobs_left_out: int = 0


def manager_values(world: World) -> Values:
    """Give the properties of the manager that change."""
    unfinished = [job for job in world.jobs if job.state not in _ENDED]
    waiting = [job for job in unfinished if job.waiting_for or job.state == JobState.REVIEW_NEEDED]
    active = len(unfinished) - len(waiting)
    errors = sum(item.severity == "error" for item in world.conditions)
    needs_person = any(job.waiting_for in _A_PERSON_HELPS for job in waiting)
    writing = any(
        job.state in (JobState.RIPPING, JobState.ORGANIZING) for job in unfinished if not job.waiting_for
    )
    return {
        "Summary": summary(active, len(waiting), len(world.reviews), len(world.conditions)),
        "Attention": bool(world.reviews or errors or needs_person),
        "OpenReviews": len(world.reviews),
        "ReviewsNeedingDisc": sum(review.needs_disc for review in world.reviews),
        "ActiveJobs": active,
        "JobsLeftOut": world.jobs_left_out,
        "WaitingJobs": len(waiting),
        "Busy": active > 0,
        "SafeToPowerOff": not writing,
        "RestartPending": any(item.id == RESTART for item in world.conditions),
        "FreeSpace": dict(world.free_space),
        "Conditions": [condition_values(item) for item in world.conditions],
        "Hints": [hint_values(hint, world.drives) for hint in world.hints],
    }


def condition_values(condition: Condition) -> Values:
    """Give one condition."""
    return {
        "id": condition.id,
        "scope": condition.scope,
        "severity": condition.severity,
        "text": condition.text,
        "remedy": condition.remedy,
        "since": microseconds(condition.since),
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value
