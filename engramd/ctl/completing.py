"""What a shell completes: subcommands and options by click, and what the daemon knows, by this table.

The daemon is asked for a second at most, never started, and asks nobody for a password. Where there is none,
or anything goes wrong, nothing is offered and nothing is said. Loaded only when a shell asks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem, add_completion_class

from engramd.ctl import completing_known as known
from engramd.ctl.completing_shells import SHELLS
from engramd.ctl.session import Session
from engramd.ctl.text import printable

#: The variable by which a shell's script asks.
VARIABLE = "_ENGRAMCTL_COMPLETE"
#: Seconds that the daemon has to answer, the connection to the bus included.
LIMIT = 1.0

#: Who knows the values of a parameter, by its name, or by its command and its name.
SOURCES: dict[str, known.Source] = {
    "job": known.jobs,
    "jobs": known.jobs,
    "cancel job": known.unfinished_jobs,
    "clear jobs": known.ended_jobs,
    "target": known.drives_and_jobs,
    "drive": known.drives,
    "rip path": known.drives_and_files,
    "inspect paths": known.drives_and_files,
    "title": known.titles,
    "titles": known.titles,
    "assign what": known.titles_and_episodes,
    "shift what": known.titles_and_steps,
    "question": known.questions,
    "choice": known.options,
    "show": known.shows,
    "rename show": known.shows_and_films,
    "tracks show": known.shows_and_films,
    "rip show": known.shows_and_films,
    "history show": known.shows_and_films,
    "next show": known.shows_and_films,
    "import show": known.shows_and_films,
    "identify title": known.shows_and_films,
    "before_id": known.jobs,
    "change": known.changes,
    "undo review": known.answered,
    "config list words": known.topics,
    "config describe name": known.settings,
    "config get name": known.settings,
    "config set name": known.settings,
    "config reset names": known.settings,
    "config set value": known.values,
    "library scan path": known.folders,
    "library init path": known.folders,
    "trash restore ids": known.trash,
    "trash empty ids": known.trash,
    "trash empty root": known.roots,
    "doctor bundle": known.files,
}
#: Of parameters of these names, those that are something else: `--titles 1,3-5`.
OTHERS = frozenset({"rip titles"})


def prepare(app: click.Group) -> None:
    """Have shells answered by the table: its parameters, whole sentences of help, and our scripts."""
    for shell in SHELLS:
        add_completion_class(shell)
    _refuse_unknown(app)
    for path, command in _commands(app):
        if isinstance(command, click.Group):
            _refuse_unknown(command)
        command.short_help = command.short_help or _first_sentence(command.help or "")
        for parameter in command.params:
            _attach(path, parameter)


def _commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Give every command below a group with its name, such as `config set`."""
    for name, command in group.commands.items():
        yield above + name, command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{above}{name} ")


def _refuse_unknown(group: click.Group) -> None:
    """Have nothing offered after a word that is no command, where click would offer the commands again."""
    resolve = group.resolve_command

    def known_only(context: click.Context, words: list[str]) -> Any:
        name, command, rest = resolve(context, words)
        if command is None:
            raise click.UsageError(f"no such command: {words[0]}")
        return name, command, rest

    group.resolve_command = known_only  # type: ignore[assignment, method-assign]


def _first_sentence(text: str) -> str:
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return paragraph.removesuffix(".")


def _attach(path: str, parameter: click.Parameter) -> None:
    """Have a parameter ask its source, unless its type has choices or is a path and so knows better."""
    names = (f"{path} {parameter.name}", parameter.name or "")
    source = next((SOURCES[name] for name in names if name in SOURCES), None)
    if source is None or names[0] in OTHERS or isinstance(parameter.type, click.Choice | click.Path):
        return

    def complete(context: click.Context, incomplete: str) -> list[CompletionItem]:
        session = context.find_object(Session) or Session()
        asked = known.Asked(session.bus, LIMIT, incomplete, context.params)
        return list(_fitting(_ask(source, asked), incomplete, context.params.get(names[1])))

    parameter.shell_complete = complete  # type: ignore[assignment, method-assign]


def _fitting(found: Iterable[known.Word], incomplete: str, given: Any) -> Iterator[CompletionItem]:
    """Give the words that begin as what is typed does, in any case, each once and none given already."""
    seen = {str(one) for one in given} if isinstance(given, tuple) else set()
    for value, text in found:
        if (value, text) in (known.ANY_FILE, known.ANY_FOLDER):
            yield CompletionItem(incomplete, type=text)
        elif value.casefold().startswith(incomplete.casefold()) and value not in seen:
            seen.add(value)
            yield CompletionItem(value, help=printable(" ".join(text.split())) or None)


def _ask(source: known.Source, asked: known.Asked) -> Sequence[known.Word]:
    """Give what a source knows within the limit; nothing where the daemon is not there, or too slow."""
    found: list[known.Word] = []

    def ask() -> None:
        try:
            found.extend(source(asked))
        except Exception:  # noqa: BLE001 - a thread's edge: a key that completes shows no errors
            return

    # The bus itself may hang as well, and a call to it cannot be broken off.
    thread = threading.Thread(target=ask, name="completing", daemon=True)
    thread.start()
    thread.join(LIMIT)
    return list(found)
