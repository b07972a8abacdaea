"""Discs of halves of episodes: asked once a season, filed as was said; the real matcher, not in its child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from engramd.bus.choices import choices_of
from engramd.bus.questions import review_values
from engramd.errors import InvalidArgument
from engramd.match.model import MatchRequest, MatchResult
from engramd.match.shelf import assign
from engramd.models import JobState, ReviewKind, ReviewTask, TitleState
from engramd.pipeline.reviews import PARTS
from tests.match.made import track, write_evidence, write_reference
from tests.match.test_halves import HALF, SECONDS, told
from tests.pipeline.overviews import seasons
from tests.pipeline.proposed import ACTOR, Answered
from tests.support.databases import Bench

SHOW = "Harbor Station"
EPISODES = 6


def assign_here(_tools: object, request: MatchRequest, **_: object) -> MatchResult:
    """Match as the child does, whose start takes longer than its work."""
    return assign(request)


@pytest.fixture
def discs(sqlite_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answered:
    monkeypatch.setattr("engramd.match.assign_disc", assign_here)
    references = tmp_path / "refs"
    for episode in range(1, EPISODES + 1):
        cues = told(HALF, 2 * episode - 1, 2 * episode, shift=2.5 * episode)
        write_reference(references, f"{SHOW} (2003)/Season 1/{SHOW} - S01E{episode:02d}.srt", cues)
    return Answered(sqlite_bench, tmp_path, references_path=str(references))


def disc(
    discs: Answered,
    number: int,
    segments: Sequence[int],
    *,
    mute: Sequence[int] = (),
    recorded: Mapping[int, str] = MappingProxyType({}),
    **values: object,
) -> int:
    """Have a disc ripped whose titles are these halves; nothing can be read of those that are `mute`."""
    job = discs.disc(number, len(segments), **values)
    folder = Path(discs.job(job).staging_folder or "")
    for index, segment in enumerate(segments):
        cues = told(HALF, segment, shift=0)
        made = write_evidence(folder, index, SECONDS, track(cues, kind="caption", text=True))
        assert made.evidence is not None
        if index not in mute:
            made.evidence.rename(folder / f"{index}.json")
        title = discs.store.titles(job)[index]
        discs.bench.lifecycle.update_title(title, duration_seconds=SECONDS)
    if recorded:
        discs.recorded(job, recorded)
    discs.match(job)
    return job


def parts(discs: Answered, job: int) -> list[tuple[str | None, int | None]]:
    return [(title.matched_episode, title.episode_part) for title in discs.store.titles(job)]


def options(discs: Answered, task: ReviewTask) -> dict[str, str]:
    values = review_values(task, None, choices_of(discs.store, task))
    assert values["Default"] == PARTS
    assert values["Scope"] == "season"
    return {option["id"]: option["value"] for option in values["Options"]}


IN_PARTS = [("S01E01", 1), ("S01E01", 2), ("S01E02", 1), ("S01E02", 2)]


def test_all_halves_of_a_disc_are_one_question_that_is_answered_for_the_season(discs: Answered) -> None:
    job = disc(discs, 1, (1, 2, 3, 4))
    (task,) = discs.asked(job)
    assert (task.kind, task.title_id) == (ReviewKind.SEASON, None)
    assert "titles 1-4 are S01E01-E02 in 2 parts each" in task.question
    assert discs.job(job).state is JobState.REVIEW_NEEDED
    value = "1=S01E01-pt1 2=S01E01-pt2 3=S01E02-pt1 4=S01E02-pt2"
    assert options(discs, task) == {"parts": value, "one_by_one": "one_by_one", "later": "later"}
    discs.answer(job, value)
    assert parts(discs, job) == IN_PARTS
    assert discs.job(job).state is JobState.COMPLETED
    assert [t.answer for t in discs.store.reviews(job)] == [value]

    after = disc(discs, 2, (5, 6, 7, 8))
    assert parts(discs, after) == [("S01E03", 1), ("S01E03", 2), ("S01E04", 1), ("S01E04", 2)]
    assert discs.job(after).state is JobState.COMPLETED
    assert not discs.store.reviews(after), "it was said for the season"
    assert {title.match_source for title in discs.store.titles(after)} == {"subtitles"}


def test_an_answer_settles_the_discs_of_the_season_that_wait(discs: Answered) -> None:
    first, second = disc(discs, 1, (1, 2, 3, 4)), disc(discs, 2, (5, 6))
    another = disc(discs, 1, (9, 10), detected_title="Harbor Station", detected_season=None)
    discs.answer(first, PARTS)
    assert parts(discs, second) == [("S01E03", 1), ("S01E03", 2)]
    assert discs.job(second).state is JobState.COMPLETED
    assert len(discs.asked(another)) == 1, "it may be of another season"


def test_an_answer_for_the_disc_alone_leaves_the_others(discs: Answered) -> None:
    first, second = disc(discs, 1, (1, 2)), disc(discs, 2, (3, 4))
    discs.answer(first, PARTS, "disc")
    assert parts(discs, first) == IN_PARTS[:2]
    assert len(discs.asked(second)) == 1
    assert len(discs.asked(disc(discs, 3, (5, 6)))) == 1


def test_each_title_is_asked_about_where_a_person_wants_that_and_the_season_keeps_to_it(
    discs: Answered,
) -> None:
    first, waiting = disc(discs, 1, (1, 2)), disc(discs, 2, (3, 4))
    discs.answer(first, "one_by_one")
    for job in (first, waiting, disc(discs, 3, (5, 6))):
        assert [task.kind for task in discs.asked(job)] == [ReviewKind.EPISODE] * 2
        assert all(task.title_id for task in discs.asked(job))
    (title, _) = discs.store.titles(first)
    assert discs.store.candidates(title.id or 0)[0].episode == "S01E01-pt1", "what was proposed is offered"
    for task, episode in zip(discs.asked(first), ("S01E01-pt1", "S01E07"), strict=True):
        discs.answers.answer(task.id or 0, episode, ACTOR)
    assert parts(discs, first) == [("S01E01", 1), ("S01E07", None)]


def test_the_last_answer_of_a_season_counts(discs: Answered) -> None:
    discs.answer(disc(discs, 1, (1, 2)), PARTS)
    job = disc(discs, 2, (3, 4))
    assert not discs.asked(job)
    discs.proposer.halves.remember(job, "one_by_one", "season", ACTOR)
    assert len(discs.asked(disc(discs, 3, (5, 6)))) == 2


def test_titles_may_be_named_otherwise_which_is_no_rule_for_the_season(discs: Answered) -> None:
    job = disc(discs, 1, (1, 2, 3, 4))
    with pytest.raises(InvalidArgument, match="not about this title"):
        discs.answer(job, "9=S01E01-pt1")
    discs.answer(job, "1-4=S01E11-E14")
    assert [episode for episode, _ in parts(discs, job)] == ["S01E11", "S01E12", "S01E13", "S01E14"]
    assert {part for _, part in parts(discs, job)} == {None}
    assert len(discs.asked(disc(discs, 2, (5, 6)))) == 1


def test_what_is_left_for_later_stays_so_until_something_changes(discs: Answered) -> None:
    job = disc(discs, 1, (1, 2))
    discs.answer(job, "later")
    assert not discs.asked(job)
    assert discs.states(job) == [TitleState.REVIEW] * 2
    assert len(discs.asked(disc(discs, 2, (3, 4)))) == 1, "it says nothing of others"
    discs.answers.rematch(job, ACTOR)
    assert len(discs.asked(job)) == 1
    discs.answers.dismiss(discs.asked(job)[0].id or 0, ACTOR)
    assert discs.states(job) == [TitleState.REVIEW] * 2


def test_a_half_whose_other_half_is_something_else_is_asked_about_by_itself(discs: Answered) -> None:
    job = disc(discs, 1, (1, 2, 3, 4))
    discs.answers.assign(job, 3, "S01E09", ACTOR)
    by_itself, together = sorted(discs.asked(job), key=lambda task: task.title_id is None)
    assert by_itself.title_id == discs.store.titles(job)[2].id
    assert "titles 1 and 2 are S01E01 in 2 parts" in together.question
    discs.answers.assign(job, 0, "S01E01-pt1", ACTOR)
    assert "title 2 is a part of S01E01" in discs.asked(job)[0].question, "its other part is decided so"
    discs.answers.assign_all(job, {1: "S01E01-pt2", 2: "S01E08"}, ACTOR)
    assert not discs.asked(job)
    assert discs.job(job).state is JobState.COMPLETED


def test_a_half_without_its_other_half_is_asked_about_whatever_was_said(discs: Answered) -> None:
    discs.answer(disc(discs, 1, (1, 2)), PARTS)
    job = disc(discs, 2, (3, 4, 5))
    assert parts(discs, job) == [("S01E02", 1), ("S01E02", 2), (None, None)]
    (task,) = discs.asked(job)
    assert task.title_id == discs.store.titles(job)[2].id


def test_what_is_not_clear_is_asked_whatever_was_said(discs: Answered) -> None:
    """Two episodes in the wrong order on the disc: the labels of their references may be swapped."""
    discs.answer(disc(discs, 1, (1, 2)), PARTS)
    job = disc(discs, 2, (7, 8, 5, 6))
    assert parts(discs, job) == [(None, None)] * 4
    (task,) = discs.asked(job)
    assert "S01E04" in task.question
    discs.answer(job, PARTS)
    assert parts(discs, job)[0] == ("S01E04", 1)


def test_a_record_that_counts_as_the_references_do_is_asked_about_like_none(discs: Answered) -> None:
    job = disc(discs, 1, (1, 2), recorded={0: "S01E01", 1: "S01E01"})
    (task,) = discs.asked(job)
    assert task.kind is ReviewKind.SEASON
    discs.answer(job, PARTS)
    assert parts(discs, job) == IN_PARTS[:2]


def test_a_record_that_says_otherwise_is_asked_about_title_by_title(discs: Answered) -> None:
    discs.answer(disc(discs, 1, (1, 2)), PARTS)
    job = disc(discs, 2, (3, 4), recorded={0: "S01E05", 1: "S01E06"})
    assert [task.kind for task in discs.asked(job)] == [ReviewKind.EPISODE] * 2
    assert "TheDiscDB says S01E05" in discs.asked(job)[0].why
    assert not any(title.state is TitleState.COMPLETED for title in discs.store.titles(job))


def test_the_order_of_titles_that_nothing_tells_is_proposed_in_parts_too(discs: Answered) -> None:
    discs.answer(disc(discs, 1, (1, 2, 3, 4)), PARTS)
    mute = discs.disc(2, 4)
    discs.lengths(mute, [11, 11, 11, 11])
    discs.match(mute)
    (task,) = discs.asked(mute)
    assert task.kind is ReviewKind.EPISODE
    assert "titles 1-4 are S01E03-E04 in 2 parts each" in task.question
    discs.answer(mute, "S01E05")
    assert parts(discs, mute) == [("S01E05", 1), ("S01E05", 2), ("S01E06", 1), ("S01E06", 2)]


def test_a_half_that_nothing_tells_beside_others_is_proposed_by_its_place(discs: Answered) -> None:
    discs.answer(disc(discs, 1, (1, 2)), PARTS)
    job = disc(discs, 2, (3, 4, 5, 6, 7, 8), mute=(2, 3))
    (task,) = discs.asked(job)
    assert "titles 3 and 4 are S01E03 in 2 parts" in task.question
    discs.answer(job, "accept")
    assert parts(discs, job)[2:4] == [("S01E03", 1), ("S01E03", 2)]


def test_the_season_shows_the_part_that_is_least_far(discs: Answered) -> None:
    job = disc(discs, 1, (1, 2))
    discs.answer(job, PARTS)
    second = discs.store.titles(job)[1]
    discs.bench.lifecycle.move_title(second, TitleState.MATCHED, "it is amended")
    (row,) = seasons(discs.parts).rows(SHOW, 1)
    assert (row["episode"], row["state"], row["title"]) == (1, "matched", 2)
    assert (row["standing"], row["waiting_for"]) == ("partial", "its filing")


def test_parts_that_a_person_numbers_otherwise_are_no_rule_for_the_season(discs: Answered) -> None:
    """The next disc would be filed as the references have it, which the person has just contradicted."""
    discs.answer(disc(discs, 1, (1, 2)), "1=S01E01-pt2 2=S01E01-pt1")
    assert len(discs.asked(disc(discs, 2, (3, 4)))) == 1
