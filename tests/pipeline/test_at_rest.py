"""What a restart would interrupt."""

from __future__ import annotations

import pytest

from engramd.models import DiscJob, JobState, WaitingFor
from engramd.pipeline.at_rest import at_work
from engramd.pipeline.views import DriveView


def job(number: int, state: JobState, waiting_for: WaitingFor | None = None) -> DiscJob:
    return DiscJob(id=number, drive_id="/dev/sr0", state=state, waiting_for=waiting_for)


def drive(state: str) -> DriveView:
    unknown = dict.fromkeys(("vendor", "model", "serial", "port", "volume_label"), "")
    return DriveView(id="a", name="left", device="/dev/sr0", state=state, media="none", **unknown)


@pytest.mark.parametrize("state", ["identifying", "ripping", "matching", "organizing"])
def test_a_job_that_works_is_told(state: str) -> None:
    assert at_work([job(3, JobState(state))], []) == f"job 3 ({state})"


def test_who_waits_and_who_has_ended_is_at_rest() -> None:
    jobs = [
        job(1, JobState.REVIEW_NEEDED),
        job(2, JobState.RIPPING, WaitingFor.DISC),
        job(3, JobState.MATCHING, WaitingFor.REFERENCES),
        job(4, JobState.COMPLETED),
        job(5, JobState.FAILED),
    ]
    assert at_work(jobs, [drive("ready"), drive("empty"), drive("open"), drive("stuck")]) == ""


def test_all_that_works_is_told_and_a_drive_that_takes_a_disc_in_is_at_work() -> None:
    jobs = [job(3, JobState.RIPPING), job(4, JobState.MATCHING)]
    said = at_work(jobs, [drive("loading")])
    assert said == "job 3 (ripping), job 4 (matching), /dev/sr0 (takes a disc in)"
