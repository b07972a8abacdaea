"""Objects as the daemon publishes them, for tests that need no daemon."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engramd.bus import names, questions, views
from engramd.models import (
    DiscJob,
    DiscTitle,
    JobEvidence,
    ReviewKind,
    ReviewTask,
    TitleCandidate,
    WorkCandidate,
)
from engramd.pipeline import DriveView

IDENTITY: dict[str, Any] = {
    "volume_label": "HARBOR_STATION_S1_D1",
    "content_type": "tv",
    "detected_title": "Harbor Station",
    "detected_season": 1,
    "disc_number": 1,
    "classification_confidence": 0.98,
}
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
EVIDENCE = [
    JobEvidence(
        job_id=4, at=NOON, source="label", claim="Harbor Station, season 1", confidence=0.98,
        sentence="the label says HARBOR_STATION_S1_D1",
    ),
    JobEvidence(job_id=4, at=NOON, source="structure", claim="a film", confidence=0.2, followed=False),
]  # fmt: skip
WORKS = [
    WorkCandidate(
        job_id=4, namespace="tv", tmdb_id=123, name="Harbor Station", year=2003, confidence=0.87,
        reason="the name agrees",
    )
]  # fmt: skip


def job(**fields: Any) -> dict[str, Any]:
    """Give the properties of job 4, a disc of a series."""
    row = DiscJob(**{"id": 4, "drive_id": "/dev/sr0", **IDENTITY, **fields})
    return views.job_values(row, [], [], None, views.Identity(EVIDENCE, WORKS))


def title(index: int, **fields: Any) -> dict[str, Any]:
    """Give the properties of a title of job 4."""
    row = DiscTitle(
        **{"id": 10 + index, "job_id": 4, "title_index": index, "duration_seconds": 125.0, **fields}
    )
    return views.title_values(row, [], [], None)


def drive(**fields: Any) -> dict[str, Any]:
    """Give the properties of the drive that is called left."""
    given = {
        "id": "LEFT", "name": "left", "device": "/dev/sr0", "vendor": "MOCK", "model": "DVD", "serial": "L1",
        "port": "ata-1", "state": "empty", "media": "none", "volume_label": "",
    }  # fmt: skip
    return views.drive_values(DriveView(**{**given, **fields}))


def drive_path(of: dict[str, Any]) -> str:
    """Give the path of a drive, by its device."""
    return names.drive_path(str(of["Device"]).rpartition("/")[2])


def review(**fields: Any) -> dict[str, Any]:
    """Give the properties of question 2, which episode title 2 of job 4 is."""
    given = {
        "id": 2,
        "job_id": 4,
        "title_id": 11,
        "kind": ReviewKind.EPISODE,
        "question": "Which episode?",
        **fields,
    }
    candidates = [
        TitleCandidate(title_id=11, episode="S01E03", confidence=0.6, reason="14 of 20 lines agree"),
        TitleCandidate(title_id=11, episode="S01E02", confidence=0.3),
    ]
    about = DiscTitle(id=11, job_id=4, title_index=1) if given["title_id"] else None
    return questions.review_values(ReviewTask(**given), about, questions.Choices(candidates, WORKS))


def objects(*jobs: dict[str, Any], titles: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Give what the object manager of a daemon with these jobs and titles says."""
    found: dict[str, Any] = {names.job_path(one["Id"]): {names.JOB: one} for one in jobs}
    for one in titles or []:
        found[names.title_path(one["JobId"], one["TitleIndex"])] = {names.TITLE: one}
    return found
