"""Matroska files: reading a few of their bytes finds just what demuxing all of them does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engramd.match import MatchFailed
from engramd.match.ebml import Odd, children, number, vint
from engramd.match.evidence import read_container, read_evidence, read_matroska
from engramd.match.matroska import MatroskaFile
from engramd.match.matroska_head import Entry
from engramd.match.model import Evidence
from engramd.match.streams import Stream
from tests.match.captions import ERASE, Triplet, packet708, pop_on, pop_on708, with_captions
from tests.match.made import Show, srt
from tests.support.authoring import AuthoredDisc

LINES = ["Good morning, Captain.", "Is it?", "The café is closed.", "Who told you?", "Nobody. I looked."]
FRAMES = 300


def ffmpeg(*arguments: str, cwd: Path | None = None) -> None:
    program = str(pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe())
    command = [program, "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, cwd=cwd, env={**os.environ, "DVDCSS_CACHE": "off"})


def mkvmerge(source: Path, out: Path, *options: str) -> Path:
    program = shutil.which("mkvmerge")
    if program is None:
        pytest.skip("needs mkvmerge, which writes Matroska in other ways than FFmpeg")
    subprocess.run([program, "-q", "-o", str(out), *options, str(source)], check=True)
    return out


def same(path: Path) -> Evidence:
    """Check that both readers say the same; give what they say."""
    evidence = read_matroska(path)
    assert evidence == read_container(path)
    return evidence


def bytes_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Count what is read of a file, in bytes."""
    counted = []
    read = MatroskaFile.read

    def count(file: MatroskaFile, place: int, size: int) -> bytes:
        data = read(file, place, size)
        counted.append(len(data))
        return data

    monkeypatch.setattr(MatroskaFile, "read", count)
    read_matroska(path)
    return sum(counted)


@pytest.fixture(scope="session")
def dvd_title(tv_dvd: AuthoredDisc, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("title") / "dvd.mkv"
    title = str(tv_dvd.episodes[0].number)
    ffmpeg("-f", "dvdvideo", "-title", title, "-i", str(tv_dvd.image), "-map", "0", "-c", "copy", str(out))
    return out


@pytest.fixture(scope="session")
def bluray_title(tv_bluray: AuthoredDisc, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("title") / "bluray.mkv"
    number = str(tv_bluray.episodes[0].number)
    ffmpeg("-playlist", number, "-i", f"bluray:{tv_bluray.image}", "-map", "0", "-c", "copy", str(out))
    return out


@pytest.fixture(scope="session")
def text_title(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small file with text tracks of three kinds, a sound track and chapters."""
    folder = tmp_path_factory.mktemp("text")
    (folder / "full.srt").write_text(srt(Show(31).episode(1).cues))
    (folder / "chapters.txt").write_text(
        ";FFMETADATA1\n"
        + "".join(
            f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={at}\nEND={at + 5000}\ntitle=x\n" for at in (0, 5000, 9500)
        )
    )
    inputs = ["-f", "lavfi", "-i", "color=s=64x64:d=20", "-f", "lavfi", "-i", "sine=d=20"]
    inputs += ["-i", "full.srt", "-i", "chapters.txt", "-map_chapters", "3"]
    maps = ["-map", "0", "-map", "1", "-map", "1", "-map", "2", "-map", "2", "-map", "2"]
    codecs = ["-c:s:0", "srt", "-c:s:1", "ass", "-c:s:2", "srt", "-c:a", "ac3"]
    notes = ["-metadata:s:s:0", "language=ger", "-disposition:s:1", "forced", "-disposition:s:2", "comment"]
    notes += ["-metadata:s:a:0", "language=fre", "-metadata:s:a:1", "title=Commentaire du réalisateur"]
    ffmpeg(*inputs, *maps, *codecs, *notes, "text.mkv", cwd=folder)
    return folder / "text.mkv"


# -- the same as by demuxing --


def test_a_dvd_title_is_read_by_its_index(dvd_title: Path, tv_dvd: AuthoredDisc) -> None:
    evidence = same(dvd_title)
    pictures, captions = evidence.tracks
    assert (pictures.codec, pictures.stream, captions.codec, captions.stream) == ("vobsub", 2, "eia_608", 0)
    assert [t.stream for t in evidence.sounds] == [1]
    assert evidence.chapters == pytest.approx([0.0, 25.0, 50.0, 75.0, 100.0], abs=0.5)
    texts = [len(c.text) for c in tv_dvd.episodes[0].cues]
    wide, narrow = texts.index(max(texts)), texts.index(min(texts))
    assert len(pictures.widths) == len(pictures.starts)
    assert pictures.widths[wide] > 1.5 * pictures.widths[narrow] > 0


def test_a_blu_ray_title_has_widths_too(bluray_title: Path) -> None:
    (track,) = same(bluray_title).tracks
    assert (track.codec, track.stream, len(track.widths)) == ("pgs", 2, len(track.starts))
    assert min(track.widths) > 0


def test_pictures_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "full.srt").write_text(srt(Show(31).episode(1).cues))
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x240:d=30,noise=alls=60:allf=t", "-i", "full.srt"]
    ffmpeg(*source, "-c:v", "mpeg2video", "-q:v", "2", "-g", "12", "large.mkv", cwd=tmp_path)
    path = tmp_path / "large.mkv"
    assert len(same(path).tracks[0].starts) == 340
    assert bytes_read(path, monkeypatch) < path.stat().st_size / 2


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--cues", "2:none"),
        ("--no-cues",),
        ("--compression", "2:none", "--cues", "2:none"),
        ("--engage", "no_simpleblocks"),
        ("--timestamp-scale", "100000"),
        ("--cluster-length", "500ms"),
        ("--default-language", "fr"),
        ("--disable-track-statistics-tags",),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("kind", ["dvd", "bluray", "text"])
def test_other_ways_to_write_a_file(
    kind: str, options: tuple[str, ...], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source: Path = request.getfixturevalue(f"{kind}_title")
    made = same(mkvmerge(source, tmp_path / "made.mkv", *options))
    plain = read_matroska(source)
    for track, before in zip(made.tracks, plain.tracks, strict=True):
        assert track.starts == pytest.approx(before.starts, abs=0.002)
        assert (track.texts, track.widths) == (before.texts, before.widths)


def test_text_sounds_and_chapters(text_title: Path) -> None:
    evidence = same(text_title)
    full, forced, comment = evidence.tracks
    assert (full.language, full.stream, full.forced, full.widths) == ("ger", 3, False, ())
    assert forced.forced
    assert comment.commentary
    first, second = evidence.sounds
    assert (first.stream, first.language, first.commentary) == (1, "fre", False)
    assert (second.stream, second.commentary) == (2, True)
    assert evidence.chapters == (0.0, 5.0, 9.5)


def test_a_live_stream_is_left_to_ffmpeg(text_title: Path, tmp_path: Path) -> None:
    out = tmp_path / "live.mkv"
    ffmpeg("-i", str(text_title), "-map", "0", "-c", "copy", "-live", "1", str(out))
    with pytest.raises(Odd):
        read_matroska(out)
    assert len(read_evidence(out).tracks[0].starts) == 340


def test_dvb_subtitles_in_matroska_and_in_a_transport_stream(dvd_title: Path, tmp_path: Path) -> None:
    before = read_matroska(dvd_title).tracks[0]
    made, stream = tmp_path / "dvb.mkv", tmp_path / "dvb.ts"
    ffmpeg("-i", str(dvd_title), "-map", "0:s", "-c:s", "dvbsub", str(made))
    ffmpeg("-i", str(dvd_title), "-i", str(made), "-map", "0:v", "-map", "1", "-c", "copy", str(stream))
    for track in (same(made).tracks[0], read_evidence(stream).tracks[0]):
        assert (track.kind, track.codec, track.language) == ("bitmap", "dvb", "eng")
        assert track.starts == pytest.approx(before.starts, abs=0.005)
        assert track.ends == pytest.approx(before.ends, abs=0.05)
        assert track.widths == pytest.approx(before.widths, abs=2)


def test_captions_that_are_a_stream(dvd_title: Path, tmp_path: Path) -> None:
    ffmpeg(
        "-f", "lavfi", "-i", f"movie={dvd_title.name}[out+subcc]", "-map", "0:s", "-c", "copy",
        str(tmp_path / "captions.mov"), cwd=dvd_title.parent,
    )  # fmt: skip
    (track,) = read_evidence(tmp_path / "captions.mov").tracks
    assert (track.kind, track.codec, track.stream) == ("caption", "eia_608", 0)
    assert track.texts == read_matroska(dvd_title).tracks[1].texts


# -- captions in pictures --


def captioned(codec: str, folder: Path, *, analog: bool, digital: bool, empty: int = 0) -> Path:
    """Give ten seconds of video with captions two seconds apart in EIA-608, EIA-708 or both.

    The last `empty` captions of EIA-608 are left out.
    """
    pictures: list[list[Triplet]] = [[(0, 0x80, 0x80)] for _ in range(FRAMES)]
    for index, line in enumerate(LINES):
        begin = 10 + 55 * index
        if digital:
            pictures[begin] += packet708(pop_on708([line]), index)
        pairs = pop_on([line]) if index < len(LINES) - empty else []
        if analog:
            for offset, (a, b) in enumerate([*pairs, *ERASE] if index == 4 else pairs):
                pictures[begin + offset][0] = (0, a, b)
    if digital:
        pictures[290] += packet708(b"\x8f", 5)
    parameters = {
        "h264": ["libx264", "-bf", "0", "-x264-params", "aud=1"],
        "hevc": ["libx265", "-x265-params", "aud=1:bframes=0:log-level=none"],
        "mpeg2video": ["mpeg2video"],
    }[codec]
    raw = folder / f"raw.{codec}"
    source = ["-f", "lavfi", "-i", f"testsrc=s=64x64:r=30000/1001:d={FRAMES * 1001 / 30000}"]
    ffmpeg(*source, "-c:v", *parameters, "-f", codec, str(raw))
    raw.write_bytes(with_captions(codec, raw.read_bytes(), pictures))
    out = folder / "captions.mkv"
    form = {"mpeg2video": "mpegvideo"}.get(codec, codec)
    ffmpeg("-fflags", "+genpts", "-f", form, "-r", "30000/1001", "-i", str(raw), "-c", "copy", str(out))
    return out


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg2video"])
def test_digital_captions_where_there_are_no_others(codec: str, tmp_path: Path) -> None:
    (track,) = same(captioned(codec, tmp_path, analog=False, digital=True)).tracks
    assert (track.kind, track.codec, track.rolling) == ("caption", "eia_708", False)
    assert list(track.texts) == LINES
    late = [start - (10 + 55 * index) * 1001 / 30000 for index, start in enumerate(track.starts)]
    assert max(late) - min(late) < 0.05
    assert abs(late[0]) < 0.2


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg2video"])
def test_analog_captions_are_preferred_unless_they_are_emptier(codec: str, tmp_path: Path) -> None:
    (track,) = same(captioned(codec, tmp_path, analog=True, digital=True)).tracks
    assert (track.codec, list(track.texts)) == ("eia_608", LINES)
    (track,) = same(captioned(codec, tmp_path, analog=True, digital=True, empty=2)).tracks
    assert (track.codec, list(track.texts)) == ("eia_708", LINES)


# -- what may be wrong with a file --


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["dvd", "bluray"])
def test_a_file_that_was_cut_off_says_what_it_can(
    kind: str, share: float, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    data = request.getfixturevalue(f"{kind}_title").read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(Odd):
        read_matroska(cut)
    found = read_evidence(cut)
    assert found == read_container(cut)
    assert len(found.tracks[0].starts) >= 60 * share


def test_an_index_that_lies_is_not_believed(dvd_title: Path, tmp_path: Path) -> None:
    """Another track's number in the index: its places hold no blocks of that track."""
    data = bytearray(dvd_title.read_bytes())
    at = data.index(b"\x1c\x53\xbb\x6b", len(data) // 2)
    index = bytes(data[at:]).replace(b"\xf7\x81\x03", b"\xf7\x81\x02")
    assert index != bytes(data[at:])
    (tmp_path / "lies.mkv").write_bytes(bytes(data[:at]) + index)
    assert len(same(tmp_path / "lies.mkv").tracks[0].starts) == 140


def test_a_pipe_and_a_folder_are_errors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mkv")
    (tmp_path / "folder.mkv").mkdir()
    for name in ("pipe.mkv", "folder.mkv", "gone.mkv"):
        with pytest.raises(MatchFailed, match=name):
            read_evidence(tmp_path / name)


def survives(path: Path) -> None:
    try:
        evidence = read_matroska(path)
    except Odd:
        return
    assert all(len(t.ends) == len(t.starts) and list(t.starts) == sorted(t.starts) for t in evidence.tracks)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_odd_at_worst(data: Any, text_title: Path, tmp_path: Path) -> None:
    content = bytearray(text_title.read_bytes())
    places = st.integers(0, len(content) - 1) | st.integers(0, 1500)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=8)):
        content[place] = value
    (tmp_path / "damaged.mkv").write_bytes(content)
    survives(tmp_path / "damaged.mkv")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=400), keep=st.integers(0, 900))
def test_noise_behind_a_sound_head_is_odd_at_worst(
    noise: bytes, keep: int, text_title: Path, tmp_path: Path
) -> None:
    (tmp_path / "noise.mkv").write_bytes(text_title.read_bytes()[:keep] + noise)
    survives(tmp_path / "noise.mkv")


@given(st.binary(max_size=100))
def test_any_elements_are_survived(data: bytes) -> None:
    with suppress(Odd):
        vint(data, 0)
    with suppress(Odd):
        number(dict(children(data)), 0xD7)


def test_packets_are_unpacked() -> None:
    import zlib

    stream = Stream(0, "subtitle", "subrip")
    assert Entry(1, 1, stream, prefix=b"\x00\x01").unpack(b"\x02") == b"\x00\x01\x02"
    zipped = Entry(1, 1, stream, zipped=True)
    assert zipped.unpack(zlib.compress(b"text")) == b"text"
    for bad in (b"no zlib", zlib.compress(b"text")[:-5], zlib.compress(bytes(5 << 20))):
        with pytest.raises(Odd):
            zipped.unpack(bad)


# -- memory --


def peak(path: Path) -> tuple[int, int]:
    """Do in a process what the child does; give how many cues it found, and its most memory in MB."""
    script = (
        "import sys; from pathlib import Path; import engramd.match.__main__;"
        "from engramd.match.evidence import read_evidence;"
        "evidence = read_evidence(Path(sys.argv[1])); evidence.model_dump_json();"
        "status = Path('/proc/self/status').read_text();"  # rusage would include the process that forked it
        "print(len(evidence.tracks[0].starts), status.partition('VmHWM:')[2].split()[0])"
    )
    command = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    cues, kilobytes = done.stdout.split()
    return int(cues), int(kilobytes) >> 10


@pytest.mark.parametrize("container", ["mkv", "mp4"])
def test_two_hundred_thousand_packets_take_little_memory(container: str, tmp_path: Path) -> None:
    clocks = (f"{n // 36000:02}:{n // 600 % 60:02}:{n // 10 % 60:02},{n % 10}" for n in range(200_000))
    rows = (f"{n}\n{clock}00 --> {clock}90\nline {n}\n\n" for n, clock in enumerate(clocks))
    (tmp_path / "many.srt").write_text("".join(rows))
    out = tmp_path / f"many.{container}"
    codec = "copy" if container == "mkv" else "mov_text"
    ffmpeg("-i", str(tmp_path / "many.srt"), "-c:s", codec, str(out))
    cues, megabytes = peak(out)
    assert cues == 20_000
    assert megabytes < 150
