"""What is lacking, whose lack it is, and how soon it is looked at again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from engramd.conditions import Conditions
from engramd.discs.model import Disc, Media, Title
from engramd.discs.robot import Message
from engramd.discs.robot_faults import MakemkvFailed, find_fault
from engramd.errors import Cancelled, EngramError, NoSpace, ProtectedDisc, ToolMissing
from engramd.models import AppConfig, DiscJob, DiscTitle, TitleState, WaitingFor
from engramd.pipeline.needs import DAILY, TRY_SELDOM, Lack, Needs, drive_scope, rooms
from engramd.pipeline.parts import LOOK_AGAIN, Parts, Wakeups
from engramd.pipeline.space import Ledger
from engramd.pipeline.staging import JobFolder
from engramd.rip.ddrescue_map import domain_map
from engramd.tools import CancelToken
from tests.support.databases import Bench
from tests.support.deadshare import dead_share


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


TITLE = Title(
    index=0, number=1, source_file="01", segment_map="1", segments=(), duration=1, size=1, streams=()
)
DISC = Disc(source="x", media=Media.DVD, titles=(TITLE,))
#: More than any file system has.
HUGE = 10**18


class WakeupsThatDoNotSleep(Wakeups):
    """Notes how long would have been slept, and whether a wake-up would have ended it at once."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []
        self.woken: list[bool] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, cancel: CancelToken, seconds: float = LOOK_AGAIN, *, seen: int | None = None) -> None:
        self.slept.append(seconds)
        self.woken.append(seen != self.count)
        self.meanwhile()
        cancel.raise_if_cancelled()


class JobAtItsDrive:
    """A job that waits, with a back end that refuses nothing but what a test has it refuse."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.store, self.hub, self.lifecycle = bench.store, bench.hub, bench.lifecycle
        self.settings = self
        self.current = AppConfig(library_tv_path=str(folder), min_free_bytes=0)
        self.conditions, self.wakeups = Conditions(bench.hub), WakeupsThatDoNotSleep()
        self.refuses: Callable[[Disc], EngramError | None] = lambda _disc: None
        self.job_id = bench.job().id or 0
        [self.title] = bench.titles(self.store.need_job(self.job_id))
        self.folder = JobFolder.create(folder / "staging", self.job_id)
        self.cancel = CancelToken()
        self.needs = Needs(cast(Parts, self), Ledger())

    def backend(self) -> JobAtItsDrive:
        return self

    def name_for(self, _disc: Disc) -> str:
        return "open"

    def wait(self, **options: Any) -> None:
        self.needs.wait(self.job_id, DISC, self.folder, self.cancel, **options)

    def since(self, name: str, scope: str = "daemon") -> object:
        return next((c.since for c in self.conditions.all() if (c.id, c.scope) == (name, scope)), None)

    def waits_for(self) -> WaitingFor | None:
        """Say what it waits for when it looks for the first time."""
        self.cancel.cancel("a test")
        with pytest.raises(Cancelled):
            self.wait()
        return self.store.need_job(self.job_id).waiting_for


@pytest.fixture
def waiting(sqlite_bench: Bench, tmp_path: Path) -> JobAtItsDrive:
    return JobAtItsDrive(sqlite_bench, tmp_path)


def test_a_library_that_answers_with_an_error_is_waited_for(waiting: JobAtItsDrive, tmp_path: Path) -> None:
    """A name that is too long is the error that the kernel gives on every file system, to root too."""
    waiting.current.library_tv_path = str(tmp_path / ("n" * 300) / "tv")
    assert waiting.waits_for() is WaitingFor.LIBRARY


@pytest.mark.root
def test_a_library_on_a_share_that_is_away_is_waited_for(waiting: JobAtItsDrive, tmp_path: Path) -> None:
    with dead_share(tmp_path / "share") as share:
        waiting.current.library_tv_path = str(share / "tv")
        assert waiting.waits_for() is WaitingFor.LIBRARY


@pytest.mark.root
def test_a_staging_folder_on_a_share_that_is_away_is_waited_for(
    waiting: JobAtItsDrive, tmp_path: Path
) -> None:
    with dead_share(tmp_path / "share") as share:
        waiting.folder = JobFolder(share / "job-1")
        assert waiting.waits_for() is WaitingFor.SPACE


def test_the_image_of_a_damaged_disc_needs_room_beside_the_title(waiting: JobAtItsDrive) -> None:
    waiting.wait(title=waiting.title)
    waiting.folder.rescue.mkdir()
    for part in ("played", "structure"):
        (waiting.folder.rescue / f"title-1.{part}.map").write_text(domain_map(((0, HUGE),)))

    def read_it() -> None:
        assert waiting.store.need_job(waiting.job_id).waiting_for is WaitingFor.SPACE
        (waiting.folder.rescue / "disc.map").write_text(domain_map(((0, HUGE),)))

    waiting.wakeups.meanwhile = read_it
    waiting.wait(title=waiting.title)
    assert len(waiting.wakeups.slept) == 1, "what is in the image needs no room any more"


def test_what_fails_at_once_is_tried_ever_more_seldom(waiting: JobAtItsDrive) -> None:
    access = failed(2016)
    for _ in range(20):
        waiting.wait(title=waiting.title)
        waiting.wait(failed=access)
    slept = waiting.wakeups.slept
    assert (slept[0], slept[-1]) == (LOOK_AGAIN, TRY_SELDOM)
    assert all(before < after or after == TRY_SELDOM for before, after in pairwise(slept))
    waiting.wait(failed=NoSpace("the quota is used up"))
    assert slept[-1] == LOOK_AGAIN, "that is another fault"
    waiting.needs.read_on(waiting.job_id)
    waiting.wait(failed=access)
    assert slept[-1] == LOOK_AGAIN


def test_what_is_told_stays_from_try_to_try(waiting: JobAtItsDrive) -> None:
    drive = drive_scope(waiting.store.need_job(waiting.job_id))
    waiting.wait(failed=failed(2016))
    since = waiting.since("makemkv-access", drive)
    assert since is not None
    waiting.wait(title=waiting.title)
    waiting.wait(failed=failed(2016))
    assert waiting.since("makemkv-access", drive) == since
    waiting.needs.reads(waiting.job_id)
    assert waiting.conditions.all() == []
    waiting.wait(failed=failed(2016))
    assert waiting.wakeups.slept == sorted(set(waiting.wakeups.slept)), "it was not read to its end"
    waiting.needs.leave(waiting.job_id)
    assert waiting.conditions.all() == []


def test_a_key_that_came_during_the_try_is_tried_at_once(waiting: JobAtItsDrive) -> None:
    waiting.wait(title=waiting.title)
    waiting.wakeups.wake()
    waiting.wait(failed=failed(3303))
    waiting.wait(failed=failed(3303))
    assert waiting.wakeups.slept == [DAILY, DAILY]
    assert waiting.wakeups.woken == [True, False]


def test_what_came_during_the_look_is_looked_at_at_once(waiting: JobAtItsDrive) -> None:
    refusals = iter([ToolMissing("there is no FFmpeg"), None])

    def look(_disc: Disc) -> EngramError | None:
        waiting.wakeups.wake()
        return next(refusals)

    waiting.refuses = look
    waiting.wait()
    assert waiting.wakeups.woken == [True]
