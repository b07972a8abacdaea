"""Splits a title that holds several episodes into titles of their own, when a person asks for that.

The whole file stays in the staging folder until all of its pieces are filed. A restart begins anew: pieces
count only when their rows are committed, in one step with the end of the whole.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from engramd.errors import EngramError, NoSpace, WrongState
from engramd.lifecycle import Lifecycle, TitleMove
from engramd.models import (
    DiscJob,
    DiscTitle,
    ReviewKind,
    RipOutcome,
    TitleCandidate,
    TitleRole,
    TitleState,
    TitleTrack,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.organize import EpisodeCode
from engramd.pipeline.deciding import FROM_SPLIT, SPLITTING
from engramd.pipeline.evidence import EvidenceCollector
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.seams import Piece, even_pieces, pieces_at
from engramd.pipeline.staging import JobFolder, free_bytes, gigabytes
from engramd.pipeline.threads import Pool
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.match.model import Evidence

log = structlog.get_logger(__name__)

#: `match_source` of a title that was split.
WAS_SPLIT = "was-split"
#: What the segment map of a piece has behind that of the whole.
MARK = "@"


class Splitter:
    """Splits titles in the background; `go_on` is called with a job whose titles changed."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        evidence: EvidenceCollector,
        go_on: Callable[[int], None],
        stop: CancelToken,
    ) -> None:
        self._parts, self._reviews, self._evidence = parts, reviews, evidence
        self._go_on, self._stop = go_on, stop
        self._pool = Pool("splitting", lambda: 1)

    def split(self, job_id: int, title_index: int, episodes: str, actor: str) -> None:
        """Have a title in review be split; `episodes` (S01E01-E06) where its parts are not known.

        Raises WrongState where it cannot be split now, InvalidArgument for what is no row of episodes.
        """
        title = self._parts.store.need_title(job_id, title_index)
        code = EpisodeCode.parse(episodes) if episodes else None
        self._check(title, code)
        sentence = f"title {title_index + 1} is split into its episodes, says {actor}"
        self._parts.lifecycle.move_titles(
            [TitleMove(title, None, sentence, _waits(WaitingFor.SLOT, SPLITTING, code, sentence))],
            actor=actor,
        )
        self._reviews.close(job_id, title=title, answer="split", actor=actor)
        self._submit(title)

    def take_up(self) -> None:
        """After a start, split what was to be split."""
        for job in self._parts.store.unfinished_jobs():
            for title in self._parts.store.titles(job.id or 0):
                if title.match_source == SPLITTING and title.state is TitleState.REVIEW:
                    self._submit(title)

    def _check(self, title: DiscTitle, code: EpisodeCode | None) -> None:
        number = title.title_index + 1
        if title.state is not TitleState.REVIEW or title.match_source == SPLITTING:
            how = "being split already" if title.match_source == SPLITTING else title.state.value
            remedy = "a filed one can be ripped again: engramctl rip --again"
            raise WrongState(
                f"title {number} is {how}; a title is split while it is asked about", remedy=remedy
            )
        if not title.staging_file or not Path(title.staging_file).exists():
            raise WrongState(f"title {number} has no file in the staging folder")
        if ReviewKind.DAMAGED in self._reviews.kinds_about(title):
            remedy = "answer first whether it is read again or kept: engramctl review"
            raise WrongState(f"title {number} is damaged", remedy=remedy)
        if code is None and len(self._parts.store.parts(title.id or 0)) < 2:
            raise WrongState(
                f"nothing says which episodes title {number} holds",
                remedy=f"name them: engramctl split {title.job_id} {number} S01E01-E06",
            )
        if code is not None and code.first == code.last:
            raise WrongState(f"{code} is one episode", remedy="name the first and the last: S01E01-E06")

    def _submit(self, title: DiscTitle) -> None:
        self._pool.submit(lambda: self._run(title.job_id, title.title_index))

    def _run(self, job_id: int, title_index: int) -> None:
        title = self._parts.store.need_title(job_id, title_index)
        if title.match_source != SPLITTING or title.state is not TitleState.REVIEW:
            return
        try:
            self._cut(self._parts.store.need_job(job_id), title)
        except (EngramError, OSError) as error:
            if self._stop.cancelled:
                return
            log.warning("a title could not be split", job=job_id, title=title_index + 1, why=str(error))
            self._ask_again(title, str(error))
        self._go_on(job_id)

    def _cut(self, job: DiscJob, title: DiscTitle) -> None:
        from engramd.rip.cutting import cut_file

        folder, whole = JobFolder(Path(job.staging_folder or "")), Path(title.staging_file or "")
        pieces = self._pieces(folder, title)
        if not pieces:
            raise WrongState("its parts are too short to be episodes")
        need = whole.stat().st_size + self._parts.settings.current.min_free_bytes
        if (free := free_bytes(folder.path)) < need:
            why = f"{gigabytes(free)} are free, and {gigabytes(need)} are needed"
            raise NoSpace("there is no room to split a title", where=folder.path, why=why)
        cuts = [piece.begin for piece in pieces[1:]]
        shed = folder.path / f"title-{title.title_index + 1:03d}.pieces"
        try:
            files = cut_file(self._parts.tools, whole, cuts, shed, ffmpeg=self._ffmpeg, cancel=self._stop)
            self._replace(folder, title, list(zip(pieces, files, strict=True)))
        except (EngramError, OSError):
            shutil.rmtree(shed, ignore_errors=True)
            raise
        with contextlib.suppress(OSError):
            shed.rmdir()

    def _ffmpeg(self) -> Path:
        return self._parts.backend().plain.ffmpeg().path

    def _pieces(self, folder: JobFolder, title: DiscTitle) -> list[Piece]:
        found = self._evidence.begin(folder, title).result()
        evidence = _evidence(found)
        if title.matched_episode:
            code = EpisodeCode.parse(title.matched_episode)
            return even_pieces(code, evidence, title.duration_seconds)
        rows = self._parts.store.parts(title.id or 0)
        parts = [Piece(row.episode, row.begin_seconds, row.end_seconds) for row in rows]
        return pieces_at(parts, evidence, title.duration_seconds)

    def _replace(self, folder: JobFolder, title: DiscTitle, cut: Sequence[tuple[Piece, Path]]) -> None:
        """Give the files their names, and the pieces their rows: in one step with the end of the whole."""
        first = 1 + max(t.title_index for t in self._parts.store.titles(title.job_id))
        rows: list[tuple[DiscTitle, list[TitleTrack | TitleCandidate]]] = []
        targets = [folder.rip_target(index, 1) for index, _ in enumerate(cut, first)]
        last = first + len(cut) - 1
        sentence = f"title {title.title_index + 1} was split into titles {first + 1}-{last + 1}"
        try:
            for index, (piece, file) in enumerate(cut, first):
                target = folder.rip_target(index, 1)
                file.replace(target)
                folder.save_streams(index, folder.load_streams(title.title_index))
                tracks = [_copied(track) for track in self._parts.store.tracks(title.id or 0)]
                rows.append((_row(title, index, piece, target), [*tracks, _candidate(title, piece)]))
            self._parts.lifecycle.replace_title(title, rows, sentence, match_source=WAS_SPLIT)
        except (EngramError, OSError):
            for target in targets:
                target.unlink(missing_ok=True)
            raise

    def _ask_again(self, title: DiscTitle, why: str) -> None:
        number = title.title_index + 1
        title = self._parts.store.need_title(title.job_id, title.title_index)
        if title.match_source != SPLITTING or title.state is not TitleState.REVIEW:
            return  # somebody decided meanwhile that it is something else
        sentence = f"it could not be split: {why}"
        waits = _waits(WaitingFor.ANSWER, "", None, sentence)
        try:
            self._parts.lifecycle.move_titles([TitleMove(title, None, sentence, waits)])
        except WrongState:
            return  # somebody decided it in this moment
        question = f"Which episode is title {number}, which could not be split?"
        self._reviews.ask(ReviewKind.EPISODE, title.job_id, question, title=title, why=sentence)


def is_piece(title: DiscTitle) -> bool:
    """Whether a title was cut out of another one: no disc has it."""
    return MARK in title.segment_map


def forget_wholes(lifecycle: Lifecycle, folder: JobFolder, titles: Sequence[DiscTitle]) -> None:
    """Remove the files of titles whose pieces are all filed; what cannot be removed stays."""
    for title in titles:
        if title.match_source != WAS_SPLIT or not title.staging_file:
            continue
        pieces = [t for t in titles if t.segment_map.startswith(f"{title.segment_map}{MARK}")]
        filed = bool(pieces) and all(piece.state is TitleState.COMPLETED for piece in pieces)
        if filed and Path(title.staging_file).parent == folder.path:
            with contextlib.suppress(OSError):
                Path(title.staging_file).unlink(missing_ok=True)
                lifecycle.update_title(title, staging_file=None)


def _waits(waiting_for: WaitingFor, source: str, code: EpisodeCode | None, reason: str) -> dict[str, Any]:
    return {
        "match_source": source,
        "matched_episode": str(code) if code else None,
        "match_reason": reason,
        "waiting_for": waiting_for,
        "waiting_since": utcnow(),
    }


def _row(whole: DiscTitle, index: int, piece: Piece, file: Path) -> DiscTitle:
    return DiscTitle(
        job_id=whole.job_id,
        title_index=index,
        duration_seconds=piece.end - piece.begin,
        file_size_bytes=file.stat().st_size,
        state=TitleState.MATCHING,
        video_resolution=whole.video_resolution,
        source_file=whole.source_file,
        segment_map=f"{whole.segment_map}{MARK}{piece.begin:.0f}-{piece.end:.0f}",
        role=TitleRole.EPISODE,
        role_reason=f"it was cut out of title {whole.title_index + 1}",
        match_source=FROM_SPLIT,
        rip_outcome=RipOutcome.SAVED,
        rip_backend=whole.rip_backend,
        staging_file=str(file),
    )


def _copied(track: TitleTrack) -> TitleTrack:
    values = track.model_dump(exclude={"id", "title_id", "events", "forced_events"})
    return TitleTrack(title_id=0, **values)


def _candidate(whole: DiscTitle, piece: Piece) -> TitleCandidate:
    reason = f"its place in title {whole.title_index + 1}"
    return TitleCandidate(title_id=0, episode=piece.episode, confidence=0.5, reason=reason)


def _evidence(path: Path | None) -> Evidence | None:
    from engramd.match.model import Evidence

    if path is None:
        return None
    try:
        return Evidence.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None
