"""What becomes of the staging folder of a job that has ended: what each cleanup policy lets go, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from engramd import organize
from engramd.models import AppConfig, CleanupPolicy, DiscJob, DiscTitle, JobState, Outcome, TitleState
from engramd.models.base import utcnow
from engramd.organize import Intent
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import Parts
from engramd.pipeline.splitting import WAS_SPLIT, forget_wholes
from engramd.pipeline.staging import JobFolder

log = structlog.get_logger(__name__)

#: States of a title that nothing more happens to by itself.
SETTLED = frozenset({TitleState.COMPLETED, TitleState.FAILED, TitleState.SKIPPED})


def clean_up(parts: Parts, libraries: Libraries, job: DiscJob, titles: Sequence[DiscTitle]) -> None:
    """Remove from staging what the policy lets go now. Only for a job that nothing is open of.

    Copies of what is filed, and what is no video, go for good; titles that were not filed go to the trash
    below the staging folder. What engramd did not make stays, and all does whose library is not there.
    Raises FilingFailed, NoSpace, OSError.
    """
    settings = parts.settings.current
    if not is_due(job, settings):
        return
    folder = JobFolder(Path(job.staging_folder or ""))
    forget_wholes(parts.lifecycle, folder, titles)
    kept = not all(lets_go(title, settings.staging_cleanup_policy) for title in titles)
    for title in titles:
        if title.state is TitleState.COMPLETED:
            _forget_filed(libraries, folder, title)
        elif title.filing_target:
            _abandon(parts, libraries, title)
        if lets_go(title, settings.staging_cleanup_policy) and not (kept and title.match_source == WAS_SPLIT):
            folder.discard(title.staging_file, f"{_which(job, title)} was {_how(title)}")
            _forget_partial(parts, folder, title)
    folder.remove()


def is_due(job: DiscJob, settings: AppConfig, now: datetime | None = None) -> bool:
    """Whether the staging folder of an ended job may be cleaned now."""
    policy = settings.staging_cleanup_policy
    if policy is CleanupPolicy.AFTER_DAYS:
        days = timedelta(days=settings.staging_cleanup_days)
        return job.completed_at is not None and (now or utcnow()) - job.completed_at >= days
    if policy is CleanupPolicy.ON_SUCCESS:
        return job.state is JobState.COMPLETED or job.outcome is Outcome.CANCELLED
    return policy is CleanupPolicy.ON_COMPLETION


def lets_go(title: DiscTitle, policy: CleanupPolicy) -> bool:
    """Whether the file of a title may go to the trash; with on_success one that failed stays for a retry."""
    if title.state is TitleState.FAILED:
        return policy in (CleanupPolicy.ON_COMPLETION, CleanupPolicy.AFTER_DAYS)
    return title.state in (TitleState.SKIPPED, TitleState.COMPLETED)


def _forget_filed(libraries: Libraries, folder: JobFolder, title: DiscTitle) -> None:
    """Remove the copy in staging of what the library has; raises FilingFailed where that is not there."""
    if title.organized_to and folder.holds(title.staging_file):
        filed = Path(title.organized_to)
        folder.forget_filed(title.staging_file, libraries.run_at(filed, lambda: _size_of(filed)))


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def _abandon(parts: Parts, libraries: Libraries, title: DiscTitle) -> None:
    """Take back what was begun in the library for a title that was never filed there.

    Once: another title may get that name later. Raises FilingFailed where the library is not there.
    """
    intent = Intent(Path(title.filing_target or ""), title.filing_bytes)
    source = Path(title.staging_file or "")
    try:
        libraries.run_at(intent.target, lambda: organize.abandon(source, intent))
    except OSError as error:
        log.warning("what was begun in the library stays there", where=str(intent.target), why=str(error))
    else:
        parts.lifecycle.update_title(title, filing_target=None, filing_bytes=0)


def _forget_partial(parts: Parts, folder: JobFolder, title: DiscTitle) -> None:
    """Have a title lead no more to what could be read of it: that is no file to go on with."""
    if folder.is_partial(title.staging_file):
        parts.lifecycle.update_title(title, staging_file=None)


def _which(job: DiscJob, title: DiscTitle) -> str:
    name = job.detected_title or job.volume_label or "a disc"
    return f"title {title.title_index + 1} of {name} (job {job.id})"


def _how(title: DiscTitle) -> str:
    why = title.match_reason or title.error_message or ""
    how = {TitleState.FAILED: "not filed", TitleState.COMPLETED: "filed, and its copy in staging differs"}
    return f"{how.get(title.state, 'skipped')}{': ' if why else ''}{why}"
