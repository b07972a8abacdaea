"""What systemd says of the unit, in the words that it used."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engramd.ctl.unit import Unit, unit
from tests.support.systemd_stand_in import SystemdStandIn

Stand = Callable[..., SystemdStandIn]


@pytest.fixture
def standing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """Give what makes the unit stand so."""

    def stand(name: str, **said: Any) -> SystemdStandIn:
        made = SystemdStandIn(tmp_path, name, **said)
        monkeypatch.setenv("PATH", f"{made.folder}:{os.environ['PATH']}")
        return made

    return stand


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("missing", "engramd --bus system"),
        ("stopped", "sudo systemctl start engramd"),
        ("masked", "sudo systemctl unmask engramd"),
        ("starting", ""),
        ("running", ""),
    ],
)
def test_each_standing_has_its_remedy(name: Any, remedy: str, standing: Stand) -> None:
    standing(name)

    assert unit("system") == Unit(name, remedy=remedy)


def test_a_unit_that_failed_tells_its_last_error(standing: Stand) -> None:
    made = standing("failed", last_error="the configuration is wrong: line 3\n")

    found = unit("system")

    assert (found.state, found.why) == ("failed", "the configuration is wrong: line 3")
    assert found.remedy == "sudo systemctl start engramd"
    assert found.journal == "journalctl --unit engramd --pager-end"
    assert [call[0] for call in made.calls()] == ["systemctl", "journalctl"]
    assert {"--priority=err", "--lines=1", "--boot"} <= set(made.calls()[1])


def test_where_the_journal_may_not_be_read_the_result_is_told(standing: Stand) -> None:
    standing("failed")

    assert unit("system").why == "exit-code 78"


def test_on_a_session_bus_it_is_the_users_unit(standing: Stand) -> None:
    made = standing("stopped")

    assert unit("session").remedy == "systemctl --user start engramd"
    assert made.calls()[0][:4] == ["systemctl", "--user", "show", "engramd"]


def test_without_systemd_nobody_knows(
    standing: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing("stopped", code=1)
    assert unit("system") == Unit("unknown", remedy="engramd --bus system")
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert unit("session") == Unit("unknown", remedy="engramd --bus session")
