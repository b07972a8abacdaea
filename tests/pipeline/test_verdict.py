"""How a job with no open title ended."""

from __future__ import annotations

import pytest

from engramd.models import DiscJob, DiscTitle, JobState, Outcome
from engramd.pipeline.finishing import verdict

DONE, FAILED = JobState.COMPLETED, JobState.FAILED


@pytest.mark.parametrize(
    ("titles", "cancelled", "state", "outcome", "sentence"),
    [
        ("completed completed", False, DONE, Outcome.COMPLETE, "2 titles filed"),
        ("completed skipped", False, DONE, Outcome.COMPLETE, "1 title filed"),
        ("completed failed", False, DONE, Outcome.PARTIAL, "1 title filed, 1 failed: scratched"),
        (
            "completed failed failed skipped",
            False,
            DONE,
            Outcome.PARTIAL,
            "1 title filed, 2 failed: scratched",
        ),
        ("failed", False, FAILED, Outcome.FAILED, "0 titles filed, 1 failed: scratched"),
        ("failed skipped", False, FAILED, Outcome.FAILED, "0 titles filed, 1 failed: scratched"),
        ("skipped skipped", False, DONE, Outcome.NOTHING_TO_DO, "no title of the disc was wanted"),
        ("", False, DONE, Outcome.NOTHING_TO_DO, "no title of the disc was wanted"),
        ("completed skipped", True, DONE, Outcome.CANCELLED, "cancelled; 1 title filed"),
        ("completed failed", True, DONE, Outcome.CANCELLED, "cancelled; 1 title filed"),
        ("skipped", True, FAILED, Outcome.CANCELLED, "cancelled; 0 titles filed"),
    ],
)
def test_how_it_ended(titles: str, cancelled: bool, state: JobState, outcome: Outcome, sentence: str) -> None:
    rows = [
        DiscTitle(job_id=1, title_index=n, state=s, error_message="scratched" if s == "failed" else None)
        for n, s in enumerate(titles.split())
    ]
    job = DiscJob(drive_id="/dev/sr0", cancelled=cancelled)
    assert verdict(job, rows) == (state, outcome, sentence)


def test_a_failure_without_a_message_gives_the_matchers_reason() -> None:
    rows = [DiscTitle(job_id=1, title_index=0, state="failed", match_reason="nothing was heard")]
    assert verdict(DiscJob(drive_id="x"), rows)[2].endswith("1 failed: nothing was heard")
