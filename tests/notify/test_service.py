"""The listeners put together, on their threads: events go in, and messages, hooks and scans come out."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engramd.conditions import Condition
from engramd.errors import ToolMissing
from engramd.events import (
    ConditionsChanged,
    JobChanged,
    LibraryChanged,
    ReviewOpened,
    SettingsChanged,
    TitleFiled,
)
from engramd.notify.service import Delivery, Notifications
from engramd.notify.texts import NAME
from engramd.notify.worker import LONGEST_PAUSE, Worker
from engramd.settings import ConfigFile, Settings
from engramd.tools import Tools
from tests.notify.conftest import Desk
from tests.support.busservice import wait_for
from tests.support.media_servers_stand_in import TOKEN, StandInMediaBrowser
from tests.support.webserver import WebServer


class Running:
    """Notifications that run, with the desk's clock and sender."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        self.tools = Tools()
        self.settings = Settings(desk.bench.store, ConfigFile(folder / "engramd.toml"), desk.bench.hub)
        self.settings.change({"apprise_urls": "json://one", "hooks_path": str(folder / "hooks.d")})
        self.begin()

    def begin(self) -> None:
        """Start, as the daemon does."""
        desk = self.desk
        self.running = Notifications(
            desk.bench.store,
            desk.bench.hub,
            self.settings,
            desk.conditions,
            self.tools,
            self.folder,
            sender=desk.sender,
            now=lambda: desk.now,
        )
        self.running.listen()
        self.running.start()

    def later(self, seconds: float) -> None:
        """Let time pass, and have everything looked at."""
        self.desk.pass_by(seconds=seconds)
        self.desk.bench.hub.publish(SettingsChanged(("quiet_hours", "jellyfin_url")))

    def subjects(self) -> list[str]:
        """What was sent so far."""
        return [message.subject for _, message, _ in self.desk.sender.sent]

    def wait(self, *subjects: str) -> None:
        """Wait until this, and only this, was sent."""
        wait_for(lambda: len(self.subjects()) >= len(subjects), f"{subjects}, but {self.subjects()}")
        assert self.subjects() == list(subjects)


@pytest.fixture
def running(desk: Desk, tmp_path: Path) -> Iterator[Running]:
    made = Running(desk, tmp_path)
    yield made
    made.running.stop()
    made.tools.stop_all()


def test_questions_of_a_disc_that_come_one_after_another_are_one_message(running: Running) -> None:
    desk = running.desk
    job = desk.job()
    for number in range(3):
        task = desk.ask(job, f"Which episode is title {number}?")
        desk.bench.hub.publish(ReviewOpened(task.id or 0, job.id or 0))
        running.later(2)
    running.later(10)

    running.wait("Firefly, season 1, disc 2: 3 questions")
    assert desk.announced() == ["Firefly, season 1, disc 2: 3 questions"]


def test_a_disc_is_told_of_when_it_is_done_over_a_restart(running: Running) -> None:
    job = running.desk.job()
    running.running.stop()
    running.desk.finish(job)
    running.begin()
    running.later(10)

    running.wait("Firefly, season 1, disc 2: filed")
    running.running.stop()
    running.begin()
    running.later(10)
    running.desk.ask(running.desk.job())
    running.running.stop()
    running.begin()
    running.later(10)
    running.wait("Firefly, season 1, disc 2: filed", "Firefly, season 1, disc 2: 1 question")


def test_a_condition_is_told_of_when_it_has_settled(running: Running) -> None:
    running.desk.conditions.set(Condition("makemkv-key", "the key has expired", "enter it", "error"))
    running.later(15)

    running.wait("engramd: the key has expired")


def test_what_is_filed_is_told_to_hooks_and_servers(running: Running, tmp_path: Path) -> None:
    desk, told = running.desk, tmp_path / "told"
    (tmp_path / "hooks.d").mkdir()
    hook = tmp_path / "hooks.d/10-note"
    hook.write_text(f'#!/bin/sh\necho "$ENGRAM_PATH" >> {told}\n')
    hook.chmod(0o755)
    root = tmp_path / "tv"
    folder = root / "Firefly/Season 01"
    folder.mkdir(parents=True)
    job = desk.job()
    with WebServer() as web:
        jellyfin = StandInMediaBrowser(web)
        running.settings.change({"jellyfin_url": web.url, "jellyfin_api_key": TOKEN})
        for number in range(2):
            file = folder / f"Firefly - S01E0{number + 1}.mkv"
            desk.bench.hub.publish(TitleFiled(job.id or 0, number, str(file), str(root)))
        desk.bench.hub.publish(LibraryChanged(str(root), str(root / "Gone")))
        wait_for(lambda: told.exists() and len(told.read_text().splitlines()) == 3, "the hook did not run")
        running.later(0)
        running.later(11)
        wait_for(jellyfin.scanned, "Jellyfin was not told")

        assert jellyfin.scanned() == [str(root)]
    assert told.read_text().split("\n")[1:] == [
        *(str(folder / f"Firefly - S01E0{n}.mkv") for n in (1, 2)),
        "",
    ]


def test_a_wrong_file_of_texts_is_a_condition(running: Running, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('[test]\nsubject = "{hots}"\n')
    running.running.test()

    [condition] = running.desk.conditions.all()
    assert "line 2" in condition.text
    (tmp_path / NAME).unlink()
    running.running.test()
    assert running.desk.conditions.all() == []


def test_the_test_tells_of_each_address(running: Running) -> None:
    running.settings.change({"apprise_urls": "json://one tgram://s3cr3t"})
    running.desk.sender.refusals["tgram://s3cr3t"] = "nobody is there"

    assert running.running.test() == [Delivery("json", ""), Delivery("tgram", "nobody is there")]
    running.desk.sender.broken = ToolMissing("Apprise is not installed")
    assert [one.why for one in running.running.test()] == ["Apprise is not installed"] * 2
    running.settings.change({"apprise_urls": ""})
    assert running.running.test() == []
    assert running.desk.announced() == ["engramd: a test"] * 3


def test_an_idle_daemon_holds_nothing_heavy_for_it() -> None:
    code = (
        "import sys; import engramd.notify.service;"
        "print(sorted({'httpx', 'httpcore', 'apprise', 'tenacity', 'requests'} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_digest_that_is_late_goes_out_though_engramd_starts_every_morning(running: Running) -> None:
    desk = running.desk
    evening = (desk.now + timedelta(minutes=5)).astimezone()
    running.settings.change({"notify_when": "evening", "notify_evening": f"{evening:%H:%M}"})
    job = desk.job()
    desk.finish(job)
    desk.news = running.running._news
    desk.news.look(job.id or 0, desk.now)
    running.running.stop()
    desk.pass_by(hours=8)
    running.begin()

    running.wait("Firefly, season 1, disc 2: filed")


def test_what_was_told_long_ago_is_forgotten_without_a_restart(running: Running) -> None:
    desk = running.desk
    job = desk.job()
    desk.finish(job)
    desk.bench.hub.publish(JobChanged(job.id or 0))
    running.later(10)
    running.wait("Firefly, season 1, disc 2: filed")
    wait_for(lambda: not desk.notices(), "it is sent")
    desk.pass_by(days=91)
    desk.bench.hub.publish(ConditionsChanged())

    wait_for(lambda: desk.rows.of_job(job.id or 0) == [], "it is still there")


def test_an_idle_thread_sleeps_and_one_that_waits_looks_at_the_clock() -> None:
    pauses: list[float | None] = []

    class StandInCondition(threading.Condition):
        def wait_for(self, predicate: Callable[[], bool], timeout: float | None = None) -> bool:  # type: ignore[override]
            pauses.append(timeout)
            return predicate()

    worker = Worker("a test", lambda: None)
    worker._changed = StandInCondition()
    for seconds in (None, 5.0, 24 * 3600.0):
        worker._wait(seconds)

    assert pauses == [None, 5.0, LONGEST_PAUSE]


def test_a_job_that_cannot_be_told_of_hinders_no_other(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engramd.notify.worker.AFTER_FAULT", 0.05)
    desk, jobs = running.desk, [running.desk.job(disc_number=number) for number in (1, 2)]
    look = running.running._news.look
    monkeypatch.setattr(
        running.running._news, "look", lambda job, now: 1 / 0 if job == jobs[0].id else look(job, now)
    )
    for job in jobs:
        desk.finish(job)
        desk.bench.hub.publish(JobChanged(job.id or 0))
    running.later(10)

    running.wait("Firefly, season 1, disc 2: filed")
