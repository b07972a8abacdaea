"""Where jobs are of several stations, lists say of which each is; where there is one, nothing is said."""

from __future__ import annotations

from typing import Any

import pytest

from engramd.ctl import screens
from engramd.ctl.app import app
from engramd.ctl.question_words import question_table
from engramd.ctl.review_desk import Desk
from engramd.ctl.service import Service, Snapshot
from engramd.ctl.stations import on, stations
from engramd.errors import NotFound, WrongState
from tests.ctl import samples
from tests.support.clickrunner import runner


def test_a_station_is_named_where_there_are_several_or_it_is_another() -> None:
    attic, cellar = {"Station": "attic"}, {"Station": "cellar"}
    assert stations([attic, cellar]) == ["attic", "cellar"]
    assert stations([attic, attic], "cellar") == ["attic", "attic"]
    assert stations([attic, attic], "attic") == ["", ""]
    assert stations([attic]) == [""]
    assert stations([{}, {}], "attic") == ["", ""], "a daemon from before there were stations says none"
    assert on(attic, "cellar") == " on attic"
    assert on(attic, "attic") == on({}, "attic") == on(attic, "") == ""


def _jobs() -> list[dict[str, Any]]:
    return [samples.job(id=number, station=name) for number, name in ((1, "attic"), (2, "cellar"))]


def test_lists_have_a_column_of_stations_only_where_there_are_several() -> None:
    one, other = _jobs()
    for laid_out in (screens.jobs, screens.history):
        assert "STATION" in laid_out([one, other], here="attic").splitlines()[0]
        assert "STATION" in laid_out([one], here="cellar").splitlines()[0]
        assert "STATION" not in laid_out([one], here="attic")
    asked = samples.review(id=5) | {"Subject": "/org/engramd/Engram1/jobs/2"}
    assert "cellar" in question_table([asked], {2: other}, "attic")
    assert "cellar" not in question_table([asked], {2: other}, "cellar")
    assert "STATION" not in question_table([asked])


def test_a_snapshot_of_a_station_has_its_jobs_with_titles_and_questions() -> None:
    one, other = _jobs()
    of_title = samples.review(id=5) | {"Subject": "/org/engramd/Engram1/jobs/1/titles/0"}
    of_other = samples.review(id=6) | {"Subject": "/org/engramd/Engram1/jobs/2"}
    titles = {(1, 0): samples.title(0, job_id=1), (2, 0): samples.title(0, job_id=2)}
    whole = Snapshot({}, {1: one, 2: other}, titles, {5: of_title, 6: of_other})
    attic = whole.of_station("attic")
    assert (list(attic.jobs), list(attic.titles), list(attic.reviews)) == ([1], [(1, 0)], [5])


class _Bus:
    """A daemon without objects that knows its own name, or is older than that."""

    def __init__(self, here: str) -> None:
        self._here = here

    def call(self, _path: str, _interface: str, method: str, _kinds: str = "", args: Any = ()) -> Any:
        if method == "Get":
            if not self._here:
                raise WrongState("there is no such property")
            return self._here
        return []


def test_a_station_that_the_daemon_never_heard_of_is_an_error() -> None:
    Service(_Bus("attic"), "attic").need_station()  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="no job was ever of this station"):
        Service(_Bus("attic"), "barn").need_station()  # type: ignore[arg-type]
    assert Service(_Bus("")).here() == ""  # type: ignore[arg-type]


class _Waiting:
    """A daemon whose question stays open: it is of a station that does not run."""

    def __init__(self) -> None:
        job = samples.job(id=4, station="attic")
        self.snapshot = Snapshot({}, {4: job}, {}, {2: samples.review(id=2)})
        self.given: list[Any] = []

    def look(self) -> Snapshot:
        return self.snapshot

    def here(self) -> str:
        return "cellar"

    def review(self, number: int, method: str, _kinds: str, given: Any) -> None:
        self.given.append((number, method, given))


def test_an_answer_that_is_kept_is_told_and_not_asked_for_again() -> None:
    daemon = _Waiting()
    desk = Desk(daemon, sleep=lambda _: None)  # type: ignore[arg-type]
    [question] = desk.open(desk.look())
    said = desk.answer(question, {"value": "S01E01"})
    assert said == "The station attic does not run; it acts on the answer when it does."
    assert daemon.given == [(2, "Answer", {"value": "S01E01"})]
    assert desk.open(desk.look()) == []


def test_a_command_that_does_something_is_not_for_another_station() -> None:
    done = runner().invoke(app, ["--station", "attic", "eject", "1"])
    assert done.exit_code == 2
    assert "--station is for status, jobs, history, review" in done.stderr
