"""The cuts of a job's film: which are wanted, what each is called, and when a person is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from engramd.discs.model import Title
from engramd.identify import RoleVerdict
from engramd.models import AppConfig, ContentType, DiscJob, DiscTitle, EditionsPolicy, TitleRole
from engramd.pipeline.editions import (
    count_films,
    edition_of,
    keep_runtime,
    name_editions,
    wants_name,
)
from engramd.pipeline.filing import filing_item
from engramd.pipeline.parts import Parts
from engramd.pipeline.titles import Wishes
from tests.support.databases import Bench

SHORT, LONG = 8235.0, 9268.0


class PartsOf:
    """The parts that naming uses."""

    def __init__(self, bench: Bench, policy: EditionsPolicy) -> None:
        self.store, self.lifecycle, self.settings = bench.store, bench.lifecycle, self
        self.current = bench.store.load_config()
        self.current.editions_policy = policy


Film = Callable[..., tuple[Parts, int]]


@pytest.fixture
def film(sqlite_bench: Bench) -> Film:
    """Give a maker of jobs whose film has a cut of each of these lengths."""

    def make(
        *lengths: float, policy: EditionsPolicy = EditionsPolicy.ALL, **values: Any
    ) -> tuple[Parts, int]:
        parts = PartsOf(sqlite_bench, policy)
        row = sqlite_bench.job()
        job = row.id or 0
        parts.lifecycle.update_job(job, content_type=ContentType.MOVIE, detected_title="Aliens", **values)
        for title, seconds in zip(sqlite_bench.titles(row, len(lengths)), lengths, strict=True):
            parts.lifecycle.update_title(
                title, role=TitleRole.MAIN_FEATURE, place=1, duration_seconds=seconds
            )
        return cast(Parts, parts), job

    return make


def named(parts: Parts, job: int) -> list[str | None]:
    """Name the cuts; give what they are called then."""
    name_editions(parts, job)
    return [title.edition for title in parts.store.titles(job)]


def test_cuts_are_named_by_their_running_times(film: Film) -> None:
    assert named(*film(SHORT, LONG)) == ["137 min", "154 min"]


def test_a_film_of_one_cut_has_no_edition(film: Film) -> None:
    assert named(*film(SHORT)) == [None]


def test_the_cut_that_tmdb_means_is_the_film_itself(film: Film) -> None:
    parts, job = film(SHORT, LONG)
    assert named(parts, job) == ["137 min", "154 min"]
    keep_runtime(parts, job, [137])
    assert named(parts, job) == [None, "154 min"]
    assert named(parts, job) == [None, "154 min"], "and stays so"
    keep_runtime(parts, job, [])
    assert named(parts, job) == ["137 min", "154 min"], "the work was another one, of unknown length"


def test_what_a_person_or_a_record_says_wins(film: Film) -> None:
    parts, job = film(SHORT, LONG, 9500.0)
    first, second, _ = parts.store.titles(job)
    parts.lifecycle.update_title(first, edition="Theatrical Cut", match_source="discdb")
    parts.lifecycle.update_title(second, edition="Long", match_source="user")
    keep_runtime(parts, job, [137])
    assert named(parts, job) == ["Theatrical Cut", "Long", "158 min"]


def test_what_was_filed_keeps_its_name(film: Film) -> None:
    parts, job = film(SHORT, LONG)
    first = parts.store.titles(job)[0]
    parts.lifecycle.update_title(first, edition=None, match_source="earlier")
    assert named(parts, job) == [None, "154 min"]


def test_an_edition_of_the_disc_is_given_to_one_cut_and_follows_what_a_person_says_next(film: Film) -> None:
    parts, job = film(SHORT, LONG, edition="Special Edition")
    assert named(parts, job) == ["137 min", "Special Edition"]
    parts.lifecycle.update_job(job, edition="Director's Cut")
    assert named(parts, job) == ["137 min", "Director's Cut"]


def test_films_that_are_none_of_each_other_are_no_cuts(film: Film) -> None:
    parts, job = film(SHORT, LONG, 5400.0)
    titles = parts.store.titles(job)
    for place, title in enumerate(titles, 1):
        parts.lifecycle.update_title(title, place=place)
    assert named(parts, job) == [None, None, None]
    assert count_films(titles) == 3
    parts.lifecycle.update_title(titles[1], own_title="Alien", place=1)
    assert named(parts, job) == [None, None, None]


def test_asking_leaves_open_what_only_the_running_time_would_tell(film: Film) -> None:
    parts, job = film(SHORT, LONG, policy=EditionsPolicy.ASK)
    assert named(parts, job) == [None, None]
    row = parts.store.need_job(job)
    assert [wants_name(parts, row, title) for title in parts.store.titles(job)] == [True, True]
    keep_runtime(parts, job, [137])
    assert [wants_name(parts, row, title) for title in parts.store.titles(job)] == [False, True]
    last = parts.store.titles(job)[1]
    parts.lifecycle.update_title(last, edition="Special Edition", match_source="user")
    assert [wants_name(parts, row, title) for title in parts.store.titles(job)] == [False, False]
    assert named(parts, job) == [None, "Special Edition"]


def test_nobody_is_asked_where_all_are_kept_and_named(film: Film) -> None:
    parts, job = film(SHORT, LONG)
    row = parts.store.need_job(job)
    assert not any(wants_name(parts, row, title) for title in parts.store.titles(job))


def test_cuts_are_filed_with_their_own_editions_and_a_single_film_with_the_disc_s() -> None:
    job = DiscJob(id=1, drive_id="x", content_type=ContentType.MOVIE, detected_title="Aliens", edition="4K")
    cuts = [
        DiscTitle(job_id=1, title_index=n, role=TitleRole.MAIN_FEATURE, place=1, edition=edition)
        for n, edition in enumerate((None, "154 min"))
    ]
    assert [edition_of(job, title, cuts) for title in cuts] == [None, "154 min"]
    assert [filing_item(job, title, cuts).edition for title in cuts] == [None, "154 min"]
    alone = cuts[:1]
    assert edition_of(job, alone[0], alone) == "4K"
    alone[0].edition = "Remastered"
    alone[0].match_source = "discdb"
    assert edition_of(job, alone[0], alone) == "4K", "a person's word wins"
    alone[0].match_source = "user"
    assert edition_of(job, alone[0], alone) == "Remastered", "the word about the title even more"


@pytest.mark.parametrize(
    ("policy", "wanted", "refusals"),
    [
        (EditionsPolicy.ALL, "", ["", ""]),
        (EditionsPolicy.ASK, "", ["", ""]),
        (EditionsPolicy.LONGEST, "", ["title 2 is a longer cut of the film (editions_policy)", ""]),
        (EditionsPolicy.LONGEST, "1", ["", "not among the titles that were asked for"]),
    ],
)
def test_which_cuts_are_wanted(policy: EditionsPolicy, wanted: str, refusals: list[str]) -> None:
    job = DiscJob(drive_id="x", wanted_titles=wanted, main_only=True)
    wishes = Wishes.of(job, ContentType.MOVIE, "keep", 15, policy)
    cuts = (1, 0)
    roles = [
        RoleVerdict(title_index=n, role=TitleRole.MAIN_FEATURE, confidence=0.9, reason="", place=1, cuts=cuts)
        for n in range(2)
    ]
    titles = [
        Title(index=n, number=n, source_file="", segment_map="", segments=(), duration=seconds, size=1)
        for n, seconds in enumerate((SHORT, LONG))
    ]
    assert [wishes.refusal(title, role) for title, role in zip(titles, roles, strict=True)] == refusals


def test_the_policy_is_a_setting() -> None:
    assert AppConfig().editions_policy is EditionsPolicy.ALL
