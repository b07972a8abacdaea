"""Names and flags of a ripped file's tracks: set before it is filed, when it is known best what it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from engramd import durable
from engramd.conditions import Condition
from engramd.errors import EngramError, ToolMissing
from engramd.models import DiscJob, DiscTitle, TitleState, TitleTrack, WaitingFor
from engramd.models.base import utcnow
from engramd.pipeline.parts import Parts
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.threads import Pool
from engramd.pipeline.tracks import TrackRules
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.rip.subtitle_facts import SubtitleFacts

log = structlog.get_logger(__name__)

CONDITION = "track-labels"
Facts = dict[int, "SubtitleFacts"]


class Labeller:
    """Labels tracks; what their subtitles hold is counted in the background as soon as a title is ripped."""

    def __init__(self, parts: Parts, stop: CancelToken) -> None:
        self._parts = parts
        self._stop = stop
        self._rules = TrackRules(parts.store)
        self._pool = Pool("subtitles", lambda: 1)
        self._lock = threading.Lock()
        self._running: dict[Path, Future[Facts]] = {}

    def begin(self, folder: JobFolder, title: DiscTitle) -> Future[Facts]:
        """Count what the subtitle tracks of a ripped title hold, unless that is done or under way."""
        target, path = folder.subtitle_facts(title.title_index), Path(title.staging_file or "")
        with self._lock:
            if path in self._running:
                return self._running[path]
            future: Future[Facts] = Future()
            known = _read_facts(target, title)
            if known is not None or not _has_subtitles(folder, title):
                future.set_result(known or {})
                return future
            self._running[path] = future
        self._pool.submit(lambda: self._count(future, target, path, title))
        return future

    def run(self, job: DiscJob, titles: Sequence[DiscTitle]) -> list[DiscTitle]:
        """Label the titles that are about to be filed; give those whose files are sound.

        What cannot be labelled is filed all the same. A file of which an edit was begun, and could be neither
        ended nor undone, is not: it is put in order as soon as that can be done.
        """
        folder = JobFolder(Path(job.staging_folder)) if job.staging_folder else None
        return [title for title in titles if folder is None or self._is_sound_after(job, folder, title)]

    def _is_sound_after(self, job: DiscJob, folder: JobFolder, title: DiscTitle) -> bool:
        if title.state is not TitleState.MATCHED or not title.staging_file:
            return True
        from engramd.rip.head_copy import copy_of

        try:
            self._label(job, folder, title)
        except ToolMissing as error:
            self._parts.conditions.set(Condition(CONDITION, str(error), error.remedy))
        except EngramError as error:
            self._stop.raise_if_cancelled()
            if copy_of(Path(title.staging_file)).exists():
                self._hold_back(title, str(error))
                return False
            number = title.title_index + 1
            sentence = f"the tracks of title {number} could not be labelled: {error}"
            self._parts.lifecycle.note(job.id or 0, "tracks", sentence)
        return True

    def _hold_back(self, title: DiscTitle, why: str) -> None:
        if (title.waiting_for, title.error_message) == (WaitingFor.SPACE, why):
            return
        log.error(
            "a title waits until its file is in order", job=title.job_id, title=title.title_index + 1, why=why
        )
        self._parts.lifecycle.update_title(
            title, waiting_for=WaitingFor.SPACE, waiting_since=utcnow(), error_message=why
        )

    def _label(self, job: DiscJob, folder: JobFolder, title: DiscTitle) -> None:
        from engramd.rip.header_edit import apply_labels
        from engramd.rip.matroska import read_head
        from engramd.rip.track_labels import label_tracks

        path, streams = Path(title.staging_file or ""), folder.load_streams(title.title_index)
        if not streams or not path.exists():
            return
        facts = self.begin(folder, title).result()
        policy = self._rules.policy(self._parts.settings.current, job)
        labels = label_tracks(read_head(path).tracks, streams, policy, facts)
        if apply_labels(self._parts.tools, path, labels, cancel=self._stop):
            self._parts.lifecycle.update_title(title, file_size_bytes=path.stat().st_size)
        self._parts.conditions.clear(CONDITION)
        kept = [row for row in self._parts.store.tracks(title.id or 0) if row.kept]
        rows = {label.place: label for label in labels if label.place is not None}
        before = [row.model_dump() for row in kept]
        for place, row in enumerate(kept):
            if (label := rows.get(place)) is not None:
                held = facts.get(label.number)
                row.name, row.is_default, row.forced = label.name, label.default, label.forced
                row.commentary, row.audio_description = label.commentary, label.audio_description
                if held is not None:
                    row.events, row.forced_events = held.events, held.forced_events
        if changed := [row for row, was in zip(kept, before, strict=True) if row.model_dump() != was]:
            self._keep_rows(title, changed)

    def _keep_rows(self, title: DiscTitle, rows: list[TitleTrack]) -> None:
        for row in rows:
            self._parts.store.save(row)
        self._parts.lifecycle.update_title(title)  # so that clients are told of the tracks

    def _count(self, future: Future[Facts], target: Path, path: Path, title: DiscTitle) -> None:
        from engramd.rip.subtitle_facts import facts_in_child
        from engramd.rip.subtitle_index import facts_by_index

        found = Facts()
        try:
            indexed = facts_by_index(path)
            found = facts_in_child(self._parts.tools, path, cancel=self._stop) if indexed is None else indexed
            _write_facts(target, path, found)
        except (EngramError, OSError) as error:
            number = title.title_index + 1
            log.warning("subtitles not counted", job=title.job_id, title=number, why=str(error))
        finally:
            with self._lock:
                self._running.pop(path, None)
            future.set_result(found)


def _has_subtitles(folder: JobFolder, title: DiscTitle) -> bool:
    return any(stream.kind == "subtitle" for stream in folder.load_streams(title.title_index))


def _write_facts(target: Path, path: Path, facts: Facts) -> None:
    data = {"file": path.name, "tracks": {number: vars(held) for number, held in facts.items()}}
    try:
        durable.write(target, json.dumps(data).encode())
    except OSError as error:
        log.warning("what subtitles hold could not be kept", why=error.strerror)


def _read_facts(target: Path, title: DiscTitle) -> Facts | None:
    """Give what was counted before in this very file; None if nothing was."""
    from engramd.rip.subtitle_facts import SubtitleFacts

    try:
        data = json.loads(target.read_text("utf-8"))
        if data["file"] != Path(title.staging_file or "").name:
            return None
        return {int(number): SubtitleFacts(**held) for number, held in data["tracks"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return None
