"""The holes of pydbus 0.6.0, one test each: our service is without it, stock pydbus has it.

Each test runs on our service, on the second implementation on Gio, and on pydbus as it is, which must fail it
(`strict`): a pydbus that had mended something would be noticed here. Two holes are shown elsewhere: that it
has no ObjectManager in `test_service.py`, and that it asks polkit on the main loop in `test_polkit.py`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

import pytest
from gi.repository import Gio, GLib

from engramd.bus import names
from engramd.bus.floods import OF_ALL
from tests.support.busservice import wait_for
from tests.support.contract import NAME, PATH, Caller, Contract
from tests.support.rawbus import RawClient, message

HOLE = pytest.mark.xfail(raises=AssertionError, strict=True, reason="a hole of pydbus as it is")
#: Seconds for what comes at once, or never.
AT_ONCE = 2


@pytest.fixture(
    scope="module", params=["pydbus", "gio", pytest.param("stock", marks=HOLE)], ids=["ours", "gio", "stock"]
)
def contract(request: pytest.FixtureRequest) -> Iterator[Contract]:
    with Contract(request.param) as served:
        yield served


@pytest.fixture
def client(contract: Contract) -> Caller:
    contract.start()
    return contract.client()


def lives(contract: Contract) -> bool:
    """Whether the service still answers."""
    try:
        return bool(contract.client().call("Say", "s", "yes") == "yes")
    except GLib.Error:
        return False


def test_calls_leak_nothing(client: Caller) -> None:
    def grown(calls: int) -> int:
        before = client.call("Memory")
        for _ in range(calls):
            client.call("Say", "s", "x" * 2000)
        after: int = client.call("Memory")
        return after - before

    grown(300)
    leaked = grown(500)
    assert leaked < 500 * 800, f"{leaked / 500:.0f} bytes a call"


def test_system_exit_in_a_handler_ends_nobody(client: Caller, contract: Contract) -> None:
    error, _ = client.error("Fail", "s", "exit")
    assert error == names.ERROR_PREFIX + "Failed"
    assert lives(contract)


def answered(client: Caller, kind: str) -> tuple[str, str]:
    """Have a handler fail, and give its answer, which comes before that of the next call."""
    failing = client.send("Fail", "s", kind)
    assert client.call("Say", "s", "next") == "next"
    assert failing.came(), "no answer came"
    return failing.error or ("", "")


def test_an_error_whose_name_is_illegal_is_answered(client: Caller) -> None:
    error, text = answered(client, "name")
    assert error == names.ERROR_PREFIX + "Failed"
    assert "secret" not in text


def test_an_error_whose_text_is_no_utf8_is_answered(client: Caller) -> None:
    told = answered(client, "text")
    assert told == (names.ERROR_PREFIX + "Failed", "half a character ? and a NUL \ufffd end here")


def test_an_error_that_was_meant_leaves_no_traceback(client: Caller, contract: Contract) -> None:
    before = contract.log()
    client.error("Fail", "s", "known")
    assert client.call("Say", "s", "all is written") == "all is written"
    assert "Traceback" not in contract.log().removeprefix(before)


def test_a_handler_that_waits_keeps_nobody_waiting(client: Caller) -> None:
    slow = client.send("Late", "u", 500)
    assert client.get("Name") == "contract"
    assert not slow.came(), "the property came after the slow call"
    wait_for(slow.came, "the slow call")


def test_a_value_of_the_wrong_type_spoils_no_other(client: Caller) -> None:
    try:
        together = client.call("GetAll", "s", NAME, interface=names.PROPERTIES)
    except GLib.Error as error:
        raise AssertionError(error.message) from None
    assert together == {"Name": "contract", "Wrong": 0}


def test_bytes_are_as_quick_as_text(client: Caller) -> None:
    def seconds(method: str, signature: str, value: object) -> float:
        start = time.monotonic()
        client.call(method, signature, value)
        return time.monotonic() - start

    size = 96 << 10
    bytes_in = GLib.Variant.new_from_bytes(GLib.VariantType("ay"), GLib.Bytes.new(bytes(size)), True)
    body = GLib.Variant.new_tuple(bytes_in)
    text = min(seconds("Long", "u", size) + seconds("Say", "s", "x" * size) for _ in range(3))
    start = time.monotonic()
    where = (names.BUS_NAME, PATH, NAME, "Count")
    counted = client.connection.call_sync(*where, body, None, Gio.DBusCallFlags.NONE, 25000, None).unpack()
    taken = time.monotonic() - start
    where = (names.BUS_NAME, PATH, NAME, "Bytes", GLib.Variant("(u)", (size,)))
    start = time.monotonic()
    given = client.connection.call_sync(*where, None, Gio.DBusCallFlags.NONE, 25000, None)
    taken += time.monotonic() - start
    assert counted == (size,)
    assert given.get_child_value(0).n_children() == size
    assert taken < 20 * text + 0.05, f"{taken:.3f} s, and {text:.3f} s for text of that size"


def test_arguments_have_a_limit(client: Caller) -> None:
    error, text = client.error("Say", "s", "x" * (25 << 20))
    assert error == names.ERROR_PREFIX + "InvalidArgument"
    assert "more than the limit" in text


def test_a_reply_over_the_limit_of_the_bus_ends_nobody(client: Caller, contract: Contract) -> None:
    error, _ = client.error("Long", "u", 33 << 20)
    assert error == names.ERROR_PREFIX + "Failed"
    assert lives(contract)


def test_a_signal_over_the_limit_of_the_bus_ends_nobody(client: Caller, contract: Contract) -> None:
    shouting = client.send("Shout", "u", 33 << 20)
    wait_for(shouting.came, "its reply, or the end")
    assert lives(contract)
    assert lives(contract), "and so it is a moment later"
    assert "Told is not sent: it has" in contract.log()


def test_calls_that_want_no_reply_do_not_pile_up(client: Caller, contract: Contract) -> None:
    call = message(names.BUS_NAME, PATH, NAME, "Say", "s", ("x" * 1000,), reply=False)
    before = client.call("Memory")
    with RawClient(contract.bus) as flooding:
        assert flooding.send(call * 6_000)
        most = max(wait_for(lambda: _memory(contract), "it") for _ in range(5))
        wait_for(lambda: lives(contract), "it answers again")
    grown = max(most, client.call("Memory")) - before
    assert grown < 6 << 20, f"{grown >> 20} MB more, of which {OF_ALL} calls at a time are half a megabyte"


def _memory(contract: Contract) -> int:
    time.sleep(0.1)
    assert contract.process is not None
    with open(f"/proc/{contract.process.pid}/statm", encoding="ascii") as statm:  # noqa: PTH123
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_what_is_unregistered_is_freed(client: Caller) -> None:
    client.call("Churn", "u", 50)
    left = [client.call("Left") for _ in range(20)]  # GDBus lets go of them in a later round of the loop
    assert left[-1] == 0


def test_properties_are_not_set_behind_polkit(client: Caller) -> None:
    try:
        client.call("Set", "ssv", NAME, "Name", GLib.Variant("s", "other"), interface=names.PROPERTIES)
    except GLib.Error as error:
        assert "properties are changed by methods only" in error.message  # noqa: PT017
    value = client.get("Name")
    assert value == "contract"


def test_the_end_of_the_bus_is_not_the_end_of_the_process(contract: Contract) -> None:
    with Contract(contract.implementation) as other:
        other.start()
        assert other.process is not None
        other.bus.kill_bus()
        assert re.match("lost: the system bus is gone", other.listen(seconds=AT_ONCE))
        assert other.process.wait(10) == 0


def test_nobody_takes_the_name_over(client: Caller) -> None:
    body = GLib.Variant("(su)", (names.BUS_NAME, 2 | 4))  # replace the owner, do not queue
    dbus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName")
    taken = client.connection.call_sync(*dbus, body, None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]
    client.connection.close_sync(None)
    assert taken == 3, "the name has its owner for good"
