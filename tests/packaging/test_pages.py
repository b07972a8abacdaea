"""The reference pages say what the program says now, and people can read them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import click
import pytest

from engramd.bus import authority, names
from engramd.bus.introspection import interfaces, xml
from engramd.ctl.app import app
from engramd.models import AppConfig
from engramd.settings import read_config_file
from engramd.settings.secrets import SECRETS

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
sys.path.insert(0, str(PACKAGING))

import make_pages  # noqa: E402
from pages import commands_page, daemon_page, settings_page  # noqa: E402
from pages.bus_xml import read_interfaces  # noqa: E402
from pages.readme import BEGIN, in_readme, polkit_table  # noqa: E402

MENDS = "run packaging/make-pages, look at what changed, and keep it with your change"
PAGES = ("engramctl.1", "engramd.8", "engramd.toml.5", "org.engramd.Engram1.5")


def test_what_is_in_the_tree_is_what_the_program_says() -> None:
    old = [
        name
        for name, text in make_pages.made()
        if not (PACKAGING / name).is_file() or (PACKAGING / name).read_text(encoding="utf-8") != text
    ]

    assert not old, f"{', '.join(old)}: {MENDS}"


def test_they_are_the_same_on_every_machine_and_day(tmp_path: Path) -> None:
    command = [sys.executable, str(PACKAGING / "make_pages.py"), str(tmp_path)]
    strange = {
        "PYTHONHASHSEED": "7",
        "LC_ALL": "C",
        "TZ": "Asia/Tokyo",
        "HOME": "/nonexistent",
        "COLUMNS": "40",
    }
    done = subprocess.run(
        command, env={**os.environ, **strange}, cwd="/", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    for name, text in make_pages.made():
        assert (tmp_path / name).read_text(encoding="utf-8") == text, name
        if name[-1].isdecimal():
            assert re.search(r'^\.TH "\S+" "\d" "" "engramd \S+"', text, re.MULTILINE), f"{name} has a date"


def test_the_check_names_the_file_and_the_command_that_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_pages.main([str(tmp_path)]) == 0
    assert make_pages.main(["--check", str(tmp_path)]) == 0
    (tmp_path / "man/engramd.8").write_text("something else")
    (tmp_path / "completions/_engramctl").unlink()

    assert make_pages.main(["--check", str(tmp_path)]) == 1

    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert all("packaging/make-pages makes it anew" in line for line in said)
    assert {line.split()[0].rpartition("/")[2] for line in said} == {"engramd.8", "_engramctl"}
    assert (tmp_path / "man/engramd.8").read_text() == "something else", "nothing is written"


def test_the_table_in_the_readme_is_that_of_today() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if BEGIN not in readme:
        pytest.skip("the README has no mark for the table")

    assert in_readme(readme, table()) == readme, MENDS


def table() -> str:
    return polkit_table(read_interfaces(xml()))


def test_the_table_has_every_method_below_its_action_and_takes_only_its_place() -> None:
    said = table()
    rows = {cells[1].strip(): cells[2:6] for line in said.splitlines() if (cells := line.split("|"))[1:]}
    columns = {"review": 0, "control": 1, "configure": 2, "": 3}
    for name, interface in interfaces().items():
        for method in interface.arguments if name.startswith(names.BUS_NAME) else ():
            action = authority.ACTIONS.get((name, method), "").rpartition(".")[2]
            cells = rows[name.rpartition(".")[2]]
            at = [place for place, cell in enumerate(cells) if method in cell.replace(",", " ").split()]
            assert at == [columns[action]], f"{name}.{method} in {cells}"
    old = said.replace("Rename", "Older")
    assert in_readme(f"before\n{old}after\n", said) == f"before\n{said}after\n"
    assert in_readme("no marks\n", said) == ""


@pytest.fixture(scope="module")
def rendered() -> dict[str, str]:
    """Give each page as a terminal of 200 columns shows it, without bold and the like."""
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    return {name: groff(name, "-Tutf8", "-P-cbou", "-rLL=200n").stdout for name in PAGES}


def groff(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-K", "utf8", *options, str(PACKAGING / "man" / name)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "", done.stderr
    return done


@pytest.mark.parametrize("name", PAGES)
def test_they_are_laid_out_without_a_warning(name: str, rendered: dict[str, str]) -> None:
    groff(name, "-z", "-Tutf8", "-rLL=78n")
    assert rendered[name].startswith(name.rpartition(".")[0].upper())


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_mandoc_finds_nothing_but_the_missing_date() -> None:
    files = [str(PACKAGING / "man" / name) for name in PAGES]
    lint = ["mandoc", "-T", "lint", "-W", "warning"]
    found = subprocess.run([*lint, *files], capture_output=True, text=True, check=False)

    lines = found.stdout.splitlines()
    assert [line for line in lines if "missing date" not in line] == []
    assert len(lines) == len(PAGES), "mandoc has looked at all"


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        (
            "engramctl.1",
            "NAME SYNOPSIS DESCRIPTION OPTIONS COMMANDS EXAMPLES EXIT STATUS ENVIRONMENT FILES SEE ALSO",
        ),
        ("engramd.8", "NAME SYNOPSIS OPTIONS EXIT STATUS SIGNALS ENVIRONMENT FILES SANDBOX JOURNAL SEE ALSO"),
        (
            "engramd.toml.5",
            "NAME SYNOPSIS DESCRIPTION KEYS SETTINGS SECRETS AND CREDENTIALS FILES EXAMPLE SEE ALSO",
        ),
        (
            "org.engramd.Engram1.5",
            "NAME SYNOPSIS DESCRIPTION NOTATION AUTHORIZATION ERRORS EXAMPLES SEE ALSO",
        ),
    ],
)
def test_they_have_the_sections_that_people_look_for(
    name: str, sections: str, rendered: dict[str, str]
) -> None:
    headings = [line for line in rendered[name].splitlines() if re.match(r"\w", line)]

    assert " ".join(line for line in headings if line in sections) == sections


def commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{above}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{above}{name} ")


def test_every_command_is_told_with_its_options_and_examples(rendered: dict[str, str]) -> None:
    entries = re.split(r"^ {7}(?=engramctl )", rendered["engramctl.1"], flags=re.MULTILINE)
    every = dict(commands(app))
    told = {}
    for entry in entries[1:]:
        named = [one for one in every if entry.startswith((f"engramctl {one} ", f"engramctl {one}\n"))]
        told[max(named, key=len, default="")] = " ".join(entry.split())
    for path, command in every.items():
        if command.hidden:
            continue
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                where = told[path] if parameter.name not in ("bus", "json") else rendered["engramctl.1"]
                assert all(name in where for name in (*parameter.opts, *parameter.secondary_opts)), path
        first = " ".join((command.help or "").split("\n\n")[0].split()).replace("`", "")
        assert first in told[path], path
        examples = (command.epilog or "").partition("Examples:\n")[2].splitlines()
        for example in [] if isinstance(command, click.Group) else examples:
            words, _, comment = example.partition("  # ")
            assert " ".join(words.split()) in told[path], path
            assert f"# {comment}" in told[path] or not comment, path


@pytest.mark.parametrize("line", [line for _, lines in commands_page.SCENES for line in lines])
def test_the_examples_are_commands_that_there_are(line: str) -> None:
    words = shlex.split(line.partition(" >")[0])
    command: click.Command = app
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(click.Context(app), words)
        assert found is not None, name
        command = found

    command.make_context("engramctl", words)  # raises what click would say


def test_the_variables_of_the_environment_are_those_that_are_read(rendered: dict[str, str]) -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "engramd").rglob("*.py"))
    outside = {"NOTIFY_SOCKET", "DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS"}  # read by libraries
    for name in ("engramctl.1", "engramd.8"):
        section = rendered[name].partition("\nENVIRONMENT\n")[2].partition("\nFILES\n")[0]
        told = set(re.findall(r"\b[A-Z]{3,}(?:_[A-Z]+)*\b", section)) - {"ASCII"}
        assert told, section
        assert {one for one in told - outside if one not in source} == set()

    read = "".join(
        (ROOT / "engramd/ctl" / name).read_text() for name in ("output.py", "terminal.py", "player.py")
    )
    used = set(re.findall(r'(?:environ\.get\(|SETTING = )"([A-Z_]+)"', read))
    assert {"NO_COLOR", "TERM", "ENGRAM_PLAYER"} <= used
    assert all(name in rendered["engramctl.1"] for name in used), used


def test_every_setting_is_told_with_its_default_and_limits(rendered: dict[str, str]) -> None:
    page = rendered["engramd.toml.5"]
    entries = dict(re.findall(r"^ {7}([a-z_]+)\n((?: {14}.*\n|\n)+)", page, re.MULTILINE))
    for name, field in AppConfig.model_fields.items():
        if name == "id":
            continue
        entry = " ".join(entries[name].split())
        assert (field.description or "").replace("`", "") in entry
        assert ("Default: " in entry) == (name not in SECRETS), name
        for limit in field.metadata:
            for bound in (getattr(limit, "ge", None), getattr(limit, "le", None)):
                assert bound is None or bound >= 10**15 or f"{bound:g}" in entry or str(bound) in entry, name
    assert "One of keep, skip or ask. Default: keep." in " ".join(entries["extras_policy"].split())
    assert "0.5 to 1. Default: 0.95." in " ".join(entries["matcher_min_confidence"].split())
    assert "172800 (2 days)" in " ".join(entries["references_wait"].split())


def test_secrets_are_told_as_such_and_have_no_value(rendered: dict[str, str]) -> None:
    page = rendered["engramd.toml.5"]
    secrets = page.partition("\nSECRETS AND CREDENTIALS\n")[2]
    for name in SECRETS:
        assert name in secrets
        [entry] = re.findall(rf"^ {{7}}{name}\n((?: {{14}}.*\n|\n)+)", page, re.MULTILINE)
        assert "never shown" in entry
        assert "Default" not in entry


def test_the_example_of_the_configuration_file_is_one(tmp_path: Path) -> None:
    file = tmp_path / "engramd.toml"
    file.write_text("\n".join(settings_page.EXAMPLE))

    settings = read_config_file(file, {}).settings

    assert settings == tomllib.loads(file.read_text())["settings"]
    assert settings["naming_preset"] == "jellyfin"


def test_every_member_of_the_bus_is_told_with_its_words(rendered: dict[str, str]) -> None:
    page = " ".join(rendered["org.engramd.Engram1.5"].split())
    markdown = (PACKAGING / "man/org.engramd.Engram1.md").read_text(encoding="utf-8")
    documented = re.findall(r'DocString" value="([^"]*)"', xml())
    assert len(documented) > 100
    for name, interface in interfaces().items():
        section = page.partition(f" {name} ")[2]
        assert f"\n## {name}\n" in markdown
        for member in (*interface.arguments, *interface.signals):
            assert f"{member}(" in section, f"{name}.{member}"
            assert f"* `{member}`(" in markdown, f"{name}.{member}"
        for member, kind in interface.properties.items():
            assert f"{member} {kind} (" in section, f"{name}.{member}"
            assert f"* `{member}` *{kind}* (" in markdown, f"{name}.{member}"
    told = words_of(page)
    for text in documented:
        assert words_of(unescape(text)) in told, text


def words_of(text: str) -> str:
    """Give the words of a text without what joins them, which a list has no need of."""
    words = (word for word in re.findall(r"[^\W_]+", text.casefold()) if word != "and")
    return f" {' '.join(words)} "


def test_every_method_that_changes_something_names_its_action(rendered: dict[str, str]) -> None:
    page = rendered["org.engramd.Engram1.5"]
    for (interface, method), action in authority.ACTIONS.items():
        section = page.partition(f"\n{interface}\n")[2].partition("\n   Signals of")[0]
        entry = re.search(rf"^ {{7}}{method}\(.*\n((?: {{14}}.*\n|\n)+)", section, re.MULTILINE)
        assert entry, f"{interface}.{method}"
        assert f"Needs {action}." in entry[1], f"{interface}.{method}"
    for interface, method in authority.READS:
        section = page.partition(f"\n{interface}\n")[2]
        entry = re.search(rf"^ {{7}}{method}\(.*\n((?: {{14}}.*\n|\n)+)", section, re.MULTILINE)
        assert entry, f"{interface}.{method}"
        assert "Needs org" not in entry[1], f"{interface}.{method}"


def test_every_option_of_the_daemon_is_told(rendered: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engramd", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", done.stdout))

    assert options >= {"--config", "--bus", "--version"}
    section = rendered["engramd.8"].partition("\nOPTIONS\n")[2].partition("\nEXIT STATUS\n")[0]
    assert set(re.findall(r"(?<![\w-])--[a-z-]+", section)) == options


def test_the_sandbox_is_that_of_the_unit(rendered: dict[str, str]) -> None:
    unit = daemon_page.read_unit(ROOT / "systemd/engramd.service")
    section = rendered["engramd.8"].partition("\nSANDBOX\n")[2].partition("\nJOURNAL\n")[0]

    assert f"as the user {unit['User'][0]}," in section
    for name in ("ReadWritePaths", "DeviceAllow", "ProtectHome", "SupplementaryGroups"):
        assert re.search(rf"^ {{7}}{name} +{re.escape(', '.join(unit[name]))}$", section, re.MULTILINE), name
