"""Which show a person means, and the jobs of its discs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engramd.errors import InvalidArgument
from engramd.models import ContentType, DiscJob
from engramd.organize.folder_names import read_work
from engramd.organize.inventory import Work
from engramd.pipeline.roster import same_show
from engramd.pipeline.shelves import agree
from engramd.store import Store


def jobs_named(store: Store, show: str) -> list[DiscJob]:
    """Give the jobs of the show that a person means, newest first.

    It is named by its name, with its year where several have it (`Name (2003)`), or by its number at TMDB.
    Raises InvalidArgument where several are meant.
    """
    named = read_work(show)
    found = store.jobs_of_show(show)
    if not found:
        found = [job for job in store.jobs_of_show(named.name) if agree(named.year, job.year)]
    if not found and show.isascii() and show.isdecimal() and 0 < int(show) < 1 << 31:
        found = [job for job in store.jobs_of_show(show, int(show)) if job.tmdb_id == int(show)]
    shows = _shows(found)
    if len(shows) > 1:
        years = ", ".join(sorted({f"'{one.detected_title} ({one.year})'" for one in shows if one.year}))
        numbers = ", ".join(sorted(str(one.tmdb_id) for one in shows if one.tmdb_id))
        raise InvalidArgument(
            "several shows have that name", where=show, remedy=f"say which one: {years or numbers}"
        )
    if not shows:
        return []
    [one] = shows
    of_number = store.jobs_of_show(one.detected_title or show, one.tmdb_id) if one.tmdb_id else found
    kept = {job.id: job for job in (*found, *of_number) if same_show(one, job)}
    return sorted(kept.values(), key=lambda job: job.id or 0, reverse=True)


def _shows(jobs: Iterable[DiscJob]) -> list[DiscJob]:
    """Give one job of each show among them, the one that knows most of it."""
    shows: list[DiscJob] = []
    for job in sorted(jobs, key=lambda job: (job.tmdb_id is None, job.year is None, -(job.id or 0))):
        if not any(same_show(one, job) for one in shows):
            shows.append(job)
    return shows


def work_named(show: str, jobs: Sequence[DiscJob]) -> Work:
    """Give the show that a person means, as its jobs know it, as the library is searched for it."""
    if not jobs:
        named = read_work(show)
        number = named.id_of("tmdb")
        return Work(ContentType.TV, named.name, named.year, int(number) if number else None)
    [one] = _shows(jobs)
    names = {job.original_title or "" for job in jobs} | {job.detected_title or "" for job in jobs}
    others = tuple(sorted(names - {"", one.detected_title}))
    return Work(ContentType.TV, one.detected_title or show, one.year, one.tmdb_id, others)
