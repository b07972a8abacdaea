"""The command that prints what a shell needs to complete engramctl."""

from __future__ import annotations

import click

from engramd.ctl.session import Session, line, shared_options

_EXAMPLES = """\b
Examples:
  engramctl completions fish | source  # in this fish, until it ends
  engramctl completions bash           # to be kept where bash looks for it
"""


@click.command(epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@shared_options
@click.pass_context
def completions(context: click.Context, shell: str) -> None:
    """Print the script by which a SHELL completes engramctl.

    It completes commands, options, numbers, names and values. Packages bring it along. Bash looks in
    ~/.local/share/bash-completion/completions/engramctl, fish in ~/.config/fish/completions/engramctl.fish,
    and zsh for _engramctl in the folders of $fpath.
    """
    from engramd.ctl.completing import VARIABLE
    from engramd.ctl.completing_shells import SHELLS

    [found] = [one for one in SHELLS if one.name == shell]
    script = found(context.find_root().command, {}, "engramctl", VARIABLE).source()
    if context.ensure_object(Session).json:
        script = f"{line({'shell': shell, 'script': script})}\n"
    click.echo(script, nl=False)


COMMANDS = (completions,)
