"""Corrects what is filed: which episode or film a file is, of which show, by which names; see `changes`.

Each correction is planned with all its files before the first one moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engramd.errors import InvalidArgument, NotFound, WrongState
from engramd.lifecycle import JobMove, TitleMove
from engramd.models import ClassificationSource, ContentType, DiscJob, DiscTitle, TitleRole, TitleState
from engramd.organize import EpisodeCode, Modes, Trash, write_part
from engramd.organize.files import is_regular
from engramd.organize.relocating import explaining
from engramd.pipeline.amended_names import AmendedNames, Renamed
from engramd.pipeline.change_plans import FileMove, FolderMove, Plan
from engramd.pipeline.changes import Changes
from engramd.pipeline.decisions import Decision, move_for, sentence_of
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.ordering import NewOrder, Ordering
from engramd.pipeline.parts import Parts
from engramd.pipeline.placing import Place
from engramd.store.library import LibraryRows


class Amender:
    """Plans corrections and has them carried out. Raises EngramErrors; then nothing is changed."""

    def __init__(
        self, parts: Parts, libraries: Libraries, changes: Changes, ordering: Ordering | None = None
    ) -> None:
        self._parts, self._changes = parts, changes
        self._ordering = ordering
        self._file_code = ordering.file_code if ordering is not None else None
        self._names = AmendedNames(parts, libraries, changes.files, self._file_code)
        self._rows: LibraryRows = libraries.rows

    def decide(self, decisions: Sequence[Decision], actor: str) -> int:
        """Let several titles, some of which are filed, be what a person says; give the change's number."""
        with self._changes.planning(decision.title.job_id for decision in decisions):
            now = [replace(decision, title=self._now(decision.title)) for decision in decisions]
            moves = [move_for(decision) for decision in now]
            return self._amend(sentence_of(decisions, actor), moves, {}, actor)

    def skip(self, title: DiscTitle, actor: str) -> int:
        """Let a filed title go to the trash of its library, with what was written beside it."""
        with self._changes.planning([title.job_id]):
            with explaining(title.organized_to or ""):
                plan = self._discarding(self._now(title), actor)
            return self._changes.carry_out(plan, actor)

    def _discarding(self, title: DiscTitle, actor: str) -> Plan:
        path = Path(title.organized_to or "")
        root = self._changes.files.library_of(path)
        if root is None:
            raise WrongState("no library that is set holds this file", where=path)
        if not self._changes.files.at(root, lambda _pulse: is_regular(path)):
            raise NotFound("the title's file is not in the library any more", where=path)
        sentence = f"title {title.title_index + 1} is discarded, says {actor}"
        trash = Trash(root, Modes.of(self._parts.settings.current))

        def begun(old: Path) -> Path:
            return self._changes.files.at(root, lambda _pulse: trash.begin(old, sentence)).file

        values = {"organized_to": None, "match_source": "user", "match_reason": sentence}
        move = TitleMove(title, TitleState.SKIPPED, sentence, values)
        files = [self._names.file(title, path, begun(path))]
        others = self._names.beside(title, path, path)
        files += [FileMove(old, begun(old), optional=True) for old, _ in others]
        return Plan(sentence, title.job_id, [move], files=files)

    def identify(self, job: DiscJob, values: Mapping[str, Any], told: str, actor: str) -> int:
        """Let the disc of an ended job be something else: its files are named and placed anew."""
        said = {
            **values,
            "classification_source": ClassificationSource.USER,
            "classification_confidence": 1.0,
        }
        said["identity_reason"] = f"{actor} said so"
        if "tmdb_id" in values and "detected_title" not in values:
            said |= self._name_of(job, values)
        with self._changes.planning([job.id]):
            return self._identify(job, said, f"{actor} said what the disc is: {told}", actor)

    def _identify(self, job: DiscJob, said: Mapping[str, Any], sentence: str, actor: str) -> int:
        filed = [title for title in self._parts.store.titles(job.id or 0) if _is_filed(title)]
        if not filed:
            raise WrongState(
                f"job {job.id} has ended, and nothing of it is filed",
                remedy="rip the disc again with --again, and say with it what it is",
            )
        moves = [_reidentified(job, title, said, filed, sentence) for title in filed if not title.own_title]
        return self._amend(sentence, [move for move in moves if move is not None], {job.id or 0: said}, actor)

    def rename(self, show: str, actor: str, *, dry_run: bool) -> list[Renamed]:
        """Name every file of a show or film as the settings do now; with `dry_run` only say how."""
        with self._changes.planning(job.id for job, _ in self._works(show)):
            plan, places = self._renaming(show, self._works(show), actor)
            if dry_run:
                self._changes.check(plan)
            elif plan.files or plan.folders or plan.orders:
                self._changes.carry_out(plan, actor)
                self._names.remember(places)
        return [Renamed(move.old, move.new) for move in plan.files]

    def shifted(self, job_id: int, by: int, indexes: frozenset[int] | None) -> dict[int, str]:
        """Give the episodes that titles of a job (all that have one, or some by index) are when shifted."""
        episodes = {}
        for title in self._parts.store.titles(job_id):
            chosen = indexes is None or title.title_index in indexes
            if not chosen or not title.matched_episode or title.state is TitleState.SKIPPED:
                continue
            code = EpisodeCode.parse(title.matched_episode)
            if code.first + by < 1:
                raise InvalidArgument(
                    f"{code} cannot be shifted by {by}", where=f"title {title.title_index + 1}"
                )
            moved = EpisodeCode(code.season, code.first + by, code.last + by)
            episodes[title.title_index] = write_part(str(moved), title.episode_part)
        if not episodes or not by:
            raise InvalidArgument("there is nothing to shift", where=f"job {job_id} by {by}")
        return episodes

    # -- plans -----------------------------------------------------------------------------------------

    def _amend(
        self, sentence: str, moves: Sequence[TitleMove], jobs: Mapping[int, Mapping[str, Any]], actor: str
    ) -> int:
        job_ids = sorted({move.title.job_id for move in moves} | set(jobs))
        files: list[FileMove] = []
        titles: list[TitleMove] = []
        places: list[Place] = []
        for job_id in job_ids:
            said = {move.title.id: move for move in moves if move.title.job_id == job_id}
            named = self._names.amended(self._parts.store.need_job(job_id), jobs.get(job_id, {}), said)
            titles += _with_paths(said, named.files, named.titles, sentence)
            files += named.files
            places += named.places
        plan = Plan(
            sentence,
            job_ids[0] if len(job_ids) == 1 else None,
            titles,
            [JobMove(job_id, None, sentence, values) for job_id, values in jobs.items()],
            [*files, *self._names.all_beside(files, titles)],
            reviews={job_id: self._asked(job_id, titles) for job_id in job_ids},
        )
        number = self._changes.carry_out(plan, actor)
        self._names.remember(places)
        return number

    def _renaming(
        self, show: str, found: Sequence[tuple[DiscJob, DiscTitle]], actor: str
    ) -> tuple[Plan, list[Place]]:
        new = self._new_orders(found)

        def file_code(job: DiscJob, title: DiscTitle) -> EpisodeCode:
            code = EpisodeCode.parse(title.matched_episode or "")
            order = None if title.own_title else new.get((job.tmdb_id, code.season))
            if order is not None:
                return order.code(code, job.detected_title or "")
            return self._file_code(job, title) if self._file_code is not None else code

        named = self._names.anew(found, file_code)
        sentence = f"the files of {show} are named anew, says {actor}"
        titles = _with_paths({}, named.files, [title for _, title in found], sentence)
        folders: dict[tuple[str, str], FolderMove] = {}
        for old, place in zip(named.olds, named.places, strict=True):
            folder = old.relative_to(place.root).parts[0] if old.is_relative_to(place.root) else ""
            if folder and folder != place.folder and self._rows.folder(str(place.root), folder):
                move = FolderMove(str(place.root), folder, place.folder)
                folders[(move.root, move.old)] = move
        files = [*named.files, *self._names.all_beside(named.files, titles)]
        files += self._names.of_folders(folders.values(), {file.old for file in files})
        jobs = {job.id for job, _ in found}
        job_id = jobs.pop() if len(jobs) == 1 else None
        plan = Plan(
            sentence,
            job_id,
            titles,
            files=files,
            folders=list(folders.values()),
            orders=[(order.before, order.after) for order in new.values()],
        )
        return plan, named.places

    def _new_orders(
        self, found: Sequence[tuple[DiscJob, DiscTitle]]
    ) -> dict[tuple[int | None, int], NewOrder]:
        """Decide the orders of seasons anew that are renamed as a whole."""
        seasons = {
            (job.tmdb_id, EpisodeCode.parse(title.matched_episode).season): job
            for job, title in found
            if title.matched_episode and not title.own_title
        }
        if self._ordering is None:
            return {}
        new = {key: self._ordering.anew(job, key[1]) for key, job in seasons.items()}
        return {key: order for key, order in new.items() if order is not None}

    # -- helpers ---------------------------------------------------------------------------------------

    def _now(self, title: DiscTitle) -> DiscTitle:
        return self._parts.store.need_title(title.job_id, title.title_index)

    def _asked(self, job_id: int, moves: Sequence[TitleMove]) -> list[int]:
        titles = {move.title.id for move in moves if not _is_filed(move.title)}
        tasks = self._parts.store.open_reviews(job_id)
        return [task.id or 0 for task in tasks if titles and task.title_id in {None, *titles}]

    def _name_of(self, job: DiscJob, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the name of a work that is told by its number; the folder's name is made of it."""
        for work in self._parts.store.works(job.id or 0):
            if work.tmdb_id == values["tmdb_id"]:
                return {"detected_title": work.name, "year": work.year}
        if values["tmdb_id"] == job.tmdb_id:
            return {}
        raise InvalidArgument(
            "the files are named after it, and its name is not known",
            where=f"TMDB {values['tmdb_id']}",
            remedy="say it too: engramctl identify JOB --title NAME --year YEAR --tmdb NUMBER",
        )

    def _works(self, show: str) -> list[tuple[DiscJob, DiscTitle]]:
        found = self._rows.filed_of(show)
        if not found:
            remedy = "see engramctl library scan and engramctl history"
            raise NotFound(f"nothing of {show} was filed by engramd", remedy=remedy)
        return self._names.not_replaced(found)


def _with_paths(
    said: Mapping[int | None, TitleMove],
    files: Sequence[FileMove],
    titles: Sequence[DiscTitle],
    sentence: str,
) -> list[TitleMove]:
    """Give moves that say where the files are then; a title whose file alone changes its name gets one."""
    targets = {file.title_id: file.new for file in files if file.title_id is not None}
    moves = dict(said)
    for title in titles:
        if title.id in targets and title.id not in moves:
            moves[title.id] = TitleMove(title, None, sentence, {})
    return [
        TitleMove(move.title, move.new, move.reason, {**move.values, **_path(targets.get(number or 0))})
        for number, move in moves.items()
    ]


def _path(target: Path | None) -> dict[str, str]:
    return {} if target is None else {"organized_to": str(target), "filing_target": str(target)}


def _is_filed(title: DiscTitle) -> bool:
    return title.state is TitleState.COMPLETED and bool(title.organized_to)


def _reidentified(
    job: DiscJob, title: DiscTitle, said: Mapping[str, Any], filed: Sequence[DiscTitle], sentence: str
) -> TitleMove | None:
    """Say what another identity of its disc makes of a filed title; None if nothing."""
    values: dict[str, Any] = {}
    kind = ContentType(said.get("content_type", job.content_type))
    is_other_work = any(
        name in said and said[name] != getattr(job, name)
        for name in ("detected_title", "tmdb_id", "detected_season")
    )
    if title.matched_episode and is_other_work:
        values["item_name"] = None
    season = said.get("detected_season")
    if title.matched_episode and season is not None:
        code = EpisodeCode.parse(title.matched_episode)
        values["matched_episode"] = str(EpisodeCode(season, code.first, code.last))
    if said.get("edition") and title.role is TitleRole.MAIN_FEATURE:
        values |= {"edition": said["edition"], "match_source": "user", "match_reason": sentence}
    if not title.is_extra:
        values |= _of_kind(kind, title, filed)
    return TitleMove(title, None, sentence, values) if values else None


def _of_kind(kind: ContentType, title: DiscTitle, filed: Sequence[DiscTitle]) -> dict[str, Any]:
    """Give what a title is when its disc is of another type: only one film can be told by its disc."""
    if kind is ContentType.MOVIE and title.matched_episode:
        if sum(not one.is_extra for one in filed) > 1:
            raise InvalidArgument(
                "the disc has several titles, and a film is one of them",
                where=f"job {title.job_id}",
                remedy=f'say of each: engramctl assign {title.job_id} TITLE "Name (Year)"',
            )
        return {"matched_episode": None, "episode_part": None, "role": TitleRole.MAIN_FEATURE}
    if kind is ContentType.TV and not title.matched_episode:
        raise InvalidArgument(
            f"title {title.title_index + 1} is no episode yet",
            where=f"job {title.job_id}",
            remedy=f"say which: engramctl assign {title.job_id} {title.title_index + 1} S01E01",
        )
    return {}
