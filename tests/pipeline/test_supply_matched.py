"""References fetched from a stand-in for OpenSubtitles decide titles, by the real matcher in its child."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engramd.models import JobState, TitleState
from engramd.sources.opensubtitles import connect
from engramd.sources.opensubtitles_account import Access
from tests.match.made import Show, retold, srt, track, write_evidence
from tests.pipeline.supplied import SHOW, Discs
from tests.support.databases import Bench
from tests.support.opensubtitles_stand_in import StandInOpenSubtitles

MADE = Show(23)
EPISODES = 6


def subtitle(number: int, source: int = 1) -> bytes:
    """Give an episode's subtitles as one source has them."""
    cues = retold(MADE.episode(number).cues, 100 * source + number, shift=2.0 * source, factor=25 / 23.976)
    return srt(cues).encode()


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


def disc(discs: Discs, *episodes: int) -> int:
    """Make a disc whose titles have captions."""
    job = discs.disc(1, len(episodes))
    folder = Path(discs.job(job).staging_folder or "")
    for index, number in enumerate(episodes):
        spoken = retold(MADE.episode(number).cues, 7, shift=0, jitter=0.03, dropped=0.02, reworded=0.02)
        made = write_evidence(folder, index, MADE.seconds, track(spoken, kind="caption", text=True))
        assert made.evidence is not None
        made.evidence.rename(folder / f"{index}.json")
        title = discs.store.titles(job)[index]
        discs.bench.lifecycle.update_title(title, duration_seconds=MADE.seconds)
    return job


def test_fetched_references_decide(discs: Discs, server: StandInOpenSubtitles) -> None:
    job = disc(discs, 1, 2, 3)
    discs.match(job)
    assert discs.run() is None
    assert discs.episodes(job) == ["S01E01", "S01E02", "S01E03"]
    assert discs.job(job).state is JobState.COMPLETED
    assert len(server.served) == 3
    assert not discs.store.reviews(job)


def test_a_provider_that_serves_another_episode_puts_no_wrong_file_in_the_library(
    discs: Discs, server: StandInOpenSubtitles
) -> None:
    server.files[1, 2, "eng"] = (subtitle(6, source=2), subtitle(2, source=3))
    job = disc(discs, 1, 2, 3)
    discs.match(job)
    assert discs.run() is None
    assert discs.episodes(job)[::2] == ["S01E01", "S01E03"]
    second = discs.store.titles(job)[1]
    assert second.matched_episode in (None, "S01E02")
    assert second.state in (TitleState.COMPLETED, TitleState.REVIEW)
    assert "1x2.eng.srt" in [seen.path.rpartition("/")[2] for seen in server.served]
