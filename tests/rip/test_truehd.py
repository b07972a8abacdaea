"""TrueHD and the AC-3 under the same PID: both, or one without the other, by a real FFmpeg."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from engramd.discs import read_disc
from engramd.rip import OpenBackend
from engramd.rip.commands import places_command, places_of, playlist_command
from engramd.rip.ffmpeg import ENVIRONMENT
from engramd.rip.matroska import read_head
from engramd.rip.track_labels import label_tracks
from engramd.rip.tracks import TrackPolicy, choose_tracks, chosen_title, with_cores
from engramd.tools import Tools
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.cache import cached_disc
from tests.support.fixtures import BLURAY_TOOLS

PID = 0x1100


@pytest.fixture(scope="module")
def authored() -> AuthoredDisc:
    missing = [tool for tool in BLURAY_TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"making discs needs {', '.join(missing)}")
    from tests.support.authoring.truehd import make_truehd_bluray

    return cached_disc(make_truehd_bluray, "truehd")


@pytest.mark.parametrize("keep_core", [True, False])
def test_the_core_is_a_track_of_its_own_or_left_out(
    authored: AuthoredDisc, tmp_path: Path, keep_core: bool
) -> None:
    tools, disc = Tools(), read_disc(authored.folder)
    ffmpeg = OpenBackend(tools).ffmpeg()
    if not ffmpeg.bluray:
        pytest.skip("no FFmpeg here reads Blu-rays; install engramd[open]")
    whole = disc.titles[0].model_copy(update={"streams": with_cores(disc.titles[0].streams)})
    policy = TrackPolicy(keep_core_audio=keep_core)
    title = chosen_title(whole, choose_tracks(whole.streams, policy))
    listing = tools.run([ffmpeg.path, *places_command(disc, title).arguments], env=ENVIRONMENT)
    places = places_of(listing.stderr)
    assert list(places) == [PID]
    target = tmp_path / "title.mkv"
    command = playlist_command(disc, title, target, places=places)
    outcome = tools.run([ffmpeg.path, *command.arguments], env=ENVIRONMENT)
    assert outcome.returncode == 0, outcome.stderr
    tracks = read_head(target).tracks
    codecs = ["V_MPEG4/ISO/AVC", "A_TRUEHD", *(["A_AC3"] if keep_core else [])]
    assert [track.codec for track in tracks] == codecs
    assert [track.language for track in tracks[1:]] == ["eng"] * (len(codecs) - 1)
    labels = label_tracks(tracks, title.streams, policy)
    assert [label.name for label in labels[1:]] == ["", *(["Core"] if keep_core else [])]
    assert [label.default for label in labels[1:]] == [True, *([False] if keep_core else [])]
    clip = authored.folder / "BDMV/STREAM/00001.m2ts"
    assert _elementary(target, "a:0", "truehd") == _elementary(clip, "a:0", "truehd")
    if keep_core:
        core = _elementary(target, "a:1", "ac3")
        assert core == authored.title(1).audio[0].read_bytes()[: len(core)]


def _elementary(file: Path, stream: str, form: str) -> bytes:
    command = ["ffmpeg", "-v", "error", "-i", file, "-map", f"0:{stream}", "-c", "copy", "-f", form, "-"]
    found = subprocess.run(command, capture_output=True, check=True).stdout
    assert len(found) > 100_000
    return found
