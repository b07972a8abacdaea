"""Help that teaches: the commands by what they are for, and examples for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

import click

#: Commands by purpose, in the order in which they are shown; what is in none comes last.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Look", ("status", "watch", "drives", "jobs", "show", "season", "report", "history", "events")),
    ("Answer questions", ("review", "answer", "dismiss")),
    ("Steer discs and jobs", ("rip", "import", "next", "eject", "cancel", "retry", "clear")),
    (
        "Correct what was found",
        ("identify", "assign", "shift", "skip", "extra", "edition", "split", "rematch", "undo", "changes"),
    ),
    ("Keep the library", ("library", "rename", "order", "tracks", "trash", "references", "discdb")),
    (
        "Set up and look after",
        ("setup", "doctor", "config", "restart", "db", "notify", "models", "metrics", "completions"),
    ),
    ("Without a daemon", ("inspect", "match")),
)
_OTHERS = "Others"
_COLUMNS = 78


def grouped(commands: Mapping[str, click.Command]) -> Iterator[tuple[str, list[tuple[str, click.Command]]]]:
    """Give the commands by their groups, hidden ones left out."""
    shown = {name: command for name, command in commands.items() if not command.hidden}
    known = {name for _, names in GROUPS for name in names}
    groups = [*GROUPS, (_OTHERS, tuple(name for name in shown if name not in known))]
    for title, names in groups:
        if found := [(name, shown[name]) for name in names if name in shown]:
            yield title, found


def with_examples(group: click.Group, before: str = "") -> None:
    """Give every command below a group its examples, at the end of its help."""
    from engramd.ctl.examples import EXAMPLES

    for name, command in group.commands.items():
        path = f"{before} {name}".strip()
        if command.epilog is None and (examples := EXAMPLES.get(path)):
            command.epilog = _epilog(examples)
        if isinstance(command, click.Group):
            with_examples(command, path)


def _epilog(examples: Sequence[tuple[str, str]]) -> str:
    """Lay out examples, each with what it does as a shell's comment; click leaves them as they are."""
    wide = max(len(words) for words, _ in examples)
    lines = [f"  engramctl {words.ljust(wide)}  # {what}" for words, what in examples]
    if max(map(len, lines)) > _COLUMNS:
        lines = [line for words, what in examples for line in (f"  # {what}", f"  engramctl {words}")]
    return "\n".join(["\b", "Examples:", *lines])


def suggestion(error: click.UsageError) -> str:
    """Give what was probably meant by a command that there is not; empty where click says it itself."""
    group = error.ctx.command if error.ctx is not None else None
    before, _, after = error.message.partition("No such command ")
    if not isinstance(group, click.Group) or before or not after or "Did you mean" in error.format_message():
        return ""
    close = get_close_matches(after.strip("'\"."), group.commands, n=3)
    return f" Did you mean {' or '.join(close)}?" if close else ""
