"""A job (one disc, image or folder on its way to the library) and its titles."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime
from pydantic import Field as Limits
from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from engramd.models.base import Model, enum_type, time_field, utcnow
from engramd.models.enums import (
    ClassificationSource,
    ConflictResolution,
    ContentType,
    JobState,
    Outcome,
    RipOutcome,
    TitleRole,
    TitleState,
    WaitingFor,
    WorkNamespace,
)

Probability = Annotated[float, Limits(ge=0.0, le=1.0)]
#: Numbers fit the 32 bits that every database and the bus have for them, sizes 63.
Count = Annotated[int, Limits(ge=0, le=2**31 - 1)]
#: Limits of fields that also say something to the database: older SQLModels forget that of an Annotated type.
LARGEST = 2**63 - 1
Seconds = Annotated[float, Limits(ge=0, le=2**31 - 1)]
SeasonNumber = Annotated[int, Limits(ge=0, le=9999)]
Year = Annotated[int, Limits(ge=1880, le=2200)]
WorkNumber = Annotated[int, Limits(ge=1, le=2**31 - 1)]


class DiscJob(Model, table=True):
    """One disc on its way. Durations are in seconds, sizes in bytes, times aware UTC."""

    __tablename__ = "disc_jobs"
    __table_args__ = (
        UniqueConstraint("boot_id", "drive_identity", "diskseq", name="uq_disc_jobs_insertion"),
    )

    id: int | None = Field(default=None, primary_key=True)
    drive_id: str = Field(index=True)
    volume_label: str = ""
    content_type: ContentType = Field(
        default=ContentType.UNKNOWN, sa_type=enum_type(ContentType, "content_type")
    )
    state: JobState = Field(default=JobState.IDLE, sa_type=enum_type(JobState, "job_state"), index=True)
    detected_title: str | None = None
    detected_season: SeasonNumber | None = None
    classification_source: ClassificationSource = Field(
        default=ClassificationSource.HEURISTIC,
        sa_type=enum_type(ClassificationSource, "classification_source"),
    )
    classification_confidence: Probability = 0.0
    content_hash: str | None = Field(default=None, index=True)
    discdb_mappings_json: str | None = None
    error_message: str | None = None
    created_at: AwareDatetime = time_field(default_factory=utcnow)
    completed_at: AwareDatetime | None = time_field(index=True)
    cleared_at: AwareDatetime | None = time_field()

    # The insertion: DISKSEQ starts again at boot. All three are None for images, folders and repeated rips.
    boot_id: str | None = None
    drive_identity: str | None = Field(default=None, index=True)
    diskseq: int | None = Field(default=None, sa_type=BigInteger)

    outcome: Outcome | None = Field(default=None, sa_type=enum_type(Outcome, "job_outcome"), index=True)
    waiting_for: WaitingFor | None = Field(default=None, sa_type=enum_type(WaitingFor, "job_waiting_for"))
    waiting_since: AwareDatetime | None = time_field()
    # When a wait is expected to end by itself (a quota begins anew); None where nobody can know.
    waiting_until: AwareDatetime | None = time_field()
    media: str = ""
    # Which work: the number means something only together with its namespace.
    tmdb_id: WorkNumber | None = None
    tmdb_namespace: WorkNamespace | None = Field(
        default=None, sa_type=enum_type(WorkNamespace, "job_work_namespace")
    )
    original_title: str | None = None
    # ISO 639-2/B, of the work; None where nobody said.
    original_language: str | None = None
    year: Year | None = None
    disc_number: Count | None = None
    identity_reason: str = ""
    staging_folder: str | None = None
    # What the person who asked for the rip said; empty means: as the settings say.
    wanted_titles: str = ""
    extras_policy: str = ""
    edition: str | None = None
    main_only: bool = False
    hint_id: int | None = Field(default=None, foreign_key="disc_hints.id")
    again: bool = False
    # A person said that the disc is neither show nor film: a concert, a lecture, a home video.
    is_other: bool = False
    # Made from video files, not from a disc; they are copied unless a person said that they may be moved.
    is_import: bool = False
    move_originals: bool = False
    eject_after: bool = True
    # A person stopped it: what was ripped is filed, the rest is skipped.
    cancelled: bool = False
    updated_at: AwareDatetime = time_field(default_factory=utcnow)
    # The unfinished earlier job with which the disc went on; None where there was none.
    continued_as: int | None = Field(default=None, foreign_key="disc_jobs.id")
    # The daemon that has it in hand, where several share the database: a machine with its drives.
    station: str = ""


class DiscTitle(Model, table=True):
    """One title of a job's disc.

    `title_index` is the 0-based place in the scan that made the job; across scans and back ends a title is
    known by source file, segment map and duration.
    """

    __tablename__ = "disc_titles"
    __table_args__ = (UniqueConstraint("job_id", "title_index", name="uq_disc_titles_place"),)

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="disc_jobs.id", index=True)
    title_index: Count
    duration_seconds: Seconds = 0.0
    file_size_bytes: int = Field(default=0, ge=0, le=LARGEST, sa_type=BigInteger)
    state: TitleState = Field(default=TitleState.PENDING, sa_type=enum_type(TitleState, "title_state"))
    matched_episode: str | None = None
    # Which part of that episode the title is (1, 2 …), where several titles are one episode together.
    episode_part: Count | None = None
    match_confidence: Probability = 0.0
    video_resolution: str = ""
    edition: str | None = None
    organized_to: str | None = None
    is_extra: bool = False

    source_file: str = ""
    segment_map: str = ""
    chapter_count: Count = 0
    role: TitleRole = Field(default=TitleRole.UNKNOWN, sa_type=enum_type(TitleRole, "title_role"))
    role_reason: str = ""
    place: Count | None = None
    extra_kind: str | None = None
    match_source: str = ""
    match_reason: str = ""
    waiting_for: WaitingFor | None = Field(default=None, sa_type=enum_type(WaitingFor, "title_waiting_for"))
    waiting_since: AwareDatetime | None = time_field()
    rip_attempts: Count = 0
    # How the last attempt ended, with which back end, at how many places the disc could not be read, and
    # MakeMKV's message that says why.
    rip_outcome: RipOutcome | None = Field(default=None, sa_type=enum_type(RipOutcome, "rip_outcome"))
    rip_backend: str = ""
    rip_message_code: Count | None = None
    read_errors: Count = 0
    staging_file: str | None = None
    # What is about to be filed: noted before the first step, so that a restart knows whose file it finds.
    filing_target: str | None = None
    filing_bytes: int = Field(default=0, ge=0, le=LARGEST, sa_type=BigInteger)
    # What a person answered about the file that the library has already; None where nobody was asked.
    filing_choice: ConflictResolution | None = Field(
        default=None, sa_type=enum_type(ConflictResolution, "title_filing_choice")
    )
    error_message: str | None = None
    # The author's own name of the title, where the disc keeps one.
    comment: str = ""
    # The name of an extra, or of an episode, as a database has it.
    item_name: str | None = None
    # A title may be something else than its disc (two films on one disc, a film beside a series).
    own_content_type: ContentType | None = Field(
        default=None, sa_type=enum_type(ContentType, "title_content_type")
    )
    own_title: str | None = None
    own_year: Year | None = None
    own_season: SeasonNumber | None = None
    own_tmdb_id: WorkNumber | None = None


class TitleTrack(Model, table=True):
    """One stream of a title: what it is, whether it was kept, and why."""

    __tablename__ = "title_tracks"

    id: int | None = Field(default=None, primary_key=True)
    title_id: int = Field(foreign_key="disc_titles.id", index=True)
    place: Count
    kind: str
    codec: str = ""
    language: str | None = None
    channels: int | None = None
    forced: bool = False
    commentary: bool = False
    audio_description: bool = False
    is_default: bool = False
    name: str = ""
    # Of subtitles, counted in the ripped file: how many there are, and how many are always shown.
    events: Count | None = None
    forced_events: Count | None = None
    kept: bool = True
    why: str = ""


class TitleCandidate(Model, table=True):
    """An episode that a title may be, as the matcher ranked it."""

    __tablename__ = "title_candidates"

    id: int | None = Field(default=None, primary_key=True)
    title_id: int = Field(foreign_key="disc_titles.id", index=True)
    episode: str
    confidence: Probability
    reason: str = ""
    # What speaks for it, in words; empty where the reason says it.
    evidence: str = ""


class TitlePart(Model, table=True):
    """An episode inside a title that holds several, from `begin_seconds` to `end_seconds` of the title."""

    __tablename__ = "title_parts"

    id: int | None = Field(default=None, primary_key=True)
    title_id: int = Field(foreign_key="disc_titles.id", index=True)
    episode: str
    begin_seconds: Seconds
    end_seconds: Seconds
