"""Rows about what discs are: evidence, works that a disc may be, names of works, hints of people."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime
from pydantic import Field as Limits
from sqlalchemy import Integer
from sqlmodel import Field

from engramd.models.base import Model, enum_type, time_field, utcnow
from engramd.models.disc_job import Count, Probability, SeasonNumber, WorkNumber, Year
from engramd.models.enums import ContentType, WorkNamespace


class JobEvidence(Model, table=True):
    """What one source says of a job's disc, and whether the verdict follows it."""

    __tablename__ = "job_evidence"

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="disc_jobs.id", index=True)
    at: AwareDatetime = time_field(default_factory=utcnow)
    source: str
    claim: str
    confidence: Probability = 0.0
    followed: bool = True
    sentence: str = ""


class WorkCandidate(Model, table=True):
    """A series or film that a job's disc may be, as the sources ranked it; `tmdb_id` where that is known."""

    __tablename__ = "work_candidates"

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="disc_jobs.id", index=True)
    namespace: WorkNamespace = Field(sa_type=enum_type(WorkNamespace, "work_namespace"))
    tmdb_id: WorkNumber | None = None
    name: str
    year: Year | None = None
    confidence: Probability = 0.0
    reason: str = ""
    # By which people choose it; it stays when the works are ranked anew.
    number: int = 0


class WorkName(Model, table=True):
    """The folder title of a work, decided when its first disc was filed and kept for all that follow."""

    __tablename__ = "work_names"

    namespace: WorkNamespace = Field(
        primary_key=True, sa_type=enum_type(WorkNamespace, "named_work_namespace")
    )
    tmdb_id: int = Field(
        ge=1, le=2**31 - 1, primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False}
    )
    title: str
    year: Year | None = None
    original_title: str = ""
    language: str = ""
    decided_at: AwareDatetime = time_field(default_factory=utcnow)


class DiscHint(Model, table=True):
    """What a person said the next discs are.

    It counts for `discs_left` discs (None: until it is changed), on one drive or on all, until it expires.
    """

    __tablename__ = "disc_hints"

    id: int | None = Field(default=None, primary_key=True)
    drive_identity: str | None = Field(default=None, index=True)
    actor: str = ""
    created_at: AwareDatetime = time_field(default_factory=utcnow)
    expires_at: AwareDatetime = time_field(default_factory=utcnow)
    ended_at: AwareDatetime | None = time_field()
    ended_why: str = ""
    # No default of the column: SQLAlchemy would write it where None (until it is changed) is meant.
    discs_left: Annotated[int, Limits(ge=0, le=1000)] | None = Field(
        default=1, sa_column_kwargs={"default": None}
    )
    content_type: ContentType | None = Field(
        default=None, sa_type=enum_type(ContentType, "hint_content_type")
    )
    title: str | None = None
    year: Year | None = None
    season: SeasonNumber | None = None
    next_disc: Count | None = None
    tmdb_id: WorkNumber | None = None
    edition: str | None = None
    extras_policy: str = ""
    # Whose drives it is for; empty where the database is not shared.
    station: str = ""
