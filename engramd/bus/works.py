"""What a disc may be, and what speaks for it: rows to values of the bus. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engramd.bus.variants import Uint32, microseconds
from engramd.models import JobEvidence, WorkCandidate, WorkNamespace


def evidence_values(rows: Iterable[JobEvidence]) -> list[dict[str, Any]]:
    """Give what each source says of a job's disc."""
    return [
        {
            "source": row.source,
            "claim": row.claim,
            "confidence": row.confidence,
            "followed": row.followed,
            "sentence": row.sentence,
            "at": microseconds(row.at),
        }
        for row in rows
    ]


def work_values(rows: Iterable[WorkCandidate]) -> list[dict[str, Any]]:
    """Give the series and films that a job's disc may be."""
    return [
        {
            "namespace": row.namespace.value,
            "tmdb_id": Uint32(row.tmdb_id or 0),
            "name": row.name,
            "year": Uint32(row.year or 0),
            "confidence": row.confidence,
            "reason": row.reason,
        }
        for row in rows
    ]


def work_options(works: Iterable[WorkCandidate], *, numbered: bool) -> list[dict[str, str]]:
    """Give the works as answers: `tv:123` of TMDB, else by name, `movie:Heat (1995)`.

    They are `numbered` by rank, unless a number is an answer of its own (a season): then the id is the value.
    A work that no answer stands for is left out with its number, so that 1 is the likeliest or nothing.
    """
    told = [(_value(work), _sentence(work)) for work in works]
    return [
        {"id": str(number) if numbered else value, "text": text, "value": value}
        for number, (value, text) in enumerate(told, 1)
        if value
    ]


def _value(work: WorkCandidate) -> str:
    """Give the answer that stands for a work; none where its name would be read as a number of TMDB's."""
    if work.tmdb_id:
        return f"{work.namespace}:{work.tmdb_id}"
    name = f"{work.name} ({work.year})" if work.year else work.name
    return "" if name.isdecimal() else f"{work.namespace}:{name}"


def _sentence(work: WorkCandidate) -> str:
    kind = "series" if work.namespace is WorkNamespace.TV else "film"
    name = f"{work.name} ({work.year})" if work.year else work.name
    known_as = f"TMDB {kind} {work.tmdb_id}" if work.tmdb_id else kind
    text = f"{name}, {known_as} ({work.confidence:.0%})"
    return f"{text}: {work.reason}" if work.reason else text
