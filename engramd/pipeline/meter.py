"""How far a job's rip is: the progress of its titles added up, and told now and then."""

from __future__ import annotations

import time
from collections.abc import Iterable

from engramd.events import RipProgress
from engramd.models import DiscTitle
from engramd.pipeline.parts import Parts
from engramd.rip import Progress

#: Seconds between two announcements of progress.
PROGRESS_EVERY = 0.5


class Meter:
    """Counts the bytes of a job's titles."""

    def __init__(self, parts: Parts, job_id: int, titles: Iterable[DiscTitle]) -> None:
        self._publish = parts.hub.publish
        self._job_id = job_id
        self._sizes = {t.title_index: max(1, t.file_size_bytes) for t in titles}
        self._total = sum(self._sizes.values())
        self._done = 0
        self._started = time.monotonic()
        self._last = 0.0

    def show(self, title: DiscTitle, progress: Progress) -> None:
        """Tell how far a title is, unless something was told just now."""
        now = time.monotonic()
        if now - self._last < PROGRESS_EVERY:
            return
        self._last = now
        size = self._sizes.get(title.title_index, 1)
        fraction = (self._done + max(0.0, progress.fraction) * size) / max(self._total, size)
        rate = fraction * self._total / max(0.1, now - self._started)
        left = (1 - fraction) * self._total / rate if rate > 0 else None
        self._publish(RipProgress(self._job_id, title.title_index, fraction, progress.fraction, rate, left))

    def finish(self, title: DiscTitle) -> None:
        """Count a title as done."""
        self._done += self._sizes.get(title.title_index, 1)
