"""What a rip needs before it begins (a library, a reader, space), and the waiting for it."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from engramd.conditions import Condition
from engramd.discs.model import Disc
from engramd.errors import EngramError, FilingFailed, NoSpace, ProtectedDisc, ToolMissing
from engramd.models import ContentType, DiscJob, TitleState, WaitingFor
from engramd.pipeline.parts import LOOK_AGAIN, LOOK_SELDOM, Parts
from engramd.pipeline.staging import JobFolder, need_space
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: How much longer each look is put off.
PATIENCE = 1.5


@dataclass(frozen=True)
class Lack:
    """What is lacking; `remedy` is what a person can do."""

    waiting_for: WaitingFor
    sentence: str
    remedy: str

    @classmethod
    def of(cls, error: EngramError) -> Lack:
        """Tell from an error of a back end or of the staging folder."""
        in_the_way = isinstance(error, ToolMissing | ProtectedDisc)
        return cls(WaitingFor.TOOL if in_the_way else WaitingFor.SPACE, str(error), error.remedy)


class Needs:
    """Waits on a drive's thread until a job's rip can begin or go on."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def wait(
        self,
        job_id: int,
        disc: Disc,
        folder: JobFolder,
        cancel: CancelToken,
        *,
        failed: EngramError | None = None,
    ) -> None:
        """Return when everything is there; job and conditions say what is lacking meanwhile.

        `failed` is what just stopped a rip: it is waited for once even if nothing seems to lack, so that a
        rip that fails at once is not begun over and over. Raises Cancelled.
        """
        lack = Lack.of(failed) if failed else self._lack(job_id, disc, folder)
        pause = LOOK_AGAIN
        try:
            while lack is not None:
                seen = self._parts.wakeups.count
                self._tell(job_id, lack)
                self._parts.wakeups.sleep(cancel, pause, seen=seen)
                pause = min(pause * PATIENCE, LOOK_SELDOM)
                lack = self._lack(job_id, disc, folder)
        finally:
            self._parts.conditions.clear(_condition(job_id))
        self._parts.lifecycle.go_on(job_id)

    def _tell(self, job_id: int, lack: Lack) -> None:
        job = self._parts.store.need_job(job_id)
        if job.waiting_for != lack.waiting_for:
            log.info("waiting", phase="rip", waiting_for=lack.waiting_for, why=lack.sentence)
        self._parts.lifecycle.wait(job_id, lack.waiting_for, lack.sentence)
        text = f"job {job_id} ({job.volume_label or job.drive_id}) waits: {lack.sentence}"
        self._parts.conditions.set(Condition(_condition(job_id), text, lack.remedy))

    def _lack(self, job_id: int, disc: Disc, folder: JobFolder) -> Lack | None:
        settings = self._parts.settings.current
        job = self._parts.store.need_job(job_id)
        if not library_for(job.content_type, settings.library_tv_path, settings.library_movies_path):
            return _no_library(job)
        try:
            refusal = self._parts.backend().refuses(disc)
            if isinstance(refusal, ToolMissing | ProtectedDisc):
                return Lack.of(refusal)
            if refusal:
                raise refusal
            titles = self._parts.store.titles(job_id)
            size = sum(t.file_size_bytes for t in titles if t.state is TitleState.PENDING)
            need_space(folder.path, size, settings.min_free_bytes)
            folder.make()
        except (NoSpace, ToolMissing, FilingFailed) as error:
            return Lack.of(error)
        return None


def library_for(kind: ContentType, tv: str, films: str) -> str:
    """Give the library folder for a type; an unknown type takes any that is set."""
    return {ContentType.TV: tv, ContentType.MOVIE: films}.get(kind, tv or films)


def _no_library(job: DiscJob) -> Lack:
    name = "library_movies_path" if job.content_type is ContentType.MOVIE else "library_tv_path"
    what = {ContentType.TV: " for series", ContentType.MOVIE: " for films"}.get(job.content_type, "")
    remedy = f"engramctl config set {name} FOLDER"
    return Lack(WaitingFor.LIBRARY, f"no library{what} is set: {remedy}", remedy)


def _condition(job_id: int) -> str:
    return f"job-{job_id}"
