"""Discs as MakeMKV's robot mode describes them."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from engramd.ctl.app import app
from engramd.ctl.robot_log import is_robot_log, read_robot_log
from engramd.discs.model import Media
from engramd.errors import UnreadableDisc
from engramd.identify import identify

LOGS = sorted((Path(__file__).parents[3] / "shared" / "corpus" / "logs").glob("*.txt.gz"))
LOG = r"""MSG:1005,0,1,"MakeMKV started","%1 started","MakeMKV"
DRV:0,2,999,1,"BD-RE","BABYLON5_S1_D1","/dev/sr0"
TCOUNT:3
CINFO:1,6209,"Blu-ray Disk"
CINFO:2,0,"Babylon 5: \"The Gathering\", part 1"
CINFO:32,0,"BABYLON5_S1_D1"
TINFO:0,8,0,"4"
TINFO:0,9,0,"1:30:00"
TINFO:0,11,0,"19722215424"
TINFO:0,16,0,"00100.mpls"
TINFO:0,26,0,"51,52"
SINFO:0,0,1,6201,"Video"
SINFO:0,0,19,0,"1920x1080"
SINFO:0,1,1,6202,"Tonspur"
SINFO:0,1,3,0,"eng"
SINFO:0,1,6,0,"DTS"
SINFO:0,1,14,0,"6"
SINFO:0,2,1,6203,"Subtitles"
TINFO:1,9,0,"0:45:00"
TINFO:1,16,0,"00051.mpls"
TINFO:1,26,0,"51"
TINFO:2,9,0,"0:45:00"
TINFO:2,16,0,"00052.mpls"
TINFO:2,26,0,"52"
TINFO:broken
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "disc.txt"
    path.write_text(LOG, "utf-8")
    return path


def test_a_log_is_read_like_a_disc(log: Path) -> None:
    assert is_robot_log(log)
    disc = read_robot_log(log)

    assert (disc.media, disc.label) == (Media.BLURAY, "BABYLON5_S1_D1")
    assert disc.disc_name == 'Babylon 5: "The Gathering", part 1'
    first = disc.titles[0]
    assert (first.number, first.source_file, first.segment_map) == (100, "00100.mpls", "51,52")
    assert (first.duration, first.size, first.resolution) == (5400.0, 19722215424, "1080p")
    assert first.chapters == (0.0, 1350.0, 2700.0, 4050.0)
    assert [(stream.kind, stream.language, stream.channels) for stream in first.streams] == [
        ("video", None, None),
        ("audio", "eng", 6),
        ("subtitle", None, None),
    ]


def test_clips_are_as_long_as_the_titles_that_play_them_alone(log: Path) -> None:
    titles = read_robot_log(log).titles

    assert [(part.key, part.duration) for part in titles[0].segments] == [("51", 2700.0), ("52", 2700.0)]


def test_inspect_takes_a_log_in_place_of_a_disc(log: Path) -> None:
    done = CliRunner().invoke(app, ["inspect", "--json", str(log)])

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["source"], said["content_type"]) == (str(log), "tv")
    assert [title["role"] for title in said["titles"]] == ["play_all", "episode", "episode"]


def test_what_is_no_log_is_not_taken_for_one(tmp_path: Path) -> None:
    image = tmp_path / "disc.iso"
    image.write_bytes(bytes(40_000) + b"\nTCOUNT:3\n")

    assert not is_robot_log(image)
    assert not is_robot_log(tmp_path)
    assert not is_robot_log(tmp_path / "nothing")


@pytest.mark.timeout(10)
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """Opening a drive waits for its disc; a pipe that nobody writes to waits as well."""
    os.mkfifo(tmp_path / "pipe")
    assert not is_robot_log(tmp_path / "pipe")


def test_no_log_makes_more_chapters_than_a_disc_can_have(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text(LOG.replace('TINFO:0,8,0,"4"', 'TINFO:0,8,0,"5000000"'), "utf-8")
    assert len(read_robot_log(path).titles[0].chapters) == 999


def test_a_log_without_a_disc_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text('MSG:5010,0,0,"Failed to open disc","Failed to open disc"\nTCOUNT:0\n', "utf-8")

    with pytest.raises(UnreadableDisc):
        read_robot_log(path)


NUMBERS = st.text("0123456789-x", max_size=30)
LINES = st.builds(
    "{}:{},{},{},{}".format,
    st.sampled_from(["CINFO", "TINFO", "SINFO", "MSG"]),
    st.integers(0, 3) | NUMBERS,
    st.integers(0, 40) | NUMBERS,
    st.integers(0, 40) | NUMBERS,
    st.sampled_from(
        ['0,"0:45:00"', '0,"1,2,3"', '"0:99:99"', '"1.mpls"', '0,"9999999999999999999999"', '"\\"']
    )
    | st.text(max_size=20),
)


@given(st.lists(LINES, max_size=30))
def test_a_hostile_log_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.txt"
    path.write_text("\n".join(lines), "utf-8", errors="replace")

    try:
        disc = read_robot_log(path)
    except UnreadableDisc:
        return
    identify(disc)


@pytest.mark.skipif(not LOGS, reason="the corpus of real discs is not beside the checkout")
@pytest.mark.parametrize("packed", LOGS, ids=lambda path: path.name)
def test_every_title_of_a_real_log_is_read(packed: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    text = gzip.decompress(packed.read_bytes()).decode("utf-8", "replace")
    log.write_text(text, "utf-8")

    assert is_robot_log(log)
    titles = read_robot_log(log).titles
    assert titles
    assert {f"TINFO:{title.index}," for title in titles} == {
        line[: line.index(",") + 1] for line in text.splitlines() if line.startswith("TINFO:")
    }
    assert all(title.size and title.source_file for title in titles)
    assert all(title.duration for title in titles if title.size > 10_000_000)
