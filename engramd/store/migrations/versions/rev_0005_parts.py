"""Parts of episodes: a title may be the first or second half of what is counted as one episode.

Columns are added in place, as in 0002.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE disc_titles ADD COLUMN episode_part INTEGER")
