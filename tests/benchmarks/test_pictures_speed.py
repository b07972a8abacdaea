"""How long the words of picture subtitles take, against a bare tesseract on one sheet of the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from engramd.match.evidence import read_evidence
from engramd.match.model import Evidence, Reading, Track
from engramd.match.pictures.plane import Grey
from engramd.match.pictures.read import Pages
from engramd.match.pictures.sampling import sample
from engramd.match.pictures.sheet import pgm
from engramd.match.reading import ChildReader
from engramd.tools import Tools
from tests.match.pictures.made import word_errors, write_video
from tests.support.authoring import make_tv_dvd
from tests.support.authoring.cache import cached_disc
from tests.support.authoring.script import write_script

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed"),
]

EVENING = {"episodes": 5, "seconds": 1320, "cues": 350, "spoken": False}
CAPTIONS = 200
Report = Callable[[str], None]


def test_vobsub_of_a_dvd(tmp_path: Path, report: Report) -> None:
    disc = cached_disc(make_tv_dvd, "tv_evening", **EVENING, noise=0)
    title, target = disc.episodes[0], tmp_path / "title.mkv"
    source = ["-f", "dvdvideo", "-title", str(title.number), "-i", str(disc.image)]
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        *source,
        "-map",
        "0",
        "-c",
        "copy",
        str(target),
    ]
    subprocess.run(command, check=True, env={**os.environ, "DVDCSS_CACHE": "off"})
    evidence, track = picture_track(target)
    truth = [min(title.cues, key=lambda c: abs(c.start - start)).text for start in track.starts]
    measure("VobSub", evidence, track, truth, report)


@pytest.mark.parametrize(("codec", "height"), [("pgs", 1080), ("dvbsub", 576)])
def test_other_pictures(tmp_path: Path, report: Report, codec: str, height: int) -> None:
    lines = write_script(5, 2 * CAPTIONS)
    truth = [f"{one},\n{two}" for one, two in zip(lines[::2], lines[1::2], strict=True)]
    video = write_video(tmp_path / "video.mkv", truth, codec=codec, height=height)
    evidence, track = picture_track(video.path)
    assert len(track.starts) == len(truth)
    measure(codec, evidence, track, truth, report)


def picture_track(path: Path) -> tuple[Evidence, Track]:
    evidence = read_evidence(path)
    return evidence, next(track for track in evidence.tracks if track.kind == "bitmap")


def measure(name: str, evidence: Evidence, track: Track, truth: Sequence[str], report: Report) -> None:
    reader = ChildReader(Tools(), Reading())
    for count in (15, 40, len(track.starts)):
        numbers = sample(track, count)
        begin = time.perf_counter()
        texts = reader.pictures(evidence, track, numbers, ["eng"])
        taken = time.perf_counter() - begin
        bare = bare_tesseract(evidence.path, track, numbers)
        errors = word_errors([truth[n] for n in numbers], texts)
        report(
            f"{name}: {len(numbers)} of {len(truth)} pictures in {taken:.2f} s, words wrong {errors:.1%};"
            f" a bare tesseract on one sheet of them {bare:.2f} s (ratio {taken / bare:.1f})"
        )
        assert errors < 0.1
        assert taken < 5 * bare + 2


def bare_tesseract(video: Path, track: Track, numbers: Sequence[int]) -> float:
    """Stack the pages on one sheet, and give the seconds that tesseract alone takes for it."""
    with av.open(str(video)) as container:
        pages = Pages(container, container.streams[track.stream]).of([track.starts[n] for n in numbers])
    sheet = stacked([page for page in pages if page is not None])
    begin = time.perf_counter()
    subprocess.run(
        ["tesseract", "-", "-", "-l", "eng", "--psm", "6", "--dpi", "300"],
        input=pgm(sheet),
        capture_output=True,
        check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return time.perf_counter() - begin


def stacked(pages: Sequence[Grey]) -> Grey:
    width = max(page.shape[1] for page in pages)
    return np.concatenate(
        [np.pad(page, ((8, 8), (0, width - page.shape[1])), constant_values=255) for page in pages]
    )
