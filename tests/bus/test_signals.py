"""What a client that watches is told: everything, in order, once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from gi._ossighelper import wakeup_on_signal

from engramd.bus import names
from engramd.bus.client import Client
from tests.support.busservice import ServiceProcess, connected, running_service, wait_for
from tests.support.privatebus import PrivateBus


class Watcher:
    """Watches on a thread and keeps what it is told."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.told: list[tuple[str, str, str, Any]] = []
        self._thread = threading.Thread(target=client.watch, args=(self._keep,))
        self._thread.start()
        wait_for(lambda: self.told, "the watch is ready")

    def _keep(self, kind: str, path: str, interface: str, payload: Any) -> None:
        self.told.append((kind, path, interface, payload))

    def of(self, *kinds: str, path: str = "") -> list[tuple[str, str, str, Any]]:
        return [item for item in list(self.told) if item[0] in kinds and item[1].startswith(path)]

    def changed(self, path: str, name: str) -> list[Any]:
        return [item[3][name] for item in self.of("properties") if item[1] == path and name in item[3]]

    def end(self) -> None:
        self.client.stop()
        self._thread.join(10)
        assert not self._thread.is_alive(), "stop ends a watch"

    def ended(self) -> bool:
        self._thread.join(10)
        return not self._thread.is_alive()


@pytest.fixture
def watcher(bus: PrivateBus, service: ServiceProcess) -> Iterator[Watcher]:
    """A client that watches from before anything happens."""
    with connected(bus) as client:
        watching = Watcher(client)
        yield watching
        watching.end()


def quiet(watcher: Watcher, service: ServiceProcess, client: Client) -> None:
    """Wait until all that happened so far was told: a sentence of our own comes last."""
    sentence = f"mark {len(watcher.told)}"
    service.do("happen", sentence=sentence)
    wait_for(lambda: any(item[3][3] == sentence for item in watcher.of("event")), "the mark")


def test_an_object_is_announced_first_and_removed_last(
    watcher: Watcher, service: ServiceProcess, client: Client
) -> None:
    job_id = service.do("job", titles=2)
    path = names.job_path(job_id)
    service.do("label", job_id=job_id, label="NEW")
    service.do("move", job_id=job_id, state="failed")
    quiet(watcher, service, client)
    client.call(path, names.JOB, "Clear")
    wait_for(lambda: [item for item in watcher.of("removed") if item[1] == path], "it is removed")
    for object_path in (path, names.title_path(job_id, 0), names.title_path(job_id, 1)):
        kinds = [item[0] for item in watcher.told if item[1] == object_path]
        assert kinds[0] == "added", kinds
        assert kinds[-1] == "removed", kinds
        assert kinds.count("added") == kinds.count("removed") == 1
    assert [list(item[3]) for item in watcher.of("added") if item[1] == path] == [[names.JOB]]


def test_states_and_the_end_are_signals_and_properties(
    watcher: Watcher, service: ServiceProcess, client: Client
) -> None:
    job_id = service.do("job")
    path = names.job_path(job_id)
    quiet(watcher, service, client)
    service.do("move", job_id=job_id, state="matching")
    service.do("move", job_id=job_id, state="failed")
    quiet(watcher, service, client)
    states = [item[3][:2] for item in watcher.of("state") if item[1] == path]
    assert states[-2:] == [("ripping", "matching"), ("matching", "failed")]
    assert watcher.changed(path, "State")[-1] == "failed"
    assert [item[3] for item in watcher.of("finished") if item[1] == path] == [
        (False, "as the test wants it")
    ]
    finished = next(n for n, item in enumerate(watcher.told) if item[0] == "finished" and item[1] == path)
    known = max(
        n for n, item in enumerate(watcher.told)
        if item[0] == "properties" and item[1] == path and item[3].get("State") == "failed"
    )  # fmt: skip
    assert known < finished, "who hears of the end finds the end in the properties"


def test_nothing_is_told_that_did_not_change(
    watcher: Watcher, service: ServiceProcess, client: Client
) -> None:
    job_id = service.do("job")
    quiet(watcher, service, client)
    before = len(watcher.of("properties"))
    service.do("same", job_id=job_id, times=200)
    quiet(watcher, service, client)
    assert len(watcher.of("properties")) == before
    service.do("label", job_id=job_id, label="OTHER")
    quiet(watcher, service, client)
    news = watcher.of("properties")[before:]
    assert [item[1] for item in news] == [names.job_path(job_id)]
    assert news[0][3].keys() <= {"VolumeLabel", "UpdatedAt"}


def test_progress_comes_twice_a_second_at_most(
    watcher: Watcher, service: ServiceProcess, client: Client
) -> None:
    job_id = service.do("job")
    service.do("move_title", job_id=job_id, index=0, state="ripping")
    quiet(watcher, service, client)
    start = time.monotonic()
    assert service.do("progress", job_id=job_id, seconds=2.2, rate=100) == 220
    path = names.job_path(job_id)
    wait_for(lambda: 1.0 in watcher.changed(path, "Progress"), "the last progress is told")
    told = watcher.changed(path, "Progress")
    assert 3 <= len(told) <= 3 + 2 * (time.monotonic() - start), told
    assert told == sorted(told)
    assert watcher.changed(path, "Rate") == [10_000_000]
    wait_for(lambda: 1.0 in watcher.changed(names.title_path(job_id, 0), "Progress"), "the title's, too")
    service.do("move", job_id=job_id, state="organizing")
    wait_for(lambda: watcher.changed(path, "Rate")[-1] == 0, "the rate is gone with the rip")


def test_drives_conditions_and_questions_are_followed(
    watcher: Watcher, service: ServiceProcess, client: Client
) -> None:
    service.do("drive", state="ready", media="dvd")
    drive = names.drive_path("SN_2d42")
    wait_for(lambda: watcher.changed(drive, "State") == ["ready"], "the drive")
    service.do("condition", severity="error")
    told = wait_for(lambda: watcher.changed(names.ROOT, "Conditions"), "the condition")
    assert told[0][0]["remedy"] == "install it"
    job_id = service.do("job")
    service.do("review", job_id=job_id, index=0)
    wait_for(lambda: watcher.of("added", path=f"{names.ROOT}/reviews/"), "the question")
    questions = wait_for(lambda: watcher.changed(names.ROOT, "OpenReviews"), "their number")
    assert questions[-1] >= 1
    assert "open" in watcher.changed(names.ROOT, "Summary")[-1]


def test_an_event_names_its_object(watcher: Watcher, service: ServiceProcess, client: Client) -> None:
    job_id = service.do("job")
    service.do("happen", sentence="filed one", job_id=job_id)
    wait_for(lambda: [item for item in watcher.of("event") if item[3][3] == "filed one"], "the event")
    event = next(item[3] for item in watcher.of("event") if item[3][3] == "filed one")
    assert event[1:] == ("filed", names.job_path(job_id), "filed one", {"size": 5, "path": "/x"})


def test_the_end_of_the_daemon_ends_the_watch(tmp_path: Any) -> None:
    with PrivateBus() as bus, running_service(tmp_path, bus) as service, connected(bus) as client:
        watching = Watcher(client)
        service.stop()
        assert watching.ended()
        assert watching.told[-1][0] == "lost"


def test_a_callback_ends_the_watch(client: Client) -> None:
    told: list[str] = []
    client.watch(lambda kind, *_: told.append(kind) or True)
    assert told == ["ready"]
    with pytest.raises(ZeroDivisionError):
        client.watch(lambda *_: 1 // 0)


def test_an_interrupt_just_before_the_loop_runs_ends_the_watch(
    bus: PrivateBus, service: ServiceProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert threading.current_thread() is threading.main_thread()

    @contextmanager
    def interrupted() -> Iterator[None]:
        os.kill(os.getpid(), signal.SIGINT)
        with wakeup_on_signal():
            yield

    monkeypatch.setattr("gi.overrides.GLib.wakeup_on_signal", interrupted)
    with connected(bus) as client:
        end = threading.Timer(10, client.stop)
        end.start()
        with pytest.raises(KeyboardInterrupt):
            client.watch(lambda *_: None)
        assert end.is_alive(), "it ends at once"
        end.cancel()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
