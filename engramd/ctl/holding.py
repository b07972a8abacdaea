"""The command drives hold: keeps engramd from a drive's discs while another program uses it."""

from __future__ import annotations

import shlex
import subprocess
from contextlib import suppress
from typing import Any

import click

from engramd.ctl import cells
from engramd.ctl.drives import drives, find_drive
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.errors import NotFound

#: Characters that the daemon takes of who and why.
LONGEST = 200
#: How a shell counts a program that ended by a signal.
_BY_SIGNAL = 128


@drives.command("hold", context_settings={"allow_interspersed_args": False})
@click.argument("drive")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--why", help="What for, as others see it.", show_default="the command")
@shared_options
@pass_session
def hold(session: Session, drive: str, command: tuple[str, ...], why: str | None) -> None:
    """Hold a DRIVE while a COMMAND runs, or until Ctrl-C.

    Nothing is begun with its discs meanwhile; a disc that comes is taken up afterwards. What is at work
    there goes on. The daemon forgets it when it ends. Gives the exit code of the command.
    """
    service = session.service()
    path = find_drive(service, drive)
    who = command[0].rpartition("/")[2] if command else "engramctl"
    said = cells.clean(why or (f"{shlex.join(command)} runs" if command else "a person wants it"))
    service.drive(path, "Inhibit", "ssa{sv}", cells.clean(who)[:LONGEST], said[:LONGEST], {})
    if command:
        click.get_current_context().exit(_run(command))
    session.out(f"{drive} is held until Ctrl-C.")
    _wait(service.bus)


def _run(command: tuple[str, ...]) -> int:
    """Run a command as a shell would; Ctrl-C is for it."""
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        raise NotFound("the command cannot be run", where=command[0], why=error.strerror) from None
    while True:
        with suppress(KeyboardInterrupt):
            code = process.wait()
            return code if code >= 0 else _BY_SIGNAL - code


def _wait(bus: Any) -> None:
    """Wait for Ctrl-C, or for the end of the daemon, with which the hold ends."""
    from engramd.bus.client import NoDaemon

    def take(kind: str, _path: str, _interface: str, _payload: Any) -> bool:
        if kind == "lost":
            raise NoDaemon("the daemon went away, and with it the hold")
        return False

    with suppress(KeyboardInterrupt):
        bus.watch(take)


COMMANDS: tuple[click.Command, ...] = ()
