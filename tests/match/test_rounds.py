"""Words are read only as far as they are needed, once, and a reader that fails costs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engramd.match import TITLE_TIMEOUT
from engramd.match.model import Evidence, MatchFailed, MatchResult, Reading, Sound, TitleToMatch, Track
from engramd.match.shelf import assign
from engramd.match.subtitles import Cue
from tests.match.made import Show, request, retold, track, write_evidence, write_reference

SHOW = Show(41)
EPISODES = range(1, 15)


@dataclass
class ScriptedReader:
    """A stand-in for the readers: knows what is written and said, and counts what is read."""

    said: Sequence[Cue]
    fault: str = ""
    pictures_read: list[int] = field(default_factory=list)
    windows_heard: list[tuple[float, float]] = field(default_factory=list)

    def pictures(
        self, evidence: Evidence, track: Track, numbers: Sequence[int], languages: Sequence[str]
    ) -> list[str]:
        if self.fault:
            raise MatchFailed(self.fault)
        self.pictures_read += numbers
        texts = {cue.start: cue.text for cue in self.said}
        return [texts.get(track.starts[number], "") for number in numbers]

    def speech(
        self, evidence: Evidence, sound: Sound, windows: Sequence[tuple[float, float]]
    ) -> tuple[list[Cue], str]:
        if self.fault:
            raise MatchFailed(self.fault)
        self.windows_heard += windows
        return [c for c in self.said if any(a <= c.start < b for a, b in windows)], "scripted"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    for number in EPISODES:
        cues = retold(SHOW.episode(number).cues, number, shift=number * 1.5)
        write_reference(tmp_path / "refs", f"Show/S01E{number:02d}.srt", cues)
    return tmp_path / "refs"


def on_disc(number: int) -> list[Cue]:
    return retold(SHOW.episode(number).cues, 7, shift=0, jitter=0.03, dropped=0.02, reworded=0.02)


def with_a_coarse_clock(cues: Sequence[Cue]) -> list[Cue]:
    """Give the cues times that match anything, so that only words can decide."""
    kept: dict[float, Cue] = {}
    for cue in cues:
        kept.setdefault(float(round(cue.start)), Cue(float(round(cue.start)), cue.end + 1, cue.text))
    return list(kept.values())


def pictured(folder: Path, cues: Sequence[Cue]) -> TitleToMatch:
    widths = tuple(8 * len(cue.text) for cue in cues)
    mute = track(cues, kind="bitmap", text=False, widths=widths, stream=3)
    return write_evidence(folder, 0, SHOW.seconds, mute)


def audible(folder: Path) -> TitleToMatch:
    asked = write_evidence(folder, 0, SHOW.seconds)
    sound = Sound(stream=1, language="eng")
    evidence = Evidence(source="0.mkv", duration=SHOW.seconds, sounds=(sound,))
    (folder / "evidence-0.json").write_text(evidence.model_dump_json())
    return asked


def only(result: MatchResult) -> tuple[str | None, str]:
    return result.titles[0].episode, result.titles[0].reason


def test_times_that_decide_alone_have_no_picture_read(shelf: Path, tmp_path: Path) -> None:
    cues = on_disc(5)
    reader = ScriptedReader(cues)
    episode, reason = only(assign(request(shelf, [pictured(tmp_path, cues)]), reader))
    assert (episode, reader.pictures_read) == ("S01E05", [])
    assert "words" not in reason


def test_pictures_are_read_until_they_decide(shelf: Path, tmp_path: Path) -> None:
    cues = with_a_coarse_clock(on_disc(5))
    reader = ScriptedReader(cues)
    episode, reason = only(assign(request(shelf, [pictured(tmp_path, cues)]), reader))
    assert episode == "S01E05"
    assert 40 <= len(reader.pictures_read) < len(cues)
    assert len(reader.pictures_read) == len(set(reader.pictures_read)), "none is read twice"
    assert "of " in reason
    assert "cues" in reason


def test_pictures_of_no_known_episode_are_given_up_soon(shelf: Path, tmp_path: Path) -> None:
    cues = with_a_coarse_clock(on_disc(77))
    reader = ScriptedReader(cues)
    episode, _ = only(assign(request(shelf, [pictured(tmp_path, cues)]), reader))
    assert episode is None
    assert len(reader.pictures_read) < 60 < len(cues)


def test_what_was_read_once_is_kept(shelf: Path, tmp_path: Path) -> None:
    cues = with_a_coarse_clock(on_disc(5))
    asked = request(shelf, [pictured(tmp_path, cues)])
    first = only(assign(asked, ScriptedReader(cues)))
    again = ScriptedReader(cues)
    assert only(assign(asked, again)) == first
    assert again.pictures_read == []


def test_words_of_evidence_that_changed_are_forgotten(shelf: Path, tmp_path: Path) -> None:
    cues = with_a_coarse_clock(on_disc(5))
    assign(request(shelf, [pictured(tmp_path, cues)]), ScriptedReader(cues))
    other = with_a_coarse_clock(on_disc(6))
    reader = ScriptedReader(other)
    episode, _ = only(assign(request(shelf, [pictured(tmp_path, other)]), reader))
    assert episode == "S01E06"
    assert reader.pictures_read


def test_a_reader_that_fails_is_named_and_the_title_asked_about(shelf: Path, tmp_path: Path) -> None:
    cues = with_a_coarse_clock(on_disc(5))
    reader = ScriptedReader(cues, fault="tesseract is not installed")
    result = assign(request(shelf, [pictured(tmp_path, cues)]), reader)
    assert result.titles[0].verdict == "review"
    assert "tesseract is not installed" in result.titles[0].reason


def test_pictures_in_a_language_without_references_are_not_read(shelf: Path, tmp_path: Path) -> None:
    cues = with_a_coarse_clock(on_disc(5))
    mute = track(cues, kind="bitmap", text=False, language="fin", stream=3)
    reader = ScriptedReader(cues)
    asked = write_evidence(tmp_path, 0, SHOW.seconds, mute)
    assert only(assign(request(shelf, [asked]), reader))[0] is None
    assert reader.pictures_read == []


def test_speech_is_listened_to_until_it_decides(shelf: Path, tmp_path: Path) -> None:
    reader = ScriptedReader(on_disc(9))
    result = assign(request(shelf, [audible(tmp_path)]), reader)
    assert result.titles[0].episode == "S01E09", result.titles[0].reason
    assert "speech" in result.titles[0].reason
    heard = sum(b - a for a, b in reader.windows_heard)
    assert 60 <= heard < SHOW.seconds / 2


def test_what_a_better_model_may_hear_is_listened_to_again(shelf: Path, tmp_path: Path) -> None:
    titles = [audible(tmp_path)]
    first, again, better = (ScriptedReader(on_disc(77)) for _ in range(3))
    assign(request(shelf, titles), first)
    assign(request(shelf, titles), again)
    assert not set(first.windows_heard) & set(again.windows_heard)
    reading = Reading(speech_model=tmp_path / "models" / "small")
    assign(request(shelf, titles, reading=reading), better)
    assert better.windows_heard == first.windows_heard


def test_an_engine_that_fails_is_named(shelf: Path, tmp_path: Path) -> None:
    reader = ScriptedReader(on_disc(9), fault="no engine hears speech")
    result = assign(request(shelf, [audible(tmp_path)]), reader)
    assert result.titles[0].lacking == "evidence"
    assert "no engine hears speech" in result.titles[0].reason


def test_speech_of_no_known_episode_is_given_up(shelf: Path, tmp_path: Path) -> None:
    reader = ScriptedReader(on_disc(77))
    result = assign(request(shelf, [audible(tmp_path)]), reader)
    assert result.titles[0].verdict == "review"
    assert sum(b - a for a, b in reader.windows_heard) < SHOW.seconds / 2


def test_a_single_reference_is_not_believed_by_speech(tmp_path: Path) -> None:
    write_reference(tmp_path / "one", "Show/S01E01.srt", on_disc(1))
    result = assign(request(tmp_path / "one", [audible(tmp_path)]), ScriptedReader(on_disc(77)))
    assert result.titles[0].verdict == "review"
    assert result.titles[0].candidates[0].evidence["anchors"] == 0.0


def test_no_title_is_listened_to_longer_than_its_time_allows(tmp_path: Path) -> None:
    write_reference(tmp_path / "one", "Show/S01E01.srt", on_disc(1))
    reader = ScriptedReader(on_disc(77))
    result = assign(request(tmp_path / "one", [audible(tmp_path)]), reader)
    assert result.titles[0].verdict == "review"
    assert sum(b - a for a, b in reader.windows_heard) < TITLE_TIMEOUT


def test_nobody_listens_where_it_is_turned_off(shelf: Path, tmp_path: Path) -> None:
    reader = ScriptedReader(on_disc(9))
    result = assign(request(shelf, [audible(tmp_path)], reading=Reading(speech=False)), reader)
    assert result.titles[0].lacking == "evidence"
    assert reader.windows_heard == []
