"""How many downloads OpenSubtitles.com has left for us, as its last answer said."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from engramd.sources.opensubtitles_model import NAME
from engramd.sources.subtitles import OutOfQuota, Quota

_SAID = "downloaded your allowed"
#: A reset that is said to be past comes with a clock that is wrong, and one further away is no daily quota.
_SOONEST, _LATEST = timedelta(minutes=10), timedelta(hours=26)


class QuotaKept:
    """The quota as far as it is known; thread safe. `now` gives seconds since the epoch."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept = Quota()

    def current(self) -> Quota:
        """Give what is known; nothing is, once the reset is past, or too far away: the clock was set back."""
        with self._lock:
            now, resets_at = self._moment(), self._kept.resets_at
            if resets_at is not None and not now < resets_at <= now + _LATEST:
                self._kept = Quota()
            return self._kept

    def note(self, left: int | None, resets_at: str = "") -> Quota:
        """Keep what an answer said: the downloads left, and the moment (ISO 8601) of the next reset."""
        if left is None:
            return self.current()
        quota = Quota(max(0, left), self._reset(resets_at))
        with self._lock:
            self._kept = quota
        return quota

    def raise_if_spent(self) -> None:
        """Raise OutOfQuota if it is known that nothing is left."""
        if self.current().left == 0:
            raise self.out_of_quota("")

    def out_of_quota(self, why: str) -> OutOfQuota:
        """Give the error for a quota that is spent."""
        resets_at = self.current().resets_at or self._reset("")
        return OutOfQuota(f"{NAME} has no download left for today", source=NAME, resets_at=resets_at, why=why)

    def _reset(self, text: str) -> datetime:
        """Read a moment; without one, the counters start again at midnight UTC."""
        now = self._moment()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            said = datetime.fromisoformat(text)
            moment = said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
        except (ValueError, OverflowError):
            moment = midnight
        return min(max(moment, now + _SOONEST), now + _LATEST)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


def is_spent(message: str, remaining: int | None) -> bool:
    """Tell whether a refusal says that the quota is spent."""
    return _SAID in message.lower() or (remaining is not None and remaining <= 0)
