"""Reference subtitles that were fetched, and who waits for more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, func, or_, select

from engramd.models import DiscJob, DiscTitle, ReviewKind, ReviewTask, SubtitleFile, TitleState, WaitingFor
from engramd.store.store import ENDED, Store


class FetchedSubtitles:
    """The rows of fetched files; every call is one short session."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of_show(self, show: str, tmdb_id: int | None) -> list[SubtitleFile]:
        """Give all that was fetched for a show, refused files too, oldest first."""
        same = col(SubtitleFile.show) == show
        if tmdb_id is not None:
            other = col(SubtitleFile.tmdb_id).is_not(None) & (col(SubtitleFile.tmdb_id) != tmdb_id)
            same = or_(col(SubtitleFile.tmdb_id) == tmdb_id, same & ~other)
        with self._store.read() as session:
            return list(session.exec(select(SubtitleFile).where(same).order_by(col(SubtitleFile.id))).all())

    def keep(self, row: SubtitleFile) -> SubtitleFile:
        """Insert a row, or put it in the place of the one of the same provider, number and episode."""
        with self._store.write() as session:
            known = session.exec(
                select(SubtitleFile).where(
                    SubtitleFile.provider == row.provider,
                    SubtitleFile.provider_id == row.provider_id,
                    SubtitleFile.season == row.season,
                    SubtitleFile.episode == row.episode,
                )
            ).first()
            if known is not None:
                row.id = known.id
                return session.merge(row)
            session.add(row)
        return row

    def last_useful(self) -> datetime | None:
        """Give when the last file came that could be used."""
        with self._store.read() as session:
            used = select(func.max(SubtitleFile.fetched_at)).where(SubtitleFile.refused == "")
            return session.exec(used).one()

    def waiting(self) -> list[DiscTitle]:
        """Give the titles that wait for references to be fetched, of jobs that have not ended."""
        wanted = (
            select(DiscTitle)
            .join(DiscJob, col(DiscTitle.job_id) == col(DiscJob.id))
            .where(DiscTitle.waiting_for == WaitingFor.REFERENCES, DiscTitle.state == TitleState.MATCHING)
            .where(col(DiscJob.state).not_in(ENDED), self._store.own(DiscJob))
            .order_by(col(DiscTitle.job_id), col(DiscTitle.title_index))
        )
        with self._store.read() as session:
            return list(session.exec(wanted).all())

    def asked(self, kind: ReviewKind, job_ids: Sequence[int]) -> list[ReviewTask]:
        """Give the questions of a kind about these jobs as a whole, open and closed, oldest first."""
        wanted = select(ReviewTask).where(ReviewTask.kind == kind, col(ReviewTask.title_id).is_(None))
        wanted = wanted.where(col(ReviewTask.job_id).in_(job_ids)).order_by(col(ReviewTask.id))
        with self._store.read() as session:
            return list(session.exec(wanted).all())
