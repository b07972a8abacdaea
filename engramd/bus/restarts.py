"""The method that starts the service anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engramd.bus import names
from engramd.bus.call import Call
from engramd.bus.options import typed_options
from engramd.errors import WrongState

#: Restarts, at once or when nothing is at work, for an actor; gives what it waits for.
Restart = Callable[[bool, str], str]


def no_restart(now: bool, actor: str) -> str:
    """Refuse, where the bus is served without a daemon around it."""
    raise WrongState("nobody starts this again", why=f"it is no service, and {actor} asked for {now=}")


def restart_methods(restart: Restart) -> dict[tuple[str, str], Callable[[Any], Any]]:
    """Give the method, as (interface, method)."""

    def restarted(call: Call) -> str:
        now = typed_options(call.arguments[0], {"now": bool}).get("now", False)
        return restart(now, call.actor)

    return {(names.MANAGER, "Restart"): restarted}
