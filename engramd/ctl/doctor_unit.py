"""The unit, and what belongs to it on the system: user, bus policy, udev rule, journal; seen from outside."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engramd.ctl.doctor_screen import Check, check
from engramd.ctl.programs import Answer, ask

UNIT, IMPORT_UNIT = "engramd.service", "engramd-import.path"
_WANTED = "LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,NeedDaemonReload,NRestarts"
#: Where each file may be, and how it comes there from a checkout.
FILES = {
    "bus-policy": (
        "the bus policy",
        "org.engramd.Engram1.conf",
        ("etc/dbus-1/system.d", "usr/share/dbus-1/system.d", "usr/local/share/dbus-1/system.d"),
        "packaging/dbus",
    ),
    "udev-rule": (
        "the udev rule",
        "70-engramd.rules",
        (
            "etc/udev/rules.d",
            "run/udev/rules.d",
            "usr/local/lib/udev/rules.d",
            "usr/lib/udev/rules.d",
            "lib/udev/rules.d",
        ),
        "udev",
    ),
}
_GROUPS_OF_JOURNAL = ("systemd-journal", "adm")


@dataclass(frozen=True)
class System:
    """What is looked at: the file system below `root`, and programs."""

    root: Path = Path("/")
    ask: Callable[..., Answer] = ask


def check_unit(system: System) -> Iterator[Check]:
    """Say whether the unit works, and would at the next boot; nothing where systemd does not run."""
    told = _properties(system, UNIT)
    if told is None:
        text = "systemd does not run here, so nothing is known of the unit"
        yield check("unit", "service", "info", text)
        return
    yield _unit(system, told)
    if told.get("NeedDaemonReload") == "yes":
        text = "the unit's files were changed after systemd read them"
        remedy = "sudo systemctl daemon-reload && sudo systemctl restart engramd"
        yield check("unit-reload", "service", "warning", text, remedy, where=UNIT)
    if told.get("NRestarts", "0") != "0":
        text = f"systemd had to start engramd anew ({told['NRestarts']} times since it was started)"
        yield check(
            "unit-restarts", "service", "warning", text, "journalctl -u engramd -p warning", where=UNIT
        )
    if (imports := _properties(system, IMPORT_UNIT) or {}).get("LoadState") == "loaded":
        yield _imports(imports)


def check_files(system: System) -> Iterator[Check]:
    """Say whether the files are installed that other programs read, and the service's user is there."""
    for name, (what, file, folders, source) in FILES.items():
        found = next(
            (system.root / one / file for one in folders if (system.root / one / file).exists()), None
        )
        if found is None:
            remedy = f"sudo install -m 644 {source}/{file} /{folders[1 if name == 'bus-policy' else 0]}"
            yield check(name, "service", "warning", f"{what} is not installed ({file})", remedy)
        else:
            yield check(name, "service", "ok", f"{what} is installed", where=str(found))
    yield _user()


def check_journal(system: System) -> Check:
    """Say whether this user can read what engramd logged."""
    answer = system.ask("journalctl", "-u", UNIT, "-n", "1", "-q", "-o", "cat", "--no-pager")
    if answer.code == 0 and answer.out.strip():
        return check("journal", "service", "ok", "you can read engramd's journal", short="journal")
    if os.geteuid() == 0 or in_group(*_GROUPS_OF_JOURNAL):
        return check("journal", "service", "info", "the journal has nothing of engramd")
    text = "you cannot read engramd's journal; with its group, and a new log-in, you can"
    remedy = f"sudo usermod -aG {_GROUPS_OF_JOURNAL[0]} {caller()}"
    return check("journal", "service", "info", text, remedy)


def last_error(system: System) -> str:
    """Give the last error that engramd logged; empty where none can be read."""
    said_by_itself = ("-u", UNIT, "-t", "engramd")
    answer = system.ask(
        "journalctl", *said_by_itself, "-p", "err", "-n", "1", "-q", "-o", "cat", "--no-pager"
    )
    lines = answer.out.strip().splitlines() if answer.code == 0 else []
    return lines[-1] if lines else ""


def _properties(system: System, unit: str) -> dict[str, str] | None:
    """Ask systemd about a unit; None where it does not run."""
    answer = system.ask("systemctl", "show", unit, f"--property={_WANTED}", "--no-pager")
    if answer.code != 0:
        return None
    return dict(line.split("=", 1) for line in answer.out.splitlines() if "=" in line)


def _unit(system: System, told: dict[str, str]) -> Check:
    if told.get("LoadState") == "not-found":
        text, remedy = (
            "the unit engramd.service is not installed",
            "install engramd's package, or systemd/engramd.service",
        )
        return check("unit", "service", "warning", text, remedy, where=UNIT)
    if told.get("LoadState") == "masked":
        return check(
            "unit", "service", "error", "the unit is masked", "sudo systemctl unmask engramd", where=UNIT
        )
    state, at_boot = told.get("ActiveState", ""), told.get("UnitFileState", "")
    if state == "failed":
        return _failed(system, told)
    if state not in ("active", "reloading", "activating"):
        remedy = "sudo systemctl enable --now engramd"
        return check("unit", "service", "error", f"the unit is {state}", remedy, where=UNIT)
    if at_boot not in ("enabled", "enabled-runtime", "static", "indirect", "linked", "alias"):
        text = f"the unit is {state}, and will not be started at boot ({at_boot or 'not enabled'})"
        return check("unit", "service", "warning", text, "sudo systemctl enable engramd", where=UNIT)
    text = f"the unit is {state} ({told.get('SubState')}), and is started at boot"
    return check("unit", "service", "ok", text, where=UNIT, short="starts at boot")


def _failed(system: System, told: dict[str, str]) -> Check:
    why = told.get("Result", "")
    if why == "exit-code":
        why = f"it ended with code {told.get('ExecMainStatus')}"
    said = last_error(system)
    text = f"the unit failed: {why}" + (f": {said}" if said else "")
    remedy = "sudo systemctl restart engramd"
    if told.get("ExecMainStatus") == "78":
        remedy = "sudoedit /etc/engramd/engramd.toml && sudo systemctl restart engramd"
    return check("unit", "service", "error", text, remedy, where=UNIT)


def _imports(told: dict[str, str]) -> Check:
    if told.get("ActiveState") == "failed":
        text = f"the drop folder is not watched: {IMPORT_UNIT} failed ({told.get('Result')})"
        return check("import-unit", "service", "warning", text, f"sudo systemctl restart {IMPORT_UNIT}")
    if told.get("ActiveState") == "active":
        text = "what is copied into the drop folder is imported"
        return check("import-unit", "service", "ok", text, where=IMPORT_UNIT, short="drop folder")
    text = "the drop folder is not watched: what is copied there waits for `engramctl import`"
    return check("import-unit", "service", "info", text, f"sudo systemctl enable --now {IMPORT_UNIT}")


def _user() -> Check:
    try:
        pwd.getpwnam("engramd")
        grp.getgrnam("engramd")
    except KeyError:
        pass
    else:
        return check("sysusers", "service", "ok", "the user and the group engramd are there")
    remedy = "sudo systemd-sysusers packaging/sysusers/engramd.conf"
    return check("sysusers", "service", "warning", "there is no user or no group engramd", remedy)


def in_group(*names: str) -> bool:
    """Whether this process has one of these groups."""
    for name in names:
        with suppress(KeyError):
            if grp.getgrnam(name).gr_gid in (os.getegid(), *os.getgroups()):
                return True
    return False


def caller() -> str:
    """Give the name of this user."""
    with suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_name
    return str(os.geteuid())
