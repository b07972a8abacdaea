"""The command engramctl: its commands, and the boundary where errors become sentences and exit codes."""

from __future__ import annotations

import os
from typing import Any

import click

from engramd import __version__
from engramd.ctl import (
    amend,
    completions,
    config,
    db,
    discdb,
    doctor,
    episodes,
    events,
    files,
    hints,
    history,
    holding,
    identity,
    importing,
    library,
    look,
    metrics,
    models,
    notify,
    order,
    output,
    references,
    report,
    restart,
    reviews,
    rip,
    setup,
    status,
    tracks,
    trash,
    watch,
)
from engramd.ctl.help import grouped, suggestion, with_examples
from engramd.ctl.session import FAILED, INTERRUPTED, Session, exit_code, shared_options, station_option
from engramd.errors import EngramError


class App(click.Group):
    """A group that tells errors of the program in one line, and its commands by what they are for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the order of their groups, not of the alphabet."""
        return list(self.commands)

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the program; where a shell asks for completions, have them answered."""
        if "_ENGRAMCTL_COMPLETE" in os.environ:
            from engramd.ctl import completing

            completing.prepare(self)
        return super().main(*arguments, **options)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by what they are for."""
        for title, found in grouped(self.commands):
            with formatter.section(title):
                formatter.write_dl([(name, command.get_short_help_str(90)) for name, command in found])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of the program becomes one line and an exit code."""
        if not output.has_colors():
            ctx.color = False
        session = ctx.ensure_object(Session)
        try:
            return super().invoke(ctx)
        except EngramError as error:
            output.complain(f"engramctl: {error}")
            if type(error).__name__ in ("NoSuchMember", "WrongSignature"):
                _say_strangeness(session)
            ctx.exit(exit_code(error))
        except KeyError:
            if not _say_strangeness(session):  # else a property is missing that an older daemon has not
                raise
            ctx.exit(FAILED)
        except click.UsageError as error:
            if meant := suggestion(error):
                raise click.UsageError(error.message + meant, error.ctx) from None
            raise
        except BrokenPipeError:
            output.forget()
            ctx.exit(output.UNREAD)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except click.Abort as error:
            if isinstance(error.__context__, KeyboardInterrupt):  # at a question; else there was no answer
                ctx.exit(INTERRUPTED)
            raise


def _need_list(context: click.Context) -> None:
    """Refuse `--station` before a command that does something: that is done on the station itself."""
    command = app.commands.get(context.invoked_subcommand or "")
    if not context.ensure_object(Session).station or command is None:
        return
    if not any(parameter.name == "station" for parameter in command.params):
        told = ", ".join(
            name for name, one in app.commands.items() if "station" in {p.name for p in one.params}
        )
        raise click.UsageError(f"--station is for {told}", context)


def _say_strangeness(session: Session) -> bool:
    """Say where the daemon has another version of the interface; whether it has."""
    if said := session.strangeness():
        output.complain(f"engramctl: {said}")
    return bool(said)


@click.group(
    cls=App,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@station_option
@shared_options
@click.version_option(__version__, prog_name="engramctl")
@click.pass_context
def app(context: click.Context) -> None:
    """Look at and steer engramd, the service that rips discs and files them.

    Alone it says what state things are in, and what can be done next. --bus and --json may also stand after
    the command.

    Exit codes: 0 done, 1 failed, 2 usage, 3 no daemon, 4 not authorized, 5 waits for review.
    """
    _need_list(context)
    if context.invoked_subcommand is None:
        from engramd.ctl.start import overview

        overview(context.ensure_object(Session))


_LOOK = (status, look, history, events, watch)
_DISCS = (rip, holding, importing, hints, identity, reviews, amend, episodes, report, tracks, order)
_REST = (library, trash, config, notify, discdb, references, models, files, doctor, metrics, completions)
_SERVICE = (restart, db, setup)
for _module in (*_LOOK, *_DISCS, *_REST, *_SERVICE):
    for _command in _module.COMMANDS:
        app.add_command(_command)
with_examples(app)
