"""What MakeMKV offers of a disc: scanned once for each disc, one drive after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engramd.discs.model import Disc, Title
from engramd.discs.robot import Message, Progress, Step, parse_lines
from engramd.discs.robot_faults import MakemkvFailed
from engramd.discs.robot_log import disc_of, gather
from engramd.discs.robot_messages import Severity
from engramd.errors import EngramError, RipFailed, UnreadableDisc
from engramd.rip.makemkv_faults import error_of, first_error_code, raise_outside
from engramd.rip.makemkv_program import Makemkv
from engramd.rip.makemkv_run import LOOK_EVERY, RunLog, RunWatch, until_stalled
from engramd.rip.makemkv_titles import lost_titles, offered_for
from engramd.rip.model import NotOffered, TitleDamaged, TitleStalled
from engramd.tools import CancelToken, Outcome

#: Seconds that a scan waits for another drive's to end; one that hangs must not hold up all drives.
TURN_LIMIT = 300.0
#: Attribute of a title: the name that MakeMKV suggests for its file.
FILE_NAME = 27
#: Lines that are kept of a scan's results; the longest real ones have some ten thousand.
MOST_LINES = 200_000


@dataclass(frozen=True)
class Scan:
    """What is offered, the names of its files by title, and the seconds that opening the disc took.

    `read_errors` counts the places that could not be read, where that cost the scan titles. `is_whole` is
    false where faults of the disc may have cost it titles: it is of no use for a disc that was cleaned.
    """

    titles: tuple[Title, ...]
    names: dict[int, str]
    opening: float
    read_errors: int
    is_whole: bool

    def offers(self, disc: Disc, titles: Iterable[Title]) -> bool:
        """Tell whether it offers all of these titles of the disc."""
        return all(offered_for(disc, title, self.titles) is not None for title in titles)

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
        self,
        program: Makemkv,
        turns: threading.Lock,
        *,
        clock: Callable[[], float] = time.monotonic,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._program, self._turns, self._clock, self._look_every = program, turns, clock, look_every
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str | None, Scan]] = {}

    def of(self, disc: Disc, wanted: Iterable[Title], cancel: CancelToken) -> Scan:
        """Give the scan of a disc: made once, and again where faults may have cost it a title that is wanted.

        Raises MakemkvFailed, ToolMissing, NoMedium, TitleDamaged, TitleStalled, UnreadableDisc, Cancelled.
        """
        known = self._known_of(disc)
        if known is None or not (known.is_whole or known.offers(disc, wanted)):
            return self._scan(disc, cancel)
        return known

    def latest(self, disc: Disc, cancel: CancelToken) -> Scan:
        """Give the scan that was made last, whole or not; if there is none, it is made. Raises as `of`."""
        return self._known_of(disc) or self._scan(disc, cancel)

    def _known_of(self, disc: Disc) -> Scan | None:
        with self._lock:
            content_hash, known = self._known.get(disc.source, (None, None))
        return known if content_hash == disc.content_hash else None

    def _scan(self, disc: Disc, cancel: CancelToken) -> Scan:
        results = _Results()
        stall = self._program.settings.stall

        def work(patience: CancelToken) -> Outcome:
            return self._program.info(Path(disc.source), results.take, patience)

        with self._turn(cancel):
            begun = self._clock()
            results.watch = RunWatch(None, clock=self._clock)
            outcome = until_stalled(work, results.watch, stall, cancel, every=self._look_every)
            opening = self._clock() - begun
        scan = self._understood(disc, results, outcome, opening)
        with self._lock:
            self._known[disc.source] = disc.content_hash, scan
        return scan

    def _understood(self, disc: Disc, results: _Results, outcome: Outcome, opening: float) -> Scan:
        found = gather(parse_lines(results.lines))
        log = results.watch.log
        for message in found.messages:  # those that came in pieces
            log.take(message)
        titles = disc_of(found, disc.source).titles if found.titles else ()
        lost = lost_titles(disc, titles, self._program.settings.least_seconds)
        if not titles or (lost and outcome.timed_out):
            raise self._nothing(disc, log, outcome)
        names = {number: said.get(FILE_NAME, "") for number, said in found.titles.items()}
        went_well = outcome.returncode == 0 and not log.read_errors and first_error_code(log) is None
        is_whole = not lost or went_well
        return Scan(titles, names, opening, log.read_errors if lost else 0, is_whole)

    def _nothing(self, disc: Disc, log: RunLog, outcome: Outcome) -> EngramError:
        """Say why a scan found no title; what is no fault of the disc is raised."""
        raise_outside(self._program, log, outcome, disc.source, None)
        if outcome.timed_out:
            why = f"nothing moved for {self._program.settings.stall / 60:.0f} minutes"
            return TitleStalled(
                "MakeMKV's scan was given up",
                where=disc.source,
                why=why,
                remedy="clean the disc, or try another drive",
                read_errors=log.read_errors,
                message_code=first_error_code(log) or 0,
            )
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


class _Results:
    """Takes the lines of a scan as they come; messages are counted, and what tells of titles is kept."""

    def __init__(self) -> None:
        self.watch = RunWatch(None)
        self.lines: list[str] = []

    def take(self, line: str) -> None:
        """Take one line. Raises RipFailed where there are more than any disc gives."""
        if isinstance(self.watch.feed(line), Message | Progress | Step):
            return
        if len(self.lines) == MOST_LINES:
            raise RipFailed("MakeMKV's scan does not come to its end", why=f"it has {MOST_LINES} lines")
        self.lines.append(line)
