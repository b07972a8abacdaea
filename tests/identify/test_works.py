"""Which work a disc holds: works of one name become a question unless a fact tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.identify.works import SURE, Decision, DiscFacts, decide, rank
from engramd.sources.work import Candidate, WorkId


def series(
    number: int, name: str, year: int, seasons: int, minutes: int, *countries: str, **more: object
) -> Candidate:
    return Candidate(
        WorkId("tv", number),
        name,
        year=year,
        seasons=frozenset(range(1, seasons + 1)),
        runtimes=(minutes,),
        countries=frozenset(countries),
        **more,  # type: ignore[arg-type]
    )


def film(number: int, name: str, year: int, minutes: int, **more: object) -> Candidate:
    return Candidate(WorkId("movie", number), name, year=year, runtimes=(minutes,), **more)  # type: ignore[arg-type]


OLD_GALACTICA = series(501, "Battlestar Galactica", 1978, 1, 49, "US")
NEW_GALACTICA = series(1972, "Battlestar Galactica", 2004, 4, 44, "US")
GALACTICAS = [NEW_GALACTICA, OLD_GALACTICA]
UK_OFFICE = series(2996, "The Office", 2001, 2, 30, "GB")
US_OFFICE = series(2316, "The Office", 2005, 9, 22, "US", names=("The Office (US)",))
UK_CARDS = series(1, "House of Cards", 1990, 1, 55, "GB")
US_CARDS = series(2, "House of Cards", 2013, 6, 51, "US")


def minutes(*lengths: float) -> tuple[float, ...]:
    return tuple(60 * length for length in lengths)


def judge(candidates: Sequence[Candidate], *titles: str, **facts: object) -> Decision:
    return decide(rank(candidates, DiscFacts(titles, **facts)))  # type: ignore[arg-type]


def winner(decision: Decision) -> WorkId | None:
    return decision.winner.candidate.work if decision.winner else None


@pytest.mark.parametrize("pair", [GALACTICAS, [UK_CARDS, US_CARDS], [US_OFFICE, UK_OFFICE]])
@pytest.mark.parametrize("turned", [False, True])
def test_series_of_one_name_are_a_question(pair: list[Candidate], turned: bool) -> None:
    candidates = pair[::-1] if turned else pair
    decision = judge(candidates, pair[0].name, series=0.99, season=1)
    assert decision.winner is None, decision.reason
    assert {option.candidate.work for option in decision.options} == {c.work for c in pair}
    assert all(str(c.year) in decision.reason for c in pair)


@pytest.mark.parametrize(
    ("candidates", "facts", "work"),
    [
        (GALACTICAS, {"season": 3}, NEW_GALACTICA),
        (GALACTICAS, {"season": 1, "year": 1978}, OLD_GALACTICA),
        (GALACTICAS, {"season": 1, "year": 2003}, NEW_GALACTICA),
        ([UK_CARDS, US_CARDS], {"season": 4}, US_CARDS),
        ([US_OFFICE, UK_OFFICE], {"season": 5}, US_OFFICE),
        ([US_OFFICE, UK_OFFICE], {"season": 2, "episodes": minutes(29.5, 29, 28.7, 30.2)}, UK_OFFICE),
    ],
)
def test_one_fact_tells_series_of_one_name_apart(
    candidates: list[Candidate], facts: dict[str, object], work: Candidate
) -> None:
    decision = judge(candidates, work.name, series=0.97, **facts)
    assert winner(decision) == work.work, decision.reason


@pytest.mark.parametrize(
    ("title", "work"),
    [
        ("The Office (UK)", UK_OFFICE),
        ("THE OFFICE US", US_OFFICE),
        ("Office U.S.", US_OFFICE),
        ("the office uk", UK_OFFICE),
    ],
)
def test_a_country_in_the_name_tells_series_apart(title: str, work: Candidate) -> None:
    decision = judge([US_OFFICE, UK_OFFICE], title, series=0.97, season=1)
    assert winner(decision) == work.work, decision.reason


def test_a_season_that_a_series_has_not_excludes_it() -> None:
    ranked = rank([UK_OFFICE], DiscFacts(("The Office",), season=5, series=0.99, year=2001))
    assert not ranked[0].possible
    assert ranked[0].probability == 0.0
    assert "it has 2 seasons, and no season 5" in ranked[0].reason
    assert decide(ranked).options == ()


def test_seasons_numbered_by_years_do_not_exclude() -> None:
    busters = Candidate(
        WorkId("tv", 1), "MythBusters", year=2003, seasons=frozenset(range(2003, 2019)), runtimes=(44,)
    )
    facts = {"series": 0.97, "episodes": minutes(44, 43, 45)}
    assert winner(judge([busters], "Mythbusters", season=5, **facts)) == busters.work
    assert not rank([busters], DiscFacts(("Mythbusters",), season=40))[0].possible


def test_specials_exclude_nothing() -> None:
    assert rank([NEW_GALACTICA], DiscFacts(("Battlestar Galactica",), season=0))[0].possible


FARGO_FILM, FARGO_SERIES = film(275, "Fargo", 1996, 98), series(60622, "Fargo", 2014, 5, 53, "US")


def test_the_structure_tells_a_series_from_a_film_of_its_name() -> None:
    both = [FARGO_FILM, FARGO_SERIES]
    assert winner(judge(both, "FARGO", series=0.03, feature=98 * 60)) == FARGO_FILM.work
    assert winner(judge(both, "FARGO", series=0.97, episodes=minutes(53, 52, 68, 53))) == FARGO_SERIES.work
    assert judge(both, "FARGO", series=0.5).winner is None
    assert winner(judge(both, "FARGO", series=0.5, season=2)) == FARGO_SERIES.work


def test_films_of_one_name_are_told_apart_by_their_length() -> None:
    films = [film(1, "Dune", 1984, 137), film(2, "Dune", 2021, 155), film(3, "Dune", 2000, 265)]
    assert winner(judge(films, "DUNE", series=0.02, feature=155 * 60 + 40)) == WorkId("movie", 2)
    assert winner(judge(films, "DUNE", series=0.02, feature=137 * 60 - 50)) == WorkId("movie", 1)
    assert winner(judge(films, "DUNE", series=0.02, year=1984)) == WorkId("movie", 1)
    assert judge(films, "DUNE", series=0.02).winner is None


def test_films_run_faster_on_pal_discs() -> None:
    films = [film(1, "Twins", 1988, 100), film(2, "Twins", 1990, 112)]
    length = 96 * 60.0
    assert winner(judge(films, "TWINS", series=0.02, feature=length, pal=True)) == WorkId("movie", 1)
    assert judge(films, "TWINS", series=0.02, feature=length, pal=False).winner is None


def test_episodes_fit_in_any_order() -> None:
    lengths = (90, 44, 52, 47, 61)
    varied = Candidate(
        WorkId("tv", 1),
        "Show",
        year=2000,
        seasons=frozenset({1}),
        season_runtimes={1: lengths},
        runtimes=(22,),
    )
    even = series(2, "Show", 2010, 3, 44)
    facts = {"series": 0.97, "season": 1}
    assert winner(judge([varied, even], "Show", episodes=minutes(61, 90, 52), **facts)) == varied.work


@pytest.mark.parametrize(
    ("listed", "disc"),
    [(60, 43), (30, 22), (11, 23), (7, 22)],
    ids=["slot 60", "slot 30", "two parts", "three parts"],
)
def test_runtimes_that_count_otherwise_exclude_nothing(listed: int, disc: float) -> None:
    show = series(1, "Show", 2000, 3, listed)
    facts = {"series": 0.97, "season": 1}
    assert winner(judge([show], "Show", episodes=minutes(disc, disc + 0.4, disc - 0.3), **facts)) == show.work


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("LEMONY SNICKETS A SERIES OF UNFORTUNATE EVENTS", "Lemony Snicket's A Series of Unfortunate Events"),
        ("BREAKINGBAD", "Breaking Bad"),
        ("Office, The", "The Office"),
        ("AMELIE", "Amélie"),
        ("LAW AND ORDER", "Law & Order"),
        ("ROCKY 4", "Rocky IV"),
        ("Ocean's Eleven", "OCEANS ELEVEN"),
        ("SHIELD", "S.H.I.E.L.D."),
        ("WALL E", "WALL·E"),
        ("SPIDER MAN", "Spider-Man"),
        ("Boot, Das", "Das Boot"),
        ("Solsidan o Brodre", "Solsidan ø Brødre"),
    ],
)
def test_spellings_of_one_name(label: str, name: str) -> None:
    assert winner(judge([film(1, name, 2000, 100)], label, series=0.05)) == WorkId("movie", 1)


def test_an_article_of_another_language_belongs_to_the_name() -> None:
    shows = [series(1, "Las Vegas", 2003, 5, 44), series(2, "Vegas", 1978, 3, 49)]
    assert winner(judge(shows, "LAS VEGAS", series=0.97, season=2)) == WorkId("tv", 1)


def test_alternative_names_count() -> None:
    show = series(
        1, "Kampfstern Galactica", 2004, 4, 44, original_name="Battlestar Galactica", names=("BSG",)
    )
    for title in ("BATTLESTAR GALACTICA", "BSG", "Kampfstern Galactica"):
        decision = judge([show], title, series=0.97, season=2)
        assert winner(decision) == show.work, title


@pytest.mark.parametrize(
    ("label", "name"),
    [("TOY STORY 2", "Toy Story 3"), ("ROCKY II", "Rocky III"), ("CARS", "Cars 2"), ("ALIEN", "Aliens")],
)
def test_another_part_of_a_series_of_films_is_another_film(label: str, name: str) -> None:
    assert judge([film(1, name, 2000, 100)], label, series=0.02, feature=6000.0).winner is None


def test_a_name_that_is_only_alike_is_a_question_however_well_the_rest_fits() -> None:
    show = series(1, "Band of Mothers", 2001, 1, 60)
    facts = {"series": 0.999, "season": 1, "year": 2001, "episodes": minutes(60, 59, 61)}
    decision = judge([show], "BAND OF BROTHERS", **facts)
    assert decision.winner is None
    assert decision.options[0].candidate is show
    assert "not sure" in decision.reason


def test_a_label_that_is_cut_off_finds_the_work_as_a_question() -> None:
    show = series(1, "Star Trek: The Next Generation", 1987, 7, 45)
    decision = judge([show], "STARTREKTHENEXTG", series=0.97, season=3)
    assert [option.candidate for option in decision.options] == [show]


def test_a_disc_without_a_name_decides_nothing() -> None:
    assert judge([FARGO_FILM], series=0.01, feature=98 * 60.0).winner is None


def test_no_candidates_and_other_names() -> None:
    assert judge([], "X") == Decision(None, (), "No work that is known fits the disc.")
    assert judge([FARGO_FILM], "Seven Samurai").options == ()


def test_a_film_and_a_series_of_one_number_stay_apart() -> None:
    ranked = rank(
        [film(7, "One", 2000, 90), series(7, "One", 2000, 1, 45), film(7, "One", 2000, 90)],
        DiscFacts(("One",)),
    )
    assert {each.candidate.work for each in ranked} == {WorkId("movie", 7), WorkId("tv", 7)}


def test_the_reason_tells_the_facts() -> None:
    decision = judge(
        GALACTICAS, "Battlestar Galactica", series=0.97, season=3, episodes=minutes(43.5, 44, 42)
    )
    assert decision.reason == (
        "Battlestar Galactica (2004): the name is the same; the disc looks like a series; "
        "the episodes are as long as the disc's; it has a season 3."
    )


NAMES = st.text(max_size=12) | st.sampled_from(
    ["The", "2", "US", "The US", "(1999)", "&", "ß", "İ", "x" * 5000]
)
CANDIDATES = st.builds(
    Candidate,
    work=st.builds(WorkId, st.sampled_from(["tv", "movie"]), st.integers(1, 5)),
    name=NAMES,
    original_name=NAMES,
    names=st.lists(NAMES, max_size=3).map(tuple),
    year=st.none() | st.integers(1000, 9999),
    countries=st.frozensets(st.sampled_from(["US", "GB"])),
    seasons=st.frozensets(st.integers(1, 3000), max_size=4),
    runtimes=st.lists(st.integers(0, 100_000), max_size=4).map(tuple),
    season_runtimes=st.dictionaries(st.integers(0, 3), st.lists(st.integers(1, 300), max_size=4).map(tuple)),
)
FACTS = st.builds(
    DiscFacts,
    titles=st.lists(NAMES, max_size=3).map(tuple),
    year=st.none() | st.integers(0, 9999),
    season=st.none() | st.integers(0, 3000),
    series=st.floats(0, 1),
    episodes=st.lists(st.floats(0, 1e6), max_size=5).map(tuple),
    feature=st.none() | st.floats(0, 1e6),
    pal=st.booleans(),
)


@given(st.lists(CANDIDATES, max_size=6), FACTS)
def test_any_candidates_give_probabilities_that_add_up_and_a_decision(
    candidates: list[Candidate], facts: DiscFacts
) -> None:
    ranked = rank(candidates, facts)
    assert len(ranked) == len({candidate.work for candidate in candidates})
    assert 0.0 <= sum(each.probability for each in ranked) <= 1.000001
    assert ranked == sorted(ranked, key=lambda each: -each.probability)
    decision = decide(ranked)
    assert decision.winner is None or decision.winner.probability >= SURE
    assert decision.reason


def test_a_film_of_another_year_or_length_is_asked_about_though_it_is_alone_with_its_name() -> None:
    dune = film(1, "Dune", 2021, 155)
    for facts in ({"year": 1984}, {"feature": 47 * 60.0}, {"year": 2020, "feature": 47 * 60.0}):
        decision = judge([dune], "DUNE", series=0.001, **facts)
        assert decision.winner is None, facts
        assert [option.candidate for option in decision.options] == [dune]
    undated = Candidate(WorkId("movie", 2), "Dune", runtimes=(155,))
    assert judge([undated], "DUNE", series=0.001, feature=47 * 60.0).winner is None
    assert winner(judge([dune], "DUNE", series=0.001, year=2021, feature=47 * 60.0)) == dune.work
    assert winner(judge([dune], "DUNE", series=0.001, year=2020)) == dune.work
    assert winner(judge([dune], "DUNE", series=0.001)) == dune.work
