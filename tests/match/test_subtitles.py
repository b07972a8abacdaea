"""Subtitle files of all kinds and encodings, and files that are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engramd.match.subtitles import Cue, UnreadableSubtitle, decode, read_subtitles
from tests.match.made import srt

CUES = [Cue(1.5, 3.25, "Ça va, Zoë?"), Cue(61.0, 62.5, "Très bien — déjà vu.")]
ASS = """[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.50,0:00:03.25,Default,,0,0,0,,{\\i1}Ça va,{\\i0}\\NZoë?
Comment: 0,0:00:09.00,0:00:10.00,Default,,0,0,0,,not said
Dialogue: 0,0:01:01.00,0:01:02.50,Default,,0,0,0,,Très bien — déjà vu.
Dialogue: 0,0:01:05.00,0:01:06.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 10{\\p0}
"""


def write(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_encoding_gives_the_same_cues(tmp_path: Path, encoding: str, ends: str) -> None:
    path = write(tmp_path, "a.srt", srt(CUES).replace("\n", ends).encode(encoding))
    assert read_subtitles(path) == CUES


def test_substation_alpha_without_markup_comments_and_drawings(tmp_path: Path) -> None:
    assert read_subtitles(write(tmp_path, "a.ass", ASS.encode())) == CUES


def test_webvtt_with_settings_and_short_times(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\nNOTE hello\n\nintro\n00:01.500 --> 00:03.250 align:start line:0\n<v Zoë>Ça va,\nZoë?\n\n"
        "01:01.000 --> 01:02.500\nTrès bien — déjà vu.\n"
    )
    cues = read_subtitles(write(tmp_path, "a.vtt", text.encode()))
    assert [(c.start, c.end) for c in cues] == [(1.5, 3.25), (61.0, 62.5)]
    assert cues[0].text == "Ça va, Zoë?"


@pytest.mark.parametrize(("head", "fps"), [("{1}{1}25\n", 25.0), ("", 23.976)])
def test_microdvd_with_and_without_a_frame_rate(tmp_path: Path, head: str, fps: float) -> None:
    cues = read_subtitles(write(tmp_path, "a.sub", (head + "{250}{300}Hello|there\n").encode()))
    assert cues[0].start == pytest.approx(250 / fps, abs=0.002)
    assert cues[0].text == "Hello there"


def test_broken_numbering_and_missing_blank_lines_do_not_matter(tmp_path: Path) -> None:
    text = (
        "7\n00:00:01,5 --> 00:00:03,250\nÇa va, Zoë?\n7\n00:01:01,000 --> 00:01:02,500\nTrès bien — déjà vu."
    )
    assert read_subtitles(write(tmp_path, "a.srt", text.encode())) == CUES


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.srt", b"", "is empty"),
        ("a.srt", b"\x00" * 5000, "is empty"),
        ("a.srt", b"\n \r\n", "is empty"),
        ("a.srt", b"<!DOCTYPE html><html><body>Just a moment...</body></html>", "web page"),
        ("a.srt", b"no times in here at all\n" * 20, "no subtitle"),
        ("a.sub", b"\x00\x00\x01\xba" + bytes(range(256)) * 40, "binary"),
        ("a.srt", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40, "binary"),
        ("a.ass", b"[Events]\nFormat: nonsense\nDialogue: 1,2,3\n", "no subtitle|cannot be read"),
        ("a.sub", b"{x}{y}what\n", "no subtitle|cannot be read"),
    ],
)
def test_what_is_no_subtitle_file_says_so(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSubtitle, match=reason):
        read_subtitles(write(tmp_path, name, data))


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.srt"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(UnreadableSubtitle, match=r"too large .*100 MiB"):
        read_subtitles(path)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "{" * 3_000_000,
        "\n" * 3_000_000,
        "00:00:01,000 --> " * 150_000,
        "1" * 3_000_000 + ":00:00,000 --> ",
        "<b " * 900_000,
    ],
    ids=["brackets", "lines", "arrows", "digits", "tags"],
)
@pytest.mark.parametrize("suffix", [".srt", ".ass", ".sub"])
def test_text_made_to_be_slow_is_not(tmp_path: Path, text: str, suffix: str) -> None:
    heads = {".srt": "00:00:01,000 --> 00:00:02,000\n", ".ass": "[Script Info]\n[Events]\n", ".sub": "{1}{2}"}
    try:
        read_subtitles(write(tmp_path, f"a{suffix}", (heads[suffix] + text + "\nend").encode()))
    except UnreadableSubtitle:
        return


def test_a_flood_of_cues_is_refused(tmp_path: Path) -> None:
    flood = [Cue(n * 0.5, n * 0.5 + 0.4, f"word {n}") for n in range(6000)]
    with pytest.raises(UnreadableSubtitle, match="6000 cues"):
        read_subtitles(write(tmp_path, "a.srt", srt(flood).encode()))


def test_a_cue_repeated_in_layers_counts_once_and_a_wild_end_is_cut(tmp_path: Path) -> None:
    text = srt([Cue(1, 2, "sign"), Cue(1, 2, "sign"), Cue(5, 90000, "wild"), Cue(9, 7, "backwards")])
    cues = read_subtitles(write(tmp_path, "a.srt", text.encode()))
    assert cues == [Cue(1, 2, "sign"), Cue(5, 65, "wild"), Cue(9, 9, "backwards")]


@pytest.mark.timeout(10)
def test_a_pipe_a_folder_and_a_circle_of_links_hang_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.srt")
    (tmp_path / "folder.srt").mkdir()
    (tmp_path / "circle.srt").symlink_to("circle.srt")
    (tmp_path / "nowhere.srt").symlink_to("gone.srt")
    for name in ("pipe", "folder", "circle", "nowhere"):
        with pytest.raises(UnreadableSubtitle, match=r"no regular file|cannot be read"):
            read_subtitles(tmp_path / f"{name}.srt")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from([".srt", ".vtt", ".ass", ".ssa", ".sub"]))
def test_any_bytes_are_survived(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    path = tmp_path_factory.mktemp("any") / f"a{suffix}"
    path.write_bytes(data)
    try:
        cues = read_subtitles(path)
    except UnreadableSubtitle:
        return
    assert cues


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789:,.-> \n{}[]<>|\\NDialogue1234ScriptInfo", max_size=400))
def test_any_half_subtitle_is_survived(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("half")
    for suffix in (".srt", ".ass", ".sub"):
        path = folder / f"a{suffix}"
        path.write_text("[Script Info]\n[Events]\n" + text if suffix == ".ass" else text)
        try:
            cues = read_subtitles(path)
        except UnreadableSubtitle:
            continue
        assert cues == sorted(cues, key=lambda c: (c.start, c.end))


@given(st.text(max_size=200))
def test_decoding_gives_back_what_was_written(text: str) -> None:
    clean = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").replace("\ufeff", "")
    try:
        assert decode(b"\xef\xbb\xbf" + clean.encode()) == clean
    except UnicodeEncodeError:
        pytest.skip("surrogates cannot be written")
