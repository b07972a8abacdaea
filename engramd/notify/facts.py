"""What there is to say of a job, as the names that texts are filled in with. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from engramd.models import DiscJob, DiscTitle, JobState, ReviewTask, TitleState, WaitingFor
from engramd.notify.texts import Texts

#: Episodes that one message lists.
_MOST = 8
_READING = (JobState.IDLE, JobState.IDENTIFYING, JobState.RIPPING)


def disc_name(job: DiscJob, texts: Texts) -> str:
    """Give what a job's disc is, as far as known: `Firefly, season 1, disc 2`."""
    name = job.detected_title or job.volume_label or job.drive_id.rpartition("/")[2]
    if job.detected_title and job.year:
        name += f" ({job.year})"
    parts = [name]
    if job.detected_season is not None:
        number = job.detected_season
        parts.append(texts.word("season", number=number) if number else texts.word("specials"))
    if job.disc_number:
        parts.append(texts.word("disc", number=job.disc_number))
    return ", ".join(parts)


def job_facts(
    job: DiscJob, titles: Sequence[DiscTitle], open_reviews: Sequence[ReviewTask], texts: Texts
) -> dict[str, object]:
    """Give everything that a message about a job may say."""
    filed = [title for title in titles if title.state is TitleState.COMPLETED]
    failed = [title for title in titles if title.state is TitleState.FAILED]
    questions = len(open_reviews)
    return {
        "disc": disc_name(job, texts),
        "job": job.id,
        "titles": texts.count("titles", len(filed)),
        "failed": texts.count("titles", len(failed)) if failed else "",
        "episodes": _episodes(filed, texts) or disc_name(job, texts),
        "questions": texts.count("questions", questions) if questions else "",
        "first": open_reviews[0].summary or open_reviews[0].question if open_reviews else "",
        "why": job.error_message or next((t.error_message for t in failed if t.error_message), ""),
        "safe": texts.word(_safe(job, open_reviews)) if _has_disc(job) else "",
    }


def _episodes(filed: Sequence[DiscTitle], texts: Texts) -> str:
    """List what was filed in a few words: its episodes, in order."""
    codes = sorted({title.matched_episode for title in filed if title.matched_episode})
    listed = ", ".join(codes[:_MOST])
    more = len(codes) - _MOST
    return f"{listed} {texts.word('and_more', count=more)}" if more > 0 else listed


def _has_disc(job: DiscJob) -> bool:
    """Whether there is a disc at all: images, folders and files have none."""
    return not job.is_import and job.drive_id.startswith("/dev/")


def _safe(job: DiscJob, open_reviews: Sequence[ReviewTask]) -> str:
    """Name the word that says what may be done with the disc."""
    if job.waiting_for is WaitingFor.DISC or any(task.needs_disc for task in open_reviews):
        return "disc_goes_on"
    return "disc_stays_in" if job.state in _READING else "disc_is_free"
