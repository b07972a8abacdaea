"""What a rip needs (a library, a reader, a key, space), and the waiting for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from engramd.conditions import Condition
from engramd.discs.model import Disc, Title
from engramd.discs.robot_faults import MakemkvFailed
from engramd.drives.ids import object_id
from engramd.errors import EngramError, FilingFailed, NoSpace, ProtectedDisc, ToolMissing
from engramd.models import ContentType, DiscJob, DiscTitle, TitleState, WaitingFor
from engramd.pipeline.libraries import Libraries, library_of
from engramd.pipeline.parts import LOOK_AGAIN, LOOK_SELDOM, Parts
from engramd.pipeline.space import Ledger, Room
from engramd.pipeline.staging import JobFolder
from engramd.rip import MAKEMKV
from engramd.rip.makemkv_program import OF_THE_PROGRAM
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: How much longer each look is put off.
PATIENCE = 1.5
#: Seconds between tries at the most, where only a try shows whether what stopped a rip has ended.
TRY_SELDOM = 600.0
#: The scope of what the whole daemon lacks.
DAEMON = "daemon"
#: Seconds between tries where only a new key, another drive or another program can help.
DAILY = 24 * 3600.0
#: What MakeMKV lacks that a key ends, and what is the drive's and not the program's.
KEYS = frozenset({"key", "version", "disc_key"})
OF_THE_DRIVE = frozenset({"access", "drive", "uhd", "region"})
#: What is tried again once a day only: each try reads the disc for minutes.
SELDOM = frozenset({"disc_key", "uhd", "region"})
#: Conditions that the daemon's checks set and clear.
CHECKED = frozenset(f"makemkv-{name}" for name in OF_THE_PROGRAM)
#: States of a title that takes, or will take, room in the library.
_TO_BE_FILED = (TitleState.PENDING, TitleState.RIPPING, TitleState.MATCHING, TitleState.MATCHED)


@dataclass(frozen=True)
class Lack:
    """What is lacking; `remedy` is what a person can do.

    `condition` names it where it is more than this job's trouble, and `of_the_drive` whose it then is. It is
    looked at again every `pause` seconds at the most often.
    """

    waiting_for: WaitingFor
    sentence: str
    remedy: str
    condition: str = ""
    of_the_drive: bool = False
    pause: float = LOOK_AGAIN

    @classmethod
    def of(cls, error: EngramError) -> Lack:
        """Tell from an error of a back end or of the staging folder."""
        if isinstance(error, MakemkvFailed):
            name = error.fault.condition
            return cls(
                WaitingFor.KEY if name in KEYS else WaitingFor.TOOL,
                str(error),
                error.remedy,
                condition=f"makemkv-{name}" if name != "disc_key" else "",
                of_the_drive=name in OF_THE_DRIVE,
                pause=DAILY if name in SELDOM else LOOK_AGAIN,
            )
        in_the_way = isinstance(error, ToolMissing | ProtectedDisc)
        return cls(WaitingFor.TOOL if in_the_way else WaitingFor.SPACE, str(error), error.remedy)


@dataclass
class _Tries:
    """What stopped the rips of one job since the last title that was read to its end.

    `pauses` are seconds until the next try, by fault; `told` are conditions, which stay until then.
    `seen` counts the wake-ups before the last look, or try.
    """

    seen: int
    pauses: dict[tuple[type[EngramError], str], float] = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)

    def pause_after(self, error: EngramError) -> float:
        """Give the seconds to wait after an error: each time longer."""
        fault = type(error), error.what
        pause = self.pauses.get(fault, LOOK_AGAIN)
        self.pauses[fault] = min(pause * PATIENCE, TRY_SELDOM)
        return pause


class Needs:
    """Waits on a drive's thread until a job's rip can begin or go on."""

    def __init__(self, parts: Parts, ledger: Ledger, libraries: Libraries | None = None) -> None:
        self._parts = parts
        self._ledger = ledger
        self._libraries = libraries or Libraries(parts)
        self._tries: dict[int, _Tries] = {}

    def wait(
        self,
        job_id: int,
        disc: Disc,
        folder: JobFolder,
        cancel: CancelToken,
        *,
        title: DiscTitle | None = None,
        failed: EngramError | None = None,
    ) -> None:
        """Return when everything is there; job and conditions say what is lacking meanwhile.

        With a `title`, room for it alone is needed: the rest may be made while it rips. `failed` is what
        just stopped a rip: it is waited for even if nothing seems to lack, and longer each time until
        `read_on`, so that a rip that fails at once is not begun over and over. Raises Cancelled.
        """
        tries = self._tries.setdefault(job_id, _Tries(self._parts.wakeups.count))
        if failed is None:
            tries.seen = self._parts.wakeups.count
        lack = Lack.of(failed) if failed else self._lack(job_id, disc, folder, title)
        if lack is None and title is not None:
            return
        pause, told = tries.pause_after(failed) if failed else LOOK_AGAIN, set[tuple[str, str]]()
        try:
            while lack is not None:
                told.add(self._tell(job_id, lack))
                self._parts.wakeups.sleep(cancel, max(pause, lack.pause), seen=tries.seen)
                pause = min(pause * PATIENCE, LOOK_SELDOM)
                tries.seen = self._parts.wakeups.count
                lack = self._lack(job_id, disc, folder, title)
        finally:
            if failed and lack is None:
                tries.told |= told
            else:
                self._forget(job_id, told, ended=lack is None)
        self._parts.lifecycle.go_on(job_id)

    def reads(self, job_id: int) -> None:
        """Note that a title of a job is being read: what is told is over, for now at least."""
        if (tries := self._tries.get(job_id)) and tries.told:
            told, tries.told = tries.told, set()
            self._forget(job_id, told, ended=True)

    def image_bytes(self, disc: Disc, folder: JobFolder, titles: Iterable[Title]) -> int:
        """Give the bytes that the image of a damaged disc still grows by for titles that had trouble."""
        if self._parts.backend().name_for(disc) == MAKEMKV:
            return 0
        from engramd.rip.rescue import rescue_bytes  # with what reads damaged discs

        return rescue_bytes(titles, folder.rescue)

    def read_on(self, job_id: int) -> None:
        """Note that a title of a job was read to its end: what stopped rips before has ended."""
        if tries := self._tries.pop(job_id, None):
            self._forget(job_id, tries.told, ended=True)

    def leave(self, job_id: int) -> None:
        """Note that a job is no longer at its drive."""
        if tries := self._tries.pop(job_id, None):
            self._forget(job_id, tries.told, ended=False)

    def _forget(self, job_id: int, told: set[tuple[str, str]], *, ended: bool) -> None:
        """Clear what was told; what the checks look at stays if it was not that which ended the waiting."""
        if told:
            self._parts.conditions.clear(_condition(job_id))
        for name, scope in told:
            if ended or name not in CHECKED:
                self._parts.conditions.clear(name, scope)

    def _tell(self, job_id: int, lack: Lack) -> tuple[str, str]:
        """Say what is lacking; give id and scope of the widest condition for it."""
        job = self._parts.store.need_job(job_id)
        if job.waiting_for != lack.waiting_for:
            log.info("waiting", phase="rip", waiting_for=lack.waiting_for, why=lack.sentence)
        self._parts.lifecycle.wait(job_id, lack.waiting_for, lack.sentence)
        text = f"job {job_id} ({job.volume_label or job.drive_id}) waits: {lack.sentence}"
        self._parts.conditions.set(Condition(_condition(job_id), text, lack.remedy))
        if not lack.condition:
            return _condition(job_id), DAEMON
        scope = drive_scope(job) if lack.of_the_drive else DAEMON
        self._parts.conditions.set(Condition(lack.condition, lack.sentence, lack.remedy, "error", scope))
        return lack.condition, scope

    def _lack(self, job_id: int, disc: Disc, folder: JobFolder, title: DiscTitle | None) -> Lack | None:
        settings = self._parts.settings.current
        job = self._parts.store.need_job(job_id)
        library = library_of(job.content_type, settings, job)
        if not library:
            return _no_library(job)
        try:
            refusal = self._parts.backend().refuses(disc)
            if isinstance(refusal, ToolMissing | ProtectedDisc):
                return Lack.of(refusal)
            if refusal:
                raise refusal
            titles = [title] if title is not None else self._parts.store.titles(job_id)
            pending = [t.title_index for t in titles if t.state is TitleState.PENDING]
            on_disc = [disc.titles[index] for index in pending if index < len(disc.titles)]
            image = self.image_bytes(disc, folder, on_disc)
            needed = rooms(folder.path, Path(library), titles, image)
            # One that is away need not hold up the rip: the files wait in staging until it is back.
            is_there = self._libraries.is_there(Path(library))
            self._ledger.need(needed if is_there else needed[:1], settings.min_free_bytes)
            folder.make()
        except (NoSpace, ToolMissing, FilingFailed) as error:
            lack = Lack.of(error)
            of_library = isinstance(error, FilingFailed) and error.where == library
            return replace(lack, waiting_for=WaitingFor.LIBRARY) if of_library else lack
        return None


def rooms(staging: Path, library: Path, titles: Iterable[DiscTitle], image: int = 0) -> list[Room]:
    """Give what titles still take: pending ones in staging, all that are not filed yet in the library.

    `image` bytes come to the image of a damaged disc in staging.
    """
    known = list(titles)
    to_rip = sum(t.file_size_bytes for t in known if t.state is TitleState.PENDING)
    to_file = sum(t.file_size_bytes for t in known if t.state in _TO_BE_FILED)
    return [Room(staging, to_rip + image), Room(library, to_file)]


def drive_scope(job: DiscJob) -> str:
    """Give the scope of conditions of a job's drive: its id on the bus; an image is its own drive."""
    return object_id(job.drive_identity or f"virtual_{job.id}")


def _no_library(job: DiscJob) -> Lack:
    if job.is_other:
        remedy = "engramctl config set library_other_path FOLDER"
        return Lack(WaitingFor.LIBRARY, f"no library for other discs is set: {remedy}", remedy)
    name = "library_movies_path" if job.content_type is ContentType.MOVIE else "library_tv_path"
    what = {ContentType.TV: " for series", ContentType.MOVIE: " for films"}.get(job.content_type, "")
    remedy = f"engramctl config set {name} FOLDER"
    return Lack(WaitingFor.LIBRARY, f"no library{what} is set: {remedy}", remedy)


def _condition(job_id: int) -> str:
    return f"job-{job_id}"
