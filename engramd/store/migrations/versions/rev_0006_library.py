"""The library and its reviews: roots, folders, sidecars, orders, changes with undo, what is still to be told.

Columns are added in place, as in 0002; of the tables whose vocabularies grow, SQLite makes new copies.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engramd.models.base import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: Each vocabulary of a table: its constraint, its column, and its words.
_VOCABULARIES = {
    "app_config": (
        ("extras_policy", "extras_policy", "keep skip ask"),
        ("conflict_resolution", "conflict_resolution_default", "compare ask keep_both replace skip"),
        ("cleanup_policy", "staging_cleanup_policy", "on_success on_completion manual after_days"),
        ("editions_policy", "editions_policy", "all longest ask"),
        ("folder_title", "folder_title", "localised original"),
    ),
    "review_tasks": (
        (
            "review_kind",
            "kind",
            "identity season episode edition extra conflict damaged references type",
        ),
    ),
}
_NEW_VOCABULARIES = {
    "app_config": (
        ("naming_preset", "naming_preset", "plex jellyfin"),
        ("episode_order", "episode_ordering_preference", "aired dvd absolute"),
        ("subtitle_sidecars", "subtitle_sidecars", "off captions ocr"),
        ("notify_when", "notify_when", "off each_disc evening"),
    ),
}
#: Vocabularies of 0001 to 0005 that grow or change.
_GROWN = frozenset({"extras_policy", "conflict_resolution", "cleanup_policy", "review_kind"})
_COLUMNS = {
    "app_config": (
        "library_other_path VARCHAR DEFAULT '' NOT NULL",
        "import_settle_seconds INTEGER DEFAULT 10 NOT NULL",
        "trash_days INTEGER DEFAULT 30 NOT NULL",
        "naming_preset VARCHAR(24) DEFAULT 'plex' NOT NULL",
        "naming_movie_file_format VARCHAR DEFAULT '' NOT NULL",
        "episode_ordering_preference VARCHAR(24) DEFAULT 'aired' NOT NULL",
        "file_mode VARCHAR DEFAULT '0664' NOT NULL",
        "folder_mode VARCHAR DEFAULT '2775' NOT NULL",
        "nfo_enabled BOOLEAN DEFAULT false NOT NULL",
        "poster_enabled BOOLEAN DEFAULT false NOT NULL",
        "subtitle_sidecars VARCHAR(24) DEFAULT 'off' NOT NULL",
        "plex_url VARCHAR DEFAULT '' NOT NULL",
        "plex_token VARCHAR DEFAULT '' NOT NULL",
        "jellyfin_url VARCHAR DEFAULT '' NOT NULL",
        "jellyfin_api_key VARCHAR DEFAULT '' NOT NULL",
        "emby_url VARCHAR DEFAULT '' NOT NULL",
        "emby_api_key VARCHAR DEFAULT '' NOT NULL",
        "media_server_path_map VARCHAR DEFAULT '' NOT NULL",
        "apprise_urls VARCHAR DEFAULT '' NOT NULL",
        "notify_when VARCHAR(24) DEFAULT 'each_disc' NOT NULL",
        "notify_evening VARCHAR DEFAULT '21:00' NOT NULL",
        "quiet_hours VARCHAR DEFAULT '' NOT NULL",
        "hooks_path VARCHAR DEFAULT '/etc/engramd/hooks.d' NOT NULL",
        "hooks_seconds INTEGER DEFAULT 60 NOT NULL",
        "review_plot_enabled BOOLEAN DEFAULT false NOT NULL",
    ),
    "disc_jobs": (
        "is_other BOOLEAN DEFAULT false NOT NULL",
        "is_import BOOLEAN DEFAULT false NOT NULL",
        "move_originals BOOLEAN DEFAULT false NOT NULL",
    ),
    "disc_titles": (
        "filing_choice VARCHAR(24) CONSTRAINT title_filing_choice"
        " CHECK (filing_choice IN ('compare', 'ask', 'keep_both', 'replace', 'skip'))",
    ),
    "review_tasks": ("unanswered VARCHAR DEFAULT '' NOT NULL", "why VARCHAR DEFAULT '' NOT NULL"),
    "title_candidates": ("evidence VARCHAR DEFAULT '' NOT NULL",),
    "work_candidates": ("number INTEGER DEFAULT 0 NOT NULL",),
}
#: What the settings of names were by default, which the preset is now.
_FORMER_FORMATS = {
    "naming_tv_show_format": "{show} ({year})",
    "naming_season_format": "Season {season:02d}",
    "naming_episode_format": "{show} - S{season:02d}E{episode:02d}",
    "naming_movie_format": "{title} ({year})",
}


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    for table in _VOCABULARIES:
        _let_vocabularies_grow(table)
    for setting, former in _FORMER_FORMATS.items():
        op.execute(f"UPDATE app_config SET {setting} = '' WHERE {setting} = '{former}'")
    op.execute(
        "UPDATE review_tasks SET kind = 'references'"
        " WHERE kind = 'season' AND summary LIKE '%wait on for reference subtitles?'"
    )
    _make_library_tables()
    _make_answer_table()
    _make_change_tables()
    _make_notice_tables()


def _let_vocabularies_grow(table: str) -> None:
    """Give constraints their new words; the choice of what to do about a file that is there has new names."""
    known, new = _VOCABULARIES[table], _NEW_VOCABULARIES.get(table, ())
    is_copied = op.get_context().dialect.name == "sqlite"
    kept = tuple(_words(*vocabulary) for vocabulary in known if vocabulary[0] not in _GROWN)
    if is_copied:
        with op.batch_alter_table(table, recreate="always", copy_from=_bare(table), table_args=kept):
            pass
    else:
        for name, _, _ in known:
            if name in _GROWN:
                op.drop_constraint(name, table, type_="check")
    if table == "app_config":
        op.execute(
            "UPDATE app_config SET conflict_resolution_default = CASE conflict_resolution_default"
            " WHEN 'rename' THEN 'keep_both' WHEN 'ask' THEN 'compare' ELSE conflict_resolution_default END"
        )
    source, kept = (_bare(table), kept) if is_copied else (None, ())
    with op.batch_alter_table(table, copy_from=source, table_args=kept) as batch:
        for name, column, words in (*(v for v in known if v[0] in _GROWN), *new):
            batch.create_check_constraint(name, _is_one_of(column, words))


def _bare(name: str) -> sa.Table:
    """Give a table as it is, but for its checks: SQLAlchemy before 2.0.41 misreads those of added columns."""
    table = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())
    for check in [one for one in table.constraints if isinstance(one, sa.CheckConstraint)]:
        table.constraints.remove(check)
    return table


def _words(name: str, column: str, words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(_is_one_of(column, words), name=name)


def _is_one_of(column: str, words: str) -> str:
    listed = ", ".join(f"'{word}'" for word in words.split())
    return f"{column} IN ({listed})"


def _make_library_tables() -> None:
    op.create_table(
        "library_roots",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("marker", sa.String(), nullable=False),
        sa.Column("file_system", sa.String(), nullable=False),
        sa.Column("is_mount", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("path"),
    )
    op.create_table(
        "library_folders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("kind", _enum("library_folder_kind", "tv", "movie", "unknown"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("tmdb_id", sa.Integer(), nullable=True),
        sa.Column("tmdb_namespace", _enum("library_folder_namespace", "tv", "movie"), nullable=True),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("root", "folder", name="uq_library_folders_place"),
    )
    op.create_index("ix_library_folders_name", "library_folders", ["name"])
    op.create_table(
        "sidecars",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("title_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["disc_jobs.id"]),
        sa.ForeignKeyConstraint(["title_id"], ["disc_titles.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sidecars_job_id", "sidecars", ["job_id"])
    op.create_index("ix_sidecars_path", "sidecars", ["path"])
    op.create_index("ix_sidecars_title_id", "sidecars", ["title_id"])
    op.create_table(
        "sidecar_lacks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["title_id"], ["disc_titles.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sidecar_lacks_path", "sidecar_lacks", ["path"])
    op.create_index("ix_sidecar_lacks_title_id", "sidecar_lacks", ["title_id"])
    op.create_table(
        "show_orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tmdb_id", sa.Integer(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("ordering", _enum("show_order", "aired", "dvd", "absolute"), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tmdb_id", "season", name="uq_show_orders_season"),
    )
    op.create_table(
        "show_choices",
        sa.Column("tmdb_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ordering", _enum("show_choice", "aired", "dvd", "absolute"), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("chosen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tmdb_id"),
    )
    op.create_table(
        "ordered_episodes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("aired_season", sa.Integer(), nullable=False),
        sa.Column("aired_episode", sa.Integer(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["show_orders.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ordered_episodes_order_id", "ordered_episodes", ["order_id"])


def _make_answer_table() -> None:
    kinds = next(words for name, _, words in _VOCABULARIES["review_tasks"] if name == "review_kind")
    op.create_table(
        "standing_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("standing_kind", *kinds.split()), nullable=False),
        sa.Column("of_title", sa.Boolean(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["review_id"], ["review_tasks.id"]),
        sa.ForeignKeyConstraint(["job_id"], ["disc_jobs.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_standing_answers_job_id", "standing_answers", ["job_id"])
    op.create_index("ix_standing_answers_review_id", "standing_answers", ["review_id"])


def _make_change_tables() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("is_back", sa.Boolean(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["disc_jobs.id"]),
        sa.ForeignKeyConstraint(["review_id"], ["review_tasks.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_changes_job_id", "changes", ["job_id"])
    op.create_index("ix_changes_review_id", "changes", ["review_id"])
    op.create_table(
        "change_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("title_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("old_path", sa.String(), nullable=False),
        sa.Column("new_path", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("changed_ns", sa.BigInteger(), nullable=False),
        sa.Column("is_aside", sa.Boolean(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"]),
        sa.ForeignKeyConstraint(["job_id"], ["disc_jobs.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_change_steps_change_id", "change_steps", ["change_id"])


def _make_notice_tables() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("delivered", sa.String(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["disc_jobs.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_notices_about", "notices", ["about"])
    op.create_index("ix_notices_job_id", "notices", ["job_id"])
    op.create_table(
        "media_scans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _enum(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, native_enum=False, create_constraint=True, name=name, length=24)
