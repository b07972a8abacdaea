"""What jobs and titles are called, and the few words on how they stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engramd.bus.variants import microseconds
from engramd.ctl import job_words
from tests.ctl.samples import job, title

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "Harbor Station, season 1, disc 1"),
        ({"detected_season": 0, "disc_number": None}, "Harbor Station, specials"),
        ({"detected_season": None, "disc_number": None, "year": 1999}, "Harbor Station (1999)"),
        ({"detected_title": None}, "HARBOR_STATION_S1_D1"),
        ({"detected_title": None, "volume_label": ""}, "/dev/sr0"),
        ({"detected_title": None, "volume_label": "", "drive_id": "/srv/media/import/a.iso"}, "a.iso"),
    ],
)
def test_a_job_is_named_by_what_is_known(fields: dict[str, object], name: str) -> None:
    assert job_words.job_name(job(**fields)) == name


def test_a_finished_job_shows_how_it_ended() -> None:
    assert job_words.job_state(job(state="completed", outcome="partial")) == "partial"
    assert job_words.job_state(job(state="matching")) == "matching"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, ""),
        ({"comment": "Feature"}, "Feature"),
        ({"comment": "Feature", "item_name": "Behind the Scenes"}, "Behind the Scenes"),
        ({"own_title": "Heat", "own_year": 1995}, "Heat (1995)"),
        (
            {"own_title": "Harbor Patrol", "own_season": 2, "item_name": "Pilot"},
            "Harbor Patrol, season 2: Pilot",
        ),
        ({"own_season": 0}, "specials"),
    ],
)
def test_a_title_is_called_what_it_is_by_itself(fields: dict[str, object], name: str) -> None:
    assert job_words.title_name(title(0, **fields)) == name


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"waiting_for": "space"}, "waits for free space"),
        (
            {"waiting_for": "references", "waiting_until": NOON + timedelta(days=1)},
            "waits for reference subtitles until tomorrow 12:00",
        ),
        ({"state": "failed", "error_message": "the disc is scratched"}, "the disc is scratched"),
        ({"state": "completed", "outcome": "nothing_to_do"}, "no title of it is wanted"),
    ],
)
def test_beside_the_state_stands_the_one_thing_to_say(fields: dict[str, Any], said: str) -> None:
    assert job_words.job_detail(job(**{"state": "matching", **fields}), NOON) == said


def test_a_rip_tells_how_far_it_is_unless_it_waits() -> None:
    ripping = job(state="ripping") | {
        "Progress": 0.5,
        "Rate": 4_000_000,
        "ExpectedEnd": microseconds(NOON + timedelta(seconds=65)),
    }

    assert job_words.job_detail(ripping, NOON) == "50%, 4.0 MB/s, 1:05 left"
    assert job_words.job_detail(ripping | {"WaitingFor": "disc"}, NOON) == "waits for the disc"


def test_a_wait_tells_since_when_and_until_when() -> None:
    waiting = job(
        state="matching",
        waiting_for="library",
        waiting_since=NOON - timedelta(minutes=20),
        waiting_until=NOON + timedelta(hours=2),
    )

    said = job_words.wait(waiting, NOON, with_since=True)

    assert said == "the library for 20 minutes, until 14:00"
