"""Help by purpose, with examples that the program itself takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from engramd.ctl.app import app
from engramd.ctl.help import GROUPS, grouped, suggestion
from tests.support.clickrunner import runner


def commands(group: click.Group = app, before: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Give every command with its words."""
    for name, command in group.commands.items():
        words = (*before, name)
        yield " ".join(words), command
        if isinstance(command, click.Group):
            yield from commands(command, words)


EVERY = dict(commands())


def help_of(*words: str) -> str:
    done = runner().invoke(app, [*words, "--help"], env={"COLUMNS": "100"})
    assert done.exit_code == 0
    return done.stdout


def test_commands_stand_with_others_of_their_purpose() -> None:
    shown = help_of()
    titles = [title for title, _ in GROUPS]

    places = [shown.index(f"\n{title}:\n") for title in titles]
    assert places == sorted(places)
    assert "\nOthers:" not in shown, "a new command has its place in engramd.ctl.help.GROUPS"
    assert {name for _, found in grouped(app.commands) for name, _ in found} == set(app.commands)


def test_every_command_says_in_one_line_what_it_does() -> None:
    shown = help_of()
    for _, found in grouped(app.commands):
        for name, command in found:
            said = command.get_short_help_str(90)
            assert said.endswith("."), name
            assert not said.endswith("..."), name
            assert re.search(rf"(?m)^  {re.escape(name)} +{re.escape(said)}$", shown), name


@pytest.mark.parametrize("words", EVERY)
def test_every_command_has_examples_that_it_takes(words: str) -> None:
    shown = help_of(*words.split())
    examples = re.findall(r"(?m)^ +engramctl ([^#\n|]+?)\s*(?:\||#|$)", shown.partition("Examples:")[2])

    assert examples, f"{words} has no example: see engramd.ctl.examples, or give it an epilog"
    assert any(example.split()[: len(words.split())] == words.split() for example in examples)
    for example in examples:
        understood(shlex.split(example))


@pytest.fixture(autouse=True)
def files_of_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the files and folders that some examples name."""
    monkeypatch.chdir(tmp_path)
    for name in ("subs", "thediscdb-data"):
        Path(name).mkdir()
    for name in ("title_1.mkv", "title_2.mkv", "disc.iso"):
        Path(name).touch()


def understood(words: list[str]) -> None:
    """Read words as the program does, without running anything; UsageError for what it does not take."""
    command: click.Command = app
    parent: click.Context | None = None
    while True:
        context = command.make_context(words[0] if parent else "engramctl", words[1:] if parent else words,
                                       parent=parent, resilient_parsing=False)  # fmt: skip
        if not isinstance(command, click.Group):
            return
        before = getattr(context, "_protected_args", None)  # click 8.1 has it without the underscore
        rest = [*(context.protected_args if before is None else before), *context.args]
        if not rest:
            assert command.invoke_without_command
            return
        name, found, left = command.resolve_command(context, rest)
        assert name is not None
        assert found is not None
        command, parent, words = found, context, [name, *left]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("statsu",), "status"),
        (("reviw",), "review"),
        (("config", "sett"), "set"),
        (("rip", "--agian", "x"), "--again"),
        (("jobs", "--jsno"), "--json"),
    ],
)
def test_what_was_probably_meant_is_said(words: tuple[str, ...], meant: str) -> None:
    done = runner().invoke(app, words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Did you mean" in done.stderr
    assert meant in done.stderr.partition("Did you mean")[2]
    assert done.stderr.count("Did you mean") == 1


def test_where_click_itself_suggests_no_command_one_is_suggested() -> None:
    context = click.Context(app, info_name="engramctl")

    assert suggestion(click.UsageError("No such command 'reprot'.", context)) == " Did you mean report?"
    assert suggestion(click.UsageError("No such command 'xyzzy'.", context)) == ""
    assert suggestion(click.UsageError("Missing argument 'JOB'.", context)) == ""
