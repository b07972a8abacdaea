"""Rows are always valid: a bad value is refused, nothing changes, and nothing bad is ever stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from engramd.errors import InvalidArgument
from engramd.models import AppConfig, DiscJob, DiscTitle, JobState, TitleTrack
from engramd.store import Store

#: The names that other programs know, from the contract of the data model.
JOB_FIELDS = """
    id drive_id volume_label content_type state detected_title detected_season
    classification_source classification_confidence content_hash discdb_mappings_json error_message created_at
    completed_at cleared_at outcome waiting_for waiting_since tmdb_id year disc_number diskseq
"""
TITLE_FIELDS = """
    id job_id title_index duration_seconds file_size_bytes state matched_episode
    match_confidence video_resolution edition organized_to is_extra source_file segment_map role
"""
CONFIG_FIELDS = """
    staging_path library_tv_path library_movies_path ffmpeg_path matcher_min_confidence
    max_concurrent_matches conflict_resolution_default staging_cleanup_policy staging_cleanup_days
    extras_policy naming_tv_show_format naming_season_format naming_episode_format
    naming_movie_format auto_eject_enabled
    references_path
"""


@pytest.mark.parametrize(
    ("model", "table", "fields"),
    [
        (DiscJob, "disc_jobs", JOB_FIELDS),
        (DiscTitle, "disc_titles", TITLE_FIELDS),
        (AppConfig, "app_config", CONFIG_FIELDS),
    ],
)
def test_the_names_of_the_contract_exist(model: type, table: str, fields: str) -> None:
    assert model.__tablename__ == table
    assert set(fields.split()) <= model.model_fields.keys()
    assert set(fields.split()) <= set(model.__table__.columns.keys())


def test_every_setting_says_what_it_is() -> None:
    silent = [n for n, field in AppConfig.model_fields.items() if n != "id" and not field.description]
    assert silent == []


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("state", "exploded"),
        ("classification_confidence", 1.5),
        ("classification_confidence", float("nan")),
        ("detected_season", -1),
        ("year", 19),
        ("disc_number", "two"),
        ("created_at", datetime(2026, 1, 2, 3, 4)),
        ("created_at", None),
        ("drive_id", None),
        ("waiting_for", "godot"),
    ],
)
def test_a_bad_value_changes_nothing(field: str, bad: object) -> None:
    job = DiscJob(drive_id="/dev/sr0")
    before = getattr(job, field)
    with pytest.raises(InvalidArgument, match=field):
        setattr(job, field, bad)
    assert getattr(job, field) == before
    with pytest.raises(InvalidArgument, match=field):
        DiscJob(**({"drive_id": "/dev/sr0"} | {field: bad}))


def test_a_commit_after_a_caught_error_stores_the_old_value(store: Store) -> None:
    job_id = store.add(DiscJob(drive_id="/dev/sr0", classification_confidence=0.5)).id
    with store.write() as session:
        job = session.get(DiscJob, job_id)
        assert job is not None
        with pytest.raises(InvalidArgument):
            job.classification_confidence = 7.0
        with pytest.raises(InvalidArgument):
            job.state = "exploded"  # type: ignore[assignment]
        job.volume_label = "GOOD"
    stored = store.need_job(job_id or 0)
    assert (stored.classification_confidence, stored.state, stored.volume_label) == (0.5, "idle", "GOOD")


def test_what_has_no_default_is_required() -> None:
    with pytest.raises(InvalidArgument, match="drive_id"):
        DiscJob()
    with pytest.raises(InvalidArgument, match="job_id, title_index"):
        DiscTitle()
    with pytest.raises(InvalidArgument, match="kind"):
        TitleTrack(title_id=1, place=0)


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="volume_labl"):
        DiscJob(drive_id="/dev/sr0", volume_labl="X")


def test_a_value_is_stored_as_its_type() -> None:
    job = DiscJob(drive_id="/dev/sr0", state="ripping", detected_season="3")
    assert job.state is JobState.RIPPING
    assert job.detected_season == 3


def test_enums_are_stored_as_their_strings(store: Store) -> None:
    job_id = store.add(DiscJob(drive_id="/dev/sr0", state=JobState.REVIEW_NEEDED)).id
    with store.read() as session:
        state = session.connection().execute(text("SELECT state FROM disc_jobs")).scalar_one()
    assert state == "review_needed"
    assert store.need_job(job_id or 0).state is JobState.REVIEW_NEEDED


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE disc_jobs SET state = 'exploded'",
        "UPDATE disc_jobs SET state = 'RIPPING'",
        "UPDATE disc_jobs SET waiting_for = 'godot'",
        "UPDATE disc_jobs SET outcome = ''",
        "UPDATE disc_titles SET state = 'idle'",
        "UPDATE disc_titles SET job_id = 4711",
    ],
)
def test_the_database_itself_refuses_what_is_none(store: Store, change: str) -> None:
    job = store.add(DiscJob(drive_id="/dev/sr0"))
    store.add(DiscTitle(job_id=job.id, title_index=0))
    with pytest.raises(IntegrityError), store.write() as session:
        session.connection().execute(text(change))


def test_times_come_back_aware_and_in_utc(store: Store) -> None:
    noon_in_the_east = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    job_id = store.add(DiscJob(drive_id="/dev/sr0", created_at=noon_in_the_east)).id
    stored = store.need_job(job_id or 0).created_at
    assert stored == noon_in_the_east
    assert stored.tzinfo is UTC
    assert stored.hour == 3


def test_two_titles_have_two_places(store: Store) -> None:
    job = store.add(DiscJob(drive_id="/dev/sr0"))
    store.add(DiscTitle(job_id=job.id, title_index=3))
    with pytest.raises(IntegrityError):
        store.add(DiscTitle(job_id=job.id, title_index=3))


def test_a_large_disc_fits(store: Store) -> None:
    job = store.add(DiscJob(drive_id="/dev/sr0", diskseq=2**40))
    store.add(DiscTitle(job_id=job.id, title_index=0, file_size_bytes=120 * 10**9))
    assert store.need_title(job.id or 0, 0).file_size_bytes == 120 * 10**9


def test_a_row_that_was_loaded_is_as_strict(store: Store) -> None:
    job_id = store.add(DiscJob(drive_id="/dev/sr0")).id
    with Session(store._engine) as session:
        job = session.get(DiscJob, job_id)
        assert job is not None
        with pytest.raises(InvalidArgument):
            job.created_at = datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("row", "name", "value"),
    [
        (DiscJob(drive_id="x"), "tmdb_id", 99_999_999_999),
        (DiscJob(drive_id="x"), "disc_number", 1 << 31),
        (DiscTitle(job_id=1, title_index=0), "duration_seconds", float("inf")),
        (DiscTitle(job_id=1, title_index=0), "file_size_bytes", 1 << 63),
    ],
)
def test_a_number_fits_every_database_and_the_bus(row: DiscJob | DiscTitle, name: str, value: float) -> None:
    before = getattr(row, name)
    with pytest.raises(InvalidArgument, match=name):
        setattr(row, name, value)
    assert getattr(row, name) == before
