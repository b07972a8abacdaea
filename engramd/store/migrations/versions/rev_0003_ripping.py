"""Ripping: MakeMKV, tracks, damaged titles, when a drive gives its disc back.

Columns are added in place, as in 0002. A drive's `eject` becomes a policy; nobody could set it before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engramd.models.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = {
    "app_config": (
        "makemkv_path VARCHAR DEFAULT '' NOT NULL",
        "makemkv_key VARCHAR DEFAULT '' NOT NULL",
        "audio_languages VARCHAR DEFAULT '' NOT NULL",
        "subtitle_languages VARCHAR DEFAULT '' NOT NULL",
        "keep_commentary BOOLEAN DEFAULT true NOT NULL",
        "keep_core_audio BOOLEAN DEFAULT true NOT NULL",
        "eject_on_failure BOOLEAN DEFAULT false NOT NULL",
        "tray_pulled_in_seconds INTEGER DEFAULT 20 NOT NULL",
        "disc_budget_seconds INTEGER DEFAULT 7200 NOT NULL",
        "editions_policy VARCHAR(24) DEFAULT 'all' NOT NULL\n"
        " CONSTRAINT editions_policy CHECK (editions_policy IN ('all', 'longest', 'ask'))",
    ),
    "disc_jobs": ("original_language VARCHAR",),
    "disc_titles": (
        "rip_backend VARCHAR DEFAULT '' NOT NULL",
        "rip_message_code INTEGER",
        "read_errors INTEGER DEFAULT 0 NOT NULL",
        "rip_outcome VARCHAR(24)\n CONSTRAINT rip_outcome CHECK"
        " (rip_outcome IN ('saved', 'damaged', 'stalled', 'failed', 'interrupted'))",
    ),
    "title_tracks": (
        "audio_description BOOLEAN DEFAULT false NOT NULL",
        "name VARCHAR DEFAULT '' NOT NULL",
        "events INTEGER",
        "forced_events INTEGER",
    ),
    "drives": (
        "eject VARCHAR(24) DEFAULT 'after_rip' NOT NULL\n"
        " CONSTRAINT eject_policy CHECK (eject IN ('after_rip', 'never', 'always'))",
    ),
}


def upgrade() -> None:
    op.create_table(
        "track_rules",
        sa.Column("show", sa.String(), nullable=False),
        sa.Column("audio_languages", sa.String(), nullable=True),
        sa.Column("subtitle_languages", sa.String(), nullable=True),
        sa.Column("keep_commentary", sa.Boolean(), nullable=True),
        sa.Column("keep_core_audio", sa.Boolean(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("show"),
    )
    op.execute("ALTER TABLE drives DROP COLUMN eject")
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
