"""Compares the database's revision with the program's without Alembic; migrates in a child process."""

from __future__ import annotations

import sys

from sqlalchemy import Engine, inspect, text

from engramd.errors import EngramError
from engramd.tools import Tools

#: The newest revision in `migrations/versions`; a test compares it with Alembic's own view.
HEAD = "0001"
MIGRATION_LIMIT = 3600.0


def is_current(engine: Engine) -> bool:
    """Tell whether the database has the newest schema."""
    if not inspect(engine).has_table("alembic_version"):
        return False
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD


def migrate_in_child(tools: Tools, url: str) -> None:
    """Bring the database to the newest schema. The URL goes by standard input: it may hold a password."""
    outcome = tools.run([sys.executable, "-m", "engramd.store.migrate"], stdin=url, timeout=MIGRATION_LIMIT)
    if outcome.returncode != 0:
        last = (outcome.stderr.strip().splitlines() or ["no message"])[-1]
        raise EngramError(
            "the database could not be brought to the present schema",
            where="database_url",
            why=last,
            remedy="nothing was changed; see the journal, or restore a backup if it is from a newer engramd",
        )
