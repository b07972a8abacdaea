"""Takes the complete files of an import to where ripped titles are: identified, about to be matched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from engramd.errors import UnreadableDisc, WrongState
from engramd.events import TitlesListed
from engramd.lifecycle import TitleMove
from engramd.models import (
    ContentType,
    DiscTitle,
    JobState,
    TitleRole,
    TitleState,
    TitleTrack,
    WorkNamespace,
)
from engramd.pipeline.identifying import Identifier
from engramd.pipeline.import_disc import Looked, look_at
from engramd.pipeline.import_groups import Group
from engramd.pipeline.import_plan import NONE_READABLE
from engramd.pipeline.import_walk import FoundFile
from engramd.pipeline.parts import Parts
from engramd.pipeline.ripped import needs_episode
from engramd.pipeline.staging import JobFolder
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: States of a title whose file was taken.
_TAKEN = (TitleState.MATCHING, TitleState.MATCHED, TitleState.REVIEW, TitleState.COMPLETED)
_KEPT = "as it is in the file"
_NAMESPACES = {ContentType.TV: WorkNamespace.TV, ContentType.MOVIE: WorkNamespace.MOVIE}


class ImportedFiles:
    """Takes files; `go_on` has a job matched and filed."""

    def __init__(
        self,
        parts: Parts,
        identifier: Identifier,
        staging_root: Callable[[], Path],
        go_on: Callable[[int], None],
        stop: CancelToken,
    ) -> None:
        self._parts = parts
        self._identifier = identifier
        self._staging_root = staging_root
        self._go_on = go_on
        self._stop = stop

    def take(self, job_id: int, group: Group) -> None:
        """Take a group's files, each as a title. Raises EngramErrors; nothing of the files is changed."""
        job = self._parts.store.need_job(job_id)
        if job.state is not JobState.IDENTIFYING:
            return
        if self.was_taken(job_id):
            self.hand_on(job_id)
            return
        folder = JobFolder.create(self._staging_root(), job_id)
        self._parts.lifecycle.update_job(job_id, staging_folder=str(folder.path))
        looked = look_at(self._parts.tools, group, self._stop)
        if not looked.files:
            raise UnreadableDisc(NONE_READABLE, where=group.path, why=_first(looked))
        folder.save_disc(looked.disc)
        self._parts.lifecycle.update_job(job_id, media=looked.disc.media.value, error_message=None)
        self._identifier.files(job_id, looked.disc, lambda: self._record(job_id, group, looked))
        self.hand_on(job_id)

    def was_taken(self, job_id: int) -> bool:
        """Whether the files of a job became its titles before, and only its own state is behind."""
        return any(title.state in _TAKEN for title in self._parts.store.titles(job_id))

    def hand_on(self, job_id: int) -> None:
        """Have the titles of a job matched, or filed where it is known what they are."""
        job = self._parts.store.need_job(job_id)
        for title in self._parts.store.titles(job_id):
            if title.state is TitleState.MATCHING and not needs_episode(job, title):
                why = title.match_reason or title.role_reason or "as its place in its folder says"
                sure = title.match_confidence or 1.0
                self._parts.lifecycle.move_title(
                    title, TitleState.MATCHED, why, match_confidence=sure, match_reason=why
                )
        count = sum(title.state in _TAKEN for title in self._parts.store.titles(job_id))
        sentence = f"{count} file{' is' if count == 1 else 's are'} imported"
        try:
            self._parts.lifecycle.move_job(job_id, JobState.MATCHING, sentence)
        except WrongState:
            return  # it was cancelled in this moment
        self._go_on(job_id)

    def _record(self, job_id: int, group: Group, looked: Looked) -> None:
        self._record_names(job_id, group)
        self._take_titles(job_id, group, looked)

    def _record_names(self, job_id: int, group: Group) -> None:
        """Record what the names of folders say beyond a label; what a person said stays."""
        job = self._parts.store.need_job(job_id)
        values: dict[str, Any] = {}
        if group.edition and not job.edition:
            values["edition"] = group.edition
        namespace = _NAMESPACES.get(job.content_type)
        if group.tmdb_id and job.tmdb_id is None and namespace is not None:
            values |= {"tmdb_id": group.tmdb_id, "tmdb_namespace": namespace}
        if values:
            self._parts.lifecycle.update_job(job_id, **values)

    def _take_titles(self, job_id: int, group: Group, looked: Looked) -> None:
        """Give the titles their files, all in one step; broken files are titles that failed."""
        titles = self._parts.store.titles(job_id)
        for title in titles:
            self._keep_tracks(title)
        moves = [self._move(title, group, looked) for title in titles]
        self._parts.lifecycle.move_titles(moves)
        if looked.broken:
            for number, (file, why) in enumerate(looked.broken.items(), len(titles)):
                self._add_broken(job_id, number, file, why)
            self._parts.hub.publish(TitlesListed(job_id))

    @staticmethod
    def _move(title: DiscTitle, group: Group, looked: Looked) -> TitleMove:
        file = looked.files[title.title_index]
        values: dict[str, Any] = {
            "staging_file": str(file.path),
            "video_resolution": looked.resolutions[title.title_index],
            "comment": file.path.stem,
        }
        number = title.title_index + 1
        if title.state is TitleState.SKIPPED:
            return TitleMove(title, None, f"title {number} is {file.path}", values)
        if file.path in group.extras:
            reason = "it lies in a folder for extras"
            values |= {"role": TitleRole.EXTRA, "role_reason": reason, "is_extra": True, "place": None}
        return TitleMove(title, TitleState.MATCHING, f"title {number} is {file.path}", values)

    def _keep_tracks(self, title: DiscTitle) -> None:
        """Record that every track stays: a file that was ripped elsewhere is filed as it is."""
        rows = [
            TitleTrack(**row.model_dump(exclude={"id", "kept", "why"}), kept=True, why=_KEPT)
            for row in self._parts.store.tracks(title.id or 0)
        ]
        self._parts.store.replace_of_title(TitleTrack, title.id or 0, rows)

    def _add_broken(self, job_id: int, index: int, file: FoundFile, why: str) -> None:
        log.warning("a file cannot be imported", job=job_id, file=str(file.path), why=why)
        sentence = f"{file.path.name} cannot be imported: {why}"
        self._parts.store.add(
            DiscTitle(
                job_id=job_id,
                title_index=index,
                state=TitleState.FAILED,
                file_size_bytes=file.size,
                source_file=file.path.name,
                segment_map=file.mark,
                comment=file.path.stem,
                staging_file=str(file.path),
                error_message=sentence,
            )
        )
        self._parts.lifecycle.note(job_id, "import", sentence)


def _first(looked: Looked) -> str:
    """Say why a file cannot be imported, and how many more cannot."""
    more = f" (and {len(looked.broken) - 1} more)" if len(looked.broken) > 1 else ""
    found = next(iter(looked.broken.items()), None)
    return f"{found[0].path.name}: {found[1]}{more}" if found else "there is none any more"
