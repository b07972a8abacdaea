"""engramctl setup on a real system, and libraries on file systems that come when the service runs already."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.vm.guest import Guest, call
from tests.support.vm.outcome import assert_right
from tests.support.vm.prepared import READY
from tests.support.vm.shelf import Shelf
from tests.vm.conftest import Room

_BY_OPTIONS = (
    "engramctl setup --yes --tv /mnt/library/tv --films /mnt/library/films --staging /mnt/library/staging"
    " --group media --languages all --source none"
)
#: The five questions as they stand on the screen, and what a person types; Enter takes what is in brackets.
_BY_QUESTIONS = (
    ("1. Where do series and films go?", None),
    ("Series [/srv/media/tv]: ", "library/tv"),
    ("it is no absolute path", None),
    ("Series [/srv/media/tv]: ", "/mnt/library/tv"),
    ("Films [/srv/media/films]: ", "/mnt/library/films"),
    ("2. Which group do those files belong to?", None),
    ("Group [engramd]: ", "media"),
    ("3. Which languages do you watch in", None),
    ("Languages [all]: ", ""),
    ("4. What is MakeMKV's key?", None),
    ("MakeMKV's key (Enter: none): ", "T-hidden"),
    ("5. Which sources in the network may be asked?", None),
    ("Sources [none]: ", ""),
)


def by_options(guest: Guest) -> str:
    """Set it up as a script does."""
    return guest.out(_BY_OPTIONS)


def by_questions(guest: Guest) -> str:
    """Set it up as a person does, at a terminal."""
    said = guest.typed("engramctl setup", *_BY_QUESTIONS)
    assert "T-hidden" not in said, "a key is not shown when it is typed"
    assert 'makemkv_key = "T-hidden"' in guest.out("cat /etc/engramd/engramd.toml")
    return said


@pytest.mark.parametrize("set_up", [by_options, by_questions])
def test_setup_opens_a_library_on_a_mount_that_came_later_and_proves_it(
    room: Room, shelf: Shelf, set_up: Callable[[Guest], str]
) -> None:
    guest = room.at(READY)
    guest.out(
        "mkdir /var/late /mnt/library && echo '/var/late /mnt/library none bind,nofail 0 0' >>/etc/fstab"
    )
    guest.out("systemctl daemon-reload && systemctl start mnt-library.mount && systemctl is-active engramd")

    said = set_up(guest)

    assert "Tried from inside the service" in said
    assert "/mnt/library" in guest.show("WantsMountsFor")
    assert guest.show("ReadWritePaths").split()[-1].endswith("/mnt/library"), guest.show("ReadWritePaths")
    guest.out("systemctl stop mnt-library.mount")  # as where its disk is unplugged
    assert guest.is_ready(), "other libraries and drives would be ended with this one"
    guest.out("systemctl restart engramd")
    guest.out("mountpoint -q /mnt/library")
    guest.machine.insert(0, shelf.tv)
    assert guest.until("completed", "failed", "review_needed")["outcome"] == "complete", guest.journal()
    files = guest.out("find /mnt/library/tv -name '*.mkv' -printf '%g %p\n'").splitlines()
    assert len(files) == 4, files
    assert {file.partition("/")[0] for file in files} == {"media "}, "the files are not the group's"
    assert guest.filed() == []


def test_a_library_that_is_mounted_while_the_service_runs_is_waited_for(room: Room, shelf: Shelf) -> None:
    guest = room.at(READY)
    guest.out("install -d -m 2775 -o engramd -g engramd /var/late")
    mount = "mount --bind /var/late /srv/media/tv"
    guest.out(mount)
    guest.out(call("InitLibrary", "sa{sv}", "/srv/media/tv", "0"))
    guest.out("umount /srv/media/tv")

    guest.machine.insert(0, shelf.tv)

    guest.wait(
        lambda: guest.jobs() and guest.jobs()[0]["waiting_for"] == "library", "it waits for no library"
    )
    assert guest.out("ls -A /srv/media/tv") == "", "the bare mount point is used"
    guest.out(mount)
    assert_right(guest)
    assert guest.out("find /var/late -name '*.mkv' | wc -l") == "4"
