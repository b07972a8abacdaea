"""A client holds a drive as long as it is on the bus, whatever becomes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engramd.bus import names
from engramd.bus.client import Client
from engramd.errors import Busy, InvalidArgument, WrongState
from engramd.pipeline.holds import LONGEST, MOST_HOLDERS
from tests.support.busservice import ServiceProcess, connected, run_on, wait_for
from tests.support.privatebus import PrivateBus

DRIVE = (names.drive_path("SN_2d42"), names.DRIVE)
ACTOR = f"uid {os.getuid()}" if os.getuid() else "root"
HOLDER = """
import sys
from engramd.bus import names
from engramd.bus.client import Client
client = Client("system")
client.call(names.drive_path("SN_2d42"), names.DRIVE, "Inhibit", "ssa{sv}", ("mpv", "a film", {}))
print("held", flush=True)
sys.stdin.read()
"""


def inhibit(client: Client, who: str = "mpv", why: str = "a film is watched") -> None:
    client.call(*DRIVE, "Inhibit", "ssa{sv}", (who, why, {}))


def holders(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.properties(*DRIVE)["Inhibitors"]
    return found


def test_who_holds_a_drive_is_seen_until_it_lets_go(client: Client, bus: PrivateBus) -> None:
    with connected(bus) as first, connected(bus) as second:
        inhibit(first)
        inhibit(second, "k3b", "a disc is burnt")
        inhibit(first, "mpv", "another film is watched")
        seen = wait_for(lambda: len(found := holders(client)) == 2 and found, "both hold it")
        assert [(one["who"], one["why"], one["actor"]) for one in seen] == [
            ("mpv", "another film is watched", ACTOR),
            ("k3b", "a disc is burnt", ACTOR),
        ]
        assert seen[0]["since"] > 0
        first.call(*DRIVE, "Uninhibit", "a{sv}", ({},))
        wait_for(lambda: [one["who"] for one in holders(client)] == ["k3b"], "the first lets go")
        with pytest.raises(WrongState, match="does not hold"):
            first.call(*DRIVE, "Uninhibit", "a{sv}", ({},))
    wait_for(lambda: holders(client) == [], "the second left the bus")


def test_a_program_that_is_killed_holds_nothing(
    client: Client, service: ServiceProcess, bus: PrivateBus
) -> None:
    environment = os.environ | bus.environment | {"PYTHONPATH": str(Path.cwd())}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert [one["who"] for one in wait_for(lambda: holders(client), "it holds the drive")] == ["mpv"]
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    wait_for(lambda: holders(client) == [], "it holds nothing any more")


def test_a_caller_that_is_gone_before_it_is_watched_holds_nothing(client: Client, bus: PrivateBus) -> None:
    """As busctl, which leaves as soon as it has its reply."""
    words = (names.BUS_NAME, *DRIVE, "Inhibit", "ssa{sv}", "mpv", "a film is watched", "0")
    for _ in range(5):
        held = run_on(bus, "busctl", "--system", "call", *words)
        assert held.returncode == 0, held.stderr
    wait_for(lambda: holders(client) == [], "none of them holds it")


@pytest.mark.parametrize("bad", ["", "  ", "x" * (LONGEST + 1), "a\nb", "a\x1b[2Jb"])
def test_who_and_why_are_said_in_a_line(client: Client, bad: str) -> None:
    for who, why in ((bad, "fine"), ("fine", bad)):
        with pytest.raises(InvalidArgument):
            inhibit(client, who, why)
    assert holders(client) == []


def test_a_drive_has_not_more_holders_than_a_person_can_read(client: Client, bus: PrivateBus) -> None:
    held = [connected(bus) for _ in range(MOST_HOLDERS + 1)]
    clients = [one.__enter__() for one in held]
    for one in clients[:-1]:
        inhibit(one)
    with pytest.raises(Busy):
        inhibit(clients[-1])
    inhibit(clients[0], why="said anew")
    for one in held:
        one.__exit__(None, None, None)
    wait_for(lambda: holders(client) == [], "all are gone")
