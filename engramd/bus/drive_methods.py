"""What the methods of a drive do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from engramd.bus import names
from engramd.bus.call import Call
from engramd.bus.options import typed_options
from engramd.pipeline.holds import Hold

_POLICY_KINDS = {"on_insert": str, "eject": str, "speed": int}

#: Runs a function when a connection has left the bus.
WhenGone = Callable[[str, Callable[[], None]], None]


class KnowsDrives(Protocol):
    """What these methods need of the station."""

    def eject_drive(self, drive_id: str, actor: str) -> None:
        """Open its tray."""

    def rescan_drive(self, drive_id: str, actor: str) -> None:
        """Handle its disc (again)."""

    def set_drive_name(self, drive_id: str, name: str, actor: str) -> None:
        """Give it a name."""

    def set_drive_policy(self, drive_id: str, said: Mapping[str, object], actor: str) -> None:
        """Say what it does with a disc."""

    @property
    def desk(self) -> HoldsDrives:
        """Who keeps the holds."""


class HoldsDrives(Protocol):
    """What is needed of the desk."""

    def inhibit(self, drive_id: str, holder: str, hold: Hold) -> None:
        """Begin nothing with a drive's discs."""

    def uninhibit(self, drive_id: str, holder: str) -> None:
        """End a hold."""

    def holder_left(self, holder: str) -> None:
        """End all holds of one who is gone."""


def drive_methods(station: KnowsDrives, when_gone: WhenGone) -> dict[tuple[str, str], Callable[[Any], None]]:
    """Give the methods, as (interface, method)."""

    def set_policy(call: Call) -> None:
        said = typed_options(call.arguments[0], _POLICY_KINDS)
        station.set_drive_policy(call.key, said, call.actor)

    def inhibit(call: Call) -> None:
        who, why, given = call.arguments
        typed_options(given, {})
        holder = call.request.sender
        station.desk.inhibit(call.key, holder, Hold(who, why, call.actor))
        when_gone(holder, lambda: station.desk.holder_left(holder))

    def uninhibit(call: Call) -> None:
        typed_options(call.arguments[0], {})
        station.desk.uninhibit(call.key, call.request.sender)

    return {
        (names.DRIVE, "Eject"): lambda call: station.eject_drive(call.key, call.actor),
        (names.DRIVE, "Rescan"): lambda call: station.rescan_drive(call.key, call.actor),
        (names.DRIVE, "SetName"): lambda call: station.set_drive_name(
            call.key, call.arguments[0], call.actor
        ),
        (names.DRIVE, "SetPolicy"): set_policy,
        (names.DRIVE, "Inhibit"): inhibit,
        (names.DRIVE, "Uninhibit"): uninhibit,
    }
