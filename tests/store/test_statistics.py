"""Totals of the history, on every kind of database."""

from __future__ import annotations

from engramd.models import DiscTitle, JobState, Outcome, RipOutcome, TitleState
from engramd.store.statistics import Statistics
from tests.support.databases import Bench


def ripped(bench: Bench, title: DiscTitle, size: int) -> None:
    bench.lifecycle.move_title(title, TitleState.RIPPING, "a test")
    values = {"rip_outcome": RipOutcome.SAVED, "file_size_bytes": size}
    bench.lifecycle.move_title(title, TitleState.MATCHED, "a test", **values)


def filed(bench: Bench, title: DiscTitle, path: str) -> None:
    bench.lifecycle.move_title(title, TitleState.COMPLETED, "a test", organized_to=path)


def test_an_empty_history_has_no_totals(bench: Bench) -> None:
    totals = Statistics(bench.store).totals()
    assert totals.jobs == {}
    assert totals.ended == {JobState.COMPLETED: 0, JobState.FAILED: 0}
    assert (totals.ripped_titles, totals.ripped_bytes, totals.last_filed) == (0, 0, None)


def test_what_happened_is_counted_and_never_falls(bench: Bench) -> None:
    statistics, move = Statistics(bench.store), bench.lifecycle.move_job
    first, second = bench.job(), bench.job(drive_id="/dev/sr1")
    assert first.id is not None
    assert second.id is not None
    one, two = bench.titles(first, 2)
    move(first.id, JobState.RIPPING, "a test")
    ripped(bench, one, 700)
    ripped(bench, two, 30)
    move(first.id, JobState.COMPLETED, "a test", outcome=Outcome.PARTIAL)
    move(second.id, JobState.FAILED, "a test", outcome=Outcome.CANCELLED)

    before = statistics.totals()
    assert before.jobs == {
        (JobState.COMPLETED, Outcome.PARTIAL): 1,
        (JobState.FAILED, Outcome.CANCELLED): 1,
    }
    assert before.ended == {JobState.COMPLETED: 1, JobState.FAILED: 1}
    assert (before.ripped_titles, before.ripped_bytes) == (2, 730)

    move(first.id, JobState.RIPPING, "tried again")
    bench.lifecycle.move_title(two, TitleState.REVIEW, "a test")
    ripped(bench, two, 50)
    again = statistics.totals()
    assert again.jobs[JobState.RIPPING, None] == 1
    assert again.ended == before.ended
    assert (again.ripped_titles, again.ripped_bytes) == (3, 750)

    move(first.id, JobState.COMPLETED, "a test", outcome=Outcome.COMPLETE)
    assert statistics.totals().ended[JobState.COMPLETED] == 2
    assert statistics.totals() == Statistics(bench.store).totals(), (
        "a daemon that starts anew counts the same"
    )


def test_pieces_of_a_title_are_not_counted_beside_it(bench: Bench) -> None:
    whole, piece = bench.titles(bench.job(), 2)
    ripped(bench, whole, 700)
    bench.lifecycle.update_title(
        piece, segment_map="1,2@0-60", rip_outcome=RipOutcome.SAVED, file_size_bytes=350
    )
    assert Statistics(bench.store).totals().ripped_bytes == 700


def test_the_last_filed_title_is_one_that_is_still_there(bench: Bench) -> None:
    statistics = Statistics(bench.store)
    one, two = bench.titles(bench.job(), 2)
    ripped(bench, one, 1)
    ripped(bench, two, 1)
    filed(bench, two, "/tv/two.mkv")
    filed(bench, one, "/tv/one.mkv")
    last = statistics.totals().last_filed
    assert last is not None
    assert (last.path, last.at.tzinfo is not None) == ("/tv/one.mkv", True)
    bench.lifecycle.move_title(one, TitleState.SKIPPED, "discarded", organized_to=None)
    last = statistics.totals().last_filed
    assert last is not None
    assert last.path == "/tv/two.mkv"
