"""A program with the real udev monitor and drive registry: prints what they tell as lines of JSON.

`t` is CLOCK_MONOTONIC in seconds. It ends when its input does.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from engramd.drives.model import Insertion
from engramd.drives.monitor import DriveMonitor
from engramd.drives.registry import DriveRegistry
from engramd.events import Event, EventHub


def say(kind: str, **values: Any) -> None:
    """Print one line."""
    sys.stdout.write(json.dumps({"kind": kind, "t": time.monotonic(), **values}) + "\n")
    sys.stdout.flush()


class Listener:
    """Prints what the registry tells."""

    def on_insertion(self, insertion: Insertion) -> None:
        say(
            "insertion",
            label=insertion.label,
            media=insertion.media,
            device=insertion.device,
            diskseq=insertion.key.diskseq,
            at_start=insertion.at_start,
        )

    def on_removal(self, identity: str, reason: str) -> None:
        say("removal", identity=identity, reason=reason)

    def on_eject_request(self, identity: str) -> None:
        say("button", identity=identity)


def main() -> None:
    """Watch until the input ends."""
    hub = EventHub()
    hub.subscribe(Event, lambda event: say(type(event).__name__, id=getattr(event, "drive_id", "")))
    registry = DriveRegistry(Listener(), hub.publish)
    monitor = DriveMonitor(registry)
    monitor.start()
    sys.stdin.read()
    before = time.monotonic()
    stopped = monitor.stop()
    states = {drive.device: drive.state for drive in registry.drives()}
    say("end", stopped=stopped, seconds=time.monotonic() - before, states=states)


if __name__ == "__main__":
    main()
