"""What was imported, or is: the rows that keep the same files from being imported twice."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from engramd.models import DiscJob, DiscTitle
from engramd.store.store import ENDED, Store

#: Values that one query may name.
_AT_ONCE = 500


def ended_of_place(store: Store, path: str, label: str) -> DiscJob | None:
    """Give the newest job that imported a group's files, if it has ended and none is on its way."""
    wanted = select(DiscJob).where(
        col(DiscJob.is_import).is_(True),
        DiscJob.drive_id == path,
        DiscJob.volume_label == label,
        store.own(DiscJob),  # paths are those of a machine
    )
    with store.read() as session:
        newest = session.exec(wanted.order_by(col(DiscJob.id).desc()).limit(1)).first()
    return newest if newest is not None and newest.state in ENDED else None


def titles_of_files(store: Store, paths: Sequence[str]) -> list[tuple[DiscJob, DiscTitle]]:
    """Give the titles that were imported from files, with their jobs, oldest first."""
    found: list[tuple[DiscJob, DiscTitle]] = []
    with store.read() as session:
        for first in range(0, len(paths), _AT_ONCE):
            some = paths[first : first + _AT_ONCE]
            wanted = select(DiscJob, DiscTitle).where(
                col(DiscTitle.job_id) == col(DiscJob.id),
                col(DiscJob.is_import).is_(True),
                col(DiscTitle.staging_file).in_(some),
                store.own(DiscJob),
            )
            found += [(job, title) for job, title in session.exec(wanted)]
    return sorted(found, key=lambda row: row[1].id or 0)
