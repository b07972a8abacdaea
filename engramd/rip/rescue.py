"""Images what can be read of a damaged disc with GNU ddrescue, title by title, and keeps what it got.

The folder holds `disc.iso`, sparse and as long as the disc, `disc.map`, which says what was read, and for
each title that had trouble two maps of what it needs. ddrescue syncs the image before it writes the map, so
the map never promises what a crash has lost.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from engramd.discs.model import Disc, Title
from engramd.discs.volume import SECTOR, OpenVolume
from engramd.errors import RipFailed, UnreadableDisc
from engramd.rip.clips import root_of
from engramd.rip.ddrescue_map import (
    MOST_BYTES,
    BadMap,
    Ranges,
    RescueMap,
    domain_map,
    joined,
    parse_map,
    size_of,
)
from engramd.rip.ffmpeg import ENVIRONMENT
from engramd.rip.files import file_error, is_full, medium_is_gone, no_medium, no_space
from engramd.rip.model import Progress
from engramd.rip.progress import Speed, Stalled
from engramd.rip.regions import Regions
from engramd.tools import CancelToken, Outcome, Tools

PROGRAM, PACKAGE = "ddrescue", "gddrescue"
#: The map is written as often as ddrescue allows, in seconds: it also tells the progress.
MAP_EVERY = 1.0
COMMON = (f"--sector-size={SECTOR}", "--mapfile-interval=1")
#: What failed in an earlier call is read like anything else: the disc may have been cleaned.
AGAIN = ("--try-again", "--retrim")
QUICK = ("--no-scrape",)
THOROUGH = ("--retry-passes=2",)
#: How often a ddrescue that somebody killed is started in one call.
STARTS = 3
#: Seconds without new data after which it is asked whether the disc is still there.
PATIENCE = 60.0
_READ_ERRORS = re.compile(r"read errors:\s+([0-9]{1,9})")


@dataclass(frozen=True)
class Rescued:
    """What is still missing of a title: parts that it plays, and parts of the disc's structure.

    `read_errors` is how often the drive failed in this call; `stalled` says that time ran out.
    """

    played: Ranges
    structure: Ranges
    read_errors: int = 0
    stalled: bool = False


def rescue_bytes(titles: Iterable[Title], folder: Path) -> int:
    """Give the bytes that the image in `folder` still has to take for those titles that had trouble.

    That is told by what is kept there; the disc is not read.
    """
    store = _Store(folder)
    troubled = [regions.all for title in titles if (regions := store.regions(title)) is not None]
    needed = joined(part for ranges in troubled for part in ranges)
    return size_of(store.read_map().missing(needed)) if needed else 0


class Rescue:
    """Reads titles of one damaged disc into the image in `folder`; what an earlier call has read stays read.

    A title may go `stall` seconds without new data. The folder belongs to this disc alone.
    """

    def __init__(
        self,
        tools: Tools,
        disc: Disc,
        folder: Path,
        *,
        stall: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tools, self._disc, self._stall, self._clock = tools, disc, stall, clock
        self._store = _Store(folder)
        self._again = True
        self.image = self._store.image

    def has_begun(self, title: Title, cancel: CancelToken | None = None) -> bool:
        """Say whether the title had trouble before, or was read along with one that had."""
        if self._store.regions(title) is not None:
            return True
        if not self._store.image.exists():
            return False
        try:
            played = self._regions(title, cancel).played
        except UnreadableDisc:
            return False
        return bool(played) and not self._store.read_map().missing(played)

    def note_trouble(self, title: Title, cancel: CancelToken | None = None) -> bool:
        """Let the title be read by ddrescue from now on; false where the disc does not say where it lies.

        Raises NoMedium, RipFailed, NoSpace, Cancelled.
        """
        try:
            self._need_regions(title, cancel)
        except UnreadableDisc:
            return False
        return True

    def read(
        self,
        title: Title,
        *,
        thorough: bool,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken | None = None,
    ) -> Rescued:
        """Read what is missing of a title: quickly at first, thoroughly where what it plays has gaps then.

        With `thorough`, gaps in the disc's structure are reason enough. Progress is in bytes of what the
        title needs. Raises NoSpace, NoMedium, UnreadableDisc, Cancelled, and RipFailed when ddrescue fails;
        map and image stay in any case.
        """
        regions = self._need_regions(title, cancel)
        self._need_room(regions)
        source = root_of(self._disc.source)
        watch = _Watch(self._store, source, regions.all, on_progress, self._clock, self._stall)
        stalled = False
        for options in (QUICK, THOROUGH):
            known = self._store.read_map()
            gaps = known.missing(regions.all if thorough else regions.played)
            if not stalled and (gaps or (options is QUICK and known.untried(regions.structure))):
                stalled = self._run(source, regions, options, watch, cancel)
        known = self._store.read_map()
        played, structure = known.missing(regions.played), known.missing(regions.structure)
        return Rescued(played, structure, watch.read_errors, stalled and bool(played))

    def _need_regions(self, title: Title, cancel: CancelToken | None) -> Regions:
        found = self._store.regions(title)
        if found is None:
            found = self._regions(title, cancel)
            self._store.keep_regions(title, found)
        return found

    def _regions(self, title: Title, cancel: CancelToken | None) -> Regions:
        from engramd.rip.disc_child import regions_in_child

        return regions_in_child(self._tools, self._disc, title, cancel)

    def _need_room(self, regions: Regions) -> None:
        """Raise NoSpace where the image cannot fit: who asked for the title could not know of it before."""
        needed = size_of(self._store.read_map().missing(regions.all))
        room = os.statvfs(self._store.folder)
        free = room.f_bavail * room.f_frsize
        if needed > free:
            why = f"the image of a damaged disc needs {needed} bytes, and {free} are free"
            raise no_space(self._store.folder, why)

    def _run(
        self,
        source: Path,
        regions: Regions,
        options: tuple[str, ...],
        watch: _Watch,
        cancel: CancelToken | None,
    ) -> bool:
        """Run ddrescue, anew when somebody killed it; say whether it went too long without new data."""
        direct = ("--idirect",) if source.is_block_device() else ()
        for _ in range(STARTS):
            again, self._again = AGAIN if self._again else (), False
            try:
                place = self._store.prepare(source, regions)
            except UnreadableDisc as error:
                raise no_medium(self._disc.source, error.why) from error
            words = (PROGRAM, *COMMON, *direct, *again, *options, *place)
            watch.begin()
            try:
                outcome = self._tools.run(
                    words, on_line=watch.tick, inactivity=self._stall, cancel=cancel, env=ENVIRONMENT
                )
            except Stalled:
                outcome = None
            if outcome is None or outcome.timed_out or outcome.returncode >= 0:
                break
        if medium_is_gone(source):
            raise no_medium(self._disc.source)
        if outcome is None or outcome.timed_out:
            return True
        watch.report()
        self._check(outcome)
        return False

    def _check(self, outcome: Outcome) -> None:
        """Raise what the end of ddrescue means, when it is no success."""
        if outcome.returncode == 0:
            return
        why = outcome.stderr.strip().partition("\n")[0]
        if "No space left" in why or "quota exceeded" in why or is_full(self._store.folder):
            raise no_space(self._store.folder, why)
        if outcome.returncode < 0:
            why = f"ddrescue was ended by signal {-outcome.returncode}, {STARTS} times"
        raise RipFailed(
            "the damaged disc could not be copied",
            where=self._disc.source,
            why=why or f"ddrescue ended with code {outcome.returncode}",
            remedy="rip the title again",
        )


class _Watch:
    """Follows ddrescue by its map: reports what it has, and raises Stalled when nothing comes any more."""

    def __init__(
        self,
        store: _Store,
        source: Path,
        wanted: Ranges,
        on_progress: Callable[[Progress], None],
        clock: Callable[[], float],
        stall: float,
    ) -> None:
        self._store, self._source, self._wanted, self._on_progress = store, source, wanted, on_progress
        self._clock, self._stall = clock, stall
        self._expected = size_of(wanted)
        self._got = self._begun_with = self._count()
        self._speed = Speed(clock)
        self._looked_at = self._moved_at = clock()
        self._errors_before = self._errors_now = 0

    @property
    def read_errors(self) -> int:
        """How often the drive has failed."""
        return self._errors_before + self._errors_now

    def begin(self) -> None:
        """Expect another run of ddrescue, which counts its errors from 0."""
        self._errors_before, self._errors_now = self.read_errors, 0

    def tick(self, line: str) -> None:
        """Take a line of ddrescue's screen, which it draws anew each second."""
        if found := _READ_ERRORS.search(line):
            self._errors_now = int(found[1])
        now = self._clock()
        if now - self._looked_at < MAP_EVERY:
            return
        self._looked_at = now
        before = self._got
        self.report()
        if self._got > before:
            self._moved_at = now
        idle = now - self._moved_at
        if idle > self._stall or (idle > PATIENCE and medium_is_gone(self._source)):
            raise Stalled

    def report(self) -> None:
        """Tell how much of what is wanted is there."""
        self._got = max(self._got, self._count())
        fraction = self._got / self._expected if self._expected else 1.0
        self._on_progress(Progress(fraction, self._got, self._speed.of(self._got - self._begun_with)))

    def _count(self) -> int:
        return self._expected - size_of(self._store.read_map().missing(self._wanted))


class _Store:
    """The files in a disc's rescue folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.image, self.map = self.folder / "disc.iso", self.folder / "disc.map"

    def read_map(self) -> RescueMap:
        """Give what is known of the disc: from the map, or the one before while it is being written."""
        for path in (self.map, self.map.with_name("disc.map.bak")):
            found = _map_in(path)
            if found is not None:
                return found
        return RescueMap()

    def prepare(self, source: Path, regions: Regions) -> tuple[str, str, str, str]:
        """Give ddrescue's last words, after making sure that it can go on with what is there.

        A map that was cut off is replaced by the one before it; one without its image is worth nothing.
        """
        wanted = self.folder / "wanted.map"
        older = self.map.with_name("disc.map.bak")
        try:
            size = self.image.stat().st_size if self.image.exists() else 0
            if self.read_map().end > size:
                self.map.unlink(missing_ok=True)
                older.unlink(missing_ok=True)
            elif _map_in(self.map) is None:
                self.map.unlink(missing_ok=True)
                if _map_in(older) is not None:
                    older.rename(self.map)
            with OpenVolume(source) as volume, self.image.open("ab") as image:
                image.truncate(max(size, volume.size, regions.end))
            wanted.write_text(domain_map(regions.all), "ascii")
        except OSError as error:
            raise file_error(self.image, error) from error
        return f"--domain-mapfile={wanted}", str(source), str(self.image), str(self.map)

    def regions(self, title: Title) -> Regions | None:
        """Give what a title needs, if it was kept."""
        played, structure = map(_map_in, self._kept(title))
        if played is None or structure is None:
            return None
        return Regions(played.rescued, structure.rescued)

    def keep_regions(self, title: Title, regions: Regions) -> None:
        """Keep what a title needs: the disc may be harder to read next time. Raises NoSpace, RipFailed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path, part in zip(self._kept(title), (regions.played, regions.structure), strict=True):
                path.write_text(domain_map(part), "ascii")
        except OSError as error:
            raise file_error(self.folder / "disc.iso", error) from error

    def _kept(self, title: Title) -> tuple[Path, Path]:
        name = f"title-{title.number}"
        return self.folder / f"{name}.played.map", self.folder / f"{name}.structure.map"


def _map_in(path: Path) -> RescueMap | None:
    with contextlib.suppress(OSError, BadMap, UnicodeDecodeError):
        if path.stat().st_size <= MOST_BYTES:
            return parse_map(path.read_text("utf-8"))
    return None
