"""Stations: several daemons share a database, and each job and what else is of one machine has its station.

Rows from before have none: they belong to the daemon that starts with them next, which writes its name into
them. Columns are added in place, as in 0002; of the tables whose keys grow, new copies are made.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from engramd.models.base import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = ("disc_jobs", "disc_hints", "changes", "notices", "media_scans")


def upgrade() -> None:
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN station VARCHAR DEFAULT '' NOT NULL")
    _make_anew(
        "library_roots",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("marker", sa.String(), nullable=False),
        sa.Column("file_system", sa.String(), nullable=False),
        sa.Column("is_mount", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
    )
    _make_anew(
        "drives",
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("on_insert", _enum("insert_policy", "rip", "identify", "ignore"), nullable=False),
        sa.Column(
            "eject",
            _enum("eject_policy", "after_rip", "never", "always"),
            server_default="after_rip",
            nullable=False,
        ),
        sa.Column("speed", sa.Integer(), server_default="0", nullable=False),
    )
    _make_calls()


def _make_anew(table: str, key: sa.Column[Any], *others: sa.Column[Any]) -> None:
    """Copy a table into one whose key begins with the station."""
    copy = f"{table}_0008"
    names = ", ".join(str(column.name) for column in (key, *others))
    op.create_table(
        copy,
        sa.Column("station", sa.String(), server_default="", nullable=False),
        key,
        *others,
        sa.PrimaryKeyConstraint("station", str(key.name)),
    )
    op.execute(f"INSERT INTO {copy} (station, {names}) SELECT '', {names} FROM {table}")
    op.drop_table(table)
    op.rename_table(copy, table)


def _make_calls() -> None:
    op.create_table(
        "station_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("asked_at", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("interface", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_station_calls_station", "station_calls", ["station"])


def _enum(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=24)
