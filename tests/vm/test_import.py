"""The drop folder, watched by a real systemd: what is put into it is filed, and taken away."""

from __future__ import annotations

from tests.support.vm.guest import MEDIA
from tests.support.vm.outcome import assert_right
from tests.support.vm.prepared import FILING
from tests.support.vm.shelf import SERIES
from tests.vm.conftest import Room

DROP = f"{MEDIA}/import/drop"


def test_an_episode_that_is_put_into_the_drop_folder_is_filed_by_itself(room: Room) -> None:
    guest = room.at(FILING, speed=0)
    assert_right(guest)
    guest.out("systemctl enable --now engramd-import.path")
    [episode] = [path for path in SERIES if path.endswith("S01E02.mkv")]

    guest.out(
        f"install -d -o engramd -g engramd '{DROP}/Harbor Station'"
        f" && mv '{MEDIA}/{episode}' '{DROP}/Harbor Station/B2_t01.mkv'"
    )

    guest.wait(lambda: guest.filed() == sorted(SERIES), "it is not filed")
    guest.wait(lambda: not guest.out(f"find {DROP} -type f"), "it is not taken away")
    assert guest.show("Result", "engramd-import.service") == "success"
