"""A daemon with a past: rows that are in its database before it starts, as if discs had come and gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from engramd.models import (
    Change,
    ContentType,
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    ReviewKind,
    ReviewTask,
    TitleCandidate,
    TitleRole,
    TitleState,
)
from engramd.models.base import utcnow
from engramd.organize.trash_entry import new_entry, write_note
from engramd.store import Store, default_url, open_engine
from engramd.store.migrate import upgrade
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.udevbed import UdevBed

#: Names that a shell must not run, and must quote.
FILM = "Heat; $(touch pwned) & 'Night' \"of\" `it`"
BROKEN = "Harbor\nplain\tNonsense\x1b[31m"
SHOW, OTHER_SHOW, OLD_SHOW = "Harbor Station", "Übersee: Teil 2", "Harbor Lights"


def _job(store: Store, title: str, kind: ContentType, **values: object) -> DiscJob:
    job = DiscJob(drive_id="/srv/x.iso", volume_label=title[:16].upper(), detected_title=title)
    job.content_type = kind
    for name, value in values.items():
        setattr(job, name, value)
    return store.add(job)


def _title(store: Store, job: DiscJob, index: int, **values: object) -> DiscTitle:
    title = DiscTitle(job_id=job.id or 0, title_index=index, duration_seconds=1300 + index)
    title.role = TitleRole.EPISODE
    for name, value in values.items():
        setattr(title, name, value)
    return store.add(title)


def record(state: Path) -> None:
    """Make the database of a daemon in its state folder: jobs 1 to 5, question 1, change 1.

    Job 1 is a series that is filed, 2 a film of last week, 3 waits for an answer, 4 is a failed one of
    another series, 5 was a series of last week, whose name is none.
    """
    state.mkdir(parents=True, exist_ok=True)
    upgrade(default_url(state))
    store = Store(open_engine(default_url(state)))
    now, past = utcnow(), utcnow() - timedelta(days=7)
    ended = {"state": JobState.COMPLETED, "outcome": Outcome.COMPLETE}
    filed = _job(store, SHOW, ContentType.TV, detected_season=1, year=2003, completed_at=now, **ended)
    for index in range(3):
        episode = f"S01E{index + 1:02}"
        _title(store, filed, index, state=TitleState.COMPLETED, matched_episode=episode)
    _job(store, FILM, ContentType.MOVIE, completed_at=past, created_at=past, **ended)
    asked = _job(store, OTHER_SHOW, ContentType.TV, detected_season=2, state=JobState.REVIEW_NEEDED)
    _title(store, asked, 0, state=TitleState.COMPLETED, matched_episode="S02E01")
    doubtful = _title(store, asked, 1, state=TitleState.REVIEW)
    for episode, sure in (("S02E02", 0.7), ("S02E03", 0.2)):
        store.add(
            TitleCandidate(
                title_id=doubtful.id or 0, episode=episode, confidence=sure, reason="the times fit"
            )
        )
    question = f"Which episode of {OTHER_SHOW} is title 2 (22 min)?"
    task = {"kind": ReviewKind.EPISODE, "question": question, "summary": "title 2: which episode?"}
    store.add(ReviewTask(job_id=asked.id or 0, title_id=doubtful.id, **task))
    failed = {"state": JobState.FAILED, "outcome": Outcome.FAILED, "completed_at": now}
    _job(store, OLD_SHOW, ContentType.TV, **failed)
    _job(store, BROKEN, ContentType.TV, completed_at=past, created_at=past, **ended)
    store.add(Change(actor="root", sentence="job 1: title 2 is S01E02", job_id=filed.id, done_at=now))
    store.close()


def throw_away(library: Path, name: str) -> str:
    """Put a file into the trash of a library; give its id."""
    file = library / name
    file.write_bytes(b"x" * 1000)
    entry = new_entry(library, file, "replaced")
    entry.file.parent.mkdir(parents=True)
    file.rename(entry.file)
    write_note(entry)
    return entry.id


@contextmanager
def daemon_with_a_past(folder: Path) -> Iterator[DaemonUnderTest]:
    """Run it on a bus with the rules of the system's, with one empty drive; its trash holds `old.mkv`."""
    with PrivateBus(system=True) as bus, UdevBed() as bed:
        bed.add_drive("sr0", serial="ENG1")
        daemon = DaemonUnderTest(folder, bus, environment=bed.environment)
        record(folder / "state")
        throw_away(daemon.tv, "old.mkv")
        with daemon:
            yield daemon
