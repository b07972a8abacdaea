"""What was, over a real bus: jobs in pages, and what happened to them, then and now."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from engramd.bus import names
from engramd.bus.client import Client
from engramd.bus.history import MOST_KINDS
from engramd.errors import InvalidArgument, NotFound
from tests.support.busservice import ServiceProcess, connected, wait_for
from tests.support.privatebus import PrivateBus

MANAGER = (names.ROOT, names.MANAGER)
ACTOR = f"uid {os.getuid()}" if os.getuid() else "root"


def history(client: Client, **options: Any) -> list[int]:
    return [job["Id"] for job in client.call(*MANAGER, "History", "a{sv}", (options,))]


def events(client: Client, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.call(*MANAGER, "Events", "a{sv}", (options,))
    return found


def test_the_filters_of_history_count_together(client: Client, service: ServiceProcess) -> None:
    start = int(time.time() * 1e6)
    first, second, third = (service.do("job", state=state) for state in ("failed", "completed", "ripping"))
    service.do("label", job_id=second, label="NORDLICHT_D1")
    assert history(client, since=start) == [third, second, first]
    assert history(client, since=start, limit=1, before_id=third) == [second]
    assert history(client, since=start, before=start) == []
    assert history(client, since=start, show="FIRE", state="failed") == [first]
    assert history(client, since=start, label="nord") == [second]
    assert history(client, since=start, text="licht", content_type="unknown") == [second]
    assert history(client, since=start, season=1) == []
    assert history(client, since=start, drive="/dev/sr7") == [], (
        "that is the drive, whose jobs have its serial"
    )
    assert history(client, since=start, drive="/dev/gone") == []
    assert third in history(client, before_id=(1 << 63) + 1)


@pytest.mark.parametrize(
    "options",
    [
        {"state": "odd"},
        {"outcome": "odd"},
        {"content_type": "film"},
        {"season": -1},
        {"season": 1 << 40},
        {"since": -(1 << 62)},
        {"show": "a\nb"},
        {"shows": "a"},
    ],
)
def test_a_filter_that_means_nothing_is_refused(client: Client, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        history(client, **options)


def test_a_headline_of_the_history_is_that_of_the_job(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job")
    service.do("move_title", job_id=job_id, index=1, state="ripping")
    service.do("review", job_id=job_id, index=0)
    path = names.job_path(job_id)

    def headline() -> str:
        return str(client.properties(path, names.JOB)["Headline"])

    wait_for(lambda: path in client.objects() and "open question" in headline(), "the question is there")
    [row] = client.call(*MANAGER, "History", "a{sv}", ({"before_id": job_id + 1, "limit": 1},))
    assert row["Headline"] == headline()


def test_what_happened_is_told_with_who_did_it(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job", titles=2)
    service.do("move_title", job_id=job_id, index=1, state="ripping")
    service.do("note", job_id=job_id, kind="hint", sentence="it counts for hint 3", actor="uid 1000")
    path = wait_for(lambda: client.call(*MANAGER, "GetJob", "t", (job_id,)), "the job")
    client.call(path, names.JOB, "Cancel")
    told = events(client, job=job_id)
    assert [(one["kind"], one["title"], one["old"], one["new"]) for one in told] == [
        ("state", 0, "ripping", "failed"),
        ("hint", 0, "", ""),
        ("title", 2, "pending", "ripping"),
        ("state", 0, "identifying", "ripping"),
        ("state", 0, "", "identifying"),
    ]
    assert [one["actor"] for one in told] == [ACTOR, "uid 1000", "engramd", "engramd", "engramd"]
    assert {(one["job"], one["name"]) for one in told} == {(job_id, "Firefly")}
    assert told[1]["sentence"] == "it counts for hint 3"
    assert [one["time"] for one in told] == sorted((one["time"] for one in told), reverse=True)
    assert abs(told[0]["time"] / 1e6 - time.time()) < 60
    assert client.call(path, names.JOB, "Events", "a{sv}", ({},)) == told


def test_events_come_in_pages_and_by_kind(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job")
    for number in range(5):
        service.do("note", job_id=job_id, kind="tracks" if number % 2 else "rip", sentence=str(number))
    whole = events(client, job=job_id)
    first = events(client, job=job_id, limit=3)
    rest = events(client, job=job_id, before_id=first[-1]["id"])
    assert first + rest == whole
    assert [one["sentence"] for one in events(client, job=job_id, kind="tracks")] == ["3", "1"]
    both = events(client, job=job_id, kind="tracks,rip")
    assert [one["sentence"] for one in both] == ["4", "3", "2", "1", "0"]
    assert events(client, since=whole[0]["time"] + 1, job=job_id) == []
    path = names.job_path(job_id)
    assert client.call(path, names.JOB, "Events", "a{sv}", ({"limit": 1, "kind": "rip"},)) == [whole[0]]


def test_events_of_no_job_and_options_that_there_are_not(client: Client, service: ServiceProcess) -> None:
    for number in (0, 1 << 40, 999_999):
        with pytest.raises(NotFound):
            events(client, job=number)
    too_many = ",".join(map(str, range(MOST_KINDS + 1)))
    for options in ({"kinds": "x"}, {"since": "yesterday"}, {"kind": too_many}):
        with pytest.raises(InvalidArgument):
            events(client, **options)
    path = names.job_path(service.do("job"))
    wait_for(lambda: path in client.objects(), "the job")
    with pytest.raises(InvalidArgument):
        client.call(path, names.JOB, "Events", "a{sv}", ({"job": 1},))


@pytest.fixture
def signals(bus: PrivateBus, service: ServiceProcess) -> Iterator[list[tuple[Any, ...]]]:
    """Give the arguments of each signal Event from now on."""
    told: list[tuple[Any, ...]] = []
    ready = threading.Event()

    def keep(kind: str, _path: str, _interface: str, payload: Any) -> None:
        ready.set()
        if kind == "event":
            told.append(payload)

    with connected(bus) as client:
        thread = threading.Thread(target=client.watch, args=(keep,))
        thread.start()
        assert ready.wait(30)
        yield told
        client.stop()
        thread.join(10)


def test_the_signal_tells_each_event_once_as_it_is_told_later(
    client: Client, service: ServiceProcess, signals: list[tuple[Any, ...]]
) -> None:
    job_id = service.do("job", titles=1)
    service.do("move_title", job_id=job_id, index=0, state="ripping")

    def rows() -> list[tuple[Any, ...]]:
        return [one for one in signals if one[4].get("job") == job_id]

    wait_for(lambda: any(one[1] == "title" for one in rows()), "all so far is told")
    service.do("note", job_id=job_id, kind="rip", sentence="a note alone")
    wait_for(lambda: any(one[3] == "a note alone" for one in rows()), "a note is told that changes nothing")
    service.do("move", job_id=job_id, state="failed")
    wait_for(lambda: any(one[4]["new"] == "failed" for one in rows()), "the end is told")
    later = events(client, job=job_id)
    assert [
        {"time": at, "kind": kind, "sentence": sentence, **details}
        for at, kind, _, sentence, details in rows()
    ] == later[::-1]
    assert {path for _, _, path, _, _ in rows()} == {names.job_path(job_id)}
    assert client.call(*MANAGER, "Events", "a{sv}", ({"job": job_id},))[0]["id"] == rows()[-1][4]["id"]


def test_conditions_and_settings_are_told(
    client: Client, service: ServiceProcess, signals: list[tuple[Any, ...]]
) -> None:
    service.do("condition_ends")
    service.do("condition", severity="warning")
    service.do("condition", severity="warning")
    wait_for(lambda: client.properties(*MANAGER)["Conditions"], "the condition is there")
    service.do("condition", severity="error")
    wait_for(lambda: client.properties(*MANAGER)["Conditions"][0]["severity"] == "error", "it got worse")
    service.do("condition_ends")
    client.call(names.ROOT, names.SETTINGS, "Set", "a{sv}", ({"max_concurrent_matches": 2},))
    client.call(names.ROOT, names.SETTINGS, "Reset", "as", (["max_concurrent_matches"],))
    wait_for(lambda: any("reset" in one[3] for one in signals), "all is told")
    told = [one for one in signals if one[1] == "condition"]
    assert [one[3] for one in told] == [
        "MakeMKV is missing",
        "MakeMKV is missing",
        "no longer: MakeMKV is missing",
    ]
    assert [one[4]["severity"] for one in told] == ["warning", "error", "error"]
    assert [one[4]["ended"] for one in told] == [False, False, True]
    assert {one[2] for one in told} == {names.ROOT}
    assert [one[3] for one in signals if one[1] == "settings"] == [
        f"{ACTOR} set max_concurrent_matches",
        f"{ACTOR} reset max_concurrent_matches",
    ]
