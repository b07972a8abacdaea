"""What each drive does, in one or two lines."""

from __future__ import annotations

from typing import Any

import click
import pytest

from engramd.bus import names
from engramd.ctl.drive_lines import lines, title_words, works
from engramd.ctl.service import Snapshot
from tests.ctl.day import NOW, ripping, snapshot
from tests.ctl.samples import drive, job, title

HELD = [{"who": "mpv", "why": "a film is watched", "actor": "root", "since": 0}]


def said(found: dict[str, Any], *jobs: dict[str, Any], path: str = "D0") -> str:
    at = Snapshot(drives={names.drive_path(path): found}, jobs={one["Id"]: one for one in jobs})
    return "\n".join(click.unstyle(line) for of in lines(works(at, NOW), NOW, 100) for line in of)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, "left  empty"),
        ({"state": "open"}, "left  open"),
        ({"state": "loading"}, "left  loads a disc"),
        ({"state": "unreadable"}, "left  the disc cannot be read"),
        ({"state": "stuck", "job_id": 4}, "left  hangs"),
        (
            {"state": "ready", "volume_label": "HARBOR", "last_decision": "it was filed before"},
            "left  ready: HARBOR (it was filed before)",
        ),
        ({"name": "MOCK DVD"}, "sr0  empty"),
    ],
)
def test_a_drive_without_a_job_says_its_state(fields: dict[str, Any], shown: str) -> None:
    assert said(drive(**fields)) == shown


def test_a_drive_with_a_job_says_what_it_does_there() -> None:
    busy = drive(state="busy", job_id=4)

    assert said(busy, job(state="identifying", detected_title=None)) == (
        "left  identifying HARBOR_STATION_S1_D1"
    )
    waiting = job(state="ripping", waiting_for="space")
    assert said(busy, waiting) == "left  Harbor Station, season 1, disc 1 waits for free space"


def test_a_drive_that_somebody_holds_is_not_idle() -> None:
    assert said(drive() | {"Inhibitors": HELD}) == "left  empty, held by mpv (a film is watched)"
    ready = drive(state="ready", volume_label="HARBOR") | {"Inhibitors": HELD}
    assert said(ready) == "left  ready: HARBOR, held by mpv (a film is watched)"


def test_an_image_is_done_and_not_free() -> None:
    image = drive(state="busy", job_id=7, device="/srv/import/disc.iso", name="disc.iso")

    assert said(image, ripping(), path="virtual_7").splitlines()[1].endswith("done in 12 minutes (18:54)")


def test_a_rip_loses_its_speed_first_where_there_is_no_room() -> None:
    [work, _] = works(snapshot(), NOW)

    shown = [work.amount(NOW, room, live=False).strip() for room in (60, 42, 38, 24, 5)]

    assert shown == [
        "62%  12.3 MB/s  free in 12 minutes (18:54)",
        "62%  free in 12 minutes (18:54)",
        "62%  free in 12 minutes (18:54)",
        "62%  free at 18:54",
        "62%",
    ]
    tomorrow = ripping() | {"ExpectedEnd": work.ends + 86_400_000_000}
    assert said(drive(state="busy", job_id=7), tomorrow).endswith("62%  12.3 MB/s  free tomorrow 18:54")
    unknown = ripping() | {"ExpectedEnd": 0}
    assert said(drive(state="busy", job_id=7), unknown).endswith("62%  12.3 MB/s")


def test_titles_are_counted_as_they_are_ripped() -> None:
    found = [title(0, state="skipped"), title(1, state="review"), title(2, state="ripping"), title(3)]

    assert title_words(found) == "title 3, 1 of 3 done"
    assert title_words([title(0, state="skipped")]) == ""
    assert title_words([]) == ""
