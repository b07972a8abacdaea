"""A show of eleven minutes an episode, whose subtitles have few cues, by the real matcher in its child."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engramd.models import JobState
from engramd.pipeline.supply_shelf import Series
from engramd.sources.opensubtitles import connect
from engramd.sources.opensubtitles_account import Access
from tests.match.made import Show, retold, srt, track, write_evidence
from tests.pipeline.supplied import SHOW, Discs
from tests.support.databases import Bench
from tests.support.opensubtitles_stand_in import StandInOpenSubtitles

MADE = Show(29, seconds=660.0, cues=70)
EPISODES = 6
SERIES = Series(SHOW, year=2003, tmdb_id=1972)


def subtitle(number: int) -> bytes:
    """Give an episode's subtitles as another source has them."""
    return srt(retold(MADE.episode(number).cues, number, factor=25 / 23.976)).encode()


@pytest.fixture
def server() -> Iterator[StandInOpenSubtitles]:
    with StandInOpenSubtitles(show=SHOW, tmdb_id=1972) as running:
        for number in range(1, EPISODES + 1):
            running.files[1, number, "eng"] = subtitle(number)
        yield running


@pytest.fixture
def discs(sqlite_bench: Bench, tmp_path: Path, server: StandInOpenSubtitles) -> Discs:
    clients: list[Any] = []
    made = Discs(sqlite_bench, tmp_path, lambda: clients)
    clock, access = made.clock, Access(server.url, server.key)
    server.resets_at = clock.at + timedelta(hours=6)
    clients.append(connect(access, None, now=clock.time, monotonic=clock.time, sleep=clock.sleep))
    return made


def disc(discs: Discs, *episodes: int, seconds: float = MADE.seconds) -> int:
    """Make a disc whose titles have captions, each so long."""
    job = discs.disc(1, len(episodes))
    folder = Path(discs.job(job).staging_folder or "")
    for index, number in enumerate(episodes):
        spoken = retold(MADE.episode(number).cues, 7, shift=0, jitter=0.03, dropped=0.02, reworded=0.02)
        made = write_evidence(folder, index, MADE.seconds, track(spoken, kind="caption", text=True))
        assert made.evidence is not None
        made.evidence.rename(folder / f"{index}.json")
        title = discs.store.titles(job)[index]
        discs.bench.lifecycle.update_title(title, duration_seconds=seconds)
    return job


def test_files_of_seventy_cues_decide_episodes_of_eleven_minutes(
    discs: Discs, server: StandInOpenSubtitles
) -> None:
    job = disc(discs, 1, 2, 3)
    discs.match(job)
    assert discs.run() is None
    assert discs.episodes(job) == ["S01E01", "S01E02", "S01E03"]
    assert discs.job(job).state is JobState.COMPLETED
    assert len(server.served) == 3, "none was refused, and none was fetched twice"


def test_the_same_files_are_refused_for_episodes_of_a_usual_length(
    discs: Discs, server: StandInOpenSubtitles
) -> None:
    job = disc(discs, 1, 2, 3, seconds=1300.0)
    discs.match(job)
    discs.run()
    assert discs.episodes(job) == [None, None, None]
    assert not discs.supply._shelf.usable(SERIES)
    assert server.served
