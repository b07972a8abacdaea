"""Dumps of a PostgreSQL database, by its own program."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL

from engramd.errors import EngramError, ToolMissing
from engramd.store.engine import place_of, without_secrets
from engramd.tools import Tools

BACKEND, PROGRAM = "postgresql", "pg_dump"
LIMIT = 3600.0
#: What an address may say besides the place, and how the program is told.
_OPTIONS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def dump(url: URL, target: Path, tools: Tools) -> None:
    """Write a dump that pg_restore reads; only its owner may read it.

    Raises ToolMissing where the program is not installed, EngramError where it fails.
    """
    if url.get_backend_name() != BACKEND:
        what = "this kind of database cannot be copied"
        raise EngramError(what, where=url.get_backend_name(), remedy="copy it with its own tools")
    if tools.find(PROGRAM) is None:
        raise ToolMissing(
            "the database must be dumped before its schema changes, and cannot be",
            where=PROGRAM,
            why="it is not installed",
            remedy="sudo apt install postgresql-client; nothing was changed",
        )
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    words = [PROGRAM, "--format=custom", "--no-owner", "--no-password", f"--file={target}"]
    outcome = tools.run(words, timeout=LIMIT, env=_environment(url))
    if outcome.returncode != 0:
        why = without_secrets(outcome.stderr.strip().rpartition("\n")[2], url)
        raise EngramError(
            "the database could not be dumped",
            where=place_of(url),
            why=why or f"{PROGRAM} ended with {outcome.returncode}",
            remedy="mend that, or see whether pg_dump is as new as the server; nothing was changed",
        )


def _environment(url: URL) -> dict[str, str]:
    """Tell the program where the database is, so that no list of processes shows a password."""
    told = {_OPTIONS[name]: str(value) for name, value in url.query.items() if name in _OPTIONS}
    given = {
        "PGHOST": url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    return told | {name: str(value) for name, value in given.items() if value}
