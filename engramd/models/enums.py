"""The vocabularies of the data model; each string is a contract of the bus and of the database."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a job is on its way; waiting is no state (see `WaitingFor`)."""

    IDLE = "idle"
    IDENTIFYING = "identifying"
    REVIEW_NEEDED = "review_needed"
    RIPPING = "ripping"
    MATCHING = "matching"
    ORGANIZING = "organizing"
    COMPLETED = "completed"
    FAILED = "failed"


class TitleState(StrEnum):
    """Where a title is on its way; `skipped` is not filed, by rule or by wish."""

    PENDING = "pending"
    RIPPING = "ripping"
    MATCHING = "matching"
    MATCHED = "matched"
    REVIEW = "review"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class ContentType(StrEnum):
    """What a disc holds."""

    TV = "tv"
    MOVIE = "movie"
    UNKNOWN = "unknown"


class WorkNamespace(StrEnum):
    """Which of TMDB's two series of numbers an id belongs to: 550 is a film and also a series."""

    TV = "tv"
    MOVIE = "movie"


class FolderTitle(StrEnum):
    """Which of a work's names its library folder gets."""

    LOCALISED = "localised"
    ORIGINAL = "original"


class ClassificationSource(StrEnum):
    """Where a job's identity comes from."""

    HEURISTIC = "heuristic"
    TMDB = "tmdb"
    DISCDB_HASH = "discdb_hash"
    DISCDB_NAME = "discdb_name"
    USER = "user"


class WaitingFor(StrEnum):
    """What a job or title waits for; it goes on by itself when that is there."""

    LIBRARY = "library"
    SPACE = "space"
    KEY = "key"
    TOOL = "tool"
    DISC = "disc"
    REFERENCES = "references"
    SLOT = "slot"
    ANSWER = "answer"


class Outcome(StrEnum):
    """How a job ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    DUPLICATE = "duplicate"
    CANCELLED = "cancelled"
    NOTHING_TO_DO = "nothing_to_do"
    FAILED = "failed"


class TitleRole(StrEnum):
    """What a title is on its disc."""

    EPISODE = "episode"
    MAIN_FEATURE = "main_feature"
    EXTRA = "extra"
    PLAY_ALL = "play_all"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"


class ReviewKind(StrEnum):
    """What a review task asks about."""

    IDENTITY = "identity"
    SEASON = "season"
    EPISODE = "episode"
    EDITION = "edition"
    EXTRA = "extra"
    CONFLICT = "conflict"
    DAMAGED = "damaged"
    REFERENCES = "references"
    TYPE = "type"


class InsertPolicy(StrEnum):
    """What a drive does with an inserted disc."""

    RIP = "rip"
    IDENTIFY = "identify"
    IGNORE = "ignore"


class ExtrasPolicy(StrEnum):
    """What happens to titles that are neither episode nor main feature."""

    KEEP = "keep"
    SKIP = "skip"
    ASK = "ask"


class EditionsPolicy(StrEnum):
    """What happens to the cuts of a film that a disc holds."""

    ALL = "all"
    LONGEST = "longest"
    ASK = "ask"


class EjectPolicy(StrEnum):
    """When a drive gives its disc back by itself; `always` is after a failure too."""

    AFTER_RIP = "after_rip"
    NEVER = "never"
    ALWAYS = "always"


class RipOutcome(StrEnum):
    """How the last attempt to rip a title ended; a `damaged` one may have a file with gaps."""

    SAVED = "saved"
    DAMAGED = "damaged"
    STALLED = "stalled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class CleanupPolicy(StrEnum):
    """When the staging folder of a finished job goes; a job with open questions always keeps it."""

    ON_SUCCESS = "on_success"
    ON_COMPLETION = "on_completion"
    MANUAL = "manual"
    AFTER_DAYS = "after_days"


class ConflictResolution(StrEnum):
    """What happens when the library has the episode or film already; nothing is ever overwritten.

    A file that is the same, byte for byte, is left alone whatever is set. `compare` keeps both where
    resolution or cut differ, and asks else; `replace` puts the library's file into the trash.
    """

    COMPARE = "compare"
    ASK = "ask"
    KEEP_BOTH = "keep_both"
    REPLACE = "replace"
    SKIP = "skip"


class NamingPreset(StrEnum):
    """Whose conventions the names of folders and files follow where no format of one's own is set."""

    PLEX = "plex"
    JELLYFIN = "jellyfin"


class EpisodeOrder(StrEnum):
    """Which numbers of a show's episodes their files are named by; matching always uses the aired ones."""

    AIRED = "aired"
    DVD = "dvd"
    ABSOLUTE = "absolute"


class SubtitleSidecars(StrEnum):
    """Which subtitles are written beside a filed title; `ocr` includes captions."""

    OFF = "off"
    CAPTIONS = "captions"
    OCR = "ocr"


class NotifyWhen(StrEnum):
    """When a person is told that all is well; questions and troubles are told of at once."""

    OFF = "off"
    EACH_DISC = "each_disc"
    EVENING = "evening"
