"""Notifications from end to end: a real daemon, a real Apprise, a real bus, and a desktop's stand-in."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.busservice import wait_for
from tests.support.daemon import ROOT, DaemonUnderTest
from tests.support.notification_server_stand_in import StandInDaemon, StandInNotificationServer
from tests.support.privatebus import PrivateBus
from tests.support.webserver import Answer, WebServer

JOB = "/org/engramd/Engram1/jobs/3"


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    with PrivateBus(system=False) as private:
        yield private


@contextmanager
def desktop(bus: PrivateBus) -> Iterator[subprocess.Popen[str]]:
    """Run what the user service runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "engramd.ctl", "--bus", "session", "notify", "desktop"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | bus.environment,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def follows(daemon: StandInDaemon, server: StandInNotificationServer) -> None:
    """Wait until the desktop is told of what the daemon says."""

    def told() -> bool:
        daemon.tell("notice", "hello")
        return bool(server.shown)

    wait_for(told, "the desktop shows nothing", 20)
    settled(daemon, server)
    server.shown.clear()


def settled(daemon: StandInDaemon, server: StandInNotificationServer) -> None:
    """Wait until all that was sent has come."""
    daemon.tell("notice", "the last")
    wait_for(lambda: server.subjects()[-1:] == ["the last"], "the last one does not come")
    server.shown.pop()


def test_a_desktop_shows_notices_and_nothing_else(bus: PrivateBus) -> None:
    daemon, stranger = StandInDaemon(bus), StandInDaemon(bus, "org.example.Stranger")
    with StandInNotificationServer(bus, "body-markup") as server, desktop(bus):
        follows(daemon, server)
        stranger.tell("notice", "not from the daemon", text="x")
        daemon.tell("filed", "filed a.mkv")
        daemon.tell("notice", "Alien: filed", JOB, text="<1 title> & more", urgent=False)
        daemon.tell("notice", "Alien: the disc is needed", JOB, text="insert it", urgent=True)
        settled(daemon, server)

    first, second = server.shown
    assert (first.app, first.summary, first.body) == ("engramd", "Alien: filed", "&lt;1 title&gt; &amp; more")
    assert (first.urgency, first.replaces) == (1, 0)
    assert (second.urgency, second.summary) == (2, "Alien: the disc is needed")
    assert second.replaces > 0


def test_a_server_without_markup_gets_the_text_as_it_is(bus: PrivateBus) -> None:
    daemon = StandInDaemon(bus)
    with StandInNotificationServer(bus) as server, desktop(bus):
        follows(daemon, server)
        daemon.tell("notice", "Alien", text="<1 title> & more")
        settled(daemon, server)

    assert server.shown[0].body == "<1 title> & more"


def test_it_goes_on_when_daemon_or_server_start_anew(bus: PrivateBus) -> None:
    daemon = StandInDaemon(bus)
    with desktop(bus) as process:
        with StandInNotificationServer(bus) as server:
            follows(daemon, server)
        wait_for(lambda: not bus.owned("org.freedesktop.Notifications"), "the server stays")
        daemon.tell("notice", "nobody sees this")
        daemon.close()
        again = StandInDaemon(bus)
        with StandInNotificationServer(bus) as server:
            follows(again, server)
        assert process.poll() is None


def test_a_bus_that_goes_away_ends_it_with_a_sentence(bus: PrivateBus) -> None:
    daemon = StandInDaemon(bus)
    with desktop(bus) as process, StandInNotificationServer(bus) as server:
        follows(daemon, server)
        bus.kill_bus()
        _, said = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "a bus is gone" in said


@pytest.mark.skipif(importlib.util.find_spec("apprise") is None, reason="Apprise is not installed")
def test_a_test_message_goes_everywhere(bus: PrivateBus, tmp_path: Path) -> None:
    with WebServer() as web:
        web.script("/good", Answer())
        urls = f"{web.url.replace('http', 'json')}/good json://127.0.0.1:9/s3cr3t"
        settings = {"apprise_urls": urls}
        with (
            DaemonUnderTest(tmp_path, bus, settings=settings) as daemon,
            StandInNotificationServer(bus) as server,
            desktop(bus),
        ):

            def arrived() -> bool:
                done = daemon.ctl("notify", "test", "--json", check=False)
                told = [json.loads(line) for line in done.stdout.splitlines()]
                assert [one["sent"] for one in told] == [True, False], done.stderr
                assert done.returncode == 1
                return "engramd: a test" in server.subjects()

            wait_for(arrived, "the desktop was not told", 30)
            body = web.asked("/good")[0].json()
            shown = daemon.ctl("notify", "test", check=False).stdout
            log = daemon.log()

    assert isinstance(body, dict)
    assert body["title"] == "engramd: a test"
    assert "not sent" in shown
    assert "s3cr3t" not in shown + log


def test_a_disc_that_cannot_be_ripped_is_told_to_hooks(bus: PrivateBus, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks.d"
    hooks.mkdir()
    told = tmp_path / "told"
    (hooks / "10-note").write_text(
        f'#!/bin/sh\necho "$1 $ENGRAM_JOB $ENGRAM_STATE" >> {told}\necho from the hook\n'
    )
    (hooks / "10-note").chmod(0o755)
    image = tmp_path / "empty.iso"
    image.write_bytes(b"\0" * 65536)
    with DaemonUnderTest(tmp_path / "d", bus, settings={"hooks_path": str(hooks)}) as daemon:
        daemon.ctl("rip", str(image), check=False)
        has: Callable[[], bool] = lambda: told.exists() and "job_failed 1 failed" in told.read_text()  # noqa: E731
        daemon.wait_until(has, "the hook was not told")
        daemon.wait_until(lambda: "from the hook" in daemon.log(), "its output is not in the log")
        daemon.wait_until(lambda: "notification: empty.iso: failed" in daemon.log(), "no notice was made")

    assert told.read_text().startswith("job_added 1 ")
