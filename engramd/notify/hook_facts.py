"""What a hook gets to know of an event: environment variables that begin with `ENGRAM_`.

The names are a contract, told in `packaging/hooks.d/README`; every one is always there, and empty where
there is nothing to say. Titles are numbered from 1, paths are absolute, durations are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from engramd.conditions import Condition
from engramd.models import DiscJob, DiscTitle, ReviewTask

#: What happened, as `ENGRAM_EVENT` and as the hook's only argument.
JOB_ADDED, RIPPED, TITLE_FILED = "job_added", "ripped", "title_filed"
QUESTION, JOB_COMPLETED, JOB_FAILED = "question", "job_completed", "job_failed"
CONDITION_BEGINS, CONDITION_ENDS = "condition_begins", "condition_ends"
EVENTS = (
    JOB_ADDED,
    RIPPED,
    TITLE_FILED,
    QUESTION,
    JOB_COMPLETED,
    JOB_FAILED,
    CONDITION_BEGINS,
    CONDITION_ENDS,
)
#: All names that a hook gets.
NAMES = (
    "ENGRAM_EVENT",
    "ENGRAM_SENTENCE",
    "ENGRAM_JOB",
    "ENGRAM_STATE",
    "ENGRAM_OUTCOME",
    "ENGRAM_DRIVE",
    "ENGRAM_LABEL",
    "ENGRAM_CONTENT_TYPE",
    "ENGRAM_TITLE",
    "ENGRAM_YEAR",
    "ENGRAM_SEASON",
    "ENGRAM_DISC",
    "ENGRAM_TMDB_ID",
    "ENGRAM_CONTENT_HASH",
    "ENGRAM_TITLE_NUMBER",
    "ENGRAM_EPISODE",
    "ENGRAM_EPISODE_NAME",
    "ENGRAM_EDITION",
    "ENGRAM_EXTRA",
    "ENGRAM_DURATION",
    "ENGRAM_RESOLUTION",
    "ENGRAM_PATH",
    "ENGRAM_FOLDER",
    "ENGRAM_LIBRARY",
    "ENGRAM_REVIEW",
    "ENGRAM_REVIEW_KIND",
    "ENGRAM_NEEDS_DISC",
    "ENGRAM_CONDITION",
    "ENGRAM_SCOPE",
    "ENGRAM_SEVERITY",
    "ENGRAM_REMEDY",
)


def environment(event: str, sentence: str = "", **facts: Mapping[str, object]) -> dict[str, str]:
    """Give the variables of an event; facts are what the functions below give."""
    values: dict[str, object] = dict.fromkeys(NAMES, "")
    for some in facts.values():
        values |= some
    values |= {"ENGRAM_EVENT": event, "ENGRAM_SENTENCE": sentence}
    return {name: _text(value) for name, value in values.items()}


def of_job(job: DiscJob) -> dict[str, object]:
    """Say what a job is."""
    return {
        "ENGRAM_JOB": job.id,
        "ENGRAM_STATE": job.state.value,
        "ENGRAM_OUTCOME": job.outcome.value if job.outcome else None,
        "ENGRAM_DRIVE": job.drive_id,
        "ENGRAM_LABEL": job.volume_label,
        "ENGRAM_CONTENT_TYPE": job.content_type.value,
        "ENGRAM_TITLE": job.detected_title,
        "ENGRAM_YEAR": job.year,
        "ENGRAM_SEASON": job.detected_season,
        "ENGRAM_DISC": job.disc_number,
        "ENGRAM_TMDB_ID": job.tmdb_id,
        "ENGRAM_CONTENT_HASH": job.content_hash,
    }


def of_title(title: DiscTitle) -> dict[str, object]:
    """Say what a title is; where it is a work of its own, in the place of its disc's."""
    own = {
        "ENGRAM_TITLE": title.own_title,
        "ENGRAM_YEAR": title.own_year,
        "ENGRAM_SEASON": title.own_season,
        "ENGRAM_TMDB_ID": title.own_tmdb_id,
        "ENGRAM_CONTENT_TYPE": title.own_content_type.value if title.own_content_type else None,
    }
    return {
        "ENGRAM_TITLE_NUMBER": title.title_index + 1,
        "ENGRAM_EPISODE": title.matched_episode,
        "ENGRAM_EPISODE_NAME": title.item_name,
        "ENGRAM_EDITION": title.edition,
        "ENGRAM_EXTRA": (title.extra_kind or "other") if title.is_extra else None,
        "ENGRAM_DURATION": round(title.duration_seconds),
        "ENGRAM_RESOLUTION": title.video_resolution,
        **{name: value for name, value in own.items() if value is not None},
    }


def of_file(path: str, library: str) -> dict[str, object]:
    """Say where a file is."""
    return {"ENGRAM_PATH": path, "ENGRAM_FOLDER": PurePosixPath(path).parent, "ENGRAM_LIBRARY": library}


def of_review(task: ReviewTask) -> dict[str, object]:
    """Say what is asked."""
    return {
        "ENGRAM_REVIEW": task.id,
        "ENGRAM_REVIEW_KIND": task.kind.value,
        "ENGRAM_NEEDS_DISC": "yes" if task.needs_disc else "no",
    }


def of_condition(condition: Condition) -> dict[str, object]:
    """Say what is lacking."""
    return {
        "ENGRAM_CONDITION": condition.id,
        "ENGRAM_SCOPE": condition.scope,
        "ENGRAM_SEVERITY": condition.severity,
        "ENGRAM_REMEDY": condition.remedy,
    }


def _text(value: object) -> str:
    """Give a value as an environment can hold it."""
    return "" if value is None else str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
