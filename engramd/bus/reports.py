"""What happened since a time, and the episodes of a show, as they are told on the bus. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engramd.bus.pages import after, fitting
from engramd.bus.sentences import headline, name_of
from engramd.bus.variants import Uint32, Uint64, microseconds
from engramd.pipeline.season_rows import note_row

_UNSIGNED = ("season", "episode", "title")


def season_page(rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Give the rows of `pipeline.season_rows` as the method Season gives them."""

    def told(row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "job": Uint64(row["job"]), **{name: Uint32(row[name]) for name in _UNSIGNED}}

    def left_out(count: int) -> dict[str, Any]:
        return told(note_row(f"{count} more rows are not told: ask for one season"))

    return fitting([told(row) for row in rows], left_out)


def report_page(rows: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> list[Any]:
    """Give the rows of `pipeline.reporting` as the method Report gives them, from a job on."""
    page = after(rows, options.get("after"), lambda row: row["job"].id, options.get("limit"))
    return fitting([reported(row) for row in page])


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
