"""A job whose disc went on as an earlier job says so, instead of being told as one that was filed before."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE disc_jobs ADD COLUMN continued_as INTEGER REFERENCES disc_jobs (id)")
