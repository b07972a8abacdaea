"""The discs of the tests are what they claim to be, in the eyes of independent readers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_script
from tests.support.authoring.broken import aacs_folder, data_image, scrambled_copy, truncated_copy
from tests.support.authoring.cache import cached_disc
from tests.support.authoring.speech import LEAST_GAP


def lsdvd(image: Path) -> list[tuple[float, int, int, int]]:
    """Give seconds, chapters, audio tracks and subtitles of each title, as lsdvd sees them."""
    if shutil.which("lsdvd") is None:
        pytest.skip("lsdvd is not installed")
    text = subprocess.run(["lsdvd", image], capture_output=True, text=True, check=True).stdout
    line = (
        r"Length: (\d+):(\d+):([\d.]+) Chapters: (\d+), Cells: \d+, Audio streams: (\d+), Subpictures: (\d+)"
    )
    return [
        (int(h) * 3600 + int(m) * 60 + float(s), int(chapters), int(audio), int(subs))
        for h, m, s, chapters, audio, subs in re.findall(line, text)
    ]


@pytest.mark.parametrize("name", ["tv_dvd", "film_dvd"])
def test_lsdvd_agrees_about_every_title(name: str, request: pytest.FixtureRequest) -> None:
    disc: AuthoredDisc = request.getfixturevalue(name)
    seen = lsdvd(disc.image)
    assert len(seen) == len(disc.titles)
    for (seconds, chapters, audio, subtitles), title in zip(seen, disc.titles, strict=True):
        assert seconds == pytest.approx(title.seconds, abs=2.5, rel=0.002)
        assert (chapters, audio, subtitles) == (len(title.chapters), 1, title.subtitles)


def test_the_film_is_long_and_small(film_dvd: AuthoredDisc) -> None:
    film, *others = film_dvd.titles
    assert film.seconds > 70 * 60
    assert all(other.seconds < film.seconds / 10 for other in others)
    assert film_dvd.image.stat().st_size < 60e6


def test_the_bluray_has_its_playlists(tv_bluray: AuthoredDisc) -> None:
    kinds = {title.number: title.kind for title in tv_bluray.titles}
    assert kinds == {
        1: "episode",
        2: "episode",
        3: "episode",
        100: "play_all",
        200: "extra",
        201: "duplicate",
    }
    playlists = tv_bluray.folder / "BDMV/PLAYLIST"
    assert (playlists / "00001.mpls").read_bytes() == (playlists / "00201.mpls").read_bytes()


def test_dialogue_is_short_distinct_and_other_in_every_episode() -> None:
    one, two = write_script(1, 140), write_script(2, 140)
    assert one == write_script(1, 140)
    assert len(set(one)) == 140
    assert all(2 <= len(line.split()) <= 4 for line in one)
    assert len(set(one) & set(two)) < 14


def test_captions_fit_and_are_irregular(tv_dvd: AuthoredDisc) -> None:
    for episode in tv_dvd.episodes:
        cues = episode.cues
        gaps = [after.start - before.end for before, after in pairwise(cues)]
        assert len(cues) == 140
        assert cues[-1].end < episode.seconds
        assert min(gaps) >= LEAST_GAP - 0.002
        assert max(gaps) > 3 * sorted(gaps)[len(gaps) // 2]


def test_references_cover_the_disc_and_more(references_folder: Path, tv_dvd: AuthoredDisc) -> None:
    files = sorted(references_folder.rglob("*.srt"))
    assert [re.findall(r"S01E\d\d", file.name) for file in files] == [
        [f"S01E0{number}"] for number in range(1, 7)
    ]
    for file, episode in zip(files, tv_dvd.episodes, strict=False):
        text = file.read_text("utf-8")
        assert text.count(" --> ") >= 120
        same = sum(cue.text in text for cue in episode.cues)
        assert 80 < same < 140


def test_the_cache_makes_a_disc_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(target: Path, *, label: str) -> AuthoredDisc:
        made.append(target)
        target.write_bytes(b"disc")
        return AuthoredDisc(target, target.parent, label, ())

    first = cached_disc(make, "small", cache=tmp_path, label="A")
    assert cached_disc(make, "small", cache=tmp_path, label="A") == first
    assert cached_disc(make, "small", cache=tmp_path, label="B") != first
    assert len(made) == 2
    assert first.image.exists(), "another run may be using it"
    os.utime(first.folder, (0, 0))
    cached_disc(make, "small", cache=tmp_path, label="C")
    assert not first.image.exists(), "nobody has used it for long"


def test_truth_survives_saving(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    tv_dvd.save(tmp_path / "truth.json")
    assert AuthoredDisc.load(tmp_path / "truth.json") == tv_dvd


def test_pal_disc_without_speech(tmp_path: Path) -> None:
    disc = make_tv_dvd(
        tmp_path / "pal.iso", episodes=2, seconds=20, cues=10, extra_seconds=0, pal=True, spoken=False
    )
    seen = lsdvd(disc.image)
    assert [title.kind for title in disc.titles] == ["play_all", "episode", "episode"]
    assert [seconds for seconds, *_ in seen] == pytest.approx(
        [title.seconds for title in disc.titles], abs=1.5
    )


def test_broken_discs(tv_dvd: AuthoredDisc, tv_bluray: AuthoredDisc, tmp_path: Path) -> None:
    scrambled = scrambled_copy(tv_dvd.image, tmp_path / "scrambled.iso")
    assert scrambled.stat().st_size == tv_dvd.image.stat().st_size
    assert scrambled.read_bytes() != tv_dvd.image.read_bytes()
    short = truncated_copy(tv_dvd.image, tmp_path / "short.iso", 0.5)
    assert short.stat().st_size == pytest.approx(tv_dvd.image.stat().st_size / 2, abs=2048)
    assert data_image(tmp_path / "data.iso").stat().st_size > 2048
    assert (aacs_folder(tv_bluray.folder, tmp_path / "aacs") / "AACS/Unit_Key_RO.inf").exists()
