"""What every command shares: the bus it talks to, the form of its output, and its errors' exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from engramd.errors import EngramError, InvalidArgument, NotAuthorized

if TYPE_CHECKING:
    from engramd.ctl.service import Service

FAILED, USAGE, NO_DAEMON, NOT_AUTHORIZED, NEEDS_REVIEW = 1, 2, 3, 4, 5
#: Ctrl-C, as shells count it.
INTERRUPTED = 130

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Session:
    """One run of engramctl."""

    bus: Literal["system", "session"] = "system"
    json: bool = False

    def service(self) -> Service:
        """Connect to the daemon; NoDaemon where there is none."""
        from engramd.bus.client import Client
        from engramd.ctl.service import Service

        return Service(Client(self.bus))

    def give(self, objects: Iterable[Mapping[str, Any]], text: Callable[[], str]) -> None:
        """Write what was found: the objects as JSON, one a line, or the text for people."""
        if not self.json:
            click.echo(text())
            return
        for one in objects:
            click.echo(_line(one))

    def out(self, text: str = "") -> None:
        """Write a line for people; nothing where JSON was asked for."""
        if not self.json:
            click.echo(text)


def _line(found: Mapping[str, Any]) -> str:
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


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    session = context.ensure_object(Session)
    if value and parameter.name:
        setattr(session, parameter.name, value)
