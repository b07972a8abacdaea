"""Drives that are held: real rows, udev's recorded events, and a stand-in for what works at a disc."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.conditions import Conditions
from engramd.errors import Busy, WrongState
from engramd.events import Happened
from engramd.models import DiscTitle, InsertPolicy, JobState, TitleState, WaitingFor
from engramd.pipeline.answers import Answers
from engramd.pipeline.commands import JobCommands
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.desk import DriveDesk
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.holds import Hold
from engramd.pipeline.options import RipOptions
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.runs import DiscRun
from tests.drives import records
from tests.support.databases import Bench

DRIVE = records.DRIVE["ID_SERIAL"]
HOLD = Hold("mpv", "a film is watched", "uid 1000")
AGAIN = records.DVD | {"DISKSEQ": "11"}


class House:
    """A desk with one drive; `ran` are the jobs that came to its disc."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.ran = bench, cast(list[int], [])
        settings = SimpleNamespace(current=SimpleNamespace(tray_pulled_in_seconds=0, rip_discs_at_start=True))
        world = SimpleNamespace(
            store=bench.store,
            hub=bench.hub,
            lifecycle=bench.lifecycle,
            settings=settings,
            conditions=Conditions(bench.hub),
            paths=SimpleNamespace(state=folder),
            tray=lambda device: SimpleNamespace(device=device),
        )
        parts = cast(Parts, world)
        stand_in = SimpleNamespace(run=lambda job, _place, _cancel: self.ran.append(job))
        self.desk = DriveDesk(parts, cast(DiscRun, stand_in))
        reviews = Reviews(bench.store, bench.hub)
        finisher = cast(Finisher, SimpleNamespace(submit=lambda _job: None))
        damaged = DamagedTitles(parts, reviews)
        self.commands = JobCommands(parts, self.desk, cast(Answers, None), reviews, finisher, damaged)
        self.udev(records.EMPTY)
        [drive] = self.desk.registry.drives()
        self.id = drive.id

    def udev(self, properties: dict[str, str]) -> None:
        self.desk.registry.on_event("change", properties)

    def ran_soon(self, *jobs: int) -> bool:
        """Whether exactly these jobs come to the disc, and leave it."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self.ran == list(jobs) and not any(self.desk.at_drives.has(job) for job in jobs):
                return True
            time.sleep(0.01)
        return False

    def told(self) -> list[str]:
        """What was said of the drive."""
        happened = [event for event in self.bench.heard.events if isinstance(event, Happened)]
        return [event.sentence for event in happened if event.kind == "drive"]


@pytest.fixture
def house(sqlite_bench: Bench, tmp_path: Path) -> House:
    """Give a desk with an empty drive."""
    return House(sqlite_bench, tmp_path)


def test_a_disc_that_comes_to_a_held_drive_is_taken_up_when_the_last_one_lets_go(house: House) -> None:
    house.desk.inhibit(house.id, ":1.1", HOLD)
    house.desk.inhibit(house.id, ":1.2", Hold("k3b", "a disc is burnt", "root"))
    house.udev(records.DVD)
    assert house.bench.store.unfinished_jobs() == []
    assert house.told()[-1] == (
        "disc inserted: it waits, since the drive is held by mpv: a film is watched"
        " and by k3b: a disc is burnt"
    )
    house.desk.uninhibit(house.id, ":1.1")
    assert house.bench.store.unfinished_jobs() == []
    house.desk.holder_left(":1.2")
    assert house.ran_soon(1)
    assert [hold.who for hold in house.desk.drives()[0].holds] == []


def test_a_drive_that_ignores_discs_ignores_them_after_a_hold_too(house: House) -> None:
    record = house.bench.store.drive(DRIVE)
    record.on_insert = InsertPolicy.IGNORE
    house.bench.store.save(record)
    house.desk.inhibit(house.id, ":1.1", HOLD)
    house.udev(records.DVD)
    house.desk.uninhibit(house.id, ":1.1")
    assert house.told()[-1] == "disc inserted: ignored, as the drive's policy says"
    assert house.bench.store.unfinished_jobs() == []


@pytest.mark.parametrize("last", [records.EMPTY, AGAIN])
def test_only_the_disc_that_is_there_in_the_end_is_taken_up(house: House, last: dict[str, str]) -> None:
    house.desk.inhibit(house.id, ":1.1", HOLD)
    for seen in (records.DVD, last):
        house.udev(seen)
    house.desk.uninhibit(house.id, ":1.1")
    jobs = [1] if last is AGAIN else []
    assert house.ran_soon(*jobs)
    assert [job.diskseq for job in house.bench.store.unfinished_jobs()] == [11] * len(jobs)


def test_what_would_begin_something_at_a_held_drive_is_refused(house: House) -> None:
    house.udev(records.DVD)
    assert house.ran_soon(1)
    house.desk.inhibit(house.id, ":1.1", HOLD)
    node = Path(records.DRIVE["DEVNAME"])
    refused: tuple[Callable[[], Any], ...] = (
        lambda: house.commands.rip(node, RipOptions(), "root"),
        lambda: house.desk.rescan(house.id, "root"),
    )
    for begin in refused:
        with pytest.raises(Busy, match="held") as caught:
            begin()
        assert "mpv: a film is watched" in str(caught.value)
    house.bench.lifecycle.move_job(1, JobState.FAILED, "it cannot be read")
    with pytest.raises(Busy):
        house.commands.retry(1, "root")
    assert house.bench.store.need_job(1).state is JobState.FAILED, "what is refused changes nothing"
    assert house.ran_soon(1)


def test_a_title_that_is_to_be_ripped_again_waits_for_the_end_of_the_hold(house: House) -> None:
    house.udev(records.DVD)
    assert house.ran_soon(1)
    lifecycle, store = house.bench.lifecycle, house.bench.store
    lifecycle.list_titles(1, [(DiscTitle(job_id=1, title_index=0), [])])
    lifecycle.move_job(1, JobState.RIPPING, "ripping begins")
    lifecycle.move_title(store.need_title(1, 0), TitleState.FAILED, "the disc is scratched")
    house.desk.inhibit(house.id, ":1.1", HOLD)
    house.commands.retry(1, "root")
    title = store.need_title(1, 0)
    assert (title.state, title.waiting_for) == (TitleState.PENDING, WaitingFor.DISC)
    assert "mpv: a film is watched" in store.events(1)[-1].sentence
    assert house.ran_soon(1), "the drive is left alone"
    house.desk.holder_left(":1.1")
    assert house.ran_soon(1, 1), "the job does not go on by itself"


def lets_go_when_it_was_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the holder leave between the look at who holds the drive and what follows from it."""
    held_by = house.desk.held_by

    def and_then_gone(identity: str) -> str:
        held = held_by(identity)
        house.desk.holder_left(":1.1")
        return held

    house.desk.inhibit(house.id, ":1.1", HOLD)
    monkeypatch.setattr(house.desk, "held_by", and_then_gone)


def test_a_hold_that_ends_as_the_disc_comes_in_forgets_no_disc(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lets_go_when_it_was_seen(house, monkeypatch)
    house.udev(records.DVD)
    assert house.ran_soon(1)


def test_a_hold_that_ends_as_a_title_is_asked_for_forgets_no_title(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.udev(records.DVD)
    assert house.ran_soon(1)
    lifecycle = house.bench.lifecycle
    lifecycle.list_titles(1, [(DiscTitle(job_id=1, title_index=0), [])])
    lifecycle.move_job(1, JobState.RIPPING, "ripping begins")
    lifecycle.move_title(house.bench.store.need_title(1, 0), TitleState.FAILED, "the disc is scratched")
    lets_go_when_it_was_seen(house, monkeypatch)
    house.commands.retry(1, "root")
    assert house.ran_soon(1, 1)


def test_who_holds_nothing_cannot_let_go(house: House) -> None:
    with pytest.raises(WrongState):
        house.desk.uninhibit(house.id, ":1.1")
    house.desk.holder_left(":1.1")
    assert "nobody holds it any more" not in house.told()
