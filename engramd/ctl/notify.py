"""The command notify: whether notifications arrive, and how a desktop shows them."""

from __future__ import annotations

import click

from engramd.ctl.session import FAILED, Session, pass_session, shared_options
from engramd.ctl.tables import table


@click.group()
def notify() -> None:
    """Notifications through Apprise, on desktops and by hooks."""


@notify.command()
@shared_options
@pass_session
@click.pass_context
def test(context: click.Context, session: Session, /) -> None:
    """Send a test message to every address of apprise_urls, and to desktops that follow."""
    told = session.service().manager("NotifyTest", "a{sv}", {})
    rows = [(one["target"], "sent" if one["sent"] else "not sent", one["why"]) for one in told]
    text = table(("to", "", "why"), rows) if rows else ""
    nobody = "No addresses are set (engramctl config set apprise_urls); desktops that follow were told."
    session.give(told, lambda: text or nobody)
    if not all(one["sent"] for one in told):
        context.exit(FAILED)


@notify.command()
@shared_options
@pass_session
def desktop(session: Session, /) -> None:
    """Show notifications on this desktop, until it is stopped.

    The user service engramd-notify runs it: systemctl --user enable --now engramd-notify
    """
    from engramd.bus.desktop import Desktop

    Desktop(session.bus, say=lambda sentence: click.echo(sentence, err=True)).run()


COMMANDS = (notify,)
