"""engramctl events and history against the bus: what was, in pages, and what happens while one looks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.ctl.events import Teller, Wanted
from engramd.ctl.history import OUTCOMES, STATES, past
from engramd.ctl.output import UNREAD
from engramd.ctl.service import Service
from engramd.ctl.session import Session
from engramd.models import JobState, Outcome
from tests.support.busservice import ServiceProcess, run_on, running_service
from tests.support.daemon import ROOT
from tests.support.privatebus import PrivateBus

CTL = (sys.executable, "-m", "engramd.ctl")


@pytest.fixture(scope="module")
def bus() -> Iterator[PrivateBus]:
    """A bus with the rules of the system's."""
    with PrivateBus() as bus:
        yield bus


@pytest.fixture(scope="module")
def service(bus: PrivateBus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """The bus service with real rows, and a stand-in for the pipeline."""
    with running_service(tmp_path_factory.mktemp("service"), bus) as service:
        yield service


def ctl(bus: PrivateBus, *words: str, code: int = 0) -> str:
    done = run_on(bus, *CTL, *words)
    assert done.returncode == code, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout + (done.stderr if code else "")


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_history_is_found_by_what_one_remembers(bus: PrivateBus, service: ServiceProcess) -> None:
    first, second, third = (service.do("job", state=state) for state in ("failed", "completed", "ripping"))
    service.do("label", job_id=second, label="NORDLICHT_D1")

    def ids(*words: str) -> list[int]:
        return [one["id"] for one in objects(ctl(bus, "history", "--json", *words))]

    assert ids() == [third, second, first]
    assert ids("--limit", "1", "--before-id", str(third)) == [second]
    assert ids("--show", "fire", "--state", "failed", "--since", "yesterday") == [first]
    assert ids("--text", "nord", "--before", "yesterday") == []
    assert ids("--label", "licht", "--drive", "/dev/sr9", "--season", "0") == []
    assert ctl(bus, "history", "--outcome", "cancelled") == "No jobs.\n"
    assert "no time; say 18:00, yesterday" in ctl(bus, "history", "--since", "some day", code=2)


def test_the_words_of_the_filters_are_those_of_the_model() -> None:
    assert list(STATES) == list(JobState)
    assert list(OUTCOMES) == list(Outcome)


class Pages:
    """A bus on which there are so many jobs; it gives at most three at a time, whatever is asked."""

    def __init__(self, count: int) -> None:
        self.count, self.asked = count, list[dict[str, Any]]()

    def call(self, _path: str, _interface: str, method: str, _signature: str, args: Any) -> Any:
        assert method == "History"
        [options] = args
        self.asked.append(options)
        last = options.get("before_id", self.count + 1)
        return [{"Id": number} for number in range(last - 1, 0, -1)][: min(3, options["limit"])]


@pytest.mark.parametrize(("limit", "calls"), [(2, 1), (3, 1), (4, 2), (8, 3), (100, 4)])
def test_a_long_history_is_asked_for_in_pages(limit: int, calls: int) -> None:
    bus, begin = Pages(8), datetime.now().astimezone() - timedelta(days=1)
    found = list(past(Service(bus), {"show": "x", "season": None, "since": begin}, limit))  # type: ignore[arg-type]
    assert [job["Id"] for job in found] == list(range(8, 0, -1))[:limit]
    assert len(bus.asked) == calls
    assert all(asked.items() >= {"show": "x"}.items() and "season" not in asked for asked in bus.asked)
    assert {asked["since"] for asked in bus.asked} == {int(begin.timestamp() * 1e6)}


def test_events_are_told_in_order_with_the_names_of_people(bus: PrivateBus, service: ServiceProcess) -> None:
    job_id = service.do("job", titles=2)
    service.do("move_title", job_id=job_id, index=1, state="ripping")
    service.do("note", job_id=job_id, kind="cancel", sentence="cancelled by uid 1", actor="uid 1")
    lines = ctl(bus, "events", str(job_id)).splitlines()
    assert [line[21:] for line in lines] == [
        f"job {job_id} (Firefly): identifying: inserted",
        f"job {job_id} (Firefly): ripping: as the test wants it",
        f"job {job_id}, title 2 (Firefly): ripping: as the test wants it",
        f"job {job_id} (Firefly): cancel: cancelled by daemon",
    ]
    told = objects(ctl(bus, "events", str(job_id), "--json", "--kind", "title,cancel"))
    assert [(one["kind"], one["title"], one["actor"], one["actor_name"]) for one in told] == [
        ("title", 2, "engramd", "engramd"),
        ("cancel", None, "uid 1", "daemon"),
    ]
    assert objects(ctl(bus, "events", "--json", "--limit", "1")) == told[-1:]
    assert objects(ctl(bus, "events", "--json", "--since", "1d", "--kind", "nothing")) == []
    assert "there is no such job" in ctl(bus, "events", "999999", code=1)


def test_what_happens_while_one_begins_to_follow_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    def row(number: int) -> dict[str, Any]:
        known = {"time": 1, "kind": "state", "job": 1, "title": 0, "name": "x", "actor": "engramd"}
        return known | {"id": number, "old": "", "new": "ripping", "sentence": f"event {number}"}

    def signal(number: int) -> tuple[Any, ...]:
        known = row(number)
        details = {name: known[name] for name in known.keys() - {"time", "kind", "sentence"}}
        return (1, "state", "/org/engramd/Engram1/jobs/1", f"event {number}", details)

    service = SimpleNamespace(manager=lambda *_: [row(3), row(2)])
    teller = Teller(Session(json=True), cast(Service, service), Wanted(None, (), None), 10)
    teller.take("ready", "/", "", {})
    for number in (3, 4):
        teller.take("event", "/", "", signal(number))
    told = objects(capsys.readouterr().out)
    assert [one["sentence"] for one in told] == ["event 2", "event 3", "event 4"]


def test_events_are_followed_in_a_pipe_until_the_daemon_goes(tmp_path: Path, bus: PrivateBus) -> None:
    with PrivateBus() as own, running_service(tmp_path, own) as service:
        job_id = service.do("job")
        with following(own, "--limit", "1", "--json") as follower:
            assert follower.next()["new"] == "ripping", "the past comes first"
            service.do("condition", severity="error")
            lacks = follower.next()
            assert (lacks["kind"], lacks["details"]["remedy"]) == ("condition", "install it")
            service.do("happen", sentence="filed /tv/a.mkv", job_id=job_id)
            service.do("condition_ends")
            assert follower.next()["kind"] == "condition", "what has a line of its own is not told twice"
            with following(own, str(job_id), "--json", "--kind", "state", "--limit", "1") as other:
                assert other.next()["new"] == "ripping"
                service.do("job")
                service.do("move", job_id=job_id, state="failed")
                told = [follower.next() for _ in range(3)]
                assert [(one["job"], one["new"]) for one in told] == [
                    (job_id + 1, "identifying"),
                    (job_id + 1, "ripping"),
                    (job_id, "failed"),
                ]
                assert other.next() == told[-1], "it has only what it asked for"
                service.stop()
                for one in (follower, other):
                    assert one.end() == 3
                    assert "engramctl: the daemon went away; `engramctl events` tells" in one.errors()


def test_a_reader_that_has_seen_enough_ends_it(bus: PrivateBus, service: ServiceProcess) -> None:
    service.do("job")
    with following(bus, "--limit", "1", "--json") as follower:
        follower.next()
        follower.close()
        service.do("job")
        service.do("job")
        assert follower.end() == UNREAD
        assert follower.errors() == "", "it ends without a word"


class following:  # noqa: N801 - it is used as a function is
    """engramctl events --follow in a pipe."""

    def __init__(self, bus: PrivateBus, *words: str) -> None:
        self._process = subprocess.Popen(
            [*CTL, "events", "--follow", *words],
            env=os.environ | bus.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> following:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()

    def next(self) -> dict[str, Any]:
        """Give the next line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.errors()
        told: dict[str, Any] = json.loads(line)
        return told

    def close(self) -> None:
        """Read no more, as head does."""
        assert self._process.stdout is not None
        self._process.stdout.close()

    def end(self) -> int:
        """Wait for its end."""
        return self._process.wait(30)

    def errors(self) -> str:
        """What it complained of."""
        assert self._process.stderr is not None
        return self._process.stderr.read()
