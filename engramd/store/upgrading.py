"""Brings a database to the present schema, after a backup; one of a newer program is left alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sqlalchemy import Engine, make_url

from engramd.errors import InvalidArgument, NotFound
from engramd.store.backups import Backups
from engramd.store.dumps import BACKEND
from engramd.store.engine import place_of
from engramd.store.revision import HEAD, known_revisions, migrate_in_child, revision_in
from engramd.tools import Tools

log = logging.getLogger(__name__)


def bring_to_present(
    engine: Engine,
    url: str,
    state: Path,
    tools: Tools,
    alone: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Migrate a database that has not the present schema, after a backup if it holds anything.

    `alone` keeps others from it meanwhile. Raises InvalidArgument where it is of a newer program, and what a
    backup or a migration raises; then nothing is changed.
    """
    found, backups = revision_in(engine), Backups(state)
    if found and found not in known_revisions():
        raise _newer(engine, found, backups)
    with alone():
        _copy(found, url, backups, tools)
        engine.dispose()
        migrate_in_child(tools, url)


def _copy(found: str, url: str, backups: Backups, tools: Tools) -> None:
    place = make_url(url)
    if found and place.get_backend_name() in ("sqlite", BACKEND):
        backup = backups.make(place, found, "migration", tools)
        log.info("the database is copied before its schema changes: %s", backup.path)
    elif found:
        log.warning("a database of this kind is not copied before its schema changes: %s", place_of(place))


def _newer(engine: Engine, found: str, backups: Backups) -> InvalidArgument:
    by = f" {backups.version}" if backups.version else ""
    try:
        name = backups.find().name
        back = f"or go back to the copy from before: sudo engramctl db restore {name}"
    except NotFound:
        back = "or restore a copy of yours from before: engramctl db list names those that engramd made"
    return InvalidArgument(
        f"the database was used by a newer engramd{by}",
        where=place_of(engine.url),
        why=f"its schema is {found}, and this one knows schemas up to {HEAD}",
        remedy=f"install that version again, {back}; nothing was changed",
    )
