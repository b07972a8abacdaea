"""When a message may go out, in local time. Pure; `now` is aware, of any zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta

#: Seconds until the first further attempt, and the longest pause between two.
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
#: Attempts with such pauses that fill a day.
MOST_ATTEMPTS = 29


def next_at(now: datetime, when: time) -> datetime:
    """Give the next moment at which it is `when`, local time."""
    for days in (0, 1, 2):
        day = now.astimezone().date() + timedelta(days=days)
        moment = datetime.combine(day, when).astimezone()
        if moment > now:
            return moment
    raise AssertionError("two days have no such time")


def quiet_until(now: datetime, hours: tuple[time, time] | None) -> datetime | None:
    """Give the end of the quiet hours that `now` lies in, or None."""
    if hours is None:
        return None
    begin, end = hours
    local = now.astimezone().time().replace(tzinfo=None)
    inside = begin <= local < end if begin < end else local >= begin or local < end
    # An hour that comes twice a year ends twice, and the second end counts for who is in it.
    return min(next_at(now, end), next_at(now, end.replace(fold=1))) if inside else None


def pause_after(attempts: int) -> timedelta:
    """Give the pause after so many failed attempts, which grows."""
    return timedelta(seconds=min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts - 1, 16)))


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Give when to try again what failed so many times, or None once a day is over."""
    return now + pause_after(attempts) if attempts < MOST_ATTEMPTS else None
