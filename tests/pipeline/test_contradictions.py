"""What speaks against TheDiscDB's record of a disc, and what does not."""

from __future__ import annotations

import pytest

from engramd.match.model import Candidate, KnownEpisode, TitleMatch
from engramd.pipeline.contradictions import Recorded, find

USUAL = 22 * 60.0


def recorded(*episodes: str, seconds: float = USUAL) -> list[Recorded]:
    return [Recorded(index, episode, seconds) for index, episode in enumerate(episodes)]


def matched(index: int, episode: str) -> dict[int, TitleMatch]:
    return {index: TitleMatch(title_index=index, verdict="matched", episode=episode, confidence=0.99)}


def likely(index: int, episode: str, confidence: float) -> dict[int, TitleMatch]:
    candidate = Candidate(episode=episode, confidence=confidence, reason="times")
    return {index: TitleMatch(title_index=index, verdict="review", candidates=(candidate,))}


def season(*minutes: float) -> tuple[KnownEpisode, ...]:
    return tuple(KnownEpisode(season=1, number=n, minutes=m) for n, m in enumerate(minutes, 1))


def told(*found: object, **more: object) -> str:
    return " | ".join(one.sentence for one in find(*found, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "episodes",
    [
        ("S01E01", "S01E02", "S01E03"),
        ("S01E09", "S01E08", "S01E07"),
        ("S01E01", "S01E02", "S00E01", "S01E03"),
        ("S01E22", "S02E01"),
        ("S01E01-E02", "S01E03"),
        ("S01E04",),
    ],
)
def test_nothing_speaks_against_a_record_in_the_order_of_the_disc(episodes: tuple[str, ...]) -> None:
    assert find(recorded(*episodes), {}) == []


def test_the_order_of_a_record_is_that_of_the_disc_or_its_reverse() -> None:
    shuffled = recorded("S01E01", "S01E03", "S01E02")
    (found,) = find(shuffled, {})
    assert found.title_index is None
    assert "S01E01, S01E03, S01E02" in found.sentence
    (double,) = find(recorded("S01E01", "S01E02", "S01E01"), {})
    assert (double.title_index, "of title 1 too" in double.sentence) == (2, True)


def test_subtitles_that_confirm_every_title_settle_its_order() -> None:
    shuffled = recorded("S01E01", "S01E03", "S01E02")
    matches = matched(0, "S01E01") | matched(1, "S01E03") | matched(2, "S01E02")
    assert find(shuffled, matches) == []
    assert len(find(shuffled, matched(0, "S01E01"))) == 1, "one of three is not all"


def test_subtitles_that_say_another_episode_speak_against_it() -> None:
    names = recorded("S01E01", "S01E02")
    (found,) = find(names, matched(0, "S01E02"))
    assert found.sentence == "TheDiscDB says S01E01, the subtitles say S01E02"
    assert find(names, likely(1, "S01E05", 0.6))[0].title_index == 1
    assert find(names, likely(1, "S01E05", 0.4)) == [], "that is weak"
    assert find(names, likely(1, "S01E02", 0.9)) == []
    assert find(recorded("S01E01-E02"), likely(0, "S01E02", 0.9)) == [], "it is one of the two"
    assert find(recorded("S01E01-E02"), likely(0, "S01E01+E04", 0.9)) != []


def test_lengths_speak_against_it_only_where_they_are_clearly_off() -> None:
    usual = season(22, 22, 22, 22)
    assert find(recorded("S01E01", "S01E02"), {}, usual) == []
    (found,) = find([Recorded(0, "S01E01-E02", USUAL)], {}, usual)
    assert "lasts 44 min by TMDB, and the title lasts 22 min" in found.sentence
    assert find([Recorded(0, "S01E01", USUAL)], {}, season(0, 22)) == [], "no runtime is known"
    assert find([Recorded(0, "S01E01", USUAL * 1.2)], {}, usual) == [], "a cut, or PAL, or the catalogue"


def test_a_catalogue_that_counts_commercials_is_no_contradiction() -> None:
    assert find(recorded("S01E01", "S01E02", "S01E03"), {}, season(30, 30, 30)) == []


def test_a_length_that_is_another_episodes_speaks_against_it() -> None:
    listed = season(42, 42, 58, 42)
    names = [
        Recorded(0, "S01E01", 42 * 60),
        Recorded(1, "S01E02", 58 * 60),
        Recorded(2, "S01E03", 42 * 60),
        Recorded(3, "S01E04", 42 * 60),
    ]
    assert "S01E02, which lasts 42 min by TMDB, and the title lasts 58 min, as S01E03 does" in told(
        names, {}, listed
    )
    confirmed = matched(1, "S01E02") | matched(2, "S01E03")
    assert find(names, confirmed, listed) == [], "the subtitles know better than a catalogue"
