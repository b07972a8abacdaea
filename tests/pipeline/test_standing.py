"""The same question is not asked twice for the discs of a season or set, once a person said so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engramd.errors import InvalidArgument
from engramd.models import ContentType, DiscTitle, ExtrasPolicy, JobState, ReviewKind, TitleState
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.standing import Standing, same_set
from tests.pipeline.answering import ACTOR, AnsweringBench
from tests.support.databases import Bench


@pytest.fixture
def bench(sqlite_bench: Bench, tmp_path: Path) -> AnsweringBench:
    return AnsweringBench(sqlite_bench, tmp_path, conflict_resolution_default="ask")


def in_conflict(bench: AnsweringBench, code: str, season: int = 1) -> DiscTitle:
    """Give a title that waits because the library has another file of its episode."""
    first = bench.episode(code, detected_season=season)
    if f"{code}.mkv" not in " ".join(bench.in_library()):
        bench.filed(first)
    again = bench.ripped(bench.episode(code, detected_season=season), seconds=3)
    bench.go_on(again.job_id)
    return again


def state(bench: AnsweringBench, title: DiscTitle) -> TitleState:
    return bench.store.need_title(title.job_id, title.title_index).state


def test_both_are_kept_for_a_season_and_asked_about_in_the_next(bench: AnsweringBench) -> None:
    one, two, other = (
        in_conflict(bench, "S01E01"),
        in_conflict(bench, "S01E02"),
        in_conflict(bench, "S02E01", 2),
    )
    bench.answer(bench.asked(ReviewKind.CONFLICT, one.job_id)[0], "keep_both", "season")
    assert [state(bench, t) for t in (one, two, other)] == [
        TitleState.COMPLETED,
        TitleState.COMPLETED,
        TitleState.REVIEW,
    ]
    later = in_conflict(bench, "S01E03")
    bench.likewise()
    assert state(bench, later) is TitleState.COMPLETED
    in_conflict(bench, "S02E02", 2)
    bench.likewise()
    assert len(bench.asked(ReviewKind.CONFLICT)) == 2, "nobody answered for the second season"


def test_an_answer_that_is_taken_back_counts_no_longer(bench: AnsweringBench) -> None:
    first = in_conflict(bench, "S01E01")
    [task] = bench.asked(ReviewKind.CONFLICT)
    bench.answer(task, "keep_both", "set")
    Standing(bench).forget(task.id or 0)  # type: ignore[arg-type]
    assert state(bench, first) is TitleState.COMPLETED
    in_conflict(bench, "S01E02")
    assert (bench.late, len(bench.asked(ReviewKind.CONFLICT))) == ([], 1)


def test_without_more_said_an_answer_is_for_its_title_alone(bench: AnsweringBench) -> None:
    in_conflict(bench, "S01E01")
    in_conflict(bench, "S01E02")
    bench.answer(bench.asked(ReviewKind.CONFLICT)[0], "skip")
    assert len(bench.asked(ReviewKind.CONFLICT)) == 1


def test_what_is_asked_again_after_an_earlier_answer_is_told_of(bench: AnsweringBench) -> None:
    """The library's file cannot be replaced for some reason: it is not answered for ever."""
    in_conflict(bench, "S01E01")
    bench.answer(bench.asked(ReviewKind.CONFLICT)[0], "keep_both", "set")
    second = in_conflict(bench, "S01E02")
    bench.likewise()
    assert state(bench, second) is TitleState.COMPLETED
    [task] = bench.store.reviews(second.job_id)
    assert (task.answer, task.answered_by) == ("keep_both", ACTOR)
    second = bench.store.need_title(second.job_id, 0)
    bench.lifecycle.move_title(second, TitleState.REVIEW, "again")
    bench.reviews.ask(ReviewKind.CONFLICT, second.job_id, "Which is to stay?", title=second)
    assert not bench.late
    assert len(bench.asked(ReviewKind.CONFLICT)) == 1


def test_what_a_disc_is_is_said_of_the_other_discs_of_its_set(
    bench: AnsweringBench, sqlite_bench: Bench
) -> None:
    labels = ("HARBOR_STATION_D1", "HARBOR_STATION_D2", "DVD_VIDEO")
    jobs = [sqlite_bench.job(drive_id=label, volume_label=label) for label in labels]
    for job, kind in zip(jobs, (ReviewKind.IDENTITY, ReviewKind.TYPE, ReviewKind.TYPE), strict=True):
        bench.reviews.ask(kind, job.id or 0, "What is it?")
    bench.answer(bench.asked(ReviewKind.IDENTITY)[0], "tv:Harbor Station (2003)", "set")
    now = [bench.store.need_job(job.id or 0) for job in jobs]
    assert [(job.detected_title, job.content_type) for job in now] == [
        ("Harbor Station", ContentType.TV),
        ("Harbor Station", ContentType.TV),
        (None, ContentType.UNKNOWN),
    ]
    assert bench.identified == [jobs[0].id, jobs[1].id], "each is looked up"
    third = sqlite_bench.job(drive_id="d3", volume_label="HARBOR_STATION_D3")
    bench.reviews.ask(ReviewKind.TYPE, third.id or 0, "What is it?")
    bench.likewise()
    assert bench.store.need_job(third.id or 0).detected_title == "Harbor Station"


def test_an_answer_that_does_not_fit_leaves_the_question_open_and_tells_of_it(
    bench: AnsweringBench, sqlite_bench: Bench
) -> None:
    titles = sqlite_bench.titles(sqlite_bench.job(), 2)
    for title in titles:
        bench.reviews.ask(ReviewKind.DAMAGED, title.job_id, "Read it again?", title=title)
    row = Standing(bench).remember(bench.asked(ReviewKind.DAMAGED)[0], "keep", "disc", ACTOR)  # type: ignore[arg-type]
    assert row is not None
    bench.heard.names()
    bench.answers.answer_alike(bench.asked(ReviewKind.DAMAGED)[1].id or 0)
    assert len(bench.asked(ReviewKind.DAMAGED)) == 2, "nothing of it could be read"
    assert "ReviewOpened" in bench.heard.names()


def test_two_cuts_of_one_disc_are_no_one_edition(bench: AnsweringBench, sqlite_bench: Bench) -> None:
    def asked(name: str) -> list[DiscTitle]:
        job = sqlite_bench.job(
            drive_id=name, content_type=ContentType.MOVIE, detected_title="The Film", year=2003
        )
        titles = sqlite_bench.titles(job, 2)
        for title in titles:
            bench.reviews.ask(ReviewKind.EDITION, title.job_id, "Which?", title=title)
        return titles

    (one, _), _ = asked("a"), asked("b")
    bench.answer(bench.asked(ReviewKind.EDITION, one.job_id)[0], "Extended", "set")
    editions = [title.edition for job in (1, 2) for title in bench.store.titles(job)]
    assert editions == ["Extended", None, "Extended", "Extended"], "which a person said for the other disc"


@pytest.mark.parametrize(
    ("kind", "scope"),
    [(ReviewKind.EPISODE, "season"), (ReviewKind.DAMAGED, "set"), (ReviewKind.EDITION, "season")],
)
def test_a_scope_that_makes_no_sense_is_refused(
    bench: AnsweringBench, sqlite_bench: Bench, kind: ReviewKind, scope: str
) -> None:
    [title] = sqlite_bench.titles(sqlite_bench.job())
    bench.reviews.ask(kind, title.job_id, "Which?", title=title)
    with pytest.raises(InvalidArgument, match="the answer to this question is for"):
        bench.answer(bench.asked(kind)[0], "skip", scope)
    assert bench.asked(kind), "nothing of it is done"


def test_discs_belong_together_by_their_work_or_their_label(sqlite_bench: Bench) -> None:
    film = {"content_type": ContentType.MOVIE, "detected_title": "The Film", "year": 2003}
    one, two = sqlite_bench.job(drive_id="a", **film), sqlite_bench.job(drive_id="b", **film)
    remake = sqlite_bench.job(drive_id="c", **(film | {"year": 2020}))
    assert same_set(one, two)
    assert not same_set(one, remake)
    unnamed = [sqlite_bench.job(drive_id=n, volume_label="DVD_VIDEO") for n in ("d", "e")]
    assert not same_set(*unnamed), "a label that says nothing makes no set"


def test_a_work_takes_the_place_of_the_question_for_the_type(sqlite_bench: Bench) -> None:
    reviews, job_id = Reviews(sqlite_bench.store, sqlite_bench.hub), sqlite_bench.job().id or 0
    reviews.ask(ReviewKind.TYPE, job_id, "What is it?")
    reviews.ask(ReviewKind.IDENTITY, job_id, "Which Harbor Station is it?", why="two are called so")
    [task] = sqlite_bench.store.open_reviews(job_id)
    assert (task.kind, task.why) == (ReviewKind.IDENTITY, "two are called so")
    reviews.ask(ReviewKind.TYPE, job_id, "What is it?")
    assert len(sqlite_bench.store.open_reviews(job_id)) == 1
    reviews.close(job_id, kind=ReviewKind.IDENTITY)
    assert not sqlite_bench.store.open_reviews(job_id)


@pytest.mark.parametrize(
    "values",
    [
        {"tmdb_id": 71365, "detected_title": "Galactica"},
        {"detected_title": "Galactica 1980"},
        {"detected_title": "Galactica", "year": 2004},
        {"detected_title": "Galactica", "content_type": ContentType.MOVIE},
    ],
)
def test_a_label_that_two_works_share_makes_no_set_of_them(
    bench: AnsweringBench, sqlite_bench: Bench, values: dict[str, Any]
) -> None:
    bench.current.extras_policy = ExtrasPolicy.ASK
    one = bench.extras(1, detected_title="Galactica", year=1978, tmdb_id=501)
    two = bench.extras(1, **({"year": 1978} | values))
    for job in (one, two):
        bench.lifecycle.update_job(job.id or 0, volume_label="GALACTICA")
        bench.go_on(job.id or 0)
    bench.answer(bench.asked(ReviewKind.EXTRA, one.id)[0], "skip", "set")
    bench.likewise()
    assert [title.state for title in bench.store.titles(two.id or 0)] == [TitleState.REVIEW]


def test_what_is_said_of_a_film_is_not_said_of_a_series_with_its_label(
    bench: AnsweringBench, sqlite_bench: Bench
) -> None:
    film, series = (
        sqlite_bench.job(drive_id=kind, volume_label="FARGO", content_type=kind) for kind in ("movie", "tv")
    )
    for job in (film, series):
        bench.reviews.ask(ReviewKind.IDENTITY, job.id or 0, "Which Fargo is it?")
    bench.answer(bench.asked(ReviewKind.IDENTITY, film.id)[0], "movie:Fargo (1996)", "set")
    bench.likewise()
    assert len(bench.asked(ReviewKind.IDENTITY, series.id)) == 1


def test_replace_was_said_of_one_episode_and_not_of_what_the_title_becomes(bench: AnsweringBench) -> None:
    """The library goes away before the title is filed, and the person says that it is something else."""
    bench.filed(bench.ripped(bench.episode("S01E02"), seconds=4))
    title, before = in_conflict(bench, "S01E01"), bench.in_library()
    bench.current.library_tv_path = ""
    bench.answer(bench.asked(ReviewKind.CONFLICT)[0], "replace")
    assert state(bench, title) is TitleState.MATCHED
    bench.answers.assign(title.job_id, title.title_index, "S01E02", ACTOR)
    bench.current.library_tv_path = str(bench.tv)
    bench.go_on(title.job_id)
    assert (bench.in_library(), bench.in_trash()) == (before, [])
    assert len(bench.asked(ReviewKind.CONFLICT)) == 1


def test_replace_was_not_said_of_the_show_that_the_disc_becomes(bench: AnsweringBench) -> None:
    title = in_conflict(bench, "S01E01")
    bench.filed(bench.ripped(bench.episode("S01E01", "Lighthouse"), seconds=4))
    before = bench.in_library()
    bench.lifecycle.update_title(title, match_source="user")
    bench.current.library_tv_path = ""
    bench.answer(bench.asked(ReviewKind.CONFLICT)[0], "replace")
    bench.lifecycle.move_job(title.job_id, JobState.RIPPING, "a test")
    bench.answers.identify(title.job_id, {"title": "Lighthouse"}, ACTOR)
    bench.current.library_tv_path = str(bench.tv)
    bench.go_on(title.job_id)
    assert (bench.in_library(), bench.in_trash()) == (before, [])
