"""What order and lengths make of a disc: plans, the one question for all titles, and its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument, NotFound, WrongState
from engramd.lifecycle import TitleMove
from engramd.models import ContentType, JobState, ReviewKind, TitleCandidate, TitleState
from engramd.organize import EpisodeCode
from engramd.organize.assignments import read_assignments, write_assignments
from engramd.pipeline.changes import UNDONE
from engramd.pipeline.proposal_answers import _GOES_ON
from engramd.pipeline.proposals import Facts, Held, Place, from_start, propose
from engramd.store import Store, open_engine
from tests.pipeline.proposed import ACTOR, Answered, listed
from tests.support.databases import Bench, PostgresCluster

USUAL = 22 * 60.0
_numbers = count(1)


def places(*minutes: float, **decided: str) -> list[Place]:
    codes = {int(name[1:]): EpisodeCode.parse(code) for name, code in decided.items()}
    return [Place(n, length * 60, codes.get(n)) for n, length in enumerate(minutes)]


def held(disc: int | None, *codes: str) -> tuple[Held, ...]:
    return tuple(Held(EpisodeCode.parse(code), disc) for code in codes)


def best(found: list[Place], facts: Facts) -> list[str]:
    plans = propose(found, facts)
    return list(plans[0].episodes.values()) if plans else []


def test_the_first_disc_begins_the_season_and_the_next_one_follows_it() -> None:
    three = places(22, 22, 22)
    assert best(three, Facts(season=2, disc=1)) == ["S02E01", "S02E02", "S02E03"]
    (plan, *_) = propose(three, Facts(2, 2, held(1, "S02E01", "S02E02", "S02E03-E04")))
    assert list(plan.episodes.values()) == ["S02E05", "S02E06", "S02E07"]
    assert plan.follows
    assert "the disc before it ends with S02E04" in plan.reason


def test_a_disc_whose_neighbour_was_not_here_is_no_more_than_guessed() -> None:
    three = places(22, 22, 22)
    (alone, *_) = propose(three, Facts(1, 3))
    assert list(alone.episodes.values()) == ["S01E07", "S01E08", "S01E09"]
    assert not alone.follows
    (gap, *_) = propose(three, Facts(1, 3, held(1, "S01E01", "S01E02")))
    assert not gap.follows
    later = Facts(1, 1, held(2, "S01E04", "S01E05"))
    assert best(three, later) == ["S01E01", "S01E02", "S01E03"], "a later disc is not before it"


def test_a_disc_whose_place_another_one_holds_does_not_follow() -> None:
    """Disc 1 again, as another edition: it must not be taken for what comes after disc 1."""
    again = propose(places(22, 22), Facts(season=1, disc=1, held=held(1, "S01E01", "S01E02")))
    assert not any(plan.follows for plan in again)


def test_a_title_twice_as_long_holds_two_episodes_unless_its_episode_is_as_long() -> None:
    lengths = places(44, 22, 22, 22)
    assert best(lengths, Facts(1, 1)) == ["S01E01-E02", "S01E03", "S01E04", "S01E05"]
    assert "title 1 is twice as long" in propose(lengths, Facts(1, 1))[0].reason
    pilot = listed(1, 44, 22, 22, 22)
    (plan, *_) = propose(lengths, Facts(1, 1, roster=pilot))
    assert list(plan.episodes.values()) == ["S01E01", "S01E02", "S01E03", "S01E04"]
    assert plan.confidence > propose(lengths, Facts(1, 1))[0].confidence, "lengths speak for it"


def test_what_is_decided_on_the_disc_decides_the_rest() -> None:
    facts = Facts(1, 2)
    assert best(places(22, 22, 22, 22, p1="S01E08"), facts) == ["S01E07", "S01E09", "S01E10"]
    assert best(places(22, 22, 22, p0="S01E09", p2="S01E07"), facts) == ["S01E08"], "backwards"
    assert best(places(22, 22, 22, p0="S01E01"), facts) == ["S01E02", "S01E03"]
    assert best(places(22, 22, 22, p2="S01E02"), facts) == [], "there is no episode 0"
    assert best(places(22, 22, 22, 22, p0="S01E05", p1="S01E02", p2="S01E09"), facts) == [], "no order"
    assert best(places(22, 22, 22, p0="S01E01", p2="S01E02"), facts) == [], "no room between"
    assert best(places(22, 22, p0="S01E01"), Facts(1, 1, held(2, "S01E02"))) == [], "it is elsewhere"


def test_no_plan_goes_beyond_the_season_and_other_starts_are_offered() -> None:
    facts = Facts(1, None, held(None, "S01E03", "S01E04"), listed(1, *[22] * 8))
    starts = [next(iter(plan.episodes.values())) for plan in propose(places(22, 22), facts)]
    assert starts == ["S01E05", "S01E01"]
    assert propose(places(22, 22, 22), Facts(1, 1, roster=listed(1, 22, 22))) == []


def test_without_a_season_every_season_is_offered_and_none_is_likely() -> None:
    plans = propose(places(22, 22), Facts(roster=listed(1, 22, 22) + listed(2, 22, 22)))
    assert [next(iter(plan.episodes.values())) for plan in plans] == ["S01E01", "S02E01"]
    assert all(plan.confidence < 0.2 for plan in plans)
    assert "nothing says which season it is" in plans[0].reason


def test_a_start_that_a_person_names_is_taken_also_where_others_hold_it() -> None:
    facts = Facts(1, 2, held(1, "S01E01"), listed(3, 22, 22, 22))
    plan = from_start(places(22, 22), facts, EpisodeCode(3, 2, 2))
    assert plan is not None
    assert dict(plan.episodes) == {0: "S03E02", 1: "S03E03"}
    assert from_start(places(22, 22), facts, EpisodeCode(3, 3, 3)) is None


@given(
    st.lists(st.floats(5, 200), min_size=1, max_size=12),
    st.none() | st.integers(1, 9),
    st.lists(st.tuples(st.integers(1, 30), st.none() | st.integers(1, 9)), max_size=12),
    st.integers(0, 30),
)
def test_plans_never_use_an_episode_twice_nor_one_that_another_disc_holds(
    minutes: list[float], disc: int | None, elsewhere: list[tuple[int, int | None]], season: int
) -> None:
    taken = tuple(Held(EpisodeCode(1, n, n), of) for n, of in elsewhere)
    plans = propose(places(*minutes), Facts(1, disc, taken, listed(1, *[22] * season)))
    confidences = [plan.confidence for plan in plans]
    assert confidences == sorted(set(confidences), reverse=True)
    for plan in plans:
        codes = [EpisodeCode.parse(code) for code in plan.episodes.values()]
        numbers = [n for code in codes for n in range(code.first, code.last + 1)]
        assert len(numbers) == len(set(numbers))
        assert not {n for n, _ in elsewhere} & set(numbers)
        assert numbers == sorted(numbers)
        assert len(codes) == len(minutes)
        assert plan.confidence <= 0.7


def test_assignments_are_written_as_they_are_read() -> None:
    said = {1: "S02E07", 2: "S02E08", 3: "S02E09-E10", 5: "S02E11"}
    assert write_assignments(said) == "1-2=S02E07-E08 3=S02E09-E10 5=S02E11"
    assert read_assignments(write_assignments(said).split()) == said
    with pytest.raises(InvalidArgument, match="twice"):
        read_assignments(["1=S01E01", "1-2=S01E02-E03"])


# -- the question ----------------------------------------------------------------------------------------


@pytest.fixture
def discs(sqlite_bench: Bench, tmp_path: Path) -> Answered:
    return Answered(sqlite_bench, tmp_path)


def test_a_disc_without_references_is_one_question_that_is_accepted_at_once(discs: Answered) -> None:
    job = discs.disc(1, 6)
    discs.match(job)
    (task,) = discs.asked(job)
    assert (task.kind, task.title_id) == (ReviewKind.EPISODE, None)
    assert task.summary == "Harbor Station: titles 1-6 are S01E01-E06?"
    assert "no folder of reference subtitles" in task.why
    assert discs.states(job) == [TitleState.REVIEW] * 6
    assert discs.episodes(job) == [None] * 6, "nothing is filed before a person says so"
    assert discs.job(job).state is JobState.REVIEW_NEEDED

    discs.answer(job, "accept")
    assert discs.episodes(job) == [f"S01E0{n}" for n in range(1, 7)]
    assert {title.match_source for title in discs.store.titles(job)} == {"user"}
    assert discs.job(job).state is JobState.COMPLETED
    closed = discs.store.review(task.id or 0)
    assert closed is not None
    assert (closed.answer, closed.answered_by) == ("accept", ACTOR)


def test_another_start_and_titles_that_are_named_are_answers_too(discs: Answered) -> None:
    job = discs.disc(1, 3)
    discs.match(job)
    with pytest.raises(InvalidArgument):
        discs.answer(job, "9=S01E01")
    with pytest.raises(InvalidArgument):
        discs.answer(job, "nonsense")
    assert discs.episodes(job) == [None] * 3
    discs.answer(job, "1=S03E05")
    (task,) = discs.asked(job)
    assert task.summary == "Harbor Station: titles 2-3 are S03E06-E07?", "the rest follows what was said"
    discs.answer(job, "S01E09")
    assert discs.episodes(job) == ["S03E05", "S01E09", "S01E10"]


def test_each_title_is_asked_about_when_a_person_wants_that(discs: Answered) -> None:
    job = discs.disc(1, 3)
    discs.match(job)
    discs.answer(job, "one_by_one")
    tasks = discs.asked(job)
    assert [task.title_id for task in tasks] == [title.id for title in discs.store.titles(job)]
    candidates = discs.store.candidates(tasks[1].title_id or 0)
    assert candidates[0].episode == "S01E02"
    discs.answers.answer(tasks[1].id or 0, "S01E02", ACTOR)
    assert discs.episodes(job) == [None, "S01E02", None]
    assert len(discs.asked(job)) == 2


def test_a_question_that_is_dismissed_stays_so_until_something_changes(discs: Answered) -> None:
    job = discs.disc(1, 2)
    discs.match(job)
    (task,) = discs.asked(job)
    discs.answers.dismiss(task.id or 0, ACTOR)
    discs.match(job)
    assert discs.asked(job) == []
    assert discs.states(job) == [TitleState.REVIEW] * 2
    discs.answers.rematch(job, ACTOR)
    assert len(discs.asked(job)) == 1


def test_one_answer_goes_on_to_the_discs_that_follow_and_no_further(discs: Answered) -> None:
    jobs = [discs.disc(number, 2) for number in (1, 2, 4)]
    other_season = discs.disc(1, 2, detected_season=2)
    other_show = discs.disc(2, 2, detected_title="Lights", year=None, tmdb_id=7)
    for job in (*jobs, other_season, other_show):
        discs.match(job)
    discs.answer(jobs[0], "accept", "season")
    assert [discs.episodes(job) for job in jobs[:2]] == [["S01E01", "S01E02"], ["S01E03", "S01E04"]]
    assert len(discs.asked(jobs[2])) == 1, "disc 3 was not here, so where disc 4 begins is a guess"
    assert len(discs.asked(other_season)) == 1
    assert len(discs.asked(other_show)) == 1
    said = [event for event in discs.store.events(jobs[1]) if event.actor == ACTOR]
    assert any("accepted with the answer for job 1" in event.sentence for event in said)


@pytest.mark.parametrize("numbers", [(1, 2), (None, None)])
def test_an_answer_is_not_for_discs_that_came_before(
    discs: Answered, numbers: tuple[int | None, int | None]
) -> None:
    """What begins with episode 3 says nothing of the disc before it, even where a place would be free."""
    before, job = (discs.disc(number, 2) for number in numbers)
    for one in (before, job):
        discs.match(one)
    discs.answer(job, "S01E03", "season")
    assert discs.episodes(job) == ["S01E03", "S01E04"]
    assert discs.episodes(before) == [None, None]
    assert len(discs.asked(before)) == 1


def test_what_no_longer_fits_is_not_proposed_any_more(discs: Answered) -> None:
    """The other titles are said to be in no order."""
    job = discs.disc(1, 4)
    discs.match(job)
    (proposal,) = discs.asked(job)
    discs.answers.assign_all(job, {0: "S01E05", 1: "S01E02", 2: "S01E09"}, ACTOR)
    (task,) = discs.asked(job)
    assert task.title_id == discs.store.titles(job)[3].id
    assert discs.store.candidates(task.title_id or 0) == [], "S01E04 was proposed with S01E01 to S01E03"
    with pytest.raises(NotFound):
        discs.answers.answer(proposal.id or 0, "accept", ACTOR)


def test_an_answer_changes_what_is_proposed_for_the_other_discs(discs: Answered) -> None:
    first, second = discs.disc(1, 2), discs.disc(2, 3)
    discs.match(second)
    discs.match(first)
    (before,) = discs.asked(second)
    assert "S01E04-E06" in before.summary, "if each disc holds three"
    discs.answer(first, "accept")
    (after,) = discs.asked(second)
    assert (after.id, after.summary) == (before.id, "Harbor Station: titles 1-3 are S01E03-E05?")


def test_what_is_answered_on_another_station_changes_what_is_proposed_here(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    url = postgres.create("proposals_elsewhere", "schema_of_engramd")
    attic, cellar = (
        Answered(Bench(Store(open_engine(url), name)), tmp_path / name) for name in ("attic", "cellar")
    )
    first, second = attic.disc(1, 2), cellar.disc(2, 3)
    cellar.match(second)
    attic.match(first)
    (before,) = cellar.asked(second)
    attic.answer(first, "accept")
    assert cellar.asked(second)[0].summary == before.summary, "the attic leaves it alone"
    cellar.answers.follow([first])
    (after,) = cellar.asked(second)
    assert (after.id, after.summary) == (before.id, "Harbor Station: titles 1-3 are S01E03-E05?")
    for station in (attic, cellar):
        station.store.close()


def test_an_answer_for_a_season_goes_on_from_station_to_station(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    url = postgres.create("proposals_in_turn", "schema_of_engramd")
    attic, cellar = (
        Answered(Bench(Store(open_engine(url), name)), tmp_path / name) for name in ("attic", "cellar")
    )
    first, second, third = attic.disc(1, 2), cellar.disc(2, 2), attic.disc(3, 2)
    other_season = cellar.disc(1, 2, detected_season=2)
    for station, job in ((attic, third), (cellar, second), (attic, first), (cellar, other_season)):
        station.match(job)
    attic.answer(first, "accept", "season")
    assert attic.episodes(third) == [None, None], "disc 2 comes first"

    cellar.answers.follow([first])
    attic.answers.follow([second])

    assert cellar.episodes(second) == ["S01E03", "S01E04"]
    assert attic.episodes(third) == ["S01E05", "S01E06"]
    assert len(cellar.asked(other_season)) == 1
    assert all(event.actor == ACTOR for event in attic.store.events(third) if "accepted" in event.sentence)
    for station in (attic, cellar):
        station.store.close()


@dataclass
class Shared:
    """Two stations: disc 1 of a season is on the attic, disc 2 in the cellar, and both are asked about."""

    attic: Answered
    cellar: Answered

    def __post_init__(self) -> None:
        self.first, self.second = self.attic.disc(1, 2), self.cellar.disc(2, 2)
        self.attic.match(self.first)
        self.cellar.match(self.second)


@pytest.fixture
def shared(postgres: PostgresCluster, tmp_path: Path) -> Iterator[Shared]:
    url = postgres.create(f"proposals_shared_{next(_numbers)}", "schema_of_engramd")
    stations = [
        Answered(Bench(Store(open_engine(url), name)), tmp_path / name) for name in ("attic", "cellar")
    ]
    yield Shared(*stations)
    for station in stations:
        station.store.close()


def test_an_answer_for_a_season_goes_on_to_a_station_that_was_off(shared: Shared) -> None:
    attic, cellar = shared.attic, shared.cellar
    attic.answer(shared.first, "accept", "season")
    cellar.answers.follow(())
    assert cellar.episodes(shared.second) == [None, None], "nothing is known to have been missed"
    cellar.answers.follow(None)
    assert cellar.episodes(shared.second) == ["S01E03", "S01E04"]


def test_a_station_that_was_off_proposes_what_is_left(shared: Shared) -> None:
    attic, cellar = shared.attic, shared.cellar
    attic.answer(shared.first, "S01E02")
    cellar.answers.follow(None)
    (asked,) = cellar.asked(shared.second)
    assert "S01E04-E05" in asked.summary


def test_an_answer_from_before_a_disc_was_asked_about_does_not_go_on_to_it(shared: Shared) -> None:
    attic, cellar = shared.attic, shared.cellar
    attic.answer(shared.first, "accept", "season")
    cellar.answers.follow(None)
    third = cellar.disc(3, 2)
    cellar.match(third)
    cellar.answers.follow(None)
    assert cellar.episodes(third) == [None, None]


def test_an_answer_that_was_taken_back_goes_on_nowhere(shared: Shared) -> None:
    attic, cellar = shared.attic, shared.cellar
    attic.answer(shared.first, "accept", "season")
    attic.bench.lifecycle.amend(
        [TitleMove(title, None, "taken back", {}) for title in attic.store.titles(shared.first)],
        [],
        kind=UNDONE,
        actor=ACTOR,
        within=lambda _session: None,
        back=True,
    )
    for decided in ([shared.first], None):
        cellar.answers.follow(decided)
        assert cellar.episodes(shared.second) == [None, None]
    attic.bench.lifecycle.note(shared.first, "decided", "again", actor=ACTOR, old="season", new=_GOES_ON)
    cellar.answers.follow([shared.first])
    assert cellar.episodes(shared.second) == ["S01E03", "S01E04"], "it is answered anew"


def test_what_fails_with_one_job_of_another_station_costs_no_other(shared: Shared) -> None:
    attic, cellar = shared.attic, shared.cellar
    attic.answer(shared.first, "accept", "season")
    cellar.answers.follow([9999, shared.first])
    assert cellar.episodes(shared.second) == ["S01E03", "S01E04"]


def test_what_another_disc_holds_is_not_proposed_and_a_film_is_no_show(discs: Answered) -> None:
    first = discs.disc(None, 2)
    discs.match(first)
    discs.answer(first, "accept")
    discs.disc(None, 1, content_type=ContentType.MOVIE)
    again = discs.disc(None, 2)
    discs.match(again)
    assert "S01E03-E04" in discs.asked(again)[0].summary


def test_several_titles_are_assigned_together_or_not_at_all(discs: Answered) -> None:
    job = discs.disc(1, 3)
    discs.match(job)
    discs.answers.skip(job, 2, ACTOR)
    with pytest.raises(WrongState):
        discs.answers.assign_all(job, {0: "S01E01", 1: "S01E02", 2: "S01E03"}, ACTOR)
    with pytest.raises(InvalidArgument):
        discs.answers.assign_all(job, {0: "S01E01", 1: "episode two"}, ACTOR)
    with pytest.raises(NotFound):
        discs.answers.assign_all(job, {0: "S01E01", 7: "S01E02"}, ACTOR)
    assert discs.episodes(job) == [None] * 3
    discs.answers.assign_all(job, {0: "S01E01", 1: "Harbor Lights (1999)"}, ACTOR)
    assert discs.store.titles(job)[1].own_title == "Harbor Lights"
    assert discs.asked(job) == []


def test_a_move_that_cannot_be_made_leaves_all_titles_as_they_were(
    discs: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread moves a title between look and decision."""
    job = discs.disc(1, 2)
    discs.match(job)
    looked = Store.need_title

    def look(store: Store, job_id: int, index: int) -> object:
        title = looked(store, job_id, index)
        if index == 1:
            moved = looked(store, job_id, index)
            discs.bench.lifecycle.move_title(moved, TitleState.SKIPPED, "in this moment")
        return title

    monkeypatch.setattr(Store, "need_title", look)
    with pytest.raises(WrongState):
        discs.answers.assign_all(job, {0: "S01E01", 1: "S01E02"}, ACTOR)
    assert discs.states(job) == [TitleState.REVIEW, TitleState.SKIPPED]
    assert discs.episodes(job) == [None, None]


def test_the_order_is_taken_only_where_it_follows(discs: Answered) -> None:
    guess, first = discs.disc(3, 2), discs.disc(1, 2)
    assert not discs.answers.take_order(guess, ACTOR)
    assert discs.answers.take_order(first, ACTOR)
    assert discs.episodes(first) == ["S01E01", "S01E02"]
    assert discs.episodes(guess) == [None, None]


def test_a_title_alone_is_asked_about_by_itself_with_what_is_proposed(discs: Answered) -> None:
    job = discs.disc(1, 1)
    discs.match(job)
    (task,) = discs.asked(job)
    title = discs.store.titles(job)[0]
    assert task.title_id == title.id
    assert [row.episode for row in discs.store.candidates(title.id or 0)][:1] == ["S01E01"]


def test_plans_are_kept_in_the_order_in_which_they_were_ranked(sqlite_bench: Bench) -> None:
    title = sqlite_bench.titles(sqlite_bench.job())[0]
    rows = [TitleCandidate(title_id=title.id or 0, episode=f"S01E0{n}", confidence=0.0) for n in (3, 1, 2)]
    sqlite_bench.store.replace_of_title(TitleCandidate, title.id or 0, rows)
    found = [row.episode for row in sqlite_bench.store.candidates(title.id or 0)]
    assert found == ["S01E03", "S01E01", "S01E02"]
