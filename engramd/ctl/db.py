"""The command db: copies of the database, and going back to one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engramd.ctl.places import as_owner, places
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.tables import table
from engramd.ctl.text import size
from engramd.errors import Busy, FilingFailed, NotFound

if TYPE_CHECKING:
    from sqlalchemy import URL

    from engramd.paths import Paths, StateLock
    from engramd.store.backups import Backup

_WHY = {"migration": "before a migration", "restore": "before a restore", "hand": "by hand"}
#: Seconds that systemd gives the service to stop, and a little more; as many for its start.
_PATIENCE = 120.0


@click.group()
def db() -> None:
    """Copy the database, and go back to a copy.

    One is made by itself before each migration, when an engramd is installed that stores more, and before
    each restore; of both the last five are kept. With SQLite it works while the daemon runs.
    """


@db.command("list")
@shared_options
@pass_session
def list_backups(session: Session) -> None:
    """List the copies, the newest first."""
    from engramd.store.backups import Backups

    paths = places(session.bus)
    with as_owner(paths.state):
        found = Backups(paths.state).listed()
    session.give(map(_fields, found), lambda: _laid_out(found))


@db.command()
@shared_options
@pass_session
def backup(session: Session) -> None:
    """Copy the database, also while the daemon uses it; such a copy is kept until you remove it."""
    from engramd.store.backups import Backups
    from engramd.tools import Tools

    paths = places(session.bus)
    url = _url(paths)
    with as_owner(paths.state):
        made = Backups(paths.state).make(url, _revision(url), "hand", Tools())
    session.give([_fields(made)], lambda: f"{made.path} ({size(made.size)})")


@db.command()
@click.argument("name", required=False, default="")
@click.option("--yes", is_flag=True, help="Do not ask.")
@shared_options
@pass_session
def restore(session: Session, name: str, yes: bool) -> None:
    """Go back to the copy NAME, or to the last one from before a migration.

    What is there now is copied first. Where the daemon runs as a service it is stopped for it, and started
    again.
    """
    from engramd.store.backups import Backups
    from engramd.store.restoring import need_file, needs
    from engramd.store.restoring import restore as put_back
    from engramd.tools import Tools

    paths = places(session.bus)
    url = _url(paths)
    need_file(url)
    with as_owner(paths.state):
        wanted = Backups(paths.state).find(name)
    _ask(session, wanted, needs(wanted), yes=yes)
    with _stopped(session, paths, yes=yes) as was_stopped, as_owner(paths.state):
        put_back(wanted, url, paths.state, Tools())
    start = "" if was_stopped or session.bus == "session" else " To start it: sudo systemctl start engramd"
    session.give([_fields(wanted)], lambda: f"The database is that of {_when(wanted)}.{start}")


def _ask(session: Session, wanted: Backup, needs: str, *, yes: bool) -> None:
    session.out(f"{wanted.name}: {needs}.")
    if not yes and not wanted.is_newer_than_program:
        session.out(
            "What happened since then (jobs, answers, settings) is not in it; files stay where they are."
        )
        click.confirm("Go back to it?", abort=True, err=True)


@contextmanager
def _stopped(session: Session, paths: Paths, *, yes: bool) -> Iterator[bool]:
    """Have the lock; where the service has it, stop that meanwhile. Gives whether it was stopped."""
    was_stopped = False
    try:
        lock = _taken(paths)
        if lock is None:
            if not _is_service(session):
                raise Busy("a daemon uses the database", where=paths.state, remedy="stop it first")
            if not yes:
                click.confirm("engramd runs. Stop it meanwhile?", abort=True, err=True)
            was_stopped = True
            _systemctl("stop")
            lock = _taken(paths)
            if lock is None:
                raise Busy("a daemon uses the database, though the service is stopped", where=paths.state)
        try:
            yield was_stopped
        finally:
            lock.release()
    finally:
        if was_stopped:
            _systemctl("start")


def _taken(paths: Paths) -> StateLock | None:
    """Take the lock of the state folder; None where somebody has it. FilingFailed."""
    from engramd.paths import StateLock

    lock = StateLock(paths)
    try:
        with as_owner(paths.state):
            lock.take()
    except Busy:
        return None
    return lock


def _is_service(session: Session) -> bool:
    from engramd.ctl.unit import unit

    return session.bus == "system" and unit(session.bus).state in ("running", "starting")


def _systemctl(verb: str) -> None:
    from engramd.ctl.programs import ask

    answer = ask("systemctl", verb, "engramd.service", seconds=_PATIENCE)
    if answer.code != 0:
        remedy = f"sudo systemctl {verb} engramd"
        raise Busy(f"engramd could not be made to {verb}", why=answer.errors.strip(), remedy=remedy)


def _url(paths: Paths) -> URL:
    """Give the address of the database, as the configuration file says. FilingFailed for who may not look."""
    from sqlalchemy import make_url

    from engramd.settings import read_config_file
    from engramd.store import default_url

    for path in (paths.config_file, paths.state, paths.state / "engramd.db"):
        if not _may_read(path):
            remedy = f"sudo engramctl db {click.get_current_context().info_name}"
            raise FilingFailed("you may not look into engramd's files", where=path, remedy=remedy)
    return make_url(read_config_file(paths.config_file, {}).database_url or default_url(paths.state))


def _may_read(path: Path) -> bool:
    """Whether one may read a file or folder, if it is there."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except PermissionError:
        return False
    return os.access(path, os.R_OK)


def _revision(url: URL) -> str:
    """Give the schema of the database, of which nothing is made."""
    from engramd.store import open_engine
    from engramd.store.revision import revision_in
    from engramd.store.sqlite_files import revision_of

    if url.get_backend_name() == "sqlite":
        if not os.path.lexists(url.database or ""):
            raise NotFound("there is no database yet", where=url.database)
        return revision_of(Path(url.database or ""))
    engine = open_engine(url.render_as_string(hide_password=False))
    try:
        return revision_in(engine)
    finally:
        engine.dispose()


def _fields(backup: Backup) -> dict[str, object]:
    from engramd.store.restoring import needs

    return {
        "name": backup.name,
        "at": backup.at.isoformat(),
        "kind": backup.kind,
        "version": backup.version or None,
        "schema": backup.revision,
        "size": backup.size,
        "needs_newer": backup.is_newer_than_program,
        "needs": needs(backup),
    }


def _laid_out(found: Sequence[Backup]) -> str:
    if not found:
        return "There is no copy yet. One is made before each migration, and by `engramctl db backup`."
    cells = [
        (one.name, _when(one), _WHY[one.kind], one.version or "?", one.revision, size(one.size))
        for one in found
    ]
    newer = [one.name for one in found if one.is_newer_than_program]
    said = [f"{', '.join(newer)}: needs a newer engramd than this one."] if newer else []
    return "\n\n".join([table(("name", "made", "why", "engramd", "schema", "size>"), cells), *said])


def _when(backup: Backup) -> str:
    return f"{backup.at.astimezone():%Y-%m-%d %H:%M}"


COMMANDS = (db,)
