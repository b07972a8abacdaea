"""Rows that belong to the daemon that starts, whatever they say."""

from __future__ import annotations

from sqlalchemy import update
from sqlmodel import col, select

from engramd.models import Change, DiscHint, DiscJob, DriveRecord, LibraryRoot, MediaScan, Notice
from engramd.store.store import Store

_OF_A_STATION = (DiscHint, Change, Notice, MediaScan, DriveRecord, LibraryRoot)


def claim(store: Store) -> None:
    """Write the daemon's name into its rows.

    In a database of its own all jobs are its, also after its machine got another name. In one that is shared
    those without a station are: they are from before there were stations.
    """
    if not store.is_shared and _newest(store) in (None, store.station):
        return  # all have the same
    of_job = col(DiscJob.station)
    former = of_job == "" if store.is_shared else of_job != store.station
    with store.write() as session:
        session.execute(update(DiscJob).where(former).values(station=store.station))
        for kind in _OF_A_STATION if store.is_shared else ():
            session.execute(update(kind).where(col(kind.station) == "").values(station=store.station))


def _newest(store: Store) -> str | None:
    """Give the station of the last job; None: there is none."""
    with store.read() as session:
        return session.exec(select(DiscJob.station).order_by(col(DiscJob.id).desc()).limit(1)).first()
