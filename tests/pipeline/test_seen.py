"""What earlier jobs made of a disc, and what of that counts when it comes again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engramd.discs.model import Disc, Media, Title
from engramd.identify import Hint, RoleVerdict
from engramd.models import (
    ClassificationSource,
    ContentType,
    DiscHint,
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    TitleRole,
    TitleState,
)
from engramd.models.base import utcnow
from engramd.pipeline.seen import IN_LIBRARY, Before, Mark, Settled, day, is_reused, look
from engramd.pipeline.titles import Wishes, title_row
from engramd.store import Store, open_engine
from tests.support.databases import Bench, PostgresCluster

HASH = "A" * 32
EPISODES = ("S01E01", "S01E02", "S01E03")
USER = {"classification_source": "user", "identity_reason": "alice said so"}


def title(index: int, duration: float = 1300.0) -> Title:
    return Title(
        index=index,
        number=index + 1,
        source_file=f"{index + 1:02}",
        segment_map="1-5",
        segments=(),
        duration=duration,
        size=10**9,
    )


DISC = Disc(
    source="x", media=Media.DVD, label="X", content_hash=HASH, titles=tuple(title(n) for n in range(3))
)


class Shelf:
    """A library folder, and jobs of one disc that filed there."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.folder = bench, folder

    def file(self, name: str) -> Path:
        """The library's file of an episode."""
        return self.folder / f"Harbor Station - {name}.mkv"

    def job(self, *, filed: str = "", outcome: Outcome = Outcome.COMPLETE, **values: Any) -> DiscJob:
        """Make an ended job that filed some titles (`"13"`: the first and the third), and no other."""
        known = {"content_hash": HASH, "detected_title": "Harbor Station", "detected_season": 1}
        job = self.bench.job(**known | {"content_type": "tv"} | values)
        rows = []
        for index, code in enumerate(EPISODES):
            is_filed = str(index + 1) in filed
            rows.append((self.row(job, index, code if is_filed else None), []))
            if is_filed:
                self.file(code).write_bytes(b"x")
        self.bench.lifecycle.list_titles(job.id or 0, rows)
        state = JobState.FAILED if outcome in (Outcome.FAILED, Outcome.CANCELLED) else JobState.COMPLETED
        self.bench.lifecycle.move_job(job.id or 0, state, "it ends", outcome=outcome)
        return self.bench.store.need_job(job.id or 0)

    def row(self, job: DiscJob, index: int, code: str | None) -> DiscTitle:
        """Make the row of a title; one that has a code was filed."""
        return DiscTitle(
            job_id=job.id or 0,
            title_index=index,
            duration_seconds=1300.4,
            source_file=f"{index + 1:02}",
            segment_map="1-5",
            role=TitleRole.EPISODE,
            state=TitleState.COMPLETED if code else TitleState.FAILED,
            matched_episode=code,
            match_confidence=0.97 if code else 0.0,
            match_source="subtitles" if code else "",
            match_reason="its captions" if code else "",
            organized_to=str(self.file(code)) if code else None,
        )

    def now(self, **values: Any) -> tuple[DiscJob, Before]:
        """Insert the disc (again)."""
        job = self.bench.job(**values)
        return job, look(self.bench.store, job, DISC)


@pytest.fixture
def shelf(sqlite_bench: Bench, tmp_path: Path) -> Shelf:
    """Give an empty shelf."""
    return Shelf(sqlite_bench, tmp_path)


def row_of(
    settled: Settled, *, wishes: Wishes | None = None, role: TitleRole = TitleRole.EPISODE
) -> DiscTitle:
    """Make the row that a title gets now."""
    wishes = wishes or Wishes.of(DiscJob(drive_id="x"), ContentType.TV, "keep", 15)
    verdict = RoleVerdict(title_index=0, role=role, confidence=0.9, reason=f"it is {role}")
    return title_row(1, title(0), verdict, wishes, settled)


def settle(before: Before, job: DiscJob, *, reuse: bool = True) -> list[Settled]:
    return [before.settled(t, job, reuse=reuse) for t in DISC.titles]


def test_a_disc_that_is_new_is_new(shelf: Shelf) -> None:
    job, before = shelf.now()
    assert before == Before()
    assert before.duplicate(job) == ""
    assert before.said(job, None) is None
    assert settle(before, job) == [Settled()] * 3


def test_a_disc_that_is_filed_says_when_and_as_what(shelf: Shelf) -> None:
    earlier = shelf.job(filed="123")
    job, before = shelf.now()
    said = f"filed on {day(earlier.completed_at)} as Harbor Station - S01E01 and 2 more (job {earlier.id})"
    assert said in before.duplicate(job)


@pytest.mark.parametrize("values", [{"again": True}, {"wanted_titles": "1"}])
def test_wishes_of_ones_own_make_it_no_duplicate_at_once(shelf: Shelf, values: dict[str, Any]) -> None:
    shelf.job(filed="123")
    job, before = shelf.now(**values)
    assert before.duplicate(job) == ""


def test_a_disc_without_a_hash_is_never_known(shelf: Shelf) -> None:
    shelf.job(filed="123", content_hash=None)
    job = shelf.bench.job()
    disc = DISC.model_copy(update={"content_hash": None})
    assert look(shelf.bench.store, job, disc) == Before()


def test_another_disc_is_another_disc(shelf: Shelf) -> None:
    shelf.job(filed="123")
    job = shelf.bench.job()
    better = DISC.model_copy(update={"content_hash": "B" * 32})
    assert look(shelf.bench.store, job, better) == Before()


def test_a_file_that_is_gone_is_ripped_again_as_what_it_was(shelf: Shelf) -> None:
    earlier = shelf.job(filed="123", year=2003, edition="Uncut", tmdb_id=77, tmdb_namespace="tv")
    shelf.file("S01E02").unlink()
    job, before = shelf.now()
    assert before.duplicate(job) == ""
    said = before.said(job, None)
    assert said is not None
    assert said.hint == Hint(
        content_type=ContentType.TV, show="Harbor Station", year=2003, season=1, edition="Uncut"
    )
    assert said.values["tmdb_id"] == 77
    assert said.values["classification_source"] is ClassificationSource.HEURISTIC
    assert said.reason == f"as in job {earlier.id} of {day(earlier.completed_at)}"
    assert said.settled
    first, second, third = settle(before, job)
    assert first.refusal == f"already in the library as Harbor Station - S01E01 (job {earlier.id})"
    assert third.refusal.startswith("already in the library as Harbor Station - S01E03")
    assert (second.refusal, second.decision["matched_episode"]) == ("", "S01E02")
    assert (second.decision["match_source"], second.decision["match_confidence"]) == ("earlier", 0.97)
    assert second.decision["match_reason"] == f"as in job {earlier.id}: its captions"


def test_what_several_jobs_filed_counts_together(shelf: Shelf) -> None:
    shelf.job(filed="12", outcome=Outcome.PARTIAL)
    newest = shelf.job(filed="3")
    job, before = shelf.now()
    assert f"S01E03 (job {newest.id})" in before.duplicate(job)
    shelf.file("S01E01").unlink()
    job, before = shelf.now()
    assert before.duplicate(job) == ""
    assert [bool(s.refusal) for s in settle(before, job)] == [False, True, True]


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.CANCELLED, Outcome.FAILED])
def test_what_an_unfinished_end_left_over_is_ripped(shelf: Shelf, outcome: Outcome) -> None:
    shelf.job(filed="1", outcome=outcome)
    job, before = shelf.now()
    assert before.duplicate(job) == ""
    settled = settle(before, job)
    assert [bool(s.refusal) for s in settled] == [True, False, False]
    assert settled[1:] == [Settled()] * 2, "nothing was decided of them"


def test_what_a_finished_job_left_out_stays_out(shelf: Shelf) -> None:
    earlier = shelf.job(filed="1")
    for row in shelf.bench.store.titles(earlier.id or 0)[1:]:
        shelf.bench.lifecycle.move_title(row, TitleState.PENDING, "")
        shelf.bench.lifecycle.move_title(row, TitleState.SKIPPED, "", match_reason="skipped: a play-all")
    shelf.file("S01E01").unlink()
    job, before = shelf.now()
    first, second, _ = settle(before, job)
    assert first.decision["matched_episode"] == "S01E01"
    assert second.refusal == f"not filed before (job {earlier.id}): a play-all"
    job, before = shelf.now(wanted_titles="2")
    assert settle(before, job)[1] == Settled(), "unless it is asked for now"


def test_what_a_person_said_of_titles_stands_though_nothing_was_filed(shelf: Shelf) -> None:
    earlier = shelf.job(outcome=Outcome.FAILED, **USER)
    said = {0: {"matched_episode": "S01E09"}, 1: {"is_extra": True, "extra_kind": "trailer"}, 2: {}}
    for row in shelf.bench.store.titles(earlier.id or 0):
        shelf.bench.lifecycle.move_title(row, TitleState.PENDING, "")
        values = said[row.title_index] | {"match_source": "user", "match_reason": "says alice"}
        shelf.bench.lifecycle.update_title(row, **values)
    shelf.bench.lifecycle.move_title(row, TitleState.SKIPPED, "says alice")
    job, before = shelf.now()
    first, second, third = settle(before, job)
    assert first.decision["matched_episode"] == "S01E09"
    assert (second.decision["is_extra"], second.decision["extra_kind"]) == (True, "trailer")
    assert third.refusal.startswith("not filed before")
    assert settle(before, job, reuse=False)[0] == Settled(), "not where the disc is said to be another"


def test_a_persons_word_about_this_disc_stands(shelf: Shelf) -> None:
    earlier = shelf.job(outcome=Outcome.CANCELLED, **USER)
    job, before = shelf.now()
    other = DiscHint(title="Another Show", season=9)
    for hint in (None, other):
        said = before.said(job, hint)
        assert said is not None
        assert said.reason == f"as you said on {day(earlier.completed_at)} (job {earlier.id})"
        assert is_reused(said.reason)
        assert said.values["classification_source"] is ClassificationSource.USER


@pytest.mark.parametrize(
    "values", [{}, {"classification_source": "user", "identity_reason": "hint 1 of bob: Harbor"}]
)
def test_a_hint_that_says_something_else_is_newer_than_what_was_filed(
    shelf: Shelf, values: dict[str, Any]
) -> None:
    shelf.job(filed="1", outcome=Outcome.PARTIAL, **values)
    job, before = shelf.now()
    assert before.said(job, None) is not None
    assert before.said(job, DiscHint(title="harbor station", season=1)) is not None
    assert before.said(job, DiscHint(extras_policy="skip")) is not None
    assert before.said(job, DiscHint(title="Another Show")) is None
    assert before.said(job, DiscHint(title="Harbor Station", season=2)) is None
    assert before.said(job, DiscHint(content_type="movie")) is None


def test_what_is_said_with_the_rip_counts(shelf: Shelf) -> None:
    shelf.job(filed="1", outcome=Outcome.PARTIAL, **USER)
    job, before = shelf.now(classification_source="user", detected_title="Another")
    assert before.said(job, None) is None
    job, before = shelf.now(classification_source="user", identity_reason="as you said on 2026-01-02 (job 1)")
    assert before.said(job, None) is not None, "a job that begins anew after a power cut"


def test_a_job_that_found_nothing_to_do_decides_nothing(shelf: Shelf) -> None:
    shelf.job(outcome=Outcome.NOTHING_TO_DO)
    shelf.job(outcome=Outcome.DUPLICATE, **USER)
    job, before = shelf.now()
    assert before.duplicate(job) == ""
    assert before.said(job, None) is None


def test_a_job_that_waits_for_its_disc_goes_on(shelf: Shelf) -> None:
    earlier = shelf.bench.job(content_hash=HASH)
    shelf.bench.titles(earlier, 2)
    _, before = shelf.now()
    assert before.continues == earlier.id


def test_a_job_that_has_all_it_needs_has_the_disc_in_hand(shelf: Shelf) -> None:
    earlier = shelf.bench.job(content_hash=HASH)
    shelf.bench.lifecycle.move_job(earlier.id or 0, JobState.MATCHING, "it is ripped")
    job, before = shelf.now()
    assert before.duplicate(job) == f"job {earlier.id} has this disc in hand already (matching)"


def test_what_was_settled_before_is_marked_as_such() -> None:
    there = Settled(f"{IN_LIBRARY} Harbor Station - S01E01 (job 1)")
    for role in (TitleRole.EPISODE, TitleRole.DUPLICATE):
        row = row_of(there, role=role)
        assert (row.state, row.match_source) == (TitleState.SKIPPED, "earlier"), "no later finding revives it"
        assert row.match_reason == f"skipped: {there.refusal}"
    row = row_of(Settled(decision={"matched_episode": "S01E02", "match_source": "earlier"}))
    assert (row.state, row.matched_episode, row.match_source) == (TitleState.PENDING, "S01E02", "earlier")


def test_what_is_not_asked_for_is_not_settled_either() -> None:
    wishes = Wishes.of(DiscJob(drive_id="x", wanted_titles="9"), ContentType.TV, "keep", 15)
    row = row_of(Settled(f"{IN_LIBRARY} X (job 1)"), wishes=wishes)
    assert (row.state, row.match_source) == (TitleState.SKIPPED, "")
    assert "not among the titles" in row.match_reason


def test_titles_are_known_by_what_holds_across_scans() -> None:
    mark = Mark("01", "1-5", 1300.0, 0)
    assert mark.is_like(Mark("01", "1-5", 1300.9, 4))
    for other in (Mark("02", "1-5", 1300, 0), Mark("01", "1-6", 1300, 0), Mark("01", "1-5", 1302, 0)):
        assert not mark.is_like(other)


def test_the_day_is_that_of_the_machine() -> None:
    assert day(utcnow()) == utcnow().astimezone().date().isoformat()
    assert day(None) == "an unknown day"


def test_a_disc_that_another_station_has_in_hand_is_left_to_it(postgres: PostgresCluster) -> None:
    """Its job cannot go on here, with drives and files of another machine."""
    url = postgres.create("seen_elsewhere", "schema_of_engramd")
    attic, cellar = Store(open_engine(url), "attic"), Store(open_engine(url), "cellar")
    bench = Bench(attic)
    begun = bench.job(content_hash=HASH)
    bench.titles(begun)
    for station, continues in ((attic, begun.id), (cellar, None)):
        here = Bench(station).job(content_hash=HASH)
        before = look(station, here, DISC)
        assert before.continues == continues
        said = before.duplicate(here)
        assert said == (
            ""
            if continues
            else f"job {begun.id} of the station attic has this disc in hand already (identifying)"
        )
        bench.lifecycle.move_job(here.id or 0, JobState.FAILED, "over")
    attic.close()
    cellar.close()
