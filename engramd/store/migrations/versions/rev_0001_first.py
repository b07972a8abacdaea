"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engramd.models.base import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_config",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staging_path", sa.String(), nullable=False),
        sa.Column("library_tv_path", sa.String(), nullable=False),
        sa.Column("library_movies_path", sa.String(), nullable=False),
        sa.Column("references_path", sa.String(), nullable=False),
        sa.Column("import_paths", sa.String(), nullable=False),
        sa.Column("ffmpeg_path", sa.String(), nullable=False),
        sa.Column("matcher_min_confidence", sa.Float(), nullable=False),
        sa.Column("max_concurrent_matches", sa.Integer(), nullable=False),
        sa.Column(
            "extras_policy",
            sa.Enum(
                "keep", "skip", name="extras_policy", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("extras_min_seconds", sa.Integer(), nullable=False),
        sa.Column(
            "conflict_resolution_default",
            sa.Enum(
                "ask",
                "rename",
                "skip",
                name="conflict_resolution",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "staging_cleanup_policy",
            sa.Enum(
                "on_success",
                "manual",
                "after_days",
                name="cleanup_policy",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("staging_cleanup_days", sa.Integer(), nullable=False),
        sa.Column("naming_tv_show_format", sa.String(), nullable=False),
        sa.Column("naming_season_format", sa.String(), nullable=False),
        sa.Column("naming_episode_format", sa.String(), nullable=False),
        sa.Column("naming_movie_format", sa.String(), nullable=False),
        sa.Column("auto_eject_enabled", sa.Boolean(), nullable=False),
        sa.Column("rip_discs_at_start", sa.Boolean(), nullable=False),
        sa.Column("rip_inactivity_seconds", sa.Integer(), nullable=False),
        sa.Column("min_free_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "disc_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drive_id", sa.String(), nullable=False),
        sa.Column("volume_label", sa.String(), nullable=False),
        sa.Column(
            "content_type",
            sa.Enum(
                "tv",
                "movie",
                "unknown",
                name="content_type",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "idle",
                "identifying",
                "review_needed",
                "ripping",
                "matching",
                "organizing",
                "completed",
                "failed",
                name="job_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("detected_title", sa.String(), nullable=True),
        sa.Column("detected_season", sa.Integer(), nullable=True),
        sa.Column(
            "classification_source",
            sa.Enum(
                "heuristic",
                "tmdb",
                "discdb_hash",
                "discdb_name",
                "user",
                name="classification_source",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("classification_confidence", sa.Float(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("discdb_mappings_json", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("cleared_at", UtcDateTime(), nullable=True),
        sa.Column("boot_id", sa.String(), nullable=True),
        sa.Column("drive_identity", sa.String(), nullable=True),
        sa.Column("diskseq", sa.BigInteger(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "complete",
                "partial",
                "duplicate",
                "cancelled",
                "nothing_to_do",
                "failed",
                name="job_outcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "waiting_for",
            sa.Enum(
                "library",
                "space",
                "key",
                "tool",
                "disc",
                "references",
                "slot",
                "answer",
                name="job_waiting_for",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("waiting_since", UtcDateTime(), nullable=True),
        sa.Column("media", sa.String(), nullable=False),
        sa.Column("tmdb_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("disc_number", sa.Integer(), nullable=True),
        sa.Column("identity_reason", sa.String(), nullable=False),
        sa.Column("staging_folder", sa.String(), nullable=True),
        sa.Column("wanted_titles", sa.String(), nullable=False),
        sa.Column("extras_policy", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=True),
        sa.Column("main_only", sa.Boolean(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("eject_after", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("boot_id", "drive_identity", "diskseq", name="uq_disc_jobs_insertion"),
    )
    with op.batch_alter_table("disc_jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disc_jobs_content_hash"), ["content_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_disc_jobs_drive_id"), ["drive_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_disc_jobs_state"), ["state"], unique=False)

    op.create_table(
        "drives",
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "on_insert",
            sa.Enum(
                "rip",
                "identify",
                "ignore",
                name="insert_policy",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("eject", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("identity"),
    )
    op.create_table(
        "disc_titles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("title_index", sa.Integer(), nullable=False),
        sa.Column("duration_seconds", sa.Float(), nullable=False),
        sa.Column("file_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "ripping",
                "matching",
                "matched",
                "review",
                "completed",
                "failed",
                "skipped",
                name="title_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("matched_episode", sa.String(), nullable=True),
        sa.Column("match_confidence", sa.Float(), nullable=False),
        sa.Column("video_resolution", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=True),
        sa.Column("organized_to", sa.String(), nullable=True),
        sa.Column("is_extra", sa.Boolean(), nullable=False),
        sa.Column("source_file", sa.String(), nullable=False),
        sa.Column("segment_map", sa.String(), nullable=False),
        sa.Column("chapter_count", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "episode",
                "main_feature",
                "extra",
                "play_all",
                "duplicate",
                "unknown",
                name="title_role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("role_reason", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("extra_kind", sa.String(), nullable=True),
        sa.Column("match_source", sa.String(), nullable=False),
        sa.Column("match_reason", sa.String(), nullable=False),
        sa.Column(
            "waiting_for",
            sa.Enum(
                "library",
                "space",
                "key",
                "tool",
                "disc",
                "references",
                "slot",
                "answer",
                name="title_waiting_for",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("waiting_since", UtcDateTime(), nullable=True),
        sa.Column("rip_attempts", sa.Integer(), nullable=False),
        sa.Column("staging_file", sa.String(), nullable=True),
        sa.Column("filing_target", sa.String(), nullable=True),
        sa.Column("filing_bytes", sa.BigInteger(), nullable=False),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("own_title", sa.String(), nullable=True),
        sa.Column("own_year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["disc_jobs.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("job_id", "title_index", name="uq_disc_titles_place"),
    )
    with op.batch_alter_table("disc_titles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disc_titles_job_id"), ["job_id"], unique=False)

    op.create_table(
        "job_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("title_index", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=False),
        sa.Column("new", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["disc_jobs.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("job_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_events_job_id"), ["job_id"], unique=False)

    op.create_table(
        "review_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("title_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "identity",
                "season",
                "episode",
                "edition",
                "extra",
                "conflict",
                "damaged",
                name="review_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("needs_disc", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["disc_jobs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["disc_titles.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("review_tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_tasks_job_id"), ["job_id"], unique=False)

    op.create_table(
        "title_candidates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title_id", sa.Integer(), nullable=False),
        sa.Column("episode", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["disc_titles.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("title_candidates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_title_candidates_title_id"), ["title_id"], unique=False)

    op.create_table(
        "title_tracks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("codec", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("channels", sa.Integer(), nullable=True),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("commentary", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["disc_titles.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("title_tracks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_title_tracks_title_id"), ["title_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("title_tracks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_title_tracks_title_id"))

    op.drop_table("title_tracks")
    with op.batch_alter_table("title_candidates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_title_candidates_title_id"))

    op.drop_table("title_candidates")
    with op.batch_alter_table("review_tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_tasks_job_id"))

    op.drop_table("review_tasks")
    with op.batch_alter_table("job_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_events_job_id"))

    op.drop_table("job_events")
    with op.batch_alter_table("disc_titles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disc_titles_job_id"))

    op.drop_table("disc_titles")
    op.drop_table("drives")
    with op.batch_alter_table("disc_jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disc_jobs_state"))
        batch_op.drop_index(batch_op.f("ix_disc_jobs_drive_id"))
        batch_op.drop_index(batch_op.f("ix_disc_jobs_content_hash"))

    op.drop_table("disc_jobs")
    op.drop_table("app_config")
