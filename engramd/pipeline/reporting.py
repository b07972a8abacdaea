"""What happened since a time: which discs, what of them is filed, what waits, what went wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from engramd.models import DiscJob, DiscTitle, TitleState
from engramd.store import Store
from engramd.store.overview import Overview

#: States of a title whose way has not ended.
_OPEN = (
    TitleState.PENDING,
    TitleState.RIPPING,
    TitleState.MATCHING,
    TitleState.MATCHED,
    TitleState.REVIEW,
)


def report(store: Store, since: datetime) -> list[dict[str, Any]]:
    """Give one row for each job that something happened to, in the order in which they began.

    A row has: job, began and ended (datetime or None), state, outcome, filed (names of files, in order),
    and how many titles are open, failed and skipped, how many questions are open, and why it is not done.
    """
    happened: dict[int, set[int | None]] = {}
    for job_id, title_index, became in store.happened_since(since):
        filed = happened.setdefault(job_id, set())
        filed |= {title_index} if became == TitleState.COMPLETED else set()
    questions = _counted(question.job_id for question in Overview(store).questions())
    rows = []
    for job_id, filed_now in sorted(happened.items()):
        job = store.need_job(job_id)
        rows.append(_row(job, store.titles(job_id), filed_now) | {"questions": questions.get(job_id, 0)})
    return rows


def _row(job: DiscJob, titles: Sequence[DiscTitle], filed_now: Collection[int | None]) -> dict[str, Any]:
    filed = [
        Path(title.organized_to).name
        for title in titles
        if title.title_index in filed_now and title.state is TitleState.COMPLETED and title.organized_to
    ]
    return {
        "job": job,
        "titles": list(titles),
        "began": job.created_at,
        "ended": job.completed_at,
        "filed": sorted(filed),
        "open": sum(title.state in _OPEN for title in titles),
        "failed": sum(title.state is TitleState.FAILED for title in titles),
        "skipped": sum(title.state is TitleState.SKIPPED for title in titles),
        "why": job.error_message or "",
    }


def _counted(numbers: Iterable[int]) -> Mapping[int, int]:
    counted: dict[int, int] = {}
    for number in numbers:
        counted[number] = counted.get(number, 0) + 1
    return counted
