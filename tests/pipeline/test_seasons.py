"""The roster of a show over discs and a library: real database, real files; TMDB's list is a stand-in."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import pytest

from engramd.errors import InvalidArgument, NotFound
from engramd.match.model import KnownEpisode
from engramd.models import (
    DiscTitle,
    EpisodeOrder,
    OrderedEpisode,
    ReviewKind,
    RipOutcome,
    ShowOrder,
    TitleCandidate,
    TitleRole,
    TitleState,
    WaitingFor,
)
from engramd.pipeline.parts import Parts
from engramd.store.orders import ShowOrders
from tests.pipeline.filed import SHOW, FilingBench
from tests.pipeline.overviews import RosterStandIn, seasons
from tests.pipeline.proposed import ACTOR, Answered, listed
from tests.support.databases import Bench
from tests.support.deadshare import hanging_share
from tests.support.videos import make_video


@pytest.fixture
def bench(sqlite_bench: Bench, tmp_path: Path) -> FilingBench:
    return FilingBench(sqlite_bench, tmp_path)


def rows_of(
    bench: FilingBench, show: str = SHOW, season: int | None = 1, **known: Any
) -> list[dict[str, Any]]:
    return seasons(cast(Parts, bench), bench.libraries, **known).rows(show, season)


def standings(rows: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(row["episode"], row["standing"]) for row in rows if row["standing"] != "note"]


def notes(rows: list[dict[str, Any]]) -> list[str]:
    return [row["lack"] for row in rows if row["standing"] == "note"]


def in_review(bench: FilingBench, code: str | None, **values: Any) -> DiscTitle:
    title = bench.episode("S01E99", **values)
    bench.lifecycle.move_title(title, TitleState.REVIEW, "a test", matched_episode=code)
    return title


def test_a_season_says_where_each_episode_is_and_which_are_missing(
    sqlite_bench: Bench, tmp_path: Path
) -> None:
    discs = Answered(sqlite_bench, tmp_path)
    first = discs.disc(1, 2)
    discs.match(first)
    discs.answers.assign_all(first, {0: "S01E01", 1: "S01E03-E04"}, ACTOR)
    overview = seasons(discs.parts, rosters=RosterStandIn(listed(1, 22, 22, 22, 22, 22)))
    rows = overview.rows("harbor STATION", 1)
    assert [(row["episode"], row["state"], row["title"]) for row in rows] == [
        (1, "completed", 1),
        (2, "missing", 0),
        (3, "completed", 2),
        (4, "completed", 2),
        (5, "missing", 0),
    ]
    with pytest.raises(NotFound, match="no disc of Other was here"):
        overview.rows("Other", None)


def test_files_that_engramd_did_not_file_count(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01", disc_number=1))
    folder = bench.tv / SHOW
    make_video(folder / "Season 01/hs.1x02.mkv")
    make_video(folder / "Staffel 1/hs.s01e04-e05.mkv")
    make_video(folder / "Season 01/other.s01e01.mkv")
    rows = rows_of(bench)
    assert standings(rows) == [(1, "double"), (2, "library"), (3, "missing"), (4, "library"), (5, "library")]
    assert (rows[0]["job"], rows[0]["disc"], rows[0]["file"]) == (
        1,
        1,
        f"{SHOW}/Season 01/{SHOW} - S01E01.mkv",
    )
    assert rows[0]["path"] == str(bench.tv / rows[0]["file"])
    assert rows[0]["also"] == [f"in the library as {SHOW}/Season 01/other.s01e01.mkv"]
    assert (rows[1]["state"], rows[1]["job"], rows[1]["file"]) == (
        "missing",
        0,
        f"{SHOW}/Season 01/hs.1x02.mkv",
    )


def test_a_show_that_no_disc_held_is_found_in_the_library_by_name_and_asked_about_by_its_id(
    bench: FilingBench,
) -> None:
    folder = bench.tv / "The Wire (2002) {tmdb-1438}"
    make_video(folder / "Season 02/The Wire - S02E01.mkv")
    make_video(folder / "Season 02/Extras/S02E02.mkv")
    roster = RosterStandIn([KnownEpisode(season=2, number=n) for n in (1, 2)])
    for name in ("the wire", "Wire, The", "The Wire (2002)"):
        assert standings(rows_of(bench, name, 2, rosters=roster)) == [(1, "library"), (2, "missing")]
    assert roster.asked == [1438] * 3
    with pytest.raises(NotFound, match="the library does not have it"):
        rows_of(bench, "The Wire (1990)")


def test_a_file_that_somebody_removed_is_missing_unless_another_is_there(bench: FilingBench) -> None:
    first, second = (bench.tv / bench.filed(bench.episode(code)) for code in ("S01E01", "S01E02"))
    first.unlink()
    second.rename(second.with_name("better.S01E02.mkv"))
    rows = rows_of(bench)
    assert standings(rows) == [(1, "missing"), (2, "library")]
    assert (rows[0]["state"], rows[0]["lack"]) == (
        "completed",
        f"its file is not in the library any more: {SHOW}/Season 01/{SHOW} - S01E01.mkv",
    )


def test_a_library_that_is_away_costs_a_sentence(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01"))
    shutil.move(bench.tv, bench.tv.with_name("elsewhere"))
    rows = rows_of(bench)
    assert standings(rows) == [(1, "filed")], "what was filed is not taken for gone"
    [said] = notes(rows)
    assert str(bench.tv) in said
    assert "is not known" in said
    with pytest.raises(NotFound, match=r"no disc of Other was here.*is not known"):
        rows_of(bench, "Other")


@pytest.mark.root
def test_a_library_that_hangs_costs_a_sentence(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01"))
    with hanging_share(bench.tv):
        rows = rows_of(bench)
    assert standings(rows) == [(1, "filed")]
    assert "does not answer" in notes(rows)[0]


def test_what_a_title_waits_for_is_said(bench: FilingBench) -> None:
    bench.current.library_tv_path = ""
    waits = bench.file(bench.episode("S01E01"))
    assert waits.waiting_for is WaitingFor.LIBRARY
    asked = in_review(bench, "S01E02")
    bench.reviews.ask(ReviewKind.CONFLICT, asked.job_id, "Which?", title=asked)
    in_review(bench, "S01E03")
    bench.episode("S01E04")
    bench.lifecycle.move_title(bench.episode("S01E05"), TitleState.FAILED, "a test")
    [task] = bench.store.open_reviews()
    rows = rows_of(bench)
    assert [(row["standing"], row["state"], row["waiting_for"]) for row in rows] == [
        ("waiting", "matched", "the library"),
        ("waiting", "review", f"question {task.id}"),
        ("waiting", "review", "an answer"),
        ("waiting", "matched", "its filing"),
        ("missing", "missing", ""),
    ]
    assert rows[4]["lack"] == "title 1 of job 5 failed"


def test_a_title_that_may_be_an_episode_is_told_where_nothing_else_is_it(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01"))
    for code in ("S01E01", "S01E02"):
        title = in_review(bench, None, disc_number=2)
        bench.store.replace_of_title(
            TitleCandidate,
            title.id or 0,
            [TitleCandidate(title_id=title.id or 0, episode=code, confidence=0.5)],
        )
    in_review(bench, None, disc_number=3)
    rows = rows_of(bench)
    assert standings(rows) == [(1, "filed"), (2, "waiting")]
    assert (rows[1]["job"], rows[1]["disc"]) == (3, 2)
    assert notes(rows) == ["which episodes 1 title of job 4 (disc 3) may be is not known yet"]


def test_a_title_with_gaps_and_an_episode_without_one_of_its_parts_are_partial(bench: FilingBench) -> None:
    gaps = bench.episode("S01E01")
    bench.lifecycle.update_title(gaps, rip_outcome=RipOutcome.DAMAGED)
    bench.filed(gaps)
    bench.filed(bench.episode("S01E02", part=1))
    for part in (1, 2):
        bench.filed(bench.episode("S01E03", part=part))
    rows = rows_of(bench)
    assert [(row["standing"], row["lack"]) for row in rows] == [
        ("partial", "filed with gaps, as the disc is damaged"),
        ("partial", "part 2 is missing"),
        ("filed", ""),
    ]


def test_what_is_no_episode_of_the_show_does_not_count(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01"))
    bench.filed(bench.extra("Bloopers"))
    bench.lifecycle.move_title(bench.episode("S01E02"), TitleState.SKIPPED, "a test")
    bench.lifecycle.update_title(bench.episode("S01E03"), own_title="Another", role=TitleRole.EPISODE)
    assert standings(rows_of(bench)) == [(1, "filed")]


def test_files_in_another_order_are_told_by_the_numbers_that_were_aired(bench: FilingBench) -> None:
    order = ShowOrder(tmdb_id=77, season=1, ordering=EpisodeOrder.DVD)
    numbers = [
        OrderedEpisode(order_id=0, aired_season=1, aired_episode=a, season=1, episode=b)
        for a, b in ((1, 2), (2, 3), (3, 1))
    ]
    ShowOrders(bench.store).keep(order, numbers)
    bench.filed(bench.episode("S01E01", tmdb_id=77))
    make_video(bench.tv / SHOW / "Season 01/dvd.s01e01.mkv")
    rows = rows_of(bench)
    assert standings(rows) == [(1, "filed"), (2, "missing"), (3, "library")]


def test_shows_of_one_name_are_told_apart_by_year_or_number(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01", year=1978, tmdb_id=501))
    bench.filed(bench.episode("S01E02", year=2003, tmdb_id=1972))
    bench.filed(bench.episode("S01E03", "Other Name", year=2003, tmdb_id=1972))
    with pytest.raises(InvalidArgument, match=rf"'{SHOW} \(1978\)', '{SHOW} \(2003\)'"):
        rows_of(bench)
    assert standings(rows_of(bench, f"{SHOW} (1978)")) == [(1, "filed")]
    for name in (f"{SHOW} (2003)", "1972", "other name"):
        assert standings(rows_of(bench, name)) == [(1, "missing"), (2, "filed"), (3, "filed")]
