"""Free space is told of each folder, and a share that hangs is passed over."""

from __future__ import annotations

import os
import queue
import threading
from pathlib import Path

import pytest

from engramd.bus.space import STEP, FreeSpaceWatch
from tests.support.deadshare import hanging_share


@pytest.mark.root
def test_a_share_that_hangs_keeps_no_other_from_being_told_and_costs_one_thread(tmp_path: Path) -> None:
    sound, share = tmp_path / "sound", tmp_path / "share"
    for folder in (sound, share):
        folder.mkdir()
    told: queue.Queue[dict[str, int]] = queue.Queue()
    folders = [str(share), str(sound)]
    watch = FreeSpaceWatch(lambda: folders, told.put, interval=0.05, patience=0.2)
    with hanging_share(share):
        watch.start()
        assert list(told.get(timeout=20)) == [str(sound)]
        folders.append(str(tmp_path))
        assert list(told.get(timeout=20)) == [str(sound), str(tmp_path)]
        looking = [one for one in threading.enumerate() if one.name == "free-space-of-a-folder"]
        assert len(looking) <= len(folders), "nobody asks one that has not answered"
        assert sum(one.is_alive() for one in looking) >= 1
    while str(share) not in (last := told.get(timeout=20)):
        pass
    watch.stop()
    free = os.statvfs(share)
    assert abs(last[str(share)] - free.f_bavail * free.f_frsize) < 100 * STEP
