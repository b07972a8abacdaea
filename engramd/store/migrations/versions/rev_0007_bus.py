"""The bus as a public API: how fast a drive reads, and what history and events are looked up by.

Columns are added in place, as in 0002.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INDICES = {
    "disc_jobs": ("completed_at", "drive_identity", "outcome"),
    "job_events": ("at", "kind"),
}


def upgrade() -> None:
    op.execute("ALTER TABLE drives ADD COLUMN speed INTEGER DEFAULT 0 NOT NULL")
    for table, columns in _INDICES.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])
