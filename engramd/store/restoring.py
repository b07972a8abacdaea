"""Goes back to a backup; what is there now is kept as a backup itself."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL

from engramd import __version__
from engramd.errors import EngramError, FilingFailed, InvalidArgument, NoSpace
from engramd.store.backups import Backup, Backups
from engramd.store.dumps import BACKEND
from engramd.store.last_version import note_version
from engramd.store.revision import HEAD
from engramd.store.sqlite_files import put_in_place, revision_of
from engramd.tools import Tools


def restore(backup: Backup, url: URL, state: Path, tools: Tools) -> None:
    """Put a backup in the place of the database. Nobody may use it: the caller has the lock of the state.

    Raises InvalidArgument where a server has the database, or a newer program is needed, EngramError where
    the backup is damaged, and FilingFailed where it cannot be put there; then nothing is changed.
    """
    database = need_file(url)
    if backup.is_newer_than_program:
        raise InvalidArgument("the backup is of a newer engramd", where=backup.name, remedy=needs(backup))
    if revision_of(backup.path) != backup.revision:
        raise EngramError("the backup does not hold what its name says", where=backup.path)
    if database.exists():
        _keep(database, url, state, tools, backup)
    try:
        put_in_place(backup.path, database)
        note_version(state, backup.version)
    except OSError as error:
        what = "the backup cannot be put in the place of the database"
        raise FilingFailed(
            what, where=database, why=error.strerror, remedy="mend that, and try again"
        ) from error


def needs(backup: Backup) -> str:
    """Say which program a backup needs, and what this one does with it."""
    by = f"engramd {backup.version}" if backup.version else "an earlier engramd"
    if backup.is_newer_than_program:
        wanted = f"engramd {backup.version}" if backup.version else "a newer engramd"
        return f"it needs {wanted} (schema {backup.revision}); this is {__version__} (schema {HEAD})"
    if backup.revision == HEAD:
        return f"it is of {by}, and has the schema of this one ({HEAD})"
    return (
        f"it is of {by}: {__version__} brings its schema from {backup.revision} to {HEAD} when it starts;"
        f" to go on with {by}, install that before"
    )


def need_file(url: URL) -> Path:
    """Give the file of a database. InvalidArgument where a server has it."""
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database:
        return Path(url.database)
    remedy = "restore a copy of yours with its own tools"
    if backend == BACKEND:
        remedy = "stop every engramd on it, then restore a dump: pg_restore --clean --if-exists"
        remedy += " --single-transaction --dbname=DATABASE DUMP"
    raise InvalidArgument("a server has the database", where=backend, remedy=remedy)


def _keep(database: Path, url: URL, state: Path, tools: Tools, wanted: Backup) -> None:
    """Keep the present database; where it is damaged, its files."""
    backups = Backups(state)
    try:
        backups.make(url, revision_of(database), "restore", tools, spare=wanted)
    except NoSpace:
        raise
    except EngramError:
        backups.keep_as_it_is(database)
