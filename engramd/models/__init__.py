"""The data model: SQLModel tables and the enums whose strings are contracts."""

from engramd.models.app_config import AppConfig
from engramd.models.disc_job import DiscJob, DiscTitle, TitleCandidate, TitleTrack
from engramd.models.enums import (
    ClassificationSource,
    CleanupPolicy,
    ConflictResolution,
    ContentType,
    ExtrasPolicy,
    InsertPolicy,
    JobState,
    Outcome,
    ReviewKind,
    TitleRole,
    TitleState,
    WaitingFor,
)
from engramd.models.history import DriveRecord, JobEvent, ReviewTask

__all__ = [
    "AppConfig",
    "ClassificationSource",
    "CleanupPolicy",
    "ConflictResolution",
    "ContentType",
    "DiscJob",
    "DiscTitle",
    "DriveRecord",
    "ExtrasPolicy",
    "InsertPolicy",
    "JobEvent",
    "JobState",
    "Outcome",
    "ReviewKind",
    "ReviewTask",
    "TitleCandidate",
    "TitleRole",
    "TitleState",
    "TitleTrack",
    "WaitingFor",
]
