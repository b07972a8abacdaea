"""A follower tells what happens to a job, and ends with it."""

from __future__ import annotations

import json

import pytest

from engramd.bus import names
from engramd.bus.client import NoDaemon
from engramd.ctl.follow import Follower, News
from engramd.ctl.live import Json, Lines
from engramd.ctl.service import Snapshot
from engramd.ctl.text import local
from tests.ctl.samples import job, objects, review, title

JOB, TITLE = names.job_path(4), names.title_path(4, 0)


class Heard:
    """A screen that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.news: list[News] = []
        self.bars: list[float] = []
        self.now = Snapshot()

    def say(self, news: News) -> None:
        self.news.append(news)
        if news.kind == "progress":
            self.bars.append(news.fields["progress"])
        else:
            self.lines.append(news.text)

    def draw(self, now: Snapshot) -> None:
        self.now = now


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
        "job 4: ripping: Harbor Station, season 1, disc 1",
        "job 4, title 1: ripping",
        "job 4, title 1: completed S01E02: /tv/2.mkv",
        "job 4: complete: Harbor Station, season 1, disc 1",
    ]
    assert screen.bars == [0.5, 1.0]
    assert (screen.now.jobs[4]["Progress"], screen.now.titles[4, 0]["State"]) == (1.0, "completed")
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

    assert [line for line in screen.lines if "waits for free space" in line] == [screen.lines[-1]]


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
    follower = Follower(Lines(), 4)
    follower.take("ready", names.ROOT, "", objects(job(state="ripping")))

    for part in range(101):
        follower.take("properties", JOB, names.JOB, {"Progress": part / 100, "Rate": 5_000_000})

    said = capsys.readouterr().out.splitlines()[1:]
    assert said[0] == "job 4: 10%, 5.0 MB/s"
    assert 9 <= len(said) <= 11


def test_programs_get_every_news_as_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    follower = Follower(Json(), 4)
    follower.take("ready", names.ROOT, "", objects(job(state="ripping"), titles=[title(0)]))
    follower.take("properties", JOB, names.JOB, {"Progress": 0.25, "Rate": 5_000_000})
    follower.take("properties", TITLE, names.TITLE, {"State": "ripping"})

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["kind"] for one in told] == ["job", "progress", "title"]
    assert (told[0]["id"], told[0]["state"], told[0]["drive_name"]) == (4, "ripping", None)
    progress = {"state": "ripping", "progress": 0.25, "rate": 5_000_000, "expected_end": None}
    assert told[1] == {"kind": "progress", "id": 4, **progress}
    assert (told[2]["number"], told[2]["job_id"], told[2]["state"]) == (1, 4, "ripping")


def test_what_ended_says_how_many_files_it_gave_and_a_screen_their_names_alone() -> None:
    screen = Heard()
    follower = Follower(screen, 4)
    follower.take("ready", names.ROOT, "", objects(job(state="organizing"), titles=[title(0)]))
    filed = {"State": "completed", "OrganizedTo": "/srv/media/tv/Harbor Station/Season 01/S01E01.mkv"}
    follower.take("properties", TITLE, names.TITLE, filed)
    changed = {"State": "completed", "Outcome": "complete", "Files": [filed["OrganizedTo"]]}
    follower.take("properties", JOB, names.JOB, changed)

    assert screen.news[1].brief == "job 4, title 1: completed: S01E01.mkv"
    assert screen.lines[-1] == "job 4: complete: Harbor Station, season 1, disc 1 (1 file)"


def test_questions_come_and_go_on_the_screen() -> None:
    screen = Heard()
    follower = Follower(screen)
    follower.take("ready", names.ROOT, "", {})
    path = names.review_path(2)
    follower.take("added", path, "", {names.REVIEW: review()})
    assert list(screen.now.reviews) == [2]
    follower.take("removed", path, "", [names.REVIEW])
    assert not screen.now.reviews


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
        f"job 4: matching: {name} (waits for reference subtitles)",
        f"job 4: matching: {name} (waits for reference subtitles until {local(until)})",
    ]
