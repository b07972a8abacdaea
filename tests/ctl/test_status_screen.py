"""The status of a normal day on one screen, and on every other; its screen is in `screens/`.

ENGRAMD_WRITE_SCREENS=1 writes it anew, where it is to be another one.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click
import pytest

from engramd.ctl import cells
from engramd.ctl.service import Snapshot
from engramd.ctl.status_screen import as_json, status
from tests.ctl.day import GB, HOSTILE, STEPS, facts, snapshot
from tests.ctl.samples import job

SCREENS = Path(__file__).parent / "screens"


def shown(*sizes: int | None, **changed: object) -> list[str]:
    wide, high = sizes
    return click.unstyle(status(facts(**changed), wide, high)).splitlines()


@pytest.mark.parametrize(("wide", "high"), [(80, 23), (120, 39), (40, 9)])
def test_a_normal_day_fits_one_screen(wide: int, high: int) -> None:
    lines = shown(wide, high)
    written = "\n".join(lines) + "\n"
    kept = SCREENS / f"status_{wide}x{high + 1}.txt"
    if os.environ.get("ENGRAMD_WRITE_SCREENS"):
        kept.write_text(written, "utf-8")

    assert written == kept.read_text("utf-8")
    assert len(lines) <= high


@pytest.mark.parametrize(
    "answer",
    [
        "left  ripping Harbor Station, season 1, disc 3: title 2, 1 of 3 done",
        "62%  12.3 MB/s  free in 12 minutes (18:54)",
        "sr1   empty",
        "2 are open, the oldest asked yesterday 18:20: Which episode is title",
        "→ engramctl review",
        "job 5 for the library since 14:42: Harbor Station, season 1, disc 2",
        "job 6, Heat (1995): matching, 1 of 2 titles done",
        "Harbor Station, season 1: disc 2 (S01E07-E09 missing)",
        "next 3 discs in any drive",
        "7 files of 2 discs filed: 1 of Heat (1995); 6 of Harbor Station",
        "212 GB free: about 25 DVDs or 4 Blu-rays",
        "the library of series is not there (/srv/media/tv)",
        "→ sudo mount /srv/media",
        "no folder of reference subtitles is set",
        "→ engramctl config set references_path FOLDER",
    ],
)
def test_on_80_columns_and_24_lines_every_question_is_answered(answer: str) -> None:
    assert answer in "\n".join(shown(80, 23))


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_no_name_steers_the_terminal_or_leaves_its_line(name: str) -> None:
    for wide, high in ((80, 23), (120, 39), (40, 9), (20, 23), (7, 3), (1, 1)):
        lines = shown(wide, high, name=name)
        assert len(lines) <= high
        assert all(line.isprintable() for line in lines)
        assert max(map(cells.width, lines)) <= max(wide, 10), (wide, lines)


def test_every_size_has_its_status() -> None:
    for wide in (20, 33, 80):
        for high in (1, 2, 3, 5, 8, 11, 15, 20, 40):
            lines = shown(wide, high)
            assert 1 <= len(lines) <= high
            assert lines[0].startswith("engramd: 2 jobs")
            assert max(map(cells.width, lines)) <= wide


def test_a_small_screen_keeps_what_is_wrong_the_drives_and_the_questions() -> None:
    labels = [line[:10].strip() for line in shown(40, 9) if line[:1].isalpha()]

    assert labels[1:4] == ["Wrong", "Drives", "Questions"]


def test_a_full_disk_and_an_old_daemon_are_told() -> None:
    manager = facts().manager | {"FreeSpace": {"/srv/media/staging": 9 * GB, "/srv/media/tv": 400 * GB}}
    text = "\n".join(shown(80, 30, manager=manager, version="the daemon speaks version 4"))

    assert "9.0 GB free in /srv/media/staging: no room for another disc" in text
    assert "400 GB free in /srv/media/tv: about 48 DVDs or 8 Blu-rays" in text
    assert "Warnings   the daemon speaks version 4" in text


def test_a_job_that_failed_is_wrong_and_names_its_remedy() -> None:
    failed = job(id=9, state="failed", outcome="failed", error_message="the disc is scratched")
    jobs = replace(snapshot(), jobs={9: failed})

    lines = shown(100, 30, snapshot=jobs)

    assert "Wrong      job 9 failed, Harbor Station, season 1, disc 1: the disc is scratched" in lines
    assert "           → engramctl retry 9" in lines


def test_where_nothing_is_set_up_the_next_steps_come_first() -> None:
    manager = facts().manager | {"Conditions": [], "Summary": "ready, nothing to do", "FreeSpace": {}}
    nothing = {"manager": manager, "snapshot": Snapshot(), "today": [], "needed": [], "steps": STEPS}

    lines = [line.strip() for line in shown(80, 23, **nothing) if line]

    assert lines == [
        "engramd: ready, nothing to do",
        "Drives    none; images and folders can be ripped: engramctl rip PATH",
        "To begin  1. say where series and films are filed, such as",
        "→ engramctl config set library_tv_path /srv/media/tv",
        "→ engramctl config set library_movies_path /srv/media/films",
        "2. insert a disc; it is ripped by itself. An image or a folder is",
        "ripped by",
        "→ engramctl rip PATH",
    ]


def test_the_short_form_has_what_cannot_wait() -> None:
    text = click.unstyle(status(facts(), 80, 23, short=True))

    assert all(label in text for label in ("Wrong", "Drives", "Questions", "Waiting", "At work"))
    assert not any(label in text for label in ("Needed", "Today", "Space"))
    assert "Warnings   1 warning: engramctl doctor" in text


def test_programs_get_the_same() -> None:
    told = as_json(facts(steps=STEPS))

    assert told["needed"][0]["text"].endswith("disc 2 (S01E07-E09 missing)")
    assert [one["job"] for one in told["filed_today"]] == [3, 2]
    assert told["next_steps"][1]["command"] == "engramctl rip PATH"
