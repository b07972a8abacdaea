"""What people said the next discs are: which hint a new job takes, and how it gives it back.

Everything here happens inside a session of its caller, so that a hint and the job that takes it are committed
together: a crash can neither lose a disc of a stack nor count one twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from engramd.models import DiscHint, DiscJob

#: How long a hint counts after it was given, and after each disc that took it.
LASTS = timedelta(hours=12)
ALL_CAME = "all its discs have come"
EXPIRED = "no disc came for 12 hours"
MOST_DISCS = 1000


def active_hints(session: Session, now: datetime, station: str = "") -> list[DiscHint]:
    """Give the hints that count on a station, oldest first."""
    wanted = select(DiscHint).where(col(DiscHint.ended_at).is_(None), col(DiscHint.expires_at) > now)
    wanted = wanted.where(DiscHint.station == station)
    return list(session.exec(wanted.order_by(col(DiscHint.id))).all())


def end_expired(session: Session, now: datetime) -> None:
    """Write down which hints have run out."""
    wanted = select(DiscHint).where(col(DiscHint.ended_at).is_(None), col(DiscHint.expires_at) <= now)
    for hint in session.exec(wanted).all():
        end_hint(hint, EXPIRED, hint.expires_at)


def end_hint(hint: DiscHint, why: str, now: datetime) -> None:
    """Let a hint count no longer."""
    hint.ended_at, hint.ended_why = now, why


def take_hint(session: Session, job: DiscJob, now: datetime, station: str = "") -> DiscHint | None:
    """Let a job's disc be the next one of the hint for its drive, else of the one for all of its station.

    The job gets the hint's number, and the disc number and the wish about extras where it has none.
    """
    end_expired(session, now)
    active = active_hints(session, now, station)
    found = [h for h in active if h.drive_identity in (None, job.drive_identity)]
    if not found:
        return None
    hint = max(found, key=lambda h: (h.drive_identity is not None, h.id or 0))
    job.hint_id = hint.id
    job.extras_policy = job.extras_policy or hint.extras_policy
    if hint.next_disc is not None:
        job.disc_number = hint.next_disc
        hint.next_disc += 1
    if hint.discs_left is not None:
        hint.discs_left -= 1
    hint.expires_at = now + LASTS
    if hint.discs_left == 0:
        end_hint(hint, ALL_CAME, now)
    session.add(hint)
    return hint


def give_hint_back(session: Session, job: DiscJob, now: datetime) -> DiscHint | None:
    """Let a job's disc not count; None if it took no hint.

    A hint that had ended with this disc counts again, unless another one took its place. Its number is the
    next one again only if no later disc has got one since.
    """
    hint = session.get(DiscHint, job.hint_id) if job.hint_id is not None else None
    if hint is None:
        return None
    job.hint_id = None
    if hint.next_disc is not None and job.disc_number == hint.next_disc - 1:
        hint.next_disc -= 1
    if hint.discs_left is not None:
        hint.discs_left = min(hint.discs_left + 1, MOST_DISCS)
    active = active_hints(session, now, hint.station)
    others = [h for h in active if h.drive_identity == hint.drive_identity]
    if hint.ended_why == ALL_CAME and hint.expires_at > now and not others:
        hint.ended_at, hint.ended_why = None, ""
    session.add_all([job, hint])
    return hint


def hint_words(hint: DiscHint, disc: int | None = None) -> str:
    """Say what a hint says: `Harbor Station (2003), season 2, disc 4`."""
    name = f"{hint.title} ({hint.year})" if hint.title and hint.year else hint.title
    kind = {"tv": "a series", "movie": "a film"}.get(hint.content_type or "")
    said = [
        name or kind,
        f"season {hint.season}" if hint.season is not None else None,
        f"disc {disc}" if disc is not None else None,
        f"edition {hint.edition}" if hint.edition else None,
        f"TMDB {hint.tmdb_id}" if hint.tmdb_id is not None else None,
        {
            "keep": "with its extras",
            "skip": "without its extras",
            "ask": "asking about its extras",
        }.get(hint.extras_policy),
    ]
    return ", ".join(filter(None, said))


def hint_sentence(hint: DiscHint, disc: int | None) -> str:
    """Say whose hint a disc took, and what it says."""
    return f"hint {hint.id} of {hint.actor}: {hint_words(hint, disc)}"
