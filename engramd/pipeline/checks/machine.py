"""The database, and the machine's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from engramd.pipeline.findings import Finding
from engramd.pipeline.staging import gigabytes
from engramd.store import Store
from engramd.store.revision import HEAD

#: No clock that is right is before this program's first year.
FIRST_YEAR = 2025
_AHEAD = timedelta(days=1)
_SET_CLOCK = "sudo timedatectl set-ntp true"
_RESTORE = "sudo engramctl db restore"


def check_database(store: Store) -> Iterator[Finding]:
    """Say whether the database is whole, how large it is, and which schema it has."""
    try:
        with store.read() as session:
            yield _judged(session)
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        yield Finding("database", f"the database cannot be read: {why}", _RESTORE, "error")


def _judged(session: Session) -> Finding:
    bind = session.get_bind()
    kind, where = bind.dialect.name, bind.engine.url.database or ""
    revision = session.execute(sql("SELECT version_num FROM alembic_version")).scalar()
    if kind == "sqlite":
        damage = session.execute(sql("PRAGMA quick_check(1)")).scalar()
        size = _number(session, "PRAGMA page_count") * _number(session, "PRAGMA page_size")
    else:
        damage = "ok"
        size = _number(session, "SELECT pg_database_size(current_database())")
    if damage != "ok":
        return Finding("database", f"the database is damaged: {damage}", _RESTORE, "error", where)
    if revision != HEAD:
        text = f"the database has schema {revision}, and this engramd wants {HEAD}"
        return Finding("database", text, "sudo systemctl restart engramd", "error", where)
    said = f"{gigabytes(size)} of {kind}"
    return Finding(
        "database",
        f"the database is whole: {said}, schema {revision}",
        where=where,
        short=f"database ({said})",
    )


def check_clock(store: Store, now: datetime | None = None) -> Iterator[Finding]:
    """Say whether the clock can be right: keys, quotas and certificates are judged by it."""
    moment = now or datetime.now(UTC)
    newest = max((job.created_at for job in store.history(None, 1, None)), default=moment)
    if moment.year < FIRST_YEAR:
        text = f"the clock says {moment:%Y-%m-%d}, which cannot be: keys and certificates are judged by it"
        yield Finding("clock", text, _SET_CLOCK, "error")
    elif newest > moment + _AHEAD:
        text = f"the clock says {moment:%Y-%m-%d}, and the newest job is of {newest:%Y-%m-%d}"
        yield Finding("clock", text, _SET_CLOCK, "warning")
    else:
        yield Finding("clock", f"the clock can be right ({moment:%Y-%m-%d %H:%M} UTC)", short="clock")


def _number(session: Session, query: str) -> int:
    return int(session.execute(sql(query)).scalar() or 0)
