"""The head of a Matroska file, as FFmpeg and mkvmerge write it and as chance does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engramd.rip.matroska import BadMatroska, Head, read_head


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with picture, two sound tracks, a forced subtitle and three chapters."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    folder = tmp_path_factory.mktemp("matroska")
    (folder / "words.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n", "utf-8")
    chapters = "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={at}000\nEND={at + 1}000\ntitle=Part {at}\n" for at in range(3)
    )
    (folder / "chapters.txt").write_text(";FFMETADATA1\n" + chapters, "utf-8")
    sources = ["-f", "lavfi", "-i", "color=s=64x64:r=25:d=3", "-f", "lavfi", "-i", "sine=d=3"]
    more = ["-i", folder / "words.srt", "-i", folder / "chapters.txt"]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "1:a", "-map", "2:s", "-map_chapters", "3"]
    names = [
        "-metadata:s:a:0",
        "language=eng",
        "-metadata:s:a:1",
        "language=fre",
        "-metadata:s:a:1",
        "title=Über",
    ]
    flags = ["-metadata:s:s:0", "language=ger", "-disposition:s:0", "forced", "-disposition:a:1", "comment"]
    codecs = ["-c:v", "mpeg2video", "-c:a", "ac3", "-c:s", "srt"]
    target = folder / "sample.mkv"
    command = ["ffmpeg", "-v", "error", *sources, *more, *maps, *codecs, *names, *flags, "-t", "3", target]
    subprocess.run(command, check=True)
    return target


def summary(head: Head) -> list[tuple[str, str, str | None, str, bool]]:
    return [(track.kind, track.codec, track.language, track.name, track.forced) for track in head.tracks]


def test_everything_that_ffmpeg_writes(sample: Path) -> None:
    head = read_head(sample)
    assert head.duration == pytest.approx(3, abs=0.1)
    assert head.chapters == 3
    assert head.finished
    assert summary(head) == [
        ("video", "V_MPEG2", None, "", False),
        ("audio", "A_AC3", "eng", "", False),
        ("audio", "A_AC3", "fre", "Über", False),
        ("subtitle", "S_TEXT/UTF8", "ger", "", True),
    ]
    assert [track.number for track in head.tracks] == [1, 2, 3, 4]
    assert [track.seconds for track in head.tracks] == pytest.approx([3, 3, 3, 2], abs=0.1)


def test_mkvmerge_writes_it_otherwise_and_it_means_the_same(sample: Path, tmp_path: Path) -> None:
    if shutil.which("mkvmerge") is None:
        pytest.skip("mkvmerge is not installed")
    again = tmp_path / "again.mkv"
    subprocess.run(["mkvmerge", "-q", "-o", again, sample], check=True)
    first, second = read_head(sample), read_head(again)
    assert second.duration == pytest.approx(first.duration, abs=0.1)
    assert (second.chapters, len(second.tracks)) == (3, 4)
    languages = [(track.language or "")[:2] for track in second.tracks]
    assert languages[1:] in (["en", "fr", "ge"], ["en", "fr", "de"])


def test_a_file_whose_writer_was_killed_is_not_finished(sample: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.mkv"
    slowly = ["ffmpeg", "-v", "error", "-nostdin", "-re", "-i", sample, "-map", "0", "-c", "copy"]
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([*slowly, "-flush_packets", "1", part], check=False, timeout=1)
    assert not read_head(part).finished
    assert len(read_head(part).tracks) == 4


def test_a_file_that_was_cut_off_is_not_finished(sample: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.mkv"
    part.write_bytes(sample.read_bytes()[:-1000])
    assert not read_head(part).finished


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "EBML header"),
        (b"RIFF....AVI LIST", "EBML header"),
        (b"\x1a\x45\xdf\xa3\x80", "document type"),
        (b"\x00" * 100, "damaged"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "other.mkv"
    file.write_bytes(content)
    with pytest.raises(BadMatroska, match=why):
        read_head(file)


@given(data=st.data())
@settings(max_examples=60, deadline=10_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_an_error_or_harmless_and_never_slow(
    sample: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(sample.read_bytes()[:4096])
    for place in data.draw(st.lists(st.integers(0, 1500), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    file = tmp_path / "damaged.mkv"
    file.write_bytes(content)
    try:
        head = read_head(file)
    except BadMatroska:
        return
    assert 0 <= head.duration < 1e7


@given(st.binary(max_size=400))
def test_chance_is_no_matroska(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "chance.mkv"
    file.write_bytes(
        b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + content
    )
    try:
        head = read_head(file)
    except BadMatroska:
        return
    assert 0 <= head.duration < 1e7
