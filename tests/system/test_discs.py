"""Each kind of disc, as image and as folder: right names, streams that are bit-exact."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, AuthoredTitle, write_references
from tests.support.rows import Rows
from tests.system.conftest import MakeDaemon

SEASON = "Harbor Station/Season 01"


def test_image_and_folder_of_a_film(make_daemon: MakeDaemon, film_dvd: AuthoredDisc, tmp_path: Path) -> None:
    with make_daemon() as daemon:
        done = daemon.ctl("rip", str(film_dvd.image), "--show", "The Long Voyage", "--year", "1999")
        assert done.returncode == 0
        film = "films/The Long Voyage (1999)/The Long Voyage (1999).mkv"
        filed = daemon.filed()
        assert film in filed
        assert len(filed) == 3, filed
        assert all("The Long Voyage (1999)/" in path for path in filed)
        assert_streams(tmp_path / film, next(t for t in film_dvd.titles if t.kind == "film"))
        again = daemon.ctl("rip", str(film_dvd.folder), "--main-only", "--show", "Other", "--again")
        assert again.returncode == 0
        assert len(daemon.filed()) == 4
        assert_streams(tmp_path / "films/Other/Other.mkv", film_dvd.titles[0])


def test_image_and_folder_of_a_series_on_bluray(
    make_daemon: MakeDaemon, tv_bluray: AuthoredDisc, tmp_path: Path
) -> None:
    with make_daemon() as daemon:
        write_references(daemon.references, "Harbor Station", tv_bluray.episodes)
        daemon.ctl("rip", str(tv_bluray.folder))
        from_folder = [path for path in daemon.filed() if "S01E" in path]
        assert from_folder == [f"tv/{SEASON}/Harbor Station - S01E0{n}.mkv" for n in (1, 2, 3)]
        for episode in tv_bluray.episodes:
            path = daemon.tv / SEASON / f"Harbor Station - S01E0{episode.episode}.mkv"
            assert video_hash(path) == video_hash(*episode.video), path.name
            assert elementary(path, "a:0", "ac3") == episode.audio[0].read_bytes(), path.name
        before = daemon.filed()
        daemon.ctl("rip", str(tv_bluray.image), "--again")
        assert daemon.filed() == before, "the same disc as an image gives the same files"
        assert Rows(daemon).job()["outcome"] == "complete"
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")


def assert_streams(video: Path, title: AuthoredTitle) -> None:
    """Compare video and first audio with the streams that the title was authored from."""
    assert video_hash(video) == video_hash(*title.video)
    assert elementary(video, "a:0", "ac3") == b"".join(path.read_bytes() for path in title.audio)


def video_hash(*files: Path) -> str:
    """Give a digest of the coded pictures of files, one after another.

    Of H.264, the units that each container repeats as it likes (parameter sets, delimiters) do not count.
    """
    digest = hashlib.sha256()
    for path in files:
        codec = _codec(path)
        if codec == "mpeg2video":
            digest.update(elementary(path, "v:0", codec))
            continue
        units = re.split(rb"\x00\x00\x01", elementary(path, "v:0", codec, "-bsf:v", "h264_mp4toannexb"))
        for unit in filter(None, units):
            if unit[0] & 0x1F not in (7, 8, 9):
                digest.update(unit.rstrip(b"\0"))
    return digest.hexdigest()


def elementary(path: Path, stream: str, form: str, *filters: str) -> bytes:
    """Give the bytes of a stream without its container."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-map", f"0:{stream}", "-c", "copy", *filters]
    data = subprocess.run([*command, "-f", form, "-"], capture_output=True, check=True).stdout
    assert data
    return data


def _codec(path: Path) -> str:
    probe = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name"]
    told = subprocess.run([*probe, "-of", "csv=p=0", path], capture_output=True, text=True, check=True).stdout
    return told.split()[0].strip(",")


@pytest.mark.parametrize("wanted", ["3", "2-3"])
def test_only_the_titles_that_are_asked_for(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, wanted: str
) -> None:
    with make_daemon() as daemon:
        write_references(daemon.references, "Harbor Station", tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image), "--titles", wanted)
        numbers = [int(part) for part in wanted.split("-")]
        assert daemon.filed() == [f"tv/{SEASON}/Harbor Station - S01E0{n - 1}.mkv" for n in numbers]
