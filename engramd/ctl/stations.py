"""Stations: daemons that share a database. Where there is only one, nothing is said of it."""

from __future__ import annotations

from collections.abc import Iterable

from engramd.ctl.service import Properties


def stations(jobs: Iterable[Properties], here: str = "") -> list[str]:
    """Give the station of each job, in order; nothing of any where all are of one, which is `here`."""
    named = [str(job.get("Station", "")) for job in jobs]
    return named if len({*named, here} - {""}) > 1 else [""] * len(named)


def on(job: Properties, here: str) -> str:
    """Give ` on attic` of a job of another station."""
    station = job.get("Station", "")
    return f" on {station}" if station and here and station != here else ""
