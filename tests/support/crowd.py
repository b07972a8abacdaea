"""Thousands of jobs in a database at once, as years or a large import leave them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert
from sqlmodel import SQLModel, col, select

from engramd.models import (
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    ReviewKind,
    ReviewTask,
    TitleCandidate,
    TitleState,
    TitleTrack,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.store import Store


def crowd(
    store: Store,
    count: int,
    *,
    state: str = "review_needed",
    titles: int = 1,
    tracks: int = 2,
    days_ago: float = 0,
    waiting_for: str = "",
) -> list[int]:
    """Add jobs in a state, each with titles of some tracks and, in review, a question; give their numbers.

    What ended did so `days_ago`; a second lies between two jobs, the last is the newest.
    """
    with store.read() as session:
        first = (session.exec(select(func.max(col(DiscJob.id)))).one() or 0) + 1
        first_title = (session.exec(select(func.max(col(DiscTitle.id)))).one() or 0) + 1
    ids = list(range(first, first + count))
    last = utcnow() - timedelta(days=days_ago)
    jobs = [_job(n, state, last - timedelta(seconds=ids[-1] - n), waiting_for) for n in ids]
    numbers = list(range(first_title, first_title + count * titles))
    owners = [ids[place // titles] for place in range(len(numbers))] if titles else []
    rows = [
        _title(n, owner, (n - first_title) % titles, state) for n, owner in zip(numbers, owners, strict=True)
    ]
    for place, row in enumerate(rows):
        row.title_index = place % titles
    _insert(store, jobs)
    _insert(store, rows)
    _insert(store, [_track(n, place) for n in numbers for place in range(tracks)])
    if state == "review_needed":
        asked = [n for n in numbers if (n - first_title) % titles == 0]
        _insert(store, [_candidate(n, episode) for n in asked for episode in range(1, 4)])
        _insert(store, [_question(n, owner) for n, owner in zip(asked, ids, strict=True)])
    return ids


def _job(number: int, state: str, at: Any, waiting_for: str) -> DiscJob:
    ended = state in ("completed", "failed")
    return DiscJob(
        id=number,
        drive_id="/dev/sr0",
        volume_label=f"HARBOR_STATION_S1_D{number}",
        detected_title="Harbor Station",
        detected_season=1,
        identity_reason="the label says so, and the length of the episodes is that of the season",
        state=JobState(state),
        outcome=Outcome.COMPLETE if ended else None,
        waiting_for=WaitingFor(waiting_for) if waiting_for else None,
        created_at=at - timedelta(hours=1),
        updated_at=at,
        completed_at=at if ended else None,
    )


def _title(number: int, job_id: int, index: int, state: str) -> DiscTitle:
    return DiscTitle(
        id=number,
        job_id=job_id,
        title_index=index,
        duration_seconds=2640.0,
        file_size_bytes=1_500_000_000,
        state=TitleState.REVIEW if state == "review_needed" else TitleState.COMPLETED,
        source_file="00001.mpls",
        segment_map="1,2,3",
        matched_episode=f"S01E{index % 99 + 1:02}",
        match_reason="87 of 90 lines of its subtitles are those of the episode",
        organized_to="" if state == "review_needed" else f"/srv/media/tv/Harbor Station/{job_id}-{index}.mkv",
    )


def _track(title_id: int, place: int) -> TitleTrack:
    return TitleTrack(
        title_id=title_id,
        place=place,
        kind="audio",
        codec="ac3",
        language="eng",
        name="Surround 5.1",
        channels=6,
        why="its language is wanted",
    )


def _candidate(title_id: int, episode: int) -> TitleCandidate:
    return TitleCandidate(title_id=title_id, episode=f"S01E{episode:02}", confidence=0.9 / episode)


def _question(title_id: int, job_id: int) -> ReviewTask:
    return ReviewTask(
        job_id=job_id, title_id=title_id, kind=ReviewKind.EPISODE, question="Which episode is title 1?"
    )


def _insert(store: Store, rows: Iterable[SQLModel]) -> None:
    """Insert rows as they are: thousands a second, where the session takes them one by one."""
    found = list(rows)
    if not found:
        return
    known = [{key: value for key, value in dict(row).items() if value is not None} for row in found]
    columns = set().union(*known)
    with store.write() as session:
        values = [{name: one.get(name) for name in columns} for one in known]
        session.connection().execute(insert(type(found[0])), values)
