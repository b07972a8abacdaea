"""What is still to be told: notifications to people, and scans to media servers."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from engramd.models.base import Model, time_field, utcnow
from engramd.models.disc_job import Count


class Notice(Model, table=True):
    """A message for people; `kind` names its text in the template file.

    `about` names the condition that it is about; `delivered` lists the addresses that have it, by the start
    of their hash. `sent_at` is also set where it was given up, which `error` says, or is no news any more.
    """

    __tablename__ = "notices"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    job_id: int | None = Field(default=None, foreign_key="disc_jobs.id", index=True)
    about: str = Field(default="", index=True)
    subject: str
    text: str = ""
    urgent: bool = False
    at: AwareDatetime = time_field(default_factory=utcnow)
    due_at: AwareDatetime = time_field(default_factory=utcnow)
    attempts: Count = 0
    error: str = ""
    delivered: str = ""
    sent_at: AwareDatetime | None = time_field()
    # Who sends it; empty where the database is not shared.
    station: str = ""


class MediaScan(Model, table=True):
    """A folder that a media server is to look at (`server`: plex, jellyfin or emby).

    `done_at` is also set where it was given up, which `error` says.
    """

    __tablename__ = "media_scans"

    id: int | None = Field(default=None, primary_key=True)
    server: str
    folder: str
    at: AwareDatetime = time_field(default_factory=utcnow)
    due_at: AwareDatetime = time_field(default_factory=utcnow)
    attempts: Count = 0
    error: str = ""
    done_at: AwareDatetime | None = time_field()
    # Who tells the server; empty where the database is not shared.
    station: str = ""
