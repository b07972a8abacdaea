"""The commands that come from the broker: each may be refused, and that is told."""

from __future__ import annotations

import logging
import threading
from contextlib import closing

from engramd.bus import names
from engramd.errors import EngramError
from engramd.mqtt.discovery import PRESS
from engramd.mqtt.link import Connect
from engramd.mqtt.publisher import Publisher

log = logging.getLogger(__name__)

#: Characters of a strange command that are shown.
_SHOWN = 40


class Commands:
    """Carries out commands on threads of their own, each drive's once at a time."""

    def __init__(self, connect: Connect, publisher: Publisher) -> None:
        self._connect = connect
        self._publisher = publisher
        self._lock = threading.Lock()
        self._under_way: set[str] = set()

    def take(self, drive_id: str, payload: bytes, retained: bool) -> None:
        """Take a message of a drive's command topic; returns at once."""
        if not payload:
            return
        if retained:
            log.warning("a command that the broker kept is ignored: nobody knows how old it is")
        elif payload != PRESS.encode():
            strange = ascii(payload[:_SHOWN].decode("utf-8", "replace"))
            self._refuse(drive_id, f"the command is {strange}, not {PRESS}")
        elif not self._publisher.knows(drive_id):
            self._refuse(drive_id, "there is no such drive, or no daemon")
        else:
            self._begin(drive_id)

    def _begin(self, drive_id: str) -> None:
        with self._lock:
            if drive_id in self._under_way:
                return
            self._under_way.add(drive_id)
        name = f"eject {drive_id}"
        threading.Thread(target=self._eject, args=(drive_id,), name=name, daemon=True).start()

    def _eject(self, drive_id: str) -> None:
        try:
            with closing(self._connect()) as client:
                client.call(f"{names.ROOT}/drives/{drive_id}", names.DRIVE, "Eject")
            log.info("drive %s was opened", drive_id)
        except EngramError as error:
            self._refuse(drive_id, str(error))
        finally:
            with self._lock:
                self._under_way.discard(drive_id)

    def _refuse(self, drive_id: str, why: str) -> None:
        log.warning("the command to eject drive %s was refused: %s", ascii(drive_id), why)
        self._publisher.tell("command_refused", {"command": "eject", "drive": drive_id, "why": why})
