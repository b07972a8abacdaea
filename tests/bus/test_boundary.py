"""The contract of `engramd.bus.boundary`: the implementation on pydbus passes, and so does one on Gio."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gi.repository import Gio, GLib

import engramd
from engramd.bus import names
from engramd.bus.boundary import MESSAGE_LIMIT, REQUEST_LIMIT
from engramd.bus.variants import MOST_VALUES
from tests.support.busservice import wait_for
from tests.support.contract import NAME, PATH, Caller, Contract

PACKAGE = Path(engramd.__file__).parent


@pytest.fixture(scope="module", params=["pydbus", "gio"])
def contract(request: pytest.FixtureRequest) -> Iterator[Contract]:
    with Contract(request.param) as served:
        yield served


@pytest.fixture
def client(contract: Contract) -> Caller:
    contract.start()
    return contract.client()


def test_a_call_is_answered_with_one_value_or_several(client: Caller) -> None:
    assert client.call("Say", "s", "hello") == "hello"
    assert client.call("Pair") == (2, ["a", "b"])


def test_an_answer_may_come_later(client: Caller) -> None:
    assert client.call("Late", "u", 50) == "at last"


def test_who_calls_is_known_and_whether_they_can_be_asked(client: Caller) -> None:
    name = client.connection.get_unique_name()
    assert client.call("Caller") == (name, False)
    asking = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
    assert client.call("Caller", flags=asking) == (name, True)


def test_properties_are_read_one_by_one_and_together(client: Caller) -> None:
    assert client.get("Name") == "contract"
    together = client.call("GetAll", "s", NAME, interface=names.PROPERTIES)
    assert together == {"Name": "contract", "Wrong": 0}
    assert client.error("Get", "ss", NAME, "Other", interface=names.PROPERTIES)[0].endswith("InvalidArgs")


def test_errors_have_names_and_their_sentence(client: Caller) -> None:
    error, text = client.error("Fail", "s", "known")
    assert (error, text) == (names.ERROR_PREFIX + "NotFound", "there is none (shelf 3)")


@pytest.mark.parametrize("kind", ["name", "exit"])
def test_what_nobody_foresaw_is_an_internal_error(client: Caller, contract: Contract, kind: str) -> None:
    error, text = client.error("Fail", "s", kind)
    assert (error, text) == (
        names.ERROR_PREFIX + "Failed",
        "internal error; see the log: journalctl -u engramd",
    )
    assert "Fail failed unexpectedly" in contract.log()


def test_the_largest_call_and_the_largest_reply(client: Caller) -> None:
    text = "x" * (REQUEST_LIMIT - 100)
    assert client.call("Say", "s", text) == text
    error, sentence = client.error("Say", "s", text + "x" * 200)
    assert error == names.ERROR_PREFIX + "InvalidArgument"
    assert "more than the limit of 1048576; give less at a time" in sentence
    assert len(client.call("Long", "u", MESSAGE_LIMIT - 100)) == MESSAGE_LIMIT - 100
    error, sentence = client.error("Long", "u", MESSAGE_LIMIT)
    assert error == names.ERROR_PREFIX + "Failed"
    assert sentence.endswith("ask for less at a time")


def test_a_call_of_too_many_values_is_refused(client: Caller) -> None:
    def given(count: int) -> dict[str, GLib.Variant]:
        return {str(number): GLib.Variant("b", True) for number in range(count)}

    assert client.call("Weigh", "a{sv}", given(1000)) == 1000
    error, sentence = client.error("Weigh", "a{sv}", given(MOST_VALUES))
    assert error == names.ERROR_PREFIX + "InvalidArgument"
    assert "too many values" in sentence


def test_a_signal_reaches_who_listens(client: Caller) -> None:
    heard: list[Any] = []
    flags = Gio.DBusSignalFlags.NONE
    client.connection.signal_subscribe(
        names.BUS_NAME, NAME, "Told", PATH, None, flags, lambda *signal: heard.append(signal[5].unpack())
    )
    client.call("Shout", "u", 3)

    def told() -> bool:
        GLib.MainContext.default().iteration(False)
        return bool(heard)

    wait_for(told, "the signal")
    assert heard == [("xxx",)]


def test_what_is_not_there_is_unknown(client: Caller) -> None:
    assert client.error("Nonsense")[0] == "org.freedesktop.DBus.Error.UnknownMethod"
    assert client.error("Say", "u", 5)[0] == "org.freedesktop.DBus.Error.InvalidArgs"


def test_there_is_one_daemon(client: Caller, contract: Contract) -> None:
    second = contract.spawn()
    assert contract.listen(second) == "refused: Busy"
    assert second.wait(10) == 1
    assert client.call("Say", "s", "still here") == "still here"


def test_it_leaves_in_order(client: Caller, contract: Contract) -> None:
    assert contract.process is not None
    assert contract.process.stdin is not None
    contract.process.stdin.close()
    assert contract.listen() == "closed", "nothing was lost"
    assert contract.process.wait(10) == 0
    assert not contract.bus.owned(names.BUS_NAME)


def test_the_end_of_the_bus_is_told(contract: Contract) -> None:
    with Contract(contract.implementation) as other:
        other.start()
        other.bus.kill_bus()
        assert "the system bus is gone" in other.listen()
        assert other.listen() == "closed"


def test_nobody_but_one_module_knows_pydbus_and_nobody_but_the_server_knows_that_module() -> None:
    imported = {
        str(module.relative_to(PACKAGE)): _imports(module) for module in sorted(PACKAGE.rglob("*.py"))
    }
    assert [name for name, those in imported.items() if any(one.startswith("pydbus") for one in those)] == [
        "bus/service.py"
    ]
    assert [name for name, those in imported.items() if "engramd.bus.service" in those] == ["bus/server.py"]


def _imports(module: Path) -> set[str]:
    text = module.read_text(encoding="utf-8")
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)) if "pydbus" in text or "service" in text else ():
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found
