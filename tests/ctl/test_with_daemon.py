"""engramctl and a real daemon on a bus of their own: discs go in, episodes and questions come out."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from engramd.ctl.app import app
from tests.support.authoring import AuthoredDisc
from tests.support.clickrunner import runner
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus

Run = Callable[..., Result]


@contextmanager
def daemon(folder: Path, references: Path) -> Iterator[Run]:
    """Run a daemon whose files are all below `folder`; gives engramctl that talks to it."""
    settings = {"references_path": str(references)}
    with PrivateBus(system=False) as bus, DaemonUnderTest(folder, bus, settings=settings):

        def engramctl(*words: object, said: str = "") -> Result:
            arguments = ["--bus", "session", *map(str, words)]
            return runner().invoke(app, arguments, env=bus.environment, input=said)

        yield engramctl


@pytest.fixture(scope="module")
def sure(references_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Give a daemon that has references."""
    with daemon(tmp_path_factory.mktemp("sure"), references_folder) as engramctl:
        yield engramctl


@pytest.fixture
def unsure(tmp_path: Path) -> Iterator[Run]:
    """Give a daemon without any references, which has to ask."""
    (tmp_path / "references").mkdir()
    with daemon(tmp_path / "daemon", tmp_path / "references") as engramctl:
        yield engramctl


def objects(done: Result) -> list[dict[str, object]]:
    assert done.exit_code in (0, 5), done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_disc_goes_in_and_its_episodes_come_out(sure: Run, tv_dvd: AuthoredDisc) -> None:
    done = sure("rip", "--again", tv_dvd.image)

    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert lines[0].startswith("job 1: identifying")
    assert "job 1: ripping: Harbor Station, season 1, disc 1" in lines
    assert "job 1: complete: Harbor Station, season 1, disc 1 (4 files)" in lines

    [job] = objects(sure("show", "1", "--json"))
    assert (job["state"], job["outcome"], job["content_type"]) == ("completed", "complete", "tv")
    evidence = job["evidence"]
    assert isinstance(evidence, list)
    assert any(one["followed"] and "Harbor Station" in one["claim"] for one in evidence), evidence
    assert "FOLLOWED" in sure("show", "1").stdout
    titles = job["titles"]
    assert isinstance(titles, list)
    found = {title["number"]: title["matched_episode"] for title in titles if title["matched_episode"]}
    assert found == {title.number: f"S01E{title.episode:02}" for title in tv_dvd.episodes}
    for title in titles:
        if title["matched_episode"]:
            assert Path(title["organized_to"]).name.endswith(f"{title['matched_episode']}.mkv")
            assert Path(title["organized_to"]).stat().st_size > 1_000_000

    [listed] = [one for one in objects(sure("--json", "jobs")) if one["id"] == 1]
    assert "titles" not in listed
    assert str(listed["created_at"]).endswith("Z")
    assert listed["drive_id"] == str(tv_dvd.image)
    assert [one["id"] for one in objects(sure("history", "--json"))][-1] == 1
    [state] = objects(sure("status", "--json"))
    assert (state["active_jobs"], state["open_reviews"], state["safe_to_power_off"]) == (0, 0, True)


def test_json_of_a_rip_is_the_finished_job_alone(sure: Run, film_dvd: AuthoredDisc) -> None:
    [job] = objects(sure("rip", "--main-only", "--json", film_dvd.image))

    assert (job["state"], job["content_type"]) == ("completed", "movie")


def test_a_disc_that_is_filed_is_not_ripped_twice(sure: Run, tv_dvd: AuthoredDisc) -> None:
    assert sure("rip", tv_dvd.image).exit_code == 0

    [job] = objects(sure("rip", "--json", tv_dvd.image))

    assert job["outcome"] == "duplicate"
    assert "--again" in sure("jobs").stdout


def test_a_rip_that_cannot_be_fails_with_1(sure: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.iso"
    broken.write_bytes(b"no disc" * 1000)

    assert sure("rip", broken).exit_code == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "99"), 1),
        (("cancel", "99"), 1),
        (("eject",), 1),
        (("config", "get", "nonsense"), 1),
        (("config", "set", "library_tv_path", "/elsewhere"), 1),
        (("config", "set", "extras_policy", "perhaps"), 2),
        (("config", "set", "tmdb_url", "http://api.themoviedb.org"), 2),
        (("config", "set", "metadata_language", "german"), 2),
        (("review", "show", "99"), 1),
        (("dismiss", "99"), 1),
        (("rip", "--titles", "3-1", "/"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_what_the_daemon_refuses_is_one_line_and_an_exit_code(
    sure: Run, words: tuple[str, ...], code: int
) -> None:
    done = sure(*words)

    assert (done.exit_code, done.stdout) == (code, ""), done.output
    assert done.stderr.startswith("engramctl: ")
    assert len(done.stderr.splitlines()) == 1


def test_what_is_not_there_is_said_in_the_words_of_people(sure: Run, film_dvd: AuthoredDisc) -> None:
    [begun] = objects(sure("rip", "--main-only", "--again", "--json", film_dvd.image))
    job = begun["id"]

    assert f"job {job} has no title 99; `engramctl show {job}`" in sure("skip", job, "99").stderr
    assert "there is no open question 99; `engramctl review list`" in sure("dismiss", "99").stderr


def test_a_number_that_is_too_large_is_refused_and_spoils_no_history(
    sure: Run, film_dvd: AuthoredDisc
) -> None:
    [begun] = objects(sure("rip", "--main-only", "--again", "--json", film_dvd.image))

    assert sure("identify", begun["id"], "--tmdb-id", 99_999_999_999).exit_code == 2
    assert sure("history").exit_code == 0


def test_settings_are_set_and_reset(sure: Run) -> None:
    assert sure("config", "set", "extras_min_seconds", "30").exit_code == 0
    assert objects(sure("config", "get", "extras_min_seconds", "--json")) == [{"extras_min_seconds": 30}]
    assert sure("config", "set", "extras_min_seconds", "-", said="40\n").exit_code == 0
    assert sure("config", "get", "extras_min_seconds").stdout == "40 s\n"
    assert sure("config", "reset", "extras_min_seconds").exit_code == 0

    entry = {one["name"]: one for one in objects(sure("config", "list", "--json"))}["extras_min_seconds"]
    assert (entry["value"], entry["default"], entry["locked"]) == (15, 15, False)


def test_a_key_is_set_and_never_shown(sure: Run) -> None:
    key = "0123456789abcdef" * 2
    assert sure("config", "get", "tmdb_api_key").stdout == "(not set)\n"

    assert sure("config", "set", "tmdb_api_key", "-", said=f"{key}\n").exit_code == 0
    assert sure("config", "set", "tmdb_api_key", "-", said="").exit_code == 2, "a pipe that failed has no key"

    assert sure("config", "get", "tmdb_api_key").stdout == "(set)\n"
    assert objects(sure("config", "get", "tmdb_api_key", "--json")) == [{"tmdb_api_key": None, "set": True}]
    listed = sure("config", "list").stdout
    [row] = [line.split() for line in listed.splitlines() if line.startswith("tmdb_api_key")]
    assert row[1] == "(set)"
    entry = {one["name"]: one for one in objects(sure("config", "list", "--json"))}["tmdb_api_key"]
    assert (entry["value"], entry["secret"], entry["set"]) == (None, True, True)
    assert key not in listed + str(entry) + sure("status", "--json").stdout + sure("doctor").stdout
    assert sure("config", "reset", "tmdb_api_key").exit_code == 0
    assert sure("config", "get", "tmdb_api_key").stdout == "(not set)\n"


def test_a_credential_is_used_and_is_in_no_log(tmp_path: Path) -> None:
    key = "fedcba9876543210" * 2
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/tmdb_api_key").write_text(f"{key}\n")
    environment = os.environ | {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    with PrivateBus(system=False) as bus:
        service = DaemonUnderTest(tmp_path, bus, environment=environment)
        file = tmp_path / "engramd.toml"
        file.write_text('log_level = "debug"\n' + file.read_text())
        with service:
            refused = service.ctl("config", "set", "tmdb_api_key", "another", check=False)
            listed = service.ctl("config", "list", "--json").stdout
            assert service.ctl("config", "get", "tmdb_api_key").stdout == "(set)\n"
        assert (refused.returncode, "a systemd credential locks this setting" in refused.stderr) == (1, True)
        assert key not in listed + refused.stderr + service.log()
        (tmp_path / "credentials/tmdb_api_key").write_text(f"{key}\n{key}\n")
        service.start(wait=False)
        assert service.process is not None
        assert service.process.wait(30) == 78, service.log()
        assert str(tmp_path / "credentials/tmdb_api_key") in service.log()
        assert key not in service.log()


def test_what_the_next_discs_are_is_said_shown_and_ended(sure: Run) -> None:
    assert sure("next").stdout == "Nothing is said of the next discs.\n"

    said = ("--show", "Harbor Station", "--season", "2", "--disc", "1", "--discs", "7")
    done = sure("next", *said)

    assert done.exit_code == 0, done.output
    sentence = "next 7 discs in any drive: Harbor Station, season 2, from disc 1, until "
    assert sentence in done.stdout
    assert done.stdout.partition(": ")[2] in sure("status").stdout
    assert sure("next").stdout == done.stdout
    [hint] = objects(sure("next", "--json"))
    [state] = objects(sure("status", "--json"))
    assert state["hints"] == [hint]
    assert (hint["title"], hint["season"], hint["discs_left"], hint["drive"]) == (
        "Harbor Station",
        2,
        7,
        None,
    )
    assert str(hint["expires"]).endswith("Z")

    [film] = objects(sure("next", "--json", "--type", "film", "--show", "Heat", "--until-changed"))
    assert (film["content_type"], film["season"], film["discs_left"]) == ("movie", None, None)
    assert [one["id"] for one in objects(sure("next", "--json"))] == [film["id"]], (
        "it takes the former's place"
    )
    assert sure("next", "--drive", "nonsense", "--show", "X").exit_code == 1
    assert objects(sure("next", "--clear", "--json")) == [{"ended": 1}]
    assert sure("next").stdout == "Nothing is said of the next discs.\n"


def ended(engramctl: Run, job: int) -> dict[str, object]:
    """Wait until a job is completed; give it with its titles."""
    until = time.monotonic() + 30
    while (found := objects(engramctl("show", job, "--json"))[0])["state"] != "completed":
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return found


def episodes(job: dict[str, object]) -> list[object]:
    titles = job["titles"]
    assert isinstance(titles, list)
    return [one["matched_episode"] for one in titles[1:4]]


def test_questions_are_asked_and_answered(unsure: Run, tv_dvd: AuthoredDisc) -> None:
    assert unsure("rip", tv_dvd.image).exit_code == 5

    [of_disc] = objects(unsure("review", "list", "--json"))
    assert (of_disc["kind"], of_disc["scope"], of_disc["default"]) == ("episode", "disc", "accept")
    assert unsure("answer", of_disc["id"], "n").exit_code == 0
    questions = objects(unsure("review", "list", "--json"))
    assert [(one["kind"], str(one["subject"]).rpartition("/")[2]) for one in questions] == [
        ("episode", "1"),
        ("episode", "2"),
        ("episode", "3"),
    ]
    assert unsure("answer", questions[0]["id"], "S01E01").exit_code == 0
    assert unsure("review", said="1\nq\n").exit_code == 0, "the first candidate is what was proposed"
    assert len(objects(unsure("review", "list", "--json"))) == 1
    assert unsure("assign", "1", "4=S01E03").exit_code == 0

    job = ended(unsure, 1)
    assert job["outcome"] == "complete"
    assert episodes(job) == ["S01E01", "S01E02", "S01E03"]


def test_what_is_proposed_for_a_disc_is_accepted_with_one_key(unsure: Run, tv_dvd: AuthoredDisc) -> None:
    assert unsure("rip", tv_dvd.image).exit_code == 5
    shown = unsure("review", said="q\n").stdout
    assert "Harbor Station: titles 2-4 are S01E01-E03?" in shown
    assert "y: accept" in shown
    assert unsure("assign", 1, "2-9=S01E01-E08").exit_code == 1, "there is no title 9: none of it counts"
    assert episodes(objects(unsure("show", 1, "--json"))[0]) == [None, None, None]

    assert unsure("review", said="y\n").exit_code == 0
    job = ended(unsure, 1)
    assert (job["outcome"], episodes(job)) == ("complete", ["S01E01", "S01E02", "S01E03"])
    assert unsure("split", 1, 2).exit_code == 1

    found = objects(unsure("season", "harbor station", "1", "--json"))
    assert [(one["episode"], one["state"]) for one in found] == [(n, "completed") for n in (1, 2, 3)]
    assert all(Path(str(one["path"])).exists() for one in found)
    assert "3 of 3 episodes are filed." in unsure("season", "Harbor Station").stdout
    assert unsure("season", "Firefly").exit_code == 1


def test_a_job_is_cancelled_and_taken_off_the_list(unsure: Run, tv_dvd: AuthoredDisc) -> None:
    [begun] = objects(unsure("rip", "--no-wait", "--json", tv_dvd.image))
    assert unsure("cancel", begun["id"]).exit_code == 0
    unsure("watch", begun["id"])
    assert f"job {begun['id']}: cancelled" in unsure("watch", begun["id"]).stdout, "also when it is over"
    [job] = objects(unsure("show", begun["id"], "--json"))
    assert (job["state"] in ("completed", "failed"), job["outcome"]) == (True, "cancelled")

    assert unsure("clear", "--finished").exit_code == 0
    assert objects(unsure("jobs", "--json")) == []
    assert [one["id"] for one in objects(unsure("history", "--json"))] == [begun["id"]]


def test_a_format_that_is_taken_shows_what_names_are_like_now(sure: Run) -> None:
    preset = sure("config", "set", "naming_preset", "jellyfin")
    assert preset.exit_code == 0, preset.output
    assert "Harbor Lights (1999)/Harbor Lights (1999) - Director's Cut.mkv" in preset.stdout.splitlines()
    [told] = objects(sure("config", "set", "naming_movie_format", "{title} ({year}) {tmdb_id}", "--json"))
    assert isinstance(told["names"], list)
    assert told["names"][0].startswith("Harbor Lights (1999) [tmdbid-550]/")
    assert sure("config", "reset", "naming_preset", "naming_movie_format").exit_code == 0


@pytest.mark.parametrize(
    ("name", "template", "said"),
    [
        ("naming_episode_format", "{show} {seasn}x{episode}", "character 8 "),
        ("naming_movie_format", "{title}/{year}", "character 8 "),
        ("naming_tv_show_format", "{show", "character 1 "),
    ],
)
def test_a_wrong_format_is_refused_with_the_place_of_the_mistake(
    sure: Run, name: str, template: str, said: str
) -> None:
    refused = sure("config", "set", name, template)
    assert refused.exit_code == 2, refused.output
    assert said in refused.stderr
    assert sure("config", "get", name).stdout == "\n"


def test_the_order_of_a_show_that_nobody_knows_is_refused(sure: Run) -> None:
    refused = sure("order", "Nobody's Show", "dvd")
    assert refused.exit_code == 1, refused.output
    assert "engramctl identify" in refused.stderr
