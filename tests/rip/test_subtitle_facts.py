"""What subtitle tracks hold, counted in real files and, byte by byte, in what no authored disc has."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import Cancelled, RipFailed
from engramd.rip.subtitle_bytes import Picture, dvd_picture, pgs_picture
from engramd.rip.subtitle_facts import LONGEST, SubtitleFacts, facts_in_child, facts_of, read_facts
from engramd.tools import CancelToken, Tools
from tests.rip.samples import text_sample
from tests.support.authoring import AuthoredDisc

START, FORCED, STOP, END = b"\x01", b"\x00", b"\x02", b"\xff"
COLORS = b"\x03\x01\x23\x04\x0f\xff\x05\0\0\0\0\0\0\x06\0\x04\0\x05"


def subpicture(*sequences: tuple[int, bytes]) -> bytes:
    """Give a DVD subpicture: delays in ticks and commands of its control sequences."""
    packet = b"\0" * 6
    at = len(packet)
    for place, (delay, commands) in enumerate(sequences):
        size = 4 + len(commands) + 1
        following = at if place == len(sequences) - 1 else at + size
        packet += struct.pack(">HH", delay, following) + commands + END
        at += size
    return struct.pack(">HH", len(packet), 6) + packet[4:]


def composition(objects: int, *, state: int = 0x80, palette: int = 0, forced: bool = False) -> bytes:
    """Give a PGS display set of a composition and its end."""
    body = struct.pack(">HHBHBBBB", 1920, 1080, 0x10, 7, state, palette, 0, objects)
    body += b"\0\0\0" + (b"\x40" if forced else b"\0") + b"\0\0\0\0" if objects else b""
    return b"\x16" + struct.pack(">H", len(body)) + body + b"\x80\0\0"


def test_a_subpicture_tells_when_it_comes_and_goes_and_whether_it_must() -> None:
    plain = dvd_picture(subpicture((0, COLORS + START), (88, STOP)))
    assert plain == Picture(forced=False, length=pytest.approx(1.0, abs=0.01))
    forced = dvd_picture(subpicture((0, FORCED + COLORS), (88, STOP)))
    assert forced is not None
    assert forced.forced
    endless = dvd_picture(subpicture((0, START)))
    assert endless == Picture(forced=False, length=None)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\0\0\0",
        subpicture((0, STOP)),
        subpicture((9, START), (9, STOP)),
        subpicture((0, b"\x99" + START)),
    ],
)
def test_a_subpicture_that_shows_nothing_is_none(packet: bytes) -> None:
    assert dvd_picture(packet) is None


def test_colour_changes_are_stepped_over() -> None:
    change = b"\x07" + struct.pack(">H", 6) + b"\x02\x02\x02\x02"
    found = dvd_picture(subpicture((0, change + FORCED), (88, STOP)))
    assert found is not None
    assert found.forced


def test_a_display_set_tells_what_it_does() -> None:
    assert pgs_picture(composition(1)) == Picture(forced=False)
    assert pgs_picture(composition(2, forced=True)) == Picture(forced=True)
    assert pgs_picture(composition(0)) == Picture(forced=False, empty=True)
    assert pgs_picture(composition(1, state=0x40)) == Picture(forced=False, fresh=False)
    assert pgs_picture(composition(1, state=0, palette=0x80)) == Picture(forced=False, fresh=False)
    assert pgs_picture(b"\x15\0\1\0" + composition(1)) == Picture(forced=False)
    assert pgs_picture(b"\x80\0\0") is None


@given(st.binary(max_size=60))
def test_chance_is_read_without_harm(packet: bytes) -> None:
    dvd_picture(packet)
    pgs_picture(packet)


SHOWN, AGAIN, GONE = Picture(forced=False), Picture(forced=False, fresh=False), Picture(False, empty=True)


def test_events_are_counted_with_their_time_on_the_screen() -> None:
    pgs = [(1.0, None, SHOWN), (2.0, None, AGAIN), (3.5, None, GONE), (9.0, None, GONE), (10.0, None, SHOWN)]
    assert facts_of(pgs) == SubtitleFacts(2, 0, 2.5 + LONGEST)
    following = [(1.0, None, Picture(forced=True)), (2.0, None, SHOWN), (4.0, None, GONE)]
    assert facts_of(following) == SubtitleFacts(2, 1, 3.0)
    timed = [(1.0, 9.0, Picture(forced=True, length=2.0)), (5.0, 1.5, SHOWN), (7.0, 4000.0, SHOWN)]
    assert facts_of(timed) == SubtitleFacts(3, 1, 3.5 + LONGEST)
    assert facts_of([]) == SubtitleFacts(0)


def test_only_a_track_of_forced_events_alone_is_for_everyone() -> None:
    assert SubtitleFacts(3, 3).all_forced
    assert not SubtitleFacts(3, 2).all_forced
    assert not SubtitleFacts(0, 0).all_forced


def test_text_is_counted_by_track_number_in_a_child(tmp_path: Path) -> None:
    file = text_sample(tmp_path / "text.mkv", {"eng": 5, "fre": 2})
    assert facts_in_child(Tools(), file) == {
        3: SubtitleFacts(5, 0, pytest.approx(5.0)),
        4: SubtitleFacts(2, 0, pytest.approx(2.0)),
    }


def test_a_file_without_subtitles_has_no_facts(tmp_path: Path) -> None:
    assert read_facts(text_sample(tmp_path / "plain.mkv", {})) == {}


def test_pgs_of_a_real_disc_is_counted(tv_bluray: AuthoredDisc, tmp_path: Path) -> None:
    import subprocess

    truth, clip = tv_bluray.title(1), tv_bluray.folder / "BDMV/STREAM/00001.m2ts"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", clip, "-map", "0", "-c", "copy", tmp_path / "a.mkv"], check=True
    )
    (facts,) = read_facts(tmp_path / "a.mkv").values()
    assert (facts.events, facts.forced_events) == (len(truth.cues), 0)
    assert facts.seconds == pytest.approx(sum(cue.end - cue.start for cue in truth.cues), rel=0.05)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.mkv").write_bytes(b"nothing of the kind")
    with pytest.raises(RipFailed, match="EBML header"):
        facts_in_child(Tools(), tmp_path / "x.mkv")
    with pytest.raises(RipFailed, match="No such file"):
        facts_in_child(Tools(), tmp_path / "y.mkv")


def test_a_cancelled_reading_stops(tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel("by the test")
    with pytest.raises(Cancelled):
        facts_in_child(Tools(), text_sample(tmp_path / "text.mkv", {"eng": 1}), cancel=cancel)
