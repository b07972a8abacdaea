"""The command restart: starts the daemon anew, when nothing is at work or at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from engramd.ctl.session import Session, pass_session, shared_options
from engramd.errors import EngramError

if TYPE_CHECKING:
    from engramd.bus.client import Client

#: Seconds between looks, and until a daemon that has left must be back: its database may be migrated.
_PAUSE, _PATIENCE = 0.25, 300.0


@click.command()
@click.option("--now", is_flag=True, help="At once: rips go on with the titles that are not whole.")
@click.option("--no-wait", is_flag=True, help="Return when the daemon knows of it.")
@shared_options
@pass_session
def restart(session: Session, *, now: bool, no_wait: bool) -> None:
    """Start the daemon anew when all drives are idle.

    It is then the version that is installed. Nothing is interrupted, unless with --now. Follows until the
    daemon is back; with Ctrl-C it restarts unwatched.
    """
    from engramd.bus.client import Client

    bus = Client(session.bus)
    former = bus.owner()
    waits_for: str = session.service().manager("Restart", "a{sv}", {"now": True} if now else {})
    said = f"engramd starts anew when this is done: {waits_for}." if waits_for else "engramd starts anew."
    if no_wait:
        session.give([{"waits_for": waits_for}], lambda: said)
        return
    session.out(said)
    _await_another(bus, former)
    version = session.service().overview()["Version"]
    session.give([{"waits_for": waits_for, "version": version}], lambda: f"engramd {version} runs.")


def _await_another(bus: Client, former: str) -> None:
    """Wait until another daemon has the name. EngramError where the former one left and none comes."""
    left_at: float | None = None
    while (owner := bus.owner()) in ("", former):
        if owner == "" and left_at is None:
            left_at = time.monotonic()
        if left_at is not None and time.monotonic() - left_at > _PATIENCE:
            remedy = "journalctl --unit engramd --pager-end"
            raise EngramError("engramd left, and did not come back", remedy=remedy)
        time.sleep(_PAUSE)


COMMANDS = (restart,)
