"""Titles that make up an episode of the references together: which part each is, and what is doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from engramd.match.model import MatchResult, PartOf, TitleToMatch
from engramd.match.shelf import assign
from engramd.match.subtitles import Cue
from tests.match.made import Show, request, retold, track, write_evidence, write_reference

#: Segments of eleven minutes; the references have two of them together.
SECONDS = 660.0
HALF = Show(31, seconds=SECONDS, cues=170)
EPISODES = 4


def told(show: Show, *segments: int, shift: float = 2.0) -> list[Cue]:
    """Give segments one after the other, as a reference of one episode has them."""
    return [
        replace(cue, start=cue.start + place * show.seconds, end=cue.end + place * show.seconds)
        for place, number in enumerate(segments)
        for cue in retold(show.episode(number).cues, number, shift=shift)
    ]


def shelf(folder: Path, show: Show = HALF, count: int = 2) -> Path:
    for episode in range(1, EPISODES + 1):
        first = (episode - 1) * count + 1
        cues = told(show, *range(first, first + count), shift=2.5 * episode)
        write_reference(folder / "refs", f"Show/Season 1/Show - S01E{episode:02d}.srt", cues)
    return folder / "refs"


def title(folder: Path, index: int, segment: int, show: Show = HALF, *, text: bool = True) -> TitleToMatch:
    cues = retold(show.episode(segment).cues, 99, shift=0, jitter=0.03, dropped=0.02, reworded=0.02)
    kind = "caption" if text else "bitmap"
    return write_evidence(folder, index, show.seconds, track(cues, kind=kind, text=text))


def disc(
    folder: Path, segments: Sequence[int], show: Show = HALF, *, text: bool = True
) -> list[TitleToMatch]:
    return [title(folder, index, segment, show, text=text) for index, segment in enumerate(segments)]


def parts(result: MatchResult) -> list[PartOf | None]:
    assert all(one.verdict == "review" for one in result.titles), "nobody said that they are filed so"
    return [one.part_of for one in result.titles]


def told_as(result: MatchResult) -> list[str]:
    return [f"{one.episode} {one.number}/{one.count}" if one else "" for one in parts(result)]


@pytest.mark.parametrize("text", [True, False], ids=["words", "times only"])
def test_halves_of_a_disc_are_told_with_their_places(tmp_path: Path, text: bool) -> None:
    result = assign(request(shelf(tmp_path), disc(tmp_path, (3, 4, 5, 6), text=text), season=1))
    assert told_as(result) == ["S01E02 1/2", "S01E02 2/2", "S01E03 1/2", "S01E03 2/2"]
    for one, found in zip(parts(result), result.titles, strict=True):
        assert one is not None
        assert one.is_clear
        assert one.confidence > 0.99
        assert abs(one.begin - (one.number - 1) * SECONDS) < 30
        assert abs(one.end - one.number * SECONDS) < 30
        assert f"part {one.number} of 2 of {one.episode}" in found.reason
        assert found.lacking == ""


def test_thirds_are_told_though_they_are_too_short_to_be_matched_by_time(tmp_path: Path) -> None:
    thirds = Show(32, seconds=430.0, cues=105)
    result = assign(request(shelf(tmp_path, thirds, 3), disc(tmp_path, (4, 5, 6), thirds, text=False)))
    assert told_as(result) == ["S01E02 1/3", "S01E02 2/3", "S01E02 3/3"]


def test_a_half_whose_other_half_is_missing_is_no_part_of_a_whole(tmp_path: Path) -> None:
    result = assign(request(shelf(tmp_path), disc(tmp_path, (3, 4, 5))))
    assert told_as(result) == ["S01E02 1/2", "S01E02 2/2", ""]
    assert "it is a part of S01E03" in result.titles[2].reason


@pytest.mark.parametrize("segments", [(4, 3), (3, 3)], ids=["the other way round", "the same half twice"])
def test_halves_that_do_not_follow_each_other_are_none(tmp_path: Path, segments: tuple[int, int]) -> None:
    result = assign(request(shelf(tmp_path), disc(tmp_path, segments)))
    assert told_as(result) == ["", ""]


def test_halves_of_an_episode_that_is_a_title_of_its_own_are_none(tmp_path: Path) -> None:
    whole = write_evidence(tmp_path, 2, 2 * SECONDS, track(told(HALF, 3, 4), kind="caption", text=True))
    result = assign(request(shelf(tmp_path), [*disc(tmp_path, (3, 4)), whole]))
    assert result.titles[2].episode == "S01E02"
    assert [one.part_of for one in result.titles] == [None, None, None]


def test_an_episode_that_another_disc_holds_is_not_clear(tmp_path: Path) -> None:
    wanted = request(shelf(tmp_path), disc(tmp_path, (3, 4, 5, 6)))
    result = assign(wanted.model_copy(update={"taken": ("S01E02",)}))
    assert [one.is_clear for one in parts(result) if one] == [False, False, True, True]
    assert next(one.confidence for one in parts(result) if one) <= 0.5


def test_episodes_in_another_order_than_on_the_disc_are_not_clear(tmp_path: Path) -> None:
    """One file speaks for each, and their labels may be swapped."""
    result = assign(request(shelf(tmp_path), disc(tmp_path, (5, 6, 3, 4))))
    assert told_as(result) == ["S01E03 1/2", "S01E03 2/2", "S01E02 1/2", "S01E02 2/2"]
    assert not any(one.is_clear for one in parts(result) if one)


def test_halves_are_told_in_a_season_that_nobody_expected(tmp_path: Path) -> None:
    result = assign(request(shelf(tmp_path), disc(tmp_path, (3, 4)), season=2))
    assert told_as(result) == ["S01E02 1/2", "S01E02 2/2"]
    assert "taken for season 2" in result.problems[0]


def test_an_episode_that_is_shorter_than_the_others_is_no_part_of_itself(tmp_path: Path) -> None:
    special = Show(33, seconds=540.0, cues=200)
    write_reference(tmp_path / "refs", "Show/Season 0/Show - S00E01.srt", told(special, 1))
    (found,) = assign(request(shelf(tmp_path), disc(tmp_path, (1,), special))).titles
    assert (found.verdict, found.episode) == ("matched", "S00E01"), found.reason


def test_titles_judged_alone_are_no_parts_of_a_whole(tmp_path: Path) -> None:
    wanted = request(shelf(tmp_path), disc(tmp_path, (3, 4)))
    assert told_as(assign(wanted.model_copy(update={"separate": True}))) == ["", ""]
