"""Matching: reference subtitles and where they come from, waits that have an end, parts of a title.

Columns are added in place, as in 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engramd.models.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = {
    "app_config": (
        "references_wait INTEGER DEFAULT 172800 NOT NULL",
        "reference_languages VARCHAR DEFAULT 'eng' NOT NULL",
        "subtitles_cache_path VARCHAR DEFAULT '' NOT NULL",
        "opensubtitles_enabled BOOLEAN DEFAULT false NOT NULL",
        "opensubtitles_url VARCHAR DEFAULT 'https://api.opensubtitles.com' NOT NULL",
        "opensubtitles_api_key VARCHAR DEFAULT '' NOT NULL",
        "opensubtitles_username VARCHAR DEFAULT '' NOT NULL",
        "opensubtitles_password VARCHAR DEFAULT '' NOT NULL",
        "subliminal_providers VARCHAR DEFAULT '' NOT NULL",
        "tesseract_path VARCHAR DEFAULT '' NOT NULL",
        "speech_enabled BOOLEAN DEFAULT true NOT NULL",
        "speech_model_path VARCHAR DEFAULT '' NOT NULL",
    ),
}


def upgrade() -> None:
    op.create_table(
        "title_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title_id", sa.Integer(), nullable=False),
        sa.Column("episode", sa.String(), nullable=False),
        sa.Column("begin_seconds", sa.Float(), nullable=False),
        sa.Column("end_seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["title_id"], ["disc_titles.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_title_parts_title_id", "title_parts", ["title_id"])
    op.create_table(
        "subtitle_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("show", sa.String(), nullable=False),
        sa.Column("tmdb_id", sa.Integer(), nullable=True),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("cues", sa.Integer(), nullable=False),
        sa.Column("refused", sa.String(), nullable=False),
        sa.Column("fetched_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "provider_id", "season", "episode", name="uq_subtitle_files_source"),
    )
    op.create_index("ix_subtitle_files_show", "subtitle_files", ["show"])
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    op.add_column("disc_jobs", sa.Column("waiting_until", UtcDateTime(), nullable=True))
