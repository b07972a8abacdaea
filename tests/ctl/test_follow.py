"""A follower tells what happens to a job, and ends with it."""

from __future__ import annotations

from typing import Any

import pytest

from engramd.bus import names
from engramd.bus.client import NoDaemon
from engramd.ctl.follow import Follower
from engramd.ctl.live import Lines
from engramd.ctl.text import local
from tests.ctl.samples import job, objects, title

JOB, TITLE = names.job_path(4), names.title_path(4, 0)


class Heard:
    """A screen that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.bars: list[float] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def progress(self, job: dict[str, Any], name: str) -> None:
        self.bars.append(job["Progress"])

    def ended(self, job_id: int) -> None:
        self.bars.append(-4.0)


def test_the_way_of_a_job_is_told_and_ends_with_it() -> None:
    screen = Heard()
    follower = Follower(screen, 4)

    assert not follower.take("ready", names.ROOT, "", objects(job(state="idle"), titles=[title(0)]))
    steps = [
        (JOB, names.JOB, {"State": "ripping", "Progress": 0.0}),
        (TITLE, names.TITLE, {"State": "ripping"}),
        (JOB, names.JOB, {"Progress": 0.5, "Rate": 4_000_000}),
        (JOB, names.JOB, {"Progress": 1.0}),
        (TITLE, names.TITLE, {"State": "completed", "MatchedEpisode": "S01E02", "OrganizedTo": "/tv/2.mkv"}),
    ]
    assert not any(follower.take("properties", *step) for step in steps)
    assert follower.take("properties", JOB, names.JOB, {"State": "completed", "Outcome": "complete"})

    assert screen.lines == [
        "job 4: idle: Harbor Station, season 1, disc 1",
        "job 4: ripping: Harbor Station, season 1, disc 1 (0%)",
        "job 4, title 1: ripping",
        "job 4, title 1: completed S01E02: /tv/2.mkv",
        "job 4: complete: Harbor Station, season 1, disc 1",
    ]
    assert screen.bars == [0.0, 0.5, 1.0, -4.0]
    assert follower.last
    assert follower.last["State"] == "completed"


@pytest.mark.parametrize("state", ["completed", "failed", "review_needed"])
def test_a_job_that_ended_before_one_looked_is_not_waited_for(state: str) -> None:
    follower = Follower(Heard(), 4)

    assert follower.take("ready", names.ROOT, "", objects(job(state=state)))
    assert follower.last
    assert follower.last["State"] == state


def test_other_jobs_are_not_told_and_do_not_end_it() -> None:
    screen = Heard()
    follower = Follower(screen, 4)
    follower.take("ready", names.ROOT, "", objects(job(state="ripping"), job(id=5, state="completed")))
    before = list(screen.lines)

    assert not follower.take("properties", names.job_path(5), names.JOB, {"State": "failed"})
    assert screen.lines == before


def test_without_a_job_all_are_followed_without_an_end() -> None:
    screen = Heard()
    follower = Follower(screen)

    assert not follower.take("ready", names.ROOT, "", objects(job(state="completed")))
    assert not follower.take("added", names.job_path(5), "", {names.JOB: job(id=5, state="idle")})
    assert not follower.take(
        "properties", names.job_path(5), names.JOB, {"State": "failed", "ErrorMessage": "no"}
    )
    assert [line.split(":")[:2] for line in screen.lines] == [["job 5", " idle"], ["job 5", " failed"]]


def test_a_wait_is_told_once() -> None:
    screen = Heard()
    follower = Follower(screen, 4)
    follower.take("ready", names.ROOT, "", objects(job(state="ripping")))

    for _ in range(2):
        follower.take("properties", JOB, names.JOB, {"WaitingFor": "space"})

    assert [line for line in screen.lines if "waits for space" in line] == [screen.lines[-1]]


def test_a_job_taken_off_the_list_ends_it() -> None:
    follower = Follower(Heard(), 4)
    follower.take("ready", names.ROOT, "", objects(job(state="ripping"), titles=[title(0)]))

    assert not follower.take("removed", TITLE, "", [names.TITLE])
    assert follower.take("removed", JOB, "", [names.JOB])
    assert follower.last is None


def test_a_daemon_that_goes_away_is_an_error() -> None:
    follower = Follower(Heard(), 4)
    follower.take("ready", names.ROOT, "", objects(job(state="ripping")))

    with pytest.raises(NoDaemon):
        follower.take("lost", names.ROOT, "", None)


def test_lines_say_a_word_every_tenth_of_a_rip(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()

    for part in range(101):
        lines.progress(job(state="ripping") | {"Progress": part / 100, "Rate": 5_000_000}, "Harbor Station")

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "job 4: 10%, 5.0 MB/s"
    assert 9 <= len(said) <= 11


def test_a_wait_that_has_an_end_is_told_with_it() -> None:
    screen = Heard()
    follower = Follower(screen, 4)
    follower.take("ready", names.ROOT, "", objects(job(state="matching")))
    until = 1_800_000_000_000_000
    for changed in (
        {"WaitingFor": "references"},
        {"WaitingUntil": until},
        {"WaitingSince": 1},
        {"WaitingFor": "", "WaitingUntil": 0},
    ):
        follower.take("properties", JOB, names.JOB, changed)
    name = "Harbor Station, season 1, disc 1"
    assert screen.lines == [
        f"job 4: matching: {name}",
        f"job 4: matching: {name} (waits for references)",
        f"job 4: matching: {name} (waits for references until {local(until)})",
    ]
