"""What people say a disc is, as fields of its job. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engramd.errors import InvalidArgument
from engramd.models import ContentType, DiscJob, WorkCandidate, WorkNamespace
from engramd.pipeline.options import OTHER

#: Values of a hint, by the names that the bus uses, and the fields that they set.
HINT_FIELDS = {
    "content_type": "content_type",
    "title": "detected_title",
    "year": "year",
    "season": "detected_season",
    "disc": "disc_number",
    "tmdb_id": "tmdb_id",
    "tmdb_namespace": "tmdb_namespace",
    "edition": "edition",
}


def hint_values(hint: Mapping[str, object]) -> dict[str, object]:
    """Give an identity as fields of a job. Raises InvalidArgument for what is none."""
    unknown = sorted(hint.keys() - HINT_FIELDS.keys())
    if unknown or not hint:
        raise InvalidArgument(
            "an identity is made of " + ", ".join(HINT_FIELDS), where=", ".join(unknown) or "nothing given"
        )
    values = {HINT_FIELDS[name]: value for name, value in hint.items()}
    if (kind := values.get("content_type")) is not None:
        values["is_other"] = kind == OTHER
        values["content_type"] = ContentType.UNKNOWN if kind == OTHER else kind
    return values


def identity_in(answer: str, works: Sequence[WorkCandidate]) -> dict[str, object]:
    """Read `tv`, `movie`, `tv:123` (a number of TMDB's) or `movie:Name (1999)`; `works` are known by number.

    `other`, and `other:Name`, is what is neither. Raises InvalidArgument.
    """
    kind, _, work = answer.partition(":")
    if kind == OTHER:
        return {"content_type": OTHER, "title": work} if work else {"content_type": OTHER}
    if kind not in (ContentType.TV, ContentType.MOVIE):
        raise InvalidArgument(
            "answer with tv, movie or other, or say more with engramctl identify",
            where=answer,
            remedy="a work is named as tv:NUMBER or movie:NUMBER of TMDB, or as movie:NAME (YEAR)",
        )
    said: dict[str, object] = {"content_type": kind}
    if work.isascii() and work.isdigit():
        said |= {"tmdb_id": int(work), "tmdb_namespace": kind}
        known = [w for w in works if (w.namespace, w.tmdb_id) == (kind, int(work))]
        said |= {"title": known[0].name, "year": known[0].year} if known else {}
    elif work:
        name, year = named_film(work) or (work, None)
        said |= {"title": name, "year": year}
    return said


def whose_number(job: DiscJob, said: Mapping[str, Any]) -> dict[str, Any]:
    """Complete an identity: a number of TMDB's belongs to a type, and not to another work than was meant."""
    values = dict(said)
    if values.get("is_other"):
        return values | {"tmdb_id": None, "tmdb_namespace": None, "original_title": None}
    kind = values.get("content_type", job.content_type)
    namespace = None if kind is ContentType.UNKNOWN else WorkNamespace(kind.value)
    if "tmdb_id" in values:
        if values["tmdb_id"] is not None and not values.get("tmdb_namespace"):
            values["tmdb_namespace"] = namespace
        return values | ({} if values["tmdb_id"] == job.tmdb_id else {"original_title": None})
    told = (("detected_title", job.detected_title), ("year", job.year))
    named_anew = any(name in values and values[name] != known for name, known in told)
    if named_anew or (namespace is not None and job.tmdb_namespace not in (None, namespace)):
        values |= {"tmdb_id": None, "tmdb_namespace": None, "original_title": None}
    elif job.tmdb_id is not None and job.tmdb_namespace is None:
        values["tmdb_namespace"] = namespace
    return values


def named_film(text: str) -> tuple[str, int] | None:
    """Read `Name (1999)`; None for anything else."""
    found = re.fullmatch(r"(\S.*?) \(((?:18[89]|19\d|20\d|21\d)\d)\)", text.strip())
    return (found[1], int(found[2])) if found else None
