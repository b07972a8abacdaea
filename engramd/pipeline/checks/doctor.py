"""Doctor's part in the daemon: every check, made side by side, and one round at a time however many ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from engramd.pipeline.checks.lacks import Checks
from engramd.pipeline.findings import Finding
from engramd.pipeline.parts import Parts
from engramd.pipeline.sources import Sources
from engramd.pipeline.views import DriveView


class Doctor:
    """Makes the checks when it is asked. For any thread that may wait for some seconds."""

    def __init__(
        self,
        parts: Parts,
        checks: Checks,
        sources: Sources,
        staging: Callable[[], Path],
        drives: Callable[[], list[DriveView]],
    ) -> None:
        self.parts, self.checks, self.sources = parts, checks, sources
        self.staging, self.drives = staging, drives
        self._turn, self._counting = threading.Lock(), threading.Lock()
        self._begun = 0
        self.waiting = 0
        self._last: Sequence[Finding] | None = None

    def check(self) -> Sequence[Finding]:
        """Give what is found now; who comes during a round shares the next one with all that wait."""
        with self._counting:
            came = self._begun
            self.waiting += 1
        with self._turn:
            with self._counting:
                self.waiting -= 1
                is_first, is_last = self._begun == came, not self.waiting
                self._begun += is_first
            if is_first:
                self._last = None
            if self._last is None:  # if it is not the first, the round that it was to share failed
                self._last = self._round()
            found = self._last
            if is_last:
                self._last = None
        return found

    def _round(self) -> Sequence[Finding]:
        from engramd.pipeline.checks.rounds import make_round  # most daemons are never asked

        return make_round(self)
