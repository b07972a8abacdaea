"""Several titles of a disc that a back end rips in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engramd.discs.model import Title
from engramd.rip.model import Progress, RipResult

#: What a pass writes lies in a folder of this name, beside the titles that it brings.
PASS = "pass.mkv"


@dataclass(frozen=True)
class Wanted:
    """A title, and the name of its own for this attempt."""

    title: Title
    target: Path


class PassListener(Protocol):
    """Who is told of a pass; called from the thread that runs it, `progress` from another one."""

    def begun(self, wanted: Wanted) -> bool:
        """The back end writes this title now; false if it is not wanted any more."""

    def progress(self, wanted: Wanted, progress: Progress) -> None:
        """How far the title is."""

    def ripped(self, wanted: Wanted, result: RipResult) -> None:
        """The title is complete, verified and synced at its target."""
