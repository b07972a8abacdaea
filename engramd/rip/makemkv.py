"""The back end for every disc: MakeMKV in robot mode, supervised by what moves, judged by what it wrote."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engramd.discs.model import Disc, Title
from engramd.discs.robot import RobotLine
from engramd.errors import EngramError, InvalidArgument, RipFailed
from engramd.rip.damage import keep_partial
from engramd.rip.files import file_error, own_folder, sync
from engramd.rip.makemkv_faults import first_error_code, raise_outside, title_failed
from engramd.rip.makemkv_passes import pays
from engramd.rip.makemkv_profile import profile_xml
from engramd.rip.makemkv_program import MAKEMKV, Makemkv
from engramd.rip.makemkv_run import LOOK_EVERY, RunWatch, files_of, until_stalled
from engramd.rip.makemkv_scan import Scans
from engramd.rip.makemkv_titles import offered_for
from engramd.rip.matroska import BadMatroska, read_head
from engramd.rip.model import Progress, RipResult, TitleDamaged, TitleStalled
from engramd.rip.passes import PASS, PassListener, Wanted
from engramd.rip.progress import Speed
from engramd.rip.tracks import TrackPolicy, with_cores
from engramd.rip.verify import verify
from engramd.tools import CancelToken, Outcome

#: What a file's size may be of what the scan promised, where tracks may be left out.
LEAST_SIZE, MOST_SIZE = 0.2, 1.1
LOG_TAIL = 4000


@dataclass
class Run:
    """A run that writes into a folder of its own."""

    disc: Disc
    folder: Path
    watch: RunWatch


class MakemkvBackend:
    """Rips with MakeMKV whatever it can open, protected or not."""

    name = MAKEMKV

    def __init__(
        self,
        program: Makemkv,
        turns: threading.Lock,
        *,
        clock: Callable[[], float] = time.monotonic,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self.program = program
        self._clock, self._look_every = clock, look_every
        self._scans = Scans(program, turns, clock=clock, look_every=look_every)

    def refuses(self, disc: Disc) -> EngramError | None:
        """Give what MakeMKV lacks; of itself it refuses no disc."""
        return self.program.lacks()

    def together(self, disc: Disc, titles: Sequence[Title], cancel: CancelToken) -> Sequence[Title]:
        """Give the titles to rip in one pass with the first one: all, or it alone. Raises as a scan does."""
        scan = self._scans.latest(disc, cancel)
        offered = [offered_for(disc, title, scan.titles) for title in titles]
        numbers = {title.index for title in offered if title is not None}
        if len(numbers) == len(titles) and pays(scan.titles, numbers, opening=scan.opening):
            return titles
        return titles[:1]

    def size_together(self, disc: Disc, cancel: CancelToken) -> int:
        """Give the bytes that a pass writes, with the titles that nobody wants."""
        return sum(title.size for title in self._scans.latest(disc, cancel).titles)

    def rip_title(
        self,
        disc: Disc,
        title: Title,
        target: Path,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken | None = None,
        tracks: TrackPolicy | None = None,
        rescue_folder: Path | None = None,
    ) -> RipResult:
        """See Backend. MakeMKV reads damaged places in its own ways, so `rescue_folder` is not used."""
        _need_free(target)
        cancel = cancel or CancelToken()
        scan = self._scans.of(disc, [title], cancel)
        offered = scan.offered(disc, title)
        speed = Speed(self._clock)
        with own_folder(target) as folder:
            run = Run(disc, folder, RunWatch(folder, clock=self._clock))
            outcome = self._run(
                run,
                offered.index,
                _profile(disc, [title], tracks),
                cancel,
                on_tick=lambda written: on_progress(speed.progress(written, offered.size)),
            )
            path = _written(folder, scan.names.get(offered.index, ""))
            return self._judged(run, outcome, path, Wanted(title, target), offered)

    def rip_together(
        self,
        disc: Disc,
        wanted: Sequence[Wanted],
        listener: PassListener,
        cancel: CancelToken,
        *,
        tracks: TrackPolicy | None = None,
    ) -> None:
        """Rip titles in one pass. What it did not bring is not told, and is to be ripped title by title.

        Raises MakemkvFailed, NoSpace, NoMedium, Cancelled.
        """
        scan = self._scans.of(disc, [each.title for each in wanted], cancel)
        with own_folder(wanted[0].target.with_name(PASS)) as folder:
            run = Run(disc, folder, RunWatch(folder, clock=self._clock))
            offered = {w.target: scan.offered(disc, w.title) for w in wanted}
            names = {scan.names.get(o.index, ""): w for w in wanted if (o := offered[w.target])}
            sorter = _Sorter(self, run, names, offered, listener)
            profile = _profile(disc, [w.title for w in wanted], tracks)
            outcome = self._run(run, None, profile, cancel, on_tick=sorter.show, on_line=sorter.sort)
            sorter.sort(None, ended=True)
            if sorter.left and not outcome.timed_out:
                raise_outside(self.program, run.watch.log, outcome, disc.source, folder)

    def take(self, run: Run, path: Path, wanted: Wanted, offered: Title) -> RipResult:
        """Verify a file against what the scan promised, and give it its name. Raises RipFailed, NoSpace."""
        try:
            size = path.stat().st_size
            if offered.size and not offered.size * LEAST_SIZE <= size <= offered.size * MOST_SIZE:
                why = f"{size} bytes instead of about {offered.size}"
                raise RipFailed("the ripped file has not the size of the title", where=path, why=why)
            promised = wanted.title.model_copy(update={"duration": offered.duration})
            result = verify(path, promised, run.watch.log.tail(LOG_TAIL))
            path.rename(wanted.target)
            sync(wanted.target)
        except OSError as error:
            raise file_error(wanted.target, error) from error
        return replace(result, path=wanted.target, read_errors=run.watch.log.read_errors)

    def _run(
        self,
        run: Run,
        title: int | None,
        profile: str | None,
        cancel: CancelToken,
        *,
        on_tick: Callable[[int], None],
        on_line: Callable[[RobotLine | None], None] = lambda _line: None,
    ) -> Outcome:
        """Run the program to its end, or to the end of patience. Raises Cancelled, ToolMissing."""

        def work(patience: CancelToken) -> Outcome:
            def take(line: str) -> None:
                on_line(run.watch.feed(line))

            return self.program.mkv(Path(run.disc.source), title, run.folder, profile, take, patience)

        stall = self.program.settings.stall
        return until_stalled(work, run.watch, stall, cancel, on_tick=on_tick, every=self._look_every)

    def _judged(
        self, run: Run, outcome: Outcome, path: Path | None, wanted: Wanted, offered: Title
    ) -> RipResult:
        """Give the finished title, or raise what went wrong with it."""
        failure: RipFailed | None = None
        if path is not None:
            try:
                return self.take(run, path, wanted, offered)
            except RipFailed as error:
                failure = error
        log, where = run.watch.log, f"{run.disc.source}, title {wanted.title.number}"
        raise_outside(self.program, log, outcome, run.disc.source, run.folder)
        if outcome.timed_out or log.read_errors:
            raise self._incomplete(run, outcome, path, wanted, where)
        ended_well = outcome.returncode >= 0
        raise failure if failure is not None and ended_well else title_failed(log, outcome, where)

    def _incomplete(
        self, run: Run, outcome: Outcome, path: Path | None, wanted: Wanted, where: str
    ) -> TitleDamaged | TitleStalled:
        """Give the error for a title that came in part only, and keep that part."""
        log = run.watch.log
        kind: type[TitleDamaged | TitleStalled] = TitleDamaged
        what, why = "the disc could not be read at some places", f"MakeMKV met {log.read_errors} read errors"
        remedy = "clean the disc and rip the title again"
        if outcome.timed_out:
            kind, what = TitleStalled, "the rip was given up"
            why = f"nothing moved for {self.program.settings.stall / 60:.0f} minutes"
            remedy = "clean the disc, or try another drive"
        return kind(
            what,
            where=where,
            why=why,
            remedy=remedy,
            read_errors=log.read_errors,
            partial=keep_partial(wanted.target, path) if path is not None else None,
            message_code=first_error_code(log) or 0,
        )


class _Sorter:
    """Hands the files of a pass on, each as soon as the next one is begun and its head says it is whole."""

    def __init__(
        self,
        backend: MakemkvBackend,
        run: Run,
        names: dict[str, Wanted],
        offered: dict[Path, Title],
        listener: PassListener,
    ) -> None:
        self._backend, self._run, self._names, self._offered = backend, run, names, offered
        self._listener = listener
        self._speed: dict[Path, Speed] = {}
        self._order: list[Path] = []
        self._done: set[Path] = set()
        self._unwanted: set[Path] = set()
        self.left = list(names.values())

    def sort(self, _line: RobotLine | None, *, ended: bool = False) -> None:
        """Look which files are complete; `ended`: the program has come to its end."""
        for path, _ in files_of(self._run.folder):
            if path not in self._order:
                self._order.append(path)
                self._begin(path)
        for path in self._order if ended else self._order[:-1]:
            if path not in self._done and (ended or _is_whole(path)):
                self._done.add(path)
                self._hand_on(path)

    def show(self, _written: int) -> None:
        """Tell how far the newest file is."""
        path = self._order[-1] if self._order else None
        wanted = self._names.get(path.name) if path is not None else None
        if path is None or wanted is None or path in self._done:
            return
        speed = self._speed.setdefault(path, Speed(time.monotonic))
        try:
            size = path.stat().st_size
        except OSError:
            return
        self._listener.progress(wanted, speed.progress(size, self._offered[wanted.target].size))

    def _begin(self, path: Path) -> None:
        wanted = self._names.get(path.name)
        if wanted is not None and not self._listener.begun(wanted):
            self._unwanted.add(path)

    def _hand_on(self, path: Path) -> None:
        wanted = self._names.get(path.name)
        if wanted is None or path in self._unwanted:
            path.unlink(missing_ok=True)
            return
        try:
            result = self._backend.take(self._run, path, wanted, self._offered[wanted.target])
        except RipFailed:
            return  # it is ripped by itself afterwards, and judged then
        self.left.remove(wanted)
        self._listener.ripped(wanted, result)


def _profile(disc: Disc, titles: Sequence[Title], tracks: TrackPolicy | None) -> str | None:
    """Give the profile that chooses the tracks of these titles, by all streams that the disc has of them."""
    if tracks is None:
        return None
    streams = [with_cores(disc.titles[title.index].streams, makemkv=True) for title in titles]
    return profile_xml(tracks, streams)


def _is_whole(path: Path) -> bool:
    try:
        return read_head(path).finished
    except (BadMatroska, OSError):
        return False


def _written(folder: Path, expected: str) -> Path | None:
    """Give the file of a title: the one with the name that MakeMKV suggested, else the only one there."""
    found = [path for path, _ in files_of(folder)]
    named = [path for path in found if path.name == expected]
    return named[0] if named else found[0] if len(found) == 1 else None


def _need_free(target: Path) -> None:
    if os.path.lexists(target):
        raise InvalidArgument("the target of a rip exists already", where=target, remedy="take another name")
