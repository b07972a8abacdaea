"""Really ripped titles: what their tracks say, and which episodes they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engramd.errors import Cancelled
from engramd.match import (
    Evidence,
    MatchFailed,
    MatchRequest,
    MatchResult,
    Reading,
    TitleToMatch,
    Track,
    assign_disc,
    collect_evidence,
    match_files,
)
from engramd.match.collecting import in_time
from engramd.match.evidence import read_container, read_evidence
from engramd.match.labels import Label
from engramd.match.subtitles import Cue
from engramd.tools import CancelToken, Tools
from tests.match.made import Show, retold, srt, write_reference
from tests.support.authoring import AuthoredDisc, AuthoredTitle

SHOW = "Harbor Station"


@pytest.fixture(scope="session")
def tools() -> Tools:
    return Tools()


def ffmpeg() -> str:
    return str(pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe())


def rip(arguments: Sequence[str], out: Path) -> Path:
    command = [ffmpeg(), "-nostdin", "-v", "error", "-y", *arguments, "-map", "0", "-c", "copy", str(out)]
    subprocess.run(command, check=True, env={**os.environ, "DVDCSS_CACHE": "off"})
    return out


@pytest.fixture(scope="session")
def dvd_titles(tv_dvd: AuthoredDisc, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Give every title of the DVD as an MKV, by its number."""
    folder = tmp_path_factory.mktemp("dvd")
    return {
        title.number: rip(
            ["-f", "dvdvideo", "-title", str(title.number), "-i", str(tv_dvd.image)],
            folder / f"{title.number}.mkv",
        )
        for title in tv_dvd.titles
    }


@pytest.fixture(scope="session")
def dvd_evidence(
    dvd_titles: dict[int, Path], tools: Tools, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, Path]:
    """Give the evidence files of these titles."""
    folder = tmp_path_factory.mktemp("evidence")
    return {n: collect_evidence(tools, path, folder / f"{n}.json").path for n, path in dvd_titles.items()}


def track_of(path: Path, kind: str) -> Track:
    found = [t for t in read_evidence(path).tracks if t.kind == kind]
    assert len(found) == 1, [t.describe() for t in found]
    return found[0]


def assert_times(track: Track, title: AuthoredTitle, *, within: float) -> None:
    """Check that nearly all starts are those of the truth, but for a constant of at most half a second."""
    assert len(track.starts) >= 0.95 * len(title.cues)
    pairs = list(zip(track.starts, (c.start for c in title.cues), strict=False))
    late = sorted(a - b for a, b in pairs)[len(pairs) // 2]
    assert abs(late) < 0.5
    assert sum(abs(a - b - late) <= within for a, b in pairs) >= 0.95 * len(pairs)


def assert_ends(track: Track, title: AuthoredTitle) -> None:
    right = sum(
        abs((b - a) - (c.end - c.start)) < 0.15
        for a, b, c in zip(track.starts, track.ends, title.cues, strict=False)
    )
    assert right >= 0.8 * len(title.cues)


def test_vobsub_cues_start_and_stop_when_they_should(
    tv_dvd: AuthoredDisc, dvd_titles: dict[int, Path]
) -> None:
    for title in tv_dvd.episodes:
        track = track_of(dvd_titles[title.number], "bitmap")
        assert (track.codec, track.language, track.texts, track.forced) == ("vobsub", "eng", (), False)
        assert_times(track, title, within=0.1)
        assert_ends(track, title)


def test_dvd_captions_have_their_times_and_every_word(
    tv_dvd: AuthoredDisc, dvd_titles: dict[int, Path]
) -> None:
    for title in tv_dvd.episodes:
        track = track_of(dvd_titles[title.number], "caption")
        assert len(track.starts) >= 130
        assert not track.rolling
        assert_times(track, title, within=0.35)
        assert [t.split() for t in track.texts] == [c.text.split() for c in title.cues]


def test_a_title_without_captions_has_no_evidence(tv_dvd: AuthoredDisc, dvd_titles: dict[int, Path]) -> None:
    extra = next(title for title in tv_dvd.titles if title.kind == "extra")
    assert read_evidence(dvd_titles[extra.number]).tracks == ()


def ask(references: Path, evidence: dict[int, Path], disc: AuthoredDisc, **more: Any) -> MatchRequest:
    """Ask for the titles of a disc by what was found in their tracks; nothing is listened to."""
    titles = tuple(
        TitleToMatch(title_index=n - 1, evidence=evidence[n], duration=disc.title(n).seconds, order=n)
        for n in evidence
    )
    reading = Reading(speech=False)
    return MatchRequest(references=references, show=SHOW.lower(), titles=titles, reading=reading, **more)


def check(result: MatchResult, disc: AuthoredDisc, *, missing: int | None = None) -> None:
    by_index = {t.title_index: t for t in result.titles}
    for title in disc.titles:
        found = by_index[title.number - 1]
        if title.kind == "episode" and title.episode is not None and title.episode != missing:
            assert (found.verdict, found.episode) == ("matched", str(Label(1, (title.episode,)))), found
            assert found.confidence >= 0.95
        else:
            assert (found.verdict, found.episode) == ("review", None), found


def test_all_titles_of_the_disc_are_found(
    tools: Tools, tv_dvd: AuthoredDisc, dvd_evidence: dict[int, Path], references_folder: Path
) -> None:
    result = assign_disc(tools, ask(references_folder, dvd_evidence, tv_dvd, season=1))
    check(result, tv_dvd)
    play_all = next(title for title in tv_dvd.titles if title.kind == "play_all")
    assert result.titles[play_all.number - 1].play_all


def test_by_the_times_of_its_subtitles_alone_too(
    tools: Tools, tv_dvd: AuthoredDisc, dvd_evidence: dict[int, Path], references_folder: Path, tmp_path: Path
) -> None:
    mute = {}
    for number, path in dvd_evidence.items():
        evidence = Evidence.model_validate_json(path.read_bytes())
        tracks = tuple(t for t in evidence.tracks if t.kind == "bitmap")
        mute[number] = tmp_path / f"{number}.json"
        mute[number].write_text(evidence.model_copy(update={"tracks": tracks}).model_dump_json())
    check(assign_disc(tools, ask(references_folder, mute, tv_dvd)), tv_dvd)


def test_an_episode_without_its_reference_is_a_question(
    tools: Tools, tv_dvd: AuthoredDisc, dvd_evidence: dict[int, Path], references_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "references"
    shutil.copytree(references_folder, folder)
    missing = tv_dvd.episodes[1].episode
    assert missing is not None
    for path in folder.rglob(f"*S01E{missing:02d}*"):
        path.unlink()
    check(assign_disc(tools, ask(folder, dvd_evidence, tv_dvd)), tv_dvd, missing=missing)


def test_the_blu_ray_too_by_its_pgs_times(
    tools: Tools, tv_bluray: AuthoredDisc, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.support.authoring import write_references

    folder = tmp_path / "references"
    folder.mkdir()
    write_references(folder, SHOW, tv_bluray.episodes)
    evidence = {}
    for title in tv_bluray.episodes:
        video = rip(
            ["-playlist", str(title.number), "-i", f"bluray:{tv_bluray.image}"],
            tmp_path / f"{title.number}.mkv",
        )
        track = track_of(video, "bitmap")
        assert track.codec == "pgs"
        assert_times(track, title, within=0.1)
        assert_ends(track, title)
        evidence[title.number] = collect_evidence(tools, video, tmp_path / f"{title.number}.json").path
    result = assign_disc(tools, ask(folder, evidence, tv_bluray))
    assert [t.episode for t in result.titles] == [
        str(Label(1, (t.episode or 0,))) for t in tv_bluray.episodes
    ]


@pytest.mark.parametrize(
    "encoder",
    [["libx264", "-preset", "ultrafast", "-bf", "3"], ["mpeg2video", "-bf", "2"]],
    ids=["h264", "mpeg2"],
)
def test_broadcast_captions_are_read_from_reordered_pictures(
    tv_dvd: AuthoredDisc, dvd_titles: dict[int, Path], tmp_path: Path, encoder: list[str]
) -> None:
    title = tv_dvd.episodes[0]
    out = tmp_path / "captions.mkv"
    command = [
        ffmpeg(),
        "-nostdin",
        "-v",
        "error",
        "-i",
        str(dvd_titles[title.number]),
        "-t",
        "30",
        "-map",
        "0:v",
    ]
    subprocess.run([*command, "-c:v", *encoder, "-a53cc", "1", str(out)], check=True)
    track = track_of(out, "caption")
    cues = [c for c in title.cues if c.end < 27]
    assert len(cues) > 20
    assert [t.split() for t in track.texts[: len(cues)]] == [c.text.split() for c in cues]
    late = [a - c.start for a, c in zip(track.starts, cues, strict=False)]
    assert max(late) < 1.0
    assert min(late) > -0.6


# -- files made here --


@pytest.fixture
def video_with_text(tmp_path: Path) -> Path:
    """Give an MKV with a silent second of video, a full SubRip track, a forced one and a commentary."""
    cues = Show(31).episode(1).cues
    (tmp_path / "full.srt").write_text(srt(cues))
    (tmp_path / "few.srt").write_text(srt(cues[::20]))
    out = tmp_path / "text.mkv"
    inputs = ["-f", "lavfi", "-i", "color=s=64x64:d=1", "-i", "full.srt", "-i", "few.srt", "-i", "full.srt"]
    maps = [
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "2",
        "-map",
        "3",
        "-c:s:0",
        "srt",
        "-c:s:1",
        "ass",
        "-c:s:2",
        "srt",
    ]
    notes = ["-metadata:s:s:0", "language=eng", "-disposition:s:1", "forced"]
    notes += ["-metadata:s:s:2", "title=Director's Commentary"]
    command = [ffmpeg(), "-nostdin", "-v", "error", *inputs, *maps, *notes, str(out)]
    subprocess.run(command, check=True, cwd=tmp_path)
    return out


def test_text_tracks_come_with_text_and_flags(video_with_text: Path) -> None:
    full, forced, commentary = read_evidence(video_with_text).tracks
    cues = Show(31).episode(1).cues
    assert full.texts == tuple(c.text for c in cues)
    assert full.starts == pytest.approx([c.start for c in cues], abs=0.002)
    assert full.ends == pytest.approx([c.end for c in cues], abs=0.002)
    assert (full.language, full.forced, full.commentary) == ("eng", False, False)
    assert forced.codec == "ass"
    assert forced.forced
    assert forced.texts == tuple(c.text for c in cues[::20])
    assert commentary.commentary


def test_a_name_that_is_no_text_costs_no_evidence(video_with_text: Path) -> None:
    content = video_with_text.read_bytes()
    video_with_text.write_bytes(content.replace(b"Director's Comm", b"Director\xb4s Comm"))
    for evidence in (read_evidence(video_with_text), read_container(video_with_text)):
        assert evidence.tracks[2].commentary


def test_files_are_matched_without_a_disc(video_with_text: Path, tmp_path: Path) -> None:
    show = Show(31)
    for number in range(1, 5):
        write_reference(tmp_path / "refs", f"S01E{number:02d}.srt", retold(show.episode(number).cues, number))
    (tmp_path / "other.srt").write_text(srt(retold(show.episode(3).cues, 9)))
    result = match_files([video_with_text, tmp_path / "other.srt"], tmp_path / "refs")
    assert [t.episode for t in result.titles] == ["S01E01", "S01E03"]
    nested = tmp_path / "shelf" / "Some Show"
    shutil.copytree(tmp_path / "refs", nested)
    result = match_files([tmp_path / "other.srt"], tmp_path / "shelf", show="some show", season=1)
    assert [t.episode for t in result.titles] == ["S01E03"]


# -- the child process --


def test_cues_at_times_that_no_title_has_are_left_out() -> None:
    wild = [Cue(-3, -1, "before"), Cue(2e9, 2e9 + 2, "after 60 years"), Cue(5, 7, "now"), Cue(1, 9, "first")]
    assert [(c.start, c.end, c.text) for c in in_time(wild)] == [(1, 5, "first"), (5, 7, "now")]


def test_an_unreadable_file_is_an_error_that_names_it(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "bad.mkv").write_bytes(b"no video at all" * 100)
    with pytest.raises(MatchFailed, match=r"bad\.mkv"):
        collect_evidence(tools, tmp_path / "bad.mkv", tmp_path / "out.json")
    with pytest.raises(MatchFailed, match=r"gone\.mkv"):
        collect_evidence(tools, tmp_path / "gone.mkv", tmp_path / "out.json")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.mkv"]


def test_evidence_replaces_an_older_file_as_a_whole(
    tools: Tools, video_with_text: Path, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "out.json"
    out.parent.mkdir()
    out.write_text("old")
    summary = collect_evidence(tools, video_with_text, out)
    assert [t.cues for t in summary.tracks] == [340, 17, 340]
    assert [p.name for p in out.parent.iterdir()] == ["out.json"]
    assert json.loads(out.read_text())["source"] == str(video_with_text)


def test_a_cancelled_assignment_ends(tools: Tools, tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        assign_disc(tools, MatchRequest(references=tmp_path, show="x"), cancel=cancel)


def test_a_disc_without_references_is_no_error(tools: Tools, tmp_path: Path) -> None:
    request = MatchRequest(
        references=tmp_path / "none",
        show="x",
        titles=(TitleToMatch(title_index=0, evidence=None, pinned="S01E07"),),
    )
    result = assign_disc(tools, request)
    assert result.lacking == "references"
    assert result.titles[0].episode == "S01E07"


def test_the_daemon_loads_nothing_heavy() -> None:
    script = (
        "import sys, engramd.match; print(sorted({'numpy', 'scipy', 'av', 'pysubs2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
