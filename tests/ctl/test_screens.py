"""Lists of jobs, drives and conditions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest

from engramd.bus.variants import microseconds
from engramd.ctl import output, screens
from engramd.ctl.service import Snapshot
from tests.ctl.samples import drive, drive_path, job

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_jobs_that_ended_say_when() -> None:
    done = job(state="completed", outcome="complete", completed_at=NOON - timedelta(days=1))

    assert click.unstyle(screens.jobs([done], now=NOON)).splitlines()[1].endswith("yesterday 12:00")


def test_a_drive_is_free_when_its_rip_ends_and_not_when_that_was_thought_first() -> None:
    ripping = job(state="ripping") | {"ExpectedEnd": microseconds(NOON + timedelta(minutes=12))}
    at = drive(state="busy", job_id=4, free_at=NOON + timedelta(minutes=40))
    snapshot = Snapshot(drives={drive_path(at): at}, jobs={4: ripping})

    shown = click.unstyle(screens.drives(snapshot, NOON))

    assert "in 12 minutes" in shown
    waiting = Snapshot(drives={drive_path(at): at}, jobs={4: ripping | {"ExpectedEnd": 0}})
    assert "in 40 minutes" in click.unstyle(screens.drives(waiting, NOON))


def test_no_drive_and_no_job_are_said() -> None:
    assert (screens.drives(Snapshot()), screens.jobs([])) == ("No optical drives.", "No jobs.")


@pytest.mark.parametrize("wide", [20, 40, 80])
def test_a_condition_is_broken_between_words(wide: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "columns", lambda: wide)
    text = "the library of series is not there (/srv/media/tv)"
    found = [{"severity": "error", "text": text, "remedy": "mount the file system that holds it"}]

    lines = click.unstyle(screens.conditions(found)).splitlines()

    assert all(len(line) <= wide for line in lines)
    assert "".join("".join(lines).split()) == "".join(
        f"error: {text}remedy: mount the file system that holds it".split()
    )


def test_conditions_come_with_their_remedy() -> None:
    shown = click.unstyle(
        screens.conditions([{"severity": "warning", "text": "There is no MakeMKV", "remedy": "install it"}])
    )

    assert shown == "warning: There is no MakeMKV\n  remedy: install it"
