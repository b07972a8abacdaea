"""Discs as MakeMKV's robot mode describes them."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs.content_hash import hash_of
from engramd.discs.model import Disc, Media, Stream
from engramd.discs.robot_faults import MakemkvFailed
from engramd.discs.robot_log import is_robot_log, read_robot_log
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


def _read(folder: Path, log: str | bytes) -> Disc:
    path = folder / "log.txt"
    path.write_bytes(log if isinstance(log, bytes) else log.encode())
    return read_robot_log(path)


def test_a_log_without_a_disc_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDisc, match="could not open the disc"):
        _read(tmp_path, 'MSG:5010,0,0,"Failed to open disc","Failed to open disc"\nTCOUNT:0\n')
    with pytest.raises(UnreadableDisc, match="describes no disc"):
        _read(tmp_path, "TCOUNT:0\n")


@pytest.mark.parametrize(
    ("code", "condition"), [(5055, "key"), (5021, "key"), (5042, "drive"), (2016, "access")]
)
def test_a_fault_of_makemkv_is_no_empty_disc(tmp_path: Path, code: int, condition: str) -> None:
    log = f'MSG:1005,0,0,"started","%1"\nMSG:{code},0,0,"Schlüssel","x"\nMSG:5010,0,0,"f","f"\nTCOUNT:0\n'
    with pytest.raises(MakemkvFailed) as caught:
        _read(tmp_path, log)
    assert caught.value.fault.condition == condition
    assert (caught.value.why, bool(caught.value.remedy)) == ("Schlüssel", True)


def test_a_disc_without_titles_is_a_disc(tmp_path: Path) -> None:
    disc = _read(tmp_path, 'TCOUNT:0\nCINFO:1,6206,"DVD disc"\nCINFO:32,0,"EMPTY"\n')
    assert (disc.media, disc.label, disc.titles, disc.problems) == (Media.DVD, "EMPTY", (), ())


def test_a_key_that_expires_costs_no_title_that_is_there(tmp_path: Path) -> None:
    disc = _read(tmp_path, LOG + 'MSG:5055,0,0,"expired","x"\n')
    assert len(disc.titles) == 3
    assert any("key has expired" in problem for problem in disc.problems)


@pytest.mark.parametrize(
    "recode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("latin-1"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("CINFO", "\0CINFO\0").encode(),
        lambda text: ("\\\nDo you want to continue anyway?\n" + text).encode(),
        lambda text: text.replace('"BABYLON5_S1_D1"\nTINFO', '"BABYLON5\n_S1_D1"\nTINFO').encode(),
    ],
    ids=[
        "BOM",
        "UTF-16",
        "UTF-16BE",
        "UTF-16 without BOM",
        "Latin-1",
        "CRLF",
        "NULs",
        "junk before",
        "in two",
    ],
)
def test_a_log_that_went_through_other_programs_is_read_all_the_same(
    tmp_path: Path, recode: Callable[[str], bytes]
) -> None:
    text = LOG.replace("Tonspur", "Tonspür").replace("TINFO:broken\n", "")
    plain = _read(tmp_path, text)
    disc = _read(tmp_path, recode(text))
    assert is_robot_log(tmp_path / "log.txt")
    assert plain.titles
    assert disc == plain


def test_a_log_that_was_cut_short_says_so(tmp_path: Path) -> None:
    disc = _read(tmp_path, LOG[: LOG.index("TINFO:2,9")] + 'TINFO:2,9,0,"0:4')
    assert [title.index for title in disc.titles] == [0, 1]
    assert disc.problems == (
        "The log announces 3 titles and describes 2; it may be cut short.",
        "The log has 1 line that cannot be read.",
    )


def test_lines_that_come_twice_count_once(tmp_path: Path) -> None:
    twice = _read(tmp_path, LOG + 'TINFO:1,9,0,"0:44:00"\nSINFO:0,1,3,0,"fre"\n')
    assert twice.titles[1].duration == 44 * 60
    assert len(twice.titles[0].streams) == 3
    assert twice.titles[0].streams[1].language == "fre"


def test_of_two_scans_in_one_log_the_last_with_titles_counts(tmp_path: Path) -> None:
    other = (
        'TCOUNT:1\nCINFO:1,6206,"DVD disc"\nCINFO:32,0,"OTHER"\nTINFO:0,9,0,"0:10:00"\nTINFO:0,24,0,"01"\n'
    )
    assert (
        _read(tmp_path, LOG + other).model_dump()
        == _read(tmp_path, other)
        .model_copy(update={"problems": ("The log has 1 line that cannot be read.",)})
        .model_dump()
    )
    assert _read(tmp_path, LOG + 'TCOUNT:0\nMSG:5010,0,0,"f","f"\n').label == "BABYLON5_S1_D1"


@pytest.mark.parametrize(
    "line",
    [
        'TINFO:0,9,0,"99999999:00:00"',
        'TINFO:0,9,0,"-1:00:00"',
        'TINFO:0,9,0,"soon"',
        'TINFO:0,9,0,"1:2:3:4"',
        'TINFO:0,11,0,"99999999999999999"',
        'TINFO:0,11,0,"-5"',
        'TINFO:0,11,0,"1.5"',
        'TINFO:0,8,0,"-1"',
        'TINFO:0,16,0,"99999999999999999999999.mpls"',
        'TINFO:0,15,0,"999999"',
        'SINFO:0,0,19,0,"99999999x1"',
        'SINFO:0,1,14,0,"123456789"',
        f'TINFO:0,26,0,"{"1," * 30_000}1"',
        'TINFO:99999999,9,0,"0:45:00"',
        'SINFO:99999999,0,1,6201,"Video"',
    ],
)
def test_values_that_no_disc_has_are_unknown(tmp_path: Path, line: str) -> None:
    disc = _read(tmp_path, LOG + line + "\n")
    assert len(disc.titles) == 3
    title = disc.titles[0]
    assert title.duration in (0.0, 5400.0)
    assert title.size in (0, 19722215424)
    assert title.angles == 1
    assert len(title.segments) in (0, 2)
    assert (title.width, title.height) in ((0, 0), (1920, 1080))
    identify(disc)


def test_read_errors_of_the_scan_are_told(tmp_path: Path) -> None:
    disc = _read(tmp_path, 'MSG:2003,0,3,"Error","x"\nMSG:2003,0,3,"Error","x"\n' + LOG)
    assert "MakeMKV met 2 read errors in its scan; titles may be missing." in disc.problems


def test_missing_attributes_are_unknown(tmp_path: Path) -> None:
    disc = _read(tmp_path, 'TCOUNT:1\nTINFO:0,2,0,"only a name"\n')
    title = disc.titles[0]
    assert (disc.label, title.duration, title.size, title.source_file, title.segments) == ("", 0.0, 0, "", ())
    identify(disc)


def test_streams_say_what_they_are(tmp_path: Path) -> None:
    flags = 'SINFO:0,1,22,0,"1"\nSINFO:0,2,22,0,"6144"\n'
    streams = _read(tmp_path, LOG + flags).titles[0].streams
    assert [(one.commentary, one.forced) for one in streams] == [(False, False), (True, False), (False, True)]


def _flagged(tmp_path: Path, kind: int, flags: int) -> Stream:
    said = f'SINFO:0,1,1,{kind},"x"\nSINFO:0,1,22,0,"{flags}"\n'
    return _read(tmp_path, LOG + said).titles[0].streams[1]


@pytest.mark.parametrize(
    ("flags", "commentary", "description", "core"),
    [
        (0, False, False, False),
        (1, True, False, False),
        (2, True, False, False),
        (4, False, True, False),
        (512, True, False, False),
        (1024, False, False, False),
        (2304, False, False, True),
    ],
)
def test_flags_tell_commentary_description_and_core(
    tmp_path: Path, flags: int, commentary: bool, description: bool, core: bool
) -> None:
    stream = _flagged(tmp_path, 6202, flags)
    assert (stream.commentary, stream.audio_description, stream.core) == (commentary, description, core)


@pytest.mark.parametrize(("said", "language"), [("deu", "ger"), ("fre", "fre"), ("und", None), ("", None)])
def test_languages_of_both_kinds_are_one(tmp_path: Path, said: str, language: str | None) -> None:
    line = f'SINFO:0,1,3,0,"{said}"\n'
    assert _read(tmp_path, LOG + line).titles[0].streams[1].language == language


FILES = "HSH:0,00051.m2ts,1/1/2024 1:00:00 PM,{}\nHSH:1,00052.m2ts,1/1/2024 1:00:00 PM,{}\n"
SIZES = 'TINFO:1,11,0,"1000"\nTINFO:2,11,0,"2000"\n'


def test_the_content_hash_comes_from_the_list_of_files(tmp_path: Path) -> None:
    disc = _read(tmp_path, LOG + SIZES + FILES.format(1000, 2000))
    assert [(file.path, file.size) for file in disc.files] == [
        ("BDMV/STREAM/00051.m2ts", 1000),
        ("BDMV/STREAM/00052.m2ts", 2000),
    ]
    assert disc.content_hash == hash_of(disc.files)


def test_a_list_of_files_of_another_disc_gives_no_hash(tmp_path: Path) -> None:
    disc = _read(tmp_path, LOG + SIZES + FILES.format(1001, 2001))
    assert (disc.content_hash, disc.files) == (None, ())
    assert any("of another disc" in problem for problem in disc.problems)


NUMBERS = st.text("0123456789-x", max_size=30)
LINES = st.builds(
    "{}:{},{},{},{}".format,
    st.sampled_from(["CINFO", "TINFO", "SINFO", "MSG", "HSH", "TCOUNT", "DRV"]),
    st.integers(0, 3) | NUMBERS,
    st.integers(0, 50) | NUMBERS,
    st.integers(0, 50) | NUMBERS,
    st.sampled_from(
        [
            *(
                '0,"0:45:00"',
                '0,"1,2,3"',
                '"0:99:99"',
                '"1.mpls"',
                '0,"9999999999999999999999"',
                '"\\"',
                '"open',
            ),
            *('6201,"Video"', '6203,"x"', '0,"1920x1080"', '0,"(1,2),3,..."', "now,12", '0,"\x00\x1b[2J"'),
        ]
    )
    | st.text(max_size=20),
)


@given(st.lists(LINES | st.sampled_from(LOG.splitlines()), max_size=30), st.sampled_from(["utf-8", "utf-16"]))
def test_a_hostile_log_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], encoding: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.txt"
    path.write_text("\n".join(lines), encoding, errors="replace")
    _is_read_or_refused(path)


@given(st.binary(max_size=400), st.integers(0, len(LOG)))
def test_bytes_in_a_log_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, place: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.txt"
    path.write_bytes(LOG[:place].encode() + data + LOG[place:].encode())
    _is_read_or_refused(path)


def _is_read_or_refused(path: Path) -> None:
    try:
        disc = read_robot_log(path)
    except (UnreadableDisc, MakemkvFailed):
        return
    for title in disc.titles:
        assert 0 <= title.duration <= 360_000
        assert title.size >= 0
        assert all(0 <= chapter <= title.duration for chapter in title.chapters)
    assert json.loads(disc.model_dump_json())


@pytest.mark.skipif(not LOGS, reason="the corpus of real discs is not beside the checkout")
@pytest.mark.parametrize("packed", LOGS, ids=lambda path: path.name)
def test_every_title_of_a_real_log_is_read(packed: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    text = gzip.decompress(packed.read_bytes()).decode("utf-8", "replace")
    log.write_text(text, "utf-8")

    assert is_robot_log(log)
    disc = read_robot_log(log)
    titles = disc.titles
    assert titles
    assert {f"TINFO:{title.index}," for title in titles} == {
        line[: line.index(",") + 1] for line in text.splitlines() if line.startswith("TINFO:")
    }
    assert all(title.size and title.source_file for title in titles)
    assert all(title.duration for title in titles if title.size > 10_000_000)
    upstream = json.loads(
        gzip.decompress(packed.with_name(packed.name.replace(".txt.", ".json.")).read_bytes())
    )
    assert disc.content_hash == upstream.get("ContentHash")
    assert not disc.problems


def test_a_log_that_lists_clips_without_end_is_refused_before_they_are_made(tmp_path: Path) -> None:
    clips = ",".join(["1"] * 9000)
    lines = "".join(f'TINFO:{n},9,0,"1:00:00"\nTINFO:{n},26,0,"{clips}"\n' for n in range(30))
    with pytest.raises(UnreadableDisc, match="more clips than any disc has"):
        _read(tmp_path, f'TCOUNT:30\nCINFO:1,6209,"Blu-ray disc"\n{lines}')
