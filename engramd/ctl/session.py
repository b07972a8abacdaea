"""What every command shares: the bus it talks to, the form of its output, and its errors' exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from engramd.bus import names
from engramd.ctl import output
from engramd.errors import EngramError, InvalidArgument, NotAuthorized

if TYPE_CHECKING:
    from engramd.ctl.service import Service

FAILED, USAGE, NO_DAEMON, NOT_AUTHORIZED, NEEDS_REVIEW = 1, 2, 3, 4, 5
#: Seconds that a call may take.
TIMEOUT = 25.0
#: Ctrl-C, as shells count it.
INTERRUPTED = 130

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Session:
    """One run of engramctl."""

    bus: Literal["system", "session"] = "system"
    json: bool = False
    #: Version of the interface of the daemon that was spoken to; 0: none was.
    version: int = 0
    #: The station whose jobs and questions are meant; empty: those of all.
    station: str = ""

    def service(self, timeout: float | None = None) -> Service:
        """Connect to the daemon; NoDaemon where there is none. A call may take so many seconds."""
        from engramd.ctl.agent import AskingClient
        from engramd.ctl.service import Service

        service = Service(AskingClient(self.bus, timeout=timeout or TIMEOUT), self.station)
        self.version = service.version()
        if self.station:
            service.need_station()
        return service

    def give(self, objects: Iterable[Mapping[str, Any]], text: Callable[[], str | None]) -> None:
        """Write what was found: the objects as JSON, one a line, or the text for people (None: nothing)."""
        if not self.json:
            if (said := text()) is not None:
                output.echo(said)
            return
        for one in objects:
            click.echo(line(one))

    def out(self, text: str = "") -> None:
        """Write a line for people; nothing where JSON was asked for."""
        if not self.json:
            output.echo(text)

    def confirm(self, text: str) -> None:
        """Say that what was asked is done, where somebody looks; scripts have the exit code."""
        if output.is_terminal():
            self.out(text)

    def strangeness(self) -> str:
        """Say that the daemon has another version of the interface, and the remedy; empty: it has not."""
        if self.version in (0, names.INTERFACE_VERSION):
            return ""
        what = f"the daemon speaks version {self.version} of its interface, and this engramctl "
        what += f"version {names.INTERFACE_VERSION}: "
        if self.version > names.INTERFACE_VERSION:
            return what + "use the engramctl that came with the daemon"
        system = "sudo systemctl restart engramd"
        return what + (system if self.bus == "system" else "start the daemon again")


def line(found: Mapping[str, Any]) -> str:
    """Give JSON in one line, in which what could steer a terminal is escaped: names come from discs."""
    line = json.dumps(found, ensure_ascii=False, default=str)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


pass_session = click.make_pass_decorator(Session, ensure=True)


def exit_code(error: EngramError) -> int:
    """Give the exit code that stands for an error."""
    if type(error).__name__ == "NoDaemon":
        return NO_DAEMON
    if isinstance(error, NotAuthorized):
        return NOT_AUTHORIZED
    return USAGE if isinstance(error, InvalidArgument) else FAILED


def shared_options(command: F) -> F:
    """Add `--bus` and `--json`, which are accepted before and after the command's name."""
    bus = click.option(
        "--bus",
        type=click.Choice(["system", "session"]),
        help="The bus that the daemon is on (default: system).",
        expose_value=False,
        callback=_keep,
    )
    as_json = click.option(
        "--json", is_flag=True, help="Print JSON, one object a line.", expose_value=False, callback=_keep
    )
    return bus(as_json(command))


def station_option(command: F) -> F:
    """Add `--station` to a command that lists."""
    return click.option(
        "--station",
        metavar="NAME",
        help="Only what is of this station, where several share a database.",
        expose_value=False,
        callback=_keep,
    )(command)


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    session = context.ensure_object(Session)
    if value and parameter.name:
        setattr(session, parameter.name, value)
