"""Rows with a life of their own beside jobs: events, review tasks, drives."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime
from pydantic import Field as Limits
from sqlmodel import Field

from engramd.models.base import Model, enum_type, time_field, utcnow
from engramd.models.enums import EjectPolicy, InsertPolicy, ReviewKind

Speed = Annotated[int, Limits(ge=0, le=64)]


class JobEvent(Model, table=True):
    """What happened to a job: when, who did it, and why; never changed or deleted."""

    __tablename__ = "job_events"

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="disc_jobs.id", index=True)
    title_index: int | None = None
    at: AwareDatetime = time_field(default_factory=utcnow, index=True)
    kind: str = Field(index=True)
    actor: str = "engramd"
    old: str = ""
    new: str = ""
    sentence: str = ""


class ReviewTask(Model, table=True):
    """A question for a person; closed by an answer, by dismissal, or because events answered it."""

    __tablename__ = "review_tasks"

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="disc_jobs.id", index=True)
    title_id: int | None = Field(default=None, foreign_key="disc_titles.id")
    kind: ReviewKind = Field(sa_type=enum_type(ReviewKind, "review_kind"))
    question: str
    summary: str = ""
    needs_disc: bool = False
    # What happens if nobody answers.
    unanswered: str = ""
    # Why it is asked.
    why: str = ""
    created_at: AwareDatetime = time_field(default_factory=utcnow)
    closed_at: AwareDatetime | None = time_field()
    answer: str | None = None
    answered_by: str | None = None


class StandingAnswer(Model, table=True):
    """What a person answered for more than one question: it answers the same one about what follows."""

    __tablename__ = "standing_answers"

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review_tasks.id", index=True)
    job_id: int = Field(foreign_key="disc_jobs.id", index=True)
    kind: ReviewKind = Field(sa_type=enum_type(ReviewKind, "standing_kind"))
    # Whether it was about a title, and not about its disc.
    of_title: bool = False
    # disc, season or set
    scope: str
    answer: str
    actor: str
    at: AwareDatetime = time_field(default_factory=utcnow)
    # When it was taken back.
    ended_at: AwareDatetime | None = time_field()


class DriveRecord(Model, table=True):
    """A drive that was seen, by its identity (serial or port path), with what a person decided for it.

    Ports are those of a `station`; it is empty where the database is not shared.
    """

    __tablename__ = "drives"

    station: str = Field(default="", primary_key=True)
    identity: str = Field(primary_key=True)
    name: str = ""
    on_insert: InsertPolicy = Field(
        default=InsertPolicy.RIP, sa_type=enum_type(InsertPolicy, "insert_policy")
    )
    eject: EjectPolicy = Field(default=EjectPolicy.AFTER_RIP, sa_type=enum_type(EjectPolicy, "eject_policy"))
    # How fast it reads, in times the single speed of the disc's kind; 0: as fast as it can.
    speed: Speed = 0


class TrackRule(Model, table=True):
    """What a person decided about the tracks of one show or film; None: as the settings say."""

    __tablename__ = "track_rules"

    #: The name in lower case, as the library folder has it, without the year.
    show: str = Field(primary_key=True)
    audio_languages: str | None = None
    subtitle_languages: str | None = None
    keep_commentary: bool | None = None
    keep_core_audio: bool | None = None
    actor: str = ""
    changed_at: AwareDatetime = time_field(default_factory=utcnow)
