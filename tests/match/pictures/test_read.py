"""The words of picture subtitles, read from real videos in a child."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from engramd.match.model import Evidence, MatchFailed, Reading, Track
from engramd.match.pictures.languages import script_of
from engramd.match.pictures.read import read_pictures
from engramd.match.pictures.tesseract import Tesseract
from engramd.match.reading import ChildReader, PicturesWanted
from engramd.tools import Tools
from tests.match.pictures.made import ENGLISH, READS, Video, word_errors, write_behind, write_video
from tests.support.authoring import AuthoredDisc

GERMAN = (
    "Ich weiß nicht, was ich tun soll.",
    "Das ist mir völlig egal,\nverstehst du?",
    "Warum hast du mir das nicht gesagt?",
    "- Ist das dein Koffer?\n- Ja, das ist meiner.",
    "Wir müssen über die Brücke gehen.",
    "Nein, ich möchte lieber hier bleiben.",
    "Dein Vater hat mit uns gesprochen.",
    "Und wo sind die anderen Kinder?",
)


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools()


@pytest.fixture(scope="module")
def pgs_video(tmp_path_factory: pytest.TempPathFactory) -> Video:
    return write_video(tmp_path_factory.mktemp("read") / "pgs.mkv", ENGLISH)


def read(tools: Tools, made: Video, languages: Sequence[str] = ("eng",), **more: object) -> list[str]:
    wanted = PicturesWanted(
        **{"video": made.path, "stream": made.stream, "codec": "pgs", "starts": made.starts}
        | {"languages": tuple(languages)}
        | more  # type: ignore[arg-type]
    )
    return list(read_pictures(wanted, tools).texts)


@READS
@pytest.mark.parametrize(
    ("codec", "height", "errors"), [("pgs", 1080, 0.03), ("dvdsub", 480, 0.06), ("dvbsub", 576, 0.06)]
)
def test_captions_of_every_codec_are_read(
    tools: Tools, tmp_path: Path, codec: str, height: int, errors: float
) -> None:
    video = write_video(tmp_path / "video.mkv", ENGLISH, codec=codec, height=height)
    got = read(tools, video, codec=codec)
    assert word_errors(ENGLISH, got) <= errors, got
    assert "\n" in got[1]


@READS
def test_a_dvd_track_is_read_by_the_child_in_the_order_that_was_asked(
    tools: Tools, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    ffmpeg = str(pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe())
    title, target = tv_dvd.episodes[0], tmp_path / "title.mkv"
    source = ["-f", "dvdvideo", "-title", str(title.number), "-i", str(tv_dvd.image)]
    command = [ffmpeg, "-nostdin", "-v", "error", *source, "-map", "0", "-c", "copy", str(target)]
    subprocess.run(command, check=True, timeout=120, env={**os.environ, "DVDCSS_CACHE": "off"})
    evidence, track = picture_track(target)
    asked = [40, 3, 17, 3, 80]
    got = ChildReader(tools, Reading()).pictures(evidence, track, asked, ["eng"])
    truth = [min(title.cues, key=lambda c: abs(c.start - track.starts[n])).text for n in asked]
    assert word_errors(truth, got) < 0.1, got
    assert got[1] == got[3]


def picture_track(path: Path) -> tuple[Evidence, Track]:
    from engramd.match.evidence import read_evidence

    evidence = read_evidence(path)
    return evidence, next(track for track in evidence.tracks if track.kind == "bitmap")


@READS
def test_a_cue_that_is_not_there_is_empty(tools: Tools, pgs_video: Video) -> None:
    starts = (pgs_video.starts[4], 500.0, pgs_video.starts[0] + 1.0, pgs_video.starts[2])
    got = read(tools, pgs_video, starts=starts)
    assert [bool(text) for text in got] == [True, False, False, True]
    assert word_errors([ENGLISH[4], ENGLISH[2]], [got[0], got[3]]) < 0.1
    assert read(tools, pgs_video, starts=()) == []


@READS
def test_subtitles_behind_the_video_are_read_too(tools: Tools, pgs_video: Video, tmp_path: Path) -> None:
    got = read(tools, write_behind(pgs_video, tmp_path / "behind.mkv"))
    assert word_errors(ENGLISH, got) < 0.03


@READS
def test_an_unknown_language_is_found_out(tools: Tools, tmp_path: Path) -> None:
    video = write_video(tmp_path / "german.mkv", GERMAN)
    got = read(tools, video, ())
    assert word_errors(GERMAN, got) < 0.25, got
    assert len(got) == len(GERMAN)


@READS
def test_letters_without_data_are_a_failure_with_the_package(tools: Tools, pgs_video: Video) -> None:
    with pytest.raises(MatchFailed) as failed:
        read(tools, pgs_video, ("tib",))
    assert failed.value.remedy == "apt install tesseract-ocr-bod"


CYRILLIC = (
    "Я не знаю, что мне делать.",
    "Почему ты мне не сказал?",
    "Мы должны идти через мост.",
    "Твой отец говорил с нами.",
    "Сегодня очень холодно на улице.",
)


@READS
def test_unknown_letters_are_told_from_words(tools: Tools, tmp_path: Path) -> None:
    if any(script_of(name) == "Cyrillic" for name in Tesseract(tools).languages()):
        pytest.skip("tesseract has data for Cyrillic letters here")
    video = write_video(tmp_path / "russian.mkv", CYRILLIC)
    with pytest.raises(MatchFailed, match="letters"):
        read(tools, video, ("und",))


@READS
def test_a_video_that_is_gone_or_none_or_has_no_such_track(
    tools: Tools, pgs_video: Video, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.mkv"
    noise.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(5000))
    faults = (
        {"video": tmp_path / "gone.mkv"},
        {"video": noise},
        {"video": tmp_path},
        {"stream": 0},
        {"stream": 7},
    )
    for fault in faults:
        with pytest.raises(MatchFailed) as failed:
            read(tools, pgs_video, **fault)
        assert failed.value.remedy
        assert failed.value.where


def test_the_child_says_in_one_line_what_failed(pgs_video: Video, tmp_path: Path) -> None:
    wanted = {"video": str(pgs_video.path), "stream": 1, "codec": "pgs", "starts": [3.0]}
    command = [sys.executable, "-P", "-m", "engramd.match", "pictures"]
    root = str(Path(__file__).parents[3])
    for words, said in (
        (wanted | {"tesseract": str(tmp_path / "gone")}, "apt install tesseract-ocr"),
        ({"video": "x"}, "validation error"),
    ):
        done = subprocess.run(
            command,
            input=json.dumps(words),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": root},
        )
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
