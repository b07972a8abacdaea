"""Sixty discs, twenty downloads a day: the clock and what compares titles are stand-ins, all else is real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Query
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import event

from engramd.models import JobState, TitleRole, TitleState, WaitingFor
from engramd.sources.discdb import Found, mappings_json
from engramd.sources.discdb_model import Mapping
from engramd.sources.opensubtitles import connect
from engramd.sources.opensubtitles_account import Access
from engramd.sources.opensubtitles_languages import to_codes
from tests.pipeline.supplied import Discs, MatcherStandIn, subtitles
from tests.support.databases import Bench
from tests.support.opensubtitles_stand_in import StandInOpenSubtitles

QUOTA = 20
#: Name, number at TMDB, seasons, discs of a season, titles of a disc.
FETCHED = (("Harbor Station", 101, 3, 5, 2), ("The Lighthouse", 102, 2, 6, 3), ("Low Tide", 103, 1, 8, 2))
LOCAL = (("At Anchor", 104, 2, 6, 3),)
RECORDED = (("Night Ferry", 105, 1, 13, 3),)


class SeveralShows(StandInOpenSubtitles):
    """The stand-in server with one budget for several shows: their seasons are numbered on in `files`."""

    def __init__(self, *numbers: int) -> None:
        super().__init__(quota=QUOTA)
        self.numbers = numbers

    def season(self, number: int, season: int) -> int:
        """Give the number under which a show's season is in `files`."""
        return 100 * (self.numbers.index(number) + 1) + season

    def _rows(self, query: Query[str, str]) -> Iterator[dict[str, Any]]:
        number, season = int(query.get("parent_tmdb_id", 0)), int(query["season_number"])
        if number not in self.numbers:
            return
        for key, data in sorted(self.files.items()):
            its_language = to_codes([key[2]]) in query["languages"].split(",")
            if key[0] != self.season(number, season) or not its_language:
                continue
            if query.get("episode_number") in (None, str(key[1])):
                for variant in range(len(data) if isinstance(data, tuple) else 1):
                    about = {"parent_tmdb_id": number, "season_number": season}
                    yield self.row(key, variant, feature_details=about)


class Box(Discs):
    """Box sets on their way, and the days that pass."""

    def __init__(self, bench: Bench, folder: Path, server: SeveralShows, matcher: MatcherStandIn) -> None:
        self.server, self.compared = server, matcher
        self.client: Any = None
        super().__init__(bench, folder, lambda: [self.client] if self.client else [])
        clock, access = self.clock, Access(server.url, server.key)
        self.client = connect(access, None, now=clock.time, monotonic=clock.time, sleep=clock.sleep)
        self.begun = server.resets_at = clock.at + timedelta(hours=6)
        self.days: Counter[int] = Counter()

    def insert(self, shows: tuple[tuple[str, int, int, int, int], ...], **values: object) -> list[int]:
        """Make the discs of box sets, as they would be ripped one after the other."""
        jobs = []
        for name, number, seasons, discs, titles in shows:
            for season in range(1, seasons + 1):
                for disc in range(1, discs + 1):
                    told = {"detected_title": name, "detected_season": season, "tmdb_id": number} | values
                    job = self.disc(disc, titles, **told)
                    folder = Path(self.job(job).staging_folder or "")
                    for n in range(titles):
                        episode = f"S{season:02d}E{(disc - 1) * titles + n + 1:02d}"
                        self.compared.truth[folder / f"{n}.json"] = episode
                    jobs.append(job)
        return jobs

    def recorded(self) -> list[int]:
        """Make discs of which TheDiscDB has a record that was confirmed for all their titles."""
        jobs = self.insert(RECORDED)
        for job in jobs:
            mappings = tuple(
                Mapping(
                    title_index=n,
                    role=TitleRole.EPISODE,
                    episode=episode,
                    confidence=1.0,
                    reason="as recorded",
                )
                for n, episode in enumerate(self.truth(job))
            )
            told = mappings_json(Found(status="confirmed", mappings=mappings))
            self.bench.lifecycle.update_job(job, discdb_mappings_json=told)
        return jobs

    def truth(self, job: int) -> list[str]:
        """Give what the titles of a job are."""
        folder = Path(self.job(job).staging_folder or "")
        return [self.compared.truth[folder / f"{n}.json"] for n in range(len(self.states(job)))]

    def offer(self, shows: tuple[tuple[str, int, int, int, int], ...]) -> None:
        """Let the server have every episode; each seventh one's first file is weak, and has another."""
        for name, number, seasons, discs, titles in shows:
            for season in range(1, seasons + 1):
                for n in range(1, discs * titles + 1):
                    label = f"{name} S{season:02d}E{n:02d}"
                    sure, weak = subtitles(f"{label} sure"), subtitles(f"{label} weak")
                    key = (self.server.season(number, season), n, "eng")
                    self.server.files[key] = (weak, sure) if n % 7 == 0 else sure

    def pass_days(self, most: int) -> int:
        """Let time pass until nobody waits; give how many days that were."""
        for day in range(most):
            before = len(self.server.served)
            pause = self.run()
            self.days[day] = len(self.server.served) - before
            assert not self.store.open_reviews(), "nobody is asked about a quota"
            if pause is None:
                return day + 1
            waiting = [job for job in self.store.unfinished_jobs() if job.waiting_for]
            assert {job.waiting_for for job in waiting} == {WaitingFor.REFERENCES}
            assert {job.waiting_until for job in waiting} == {self.server.resets_at}
            self.clock.sleep(pause)
            self.server.quota, self.server.resets_at = QUOTA, self.server.resets_at + timedelta(days=1)
        raise AssertionError(f"still waiting: {dict(self.days)}")


def _unsynced(connection: Any, _record: object) -> None:
    """Let thousands of commits not wait for the disk: no crash is tested here."""
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def box(sqlite_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    matcher = MatcherStandIn()
    monkeypatch.setattr("engramd.match.assign_disc", matcher)
    event.listen(sqlite_bench.store._engine, "connect", _unsynced)
    with SeveralShows(*(show[1] for show in (*FETCHED, *LOCAL, *RECORDED))) as server:
        yield Box(sqlite_bench, tmp_path, cast(SeveralShows, server), matcher)


def test_sixty_discs_are_told_with_twenty_downloads_a_day_and_no_question(box: Box, tmp_path: Path) -> None:
    box.settings.references_path = str(tmp_path / "references")
    for name, _number, seasons, discs, titles in LOCAL:
        folder = tmp_path / "references" / f"{name} (2003)"
        folder.mkdir(parents=True)
        for season in range(1, seasons + 1):
            for n in range(1, discs * titles + 1):
                (folder / f"S{season:02d}E{n:02d}.srt").write_bytes(subtitles("local"))
    box.offer((*FETCHED, *LOCAL, *RECORDED))
    jobs = [*box.insert(FETCHED), *box.insert(LOCAL), *box.recorded()]
    assert len(jobs) == 60
    box.match(*jobs)
    days = box.pass_days(20)
    assert max(box.days.values()) <= QUOTA
    for job in jobs:
        assert box.episodes(job) == box.truth(job)
        assert set(box.states(job)) == {TitleState.COMPLETED}
        assert box.job(job).state is JobState.COMPLETED
        assert not box.store.reviews(job)
    asked = [seen.json() for seen in box.server.asked("/api/v1/download")]
    spent = [seen.path for seen in box.server.served]
    assert len(spent) == len(set(spent)), "nothing is fetched twice"
    episodes = sum(seasons * discs * titles for _n, _t, seasons, discs, titles in FETCHED)
    weak = sum(seasons * (discs * titles // 7) for _n, _t, seasons, discs, titles in FETCHED)
    assert len(spent) == episodes + weak, "and nothing that was not needed"
    assert len(asked) <= len(spent) + days
    shows = {seen.query.get("parent_tmdb_id") for seen in box.server.requests}
    assert shows <= {None, "101", "102", "103"}, "nobody is asked where records or local references decide"
