"""Where a job's identity comes from: evidence, works, names, hints, and the sources' settings.

Columns are added in place, with their constraints in line: no table is rebuilt, so nothing can be lost.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engramd.models.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAMESPACES = ("tv", "movie")
_CONTENT_TYPES = ("tv", "movie", "unknown")
_COLUMNS = {
    "app_config": (
        "network_enabled BOOLEAN DEFAULT true NOT NULL",
        "discdb_enabled BOOLEAN DEFAULT false NOT NULL",
        "discdb_url VARCHAR DEFAULT 'https://thediscdb.com' NOT NULL",
        "tmdb_enabled BOOLEAN DEFAULT false NOT NULL",
        "tmdb_url VARCHAR DEFAULT 'https://api.themoviedb.org' NOT NULL",
        "tmdb_api_key VARCHAR DEFAULT '' NOT NULL",
        "metadata_language VARCHAR DEFAULT '' NOT NULL",
        "folder_title VARCHAR(24) DEFAULT 'localised' NOT NULL\n"
        " CONSTRAINT folder_title CHECK (folder_title IN ('localised', 'original'))",
    ),
    "disc_jobs": (
        "original_title VARCHAR",
        "hint_id INTEGER REFERENCES disc_hints (id)",
        "tmdb_namespace VARCHAR(24)\n"
        " CONSTRAINT job_work_namespace CHECK (tmdb_namespace IN ('tv', 'movie'))",
    ),
    "disc_titles": (
        "comment VARCHAR DEFAULT '' NOT NULL",
        "item_name VARCHAR",
        "own_season INTEGER",
        "own_tmdb_id INTEGER",
        "own_content_type VARCHAR(24)\n"
        " CONSTRAINT title_content_type CHECK (own_content_type IN ('tv', 'movie', 'unknown'))",
    ),
}


def upgrade() -> None:
    op.create_table(
        "disc_hints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drive_identity", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=False),
        sa.Column("discs_left", sa.Integer(), nullable=True),
        sa.Column("content_type", _enum("hint_content_type", *_CONTENT_TYPES), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("season", sa.Integer(), nullable=True),
        sa.Column("next_disc", sa.Integer(), nullable=True),
        sa.Column("tmdb_id", sa.Integer(), nullable=True),
        sa.Column("edition", sa.String(), nullable=True),
        sa.Column("extras_policy", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_disc_hints_drive_identity", "disc_hints", ["drive_identity"])
    op.create_table(
        "work_names",
        sa.Column("namespace", _enum("named_work_namespace", *_NAMESPACES), nullable=False),
        sa.Column("tmdb_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("original_title", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "tmdb_id"),
    )
    op.create_table(
        "job_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("followed", sa.Boolean(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["disc_jobs.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_job_evidence_job_id", "job_evidence", ["job_id"])
    op.create_table(
        "work_candidates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("namespace", _enum("work_namespace", *_NAMESPACES), nullable=False),
        sa.Column("tmdb_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["disc_jobs.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_work_candidates_job_id", "work_candidates", ["job_id"])
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)
