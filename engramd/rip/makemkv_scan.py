"""What MakeMKV offers of a disc: scanned once for each disc, one drive after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engramd.discs.model import Disc, Title
from engramd.discs.robot import parse_lines
from engramd.discs.robot_faults import MakemkvFailed
from engramd.discs.robot_log import Scan as Lines
from engramd.discs.robot_log import disc_of, gather
from engramd.discs.robot_messages import Severity
from engramd.errors import EngramError, RipFailed, UnreadableDisc
from engramd.rip.makemkv_faults import error_of, first_error_code, raise_outside
from engramd.rip.makemkv_program import Makemkv
from engramd.rip.makemkv_run import RunLog
from engramd.rip.makemkv_titles import lost_titles, offered_for
from engramd.rip.model import TitleDamaged, TitleStalled
from engramd.tools import CancelToken, Outcome

#: Seconds that a scan waits for another drive's to end; one that hangs must not hold up all drives.
TURN_LIMIT = 300.0
#: Attribute of a title: the name that MakeMKV suggests for its file.
FILE_NAME = 27


class NotOffered(RipFailed):
    """MakeMKV's scan does not offer a title that the disc's own tables name."""


@dataclass(frozen=True)
class Scan:
    """What is offered, the names of its files by title, and the seconds that opening the disc took.

    `read_errors` counts the places that could not be read, where that cost the scan titles.
    """

    titles: tuple[Title, ...]
    names: dict[int, str]
    opening: float
    read_errors: int

    def offered(self, disc: Disc, title: Title) -> Title:
        """Give MakeMKV's title for a title of the disc. Raises TitleDamaged, NotOffered."""
        found = offered_for(disc, title, self.titles)
        if found is not None:
            return found
        where = f"{disc.source}, title {title.number}"
        if self.read_errors:
            raise TitleDamaged(
                "MakeMKV lost the title in its scan",
                where=where,
                why=f"the disc could not be read at {self.read_errors} places",
                remedy="clean the disc and rip the title again",
                read_errors=self.read_errors,
            )
        raise NotOffered("MakeMKV does not offer the title", where=where, remedy="skip it")


class Scans:
    """Scans discs; `turns` is shared by all drives, since a scan disturbs other drives."""

    def __init__(
        self, program: Makemkv, turns: threading.Lock, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._program, self._turns, self._clock = program, turns, clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str | None, Scan]] = {}

    def of(self, disc: Disc, cancel: CancelToken) -> Scan:
        """Give the scan of a disc, which is made once as long as that disc is there.

        Raises MakemkvFailed, ToolMissing, NoMedium, TitleDamaged, TitleStalled, UnreadableDisc, Cancelled.
        """
        with self._lock:
            content_hash, known = self._known.get(disc.source, (None, None))
        if known is not None and content_hash == disc.content_hash:
            return known
        scan = self._scan(disc, cancel)
        with self._lock:
            self._known[disc.source] = disc.content_hash, scan
        return scan

    def _scan(self, disc: Disc, cancel: CancelToken) -> Scan:
        lines: list[str] = []
        with self._turn(cancel):
            begun = self._clock()
            outcome = self._program.info(Path(disc.source), lines.append, cancel)
            opening = self._clock() - begun
        found = gather(parse_lines(lines))
        log = _log_of(found)
        if not found.titles:
            raise self._nothing(disc, log, outcome)
        titles = disc_of(found, disc.source).titles
        lost = lost_titles(disc, titles, self._program.settings.least_seconds)
        names = {number: said.get(FILE_NAME, "") for number, said in found.titles.items()}
        return Scan(titles, names, opening, log.read_errors if lost else 0)

    def _nothing(self, disc: Disc, log: RunLog, outcome: Outcome) -> EngramError:
        """Say why a scan found no title; what is no fault of the disc is raised."""
        raise_outside(self._program, log, outcome, disc.source, None)
        if outcome.timed_out:
            why = f"it said nothing for {self._program.settings.stall / 60:.0f} minutes"
            return TitleStalled("MakeMKV's scan was given up", where=disc.source, why=why)
        if log.read_errors:
            return TitleDamaged(
                "MakeMKV's scan found no title",
                where=disc.source,
                why=f"the disc could not be read at {log.read_errors} places",
                remedy="clean the disc and try again",
                read_errors=log.read_errors,
                message_code=first_error_code(log) or 0,
            )
        error = error_of(log, outcome, disc.source, least=Severity.WARNING)
        if isinstance(error, MakemkvFailed):
            return error
        if isinstance(error, UnreadableDisc):
            return RipFailed(error.what, where=error.where, why=error.why, remedy=error.remedy)
        return NotOffered("MakeMKV found no title on the disc", where=disc.source)

    @contextmanager
    def _turn(self, cancel: CancelToken) -> Iterator[None]:
        end = self._clock() + TURN_LIMIT
        taken = self._turns.acquire(blocking=False)
        while not taken and self._clock() < end:
            cancel.raise_if_cancelled()
            taken = self._turns.acquire(timeout=0.2)
        try:
            yield
        finally:
            if taken:
                self._turns.release()


def _log_of(found: Lines) -> RunLog:
    log = RunLog()
    for message in found.messages:
        log.take(message)
    return log
