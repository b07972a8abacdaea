"""A disc goes in, its episodes are in the library; systemctl, journalctl and busctl show it."""

from __future__ import annotations

from tests.support.vm.guest import NAME, ROOT, Guest
from tests.support.vm.prepared import READY, RIPPING
from tests.support.vm.shelf import FILM, SERIES, Shelf
from tests.vm.conftest import Room

AS_NOBODY = "setpriv --reuid nobody --regid nogroup --clear-groups"


def test_discs_in_two_drives_at_once_are_filed_and_everybody_sees_it(room: Room, shelf: Shelf) -> None:
    guest = room.at(READY)

    guest.machine.insert(0, shelf.tv)
    guest.wait(guest.jobs, "nothing is made of the first disc")
    guest.machine.insert(1, shelf.film)

    guest.wait(lambda: "2 ripping" in guest.out("systemctl status engramd"), "systemctl tells of no two rips")
    guest.until("completed", job=1)
    guest.until("completed", job=2)
    filed = guest.filed()
    assert {*SERIES, FILM} <= set(filed), filed
    assert len(filed) == len(SERIES) + 3, filed
    guest.wait(
        lambda: not guest.machine.has_disc(0) and not guest.machine.has_disc(1), "no disc is given back"
    )
    told = guest.out("journalctl ENGRAM_JOB=1 -o cat --no-pager")
    assert "filed Harbor Station - S01E02.mkv" in told
    assert "Long Voyage" not in told, "the other job's lines are not among them"
    tree = guest.out(f"{AS_NOBODY} busctl tree --list {NAME}").splitlines()
    assert {f"{ROOT}/jobs/1/titles/4", f"{ROOT}/jobs/2"} <= set(tree)
    assert guest.read("/jobs/1", "Job", "Outcome") == "complete"
    assert_belongs_to_the_group(guest)
    assert "Harbor Station" in guest.out(f"{AS_NOBODY} engramctl jobs")


def assert_belongs_to_the_group(guest: Guest) -> None:
    """Files and folders of the library are for the group to write, too."""
    found = guest.out("cd /srv/media && find tv films -mindepth 1 -not -name '.*' -printf '%y %m %u %g\n'")
    assert set(found.splitlines()) == {"f 664 engramd engramd", "d 2775 engramd engramd"}


def test_a_slow_drive_shows_how_far_it_is_and_holds_no_other_up(room: Room, shelf: Shelf) -> None:
    guest = room.at(RIPPING)

    guest.machine.insert(1, shelf.film)

    guest.wait(lambda: guest.count("ripping", job=2), "the other drive waits")
    assert guest.count("ripping", job=1) == 1
    progress = guest.read("/jobs/1", "Job", "Progress")
    guest.wait(lambda: guest.read("/jobs/1", "Job", "Progress") > progress, "no progress")
    assert 0 < guest.read("/jobs/1", "Job", "Rate") < 10 * 60_000
