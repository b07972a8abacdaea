"""A sentence of the plot, where a person wants it: never waited for, fetched once. TMDB is a stand-in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.errors import EngramError
from engramd.models import AppConfig, DiscJob, WorkNamespace
from engramd.pipeline.plots import Plots, first_sentence
from engramd.pipeline.sources import Sources
from engramd.tools import CancelToken

JOB = DiscJob(drive_id="x", tmdb_id=1972, tmdb_namespace=WorkNamespace.TV)


class TmdbStandIn:
    """Stands in for TMDB and for what gives its client; it answers when it is `let`."""

    tmdb_online, away = True, False

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []
        self.let = threading.Event()

    @contextmanager
    def tmdb(self) -> Iterator[TmdbStandIn]:
        yield self

    def season(self, number: int, season: int, _cancel: object) -> Any:
        self.asked.append((number, season))
        assert self.let.wait(10)
        if self.away:
            raise EngramError("TMDB does not answer")
        plots = ("Somebody is late for the ship. Nobody knows why.", "")
        rows = [SimpleNamespace(episode_number=n, overview=plot) for n, plot in enumerate(plots, 1)]
        return SimpleNamespace(episodes=rows)


@pytest.fixture
def tmdb() -> TmdbStandIn:
    return TmdbStandIn()


def plots_of(tmdb: TmdbStandIn, *, wanted: bool = True) -> Plots:
    settings: Callable[[], AppConfig] = lambda: AppConfig(review_plot_enabled=wanted)  # noqa: E731
    return Plots(settings, cast(Sources, tmdb), CancelToken())


def test_the_plot_of_a_season_is_fetched_once(tmdb: TmdbStandIn) -> None:
    tmdb.let.set()
    plots = plots_of(tmdb)
    for _ in range(2):
        found = plots.of(JOB, [(1, 1), (1, 2), (1, 9)])
        assert found == {(1, 1): "Somebody is late for the ship."}
    assert tmdb.asked == [(1972, 1)]


def test_nobody_waits_for_it(tmdb: TmdbStandIn) -> None:
    plots = plots_of(tmdb)
    assert plots.of(JOB, [(1, 1)]) == {}
    tmdb.let.set()
    while not (found := plots.of(JOB, [(1, 1)])):
        pass
    assert found == {(1, 1): "Somebody is late for the ship."}
    assert tmdb.asked == [(1972, 1)]


def test_tmdb_is_asked_again_that_was_away(tmdb: TmdbStandIn) -> None:
    tmdb.let.set()
    tmdb.away = True
    plots = plots_of(tmdb)
    assert plots.of(JOB, [(1, 1)]) == {}
    tmdb.away = False
    while not plots.of(JOB, [(1, 1)]):
        pass


@pytest.mark.parametrize("case", ["not wanted", "offline", "unknown", "a film"])
def test_nobody_is_asked_that_may_not_be(tmdb: TmdbStandIn, case: str) -> None:
    tmdb.let.set()
    tmdb.tmdb_online = case != "offline"
    number = None if case == "unknown" else 1972
    namespace = WorkNamespace.MOVIE if case == "a film" else WorkNamespace.TV
    job = DiscJob(drive_id="x", tmdb_id=number, tmdb_namespace=namespace if number else None)
    assert plots_of(tmdb, wanted=case != "not wanted").of(job, [(1, 1)]) == {}
    assert tmdb.asked == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", ""),
        ("One that has no end", "One that has no end"),
        ("Dr. Smith meets\n Mr. Jones at the harbor. They talk.", "Dr. Smith meets Mr. Jones at the harbor."),
        ("word " * 90, f"{'word ' * 38}word…"),
    ],
)
def test_the_first_sentence(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence
