"""A station's name in a real PostgreSQL, and the line between stations."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from engramd.errors import Busy, EngramError, InvalidArgument
from engramd.store import open_engine
from engramd.store.line import Line, News
from engramd.store.membership import Membership
from engramd.store.upgrading import bring_to_present
from engramd.tools import Tools
from tests.support.databases import PostgresCluster

_numbers = count(1)


@pytest.fixture
def engine(postgres: PostgresCluster) -> Iterator[Engine]:
    """Give a database for several stations."""
    made = open_engine(postgres.create(f"members_{next(_numbers)}", "schema_of_engramd"))
    yield made
    made.dispose()


def _joined(engine: Engine, name: str) -> Membership:
    membership = Membership(engine, name, patience=0.1)
    membership.join()
    return membership


def _until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def test_a_name_is_of_one_daemon_until_it_leaves(engine: Engine) -> None:
    attic, cellar = _joined(engine, "attic"), _joined(engine, "cellar")
    second = Membership(engine, "attic", patience=0.1)
    with pytest.raises(Busy, match="another engramd that is called attic") as caught:
        second.join()
    assert "station" in caught.value.remedy
    assert cellar.is_running("attic")
    attic.leave()
    _until(lambda: not cellar.is_running("attic"), "the name is not given back")
    second.join()
    assert cellar.is_running("attic")
    assert not cellar.is_running("barn")
    second.leave()
    cellar.leave()


def test_a_name_that_is_given_back_in_this_moment_is_waited_for(engine: Engine) -> None:
    attic = _joined(engine, "attic")
    patient = Membership(engine, "attic", patience=20)
    timer = threading.Timer(0.2, attic.leave)
    timer.start()
    patient.join()
    timer.join()
    patient.leave()


def test_the_schema_changes_only_while_nobody_else_is_there(engine: Engine) -> None:
    attic, cellar = _joined(engine, "attic"), _joined(engine, "cellar")
    with pytest.raises(Busy, match="other stations use it") as caught, attic.alone():
        pass
    assert "install this version on all of them" in caught.value.remedy
    cellar.leave()
    _until(lambda: not attic.is_running("cellar"), "the cellar is still there")
    with attic.alone(), pytest.raises(Busy, match="gives the database its present schema"):
        _joined(engine, "cellar")
    _joined(engine, "cellar").leave()
    attic.leave()


def test_a_migration_is_refused_while_another_station_runs(engine: Engine, tmp_path: Path) -> None:
    attic, cellar = _joined(engine, "attic"), _joined(engine, "cellar")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))
    url = engine.url.render_as_string(hide_password=False)
    with pytest.raises(Busy, match="other stations use it"):
        bring_to_present(engine, url, tmp_path, Tools(), attic.alone)
    assert not (tmp_path / "backups").exists()
    attic.leave()
    cellar.leave()


def test_a_driver_that_cannot_listen_is_named() -> None:
    class Other:
        class dialect:  # noqa: N801 - as SQLAlchemy has it
            driver = "psycopg2"

    with pytest.raises(InvalidArgument, match="another driver") as caught:
        Membership(Other, "attic")  # type: ignore[arg-type]
    assert "postgresql+psycopg://" in caught.value.remedy


def test_a_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    engine = open_engine(f"postgresql+psycopg://engramd:hunter2@/engramd?host={tmp_path}")
    with pytest.raises(EngramError, match="the database cannot be read") as caught:
        _joined(engine, "attic")
    assert "hunter2" not in str(caught.value)


class _Station:
    """A station's end of the line."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.membership = _joined(engine, name)
        self.heard: list[News] = []
        self.lost: list[str] = []
        self.line = Line(
            self.membership, engine, self.heard.append, self.lost.append, gather=0.01, retry=0.05
        )
        self.line.start()
        _until(lambda: News(everything=True) in self.heard, f"{name} does not hear")
        self.heard.clear()

    def stop(self) -> None:
        self.line.stop()
        self.membership.leave()


@pytest.fixture
def pair(engine: Engine) -> Iterator[tuple[_Station, _Station]]:
    """Give two stations that hear each other."""
    attic, cellar = _Station(engine, "attic"), _Station(engine, "cellar")
    yield attic, cellar
    attic.stop()
    cellar.stop()


def test_what_one_tells_the_other_hears_and_not_itself(pair: tuple[_Station, _Station]) -> None:
    attic, cellar = pair
    for news in (News(jobs=(3, 1)), News(jobs=(3,)), News(settings=True), News(call_for="cellar")):
        attic.line.tell(news)
    wanted = {News(settings=True), News(call_for="cellar")}
    _until(lambda: wanted <= set(cellar.heard), f"heard: {cellar.heard}")
    assert {job for news in cellar.heard for job in news.jobs} == {1, 3}
    assert attic.heard == []


def test_news_of_many_jobs_comes_in_parts(pair: tuple[_Station, _Station]) -> None:
    attic, cellar = pair
    attic.line.tell(News(jobs=tuple(range(10**9, 10**9 + 1200))))
    _until(lambda: sum(len(news.jobs) for news in cellar.heard) == 1200, "not all jobs came")


def _cut_off(engine: Engine, name: str) -> None:
    """Have the server end the connection that holds a name, as when it is started anew."""
    kill = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    key = f"hashtextextended('engramd station {name}', 0)"
    with engine.connect() as connection:
        connection.execute(text(f"{kill} AND ((classid::bigint << 32) | objid::bigint) = {key}"))


def test_a_line_that_is_cut_comes_up_again_and_anything_may_have_changed(
    engine: Engine, pair: tuple[_Station, _Station]
) -> None:
    attic, cellar = pair
    _cut_off(engine, "cellar")
    _until(lambda: News(everything=True) in cellar.heard, "the line is down")
    attic.line.tell(News(jobs=(7,)))
    _until(lambda: News(jobs=(7,)) in cellar.heard, "the cellar hears nothing")
    assert attic.membership.is_running("cellar")
    assert cellar.lost == []


@pytest.mark.parametrize("message", ["5", "[1]", "null", '"a"', "nothing", '{"from": 3, "jobs": 4}'])
def test_what_is_no_news_is_passed_over(
    engine: Engine, pair: tuple[_Station, _Station], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    attic, cellar = pair
    before = list(cellar.heard)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_notify('engramd', :message)"), {"message": message})
    attic.line.tell(News(jobs=(7,)))
    _until(lambda: News(jobs=(7,)) in cellar.heard, "the cellar hears nothing any more")
    assert cellar.heard == [*before, News(jobs=(7,))], "the line was up all the time"


def test_a_line_that_fails_in_a_way_that_nobody_foresaw_comes_up_again(
    engine: Engine, pair: tuple[_Station, _Station], monkeypatch: pytest.MonkeyPatch
) -> None:
    attic, cellar = pair
    mistakes = {"join": 2, "listen": 1}
    join, listen = cellar.membership.join, cellar.line._listen

    def mistaken(name: str) -> None:
        if mistakes[name]:
            mistakes[name] -= 1
            raise RuntimeError(f"a mistake in {name}")

    monkeypatch.setattr(cellar.membership, "join", lambda: (mistaken("join"), join()))
    monkeypatch.setattr(cellar.line, "_listen", lambda connection: (mistaken("listen"), listen(connection)))
    _cut_off(engine, "cellar")
    _until(lambda: News(everything=True) in cellar.heard, f"the line is down: {mistakes}")
    assert not any(mistakes.values())
    attic.line.tell(News(jobs=(7,)))
    _until(lambda: News(jobs=(7,)) in cellar.heard, "the cellar hears nothing")
    assert cellar.lost == []


def _end_own(membership: Membership) -> None:
    with pytest.raises(psycopg.Error):
        membership.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_server_that_goes_while_a_station_joins_is_named_and_nothing_is_held(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    attic = Membership(engine, "attic", patience=0.1)
    taken = attic._take_name

    def take() -> None:
        taken()
        _end_own(attic)

    monkeypatch.setattr(attic, "_take_name", take)
    with pytest.raises(EngramError, match="the database cannot be read"):
        attic.join()
    with pytest.raises(Busy, match="has left"):
        _ = attic.connection
    monkeypatch.undo()
    attic.join()
    attic.leave()


def test_a_server_that_goes_while_the_schema_changes_is_named(engine: Engine) -> None:
    attic = _joined(engine, "attic")
    with pytest.raises(EngramError, match="the database cannot be read"), attic.alone():
        _end_own(attic)
    with pytest.raises(EngramError, match="the database cannot be read"), attic.alone():
        pytest.fail("nobody is kept from anything")
    attic.leave()


def test_a_daemon_whose_name_was_taken_meanwhile_must_not_go_on(
    engine: Engine, pair: tuple[_Station, _Station]
) -> None:
    _, cellar = pair
    thief = Membership(engine, "cellar", patience=20)
    cellar.line._retry = 0.5
    _cut_off(engine, "cellar")
    thief.join()
    _until(lambda: cellar.lost, "the cellar goes on")
    assert "another engramd that is called cellar" in cellar.lost[0]
    thief.leave()


def test_a_daemon_with_a_database_of_its_own_loads_nothing_of_this() -> None:
    rooms = ("psycopg", "engramd.store.line", "engramd.store.membership", "engramd.models.stations")
    further = ("engramd.bus.elsewhere", "engramd.pipeline.neighbours")
    code = f"import sys, engramd.daemon; print([one for one in {rooms + further} if one in sys.modules])"
    assert Tools().run([sys.executable, "-c", code]).stdout.strip() == "[]"
