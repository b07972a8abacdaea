"""Records of TheDiscDB in the matcher: whole ones are followed, others help; the subtitles are compared.

What compares titles is a stand-in; the frame around it is real.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engramd.match.model import Candidate, MatchRequest, MatchResult, Part, TitleMatch
from engramd.models import JobState, TitleCandidate, TitleRole, TitleState
from engramd.pipeline.records import agreement
from engramd.tools import CancelToken
from tests.pipeline.proposed import ACTOR, Answered, listed
from tests.support.databases import Bench

RECORD = {0: "S01E01", 1: "S01E02", 2: "S01E03"}


class SubtitlesStandIn:
    """Stands in for `assign_disc`: says of each title what the test says."""

    def __init__(self) -> None:
        self.said: dict[int, TitleMatch] = {}
        self.requests: list[MatchRequest] = []
        self.meanwhile: list[Callable[[], None]] = []

    def says(self, index: int, episode: str, *parts: Part) -> None:
        self.said[index] = TitleMatch(
            title_index=index,
            verdict="matched",
            episode=episode,
            confidence=0.99,
            reason="times",
            candidates=(Candidate(episode=episode, confidence=0.99, reason="times"),),
            parts=parts,
        )

    def __call__(
        self, _tools: object, request: MatchRequest, *, cancel: CancelToken | None = None
    ) -> MatchResult:
        self.requests.append(request)
        mute = TitleMatch(title_index=0, verdict="review", reason="no reference fits")
        titles = [
            self.said.get(t.title_index, mute.model_copy(update={"title_index": t.title_index}))
            for t in request.titles
        ]
        if self.meanwhile:
            self.meanwhile.pop()()
        return MatchResult(show=request.show, titles=tuple(titles))


@pytest.fixture
def subtitles(monkeypatch: pytest.MonkeyPatch) -> SubtitlesStandIn:
    stand_in = SubtitlesStandIn()
    monkeypatch.setattr("engramd.match.assign_disc", stand_in)
    return stand_in


@pytest.fixture
def discs(sqlite_bench: Bench, tmp_path: Path, subtitles: SubtitlesStandIn) -> Answered:
    return Answered(sqlite_bench, tmp_path, references_path=str(tmp_path))


@pytest.fixture
def without(sqlite_bench: Bench, tmp_path: Path) -> Answered:
    return Answered(sqlite_bench, tmp_path)


def test_a_record_of_the_whole_disc_needs_no_references(without: Answered) -> None:
    job = without.disc(1, 3)
    without.recorded(job, RECORD, sure=0.9)
    without.match(job)
    assert without.episodes(job) == list(RECORD.values())
    titles = without.store.titles(job)
    assert {title.match_source for title in titles} == {"discdb"}
    assert {title.match_confidence for title in titles} == {0.9}, "as it was measured, not certain"
    assert without.job(job).state is JobState.COMPLETED
    assert without.asked(job) == []


def test_a_record_of_a_part_of_the_disc_is_proposed_and_not_followed(without: Answered) -> None:
    job = without.disc(1, 3)
    without.recorded(job, {0: "S01E04", 1: "S01E05"})
    without.match(job)
    assert without.states(job) == [TitleState.REVIEW] * 3
    (task,) = without.asked(job)
    assert task.summary == "Harbor Station: titles 1-3 are S01E04-E06?"
    assert "TheDiscDB says so" in task.why
    without.answer(job, "accept")
    assert without.episodes(job) == ["S01E04", "S01E05", "S01E06"]


def test_what_is_no_episode_need_not_be_recorded(without: Answered) -> None:
    job = without.disc(1, 4)
    without.recorded(job, RECORD)
    extra = without.store.titles(job)[3]
    without.bench.lifecycle.update_title(extra, role=TitleRole.EXTRA, is_extra=True)
    without.bench.lifecycle.move_title(extra, TitleState.MATCHED, "an extra")
    without.match(job)
    assert without.episodes(job) == [*RECORD.values(), None]


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({0: "S01E01", 1: "S01E03", 2: "S01E02"}, "neither the order of the titles nor its reverse"),
        ({0: "S01E01", 1: "S01E02", 2: "S01E01"}, "of title 1 too"),
    ],
)
def test_a_record_that_contradicts_itself_is_asked_about(
    without: Answered, record: dict[int, str], why: str
) -> None:
    job = without.disc(1, 3)
    without.recorded(job, record)
    without.match(job)
    assert without.states(job) == [TitleState.REVIEW] * 3
    assert any(why in task.why for task in without.asked(job)), [t.why for t in without.asked(job)]


def test_an_order_that_is_strange_can_be_accepted_as_recorded(without: Answered) -> None:
    job = without.disc(1, 3)
    without.recorded(job, {0: "S01E01", 1: "S01E03", 2: "S01E02"})
    without.match(job)
    without.answer(job, "accept")
    assert without.episodes(job) == ["S01E01", "S01E03", "S01E02"]


def test_subtitles_that_say_another_episode_put_the_whole_record_in_doubt(
    discs: Answered, subtitles: SubtitlesStandIn
) -> None:
    job = discs.disc(1, 3)
    discs.recorded(job, RECORD)
    subtitles.says(0, "S01E02")
    discs.match(job)
    assert discs.states(job) == [TitleState.REVIEW] * 3
    first, rest = discs.asked(job)
    if first.title_id is None:
        first, rest = rest, first
    assert "TheDiscDB says S01E01, the subtitles say S01E02" in first.why
    offered = [row.episode for row in discs.store.candidates(first.title_id or 0)]
    assert offered == ["S01E02", "S01E01"], "both sides are offered"
    assert "titles 2-3 are S01E02-E03" in rest.summary
    assert "in doubt" in rest.why


def test_subtitles_that_agree_settle_what_is_strange_and_are_counted(
    discs: Answered, subtitles: SubtitlesStandIn
) -> None:
    job = discs.disc(1, 3)
    record = {0: "S01E01", 1: "S01E03", 2: "S01E02"}
    discs.recorded(job, record)
    for index, episode in record.items():
        subtitles.says(index, episode)
    discs.match(job)
    assert discs.episodes(job) == list(record.values())
    assert {title.match_source for title in discs.store.titles(job)} == {"subtitles"}
    assert agreement(discs.store) == (3, 3)

    other = discs.disc(2, 3)
    discs.recorded(other, RECORD)
    subtitles.says(0, "S01E07")
    discs.match(other)
    discs.answers.rematch(other, ACTOR)
    assert agreement(discs.store) == (3, 6), "what is compared again counts once"


def test_one_title_that_the_subtitles_confirm_confirms_no_other_but_harms_none(
    discs: Answered, subtitles: SubtitlesStandIn
) -> None:
    job = discs.disc(1, 3)
    discs.recorded(job, RECORD)
    subtitles.says(1, "S01E02")
    discs.match(job)
    assert discs.episodes(job) == list(RECORD.values())


def test_the_matcher_is_told_what_other_discs_hold(discs: Answered, subtitles: SubtitlesStandIn) -> None:
    first, second = discs.disc(1, 2), discs.disc(2, 2)
    subtitles.says(0, "S01E01")
    subtitles.says(1, "S01E02-E03")
    discs.match(first)
    subtitles.said.clear()
    discs.match(second)
    assert subtitles.requests[-1].taken == ("S01E01", "S01E02", "S01E03")
    assert subtitles.requests[0].taken == ()
    assert subtitles.requests[-1].reading.speech


def test_what_the_subtitles_said_decides_what_is_proposed_for_the_rest(
    discs: Answered, subtitles: SubtitlesStandIn
) -> None:
    job = discs.disc(2, 4)
    subtitles.says(1, "S01E08")
    discs.match(job)
    (task,) = discs.asked(job)
    assert task.summary == "Harbor Station: title 1 is S01E07, titles 3-4 are S01E09-E10?"


def test_a_title_that_has_candidates_is_asked_about_by_itself(
    discs: Answered, subtitles: SubtitlesStandIn
) -> None:
    job = discs.disc(1, 3)
    candidates = (
        Candidate(episode="S01E05", confidence=0.5, reason="times", evidence={"seg": 0.6}),
        Candidate(episode="S01E06", confidence=0.3, reason="times"),
    )
    subtitles.said[1] = TitleMatch(
        title_index=1, verdict="review", reason="two episodes fit", candidates=candidates
    )
    discs.match(job)
    of_disc = next(task for task in discs.asked(job) if task.title_id is None)
    of_title = next(task for task in discs.asked(job) if task.title_id is not None)
    assert of_disc.summary == "Harbor Station: title 1 is S01E01, title 3 is S01E03?"
    assert "two episodes fit" in of_title.why
    rows = discs.store.candidates(of_title.title_id or 0)
    told = [(row.episode, row.evidence) for row in rows]
    assert told == [("S01E05", "6 of 10 captions are in S01E05 by their times"), ("S01E06", "")]
    discs.answers.answer(of_title.id or 0, "S01E05", ACTOR)
    (again,) = discs.asked(job)
    assert again.summary == "Harbor Station: title 1 is S01E04, title 3 is S01E06?"


def test_episodes_that_do_not_follow_each_other_are_asked_about_and_their_parts_kept(
    discs: Answered, subtitles: SubtitlesStandIn
) -> None:
    job = discs.disc(1, 2)
    parts = (Part(episode="S01E01", begin=0, end=660), Part(episode="S01E04", begin=660, end=1300))
    subtitles.says(0, "S01E01+E04", *parts)
    subtitles.says(1, "S01E02")
    discs.match(job)
    (task,) = discs.asked(job)
    assert "it holds S01E01 and S01E04, which do not follow each other" in task.why
    kept = discs.store.parts(task.title_id or 0)
    assert [(part.episode, part.begin_seconds, part.end_seconds) for part in kept] == [
        ("S01E01", 0, 660),
        ("S01E04", 660, 1300),
    ]


def test_two_episodes_in_a_row_are_filed_and_a_whole_disc_in_one_title_is_asked_about(
    discs: Answered, subtitles: SubtitlesStandIn
) -> None:
    pair = (Part(episode="S01E01", begin=0, end=660), Part(episode="S01E02", begin=660, end=1300))
    double = discs.disc(1, 1)
    subtitles.says(0, "S01E01-E02", *pair)
    discs.match(double)
    assert discs.episodes(double) == ["S01E01-E02"]

    three = (*pair, Part(episode="S01E03", begin=1300, end=2000))
    only = discs.disc(2, 1)
    subtitles.says(0, "S01E01-E03", *three)
    discs.match(only)
    (task,) = discs.asked(only)
    assert "the only title of the disc and holds S01E01-E03" in task.why
    discs.answers.answer(task.id or 0, "S01E01-E03", ACTOR)
    assert discs.episodes(only) == ["S01E01-E03"]


def test_a_restart_in_the_middle_of_a_proposal_asks_it_again(discs: Answered) -> None:
    job = discs.disc(1, 3)
    first = discs.store.titles(job)[0]
    discs.bench.lifecycle.move_title(first, TitleState.REVIEW, "it may be S01E01", match_source="order")
    discs.store.replace_of_title(TitleCandidate, first.id or 0, [])
    discs.start()
    discs.match(job)
    (task,) = discs.asked(job)
    assert task.summary == "Harbor Station: titles 1-3 are S01E01-E03?"


def test_lengths_that_contradict_a_record_are_asked_about(
    without: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = without.disc(1, 3)
    without.lengths(job, [22, 22, 22])
    without.recorded(job, {0: "S01E01-E02", 1: "S01E03", 2: "S01E04"})
    monkeypatch.setattr("engramd.pipeline.roster.Rosters.of", lambda *_: listed(1, 22, 22, 22, 22))
    without.match(job)
    assert without.states(job) == [TitleState.REVIEW] * 3
    assert any("which lasts 44 min by TMDB" in task.why for task in without.asked(job))


def test_an_answer_for_a_season_does_not_accept_a_record_that_is_in_doubt(without: Answered) -> None:
    first, second = without.disc(1, 2), without.disc(2, 3)
    without.recorded(second, {0: "S01E05", 1: "S01E03", 2: "S01E04"})
    without.match(first)
    without.match(second)
    assert "TheDiscDB says so" in without.asked(second)[0].why
    without.answer(first, "accept", "season")
    assert without.episodes(first) == ["S01E01", "S01E02"]
    assert [title.state for title in without.store.titles(second)] == [TitleState.REVIEW] * 3
    assert not without.answers.take_order(second, ACTOR)


def test_a_record_in_part_that_the_order_confirms_goes_on_with_the_season(without: Answered) -> None:
    first, second = without.disc(1, 2), without.disc(2, 3)
    without.recorded(second, {0: "S01E03", 1: "S01E04"})
    without.match(first)
    without.match(second)
    without.answer(first, "accept", "season")
    assert without.episodes(second) == ["S01E03", "S01E04", "S01E05"]


def test_what_was_compared_with_another_show_does_not_count(
    discs: Answered, subtitles: SubtitlesStandIn
) -> None:
    """A person says what the disc is while it is compared with what it was taken for."""
    job = discs.disc(1, 1)
    subtitles.says(0, "S01E05")

    def late() -> None:
        discs.bench.lifecycle.update_job(job, detected_title="Lights", tmdb_id=7)
        subtitles.said.clear()

    subtitles.meanwhile = [late]
    discs.match(job)
    assert [request.show for request in subtitles.requests] == ["Harbor Station", "Lights"]
    assert discs.states(job) == [TitleState.REVIEW]
    assert discs.episodes(job) == [None]
