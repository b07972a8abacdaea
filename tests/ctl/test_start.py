"""The bare command says how things stand and what can be done next, also where nothing runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from engramd.ctl.app import app
from engramd.ctl.service import Snapshot
from engramd.ctl.start import next_acts
from tests.ctl.day import facts, snapshot
from tests.ctl.samples import job
from tests.support.clickrunner import runner
from tests.support.privatebus import PrivateBus
from tests.support.systemd_stand_in import SystemdStandIn


@pytest.fixture(scope="module")
def empty_bus() -> Iterator[PrivateBus]:
    with PrivateBus(system=False) as bus:
        yield bus


def bare(folder: Path, bus: PrivateBus, standing: str, *words: str, **said: Any) -> Result:
    """Run `engramctl` without a daemon, where the unit stands so."""
    made = SystemdStandIn(folder, standing, **said)
    environment = bus.environment | {"PATH": f"{made.folder}:{os.environ['PATH']}"}
    return runner().invoke(app, ["--bus", "session", *words], env=environment)


@pytest.mark.parametrize(
    ("standing", "said", "remedy"),
    [
        ("stopped", "Its service is stopped.", "systemctl --user start engramd"),
        ("missing", "Its service is not installed.", "engramd --bus session"),
        ("masked", "Its service is masked.", "systemctl --user unmask engramd"),
        ("", "systemd does not answer here.", "engramd --bus session"),
    ],
)
def test_without_a_daemon_it_says_how_to_start_one(
    standing: str, said: str, remedy: str, tmp_path: Path, empty_bus: PrivateBus
) -> None:
    done = bare(tmp_path, empty_bus, standing)

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("engramd is not running (session bus)\n")
    assert said in done.stdout
    assert f"→ {remedy}\n" in done.stdout
    assert "engramctl inspect PATH" in done.stdout
    assert "engramctl --help" in done.stdout


def test_a_unit_that_failed_shows_why(tmp_path: Path, empty_bus: PrivateBus) -> None:
    done = bare(tmp_path, empty_bus, "failed", last_error="the configuration is wrong: line 3\n")

    assert "Its service failed: the configuration is wrong: line 3\n" in done.stdout
    assert "→ journalctl --user --unit engramd --pager-end" in done.stdout


def test_programs_learn_it_too(tmp_path: Path, empty_bus: PrivateBus) -> None:
    done = bare(tmp_path, empty_bus, "failed", "--json", last_error="line 3")

    [told] = map(json.loads, done.stdout.splitlines())
    assert (done.exit_code, told["running"]) == (0, False)
    assert told["unit"] == {"state": "failed", "why": "line 3", "remedy": "systemctl --user start engramd"}
    assert told["commands"][0]["command"] == "engramctl inspect PATH"


def test_without_a_bus_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/socket")

    done = runner().invoke(app, [])

    assert done.exit_code == 0
    assert done.stdout.startswith("there is no system bus\n")
    assert "→ install and start dbus" in done.stdout


def acts(**changed: Any) -> list[str]:
    return [command for command, _ in next_acts(facts(**changed))]


def test_the_commands_fit_the_moment() -> None:
    assert acts()[:3] == ["engramctl review", "engramctl doctor", "engramctl watch"]
    assert "engramctl rip PATH" not in acts(), "a drive is at work"
    failed = job(id=9, state="failed", outcome="failed")
    assert "engramctl retry 9" in acts(snapshot=replace(snapshot(), jobs={9: failed}))


def test_where_nothing_goes_on_a_disc_is_wanted() -> None:
    manager = facts().manager | {"ActiveJobs": 0, "Conditions": []}
    idle = {path: one | {"State": "empty"} for path, one in snapshot().drives.items()}

    found = dict(next_acts(facts(manager=manager, snapshot=Snapshot(drives=idle), today=[])))

    assert list(found) == ["engramctl rip PATH", "engramctl status"]
    assert found["engramctl rip PATH"].startswith("insert a disc, or ")
    without = dict(next_acts(facts(manager=manager, snapshot=Snapshot(), today=[])))
    assert without["engramctl rip PATH"] == "rip an image or a folder"
