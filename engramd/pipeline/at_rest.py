"""What a restart would interrupt. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from engramd.drives.model import DriveState
from engramd.models import DiscJob, JobState
from engramd.pipeline.views import DriveView

_NOT_AT_WORK = (JobState.REVIEW_NEEDED, JobState.COMPLETED, JobState.FAILED)


def at_work(jobs: Iterable[DiscJob], drives: Iterable[DriveView]) -> str:
    """Say which jobs work and which drives take a disc in, as `job 3 (ripping)`; empty: all are at rest.

    A job that waits for something is at rest: it waits on after the next start.
    """
    working = [job for job in jobs if job.waiting_for is None and job.state not in _NOT_AT_WORK]
    said = [f"job {job.id} ({job.state})" for job in working]
    said += [f"{drive.device} (takes a disc in)" for drive in drives if drive.state == DriveState.LOADING]
    return ", ".join(said)
