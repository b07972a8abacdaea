"""The scripts by which bash, zsh and fish complete engramctl, as the program itself gives them."""

from __future__ import annotations

from collections.abc import Iterator

from engramd.ctl.app import app
from engramd.ctl.completing import VARIABLE
from engramd.ctl.completing_shells import SHELLS

_NAMES = {"bash": "{}", "zsh": "_{}", "fish": "{}.fish"}
_PROGRAM = "engramctl"


def completion_scripts() -> Iterator[tuple[str, str]]:
    """Give the name of each script, and its text."""
    for shell in SHELLS:
        yield _NAMES[shell.name].format(_PROGRAM), shell(app, {}, _PROGRAM, VARIABLE).source()
