"""How far a job's rip is: the progress of its titles added up, and told now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from engramd.events import RipProgress
from engramd.models import DiscTitle
from engramd.pipeline.parts import Parts
from engramd.rip import Progress, Speed

#: Seconds between two announcements of progress.
PROGRESS_EVERY = 0.5
#: Seconds over which the speed of a rip is averaged, from which its end is foretold.
WINDOW = 30.0


class Meter:
    """Counts the bytes of a job's titles, as the disc has them; waiting does not count."""

    def __init__(
        self,
        parts: Parts,
        job_id: int,
        titles: Iterable[DiscTitle],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._publish = parts.hub.publish
        self._job_id = job_id
        self._clock = clock
        self._sizes = {t.title_index: max(1, t.file_size_bytes) for t in titles}
        self._total = sum(self._sizes.values())
        self._done = 0
        self._last = 0.0
        self._speed = Speed(clock, WINDOW, from_zero=False)

    def pause(self) -> None:
        """Begin to measure anew: nothing was ripped for a while."""
        self._speed = Speed(self._clock, WINDOW, from_zero=False)

    def show(self, title: DiscTitle, progress: Progress) -> None:
        """Tell how far a title is, unless something was told just now."""
        now = self._clock()
        if now - self._last < PROGRESS_EVERY:
            return
        self._last = now
        size = self._sizes.get(title.title_index, 1)
        written = max(0.0, progress.fraction) * size
        total = max(self._total, self._done + size)
        rate = max(0.0, self._speed.of(int(self._done + written)))
        known = progress.fraction >= 0 and rate > 0
        self._publish(
            RipProgress(
                self._job_id,
                title.title_index,
                (self._done + written) / total,
                progress.fraction,
                rate,
                (total - self._done - written) / rate if known else None,
                (size - written) / rate if known else None,
            )
        )

    def finish(self, title: DiscTitle) -> None:
        """Count a title as done."""
        self._done += self._sizes.get(title.title_index, 1)
