"""Several titles of a disc that are ripped in one pass, each handed on as soon as it is complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.errors import Cancelled, EngramError
from engramd.models import DiscTitle, TitleState
from engramd.pipeline.ripped import TitleSteps

if TYPE_CHECKING:
    from engramd.rip import Progress, RipResult, Wanted


class OnePass:
    """The listener of a pass over the titles of one job.

    `show` takes a title's progress, and `keep` a title that is complete.
    """

    def __init__(
        self,
        steps: TitleSteps,
        show: Callable[[DiscTitle, Progress], None],
        titles: Mapping[Path, DiscTitle],
        backend: str,
        keep: Callable[[DiscTitle, RipResult], None],
    ) -> None:
        self._steps, self._show, self._titles = steps, show, titles
        self._backend, self._keep = backend, keep
        self._open: set[Path] = set()

    def begun(self, wanted: Wanted) -> bool:
        """See PassListener."""
        begins = self._steps.begin(self._titles[wanted.target], self._backend)
        if begins:
            self._open.add(wanted.target)
        return begins

    def progress(self, wanted: Wanted, progress: Progress) -> None:
        """See PassListener."""
        self._show(self._titles[wanted.target], progress)

    def ripped(self, wanted: Wanted, result: RipResult) -> None:
        """See PassListener."""
        title = self._titles[wanted.target]
        if title.state is TitleState.PENDING and not self._steps.begin(title, self._backend):
            return
        self._open.discard(wanted.target)
        self._keep(title, result)

    def put_back(self, error: EngramError | None = None) -> list[DiscTitle]:
        """Put back what was begun and is not complete; give these titles."""
        why = error or Cancelled("the pass over the disc ended before it was complete")
        titles = [self._titles[target] for target in self._open]
        for title in titles:
            self._steps.interrupted(title, why)
        return titles
