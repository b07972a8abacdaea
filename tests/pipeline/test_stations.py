"""Stations: two real daemons on a real PostgreSQL, with one history, one review queue and one library."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest

from engramd.daemon import EXIT_FAILED
from tests.support.authoring import AuthoredDisc
from tests.support.databases import PostgresCluster
from tests.support.stations import Stations, StationUnderTest
from tests.support.videos import make_video

_numbers = count(1)


@dataclass(frozen=True)
class House:
    """Two stations."""

    stations: Stations
    attic: StationUnderTest
    cellar: StationUnderTest


@pytest.fixture(scope="module")
def house(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give two stations that run; neither has references, so that both have to ask."""
    url = postgres.create(f"stations_{next(_numbers)}", "schema_of_engramd")
    with Stations(tmp_path_factory.mktemp("house"), url) as stations:
        both = [stations.make(name) for name in ("attic", "cellar")]
        for station in both:
            station.start(wait=False)
        for station in both:
            station.wait_until(lambda log=station.log: "ready " in log(), "it is not ready", 60)  # type: ignore[misc]
        yield House(stations, *both)


def _question_of(station: StationUnderTest, job: int) -> int:
    station.wait_until(lambda: bool(station.rows("review", "list", "--job", job)), "nothing is asked")
    found: int = station.rows("review", "list", "--job", job)[0]["id"]
    return found


def test_a_disc_of_one_station_is_answered_and_known_on_the_other(house: House, tv_dvd: AuthoredDisc) -> None:
    """Also while its own station does not run: the answer is kept, and all else refused."""
    attic, cellar = house.attic, house.cellar
    attic.say("rip", tv_dvd.image, code=5)
    [job] = [one["id"] for one in attic.rows("jobs", "--station", "attic")]
    question = _question_of(cellar, job)
    _is_told_apart(house, job)
    before = [one["id"] for one in cellar.rows("events", job)]
    attic.kill()
    cellar.stop()
    cellar.start()
    _question_of(cellar, job)
    told = cellar.rows("events", job)
    assert [one["id"] for one in told] == before, f"the cellar touched a job of the attic: {told}"
    assert "the station attic, which does not run" in cellar.say("cancel", job, code=1)

    said = cellar.say("answer", question, "accept")

    assert "The station attic does not run; it acts on the answer when it does." in said
    assert "attic acts on it when it runs" in cellar.rows("events", job)[-1]["sentence"]
    assert cellar.job(job)["state"] == "review_needed"
    attic.start()
    cellar.wait_until(lambda: cellar.job(job)["state"] == "completed", f"not so: {cellar.job(job)}")
    assert "root at cellar" in {one["actor"] for one in cellar.rows("events", job)}
    names = [path.name for path in house.stations.library_files("tv")]
    assert [name for name in names if "S01E" in name] == [
        f"Harbor Station - S01E{number:02}.mkv" for number in (1, 2, 3)
    ]

    cellar.say("rip", tv_dvd.image)

    [known] = cellar.rows("history", "--station", "cellar")
    assert known["outcome"] == "duplicate", known
    assert [path.name for path in house.stations.library_files("tv")] == names


def _is_told_apart(house: House, job: int) -> None:
    attic, cellar = house.attic, house.cellar
    assert [one["id"] for one in cellar.rows("jobs", "--station", "attic")] == [job]
    assert cellar.rows("jobs", "--station", "cellar") == []
    assert cellar.rows("review", "list", "--station", "cellar") == []
    assert "attic" in cellar.say("jobs")
    assert "attic" in cellar.say("review", "list")
    assert "attic" not in attic.say("jobs"), "where all jobs are of this station, none is named"
    assert f"job {job} on attic" in cellar.say("status")
    assert "station attic, 1 job, 1 open question" in cellar.say("--station", "attic", "status")
    assert "station attic, 1 job, 1 open question" in cellar.say("--station", "attic")
    [manager] = cellar.rows("status")
    assert (manager["station"], manager["waiting_jobs"], manager["open_reviews"]) == ("cellar", 0, 1)


def test_two_stations_that_file_one_film_never_file_it_over_one_another(house: House) -> None:
    """One comes first, the other has to ask; the answer comes from the other station."""
    both = (house.attic, house.cellar)
    films = [
        make_video(station.folder / "in" / "Night Ferry (1999)" / "Night Ferry (1999).mkv", quality=quality)
        for station, quality in zip(both, (8, 20), strict=True)
    ]
    wanted = sorted(path.read_bytes() for path in films)
    words = ("--type", "film", "--show", "Night Ferry", "--year", "1999")
    start = threading.Barrier(2)

    def bring(station: StationUnderTest) -> None:
        start.wait(20)
        station.ctl("import", str(station.folder / "in"), *words, check=False)

    threads = [threading.Thread(target=bring, args=[station]) for station in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    own = [one for station in both for one in station.rows("jobs", "--station", station.name)]
    jobs = [one for one in own if one["detected_title"] == "Night Ferry"]
    assert sorted(one["station"] for one in jobs) == ["attic", "cellar"], jobs
    assert next(path.read_bytes() for path in house.stations.library_files("movies")) in wanted
    [waits] = [one for one in jobs if one["state"] != "completed"]
    other = house.cellar if waits["station"] == "attic" else house.attic
    other.say("answer", _question_of(other, waits["id"]), "keep_both")
    other.wait_until(lambda: other.job(waits["id"])["state"] == "completed", "it is not filed")
    assert sorted(path.read_bytes() for path in house.stations.library_files("movies")) == wanted


def test_an_answer_for_a_set_is_given_on_all_stations(house: House) -> None:
    """Both have a copy of a film that is there; one answer settles both questions."""
    there = make_video(house.attic.folder / "one" / "Salt Road (2001)" / "Salt Road (2001).mkv")
    words = ("--type", "film", "--show", "Salt Road", "--year", "2001")
    house.attic.say("import", there.parents[1], *words)
    jobs = []
    for station in (house.attic, house.cellar):
        copy = make_video(station.folder / "two" / there.parent.name / there.name, quality=20)
        station.say("import", copy.parents[1], *words, code=5)
        jobs.append(max(one["id"] for one in station.rows("jobs", "--station", station.name)))
    answered, follows = jobs

    house.cellar.say("answer", _question_of(house.cellar, answered), "skip", "--for", "set")

    for job in (answered, follows):
        house.attic.wait_until(lambda job=job: house.attic.job(job)["state"] == "completed", f"{job} waits")  # type: ignore[misc]
    assert house.attic.rows("review", "list", "--job", follows) == []
    filed = [path for path in house.stations.library_files("movies") if "Salt Road" in path.name]
    assert [path.read_bytes() for path in filed] == [there.read_bytes()]


def test_what_is_set_on_one_station_counts_on_the_other_but_where_its_file_says_otherwise(
    house: House,
) -> None:
    house.attic.say("config", "set", "trash_days", "5")
    house.cellar.wait_until(lambda: "5" in house.cellar.say("config", "get", "trash_days"), "it does not")
    assert "locks" in house.attic.say("config", "set", "speech_enabled", "true", code=1)


def test_two_daemons_of_one_name_are_refused(house: House) -> None:
    second = house.stations.make("attic", folder="impostor")
    second.start(wait=False)
    assert second.process is not None
    assert second.process.wait(60) == EXIT_FAILED
    assert "another engramd that is called attic uses this database" in second.log()
    assert 'station = "…" in engramd.toml' in second.log()
    assert house.attic.rows("jobs", "--station", "attic") is not None
    assert not (second.folder / "state/station").exists(), "a name that it never had"


def test_a_station_that_is_named_nowhere_has_the_name_that_it_had(house: House) -> None:
    """Whatever its machine is called by now; the others keep theirs, too."""
    loft = house.stations.make("loft")
    assert (house.attic.folder / "state/station").read_text() == "attic\n"
    file = loft.folder / "engramd.toml"
    file.write_text(file.read_text().replace('station = "loft"\n', ""))
    (loft.folder / "state").mkdir()
    (loft.folder / "state/station").write_text("loft\n")
    loft.start()
    assert [manager["station"] for manager in loft.rows("status")] == ["loft"]
    loft.stop()


def test_a_station_that_nobody_knows_is_named(house: House) -> None:
    assert "no job was ever of this station (barn)" in house.cellar.say("jobs", "--station", "barn", code=1)
    assert "--station is for" in house.cellar.say("--station", "attic", "retry", "1", code=2)
