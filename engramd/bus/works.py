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


def work_options(works: Iterable[WorkCandidate], *, numbered: bool) -> list[dict[str, Any]]:
    """Give the works as answers: `tv:123` of TMDB, else by name, `movie:Heat (1995)`.

    They are `numbered` as they were first offered, unless a number is an answer of its own (a season): then
    the id is the value. A work that no answer stands for is left out with its number.
    """
    return [
        {
            "id": str(work.number or rank) if numbered else value,
            "text": _sentence(work),
            "value": value,
            "confidence": work.confidence,
            "evidence": work.reason,
        }
        for rank, work in enumerate(works, 1)
        if (value := _value(work))
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
    return f"{name}, {known_as}"
