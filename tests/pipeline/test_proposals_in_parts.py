"""What order and lengths make of a disc whose titles are parts of episodes."""

from __future__ import annotations

from engramd.organize import EpisodeCode
from engramd.pipeline.plan_words import in_words
from engramd.pipeline.proposals import Facts, Held, Place, propose
from engramd.pipeline.proposals_in_parts import count_by_length, joined, start_in_parts, with_parts
from tests.pipeline.proposed import listed

SEASON = listed(1, 22, 22, 22, 22, 22, 22)


def places(*minutes: float) -> list[Place]:
    return [Place(index, length * 60) for index, length in enumerate(minutes)]


def decided(index: int, code: str, part: int | None = None, minutes: float = 11) -> Place:
    return Place(index, minutes * 60, EpisodeCode.parse(code), part)


def test_runtimes_tell_how_many_titles_are_an_episode() -> None:
    facts = Facts(1, 1, roster=SEASON)
    assert count_by_length(places(11, 11.5, 10.8, 11), facts) == 2
    assert count_by_length(places(7.2, 7.4, 7.3), facts) == 3
    assert count_by_length(places(22, 22), facts) == 0
    assert count_by_length(places(15, 15), facts) == 0, "neither a whole nor a half"
    assert count_by_length(places(11, 11), Facts(1, 1)) == 0, "nobody knows how long episodes are"


def test_runtimes_alone_offer_parts_first_and_are_no_proof() -> None:
    (first, *others) = with_parts(places(11, 11, 11, 11), Facts(1, 1, roster=SEASON), 0)
    assert in_words(first.episodes) == "titles 1-4 are S01E01-E02 in 2 parts each"
    assert "2 titles are one episode" in first.reason
    assert not first.follows
    assert any(dict(plan.episodes) == {n: f"S01E0{n + 1}" for n in range(4)} for plan in others)


def test_parts_that_a_person_spoke_of_follow_those_of_the_disc_before() -> None:
    facts = Facts(1, 2, (Held(EpisodeCode.parse("S01E01"), 1), Held(EpisodeCode.parse("S01E02"), 1)))
    (plan, *_) = with_parts(places(11, 11, 11, 11), facts, 2)
    assert list(plan.episodes.values()) == ["S01E03-pt1", "S01E03-pt2", "S01E04-pt1", "S01E04-pt2"]
    assert plan.follows
    assert with_parts(places(11, 11, 11), facts, 2) == [], "one half is too many"


def test_decided_parts_are_one_place_among_the_others() -> None:
    halves = [decided(0, "S01E04", 1), decided(1, "S01E04", 2)]
    (one, two, three) = joined([*halves, Place(2, 660), Place(3, 660)])
    assert (one.seconds, two.title_index, three.title_index) == (22 * 60, 2, 3)
    (plan,) = with_parts([*halves, Place(2, 660), Place(3, 660)], Facts(1, 2), 2)
    assert plan.episodes == {2: "S01E05-pt1", 3: "S01E05-pt2"}
    apart = [halves[0], Place(1, 660), decided(2, "S01E05", 1), decided(3, "S01E05", 2)]
    assert with_parts(apart, Facts(1, 2), 2) == []


def test_a_disc_without_parts_is_proposed_as_before() -> None:
    facts = Facts(1, 1, roster=SEASON)
    assert with_parts(places(22, 22), facts, 0) == propose(places(22, 22), facts)


def test_parts_begin_where_a_person_says() -> None:
    plan = start_in_parts(places(11, 11, 11, 11), Facts(roster=SEASON), EpisodeCode.parse("S01E05"), 2)
    assert plan is not None
    assert list(plan.episodes.values()) == ["S01E05-pt1", "S01E05-pt2", "S01E06-pt1", "S01E06-pt2"]
    start = EpisodeCode.parse("S01E06")
    assert start_in_parts(places(11, 11, 11, 11), Facts(roster=SEASON), start, 2) is None
    assert start_in_parts(places(11, 11, 11), Facts(roster=SEASON), start, 2) is None


def test_parts_are_told_in_few_words() -> None:
    assert in_words({0: "S01E01", 1: "S01E02", 2: "S01E03-pt1", 3: "S01E03-pt2"}) == (
        "titles 1-2 are S01E01-E02, titles 3 and 4 are S01E03 in 2 parts"
    )
    mixed = {0: "S01E01-pt1", 1: "S01E01-pt2", 2: "S01E03-pt1", 3: "S01E03-pt2", 4: "S01E03-pt3"}
    assert in_words(mixed) == "titles 1 and 2 are S01E01 in 2 parts, titles 3, 4 and 5 are S01E03 in 3 parts"
    assert in_words({4: "S01E01-pt2"}) == "title 5 is a part of S01E01"
