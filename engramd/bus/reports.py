"""What happened since a time, as it is told on the bus. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engramd.bus.sentences import headline, name_of
from engramd.bus.variants import Uint32, Uint64, microseconds


def reported(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give one row of `pipeline.reporting.report` as the method Report gives it."""
    job, titles, questions = row["job"], row["titles"], row["questions"]
    return {
        "job": Uint64(job.id),
        "name": name_of(job),
        "state": job.state.value,
        "outcome": job.outcome.value if job.outcome else "",
        "began": Uint64(microseconds(row["began"])),
        "ended": Uint64(microseconds(row["ended"])),
        "filed": row["filed"],
        "questions": Uint32(questions),
        "headline": headline(job, titles, questions),
        "why": row["why"],
        **{name: Uint32(row[name]) for name in ("open", "failed", "skipped")},
    }
