"""The whole way with real parts: a mocked drive's uevent, the daemon as a process, files in a library."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.daemon import DaemonUnderTest, DeviceNode
from tests.support.privatebus import PrivateBus
from tests.support.udevbed import UdevBed, missing_for_bed

pytestmark = [
    pytest.mark.root,
    pytest.mark.loop,
    pytest.mark.skipif(bool(missing_for_bed()), reason=missing_for_bed() or "umockdev is there"),
]


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    """Give a private bus with a system bus's rules."""
    with PrivateBus(system=True) as bus:
        yield bus


@pytest.fixture
def bed() -> Iterator[UdevBed]:
    """Give a bed with one empty drive."""
    with UdevBed() as bed:
        bed.add_drive("sr0", serial="ENG1")
        yield bed


def test_an_inserted_series_disc_is_filed_by_itself(
    tmp_path: Path, bus: PrivateBus, bed: UdevBed, tv_dvd: AuthoredDisc
) -> None:
    daemon = DaemonUnderTest(tmp_path, bus, environment=bed.environment)
    write_references(daemon.references, "Harbor Station", tv_dvd.episodes)
    with DeviceNode(tv_dvd.image), daemon:
        bed.insert("sr0", label=tv_dvd.label, media="dvd")
        job = daemon.wait_for_job("completed", "failed", "review_needed")
        assert (job["state"], job["outcome"]) == ("completed", "complete"), daemon.log()
        show = "tv/Harbor Station/Season 01"
        assert daemon.filed() == [
            *(f"{show}/Harbor Station - S01E0{n}.mkv" for n in (1, 2, 3)),
            f"{show}/Other/Harbor Station - Disc 1 - Title 05.mkv",
        ]
        daemon.wait_until(lambda: bed.ejects("sr0") == 1, "the disc was not ejected")
        for episode in tv_dvd.episodes:
            video = tmp_path / show / f"Harbor Station - S01E0{episode.episode}.mkv"
            assert_bit_exact(video, episode.video[0])


def assert_bit_exact(video: Path, source: Path) -> None:
    """Compare the video's elementary stream with the one that the disc was authored from."""
    extract = ["ffmpeg", "-v", "error", "-i", video, "-map", "0:v:0", "-c", "copy", "-f", "mpeg2video", "-"]
    ripped = subprocess.run(extract, capture_output=True, check=True).stdout
    assert ripped == source.read_bytes(), f"{video.name} differs from {source.name}"
