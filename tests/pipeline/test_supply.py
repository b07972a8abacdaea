"""The supply of references, with a real database and the real client of a stand-in for OpenSubtitles.

What compares titles is a stand-in; see test_supply_matched for the real one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engramd.errors import Cancelled, InvalidArgument
from engramd.events import JobFinished
from engramd.match.model import MatchFailed
from engramd.models import ContentType, JobState, ReviewKind, TitleState, WaitingFor
from engramd.pipeline import supply_shelf
from engramd.pipeline.supply_question import is_about_waiting
from engramd.sources.opensubtitles import connect
from engramd.sources.opensubtitles_account import Access
from engramd.sources.subtitles import SubtitleProvider
from engramd.store.references import FetchedSubtitles
from tests.pipeline.supplied import SHOW, Discs, MatcherStandIn, subtitles
from tests.support.databases import Bench
from tests.support.opensubtitles_stand_in import DOWNLOAD, SEARCH, StandInOpenSubtitles
from tests.support.webserver import Answer, json_answer

DAY = timedelta(hours=24)


@pytest.fixture
def server() -> Iterator[StandInOpenSubtitles]:
    with StandInOpenSubtitles(show=SHOW, tmdb_id=1972, quota=20) as running:
        for number in range(1, 13):
            running.files[1, number, "eng"] = subtitles(f"S01E{number:02d}")
        yield running


@pytest.fixture
def matcher(monkeypatch: pytest.MonkeyPatch) -> MatcherStandIn:
    stand_in = MatcherStandIn()
    monkeypatch.setattr("engramd.match.assign_disc", stand_in)
    return stand_in


class Supplied(Discs):
    """Discs whose provider is the stand-in server; `on` turns it off."""

    def __init__(
        self,
        bench: Bench,
        folder: Path,
        server: StandInOpenSubtitles,
        matcher: MatcherStandIn,
        **settings: object,
    ) -> None:
        self.server, self.compared, self.on = server, matcher, True
        self.client: SubtitleProvider | None = None
        super().__init__(bench, folder, self._providers, **settings)
        clock = self.clock
        access = Access(server.url, server.key, server.username, server.password)
        server.resets_at = clock.at + timedelta(hours=6)
        self.client = connect(access, None, now=clock.time, monotonic=clock.time, sleep=clock.sleep)

    def _providers(self) -> list[SubtitleProvider]:
        return [self.client] if self.on and self.client else []

    def of(self, *episodes: str, number: int | None = 1, **values: object) -> int:
        """Make a disc with these episodes."""
        job_id = self.disc(number, len(episodes), **values)
        folder = Path(self.job(job_id).staging_folder or "")
        for index, episode in enumerate(episodes):
            self.compared.truth[folder / f"{index}.json"] = episode
        return job_id

    def downloads(self) -> list[str]:
        """Give the episodes of which files were served, in order."""
        return [seen.path.rpartition("/")[2] for seen in self.server.served]

    def renew_quota(self) -> None:
        """Let the quota begin anew, as the server said."""
        self.clock.at = max(self.clock.at, self.server.resets_at) + timedelta(minutes=11)
        self.server.quota, self.server.resets_at = self.server.allowed, self.clock.at + DAY


@pytest.fixture
def discs(
    sqlite_bench: Bench, tmp_path: Path, server: StandInOpenSubtitles, matcher: MatcherStandIn
) -> Supplied:
    return Supplied(sqlite_bench, tmp_path, server, matcher)


def test_a_disc_without_references_gets_one_for_each_of_its_titles(discs: Supplied) -> None:
    job = discs.of("S01E01", "S01E02", "S01E03")
    discs.match(job)
    assert discs.job(job).waiting_for is WaitingFor.REFERENCES
    assert discs.states(job) == [TitleState.MATCHING] * 3
    assert not discs.store.open_reviews()
    assert discs.run() is None, "nothing is left to wait for"
    assert discs.episodes(job) == ["S01E01", "S01E02", "S01E03"]
    assert discs.job(job).state is JobState.COMPLETED
    assert discs.downloads() == ["1x1.eng.srt", "1x2.eng.srt", "1x3.eng.srt"]
    assert not discs.store.reviews(job)


def test_a_second_disc_begins_where_the_first_ended(discs: Supplied) -> None:
    first = discs.of("S01E01", "S01E02")
    discs.match(first)
    discs.run()
    second = discs.of("S01E03", "S01E04", number=2)
    discs.match(second)
    discs.run()
    assert discs.episodes(second) == ["S01E03", "S01E04"]
    assert len(discs.downloads()) == 4


def test_it_widens_until_all_are_decided(discs: Supplied) -> None:
    job = discs.of("S01E05", "S01E06", number=None)
    discs.match(job)
    discs.run()
    assert discs.episodes(job) == ["S01E05", "S01E06"]
    assert len(discs.downloads()) == 6


def test_the_files_of_one_disc_serve_the_others_of_its_season(discs: Supplied) -> None:
    """Disc 2 is asked about first, and guesses wrongly; disc 1 finds what was fetched for it."""
    second = discs.of("S01E01", "S01E02", number=2)
    first = discs.of("S01E03", "S01E04", number=1)
    discs.match(second, first)
    discs.run()
    assert discs.episodes(first) == ["S01E03", "S01E04"]
    assert discs.episodes(second) == ["S01E01", "S01E02"]
    assert len(discs.downloads()) == len(set(discs.downloads()))


def test_a_second_reference_only_where_the_first_is_weak(discs: Supplied) -> None:
    weak, sure = subtitles("S01E02 weak"), subtitles("S01E02 sure")
    discs.server.files[1, 2, "eng"] = (weak, sure)
    job = discs.of("S01E01", "S01E02", "S01E03")
    discs.match(job)
    discs.run()
    assert discs.episodes(job) == ["S01E01", "S01E02", "S01E03"]
    assert sorted(discs.downloads()) == ["1x1.eng.srt", "1x2.eng.srt", "1x2.eng.srt", "1x3.eng.srt"]


def test_local_references_decide_without_a_file_or_a_question(discs: Supplied, tmp_path: Path) -> None:
    discs.settings.references_path = str(tmp_path / "references")
    show = tmp_path / "references" / f"{SHOW} (2003)"
    show.mkdir(parents=True)
    for number in (1, 2):
        (show / f"S01E{number:02d}.srt").write_bytes(subtitles("local"))
    job = discs.of("S01E01", "S01E02")
    discs.match(job)
    assert discs.run() is None
    assert discs.episodes(job) == ["S01E01", "S01E02"]
    assert not discs.server.requests


def test_what_local_references_lack_is_fetched_beside_them(discs: Supplied, tmp_path: Path) -> None:
    discs.settings.references_path = str(tmp_path / "references")
    show = tmp_path / "references" / f"{SHOW} (2003)"
    show.mkdir(parents=True)
    (show / "S01E01.srt").write_bytes(subtitles("local"))
    job = discs.of("S01E01", "S01E02")
    discs.match(job)
    assert discs.episodes(job) == ["S01E01", None]
    discs.run()
    assert discs.episodes(job) == ["S01E01", "S01E02"]
    assert discs.downloads() == ["1x2.eng.srt"]


@pytest.mark.parametrize("off", ["network", "provider", "film", "unknown show"])
def test_when_nothing_is_fetched(discs: Supplied, off: str) -> None:
    discs.settings.network_enabled = off != "network"
    discs.on = off != "provider"
    values: dict[str, Any] = {"content_type": ContentType.MOVIE} if off == "film" else {}
    values |= {"detected_title": None} if off == "unknown show" else {}
    job = discs.of("S01E01", "S01E02", **values)
    discs.match(job)
    assert discs.run() is None
    assert not discs.server.requests
    if off == "film":
        assert discs.job(job).state is JobState.COMPLETED
    else:
        assert (discs.job(job).state, discs.job(job).waiting_for) == (
            JobState.REVIEW_NEEDED,
            WaitingFor.REFERENCES,
        )
        assert discs.store.open_reviews(job)


def test_a_title_that_has_nothing_to_be_told_by_is_not_fetched_for(discs: Supplied) -> None:
    discs.settings.references_path = str(discs.folder / "none")
    job = discs.of("S01E01")
    discs.compared.mute = set(discs.compared.truth)
    discs.match(job)
    discs.run()
    assert not discs.server.requests
    assert discs.store.open_reviews(job)


def test_a_matcher_that_fails_costs_no_files(discs: Supplied, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: object, **_more: object) -> None:
        raise MatchFailed("the matcher gave no sensible answer")

    monkeypatch.setattr("engramd.match.assign_disc", fails)
    discs.settings.references_path = str(discs.folder)
    job = discs.of("S01E01", "S01E02")
    discs.match(job)
    discs.run()
    assert not discs.server.requests
    assert discs.states(job) == [TitleState.REVIEW] * 2


def test_it_works_by_itself_when_it_is_started(discs: Supplied) -> None:
    """The thread begins with the first disc that lacks something, and ends with the daemon."""
    done = threading.Event()

    def go_on(job_id: int) -> None:
        discs.finisher.advance(job_id)
        done.set()

    discs.supply.go_on_with(go_on)
    discs.supply.start()
    job = discs.of("S01E01", "S01E02")
    discs.match(job)
    assert done.wait(30)
    assert discs.episodes(job) == ["S01E01", "S01E02"]
    discs.stop.cancel("the end")
    names = {thread.name for thread in threading.enumerate()}
    deadline = threading.Event()
    for _ in range(200):
        names = {thread.name for thread in threading.enumerate()}
        if "references" not in names:
            break
        deadline.wait(0.02)
    assert "references" not in names


def test_discs_of_several_seasons_at_once(discs: Supplied) -> None:
    """The finisher's threads and the supply's own work beside each other; one budget, nothing twice."""
    for number in range(1, 5):
        discs.server.files[2, number, "eng"] = subtitles(f"S02E{number:02d}")
    discs.supply.go_on_with(discs.finisher.submit)
    discs.supply.start()
    ended = threading.Event()
    jobs = [
        discs.of("S01E03", "S01E04", number=2),
        discs.of("S02E01", "S02E02", detected_season=2),
        discs.of("S01E01", "S01E02"),
        discs.of("S02E03", "S02E04", number=2, detected_season=2),
    ]

    def see(_event: JobFinished) -> None:
        if all(discs.job(job).state is JobState.COMPLETED for job in jobs):
            ended.set()

    discs.bench.hub.subscribe(JobFinished, see)
    for job in jobs:
        discs.finisher.submit(job)
    assert ended.wait(180), [discs.states(job) for job in jobs]
    assert [discs.episodes(job) for job in jobs] == [
        ["S01E03", "S01E04"],
        ["S02E01", "S02E02"],
        ["S01E01", "S01E02"],
        ["S02E03", "S02E04"],
    ]
    assert len(discs.downloads()) == len(set(discs.downloads()))
    assert not any(discs.store.reviews(job) for job in jobs)
    discs.stop.cancel("the end")


def test_out_of_quota_is_a_wait_with_its_end(discs: Supplied) -> None:
    discs.server.quota = discs.server.allowed = 2
    job = discs.of("S01E01", "S01E02", "S01E03")
    discs.match(job)
    pause = discs.run()
    row = discs.job(job)
    assert discs.episodes(job) == ["S01E01", "S01E02", None], "what came is used at once"
    assert (row.waiting_for, row.waiting_until) == (WaitingFor.REFERENCES, discs.server.resets_at)
    assert pause is not None
    assert abs(pause - (discs.server.resets_at - discs.clock.at).total_seconds()) < 1
    assert not discs.store.reviews(job)
    discs.renew_quota()
    assert discs.run() is None
    assert discs.episodes(job) == ["S01E01", "S01E02", "S01E03"]
    row = discs.job(job)
    assert (row.state, row.waiting_for, row.waiting_until) == (JobState.COMPLETED, None, None)
    assert not discs.store.reviews(job)
    assert not discs.conditions.all(), "that is nobody's fault"


def test_a_restart_in_a_wait_loses_nothing(discs: Supplied) -> None:
    discs.server.quota = discs.server.allowed = 1
    job = discs.of("S01E01", "S01E02")
    discs.match(job)
    discs.run()
    since = discs.job(job).waiting_since
    assert since == discs.clock.at - (discs.clock.at - since if since else DAY)
    discs.clock.sleep(3600)
    discs.start()
    discs.supply._notice = lambda: None  # type: ignore[method-assign]  # no thread: the test works itself
    discs.supply.start()
    discs.match(job)
    assert (discs.job(job).waiting_for, discs.job(job).waiting_since) == (WaitingFor.REFERENCES, since)
    discs.run()
    assert discs.job(job).waiting_until == discs.server.resets_at
    discs.renew_quota()
    discs.run()
    assert discs.episodes(job) == ["S01E01", "S01E02"]
    assert discs.downloads() == ["1x1.eng.srt", "1x2.eng.srt"]


def test_nothing_that_comes_for_long_becomes_one_question_for_the_season(discs: Supplied) -> None:
    discs.server.quota = discs.server.allowed = 0
    one, two = discs.of("S01E01", "S01E02"), discs.of("S01E03", "S01E04", number=2)
    discs.match(one, two)
    discs.run()
    discs.clock.sleep(47 * 3600)
    discs.run()
    assert not discs.store.open_reviews()
    discs.clock.sleep(2 * 3600)
    discs.run()
    (task,) = discs.store.open_reviews()
    assert is_about_waiting(task)
    assert (task.kind, task.title_id) == (ReviewKind.REFERENCES, None)
    assert "4 titles of 2 discs of Harbor Station (2003), season 1" in task.question
    assert discs.states(one) + discs.states(two) == [TitleState.MATCHING] * 4
    discs.server.allowed = 20
    discs.renew_quota()
    discs.run()
    assert discs.episodes(one) + discs.episodes(two) == ["S01E01", "S01E02", "S01E03", "S01E04"]
    assert not discs.store.open_reviews(), "the question answers itself"


def question(discs: Supplied, *job_ids: int) -> None:
    discs.server.quota = discs.server.allowed = 0
    discs.match(*job_ids)
    discs.run()
    discs.clock.sleep(49 * 3600)
    discs.run()


def test_waiting_on_is_asked_again_after_as_long(discs: Supplied) -> None:
    job = discs.of("S01E01", "S01E02")
    question(discs, job)
    discs.supply.answer(discs.store.open_reviews()[0], "wait", "a test")
    discs.run()
    discs.clock.sleep(47 * 3600)
    discs.run()
    assert not discs.store.open_reviews()
    discs.clock.sleep(2 * 3600)
    discs.run()
    assert len(discs.store.open_reviews()) == 1


def test_title_by_title_holds_for_all_discs_of_the_season(discs: Supplied) -> None:
    one, two = discs.of("S01E01", "S01E02"), discs.of("S01E03", "S01E04", number=2)
    other = discs.of("S02E01", "S02E02", detected_season=2)
    question(discs, one, two, other)
    task = next(task for task in discs.store.open_reviews() if task.job_id == one)
    discs.supply.answer(task, "titles", "a test")
    assert discs.states(one) + discs.states(two) == [TitleState.REVIEW] * 4
    assert discs.states(other) == [TitleState.MATCHING] * 2
    assert not any(is_about_waiting(t) for t in discs.store.open_reviews() if t.job_id in (one, two))
    discs.start()
    discs.match(one)
    assert discs.states(one) == [TitleState.REVIEW] * 2, "a restart asks no provider again"


def test_the_order_on_the_discs_is_taken_where_it_says_something(discs: Supplied) -> None:
    one, two = discs.of("S01E01", "S01E02"), discs.of("S01E03", "S01E04", number=2)

    def take_order(job_id: int, actor: str) -> bool:
        if job_id != one:
            return False
        for title, episode in zip(discs.store.titles(job_id), ("S01E01", "S01E02"), strict=True):
            discs.bench.lifecycle.move_title(
                title, TitleState.MATCHED, "by its order", actor=actor, matched_episode=episode
            )
        return True

    question(discs, one, two)
    discs.supply.go_on_with(discs.finisher.advance, take_order)
    discs.supply.answer(discs.store.open_reviews()[0], "order", "a test")
    assert discs.episodes(one) == ["S01E01", "S01E02"]
    assert discs.job(one).state is JobState.COMPLETED
    assert discs.states(two) == [TitleState.REVIEW] * 2


def test_what_is_no_answer_changes_nothing(discs: Supplied) -> None:
    question(discs, discs.of("S01E01", "S01E02"))
    with pytest.raises(InvalidArgument, match="wait, order or titles"):
        discs.supply.answer(discs.store.open_reviews()[0], "perhaps", "a test")
    assert len(discs.store.open_reviews()) == 1


def test_a_person_who_matches_again_has_files_fetched_again(discs: Supplied) -> None:
    job = discs.of("S01E01", "S01E02")
    question(discs, job)
    discs.supply.answer(discs.store.open_reviews()[0], "titles", "a test")
    discs.server.allowed = 20
    discs.renew_quota()
    for title in discs.store.titles(job):
        discs.bench.lifecycle.move_title(title, TitleState.MATCHING, "again")
    discs.supply.compare_again(job, "a test")
    discs.match(job)
    discs.run()
    assert discs.episodes(job) == ["S01E01", "S01E02"]


def test_a_season_that_nobody_has_is_a_question_at_once(discs: Supplied) -> None:
    discs.server.files.clear()
    job = discs.of("S01E01", "S01E02")
    discs.match(job)
    assert discs.run() is None
    assert discs.states(job) == [TitleState.REVIEW] * 2
    assert discs.store.open_reviews(job)
    assert not discs.downloads()


def test_what_is_refused_is_not_fetched_again_and_the_next_one_is(discs: Supplied) -> None:
    page = b"<!DOCTYPE html><html><body>Sorry</body></html>"
    few = subtitles("S01E01", 20)
    discs.server.files[1, 1, "eng"] = (page, few, subtitles("S01E01"))
    job = discs.of("S01E01")
    discs.match(job)
    discs.run()
    assert discs.episodes(job) == ["S01E01"]
    rows = FetchedSubtitles(discs.store).of_show(f"{SHOW} (2003)", None)
    assert [bool(row.refused) for row in rows] == [True, True, False]
    assert "web page" in rows[0].refused
    again = discs.of("S01E01", number=1)
    discs.match(again)
    discs.run()
    assert len(discs.downloads()) == 3


def test_two_names_for_one_file_are_one_reference(discs: Supplied) -> None:
    same = subtitles("S01E01 weak")
    discs.server.files[1, 1, "eng"] = (same, same, subtitles("S01E01 sure"))
    job = discs.of("S01E01")
    discs.match(job)
    discs.run()
    assert discs.episodes(job) == ["S01E01"]
    assert len(discs.downloads()) == 3


def test_a_provider_that_is_down_is_a_condition_that_ends_by_itself(discs: Supplied) -> None:
    down = json_answer({"message": "out of order"}, 503)
    discs.server.instead[SEARCH] = [down] * 8
    job = discs.of("S01E01")
    discs.match(job)
    pause = discs.run()
    row = discs.job(job)
    assert row.waiting_for is WaitingFor.REFERENCES
    assert row.waiting_until is not None
    assert row.waiting_until > discs.clock.at
    (condition,) = discs.conditions.all()
    assert condition.id == "subtitles-opensubtitles"
    assert condition.remedy
    assert pause is not None
    for _ in range(4):
        discs.clock.sleep(pause or 0)
        pause = discs.run()
    assert discs.episodes(job) == ["S01E01"]
    assert not discs.conditions.all()
    assert not discs.store.reviews(job)


def test_a_key_that_is_refused_is_told_without_the_key(discs: Supplied) -> None:
    discs.server.key = "another0123456789abcdefghijklmnop"
    job = discs.of("S01E01")
    discs.match(job)
    discs.run()
    (condition,) = discs.conditions.all()
    assert "opensubtitles_api_key" in condition.remedy
    assert "Key0123456789" not in f"{condition} {discs.store.events(job)}"
    assert not discs.store.reviews(job)


def test_a_provider_that_is_turned_off_lets_a_person_answer(discs: Supplied) -> None:
    discs.server.quota = 0
    job = discs.of("S01E01", "S01E02")
    discs.match(job)
    discs.run()
    discs.on = False
    discs.supply.look_again()
    assert discs.run() is None
    assert discs.states(job) == [TitleState.REVIEW] * 2


def test_a_folder_that_is_full_costs_no_download(discs: Supplied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply_shelf, "ROOM", 1 << 60)
    job = discs.of("S01E01")
    discs.match(job)
    discs.run()
    (condition,) = discs.conditions.all()
    assert (condition.id, "make room" in condition.remedy) == ("subtitles-cache", True)
    assert discs.job(job).waiting_until is not None
    assert not discs.server.asked(DOWNLOAD)
    monkeypatch.undo()
    monkeypatch.setattr("engramd.match.assign_disc", discs.compared)
    discs.clock.sleep(600)
    discs.run()
    assert discs.episodes(job) == ["S01E01"]
    assert not discs.conditions.all()


def test_a_disk_that_fills_up_under_a_download_loses_no_file(
    discs: Supplied, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> tuple[int, str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(supply_shelf, "_written", full)
    job = discs.of("S01E01")
    discs.match(job)
    discs.run()
    assert [condition.id for condition in discs.conditions.all()] == ["subtitles-cache"]
    monkeypatch.undo()
    monkeypatch.setattr("engramd.match.assign_disc", discs.compared)
    discs.clock.sleep(600)
    discs.run()
    assert discs.episodes(job) == ["S01E01"]
    assert len(discs.server.asked(DOWNLOAD)) == 1, "what was paid for is kept"


def test_a_stop_in_the_middle_of_a_download(discs: Supplied) -> None:
    gate, begun = threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield subtitles("S01E01")[:1000]
        begun.set()
        assert gate.wait(30)
        yield b""

    discs.server.instead["file"] = [Answer(200, slow(), "application/x-subrip")]
    job = discs.of("S01E01", "S01E02")
    discs.match(job)
    ended: list[bool] = []

    def work() -> None:
        try:
            discs.run()
        except Cancelled:
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(30)
    discs.stop.cancel("the end")
    gate.set()
    thread.join(30)
    assert ended == [True]
    assert discs.states(job) == [TitleState.MATCHING] * 2
    assert not list((discs.folder / "cache").rglob("*.srt")), "no half of a file stays"


def test_a_person_decides_meanwhile(discs: Supplied) -> None:
    discs.server.quota = 0
    job = discs.of("S01E01")
    discs.match(job)
    discs.run()
    (title,) = discs.store.titles(job)
    discs.bench.lifecycle.move_title(title, TitleState.MATCHED, "says a person", matched_episode="S01E01")
    discs.match(job)
    discs.renew_quota()
    assert discs.run() is None
    assert discs.job(job).state is JobState.COMPLETED
    assert not discs.downloads()


def test_an_extra_that_is_too_short_costs_no_season(discs: Supplied) -> None:
    job = discs.of("S01E01", "S01E02", "S09E99")
    short = discs.store.titles(job)[2]
    discs.bench.lifecycle.update_title(short, duration_seconds=200)
    discs.match(job)
    discs.run()
    assert discs.episodes(job) == ["S01E01", "S01E02", None]
    assert len(discs.downloads()) == 3
    assert discs.states(job)[2] is TitleState.REVIEW


YEARS = timedelta(days=1000)


def in_the_future(discs: Supplied) -> None:
    """Have a wrong clock; the one that counts seconds since the start never goes back."""
    server, clock = discs.server, discs.clock
    clock.at += YEARS
    access = Access(server.url, server.key, server.username, server.password)
    discs.client = connect(
        access, None, now=clock.time, monotonic=time.monotonic, sleep=lambda _seconds: None
    )


def test_a_clock_that_was_set_back_makes_nobody_wait_for_years(discs: Supplied) -> None:
    """A machine without a battery began in the future, and the time came from the network."""
    in_the_future(discs)
    discs.server.quota, discs.server.resets_at = 1, discs.clock.at + timedelta(hours=6)
    job = discs.of("S01E01", "S01E02")
    discs.match(job)
    discs.run()
    assert discs.episodes(job) == ["S01E01", None]
    discs.clock.at -= YEARS
    discs.server.quota, discs.server.resets_at = 20, discs.clock.at + timedelta(hours=6)
    discs.run()
    assert discs.episodes(job) == ["S01E01", "S01E02"]


def test_a_season_is_asked_about_though_its_wait_began_in_the_future(discs: Supplied) -> None:
    in_the_future(discs)
    discs.server.quota, discs.server.resets_at = 0, discs.clock.at + timedelta(hours=6)
    discs.match(discs.of("S01E01", "S01E02"))
    discs.run()
    assert not discs.store.open_reviews()
    discs.clock.at -= YEARS
    discs.server.resets_at = discs.clock.at + timedelta(hours=6)
    discs.run()
    assert len(discs.store.open_reviews()) == 1


def test_a_question_that_settled_itself_while_nobody_looked_is_closed_by_the_next_start(
    discs: Supplied,
) -> None:
    job = discs.of("S01E01", "S01E02")
    question(discs, job)
    for title in discs.store.titles(job):
        discs.bench.lifecycle.move_title(title, TitleState.MATCHED, "a person said so")
    assert len(discs.store.open_reviews()) == 1
    discs.start()
    discs.supply.start()
    assert not discs.store.open_reviews()
