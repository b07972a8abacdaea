"""The bus's speed, as ratios to a bare pydbus service and to services in C on the same bus.

Calls come from a client that sends bytes; it costs the same for every service.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from gi.repository import Gio

from engramd.bus import names
from engramd.bus.boundary import MESSAGE_LIMIT
from engramd.bus.client import Client
from engramd.bus.dispatch import PER_SENDER
from engramd.bus.variants import pack_arguments
from tests.benchmarks.conftest import Figure, Report
from tests.support.busservice import ServiceProcess, connected, running_service, wait_for
from tests.support.contract import NAME, PATH, SCRIPT
from tests.support.privatebus import PACKAGING, POLKITD, PrivateBus
from tests.support.rawbus import RawClient, message

pytestmark = [pytest.mark.bench, pytest.mark.root, pytest.mark.timeout(900)]

BARE = "org.engramd.Bare"
DBUS, DBUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
POLKIT, POLKIT_PATH = "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority"
READ = (names.PROPERTIES, "Get", "ss")
#: Property reads and method calls: what is called, where, and with what.
READS = {
    "engramd": (names.BUS_NAME, names.ROOT, *READ, (names.MANAGER, "Busy")),
    "bare pydbus": (BARE, PATH, *READ, (NAME, "Name")),
    "polkitd, in C": (POLKIT, POLKIT_PATH, *READ, (f"{POLKIT}.Authority", "BackendName")),
    "dbus-daemon itself": (DBUS, DBUS_PATH, *READ, (DBUS, "Features")),
}
CALLS = {
    "engramd": (names.BUS_NAME, names.ROOT, names.MANAGER, "GetJob", "t", (1,)),
    "bare pydbus": (BARE, PATH, NAME, "Say", "s", ("hello",)),
    "polkitd, in C": (POLKIT, POLKIT_PATH, "org.freedesktop.DBus.Peer", "Ping"),
    "dbus-daemon itself": (DBUS, DBUS_PATH, DBUS, "GetId"),
}
SECONDS = 1.5
POLICY = (PACKAGING / "dbus/org.engramd.Engram1.conf").read_text().replace(
    "</busconfig>",
    f'<policy context="default"><allow own="{BARE}"/><allow send_destination="{BARE}"/></policy></busconfig>',
)  # fmt: skip


@pytest.fixture(scope="module")
def bus() -> Iterator[PrivateBus]:
    """A bus of the system's kind, with polkitd and a bare pydbus service on it."""
    with PrivateBus(policy=POLICY, polkit=POLKITD.exists()) as private, bare(private):
        yield private


@pytest.fixture(scope="module")
def service(bus: PrivateBus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """The daemon's side of the bus with ten jobs of today."""
    with running_service(tmp_path_factory.mktemp("service"), bus) as process:
        process.do("crowd", count=10, state="completed", titles=5, tracks=5)
        with connected(bus) as client:
            wait_for(lambda: len(client.objects()) > 60, "ten jobs with their titles")
        yield process


@contextmanager
def bare(bus: PrivateBus) -> Iterator[None]:
    environment = {**os.environ, **bus.environment, "PYTHONPATH": str(SCRIPT.parents[2])}
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "stock", BARE],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        bus.wait_until(lambda: bus.owned(BARE), "the bare service did not start")
        yield
    finally:
        process.kill()
        process.wait()


def rate(bus: PrivateBus, call: bytes, under_way: int) -> float:
    """Give how many calls a second are answered, with so many under way."""
    with RawClient(bus) as client:
        client.call(call)
        client.wait_for_replies(1)
        assert not client.replies.keys() - {""}, client.replies
        sent, start = 1, time.monotonic()
        while (seconds := time.monotonic() - start) < SECONDS:
            client.call(call)
            sent += 1
            client.wait_for_replies(sent - under_way + 1)
        assert not client.replies.keys() - {""}, client.replies
        return client.replies.total() / seconds


def test_reads_and_calls_a_second(
    bus: PrivateBus, service: ServiceProcess, report: Report, figures: list[Figure]
) -> None:
    for what, table, together in (("property reads", READS, 32), ("method calls", CALLS, PER_SENDER)):
        measured = {
            who: [rate(bus, message(*call), under_way) for under_way in (1, together)]  # type: ignore[misc]
            for who, call in table.items()
            if bus.owned(call[0])
        }
        for who in sorted(measured.keys() - {"engramd"}):
            ours, theirs = measured["engramd"][0], measured[who][0]
            figures.append(Figure(f"{what} one by one", ours, "a second", theirs, who))
        columns = ("one by one", f"{together} under way")
        report(f"{what + ' a second':22}" + "".join(f"{one:>26}" for one in columns))
        for who, rates in measured.items():
            ratios = [ours / theirs for ours, theirs in zip(measured["engramd"], rates, strict=True)]
            told = (f"{n:9.0f} (engramd: {r:5.2f})" for n, r in zip(rates, ratios, strict=True))
            report(f"  {who:20}" + "".join(f"{one:>26}" for one in told))
    reads = [measured_rate(bus, READS[who]) for who in ("engramd", "bare pydbus")]
    assert reads[0] > reads[1] / 2, "our reads are at least half as quick as bare pydbus's"


def measured_rate(bus: PrivateBus, call: Any) -> float:
    return rate(bus, message(*call), 32)


def milliseconds(client: Client, method: str, *arguments: Any, interface: str = names.MANAGER) -> float:
    """Give the best of several calls: what the machine does besides only makes them longer."""
    connection = client._connection
    taken = []
    for _ in range(15):
        start = time.monotonic()
        where = (names.BUS_NAME, names.ROOT, interface, method)
        connection.call_sync(*where, *arguments, None, Gio.DBusCallFlags.NONE, -1, None)
        taken.append((time.monotonic() - start) * 1000)
    return min(taken)


def test_a_long_history_costs_nothing(
    bus: PrivateBus, service: ServiceProcess, report: Report, figures: list[Figure]
) -> None:
    asked: dict[str, Callable[[Client], float]] = {
        "GetManagedObjects": lambda c: milliseconds(
            c, "GetManagedObjects", None, interface=names.OBJECT_MANAGER
        ),
        "History": lambda c: milliseconds(c, "History", pack_arguments("a{sv}", ({"limit": 10},))),
        "History of a state": lambda c: milliseconds(
            c, "History", pack_arguments("a{sv}", ({"limit": 10, "state": "completed"},))
        ),
    }
    with connected(bus) as client:
        few = {what: ask(client) for what, ask in asked.items()}
        service.do("crowd", count=10_000, state="completed", titles=2, tracks=0, days_ago=30)
        wait_for(lambda: service.do("under_way") == 0, "calm")
        many = {what: ask(client) for what, ask in asked.items()}
        size = len(client.objects())
    report(f"milliseconds, best of 15, with {size} objects: 10 jobs in the history, and 10,010")
    for what, before in few.items():
        report(f"  {what:20} {before:8.1f} {many[what]:8.1f}   {many[what] / before:5.2f}")
    for what in ("GetManagedObjects", "History"):
        goal = "50 ms; 2 times"
        figures.append(
            Figure(f"{what}, 10,010 jobs in the history", many[what], "ms", few[what], "10 jobs", goal)
        )
        assert many[what] < 2 * few[what] + 2, what


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def when_quiet(service: ServiceProcess) -> float:
    """Wait until the service has nothing to do; give the seconds of CPU that it has had."""
    spent = [cpu_seconds(service.process.pid)]

    def is_quiet() -> bool:
        time.sleep(0.5)
        spent.append(cpu_seconds(service.process.pid))
        return spent[-1] == spent[-2]

    wait_for(is_quiet, "the service comes to rest")
    return spent[-1]


def test_eight_rips_report_progress(bus: PrivateBus, service: ServiceProcess, report: Report) -> None:
    jobs = [service.do("job", titles=8) for _ in range(8)]
    for job_id in jobs:
        service.do("move_title", job_id=job_id, index=0, state="ripping")
    signals: Counter[str] = Counter()

    def count(kind: str, path: str, interface: str, changed: Any) -> None:
        if kind == "properties" and "Progress" in changed:
            signals[interface.rpartition(".")[2]] += 1

    seconds, latencies = 6.0, []
    read = message(*READS["engramd"])
    with connected(bus) as listening, RawClient(bus) as reading:
        watch = threading.Thread(target=listening.watch, args=(count,))
        watch.start()
        before = when_quiet(service)
        reported = {"jobs": jobs, "seconds": seconds, "rate": 10}
        rips = threading.Thread(target=service.do, args=("rips",), kwargs=reported)
        start = time.monotonic()
        rips.start()
        while rips.is_alive():
            begin = time.monotonic()
            reading.call(read)
            reading.wait_for_replies(len(latencies) + 1)
            latencies.append((time.monotonic() - begin) * 1000)
            time.sleep(0.02)
        rips.join()
        taken = time.monotonic() - start
        spent = cpu_seconds(service.process.pid) - before
        time.sleep(0.6)
        listening.stop()
        watch.join()
    latencies.sort()
    report(f"eight rips that report progress 10 times a second each, for {taken:.1f} s:")
    rates = {kind: (count / 8 - 1) / taken for kind, count in signals.items()}
    told = ", ".join(f"{per_second:.2f} a second of each {kind}" for kind, per_second in rates.items())
    late = latencies[int(len(latencies) * 0.99)]
    report(f"  PropertiesChanged: {told}")
    report(f"  CPU of the service: {spent / taken:.1%} of a core, with {len(latencies)} property reads")
    report(f"  a property read: {statistics.median(latencies):.2f} ms, 99 of 100 in less than {late:.1f} ms")
    assert signals["Job"] <= 8 * (2 * taken + 2)
    assert signals["Job"] >= 8 * taken / 2


def test_ten_thousand_jobs_in_review(bus: PrivateBus, service: ServiceProcess, report: Report) -> None:
    service.do("crowd", count=10_000, titles=2, tracks=5)
    read, worst, start = message(*READS["engramd"]), 0.0, time.monotonic()
    with connected(bus) as client, RawClient(bus) as reading:
        while not client.properties(names.ROOT, names.MANAGER)["JobsLeftOut"]:
            begin = time.monotonic()
            reading.call(read)
            reading.wait_for_replies(reading.replies.total() + 1)
            worst = max(worst, time.monotonic() - begin)
        seconds = time.monotonic() - start
        taken = milliseconds(client, "GetManagedObjects", None, interface=names.OBJECT_MANAGER)
        where = (names.BUS_NAME, names.ROOT, names.OBJECT_MANAGER, "GetManagedObjects", None, None)
        size = client._connection.call_sync(*where, Gio.DBusCallFlags.NONE, -1, None).get_size()
        jobs = [path for path, those in client.objects().items() if names.JOB in those]
        left_out = client.properties(names.ROOT, names.MANAGER)["JobsLeftOut"]
    report(f"10,000 jobs in review: {len(jobs)} are objects, {left_out} are left out, after {seconds:.1f} s;")
    report(f"  a property read meanwhile takes {worst * 1000:.0f} ms at most")
    report(f"  GetManagedObjects: {size / 1e6:.1f} MB in {taken:.0f} ms")
    assert size < MESSAGE_LIMIT
