"""What is put together of a disc before files are fetched for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engramd.match.model import Candidate, KnownEpisode, MatchResult, TitleMatch
from engramd.models import ContentType, DiscJob, DiscTitle, TitleRole, TitleState
from engramd.organize import EpisodeCode
from engramd.pipeline.roster import Holding
from engramd.pipeline.supply_demand import Demand, as_held, demand_of, series_of, worth_a_file

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)


def job(**values: Any) -> DiscJob:
    given: dict[str, Any] = {
        "id": 1,
        "drive_id": "/dev/sr0",
        "content_type": ContentType.TV,
        "detected_title": "Harbor Station",
        "year": 2003,
        "detected_season": 1,
        "disc_number": 2,
    }
    return DiscJob(**(given | values))


def title(index: int, **values: Any) -> DiscTitle:
    given: dict[str, Any] = {
        "id": index + 10,
        "job_id": 1,
        "title_index": index,
        "duration_seconds": 1300.0,
        "role": TitleRole.EPISODE,
        "state": TitleState.MATCHING,
    }
    return DiscTitle(**(given | values))


def undecided(index: int, *candidates: tuple[str, float], **values: Any) -> TitleMatch:
    ranked = tuple(Candidate(episode=e, confidence=c, reason="") for e, c in candidates)
    return TitleMatch(title_index=index, verdict="review", candidates=ranked, **values)


def demand(
    titles: list[DiscTitle],
    result: MatchResult | None = None,
    roster: tuple[KnownEpisode, ...] = (),
    references: str = "",
) -> Demand:
    made = demand_of(job(), titles, titles, result, roster, references, NOON)
    assert made is not None
    return made


def test_a_show_has_its_other_names_and_a_film_has_none() -> None:
    series = series_of(job(original_title="Hafenwache", volume_label="HARBOR_STATION_S1_D2", tmdb_id=7))
    assert series is not None
    assert (series.name, series.also[0], series.tmdb_id) == ("Harbor Station (2003)", "Hafenwache", 7)
    assert series_of(job(content_type=ContentType.MOVIE)) is None
    assert series_of(job(detected_title=None)) is None


def test_only_what_lacks_references_is_worth_a_file() -> None:
    titles = [title(n) for n in range(6)] + [title(6, duration_seconds=100), title(7, is_extra=True)]
    titles += [title(8, state=TitleState.COMPLETED, matched_episode="S01E08")]
    result = MatchResult(
        titles=(
            TitleMatch(title_index=0, verdict="matched", episode="S01E01"),
            undecided(1),
            undecided(2, lacking="evidence"),
            undecided(3, play_all=True),
            TitleMatch(title_index=4, verdict="matched", episode="S01E05"),
            undecided(6),
            undecided(7),
        )
    )
    worth = worth_a_file(titles, titles[1:8], result)
    assert [one.title_index for one in worth] == [1, 5]


def test_what_fits_without_deciding_is_in_doubt() -> None:
    result = MatchResult(
        titles=(
            undecided(0, ("S01E03", 0.5), ("S01E04", 0.45), ("S01E05", 0.4)),
            undecided(1, ("S01E06", 0.9), ("S01E07", 0.1)),
            undecided(2, ("S01E08-E09", 0.9)),
        )
    )
    made = demand([title(0), title(1), title(2)], result)
    assert made.doubtful == ((1, 6), (1, 3), (1, 4))


def test_an_episode_that_another_title_is_by_now_is_not_in_doubt() -> None:
    result = MatchResult(
        titles=(undecided(0, ("S01E01", 0.9)), TitleMatch(title_index=1, verdict="matched", episode="S01E01"))
    )
    made = demand([title(0), title(1)], result)
    assert (made.doubtful, made.own) == ((), frozenset({(1, 1)}))


def test_the_roster_is_that_of_the_season_or_of_all_but_specials() -> None:
    roster = tuple(KnownEpisode(season=s, number=n) for s, n in ((0, 1), (1, 2), (1, 1), (2, 1)))
    assert demand([title(0)], roster=roster).aired == ((1, 1), (1, 2))
    made = demand_of(job(detected_season=None), [title(0)], [title(0)], None, roster, "", NOON)
    assert made is not None
    assert made.aired == ((1, 1), (1, 2), (2, 1))
    assert demand([title(0)]).aired is None


def test_local_references_are_counted_wherever_they_lie(tmp_path: Path) -> None:
    folder = tmp_path / "one/Harbor Station (2003)/Season 01"
    folder.mkdir(parents=True)
    for name in ("S01E01.en.srt", "S01E01.fr.srt", "S01E02-E03.srt", "notes.txt"):
        (folder / name).write_text("")
    counted = demand([title(0)], references=str(tmp_path / "one")).local
    assert counted == {(1, 1): 2, (1, 2): 1, (1, 3): 1}
    pool = tmp_path / "pool"
    pool.mkdir()
    (pool / "Harbor.Station.S01E04.srt").write_text("")
    (pool / "Another.Show.S01E05.srt").write_text("")
    assert demand([title(0)], references=str(pool)).local == {(1, 4): 1}
    assert demand([title(0)], references=str(tmp_path / "missing")).local == {}


def test_what_other_discs_hold_goes_by_their_numbers() -> None:
    def holding(disc: int | None, code: str, season: int = 1) -> Holding:
        other = job(id=2, disc_number=disc, detected_season=season)
        return Holding(other, title(0), EpisodeCode.parse(code))

    held = as_held([holding(1, "S01E01-E02"), holding(1, "S01E03"), holding(3, "S02E01", season=2)], 1)
    assert {one.disc: one.episodes for one in held} == {
        1: frozenset({(1, 1), (1, 2), (1, 3)}),
        None: frozenset({(2, 1)}),
    }
