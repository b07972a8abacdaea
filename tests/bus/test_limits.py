"""Clients that flood, hang, send megabytes, leave or listen to everything: others are answered meanwhile.

Real clients on a real bus of the system's kind, against the service with a real store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from gi.repository import Gio, GLib

from engramd.bus import names
from engramd.bus.boundary import MESSAGE_LIMIT
from engramd.bus.client import Client
from engramd.bus.methods import MOST_IN_LINE
from engramd.bus.turns import MOST_WAITING
from engramd.errors import Busy, InvalidArgument, NotFound
from tests.support.busservice import ServiceProcess, wait_for
from tests.support.privatebus import PrivateBus
from tests.support.rawbus import RawClient, message

MANAGER = (names.ROOT, names.MANAGER)
GET = message(names.BUS_NAME, names.ROOT, names.PROPERTIES, "Get", "ss", (names.MANAGER, "Busy"))
GET_ALL = message(names.BUS_NAME, names.ROOT, names.PROPERTIES, "GetAll", "s", (names.MANAGER,))
OBJECTS = message(names.BUS_NAME, names.ROOT, names.OBJECT_MANAGER, "GetManagedObjects")


def others_are_answered(client: Client, rounds: int = 10) -> None:
    """Read, look at everything and ask the database, as an honest client does; no call may fail."""
    for _ in range(rounds):
        assert client.call(names.ROOT, names.PROPERTIES, "Get", "ss", (names.MANAGER, "Version"))
        client.call(*MANAGER, "History", "a{sv}", ({"limit": 5},))
    assert names.drive_path("SN_2d42") in client.objects()


@contextmanager
def flooding(bus: PrivateBus, *calls: bytes, clients: int, under_way: int) -> Iterator[list[RawClient]]:
    """Have clients call without a pause, each with so many calls under way, until the end of the block."""
    over = threading.Event()

    def flood(client: RawClient) -> None:
        sent = 0
        while not over.is_set():
            for call in calls:
                client.call(call)
            sent += len(calls)
            client.wait_for_replies(sent - under_way)

    with ExitStack() as stack:
        flooders = [stack.enter_context(RawClient(bus)) for _ in range(clients)]
        threads = [threading.Thread(target=flood, args=(client,)) for client in flooders]
        for thread in threads:
            thread.start()
        try:
            yield flooders
        finally:
            over.set()
            for thread in threads:
                thread.join()


def test_clients_that_flood(bus: PrivateBus, service: ServiceProcess, client: Client) -> None:
    before = service.do("rss")
    with flooding(bus, GET, GET_ALL, clients=4, under_way=100) as flooders:
        others_are_answered(client)
        assert all(flooder.replies.total() for flooder in flooders)
    assert service.do("rss") - before < 4 << 20


def test_clients_that_want_everything_at_once(
    bus: PrivateBus, service: ServiceProcess, client: Client
) -> None:
    with flooding(bus, OBJECTS, clients=3, under_way=60) as flooders:
        others_are_answered(client, rounds=5)
    refused = sum(flooder.replies[names.ERROR_PREFIX + "Busy"] for flooder in flooders)
    assert refused, f"of one client, {MOST_WAITING} of these calls wait at most"
    assert all(flooder.replies[""] for flooder in flooders), "and all have their turn"


def test_a_client_that_reads_no_replies(bus: PrivateBus, service: ServiceProcess, client: Client) -> None:
    with RawClient(bus) as hanging:
        for _ in range(100):
            hanging.call(OBJECTS)
            hanging.call(GET_ALL)
        others_are_answered(client)
        assert not hanging.replies, "it has read nothing"
    assert service.do("under_way") == 0


HUGE: dict[str, Callable[[], tuple[str, str, str, tuple[Any, ...]]]] = {
    "text": lambda: (names.MANAGER, "Rip", "sa{sv}", ("/" + "x" * (30 << 20), {})),
    "bytes": lambda: (names.MANAGER, "Next", "a{sv}", ({"title": bytes(25 << 20)},)),
    "dictionary": lambda: (names.SETTINGS, "Set", "a{sv}", ({str(n): n for n in range(100_000)},)),
    "small values": lambda: (names.SETTINGS, "Reset", "as", ([""] * 50_000,)),
}


@pytest.mark.parametrize("kind", HUGE)
def test_a_client_that_sends_megabytes(service: ServiceProcess, client: Client, kind: str) -> None:
    before = service.do("rss")
    interface, method, signature, arguments = HUGE[kind]()
    with pytest.raises(InvalidArgument) as caught:
        client.call(names.ROOT, interface, method, signature, arguments)
    assert len(str(caught.value)) < 1000
    others_are_answered(client, rounds=1)
    assert service.do("rss") - before < 80 << 20, "it is not kept"


def test_a_client_that_sends_a_value_in_a_value_in_a_value(client: Client) -> None:
    value = GLib.Variant("s", "deep")
    for _ in range(55):  # the bus takes 64
        value = GLib.Variant("v", value)
    with pytest.raises(NotFound, match="no such setting"):
        client.call(names.ROOT, names.SETTINGS, "Set", "a{sv}", ({"nonsense": value},))


def test_a_client_that_leaves_in_mid_call(bus: PrivateBus, service: ServiceProcess, client: Client) -> None:
    path = str(service.folder / "import/slow-and-gone")
    with RawClient(bus) as leaving:
        leaving.call(message(names.BUS_NAME, *MANAGER, "Rip", "sa{sv}", (path, {})))
        wait_for(lambda: any(one[1] == path for one in service.do("asked")), "the call is at work")
        assert service.do("under_way") == 1
    others_are_answered(client)
    wait_for(lambda: service.do("under_way") == 0, "nobody waits for it any more")
    labels = [row["VolumeLabel"] for row in client.call(*MANAGER, "History", "a{sv}", ({},))]
    assert "slow-and-gone" in labels, "what was asked for is done"


def test_a_client_that_listens_to_everything_and_reads_nothing(
    bus: PrivateBus, service: ServiceProcess, client: Client
) -> None:
    job_id = service.do("job")
    with RawClient(bus) as deaf:
        dbus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch")
        deaf.call(message(*dbus, "s", ("eavesdrop=true",)))
        deaf.call(message(*dbus, "s", ("",)))
        for number in range(60):
            service.do("label", job_id=job_id, label=f"LABEL_{number}" + "x" * 2000)
        others_are_answered(client)
    path = names.job_path(job_id)
    wait_for(lambda: client.properties(path, names.JOB)["VolumeLabel"].startswith("LABEL_59"), "the last one")


def test_calls_without_a_reply_are_done_and_a_flood_of_them_is_not(
    bus: PrivateBus, service: ServiceProcess, client: Client
) -> None:
    before = service.do("rss")
    with RawClient(bus) as flooder:
        one = message(names.BUS_NAME, *MANAGER, "ClearFinished", reply=False)
        assert flooder.send(one)
        wait_for(lambda: ["clear_finished", "root"] in service.do("asked"), "a single one is done")
        assert flooder.send(message(names.BUS_NAME, *MANAGER, "GetJob", "t", (1,), reply=False) * 8_000)
        wait_for(lambda: "sends more calls without a reply" in service.log(), "it is noticed")
        others_are_answered(client, rounds=3)
    wait_for(lambda: "calls without a reply were dropped" in service.log(), "and it is over")
    assert service.do("rss") - before < 8 << 20


def test_a_client_that_asks_for_jobs_without_end(client: Client, service: ServiceProcess) -> None:
    service.do("crowd", count=MOST_IN_LINE, state="identifying", waiting_for="slot", titles=0)
    path = str(service.folder / "import/one-more")
    with pytest.raises(Busy, match="500 images and folders wait for their turn already"):
        client.call(*MANAGER, "Rip", "sa{sv}", (path, {}))
    assert not any(one[1] == path for one in service.do("asked"))


def test_thousands_of_jobs_fit_one_message(client: Client, service: ServiceProcess) -> None:
    service.do("limit_jobs", jobs=40, size=300_000)
    first = service.do("crowd", count=120, titles=2)[0]
    left_out = wait_for(lambda: client.properties(*MANAGER)["JobsLeftOut"], "there are too many")
    shown = [path for path, those in client.objects().items() if names.JOB in those]
    assert 10 <= len(shown) <= 40
    assert left_out >= 80
    where = (names.BUS_NAME, names.ROOT, names.OBJECT_MANAGER, "GetManagedObjects", None, None)
    reply = client._connection.call_sync(*where, Gio.DBusCallFlags.NONE, -1, None)
    assert reply.get_size() < 400_000 < MESSAGE_LIMIT
    assert client.properties(*MANAGER)["OpenReviews"] >= 120, "all questions are counted"
    path = client.call(*MANAGER, "GetJob", "t", (first,))
    assert path in client.objects(), "a job that was left out is an object when it is asked for"
    questions = client.properties(path, names.JOB)["Reviews"]
    assert questions
    assert set(questions) < set(client.objects())
