"""Discs of extras belong to a series or film whose other discs were here: which one is found by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engramd.models import ContentType, DiscJob, WorkCandidate, WorkNamespace
from engramd.pipeline.hints import same_name

if TYPE_CHECKING:
    from engramd.identify import LabelFacts

#: Jobs that are looked back on, and works that are offered.
LOOK_BACK, MOST_OFFERED = 500, 6
#: What a disc of extras takes from the other discs of its set.
_SHARED = ("content_type", "detected_title", "year", "tmdb_id", "tmdb_namespace", "original_title")


@dataclass(frozen=True)
class SetOf:
    """The work of a disc of extras (`values` are fields of its job), or the works that it may belong to."""

    values: dict[str, Any]
    reason: str
    offered: tuple[WorkCandidate, ...] = ()


def find_set(job: DiscJob, label: LabelFacts, former: Sequence[DiscJob]) -> SetOf:
    """Choose among the works of former jobs, newest first.

    Only one of the very same name is taken; those that are named alike are offered.
    """
    from engramd.identify.work_names import plain_name

    works: dict[tuple[Any, ...], DiscJob] = {}
    for other in former:
        known = other.detected_title and other.content_type is not ContentType.UNKNOWN
        if known and other.id != job.id:
            works.setdefault((other.content_type, other.detected_title, other.year), other)
    alike = [w for w in works.values() if label.title and same_name(label.title, w.detected_title or "")]
    name = plain_name(label.title or "").joined
    same = [w for w in alike if plain_name(w.detected_title or "").joined == name]
    if len(same) == 1:
        chosen = same[0]
        values = {name: getattr(chosen, name) for name in _SHARED}
        if chosen.content_type is ContentType.TV:
            values["detected_season"] = label.season
        return SetOf(values, f"it is a disc of extras, and its name is that of job {chosen.id}")
    offered = (alike or list(works.values()))[:MOST_OFFERED]
    reason = "its name may be that of the disc" if alike else "no disc of a set with its name was here"
    return SetOf({}, reason, tuple(_candidate(job, work, reason) for work in offered))


def _candidate(job: DiscJob, work: DiscJob, reason: str) -> WorkCandidate:
    return WorkCandidate(
        job_id=job.id or 0,
        namespace=WorkNamespace(work.content_type.value),
        tmdb_id=work.tmdb_id if work.tmdb_namespace == work.content_type.value else None,
        name=work.detected_title or "",
        year=work.year,
        confidence=0.1,
        reason=f"job {work.id} was of it; {reason}",
    )
