from __future__ import annotations

import errno
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from engramd.drives.monitor import DriveMonitor, PyudevSource
from tests.drives import records

LOOP = Path("/sys/block/loop0/uevent")


class ReplayedUdev:
    """Stands in for udev's socket: a real descriptor, replayed events, and losses on demand."""

    def __init__(self, present: Sequence[Mapping[str, str]], log: list[str]) -> None:
        log.append("listens")
        self._log = log
        self._present = present
        self._events: queue.SimpleQueue[tuple[str, Mapping[str, str]] | OSError] = queue.SimpleQueue()
        self._readable, self._writable = os.pipe()

    def fileno(self) -> int:
        return self._readable

    def receive(self) -> tuple[str, Mapping[str, str]] | None:
        try:
            event = self._events.get_nowait()
        except queue.Empty:
            return None
        os.read(self._readable, 1)
        if isinstance(event, OSError):
            raise event
        return event

    def devices(self) -> Sequence[Mapping[str, str]]:
        self._log.append("lists")
        return self._present

    def send(self, event: tuple[str, Mapping[str, str]] | OSError) -> None:
        self._events.put(event)
        os.write(self._writable, b"x")


class OddProperties(Mapping[str, str]):
    """Stands in for pyudev's properties, which are decoded when they are asked for; one is no text."""

    raw: ClassVar = {"DEVNAME": b"/dev/sr0", "ID_FS_PUBLISHER_ID": b"\xff", "ID_CDROM": b"1"}

    def __getitem__(self, name: str) -> str:
        return self.raw[name].decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)


class OddDevice:
    """Stands in for a disk with such properties."""

    sys_path = "/sys/block/sr0"
    properties = OddProperties()


def test_a_name_that_is_no_text_hides_no_drive(monkeypatch: pytest.MonkeyPatch) -> None:
    source = PyudevSource("kernel")
    monkeypatch.setattr("pyudev.Context.list_devices", lambda *_, **__: [OddDevice()])
    assert source.devices() == [{"DEVNAME": "/dev/sr0", "ID_CDROM": "1"}]


class Listener:
    """Puts what it is told into a queue."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[tuple[object, ...]] = queue.SimpleQueue()
        self.fails = False

    def on_drives(self, present: Sequence[Mapping[str, str]], *, at_start: bool) -> None:
        self.told.put(("drives", [each["DEVNAME"] for each in present], at_start))

    def on_event(self, action: str, properties: Mapping[str, str]) -> None:
        self.told.put((action, properties["DEVNAME"]))
        if self.fails:
            raise RuntimeError("a fault of the listener")

    def next(self) -> tuple[object, ...]:
        return self.told.get(timeout=5)


class Bench:
    """A monitor on replayed events."""

    def __init__(self, *present: Mapping[str, str], retry_after: Sequence[float] = (0.01,)) -> None:
        self.log: list[str] = []
        self.sources: list[ReplayedUdev] = []
        self.refusals = 0
        self.listener = Listener()
        self.present = present
        self.monitor = DriveMonitor(self.listener, source=self._source, retry_after=retry_after)

    def _source(self) -> ReplayedUdev:
        if self.refusals:
            self.refusals -= 1
            self.log.append("refused")
            raise OSError(errno.EMFILE, "too many open files")
        self.sources.append(ReplayedUdev(self.present, self.log))
        return self.sources[-1]


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench(records.DVD, records.HARD_DISK)
    yield bench
    bench.monitor.stop()


def test_it_listens_before_it_lists_and_tells_of_optical_drives_only(bench: Bench) -> None:
    bench.monitor.start()
    assert bench.listener.next() == ("drives", ["/dev/sr0"], True)
    assert bench.log == ["listens", "lists"]
    bench.sources[0].send(("change", records.HARD_DISK))
    bench.sources[0].send(("change", records.DVD))
    assert bench.listener.next() == ("change", "/dev/sr0")


def test_a_removal_counts_even_if_udev_forgot_what_the_device_was(bench: Bench) -> None:
    bench.monitor.start()
    bench.listener.next()
    bench.sources[0].send(("remove", {key: records.DVD[key] for key in ("DEVNAME", "DEVPATH", "SUBSYSTEM")}))
    assert bench.listener.next() == ("remove", "/dev/sr0")


def test_after_lost_events_it_listens_anew_and_lists_all_drives(bench: Bench) -> None:
    bench.monitor.start()
    bench.listener.next()
    bench.present = (records.DVD, records.of_other_drive(records.DVD))
    bench.sources[0].send(OSError(errno.ENOBUFS, "No buffer space available"))
    assert bench.listener.next() == ("drives", ["/dev/sr0", "/dev/sr1"], False)
    bench.sources[1].send(("change", records.DVD))
    assert bench.listener.next() == ("change", "/dev/sr0")


@pytest.mark.root
@pytest.mark.skipif(not os.access(LOOP, os.W_OK), reason="needs root and a loop device")
def test_a_real_overflow_of_the_socket_is_noticed() -> None:
    """The kernel drops what does not fit while the listener is slow, and the next read says so."""
    listener = Listener()
    hurry = threading.Event()

    class Slow(Listener):
        def on_drives(self, present: Sequence[Mapping[str, str]], *, at_start: bool) -> None:
            listener.on_drives(present, at_start=at_start)
            hurry.wait(5)

    monitor = DriveMonitor(Slow(), source=lambda: PyudevSource("kernel", 4096))
    monitor.start()
    assert listener.next()[2] is True
    for _ in range(200):
        LOOP.write_text("change")
    hurry.set()
    assert listener.next()[2] is False
    assert monitor.stop()


def test_it_goes_on_trying_when_udev_cannot_be_reached(bench: Bench) -> None:
    bench.refusals = 3
    bench.monitor.start()
    assert bench.listener.next() == ("drives", ["/dev/sr0"], True)
    assert bench.log == ["refused"] * 3 + ["listens", "lists"]


def test_a_fault_of_the_listener_does_not_end_it(bench: Bench) -> None:
    bench.monitor.start()
    bench.listener.next()
    bench.listener.fails = True
    bench.sources[0].send(("change", records.DVD))
    bench.sources[0].send(("add", records.DVD))
    assert [bench.listener.next()[0], bench.listener.next()[0]] == ["change", "add"]
    assert bench.monitor.alive


def test_it_stops_at_once_and_also_while_it_waits_to_try_again() -> None:
    for refusals in (0, 100):
        bench = Bench(records.DVD, retry_after=(60.0,))
        bench.refusals = refusals
        bench.monitor.start()
        time.sleep(0.05)
        before = time.monotonic()
        assert bench.monitor.stop()
        assert time.monotonic() - before < 30
        assert not bench.monitor.alive


def test_one_that_was_never_started_stops(bench: Bench) -> None:
    assert bench.monitor.stop()
