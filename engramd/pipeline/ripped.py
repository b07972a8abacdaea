"""What becomes of a title's row as it is ripped: it begins, is interrupted, put off, fails, or is whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from engramd.errors import EngramError, RipFailed, WrongState
from engramd.models import ContentType, DiscJob, DiscTitle, RipOutcome, TitleRole, TitleState
from engramd.pipeline.parts import Parts
from engramd.pipeline.staging import JobFolder, gigabytes
from engramd.rip import RipResult, TitleDamaged, TitleFailed, TitleStalled
from engramd.rip.model import is_partial

log = structlog.get_logger(__name__)

#: `match_source` of a title whose episode TheDiscDB names.
FROM_DISCDB = "discdb"


class TitleSteps:
    """Moves titles on their way through a drive; `ripped` is called with each one that is complete."""

    def __init__(self, parts: Parts, ripped: Callable[[DiscJob, DiscTitle], None]) -> None:
        self._parts = parts
        self._ripped = ripped

    def begin(self, title: DiscTitle, backend: str) -> bool:
        """Have a title begin to rip; false if somebody decided in this moment that it is not wanted."""
        attempt = title.rip_attempts + 1
        values: dict[str, Any] = {"rip_attempts": attempt, "error_message": None, "rip_backend": backend}
        try:
            sentence = f"{_name(title)} begins to rip"
            self._parts.lifecycle.move_title(title, TitleState.RIPPING, sentence, **values)
        except WrongState:
            return False
        return True

    def interrupted(self, title: DiscTitle, error: EngramError) -> EngramError:
        """Put a title back to pending for what is no fault of its own: it begins again when the disc does."""
        self._parts.lifecycle.move_title(
            title, TitleState.PENDING, str(error), rip_outcome=RipOutcome.INTERRUPTED
        )
        return error

    def put_off(self, title: DiscTitle, error: EngramError) -> None:
        """Leave a title that went badly for the end of the disc; what was read of it stays."""
        sentence = f"{_name(title)} is tried again after the others: {error}"
        log.warning("a title is put off", title=title.title_index + 1, phase="rip", why=str(error))
        self._parts.lifecycle.move_title(
            title, TitleState.PENDING, sentence, error_message=str(error), **found_of(title, error)
        )

    def failed(self, title: DiscTitle, error: EngramError) -> None:
        """Give a title up; the others go on."""
        log.warning("a title failed", title=title.title_index + 1, phase="rip", why=str(error))
        self._parts.lifecycle.move_title(
            title, TitleState.FAILED, str(error), error_message=str(error), **found_of(title, error)
        )

    def keep(self, job_id: int, ripped: DiscTitle, result: RipResult, folder: JobFolder) -> None:
        """Hand a ripped title on, as what a person may have said of it in the meantime."""
        folder.forget_attempts(ripped.title_index, keep=result.path)
        job = self._parts.store.need_job(job_id)
        title = self._parts.store.need_title(job_id, ripped.title_index)
        for note in result.notes:
            self._parts.lifecycle.note(job_id, "rip", f"{_name(title)}: {note}")
        length = timedelta(seconds=round(result.duration))
        sentence = f"{_name(title)} is ripped: {length}, {gigabytes(result.size)}"
        values: dict[str, Any] = {
            "staging_file": str(result.path),
            "file_size_bytes": result.size,
            "rip_outcome": RipOutcome.SAVED,
            "rip_backend": result.backend or title.rip_backend,
            "rip_message_code": None,
            "read_errors": result.read_errors,
            "error_message": None,
        }
        self.hand_on(job, title, sentence, **values)

    def hand_on(self, job: DiscJob, title: DiscTitle, sentence: str, **values: Any) -> None:
        """Have a title that has a file matched, or filed where it is known what it is."""
        if needs_episode(job, title):
            self._parts.lifecycle.move_title(title, TitleState.MATCHING, sentence, **values)
        else:
            why = title.match_reason or title.role_reason or "as its place on the disc says"
            values |= {"match_confidence": title.match_confidence or 1.0, "match_reason": why}
            self._parts.lifecycle.move_title(title, TitleState.MATCHED, sentence, **values)
        self._ripped(job, title)


def found_of(title: DiscTitle, error: EngramError) -> dict[str, Any]:
    """Give the fields that tell how a try ended, with the file of what could be read."""
    if isinstance(error, TitleDamaged | TitleStalled):
        stalled = isinstance(error, TitleStalled)
        return {
            "rip_outcome": RipOutcome.STALLED if stalled else RipOutcome.DAMAGED,
            "read_errors": error.read_errors,
            "rip_message_code": error.message_code or None,
            "staging_file": _best_file(title, error.partial),
        }
    code = error.message_code if isinstance(error, TitleFailed) else 0
    return {"rip_outcome": RipOutcome.FAILED, "rip_message_code": code or None}


def _best_file(title: DiscTitle, partial: Path | None) -> str | None:
    """Choose between the file that a title has and what the last try left: nothing good goes for less."""
    former = kept_file(title)
    if partial is None or (former is not None and former.exists() and not _is_better(partial, former)):
        return title.staging_file
    return str(partial)


def _is_better(partial: Path, former: Path) -> bool:
    return is_partial(former) and _worth(partial) >= _worth(former)


def _worth(file: Path) -> tuple[int, int]:
    """Rate a file by how long it plays (whole seconds), and by its bytes, since gaps need not shorten it."""
    from engramd.rip.matroska import read_head

    try:
        return round(read_head(file).duration), file.stat().st_size
    except (RipFailed, OSError):
        return 0, 0


def needs_episode(job: DiscJob, title: DiscTitle) -> bool:
    """Tell whether a title must be matched before it can be filed."""
    if job.is_other:
        return False
    if title.match_source == FROM_DISCDB and title.role is TitleRole.EPISODE:
        return True  # the disc's own subtitles may know better
    if title.matched_episode or title.is_extra or title.own_content_type is ContentType.MOVIE:
        return False
    return job.content_type is not ContentType.MOVIE or title.role is TitleRole.EPISODE


def kept_file(title: DiscTitle) -> Path | None:
    """Give the file that an earlier try left of a title, and that stays until there is a better one."""
    return Path(title.staging_file) if title.staging_file else None


def _name(title: DiscTitle) -> str:
    return f"title {title.title_index + 1}"
