"""The cuts of a job's film: what each is called, as far as persons and sources tell, else by running time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engramd.models import DiscJob, DiscTitle, EditionsPolicy, JobEvidence, TitleRole, TitleState
from engramd.pipeline.parts import Parts
from engramd.pipeline.ripped import FROM_DISCDB

if TYPE_CHECKING:
    from engramd.identify.editions import Cut

#: The source of the evidence that keeps how long TMDB says that a job's film is.
RUNTIME = "runtime"
_SETTLED = ("user", "earlier")
_PAL = "576p"


def cuts_with(title: DiscTitle, titles: Sequence[DiscTitle]) -> list[DiscTitle]:
    """Give the cuts of the film that a title is, itself among them; none if it is no film."""
    return [other for other in titles if _film_of(title) is not None and _film_of(other) == _film_of(title)]


def count_films(titles: Sequence[DiscTitle]) -> int:
    """Count the films among main features: cuts of one count once."""
    return len({_film_of(title) or ("", -1 - title.title_index) for title in titles})


def keep_runtime(parts: Parts, job_id: int, runtimes: Sequence[int]) -> None:
    """Keep how many minutes TMDB says that a job's film runs."""
    minutes = runtimes[0] if runtimes else 0
    sentence = f"TMDB lists the film with {minutes} minutes." if minutes else "TMDB lists no running time."
    claim = f"{minutes} min" if minutes else ""
    row = JobEvidence(job_id=job_id, source=RUNTIME, claim=claim, confidence=0.9, sentence=sentence)
    parts.store.replace_evidence(job_id, [row])


def name_editions(parts: Parts, job_id: int, titles: Sequence[DiscTitle] | None = None) -> None:
    """Name the cuts of a job's films by what is known now; what a person or a record named stays.

    `titles` are all of the job, if they are at hand. With the policy `ask` the names that only running times
    would give are left open.
    """
    job = parts.store.need_job(job_id)
    titles = parts.store.titles(job_id) if titles is None else titles
    for title in titles:
        if title.state is TitleState.COMPLETED or len(cuts := cuts_with(title, titles)) < 2:
            continue
        names = _names(parts, job, cuts)
        if title.title_index not in names:
            continue
        name = None if _is_left_open(parts, title, names) else names[title.title_index]
        if name != title.edition:
            parts.lifecycle.update_title(title, edition=name)


def wants_name(parts: Parts, job: DiscJob, title: DiscTitle) -> bool:
    """Whether a person is to be asked what a cut is called, since nothing but its running time tells."""
    cuts = cuts_with(title, parts.store.titles(job.id or 0))
    return len(cuts) > 1 and _is_left_open(parts, title, _names(parts, job, cuts))


def edition_of(job: DiscJob, title: DiscTitle, titles: Sequence[DiscTitle]) -> str | None:
    """Give the edition that a title is filed as: a person's word for the disc is that of its only film."""
    if title.match_source in _SETTLED or len(cuts_with(title, titles)) > 1:
        return title.edition
    return job.edition or title.edition


def _film_of(title: DiscTitle) -> tuple[str, int] | None:
    """Give what the cuts of a film have in common: its place on the disc."""
    if title.role is not TitleRole.MAIN_FEATURE or title.place is None:
        return None
    return title.own_title or "", title.place


def _is_left_open(parts: Parts, title: DiscTitle, names: dict[int, str | None]) -> bool:
    from engramd.identify.editions import running_time

    asks = parts.settings.current.editions_policy is EditionsPolicy.ASK
    return asks and names.get(title.title_index) == running_time(title.duration_seconds)


def _names(parts: Parts, job: DiscJob, cuts: Sequence[DiscTitle]) -> dict[int, str | None]:
    from engramd.identify.editions import name_cuts

    film_of_its_own = bool(cuts[0].own_title)
    runtime = None if film_of_its_own else _runtime(parts, job.id or 0)
    told = None if film_of_its_own else job.edition
    return name_cuts([_cut(title) for title in cuts], runtime=runtime, told=told)


def _cut(title: DiscTitle) -> Cut:
    from engramd.identify.editions import Cut, running_time

    recorded = title.match_source == FROM_DISCDB
    by_time = title.edition in (None, "", running_time(title.duration_seconds))
    fixed: str | None = None
    if title.match_source in _SETTLED or title.state is TitleState.COMPLETED:
        fixed = title.edition or ""
    elif recorded and not by_time:
        fixed = title.edition
    pal = title.video_resolution == _PAL
    return Cut(title.title_index, title.duration_seconds, fixed, recorded, pal)


def _runtime(parts: Parts, job_id: int) -> int | None:
    claims = [row.claim for row in parts.store.evidence(job_id) if row.source == RUNTIME]
    minutes = claims[-1].partition(" ")[0] if claims else ""
    return int(minutes) if minutes.isdigit() else None
