"""Which jobs are objects: all that are under way or ended today, unless they are too many. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from engramd.store.overview import JobMark, OpenQuestion

#: Jobs that are objects at most. An import of a whole library is thousands of jobs.
MOST_JOBS = 1000
#: Bytes of all their objects, questions and titles: GetManagedObjects gives them in one message, which takes
#: the main loop about 15 ms a megabyte. A job of ten titles has 50 kB, one of a film 7 kB; a Blu-ray can have
#: 500 titles of 30 streams, which make 4 MB.
MOST_BYTES = 20 << 20


class Roster:
    """A few facts of every job that would be an object, and of every open question."""

    def __init__(self) -> None:
        self._jobs: dict[int, JobMark] = {}
        self._questions: dict[int, list[OpenQuestion]] = {}

    def __contains__(self, job_id: int) -> bool:
        return job_id in self._jobs

    def __len__(self) -> int:
        return len(self._jobs)

    def renew(
        self, jobs: Iterable[JobMark], questions: Iterable[OpenQuestion], ids: Collection[int] | None = None
    ) -> None:
        """Put jobs and questions in the place of all, or of those of some jobs."""
        for kept in (self._jobs, self._questions):
            for gone in list(kept) if ids is None else ids:
                kept.pop(gone, None)
        self._jobs |= {job.id: job for job in jobs}
        asked = defaultdict(list)
        for question in questions:
            asked[question.job_id].append(question)
        self._questions |= asked

    def expire(self, now: datetime) -> None:
        """Forget the jobs that ended a day ago."""
        for gone in [job.id for job in self._jobs.values() if not job.is_shown(now)]:
            del self._jobs[gone]

    def first(self, most: int) -> list[int]:
        """Give the numbers of the first jobs: those under way before the others, the last changed first."""
        ranked = heapq.nsmallest(most, self._jobs.values(), key=_rank)
        return [job.id for job in ranked]

    def jobs(self) -> list[JobMark]:
        """Give every job."""
        return list(self._jobs.values())

    def questions(self) -> list[OpenQuestion]:
        """Give every open question."""
        return [question for asked in self._questions.values() for question in asked]


def _rank(job: JobMark) -> tuple[bool, float]:
    return job.has_ended, -job.changed_at.timestamp()
