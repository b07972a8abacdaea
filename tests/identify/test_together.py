"""One verdict of structure, person and record: who wins, and what is kept of the others."""

from __future__ import annotations

import pytest

from engramd.identify import Hint
from engramd.identify.together import all_extras, judge, kind_of
from engramd.models.enums import ClassificationSource, ContentType, TitleRole
from engramd.sources.discdb import Found, combine
from engramd.sources.discdb_confirm import confirm
from engramd.sources.discdb_model import Work
from tests.sources.discdb_made import FILM, SHOW, bluray, entry_of, episode

#: By its structure a series: three titles of one length. The fourth is a short one.
DISC = bluray([(1, "1", 2500), (2, "2", 2530), (3, "3", 2560), (4, "4", 300)])
EPISODES = {0: episode(3), 1: episode(2), 2: episode(1)}
EXTRAS = {3: {"Type": "Trailer", "Title": "Next Time", "Season": "1"}}


def recorded(items: dict[int, object], work: Work = SHOW) -> Found:
    return combine([confirm(entry_of(DISC, items, work=work), DISC)], ClassificationSource.DISCDB_HASH)  # type: ignore[arg-type]


def roles(judgement: object) -> list[TitleRole]:
    return [role.role for role in judgement.verdict.roles]  # type: ignore[attr-defined]


def test_without_a_record_the_structure_speaks_alone() -> None:
    alone = judge(DISC, None, Found())
    assert alone.verdict == alone.own
    assert (alone.verdict.content_type, alone.titles) == (ContentType.TV, {})


def test_a_record_says_which_episodes_and_whose() -> None:
    both = judge(DISC, None, recorded(EPISODES | EXTRAS))
    verdict = both.verdict
    assert (verdict.title, verdict.year, verdict.season) == (SHOW.name, SHOW.year, 1)
    assert (verdict.source, verdict.needs_review) == (ClassificationSource.DISCDB_HASH, False)
    assert [both.titles[n].episode for n in range(3)] == ["S01E03", "S01E02", "S01E01"]
    assert roles(both) == [TitleRole.EPISODE] * 3 + [TitleRole.EXTRA]
    assert SHOW.name in verdict.reason


def test_a_record_beats_the_structure_of_the_disc() -> None:
    film = {0: {"Type": "MainMovie", "Title": FILM.name}}
    both = judge(DISC, None, recorded(film, FILM))
    assert both.own.content_type is ContentType.TV
    assert (both.verdict.content_type, both.verdict.title) == (ContentType.MOVIE, FILM.name)
    assert roles(both)[0] is TitleRole.MAIN_FEATURE
    assert TitleRole.EPISODE not in roles(both), "what the record leaves open is judged as beside a film"


@pytest.mark.parametrize(
    ("hint", "why"),
    [(Hint(content_type=ContentType.MOVIE), "movie"), (Hint(season=4), "season 4")],
)
def test_a_person_beats_a_record_and_that_is_told(hint: Hint, why: str) -> None:
    told = judge(DISC, hint, recorded(EPISODES))
    assert why in told.refusal
    assert not told.titles
    assert told.verdict.source is ClassificationSource.USER


def test_a_person_who_agrees_keeps_the_record_and_names_the_show() -> None:
    told = judge(DISC, Hint(show="Hafenwache", season=1), recorded(EPISODES))
    assert (told.verdict.title, told.verdict.source) == ("Hafenwache", ClassificationSource.USER)
    assert told.titles[0].episode == "S01E03"


def test_extras_alone_take_the_type_of_their_work() -> None:
    assert kind_of(recorded(EXTRAS)) is ContentType.TV
    assert kind_of(recorded({3: {"Type": "Trailer", "Title": "Trailer"}}, FILM)) is ContentType.MOVIE


def test_whose_extras_they_are_makes_no_episodes_of_them() -> None:
    bonus = DISC.model_copy(update={"label": "HARBOR_STATION_BONUS_DISC"})
    alone = judge(bonus, None, Found())
    assert all_extras(alone.verdict), alone.verdict
    told = judge(bonus, Hint(content_type=ContentType.TV, show="Harbor Station"), Found())
    assert told.verdict.content_type is ContentType.TV
    assert set(roles(told)) == {TitleRole.EXTRA}
