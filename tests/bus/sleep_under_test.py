"""The inhibitor in a process of its own: real store, real events, real conditions, the default main loop.

Run by the tests with the kind of bus and a folder; each line on standard input is a command as JSON, executed
on a thread that is not the main loop's, and answered with a line.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from pathlib import Path
from typing import Any

from gi.repository import GLib
from sqlmodel import SQLModel

from engramd.bus.sleep import SleepInhibitor
from engramd.conditions import Conditions
from engramd.events import EventHub
from engramd.lifecycle import Lifecycle
from engramd.models import DiscJob, JobState, WaitingFor
from engramd.store import Store, default_url, open_engine


class Commands:
    """What the tests have happen inside."""

    def __init__(self, lifecycle: Lifecycle, conditions: Conditions) -> None:
        self.lifecycle, self.kept = lifecycle, conditions

    def job(self, state: str = "ripping") -> int:
        job_id = self.lifecycle.create_job(DiscJob(drive_id="/dev/sr0"), reason="inserted")
        assert job_id is not None
        self.move(job_id, state)
        return job_id

    def move(self, job_id: int, state: str) -> None:
        self.lifecycle.move_job(job_id, JobState(state), "as the test wants it")

    def wait(self, job_id: int) -> None:
        self.lifecycle.wait(job_id, WaitingFor.DISC, "as the test wants it")

    def go_on(self, job_id: int) -> None:
        self.lifecycle.go_on(job_id)

    def conditions(self) -> dict[str, list[str]]:
        return {one.id: [one.severity, one.text, one.remedy] for one in self.kept.all()}

    def turn(self) -> None:
        """Wait until the main loop has turned."""
        turned = threading.Event()
        GLib.idle_add(turned.set)
        assert turned.wait(5), "the main loop stands still"

    def files(self) -> int:
        return len(list(Path("/proc/self/fd").iterdir()))


def main() -> None:
    logging.basicConfig(level=logging.DEBUG)
    kind, folder = sys.argv[1], Path(sys.argv[2])
    engine = open_engine(default_url(folder))
    SQLModel.metadata.create_all(engine)
    store, hub = Store(engine), EventHub()
    conditions = Conditions(hub)
    loop = GLib.MainLoop()
    inhibitor = SleepInhibitor(store.unfinished_jobs, hub, conditions, bus=kind, retry=1)  # type: ignore[arg-type]
    inhibitor.start()
    commands = Commands(Lifecycle(store, hub), conditions)
    threading.Thread(target=obey, args=(commands, loop), daemon=True).start()
    say({"ready": True})
    loop.run()
    inhibitor.stop()
    store.close()


def obey(commands: Commands, loop: GLib.MainLoop) -> None:
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            say({"value": getattr(commands, name)(**arguments)})
        except Exception as error:  # noqa: BLE001 - told to the test
            say({"error": repr(error)})
    loop.quit()


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
