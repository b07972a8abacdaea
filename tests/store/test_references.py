"""The rows of fetched references, on every kind of database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from engramd.models import JobState, SubtitleFile, TitleState, WaitingFor
from engramd.store.references import FetchedSubtitles
from tests.support.databases import Bench

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)


def row(number: str = "77", **values: Any) -> SubtitleFile:
    given: dict[str, Any] = {
        "provider": "opensubtitles",
        "provider_id": number,
        "show": "Harbor Station (2003)",
        "tmdb_id": 1972,
        "season": 1,
        "episode": 2,
        "path": f"/cache/{number}.srt",
        "fetched_at": NOON,
    }
    return SubtitleFile(**(given | values))


def test_a_file_is_kept_once_for_an_episode(bench: Bench) -> None:
    rows = FetchedSubtitles(bench.store)
    rows.keep(row(refused="is empty", path=""))
    rows.keep(row())
    rows.keep(row(episode=3))
    found = rows.of_show("Harbor Station (2003)", 1972)
    assert [(one.episode, one.refused, one.path) for one in found] == [
        (2, "", "/cache/77.srt"),
        (3, "", "/cache/77.srt"),
    ]


def test_a_show_is_known_by_its_number_or_else_by_its_name(bench: Bench) -> None:
    rows = FetchedSubtitles(bench.store)
    rows.keep(row("1"))
    rows.keep(row("2", tmdb_id=None))
    rows.keep(row("3", tmdb_id=5))
    assert [one.provider_id for one in rows.of_show("Harbor Station (2003)", 1972)] == ["1", "2"]
    assert [one.provider_id for one in rows.of_show("Hafenwache", 1972)] == ["1"]
    assert [one.provider_id for one in rows.of_show("Harbor Station (2003)", None)] == ["1", "2", "3"]
    assert rows.of_show("Another (2003)", None) == []


def test_when_the_last_useful_file_came(bench: Bench) -> None:
    rows = FetchedSubtitles(bench.store)
    assert rows.last_useful() is None
    rows.keep(row("1"))
    rows.keep(row("2", fetched_at=NOON + timedelta(hours=1)))
    rows.keep(row("3", fetched_at=NOON + timedelta(hours=2), refused="is a web page"))
    assert rows.last_useful() == NOON + timedelta(hours=1)


def test_who_waits_for_references(bench: Bench) -> None:
    rows, job = FetchedSubtitles(bench.store), bench.job()
    first, second, third = bench.titles(job, 3)
    bench.lifecycle.move_job(job.id or 0, JobState.RIPPING, "a test")
    for title in (first, second, third):
        bench.lifecycle.move_title(title, TitleState.MATCHING, "a test")
    for title in (first, third):
        bench.lifecycle.update_title(title, waiting_for=WaitingFor.REFERENCES, waiting_since=NOON)
    assert [title.title_index for title in rows.waiting()] == [0, 2]
    bench.lifecycle.move_title(third, TitleState.REVIEW, "a test", waiting_for=WaitingFor.REFERENCES)
    assert [title.title_index for title in rows.waiting()] == [0]
    bench.lifecycle.move_job(job.id or 0, JobState.FAILED, "a test")
    assert rows.waiting() == []
