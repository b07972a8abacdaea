"""The data model: SQLModel tables and the enums whose strings are contracts."""

from engramd.models.app_config import AppConfig
from engramd.models.disc_job import DiscJob, DiscTitle, TitleCandidate, TitlePart, TitleTrack
from engramd.models.enums import (
    ClassificationSource,
    CleanupPolicy,
    ConflictResolution,
    ContentType,
    EditionsPolicy,
    EjectPolicy,
    ExtrasPolicy,
    FolderTitle,
    InsertPolicy,
    JobState,
    Outcome,
    ReviewKind,
    RipOutcome,
    TitleRole,
    TitleState,
    WaitingFor,
    WorkNamespace,
)
from engramd.models.history import DriveRecord, JobEvent, ReviewTask, TrackRule
from engramd.models.identity import DiscHint, JobEvidence, WorkCandidate, WorkName
from engramd.models.references import SubtitleFile

__all__ = [
    "AppConfig",
    "ClassificationSource",
    "CleanupPolicy",
    "ConflictResolution",
    "ContentType",
    "DiscHint",
    "DiscJob",
    "DiscTitle",
    "DriveRecord",
    "EditionsPolicy",
    "EjectPolicy",
    "ExtrasPolicy",
    "FolderTitle",
    "InsertPolicy",
    "JobEvent",
    "JobEvidence",
    "JobState",
    "Outcome",
    "ReviewKind",
    "ReviewTask",
    "RipOutcome",
    "SubtitleFile",
    "TitleCandidate",
    "TitlePart",
    "TitleRole",
    "TitleState",
    "TitleTrack",
    "TrackRule",
    "WaitingFor",
    "WorkCandidate",
    "WorkName",
    "WorkNamespace",
]
