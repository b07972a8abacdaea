"""When the service starts anew: for another version or a person, and only when nothing is at work."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gi.repository import GLib

from engramd.conditions import Condition, Conditions
from engramd.errors import WrongState
from engramd.events import EventHub
from engramd.installed import Program
from engramd.renewal import CONDITION, Renewal


class Desk:
    """A renewal with all around it: what is at work is said, and leaving is counted."""

    def __init__(self, folder: Path, *, is_service: bool = True) -> None:
        self.folder = folder / "engramd"
        self.folder.mkdir()
        self.install("1.0.0")
        self.conditions = Conditions(EventHub())
        self.work: list[str] = [""]
        self.asked = 0
        self.left = 0
        self.renewal = Renewal(
            Program.look(self.folder),
            self.conditions,
            self._at_work,
            self._leave,
            is_service=is_service,
            look_every=5,
        )

    def install(self, version: str, *, more: str = "") -> None:
        new = self.folder / "__init__.py.dpkg-new"
        new.write_text(f'__version__ = "{version}"\n{more}')
        new.replace(self.folder / "__init__.py")

    def _at_work(self) -> str:
        self.asked += 1
        said = self.work.pop(0) if len(self.work) > 1 else self.work[0]
        if said == "fails":
            raise OSError("the database is away")
        return said

    def _leave(self) -> None:
        self.left += 1

    def condition(self) -> Condition | None:
        return next((one for one in self.conditions.all() if one.id == CONDITION), None)

    def look_once(self) -> None:
        """Look, and wait for what that began."""
        self.renewal.look()
        for thread in [one for one in threading.enumerate() if one.name == "upgrade"]:
            thread.join(10)

    def look_until(self, condition: Callable[[], object], looks: int = 200) -> int:
        """Look once a turn, as the watchdog's timer does; give how many looks it took."""
        for turn in range(1, looks + 1):
            self.renewal.look()
            turned_until(condition, 0.05)
            if condition():
                return turn
        raise AssertionError("time is up")


def turned_until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Turn the main loop until something holds, or the time is over."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        if not GLib.MainContext.default().iteration(False):
            time.sleep(0.001)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_another_version_starts_when_nothing_is_at_work(desk: Desk) -> None:
    desk.work = ["job 3 (ripping)"] * 4 + [""]
    desk.install("1.1.0")

    desk.look_until(desk.condition)
    condition = desk.condition()
    assert condition is not None
    assert condition.text == (
        "engramd 1.1.0 is installed: it starts when all drives are idle, and 1.0.0 goes on until then"
    )
    assert "engramctl restart --now" in condition.remedy
    assert condition.severity == "warning"
    turned_until(lambda: desk.left)
    assert desk.left == 1
    assert desk.asked >= 6, "once at rest is not enough"


def test_a_moment_between_two_pieces_of_work_is_no_rest(desk: Desk) -> None:
    desk.work = ["", "job 4 (identifying)", "", "job 4 (ripping)", "fails", "", ""]
    desk.install("1.1.0")
    desk.look_until(lambda: desk.left)
    assert desk.left == 1
    assert desk.asked >= 7


def test_what_is_half_installed_does_not_count_yet(desk: Desk) -> None:
    desk.look_once()
    desk.install("1.1.0")
    desk.look_once()
    assert desk.condition() is None, "this look may have seen half of the files"
    desk.install("1.1.0", more="half = 1\n")
    desk.look_once()
    assert desk.condition() is None, "it changed since the last look"
    desk.look_once()
    assert desk.condition() is not None


def test_a_package_that_is_gone_for_a_moment_is_none(desk: Desk) -> None:
    (desk.folder / "__init__.py").rename(desk.folder / "away")
    for _ in range(3):
        desk.look_once()
    (desk.folder / "away").rename(desk.folder / "__init__.py")
    for _ in range(3):
        desk.look_once()
    assert desk.condition() is None


def test_the_same_files_again_are_nothing_new_and_a_rebuild_is(desk: Desk) -> None:
    status = (desk.folder / "__init__.py").stat()
    desk.install("1.0.0")
    os.utime(desk.folder / "__init__.py", ns=(status.st_mtime_ns, status.st_mtime_ns))
    for _ in range(4):
        desk.look_once()
    assert desk.condition() is None

    desk.install("1.0.0", more="changed = 1\n")
    desk.look_until(desk.condition)
    condition = desk.condition()
    assert condition is not None
    assert condition.text.startswith("engramd 1.0.0 was installed anew")


def test_a_person_may_have_it_at_once(desk: Desk) -> None:
    desk.work = ["job 3 (ripping)"]
    assert desk.renewal.request(True, "root") == ""
    turned_until(lambda: desk.left)
    assert (desk.left, desk.condition()) == (1, None)


def test_a_person_who_does_not_press_waits_for_the_work(desk: Desk) -> None:
    desk.work = ["job 3 (ripping)"] * 3 + [""]
    assert desk.renewal.request(False, "root") == "job 3 (ripping)"
    assert desk.condition() is not None
    turned_until(lambda: desk.left)
    assert desk.left == 1


def test_where_nothing_works_it_is_at_once(desk: Desk) -> None:
    assert desk.renewal.request(False, "root") == ""
    turned_until(lambda: desk.left)
    assert (desk.left, desk.asked) == (1, 1)


def test_what_nobody_starts_again_does_not_end(tmp_path: Path) -> None:
    desk = Desk(tmp_path, is_service=False)
    with pytest.raises(WrongState, match="nobody starts this daemon again"):
        desk.renewal.request(True, "root")
    turned_until(lambda: desk.left, 0.05)
    assert desk.left == 0
