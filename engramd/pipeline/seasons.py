"""The roster of a show over all its discs and the library: what is filed, waits, is missing or double."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engramd.errors import InvalidArgument, NotFound
from engramd.models import (
    DiscJob,
    DiscTitle,
    ReviewTask,
    RipOutcome,
    TitleRole,
    TitleState,
    WaitingFor,
    WorkNamespace,
)
from engramd.organize import EpisodeCode, read_part
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.named_shows import jobs_named, work_named
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import is_about_identity
from engramd.pipeline.roster import Rosters
from engramd.pipeline.season_rows import Copy, Place, note_row, season_rows
from engramd.pipeline.shelves import Shelf, Shelves
from engramd.store.orders import ShowOrders

if TYPE_CHECKING:
    from engramd.match.model import KnownEpisode

_OPEN = (TitleState.PENDING, TitleState.RIPPING, TitleState.MATCHING, TitleState.MATCHED, TitleState.REVIEW)
_STEPS = {
    TitleState.PENDING: "its rip",
    TitleState.RIPPING: "its rip",
    TitleState.MATCHING: "its match",
    TitleState.MATCHED: "its filing",
    TitleState.REVIEW: "an answer",
}
_WAITS_FOR = {
    WaitingFor.LIBRARY: "the library",
    WaitingFor.SPACE: "free space",
    WaitingFor.KEY: "a key",
    WaitingFor.TOOL: "a tool",
    WaitingFor.DISC: "the disc",
    WaitingFor.REFERENCES: "references",
    WaitingFor.SLOT: "its turn",
}
_MAY_BE_EPISODES = (TitleRole.EPISODE, TitleRole.UNKNOWN)


class Seasons:
    """Reads the database and the library, and may ask TMDB. For any thread that may wait."""

    def __init__(self, parts: Parts, libraries: Libraries, rosters: Rosters) -> None:
        self._store, self._rosters = parts.store, rosters
        self._orders = ShowOrders(parts.store)
        self._shelves = Shelves(libraries, lambda: parts.settings.current)

    def rows(self, show: str, season: int | None) -> list[dict[str, Any]]:
        """Give the episodes of a show, of a season or of all, and then the notes; see `season_rows`.

        The show is given by its name, with its year where several have it (`Name (2003)`), or by its number
        at TMDB. A library that is not there costs a note. Raises NotFound for a show that neither a disc nor
        the library has, InvalidArgument where several are meant.
        """
        jobs = jobs_named(self._store, show)
        work = work_named(show, jobs)
        titles = [(job, title) for job in jobs for title in self._store.titles(job.id or 0)]
        filed = [title.organized_to for _, title in titles if _is_filed(title)]
        shelf = self._shelves.read(work, [Path(path) for path in filed if path])
        if not jobs and shelf.folder is None:
            raise _not_found(show, shelf)
        number = work.tmdb_id or shelf.tmdb_id
        copies = [copy for job, title in titles for copy in self._copies(job, title, shelf)]
        copies += _files(shelf, {copy.path for copy in copies}, self._aired(number))
        rows = season_rows(copies, self._listed(number, season), season)
        notes = [shelf.lack] if shelf.lack else []
        notes += self._undecided(jobs, titles, season)
        return rows + [note_row(sentence) for sentence in notes]

    def _listed(self, number: int | None, season: int | None) -> Sequence[KnownEpisode]:
        asked = DiscJob(drive_id="", tmdb_id=number, tmdb_namespace=WorkNamespace.TV)
        return self._rosters.listed([asked], season)

    def _copies(self, job: DiscJob, title: DiscTitle, shelf: Shelf) -> list[Copy]:
        """Give what a title is, or may be; nothing where that is not known."""
        if title.own_title or title.is_extra or title.state is TitleState.SKIPPED:
            return []
        code, is_sure = title.matched_episode or "", True
        if not code:
            candidates = self._store.candidates(title.id or 0) if title.state in _OPEN else []
            code, is_sure = candidates[0].episode if candidates else "", False
        try:
            read, part = read_part(code)
        except InvalidArgument:
            return []
        copy = self._copy(job, title, shelf, read)
        return [replace(copy, part=title.episode_part or part, is_sure=is_sure)]

    def _copy(self, job: DiscJob, title: DiscTitle, shelf: Shelf, code: EpisodeCode) -> Copy:
        path = title.organized_to or "" if _is_filed(title) else ""
        has_failed = title.state is TitleState.FAILED
        lack = f"title {title.title_index + 1} of job {job.id} failed" if has_failed else ""
        if path in shelf.gone:
            lack = f"its file is not in the library any more: {shelf.relative(path)}"
        elif path and title.rip_outcome in (RipOutcome.DAMAGED, RipOutcome.STALLED):
            lack = "filed with gaps, as the disc is damaged"
        return Copy(
            tuple((code.season, number) for number in range(code.first, code.last + 1)),
            state="" if has_failed else title.state.value,
            job=job.id or 0,
            title=title.title_index + 1,
            disc=job.disc_number,
            name=title.item_name or "",
            path=path,
            file=shelf.relative(path) if path else "",
            waiting_for=self._waits_for(job, title) if title.state in _OPEN else "",
            lack=lack,
            is_gone=has_failed or path in shelf.gone,
        )

    def _waits_for(self, job: DiscJob, title: DiscTitle) -> str:
        if title.state is TitleState.REVIEW:
            tasks = self._store.open_reviews(job.id)
            task = _task_of(title, tasks)
            return f"question {task.id}" if task is not None else _STEPS[title.state]
        said = _WAITS_FOR.get(title.waiting_for) if title.waiting_for else None
        of_job = _WAITS_FOR.get(job.waiting_for) if job.waiting_for else None
        return said or of_job or _STEPS[title.state]

    def _aired(self, number: int | None) -> dict[Place, Place]:
        """Give the numbers that episodes were aired as by those that their files have in another order."""
        orders = self._orders.all_of(number) if number is not None else []
        rows = self._orders.episodes(orders) if orders else []
        return {(row.season, row.episode): (row.aired_season, row.aired_episode) for row in rows}

    def _undecided(
        self, jobs: Iterable[DiscJob], titles: Sequence[tuple[DiscJob, DiscTitle]], season: int | None
    ) -> list[str]:
        """Say which discs have titles of which nobody knows yet what they may be."""
        notes = []
        for job in reversed(list(jobs)):
            if season is not None and job.detected_season not in (None, season):
                continue
            count = sum(of is job and self._is_undecided(title) for of, title in titles)
            disc = "" if job.disc_number is None else f" (disc {job.disc_number})"
            if count:
                which = "1 title" if count == 1 else f"{count} titles"
                notes.append(f"which episodes {which} of job {job.id}{disc} may be is not known yet")
        return notes

    def _is_undecided(self, title: DiscTitle) -> bool:
        may_be = title.state in _OPEN and title.role in _MAY_BE_EPISODES and not title.is_extra
        decided = title.matched_episode or title.own_title
        return may_be and not decided and not self._store.candidates(title.id or 0)


def _is_filed(title: DiscTitle) -> bool:
    return title.state is TitleState.COMPLETED and bool(title.organized_to)


def _task_of(title: DiscTitle, tasks: Sequence[ReviewTask]) -> ReviewTask | None:
    """Give the question that a title waits for: its own, else one about its disc, what it is first."""
    own = [task for task in tasks if task.title_id == title.id]
    of_disc = [task for task in tasks if task.title_id is None]
    of_disc.sort(key=lambda task: not is_about_identity(task))
    return next(iter([*own, *of_disc]), None)


def _files(shelf: Shelf, ours: set[str], aired: dict[Place, Place]) -> list[Copy]:
    """Give the files of the library that no title is."""
    return [
        Copy(
            tuple(aired.get(place, place) for place in had.episodes.numbers()),
            part=had.episodes.part,
            path=str(had.path),
            file=shelf.relative(had.path),
        )
        for had in shelf.files
        if had.episodes is not None and str(had.path) not in ours
    ]


def _not_found(show: str, shelf: Shelf) -> NotFound:
    return NotFound(
        f"no disc of {show} was here" + ("" if shelf.lack else ", and the library does not have it"),
        why=shelf.lack,
        remedy="see engramctl history and engramctl library scan; with its year if several have the name",
    )
