"""What people do to drives while a disc is ripped, and discs that are none or bad."""

from __future__ import annotations

import pytest

from tests.support.vm.guest import Guest
from tests.support.vm.outcome import assert_all_ripped, assert_no_other_job_works, numbers, ripped
from tests.support.vm.prepared import READY, RIPPING
from tests.support.vm.shelf import EPISODES, Shelf
from tests.vm.conftest import Room


def assert_waits_for_the_disc(guest: Guest) -> None:
    """The rip has ended, and its job says that it lacks the disc."""
    guest.wait(lambda: guest.jobs()[0]["waiting_for"] == "disc", "the job does not wait for its disc")
    guest.wait(lambda: guest.run("pgrep -u engramd ffmpeg").code, "a disc that is gone is still read")


def test_the_button_during_a_rip_gives_the_disc_and_what_is_ripped_is_filed(room: Room, shelf: Shelf) -> None:
    guest = room.at(RIPPING)
    kept = ripped(guest)

    guest.machine.press_button(0)

    guest.wait(lambda: not guest.machine.has_disc(0), "the tray stays closed")
    assert_waits_for_the_disc(guest)
    guest.wait(lambda: guest.filed() == EPISODES[:1], "the title that is whole is not filed")
    guest.machine.insert(0, shelf.tv)
    guest.machine.throttle(0, 0)
    assert_all_ripped(guest, kept)


def test_a_tray_that_pulls_itself_in_after_the_rip_starts_nothing(room: Room, shelf: Shelf) -> None:
    guest = room.at(RIPPING, speed=0)
    [drive] = [one for one in drives(guest) if one.endswith("CDSER0")]

    guest.wait(lambda: not guest.machine.has_disc(0), "the disc is not given back")
    guest.machine.insert(0, shelf.tv)

    def decision() -> str:
        return str(guest.read(f"/drives/{drive}", "Drive", "LastDecision"))

    guest.wait(lambda: "pulled itself in" in decision(), "it is not told")
    assert len(guest.jobs()) == 1
    assert guest.machine.has_disc(0), "it would go on all night"


def test_a_swapped_disc_is_another_job_and_the_first_goes_on_when_it_is_back(
    room: Room, shelf: Shelf
) -> None:
    guest = room.at(RIPPING)

    guest.machine.insert(0, shelf.film, force=True)
    guest.machine.throttle(0, 0)

    guest.wait(lambda: guest.count("ripping", job=2), "the new disc is not ripped")
    assert_waits_for_the_disc(guest)
    guest.machine.insert(1, shelf.tv)
    guest.wait(lambda: guest.count("ripping"), "the first disc does not go on in the other drive")
    assert guest.titles(2)[0]["state"] not in ("failed", "skipped"), "the new disc is given up for it"


def test_a_yanked_disc_ends_the_rip_and_goes_on_when_it_is_back(room: Room, shelf: Shelf) -> None:
    guest = room.at(RIPPING)
    kept = ripped(guest)

    guest.machine.yank(0)

    assert_waits_for_the_disc(guest)
    guest.machine.insert(0, shelf.tv)
    guest.machine.throttle(0, 0)
    guest.wait(lambda: guest.count("ripping"), "it does not go on")
    assert kept in numbers(guest), "what was ripped is ripped again"
    assert_no_other_job_works(guest)


def test_a_drive_that_is_unplugged_and_comes_back_under_another_name_goes_on(
    room: Room, shelf: Shelf
) -> None:
    guest = room.at(RIPPING)
    [drive] = [one for one in drives(guest) if one.endswith("CDSER0")]

    guest.machine.unplug(0)
    assert_waits_for_the_disc(guest)
    guest.wait(lambda: drive not in drives(guest), "the drive is still on the bus")
    guest.machine.plug(2, serial="STRANGER", place=5)
    guest.wait(lambda: len(drives(guest)) == 2, "the new drive is not seen")
    guest.machine.plug(0, serial="CDSER0", place=6)
    guest.wait(lambda: drive in drives(guest), "the drive is not known again")
    guest.machine.insert(0, shelf.tv)

    guest.wait(lambda: guest.count("ripping"), "it does not go on")
    assert guest.read(f"/drives/{drive}", "Drive", "Device") == "/dev/sr2"
    # The kernel tells twice of the first disc in a new drive; what is begun for the first time ends at once.
    guest.wait(lambda: all(job["outcome"] for job in guest.jobs()[1:]), "another job goes on")
    assert guest.rows("SELECT 1 FROM disc_titles WHERE job_id > 1") == []


def drives(guest: Guest) -> list[str]:
    """The drives on the bus."""
    tree = guest.out("busctl tree --list org.engramd.Engram1").splitlines()
    return [path.rpartition("/")[2] for path in tree if "/drives/" in path]


@pytest.mark.parametrize("what", ["blank", "data"])
def test_a_disc_without_video_is_said_to_be_one(room: Room, shelf: Shelf, what: str) -> None:
    guest = room.at(READY)

    guest.machine.insert(0, getattr(shelf, what)())

    guest.wait(guest.jobs, "nothing is made of it")
    job = guest.until("completed", "failed")
    assert job["outcome"] == "nothing_to_do", job
    assert guest.machine.has_disc(0)


def test_bad_sectors_cost_their_title_only(room: Room, shelf: Shelf) -> None:
    guest = room.at(READY)

    guest.machine.insert(0, shelf.scratched())

    guest.until("review_needed", seconds=600)
    filed = guest.filed()
    assert EPISODES[0] in filed
    assert EPISODES[2] in filed
    assert EPISODES[1] not in filed
    [question] = guest.rows("SELECT kind FROM review_tasks WHERE closed_at IS NULL")
    assert question["kind"] == "damaged"
