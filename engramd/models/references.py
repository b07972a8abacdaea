"""Reference subtitles that were fetched: where each came from, and what it is."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from engramd.models.base import Model, time_field, utcnow
from engramd.models.disc_job import Count, SeasonNumber, WorkNumber


class SubtitleFile(Model, table=True):
    """One file that a provider served for an episode.

    `path` is the file in the cache, empty where what was served was refused for the reason in `refused`.
    `language` is ISO 639-2/B. `sha256` is the hash of the bytes as they were served.
    """

    __tablename__ = "subtitle_files"
    __table_args__ = (
        UniqueConstraint("provider", "provider_id", "season", "episode", name="uq_subtitle_files_source"),
    )

    id: int | None = Field(default=None, primary_key=True)
    provider: str
    provider_id: str
    show: str = Field(index=True)
    tmdb_id: WorkNumber | None = None
    season: SeasonNumber
    episode: Count
    language: str = ""
    release: str = ""
    sha256: str = ""
    path: str = ""
    cues: Count = 0
    refused: str = ""
    fetched_at: AwareDatetime = time_field(default_factory=utcnow)
