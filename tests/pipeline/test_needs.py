"""What is lacking, whose lack it is, and how soon it is looked at again."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.discs.robot import Message
from engramd.discs.robot_faults import MakemkvFailed, find_fault
from engramd.errors import NoSpace, ProtectedDisc, ToolMissing
from engramd.models import DiscJob, DiscTitle, TitleState, WaitingFor
from engramd.pipeline.needs import DAILY, Lack, drive_scope, rooms
from engramd.pipeline.parts import LOOK_AGAIN


def failed(code: int) -> MakemkvFailed:
    found = find_fault([Message(code, 0, "said so", "", ())])
    assert found is not None
    return MakemkvFailed(found[0], where="/dev/sr0", why="said so")


@pytest.mark.parametrize(
    ("code", "waits_for", "condition", "of_the_drive", "pause"),
    [
        (5021, WaitingFor.KEY, "makemkv-key", False, LOOK_AGAIN),
        (5055, WaitingFor.KEY, "makemkv-key", False, LOOK_AGAIN),
        (3303, WaitingFor.KEY, "", False, DAILY),
        (3346, WaitingFor.TOOL, "makemkv-uhd", True, DAILY),
        (2016, WaitingFor.TOOL, "makemkv-access", True, LOOK_AGAIN),
        (5042, WaitingFor.TOOL, "makemkv-drive", True, LOOK_AGAIN),
        (6050, WaitingFor.TOOL, "makemkv-makemkv", False, LOOK_AGAIN),
    ],
)
def test_what_makemkv_lacks_is_the_daemons_the_drives_or_the_jobs(
    code: int, waits_for: WaitingFor, condition: str, of_the_drive: bool, pause: float
) -> None:
    lack = Lack.of(failed(code))
    assert (lack.waiting_for, lack.condition, lack.of_the_drive, lack.pause) == (
        waits_for,
        condition,
        of_the_drive,
        pause,
    )
    assert lack.remedy


@pytest.mark.parametrize(
    ("error", "waits_for"),
    [
        (ToolMissing("there is no FFmpeg", remedy="install it"), WaitingFor.TOOL),
        (ProtectedDisc("it is protected", remedy="install MakeMKV"), WaitingFor.TOOL),
        (NoSpace("full", remedy="make room"), WaitingFor.SPACE),
    ],
)
def test_other_errors_wait_for_a_tool_or_for_space(error: Exception, waits_for: WaitingFor) -> None:
    lack = Lack.of(error)  # type: ignore[arg-type]
    assert (lack.waiting_for, lack.condition, lack.of_the_drive) == (waits_for, "", False)
    assert lack.remedy in str(error)


def test_titles_take_room_in_staging_until_they_are_ripped_and_in_the_library_until_they_are_filed() -> None:
    states = {
        TitleState.PENDING: 1,
        TitleState.RIPPING: 10,
        TitleState.MATCHING: 100,
        TitleState.MATCHED: 1000,
        TitleState.COMPLETED: 10_000,
        TitleState.SKIPPED: 100_000,
    }
    titles = [
        DiscTitle(job_id=1, title_index=index, state=state, file_size_bytes=size)
        for index, (state, size) in enumerate(states.items())
    ]
    staging, library = rooms(Path("/staging"), Path("/library"), titles)
    assert (staging.size, library.size) == (1, 1111)


def test_an_image_is_a_drive_of_its_own() -> None:
    assert drive_scope(DiscJob(id=7, drive_id="/x.iso")) == "virtual_5f7"
    assert drive_scope(DiscJob(id=7, drive_id="/dev/sr0", drive_identity="SERIAL@usb-1")) != "SERIAL@usb-1"
