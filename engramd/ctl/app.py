"""The command engramctl: its commands, and the boundary where errors become sentences and exit codes."""

from __future__ import annotations

import os
from typing import Any

import click

from engramd import __version__
from engramd.ctl import (
    amend,
    config,
    discdb,
    doctor,
    episodes,
    files,
    hints,
    identity,
    importing,
    library,
    look,
    models,
    notify,
    order,
    references,
    report,
    reviews,
    rip,
    tracks,
    trash,
    watch,
)
from engramd.ctl.session import INTERRUPTED, exit_code, shared_options
from engramd.errors import EngramError


class App(click.Group):
    """A group that tells errors of the program in one line, in the order in which its commands were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the order of their groups, not of the alphabet."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of the program becomes one line and an exit code."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            return super().invoke(ctx)
        except EngramError as error:
            click.echo(f"engramctl: {error}", err=True)
            ctx.exit(exit_code(error))
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group(cls=App, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@shared_options
@click.version_option(__version__, prog_name="engramctl")
def app() -> None:
    """Look at and steer engramd, the service that rips discs and files them.

    Exit codes: 0 done, 1 failed, 2 usage, 3 no daemon, 4 not authorized, 5 waits for review.
    """


_DISCS = (look, watch, rip, importing, hints, identity, reviews, amend, episodes, report, tracks, order)
for _module in (*_DISCS, library, trash, config, notify, discdb, references, models, files, doctor):
    for _command in _module.COMMANDS:
        app.add_command(_command)
