"""Compares the database's revision with the program's without Alembic; migrates in a child process."""

from __future__ import annotations

import re
import sys

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from engramd.errors import EngramError
from engramd.tools import Tools

#: The newest revision in `migrations/versions`; a test compares it with Alembic's own view.
HEAD = "0006"
MIGRATION_LIMIT = 3600.0
#: The line of a traceback that says what went wrong; SQLAlchemy writes the statement below it.
_EXCEPTION = re.compile(r"^(?:\w+\.)*\w+(?:Error|Exception): .*$", re.MULTILINE)


def is_current(engine: Engine) -> bool:
    """Tell whether the database has the newest schema. EngramError if it cannot be read, or is none."""
    try:
        if not inspect(engine).has_table("alembic_version"):
            return False
        with engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    except SQLAlchemyError as error:
        raise EngramError(
            "the database cannot be read",
            where=engine.url.render_as_string(),
            why=str(getattr(error, "orig", None) or error).strip().partition("\n")[0],
            remedy="start its server, or mend database_url, or restore a backup; nothing was changed",
        ) from error


def migrate_in_child(tools: Tools, url: str) -> None:
    """Bring the database to the newest schema. The URL goes by standard input: it may hold a password."""
    outcome = tools.run([sys.executable, "-m", "engramd.store.migrate"], stdin=url, timeout=MIGRATION_LIMIT)
    if outcome.returncode != 0:
        said = _EXCEPTION.findall(outcome.stderr)
        raise EngramError(
            "the database could not be brought to the present schema",
            where="database_url",
            why=said[-1] if said else "no message",
            remedy="nothing was changed; see the journal, or restore a backup if it is from a newer engramd",
        )
