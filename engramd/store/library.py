"""Rows of libraries: their roots, and the folders of works in them."""

from __future__ import annotations

from sqlmodel import col, select

from engramd.models import ContentType, DiscJob, DiscTitle, LibraryFolder, LibraryRoot, TitleState
from engramd.models.base import utcnow
from engramd.store.store import Store


class LibraryRows:
    """What is recorded of libraries; every call is one short session."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def root(self, path: str) -> LibraryRoot | None:
        """Give what is known of a library folder."""
        with self._store.read() as session:
            return session.get(LibraryRoot, (self._store.scope, path))

    def roots(self) -> list[LibraryRoot]:
        """Give every library folder that was used here, by path."""
        wanted = select(LibraryRoot).where(LibraryRoot.station == self._store.scope)
        with self._store.read() as session:
            return list(session.exec(wanted.order_by(col(LibraryRoot.path))).all())

    def keep_root(self, path: str, marker: str, file_system: str, *, is_mount: bool) -> None:
        """Record a library folder as it is now; how files come into it stays."""
        with self._store.write() as session:
            station = self._store.scope
            row = session.get(LibraryRoot, (station, path)) or LibraryRoot(station=station, path=path)
            row.marker, row.file_system, row.is_mount, row.seen_at = marker, file_system, is_mount, utcnow()
            session.add(row)

    def keep_way(self, path: str, way: str) -> None:
        """Record how files come into a library folder, if it is known."""
        with self._store.write() as session:
            row = session.get(LibraryRoot, (self._store.scope, path))
            if row is not None and row.way != way:
                row.way = way
                session.add(row)

    def folder(self, root: str, folder: str) -> LibraryFolder | None:
        """Give the work that a folder of a library is of."""
        wanted = select(LibraryFolder).where(LibraryFolder.root == root, LibraryFolder.folder == folder)
        with self._store.read() as session:
            return session.exec(wanted).first()

    def folders(self, root: str) -> list[LibraryFolder]:
        """Give all folders of works that are known in a library, by name."""
        wanted = select(LibraryFolder).where(LibraryFolder.root == root).order_by(col(LibraryFolder.folder))
        with self._store.read() as session:
            return list(session.exec(wanted).all())

    def folders_of(self, root: str, kind: ContentType, name: str, tmdb_id: int | None) -> list[LibraryFolder]:
        """Give the folders that may be a work's, by its number or its name (in lower case); best first.

        A folder of another number or kind is none of them.
        """
        same = col(LibraryFolder.name) == name
        if tmdb_id is not None:
            other = col(LibraryFolder.tmdb_id).is_not(None) & (col(LibraryFolder.tmdb_id) != tmdb_id)
            same = (col(LibraryFolder.tmdb_id) == tmdb_id) | (same & ~other)
        wanted = select(LibraryFolder).where(LibraryFolder.root == root, LibraryFolder.kind == kind, same)
        with self._store.read() as session:
            rows = list(session.exec(wanted.order_by(col(LibraryFolder.id))).all())
        return sorted(rows, key=lambda row: tmdb_id is None or row.tmdb_id != tmdb_id)

    def filed_of(self, name: str) -> list[tuple[DiscJob, DiscTitle]]:
        """Give the filed titles of a show or film, by its name (in any case) or its number at TMDB."""
        wanted = (
            select(DiscJob, DiscTitle)
            .where(DiscTitle.job_id == DiscJob.id, DiscTitle.state == TitleState.COMPLETED)
            .where(col(DiscTitle.organized_to).is_not(None))
            .order_by(col(DiscTitle.id))
        )
        with self._store.read() as session:
            rows = list(session.exec(wanted).all())
        return [(job, title) for job, title in rows if _is_of(job, title, name.strip().casefold())]

    def keep_folder(self, row: LibraryFolder) -> LibraryFolder:
        """Record a folder; one that is known learns what was not known of its work."""
        with self._store.write() as session:
            wanted = select(LibraryFolder).where(
                LibraryFolder.root == row.root, LibraryFolder.folder == row.folder
            )
            known = session.exec(wanted).first()
            if known is None:
                session.add(row)
                return row
            if known.year is None:
                known.year = row.year
            if known.tmdb_id is None and row.tmdb_id is not None:
                known.tmdb_id, known.tmdb_namespace = row.tmdb_id, row.tmdb_namespace
            session.add(known)
        return known


def _is_of(job: DiscJob, title: DiscTitle, name: str) -> bool:
    own = (title.own_title, title.own_tmdb_id) if title.own_title else (job.detected_title, job.tmdb_id)
    return name in ((own[0] or "").casefold(), str(own[1] or ""))
