"""Which tracks come into the library, how they are named and flagged, and what is told of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.authoring import AuthoredDisc
from tests.support.authoring.cache import cached_disc
from tests.support.authoring.tracks import make_tracks_dvd
from tests.support.daemon import DaemonUnderTest
from tests.support.fixtures import DVD_TOOLS
from tests.support.rows import Rows
from tests.system.conftest import MakeDaemon

Track = tuple[str, str, str, bool, bool]
FILM = "Many Tracks"


@pytest.fixture(scope="module")
def disc() -> AuthoredDisc:
    """Give a DVD with sound and subtitles of every kind."""
    missing = [tool for tool in (*DVD_TOOLS, "mkvmerge", "mkvpropedit") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"this needs {', '.join(missing)}")
    return cached_disc(make_tracks_dvd, "tracks_dvd")


def filed(daemon: DaemonUnderTest, disc: AuthoredDisc) -> list[Track]:
    """Rip the disc as a film; give kind, language, name, default and forced of each track in the library."""
    daemon.ctl("rip", str(disc.image), "--type", "movie", "--show", FILM, "--again", check=False)
    rows = Rows(daemon)
    assert rows.until("completed")["outcome"] == "complete", rows.sentences() + daemon.log()
    [path] = daemon.filed()
    told = json.loads(
        subprocess.run(["mkvmerge", "-J", daemon.folder / path], capture_output=True, check=True).stdout
    )
    (daemon.folder / path).unlink()
    return [track_of(track) for track in told["tracks"]]


def track_of(track: dict[str, Any]) -> Track:
    said = track["properties"]
    flags = said["default_track"], said["forced_track"]
    return track["type"], said.get("language", "und"), said.get("track_name", ""), *flags


def of_kind(tracks: list[Track], kind: str) -> list[tuple[str, str, bool, bool]]:
    return [track[1:] for track in tracks if track[0] == kind]


def test_everything_is_kept_and_commentary_is_last_named_and_never_the_default(
    make_daemon: MakeDaemon, disc: AuthoredDisc
) -> None:
    with make_daemon() as daemon:
        tracks = filed(daemon, disc)
        sound = of_kind(tracks, "audio")
        assert [(language, name) for language, name, *_ in sound] == [
            ("eng", ""),
            ("fre", ""),
            ("eng", "Audio description"),
            ("eng", "Commentary"),
        ]
        assert [default for _, _, default, _ in sound] == [True, False, False, False]
        subtitles = of_kind(tracks, "subtitles")
        assert len(subtitles) == 6
        assert subtitles[-1][:2] == ("eng", "Commentary")
        [shown] = [one for one in subtitles if one[2]]
        assert shown == ("eng", "Forced", True, True), "the forced track of the sound's language"
        shown_tracks = daemon.show(1)["titles"][0]["tracks"]
        assert [one["name"] for one in shown_tracks if one["kind"] == "audio"] == [s[1] for s in sound]
        assert {one["events"] for one in shown_tracks if one["kind"] == "subtitle"} == {24, 28, 4, 3, 26, 5}
        assert all(one["kept"] and one["why"] for one in shown_tracks)


def test_wishes_choose_the_tracks_and_a_rule_for_the_film_overrides_them(
    make_daemon: MakeDaemon, disc: AuthoredDisc
) -> None:
    wishes = {"audio_languages": "fre", "subtitle_languages": "fre", "keep_commentary": False}
    with make_daemon(settings=wishes) as daemon:
        tracks = filed(daemon, disc)
        assert of_kind(tracks, "audio") == [("fre", "", True, False)]
        assert {language for language, *_ in of_kind(tracks, "subtitles")} == {"fre"}
        dropped = [one for one in daemon.show(1)["titles"][0]["tracks"] if not one["kept"]]
        assert {one["why"] for one in dropped} >= {"eng is not wanted"}
        daemon.ctl("tracks", FILM, "--audio", "eng", "--subtitles", "fre", "--commentary")
        tracks = filed(daemon, disc)
        assert [language for language, *_ in of_kind(tracks, "audio")] == ["eng", "eng", "eng"]
        assert of_kind(tracks, "audio")[-1][1] == "Commentary"


def test_the_last_sound_stays_though_nobody_wants_its_language(
    make_daemon: MakeDaemon, disc: AuthoredDisc
) -> None:
    with make_daemon(settings={"audio_languages": "jpn", "subtitle_languages": "fre"}) as daemon:
        tracks = filed(daemon, disc)
        assert of_kind(tracks, "audio")[0][:3] == ("eng", "", True)
        [shown] = [one for one in of_kind(tracks, "subtitles") if one[2]]
        assert shown[0] == "fre", "the sound is foreign, so a full track of mine is shown"
        assert not shown[3]


def test_without_the_tool_for_headers_the_film_is_filed_all_the_same_and_that_is_told(
    make_daemon: MakeDaemon, disc: AuthoredDisc, tmp_path: Path
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("setpriv", "ffmpeg", "ddrescue", "python3"):
        if (found := shutil.which(name)) is not None:
            (tools / name).symlink_to(found)

    environment = os.environ | {"PATH": str(tools)}
    with make_daemon(environment=environment) as daemon:
        tracks = filed(daemon, disc)
        assert len(of_kind(tracks, "audio")) == 4
        conditions = json.loads(daemon.ctl("status", "--json").stdout)["conditions"]
        [told] = [c for c in conditions if c["id"] == "track-labels"]
        assert "mkvtoolnix" in told["remedy"]
