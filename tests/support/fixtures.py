"""Discs for the tests, authored once and kept: see `tests/support/authoring`."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, make_film_dvd, make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.makemkv import StandInMakemkv

DVD_TOOLS = ("dvdauthor", "mplex", "spumux", "genisoimage", "espeak-ng", "ffmpeg")
BLURAY_TOOLS = ("genisoimage", "espeak-ng", "ffmpeg", "ffprobe", "mkvmerge")
SHOW = "Harbor Station"


def _need(tools: tuple[str, ...]) -> None:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"making discs needs {', '.join(missing)}")


@pytest.fixture(scope="session")
def tv_dvd() -> AuthoredDisc:
    """Give a DVD of a series: play-all, three episodes of about two minutes, an extra."""
    _need(DVD_TOOLS)
    return cached_disc(make_tv_dvd, "tv_dvd")


@pytest.fixture(scope="session")
def film_dvd() -> AuthoredDisc:
    """Give a DVD of a film of 75 minutes with two extras and a logo."""
    _need(DVD_TOOLS)
    return cached_disc(make_film_dvd, "film_dvd")


@pytest.fixture
def makemkv(tmp_path: Path) -> Iterator[StandInMakemkv]:
    """Give a stand-in for MakeMKV; what it left running is ended."""
    program = StandInMakemkv(tmp_path)
    yield program
    for pid in program.processes():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def tv_bluray() -> AuthoredDisc:
    """Give a Blu-ray of a series: three episodes, play-all, an extra, a duplicate playlist."""
    _need(BLURAY_TOOLS)
    from tests.support.authoring.bluray import make_bluray

    return cached_disc(make_bluray, "tv_bluray")


@pytest.fixture(scope="session")
def references_folder(tv_dvd: AuthoredDisc, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of reference subtitles: the episodes of `tv_dvd` and three more."""
    folder = tmp_path_factory.mktemp("references")
    write_references(folder, SHOW, tv_dvd.episodes)
    return folder
