"""Compares the database's revision with the program's without Alembic; migrates in a child process."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from engramd.errors import EngramError
from engramd.store.engine import place_of, without_secrets
from engramd.tools import Tools

#: The newest revision in `migrations/versions`; a test compares it with Alembic's own view.
HEAD = "0009"
MIGRATION_LIMIT = 3600.0
#: The line of a traceback that says what went wrong; SQLAlchemy writes the statement below it.
_EXCEPTION = re.compile(r"^(?:\w+\.)*\w+(?:Error|Exception): .*$", re.MULTILINE)


def known_revisions() -> frozenset[str]:
    """Give the revisions of all migrations that this program has."""
    files = (Path(__file__).parent / "migrations/versions").glob("rev_*.py")
    return frozenset(file.name.split("_")[1] for file in files)


def is_current(engine: Engine) -> bool:
    """Tell whether the database has the newest schema. EngramError if it cannot be read, or is none."""
    return revision_in(engine) == HEAD


def revision_in(engine: Engine) -> str:
    """Give the schema of a database; empty: it has none yet. EngramError if it cannot be read, or is none."""
    try:
        if not inspect(engine).has_table("alembic_version"):
            return ""
        with engine.connect() as connection:
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error)
        raise EngramError(
            "the database cannot be read",
            where=place_of(engine.url),
            why=without_secrets(why.strip().partition("\n")[0], engine.url),
            remedy="start its server, or mend database_url, or restore a backup; nothing was changed",
        ) from error


def migrate_in_child(tools: Tools, url: str) -> None:
    """Bring the database to the newest schema. The URL goes by standard input: it may hold a password."""
    words = [sys.executable, "-P", "-m", "engramd.store.migrate"]
    own = {"PYTHONPATH": str(Path(__file__).parents[2])}
    outcome = tools.run(words, stdin=url, timeout=MIGRATION_LIMIT, env=own)
    if outcome.returncode != 0:
        said = _EXCEPTION.findall(outcome.stderr)
        raise EngramError(
            "the database could not be brought to the present schema",
            where="database_url",
            why=without_secrets(said[-1], make_url(url)) if said else "no message",
            remedy="nothing was changed; see the journal, or restore a backup if it is from a newer engramd",
        )
