"""Settings on the command line: units in and out, mistakes told before anything is sent, secrets asked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result

from engramd.ctl.app import app
from engramd.ctl.cells import width
from engramd.ctl.config_screen import listed
from tests.support.busservice import ServiceProcess, running_service
from tests.support.clickrunner import runner
from tests.support.privatebus import PrivateBus
from tests.support.tmux import Tmux, missing_for_tmux

Run = Callable[..., Result]
KEY = "T-sesame0123456789"
FILE = '# Mine.\n[settings]\n\nextras_policy = "skip"\n'


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """The service with real settings; its file locks the extras policy in line 4."""
    folder: Path = tmp_path_factory.mktemp("service")
    (folder / "engramd.toml").write_text(FILE)
    with PrivateBus(system=False) as bus, running_service(folder, bus) as process:
        yield process


@pytest.fixture
def config(service: ServiceProcess) -> Run:
    """Give `engramctl config`; `said` is its standard input."""

    def run(*words: str, said: str = "") -> Result:
        environment = service.bus.environment
        return runner().invoke(app, ["--bus", "session", "config", *words], env=environment, input=said)

    return run


def objects(done: Result) -> dict[str, dict[str, object]]:
    assert done.exit_code == 0, done.output
    found = map(json.loads, done.stdout.splitlines())
    return {one["name"]: one for one in found}


@pytest.mark.parametrize(
    ("name", "typed", "kept", "shown"),
    [
        ("rip_inactivity_seconds", ("15min",), 900, "15 min"),
        ("disc_budget_seconds", ("1h30m",), 5400, "1 h 30 min"),
        ("references_wait", ("7d",), 604_800, "7 days"),
        ("trash_days", ("2", "weeks"), 14, "14 days"),
        ("min_free_bytes", ("4GiB",), 4 << 30, "4 GiB"),
        ("min_free_bytes", ("500 MB",), 500_000_000, "500 MB"),
        ("max_concurrent_matches", ("3",), 3, "3"),
        ("matcher_min_confidence", ("97%",), 0.97, "0.97"),
        ("auto_eject_enabled", ("off",), False, "no"),
        ("auto_eject_enabled", ("Yes",), True, "yes"),
        ("naming_preset", ("jellyfin",), "jellyfin", "jellyfin"),
        ("plex_url", ("http://nas:32400",), "http://nas:32400", "http://nas:32400"),
    ],
)
def test_values_have_units_for_people_and_none_for_programs(
    config: Run, name: str, typed: tuple[str, ...], kept: object, shown: str
) -> None:
    done = config("set", name, *typed)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "" or name == "naming_preset", "success needs no words"

    assert config("get", name).stdout == f"{shown}\n"
    assert json.loads(config("get", name, "--json").stdout) == {name: kept}
    assert objects(config("list", name, "--json"))[name]["value"] == kept


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("set", "max_concurrent_matches", "many"), 2, "'many' is no number"),
        (
            ("set", "max_concurrent_matches", "65"),
            2,
            "65 is out of the range of max_concurrent_matches: it is ",
        ),
        (("set", "rip_inactivity_seconds", "5 s"), 2, "it is from 10 s to 1 day"),
        (("set", "rip_inactivity_seconds", "soon"), 2, "such as 90 s, 20 min or 1h30m"),
        (("set", "min_free_bytes", "4G"), 2, "such as 500 MB or 4 GiB"),
        (("set", "trash_days", "36h"), 2, "it would be 1.5 days"),
        (("set", "auto_eject_enabled", "perhaps"), 2, "it is yes or no"),
        (("set", "naming_preset", "jelyfin"), 2, "it is one of plex, jellyfin; did you mean jellyfin?"),
        (("set", "naming_preset"), 2, "naming_preset needs a value: it is one of plex, jellyfin"),
        (
            ("set", "libary_tv_path", "/x"),
            1,
            "there is no setting libary_tv_path; did you mean library_tv_path",
        ),
        (("get", "tv"), 1, "there is no setting tv; `engramctl config list` lists them"),
        (("get", "eject"), 1, "did you mean auto_eject_enabled or eject_on_failure?"),
        (("describe", "trash_day"), 1, "did you mean trash_days?"),
        (("reset", "trash_days", "naming_prest"), 1, "did you mean naming_preset"),
        (("list", "nonsense"), 1, "topics are folders, ripping, matching, naming, filing, sources"),
        (("set", "makemkv_key", "-"), 2, "nothing came on standard input"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_told_before_anything_is_sent(
    config: Run, service: ServiceProcess, words: tuple[str, ...], code: int, said: str
) -> None:
    before, sent = objects(config("list", "--json")), service.log().count("Settings.Set")

    done = config(*words)

    assert (done.exit_code, done.stdout) == (code, ""), done.output
    assert said in done.stderr
    assert done.stderr.startswith("engramctl: ")
    assert len(done.stderr.splitlines()) == 1
    assert objects(config("list", "--json")) == before
    assert service.log().count("Settings.Set") == sent, "the daemon was asked, and refused"


def test_rules_of_text_are_told_by_the_daemon(config: Run) -> None:
    done = config("set", "staging_path", "media/staging")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "staging_path must be an absolute path" in done.stderr


def test_a_locked_setting_names_the_file_and_the_line(config: Run, service: ServiceProcess) -> None:
    place = f"{service.folder / 'engramd.toml'}:4"
    for words in (("set", "extras_policy", "keep"), ("reset", "extras_policy")):
        done = config(*words)
        assert (done.exit_code, done.stdout) == (1, "")
        assert place in done.stderr
        assert "change that line, then: sudo systemctl reload engramd" in done.stderr
    assert place in config("describe", "extras_policy").stdout
    assert "locked by engramd.toml:4" in config("list", "extras_policy").stdout


@pytest.mark.parametrize("columns", [30, 60, 80, 100, 200])
def test_the_list_fits_the_screen(config: Run, columns: int) -> None:
    entries = list(objects(config("list", "--json")).values())
    lines = click.unstyle(listed(entries, columns)).splitlines()

    assert max(map(width, lines)) <= columns
    assert len(lines) < 110, "a line for each setting, and one for each topic"
    assert ("10 s - 1 day" in "\n".join(lines)) == (columns >= 80)


def test_the_list_is_by_topics_and_whole_in_a_pipe(config: Run) -> None:
    listed = config("list").stdout
    heads = [block.split()[0] for block in listed.split("\n\n")]
    assert heads[:3] == ["FOLDERS", "RIPPING", "MATCHING"]
    assert "A title without new data for this long is left for the end, then given up." in listed
    assert not [line for line in listed.splitlines() if line.endswith("…")]

    naming = config("list", "naming").stdout.splitlines()
    assert naming[0].split() == ["NAMING", "VALUE", "RANGE", "MEANING"]
    assert [line.split()[0] for line in naming[1:3]] == ["naming_preset", "naming_tv_show_format"]
    assert any(line.startswith("folder_title") for line in naming), "the topic counts, not only the name"
    assert [line.split()[0] for line in config("list", "eject").stdout.splitlines() if line.islower()] == []


def test_one_setting_is_described_whole(config: Run) -> None:
    assert config("reset", "rip_inactivity_seconds").exit_code == 0
    described = config("describe", "rip_inactivity_seconds").stdout
    assert described == config("get", "--verbose", "rip_inactivity_seconds").stdout
    assert described.startswith(
        "A title without new data for this long is left for the end, then given up.\n"
    )
    for line in ("value    20 min", "range    10 s - 1 day", "unit     seconds, where none is said"):
        assert line in described.splitlines()

    entry = objects(config("describe", "rip_inactivity_seconds", "--json"))["rip_inactivity_seconds"]
    assert (entry["value"], entry["min"], entry["max"], entry["unit"]) == (1200, 10, 86400, "s")


def test_a_secret_comes_from_a_pipe_and_is_not_shown(config: Run) -> None:
    for words in (("set", "makemkv_key"), ("set", "makemkv_key", "-")):
        done = config(*words, said=f"{KEY}\n")
        assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
        assert config("get", "makemkv_key").stdout == "(set)\n"
        assert config("reset", "makemkv_key").exit_code == 0
    assert config("get", "makemkv_key").stdout == "(not set)\n"


def test_nothing_typed_does_not_empty_a_secret(config: Run) -> None:
    assert config("set", "makemkv_key", said=f"{KEY}\n").exit_code == 0

    done = config("set", "makemkv_key", said="\n")

    assert done.exit_code == 2
    assert "nothing was entered (makemkv_key); `engramctl config reset makemkv_key`" in done.stderr
    assert config("get", "makemkv_key").stdout == "(set)\n"


@pytest.mark.parametrize("words", [("makemkv_key", KEY), (f"makemkv_key={KEY}",)])
def test_a_secret_on_the_command_line_is_taken_and_warned_about(config: Run, words: tuple[str, ...]) -> None:
    done = config("set", *words)

    assert (done.exit_code, done.stdout) == (0, "")
    assert "history" in done.stderr
    assert "better: `engramctl config set makemkv_key`, which asks for it" in done.stderr
    assert KEY not in done.stdout + done.stderr
    assert config("reset", "makemkv_key").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [(KEY, "makemkv_key"), (KEY,), (f"{KEY}=makemkv_key",), ("makemkv_kez", KEY), (f"makemkv_kez={KEY}",)],
)
def test_no_mistake_repeats_a_secret(config: Run, words: tuple[str, ...]) -> None:
    done = config("set", *words)

    assert done.exit_code in (1, 2)
    assert KEY not in done.stdout + done.stderr


def test_several_addresses_need_no_quotes(config: Run) -> None:
    done = config("set", "apprise_urls", "json://me:sesame@host", "tgram://sesame/1")
    assert done.exit_code == 0
    assert "sesame" not in done.stdout + done.stderr
    assert config("reset", "apprise_urls").exit_code == 0


@pytest.mark.skipif(bool(missing_for_tmux()), reason=missing_for_tmux())
def test_a_secret_is_asked_for_and_not_echoed(service: ServiceProcess, config: Run, tmp_path: Path) -> None:
    environment = {**os.environ, **service.bus.environment, "PYTHONPATH": str(Path(__file__).parents[2])}
    with Tmux(tmp_path, environment, columns=120) as terminal:
        terminal.run(f"{sys.executable} -m engramd.ctl --bus session config set makemkv_key; echo code $?.")
        terminal.wait_for("makemkv_key:")
        terminal.run(KEY)
        screen = terminal.wait_for("code 0.")
    assert KEY not in screen
    assert config("get", "makemkv_key").stdout == "(set)\n"
    assert config("reset", "makemkv_key").exit_code == 0
