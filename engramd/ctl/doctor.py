"""The command that looks for what is missing: through the daemon where it runs, else by itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click

from engramd.ctl import output
from engramd.ctl.doctor_alone import check_alone, configuration_file
from engramd.ctl.doctor_bus import check_daemon, check_rights
from engramd.ctl.doctor_screen import Check, check, screen
from engramd.ctl.doctor_unit import System, check_files, check_journal, check_unit
from engramd.ctl.session import FAILED, Session, pass_session, shared_options
from engramd.errors import EngramError

#: Seconds: the daemon gives its slowest check 25.
_PATIENCE = 60.0
_NARROW = 80


@click.command()
@click.option("--all", "every", is_flag=True, help="A line for each check, also for what is fine.")
@click.option(
    "--bundle",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Write a tar for a bug report, without secrets; never over a file.",
)
@click.option("--no-names", is_flag=True, help="Leave out what discs, series and films are called.")
@shared_options
@pass_session
def doctor(session: Session, every: bool, bundle: str | None, no_names: bool) -> None:
    """Say what is missing, and the remedy.

    Looks at the daemon, its rights, drives, tools, keys, folders and data, also where the daemon does
    not run. Exits with 1 where there is an error.
    """
    if no_names and bundle is None:
        raise click.UsageError("--no-names goes with --bundle")
    if bundle is not None:
        from engramd.ctl.bundle import new_target, write_bundle

        target = new_target(bundle)
        with _said_to_look():
            written = write_bundle(session, examine(session), target, with_names=not no_names)
        session.give(*written)
        return
    with _said_to_look():
        checks = examine(session).checks
    wide = output.columns() or _NARROW
    session.give(checks, lambda: screen(checks, wide=wide, every=every, ascii_only=output.is_ascii()))
    if any(one["severity"] == "error" for one in checks):
        click.get_current_context().exit(FAILED)


@contextmanager
def _said_to_look() -> Iterator[None]:
    """Say, where somebody waits, that something is done: a disk that sleeps takes its time."""
    if not (output.has_cursor() and sys.stderr.isatty()):
        yield
        return
    click.echo(output.shown("looking…"), nl=False, err=True)
    try:
        yield
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)


@dataclass(frozen=True)
class Examined:
    """What was found, and the properties of the daemon, if there is one."""

    checks: list[Check]
    overview: dict[str, Any] = field(default_factory=dict)


def examine(session: Session, system: System | None = None) -> Examined:
    """Make every check, those of the daemon and those from outside side by side."""
    overview: dict[str, Any] = {}
    tasks = [lambda: _of_daemon(session, overview), *_outside(session, system or System())]
    return Examined([found for checks in side_by_side(tasks) for found in checks], overview)


def side_by_side(tasks: Sequence[Callable[[], Iterable[Check]]]) -> list[list[Check]]:
    """Run tasks on threads of their own, which do not keep who gives up waiting (Ctrl-C)."""
    found: list[list[Check]] = [[] for _ in tasks]
    failed: list[BaseException] = []

    def run(place: int) -> None:
        try:
            found[place] = list(tasks[place]())
        except BaseException as error:  # noqa: BLE001 - raised where they are waited for
            failed.append(error)

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return found


def _outside(session: Session, system: System) -> list[Callable[[], Iterator[Check]]]:
    rights: list[Callable[[], Iterator[Check]]] = [lambda: check_rights(session)]
    if session.bus == "session":
        return rights
    return [
        lambda: check_unit(system),
        lambda: check_files(system),
        lambda: iter([check_journal(system)]),
        *rights,
    ]


def _of_daemon(session: Session, overview: dict[str, Any]) -> Iterator[Check]:
    """Give the daemon's own checks, and its properties; where it does not run, what can be seen without."""
    try:
        service = session.service(_PATIENCE)
        overview.update(service.overview())
        found: list[Check] = service.manager("Check", "a{sv}", {})
    except EngramError as error:
        yield check("daemon", "service", "error", error.what, error.remedy)
        yield from check_alone(configuration_file(session.bus))
        return
    yield from check_daemon(session, overview)
    yield from found


COMMANDS = (doctor,)
