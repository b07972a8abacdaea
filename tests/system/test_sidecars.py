"""Subtitles and .nfo files beside what a real daemon files: captions, and pictures that a machine reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pysubs2
import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.authoring.model import Cue
from tests.support.daemon import DaemonUnderTest
from tests.support.rows import Rows
from tests.system.conftest import MakeDaemon
from tests.system.test_episodes import needs_tesseract, plain_disc

SHOW = "Harbor Lights"
SEASON = f"tv/{SHOW}/Season 01"


@pytest.fixture(scope="module")
def captions_dvd() -> AuthoredDisc:
    return plain_disc("captions_dvd", subtitles=False)


@pytest.fixture(scope="module")
def pictures_dvd() -> AuthoredDisc:
    return plain_disc("pictures_dvd", captions=False)


def rip(daemon: DaemonUnderTest, disc: AuthoredDisc) -> None:
    write_references(daemon.references, SHOW, disc.episodes)
    words = ("--show", SHOW, "--season", "1", "--type", "tv", "--again")
    daemon.ctl("rip", str(disc.image), *words, timeout=120)


def wait_for(daemon: DaemonUnderTest, *names: str) -> None:
    wanted = {f"{SEASON}/{name}" for name in names}
    daemon.wait_until(lambda: wanted <= set(daemon.filed()), f"{wanted} is not there", 200, pause=0.2)


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z']+", text.lower()))


def agreement(path: Path, cues: Sequence[Cue]) -> float:
    """Give the share of what was authored whose words stand in a file within a second of their time."""
    shown = pysubs2.load(str(path), encoding="utf-8")
    found = 0
    for cue in cues:
        near = [one for one in shown if abs(one.start / 1000 - cue.start) < 1.0]
        wanted = words_of(cue.text)
        found += any(len(wanted & words_of(one.plaintext)) >= 0.7 * len(wanted) for one in near)
    return found / len(cues)


def test_an_episode_has_its_captions_and_its_nfo_beside_it(
    make_daemon: MakeDaemon, captions_dvd: AuthoredDisc
) -> None:
    settings: dict[str, object] = {
        "nfo_enabled": True,
        "subtitle_sidecars": "captions",
        "file_mode": "0640",
    }
    with make_daemon(settings=settings) as daemon:
        rip(daemon, captions_dvd)
        names = [f"{SHOW} - S01E0{number}" for number in (1, 2, 3)]
        wait_for(daemon, *(f"{name}.eng.sdh.srt" for name in names), *(f"{name}.nfo" for name in names))
        folder = daemon.folder / SEASON
        for name, episode in zip(names, captions_dvd.episodes, strict=True):
            srt = folder / f"{name}.eng.sdh.srt"
            assert agreement(srt, episode.cues) > 0.9
            assert srt.stat().st_mode & 0o777 == 0o640
            said = ElementTree.fromstring((folder / f"{name}.nfo").read_text().encode())
            assert said.findtext("showtitle") == SHOW
            assert said.findtext("episode") == name[-1]
        assert ElementTree.parse(folder.parent / "tvshow.nfo").getroot().findtext("title") == SHOW
        assert not [path for path in daemon.filed() if "OCR" in path]
        hidden = [path for path in folder.iterdir() if path.name.startswith(".")]
        assert hidden == [], "nothing half-written is left"
        rows = Rows(daemon).read("SELECT * FROM sidecars ORDER BY path")
        assert len(rows) == 7
        assert all(Path(row["path"]).is_file() for row in rows)


@needs_tesseract
def test_pictures_are_read_and_marked_and_a_restart_goes_on(
    make_daemon: MakeDaemon, pictures_dvd: AuthoredDisc
) -> None:
    with make_daemon() as daemon:
        rip(daemon, pictures_dvd)
        daemon.kill()
        daemon.configure({"subtitle_sidecars": "ocr"})
        daemon.start()
        first, *others = (f"{SHOW} - S01E0{number}.OCR.eng.srt" for number in (3, 2, 1))
        wait_for(daemon, first)
        daemon.kill()
        (daemon.folder / SEASON / first).rename(daemon.folder / "kept.srt")
        daemon.start()
        wait_for(daemon, *others)
        assert not (daemon.folder / SEASON / first).exists(), "what a person took away does not come back"
        files = [daemon.folder / SEASON / name for name in reversed(others)] + [daemon.folder / "kept.srt"]
        for path, episode in zip(files, pictures_dvd.episodes, strict=True):
            assert agreement(path, episode.cues) > 0.8
            assert "machine" in pysubs2.load(str(path))[0].plaintext
        lacks = Rows(daemon).read("SELECT * FROM sidecar_lacks WHERE kind = 'captions'")
        assert [lack["why"] for lack in lacks] == ["it has none"] * 3
