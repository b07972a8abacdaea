"""engramctl(1): the command line, from click's own commands, their groups and their examples."""

from __future__ import annotations

from collections.abc import Iterator

import click

from engramd.ctl import output, session
from engramd.ctl.app import app
from engramd.ctl.help import grouped
from pages import command_parts
from pages.document import Block, Item, Items, Page, Paragraph, Part, code, item, items, prose

PROGRAM = "engramctl"
#: What several commands do together; each line is typed as it stands.
SCENES = (
    (
        "Set up the libraries, and look what is missing:",
        (
            "config set library_tv_path /srv/media/tv",
            "config set library_movies_path /srv/media/films",
            "doctor",
        ),
    ),
    (
        "Rip the seven discs of a season, one after the other, and look on:",
        ("next --show 'Harbor Station' --season 2 --disc 1 --discs 7", "watch"),
    ),
    (
        "Answer what is asked; one answer for the rest of the disc; and take it back:",
        ("review list", "answer 7 S02E03 --for disc", "undo"),
    ),
    (
        "Correct a disc that was taken for another season, after it was filed:",
        ("show 4", "identify 4 --season 3", "undo"),
    ),
    (
        "Rip an image in a script, which goes on when the episodes are in the library:",
        ("rip /srv/media/import/disc.iso --json >job.json",),
    ),
)
_STATUSES = (
    (0, "Done."),
    (session.FAILED, "It failed; the reason is on standard error."),
    (session.USAGE, "The command was not typed right, or a value is not acceptable."),
    (session.NO_DAEMON, "No daemon: engramd does not run. It is never started by engramctl."),
    (session.NOT_AUTHORIZED, "Not authorized."),
    (session.NEEDS_REVIEW, "It waits for an answer: of commands that follow a job or decide something only."),
    (session.INTERRUPTED, "Ended by Ctrl-C. Jobs go on."),
    (output.UNREAD, "Nobody read the output any more."),
)
_ENVIRONMENT = (
    ("DBUS_SYSTEM_BUS_ADDRESS", "Where the system bus is, if not in its usual place."),
    ("DBUS_SESSION_BUS_ADDRESS", "Where the session bus is, for `--bus session`."),
    ("ENGRAM_PLAYER", "The player of samples in `review`, as in `mpv --start={at} {file}`."),
    ("NO_COLOR", "Not empty: there are no colours. There are none without a terminal, too."),
    ("COLUMNS, LINES", "The size of the screen, where it is not that of the terminal."),
    ("TERM", "`dumb`: there are no colours and no bars."),
    (
        "STATE_DIRECTORY",
        "The daemon's state folder, for `discdb` and `models`, where it is not the service's.",
    ),
    ("LC_ALL, LC_CTYPE, LANG", "In the locale C only ASCII is written."),
)


def commands_page() -> Page:
    """Give the page."""
    return Page(
        PROGRAM,
        1,
        "User Commands",
        "look at and steer engramd, the service that rips discs and files them",
        (
            Part("Synopsis", prose(f"`{PROGRAM}` [`--bus system|session`] [`--json`] [*COMMAND* …]")),
            Part("Description", tuple(_description())),
            Part("Options", tuple(_options())),
            Part("Commands", (), tuple(_groups())),
            Part("Output", tuple(_output())),
            Part("Examples", tuple(_scenes())),
            Part("Exit status", (items([(f"`{number}`", text) for number, text in _STATUSES], close=True),)),
            Part("Environment", (items([(f"`{name}`", text) for name, text in _ENVIRONMENT]),)),
            Part("Files", (_files(),)),
            Part(
                "See also",
                prose(
                    "`engramd.toml`(5), `org.engramd.Engram1`(5), `busctl`(1), `engramd`(8), `journalctl`(1)"
                ),
            ),
        ),
    )


def _description() -> Iterator[Block]:
    """Give the help of the program itself, but for the exit codes, which have a section of their own."""
    for paragraph in (app.help or "").strip().split("\n\n"):
        if not paragraph.strip().startswith("Exit codes"):
            yield Paragraph(command_parts.told(" ".join(paragraph.split()), app))
    yield from prose(
        "A disc in a drive needs no command: it is identified, ripped and filed by itself. Jobs, titles,"
        " questions and changes are called by their numbers, titles from 1 as `show` lists them; drives by"
        " their device (`sr0`), or the name that was given to them. Shells complete them all."
    )


def _options() -> Iterator[Block]:
    yield from prose(
        "These are accepted before and after the name of a command, but for `--version`. `--station` *NAME*"
        " is accepted before the commands that list, too: where several machines share a database (see"
        " `station` in `engramd.toml`(5)), they show the jobs and questions of all, and with it those of one."
    )
    if shared := command_parts.options(app, shared=True):
        yield Items(
            (*shared.items, item("`-h`, `--help`", "Show the help of the program, or of the command."))
        )


def _groups() -> Iterator[Part]:
    for title, found in grouped(app.commands):
        entries = [one for name, command in found for one in _entries(f"{PROGRAM} {name}", command)]
        yield Part(title, (Items(tuple(entries)),))


def _entries(path: str, command: click.Command) -> Iterator[Item]:
    """Give a command, and those below it."""
    yield Item(command_parts.usage(path, command), tuple(_entry(path, command)))
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            if not inner.hidden:
                yield from _entries(f"{path} {name}", inner)


def _entry(path: str, command: click.Command) -> Iterator[Block]:
    yield from command_parts.help_blocks(command)
    if own := command_parts.options(command):
        yield own
    # Those of a group are among those of its commands.
    if not isinstance(command, click.Group) and (found := command_parts.examples(command)):
        yield found


def _output() -> Iterator[Block]:
    yield from prose(
        "On a terminal there are tables that fit it, colours, and bars with speed and remaining time. In a"
        " pipe there is none of that: lines are as long as they need, and nothing is drawn over.",
        "With `--json` each object is a line of JSON, in which the names are those of the data model"
        " (`detected_title`), states and kinds are the words of the bus, times are ISO 8601 in UTC, sizes"
        " are in bytes, and what is not known is null.",
    )


def _scenes() -> Iterator[Block]:
    for text, lines in SCENES:
        yield from prose(text)
        yield code(*(f"{PROGRAM} {line}" for line in lines))


def _files() -> Items:
    return items(
        [
            ("`/usr/share/bash-completion/completions/engramctl`", "Completion in bash."),
            ("`/usr/share/zsh/vendor-completions/_engramctl`", "Completion in zsh."),
            ("`/usr/share/fish/vendor_completions.d/engramctl.fish`", "Completion in fish."),
        ]
    )
