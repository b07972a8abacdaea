"""The command drives, and how the others find a drive by what a person calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from engramd.bus import names
from engramd.ctl import screens
from engramd.ctl.drive_lines import is_virtual
from engramd.ctl.fields import plain
from engramd.ctl.job_words import own_name
from engramd.ctl.service import Properties, Service
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.drives.ids import object_id
from engramd.drives.names import Called
from engramd.errors import InvalidArgument, NotFound

#: Values of a drive's policy: those of EjectPolicy and InsertPolicy, whose module loads a database's library.
EJECT = ("after_rip", "never", "always")
ON_INSERT = ("rip", "identify", "ignore")
FASTEST = 64


@click.group(invoke_without_command=True)
@shared_options
@click.pass_context
def drives(context: click.Context) -> None:
    """List the optical drives."""
    if context.invoked_subcommand is None:
        session = context.ensure_object(Session)
        snapshot = session.service().look()
        session.give(map(drive_fields, snapshot.drives.values()), lambda: screens.drives(snapshot))


@drives.command("name")
@click.argument("drive")
@click.argument("name")
@shared_options
@pass_session
def name_drive(session: Session, drive: str, name: str) -> None:
    """Call a DRIVE by a NAME of your own, such as left.

    It works wherever a drive can be named, also after a restart, and at another port if the drive has a
    serial that no other drive has had. An empty NAME takes it away.
    """
    service = session.service()
    path = find_drive(service, drive)
    service.drive(path, "SetName", "s", name)
    device = service.bus.properties(path, names.DRIVE)["Device"]
    name = " ".join(name.split())
    said = f"{device} is {name} from now on." if name else f"{device} has no name of its own any more."
    session.give([{"device": device, "name": name or None}], lambda: said)


@drives.command("set")
@click.argument("drive")
@click.option("--eject", type=click.Choice(EJECT), help="When it gives a disc back by itself.")
@click.option("--on-insert", type=click.Choice(ON_INSERT), help="What it does with a new disc.")
@click.option("--speed", type=click.IntRange(0, FASTEST), help="How fast it reads, as in 8x; 0: no limit.")
@shared_options
@pass_session
def set_policy(session: Session, /, drive: str, **options: str | int | None) -> None:
    """Say what a DRIVE does with discs.

    --eject: after_rip, never, or always (after a failure too). --on-insert: rip, identify only, or ignore.
    --speed: in times the single speed of the disc's kind, from now on; a slower drive is a quieter one.
    """
    said = {name: str(value) for name, value in options.items() if value is not None}
    if not said:
        raise click.UsageError("say --eject, --on-insert or --speed")
    service = session.service()
    service.drive(find_drive(service, drive), "SetPolicy", "a{sv}", said)
    session.give([{"drive": drive, **said}], lambda: None)


def drive_fields(drive: dict[str, Any]) -> dict[str, Any]:
    """Give a drive for JSON, with the number of its job in place of the job's path."""
    number = drive["Job"].rpartition("/")[2]
    return plain(drive) | {"job_id": int(number) if number else None}


def find_drive(service: Service, named: str | None) -> str:
    """Give the path of the drive with this name, device, serial or id; without a name, of the only one.

    Raises NotFound, also where several drives are meant.
    """
    found = _real_drives(service)
    if not found:
        raise NotFound("there is no optical drive", remedy="connect one; `engramctl doctor` tells more")
    fitting = list(found) if named is None else [path for path in found if _is_called(path, found, named)]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(_known_as(found[path]) for path in fitting or found)
    if not fitting:
        raise NotFound(f"no drive is called {named}", remedy=f"name one of {known}")
    what = "there are several drives" if named is None else f"several drives are called {named}"
    raise NotFound(what, remedy=f"name one of {known}")


def source_of(connect: Callable[[], Service], named: str) -> Path:
    """Give the path of what is to be ripped: a file or folder, or the device of the drive that is called so.

    Only a word without a slash may be a drive's name, and only then the daemon is asked. Raises
    InvalidArgument where it is a file too.
    """
    path = Path(named)
    if "/" in named:
        return _need(path)
    service = connect()
    found = _real_drives(service)
    fitting = [one for one in found if _is_called(one, found, named)]
    if not fitting:
        return _need(path)
    device = Path(found[find_drive(service, named)]["Device"])
    if path.exists() and path.resolve() != device:
        remedy = f"say ./{named} or {device}"
        raise InvalidArgument("a drive is called so, and a file here is too", where=named, remedy=remedy)
    return device


def _need(path: Path) -> Path:
    if not path.exists():
        raise click.BadParameter(f"there is no file, folder or drive {str(path)!r}.", param_hint="'PATH'")
    return path.absolute()


def _real_drives(service: Service) -> dict[str, Properties]:
    """Give the drives by path; an image that is being ripped has none that could be opened or named."""
    found = service.look().drives
    return {path: drive for path, drive in found.items() if not is_virtual(path)}


def _is_called(path: str, found: Mapping[str, Properties], named: str) -> bool:
    drive = found[path]
    ids = tuple(filter(None, (_id_of(path), drive["Serial"])))
    return Called(drive["Name"], drive["Device"], ids).fits(named) or object_id(named) == _id_of(path)


def _known_as(drive: Properties) -> str:
    own = own_name(drive)
    return f"{own} ({drive['Device']})" if own else str(drive["Device"])


def _id_of(path: str) -> str:
    return path.rpartition("/")[2]
