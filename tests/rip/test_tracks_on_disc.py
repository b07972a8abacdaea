"""From the disc's tables to the finished file: what is kept, in which order, how it is flagged and named."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engramd.discs import Disc, Title, read_disc
from engramd.rip import OpenBackend, RipResult
from engramd.rip.header_edit import apply_labels
from engramd.rip.matroska import read_edges, read_head
from engramd.rip.subtitle_facts import SubtitleFacts, facts_in_child
from engramd.rip.subtitle_index import facts_by_index
from engramd.rip.track_labels import label_tracks
from engramd.rip.tracks import TrackPolicy, choose_tracks, chosen_title
from engramd.tools import Tools
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.cache import cached_disc
from tests.support.authoring.tracks import SOUNDS, WORDS, make_tracks_dvd
from tests.support.fixtures import DVD_TOOLS


@dataclass(frozen=True)
class Bench:
    """The disc and what rips and labels it."""

    tools: Tools
    backend: OpenBackend
    authored: AuthoredDisc
    disc: Disc

    @property
    def title(self) -> Title:
        """Give the disc's only title, with all of its streams."""
        return self.disc.titles[0]

    def rip(self, policy: TrackPolicy, target: Path) -> tuple[Title, RipResult]:
        """Rip what a policy keeps."""
        title = chosen_title(self.title, choose_tracks(self.title.streams, policy))
        return title, self.backend.rip_title(self.disc, title, target, on_progress=lambda _: None)

    def rip_and_label(self, policy: TrackPolicy, target: Path) -> list[dict[str, Any]]:
        """Rip, count the subtitles, label; give what mkvmerge then says of each track."""
        title, result = self.rip(policy, target)
        facts = facts_in_child(self.tools, target)
        labels = label_tracks(result.tracks, title.streams, policy, facts)
        apply_labels(self.tools, target, labels)
        text = subprocess.run(["mkvmerge", "-J", target], capture_output=True, check=True).stdout
        return [{"type": track["type"], **track["properties"]} for track in json.loads(text)["tracks"]]


@pytest.fixture(scope="module")
def bench() -> Bench:
    missing = [tool for tool in (*DVD_TOOLS, "mkvmerge", "mkvpropedit") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"this needs {', '.join(missing)}")
    tools = Tools()
    backend = OpenBackend(tools)
    if not backend.ffmpeg().dvdvideo:
        pytest.skip("no FFmpeg here reads DVDs; install engramd[open]")
    authored = cached_disc(make_tracks_dvd, "tracks_dvd")
    return Bench(tools, backend, authored, read_disc(authored.image))


def elementary(file: Path, stream: str, form: str) -> bytes:
    command = ["ffmpeg", "-v", "error", "-i", file, "-map", f"0:{stream}", "-c", "copy", "-f", form, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def packets(file: Path) -> list[str]:
    """Give a checksum of the packets of every stream."""
    command = ["ffmpeg", "-v", "error", "-i", file, "-map", "0", "-c", "copy", "-f", "streamhash", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def columns(tracks: list[dict[str, Any]], kind: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(track.get(name) for name in names) for track in tracks if track["type"] == kind]


def test_everything_is_kept_in_order_flagged_and_named(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "title.mkv"
    tracks = bench.rip_and_label(TrackPolicy(original_language="eng"), file)
    shown = (
        "language",
        "track_name",
        "default_track",
        "flag_commentary",
        "flag_visual_impaired",
        "flag_original",
    )
    assert columns(tracks, "audio", *shown) == [
        ("eng", None, True, None, None, True),
        ("fre", None, False, None, None, False),
        ("eng", "Audio description", False, None, True, True),
        ("eng", "Commentary", False, True, None, True),
    ]
    flags = ("language", "track_name", "default_track", "forced_track", "flag_commentary")
    assert columns(tracks, "subtitles", *flags) == [
        ("eng", None, False, False, None),
        ("eng", "Signs", False, False, None),
        ("eng", "Forced", True, True, None),
        ("fre", None, False, False, None),
        ("fre", "Forced", False, True, None),
        ("eng", "Commentary", False, False, True),
    ]


def test_the_streams_are_bit_exact_and_their_order_is_the_policy_s(bench: Bench, tmp_path: Path) -> None:
    file, truth = tmp_path / "title.mkv", bench.authored.title(1)
    bench.rip_and_label(TrackPolicy(), file)
    assert elementary(file, "v:0", "mpeg2video") == truth.video[0].read_bytes()
    for place, authored in enumerate((1, 2, 3, 0)):
        assert elementary(file, f"a:{place}", "ac3") == truth.audio[authored].read_bytes()
    assert len({sound.read_bytes() for sound in truth.audio}) == len(SOUNDS), "all sounds are alike"


def test_the_header_edit_changes_no_packet_and_moves_nothing(bench: Bench, tmp_path: Path) -> None:
    file, policy = tmp_path / "title.mkv", TrackPolicy(("fre",), ("eng",))
    title, result = bench.rip(policy, file)
    before, edges = packets(file), read_edges(file)
    labels = label_tracks(result.tracks, title.streams, policy, facts_in_child(bench.tools, file))
    assert apply_labels(bench.tools, file, labels)
    assert packets(file) == before
    assert read_edges(file) == edges
    assert not apply_labels(bench.tools, file, labels)


def test_what_the_subtitles_hold_is_counted(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "title.mkv"
    bench.rip(TrackPolicy(), file)
    counted = facts_in_child(bench.tools, file)
    assert facts_by_index(file) == counted
    facts = list(counted.values())
    authored = (*WORDS[1:], WORDS[0])
    assert [(one.events, one.forced_events) for one in facts] == [(w.events, len(w.forced)) for w in authored]
    length = bench.authored.title(1).seconds
    assert all(one.seconds == pytest.approx((length - 4) * 0.6, rel=0.05) for one in facts)
    assert [one.all_forced for one in facts] == [False, False, True, False, True, False]


def test_the_tables_of_the_disc_are_in_the_file_before_any_edit(bench: Bench, tmp_path: Path) -> None:
    _, result = bench.rip(TrackPolicy(), tmp_path / "title.mkv")
    found = [(track.kind, track.language, track.forced, track.commentary) for track in result.tracks]
    assert found == [
        ("video", None, False, False),
        ("audio", "eng", False, False),
        ("audio", "fre", False, False),
        ("audio", "eng", False, False),
        ("audio", "eng", False, True),
        ("subtitle", "eng", False, False),
        ("subtitle", "eng", False, False),
        ("subtitle", "eng", True, False),
        ("subtitle", "fre", False, False),
        ("subtitle", "fre", False, False),
        ("subtitle", "eng", False, True),
    ]


def test_only_what_is_wanted_is_in_the_file(bench: Bench, tmp_path: Path) -> None:
    policy = TrackPolicy(("fre",), ("eng",), keep_commentary=False)
    tracks = bench.rip_and_label(policy, tmp_path / "title.mkv")
    assert columns(tracks, "audio", "language", "default_track") == [("fre", True)]
    assert columns(tracks, "subtitles", "language", "track_name", "default_track") == [
        ("eng", None, False),
        ("eng", "Signs", False),
        ("eng", "Forced", False),
    ]


def test_a_language_that_is_not_there_costs_no_sound(bench: Bench, tmp_path: Path) -> None:
    policy = TrackPolicy(("ger",), ("fre",), original_language="fre")
    tracks = bench.rip_and_label(policy, tmp_path / "title.mkv")
    assert columns(tracks, "audio", "language", "default_track", "flag_original") == [("fre", True, True)]
    assert columns(tracks, "subtitles", "language", "track_name", "default_track") == [
        ("fre", None, True),
        ("fre", "Forced", False),
    ]


def test_a_stream_that_ffmpeg_does_not_find_is_left_out(bench: Bench, tmp_path: Path) -> None:
    sound, words = bench.title.streams[2], bench.title.streams[-1]
    ghosts = (
        sound.model_copy(update={"stream_id": 0x87, "language": "ger"}),
        words.model_copy(update={"stream_id": 0x3F, "language": "ger"}),
    )
    haunted = bench.title.model_copy(update={"streams": (*ghosts, *bench.title.streams)})
    result = bench.backend.rip_title(bench.disc, haunted, tmp_path / "a.mkv", on_progress=lambda _: None)
    assert [track.language for track in result.tracks if track.kind == "audio"] == [
        "eng",
        "eng",
        "fre",
        "eng",
    ]
    labels = label_tracks(result.tracks, haunted.streams, TrackPolicy())
    assert [label.place for label in labels if label.kind == "audio"] == [3, 4, 5, 6]
    assert [label.number for label in labels if label.default and label.kind == "audio"] == [3]


def test_without_counting_the_disc_s_tables_decide(bench: Bench, tmp_path: Path) -> None:
    title, result = bench.rip(TrackPolicy(), tmp_path / "title.mkv")
    labels = label_tracks(result.tracks, title.streams, TrackPolicy(), None)
    assert [label.name for label in labels if label.kind == "subtitle"] == [
        "",
        "",
        "Forced",
        "",
        "",
        "Commentary",
    ]
    nothing = {track.number: SubtitleFacts(0) for track in result.tracks if track.kind == "subtitle"}
    labels = label_tracks(result.tracks, title.streams, TrackPolicy(), nothing)
    assert not any(label.default for label in labels if label.kind == "subtitle"), "an empty track is shown"
    assert len(read_head(tmp_path / "title.mkv").tracks) == len(labels) == 11
