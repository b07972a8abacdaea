"""The command that looks for what is missing: through the daemon where it runs, else by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from engramd.ctl.screens import conditions
from engramd.ctl.session import FAILED, Session, pass_session, shared_options
from engramd.errors import EngramError

Check = dict[str, Any]


@click.command()
@shared_options
@pass_session
def doctor(session: Session) -> None:
    """Say what is missing, and the remedy.

    Looks at the daemon, its tools, drives, permissions and space, also where the daemon does not
    run. Exits with 1 where there is an error.
    """
    checks = [*_of_daemon(session), *_of_drives()]
    session.give(checks, lambda: conditions(checks))
    if any(check["severity"] == "error" for check in checks):
        click.get_current_context().exit(FAILED)


def _of_daemon(session: Session) -> Iterator[Check]:
    """Give the daemon's own checks; where it does not run, that, and what can be seen from outside."""
    try:
        checks: list[Check] = session.service().manager("Check", "a{sv}", {})
    except EngramError as error:
        yield _check("daemon", "error", error.what, error.remedy)
        yield from _of_tools()
        return
    yield _check("daemon", "ok", f"engramd answers on the {session.bus} bus")
    yield from checks


def _of_tools() -> Iterator[Check]:
    from engramd.rip.ffmpeg import INSTALL, find_ffmpeg
    from engramd.tools import Tools

    try:
        found = find_ffmpeg(Tools())
    except EngramError as error:
        yield _check("ffmpeg", "error", error.what, error.remedy)
        return
    readers = {"DVDs": found.dvdvideo, "Blu-rays": found.bluray}
    if lacking := " and ".join(name for name, there in readers.items() if not there):
        yield _check("ffmpeg", "warning", f"{found.path} cannot read {lacking}", INSTALL)
    else:
        yield _check("ffmpeg", "ok", f"FFmpeg reads discs: {found.path}")


def _of_drives(devices: Path = Path("/dev")) -> Iterator[Check]:
    """Look at the nodes of optical drives, and whether this user may use them."""
    nodes = sorted(devices.glob("sr[0-9]*"))
    if not nodes:
        yield _check("drives", "warning", "there is no optical drive", "connect one; images work without")
    for node in nodes:
        if os.access(node, os.R_OK | os.W_OK):
            yield _check("drives", "ok", f"you may use {node}")
        else:
            remedy = (
                f"sudo usermod -aG {_group(node)} $USER, then log in again (the service has its own right)"
            )
            yield _check("drives", "warning", f"you may not use {node}", remedy)
        yield _of_sg(node)


def _of_sg(node: Path, blocks: Path = Path("/sys/class/block")) -> Check:
    """Look whether a drive has the node that MakeMKV speaks to."""
    found = sorted(blocks.glob(f"{node.name}/device/scsi_generic/sg*"))
    if found:
        return _check("sg", "ok", f"MakeMKV reaches {node} by /dev/{found[0].name}")
    return _check("sg", "warning", f"MakeMKV cannot reach {node}", "load the kernel module: modprobe sg")


def _group(node: Path) -> str:
    try:
        return node.group()
    except (KeyError, OSError):
        return "cdrom"


def _check(name: str, severity: str, text: str, remedy: str = "") -> Check:
    return {"id": name, "severity": severity, "text": text, "remedy": remedy}


COMMANDS = (doctor,)
