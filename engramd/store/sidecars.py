"""Rows of what was written beside titles, and of why there was nothing to write."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from engramd.models import DiscJob, DiscTitle, Sidecar, SidecarLack, TitleState
from engramd.store.store import Store

#: Kinds of sidecars.
NFO, CAPTIONS, OCR, POSTER = "nfo", "captions", "ocr", "poster"


class SidecarRows:
    """Every call is one short session."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of_title(self, title_id: int) -> list[Sidecar]:
        """Give the files beside a title."""
        wanted = select(Sidecar).where(Sidecar.title_id == title_id).order_by(col(Sidecar.id))
        with self._store.read() as session:
            return list(session.exec(wanted).all())

    def of_video(self, path: str) -> list[Sidecar]:
        """Give the files beside a video of the library, by its absolute path."""
        wanted = (
            select(Sidecar)
            .join(DiscTitle, col(Sidecar.title_id) == col(DiscTitle.id))
            .where(DiscTitle.organized_to == path)
        )
        with self._store.read() as session:
            return list(session.exec(wanted.order_by(col(Sidecar.id))).all())

    def of_folders(self, below: str) -> list[Sidecar]:
        """Give the files of whole works and seasons (`tvshow.nfo`, posters) in a folder and below it."""
        inside = col(Sidecar.path).startswith(below.rstrip("/") + "/", autoescape=True)
        wanted = select(Sidecar).where(inside, col(Sidecar.title_id).is_(None))
        with self._store.read() as session:
            return list(session.exec(wanted.order_by(col(Sidecar.id))).all())

    def at(self, path: str) -> Sidecar | None:
        """Give the row of a file."""
        with self._store.read() as session:
            return session.exec(select(Sidecar).where(Sidecar.path == path)).first()

    def lack_at(self, path: str, title_id: int | None = None) -> SidecarLack | None:
        """Say why there is no file at a path, of a title or of a folder (None)."""
        owner = col(SidecarLack.title_id).is_(None) if title_id is None else SidecarLack.title_id == title_id
        with self._store.read() as session:
            return session.exec(select(SidecarLack).where(SidecarLack.path == path, owner)).first()

    def lacks_of(self, title_id: int) -> list[SidecarLack]:
        """Say why a title has no files of some kinds."""
        with self._store.read() as session:
            return list(session.exec(select(SidecarLack).where(SidecarLack.title_id == title_id)).all())

    def lacking(self, kind: str) -> list[tuple[DiscJob, DiscTitle]]:
        """Give its own filed titles, but extras, of which nothing is recorded of a kind, the latest first."""
        # A file that another title replaced, or was found to be, is that one's.
        latest = (
            select(func.max(DiscTitle.id))
            .where(DiscTitle.state == TitleState.COMPLETED)
            .group_by(col(DiscTitle.organized_to))
        )
        has = select(Sidecar.id).where(Sidecar.title_id == DiscTitle.id, Sidecar.kind == kind)
        lacks = select(SidecarLack.id).where(SidecarLack.title_id == DiscTitle.id, SidecarLack.kind == kind)
        wanted = (
            select(DiscJob, DiscTitle)
            .join(DiscTitle, col(DiscTitle.job_id) == col(DiscJob.id))
            .where(col(DiscTitle.id).in_(latest), col(DiscTitle.organized_to).is_not(None))
            .where(col(DiscTitle.is_extra).is_(False), ~has.exists(), ~lacks.exists())
            .where(self._store.own(DiscJob))
            .order_by(col(DiscTitle.id).desc())
        )
        with self._store.read() as session:
            return [(job, title) for job, title in session.exec(wanted).all()]

    def is_latest(self, title: DiscTitle) -> bool:
        """Whether a title's file is its own, and not that of one which was filed as it later."""
        wanted = select(func.max(DiscTitle.id)).where(
            DiscTitle.state == TitleState.COMPLETED, DiscTitle.organized_to == title.organized_to
        )
        with self._store.read() as session:
            return session.exec(wanted).first() == title.id

    def outlived(self) -> list[tuple[Sidecar, str]]:
        """Give files of titles whose video is another title's by now, which has its own or none; and that
        video's path."""
        former, latter = aliased(DiscTitle), aliased(DiscTitle)
        own, lack = aliased(Sidecar), aliased(SidecarLack)
        same_file = col(latter.organized_to) == col(former.organized_to)
        has = select(own.id).where(own.title_id == latter.id, own.kind == Sidecar.kind)
        lacks = select(lack.id).where(lack.title_id == latter.id, lack.kind == Sidecar.kind)
        wanted = (
            select(Sidecar, former.organized_to)
            .join(former, col(Sidecar.title_id) == col(former.id))
            .join(latter, and_(same_file, col(latter.id) > col(former.id)))
            .where(latter.state == TitleState.COMPLETED, or_(has.exists(), lacks.exists()))
            .distinct()
        )
        if self._store.is_shared:
            wanted = wanted.join(DiscJob, col(latter.job_id) == col(DiscJob.id))
            wanted = wanted.where(self._store.own(DiscJob))
        with self._store.read() as session:
            return [(row, path or "") for row, path in session.exec(wanted).all()]

    def keep(self, row: Sidecar) -> None:
        """Record a file, in the place of what is known of its path."""
        with self._store.write() as session:
            for old in session.exec(select(Sidecar).where(Sidecar.path == row.path)):
                session.delete(old)
            session.flush()
            session.add(row)

    def keep_lack(self, row: SidecarLack) -> None:
        """Record why there is no file."""
        with self._store.write() as session:
            session.add(row)

    def forget(self, rows: Iterable[Sidecar | SidecarLack]) -> None:
        """Drop rows."""
        with self._store.write() as session:
            for row in rows:
                known = session.get(type(row), row.id)
                if known is not None:
                    session.delete(known)
