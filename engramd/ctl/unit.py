"""The systemd unit of the daemon: whether it is there, and why it does not run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engramd.ctl.programs import ask

NAME = "engramd"
#: Seconds that systemd and the journal may take each.
_PATIENCE = 3.0
_ASKED = "--property=LoadState,ActiveState,Result,ExecMainStatus"

State = Literal["unknown", "missing", "masked", "running", "starting", "failed", "stopped"]


@dataclass(frozen=True)
class Unit:
    """How the unit stands; `why` is the last that is known of a failure, the others are commands."""

    state: State
    why: str = ""
    remedy: str = ""
    journal: str = ""


def unit(bus: str) -> Unit:
    """Ask systemd for the daemon's unit: the system's, or on the bus `session` the user's."""
    user = ["--user"] if bus == "session" else []
    shown = _said("systemctl", *user, "show", NAME, _ASKED)
    told = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    state = _state(told)
    systemctl = "systemctl --user" if user else "sudo systemctl"
    if state == "failed":
        journal = " ".join(["journalctl", *user, "--unit", NAME, "--pager-end"])
        return Unit(state, _last_error(user) or _result(told), f"{systemctl} start {NAME}", journal)
    remedies: Mapping[State, str] = {
        "stopped": f"{systemctl} start {NAME}",
        "masked": f"{systemctl} unmask {NAME}",
        "missing": f"engramd --bus {bus}",
        "unknown": f"engramd --bus {bus}",
    }
    return Unit(state, remedy=remedies.get(state, ""))


def _state(told: Mapping[str, str]) -> State:
    load = told.get("LoadState")
    if load is None:
        return "unknown"
    if load in ("not-found", "masked"):
        return "masked" if load == "masked" else "missing"
    states: Mapping[str, State] = {"active": "running", "activating": "starting", "failed": "failed"}
    return states.get(told.get("ActiveState", ""), "stopped")


def _result(told: Mapping[str, str]) -> str:
    """Give what systemd itself knows of a failure: `exit-code 78`."""
    status = told.get("ExecMainStatus", "0")
    return " ".join(part for part in (told.get("Result", ""), status if status != "0" else "") if part)


def _last_error(user: list[str]) -> str:
    """Give the last error in the journal since the boot, for those who may read it."""
    whose = "--user-unit" if user else "--unit"
    words = (whose, NAME, "--boot", "--priority=err", "--lines=1", "--output=cat", "--quiet", "--no-pager")
    lines = _said("journalctl", *words).strip().splitlines()
    return lines[-1].strip() if lines else ""


def _said(*words: str) -> str:
    """Give what a program says; nothing where there is none, or it fails or hangs."""
    answer = ask(*words, seconds=_PATIENCE)
    return answer.out if answer.code == 0 else ""
