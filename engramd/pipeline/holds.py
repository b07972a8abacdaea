"""Who holds a drive: as long as somebody does, nothing is begun with its discs."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from engramd.errors import Busy, InvalidArgument, WrongState
from engramd.models.base import utcnow

#: Holders of one drive, and characters of who and why: each is told to everybody who looks at the drive.
MOST_HOLDERS, LONGEST = 16, 200


@dataclass(frozen=True)
class Hold:
    """One who holds a drive: the program and its reason in its own words, and the caller who said so."""

    who: str
    why: str
    actor: str
    since: datetime = field(default_factory=utcnow)

    @property
    def words(self) -> str:
        """Say it: `mpv: a film is watched`."""
        return f"{self.who}: {self.why}"


class Holds:
    """The holds of all drives, for any thread. Each holder (a connection to the bus) has one a drive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, dict[str, Hold]] = {}

    def add(self, identity: str, holder: str, hold: Hold) -> None:
        """Hold a drive, or say anew why it is held. Raises InvalidArgument, and Busy where too many do."""
        for name, text in (("who", hold.who), ("why", hold.why)):
            if not text.strip() or len(text) > LONGEST or not text.isprintable():
                why = f"it is one line of 1 to {LONGEST} characters"
                raise InvalidArgument(f"{name} is said badly", where=name, why=why)
        with self._lock:
            holders = self._held.setdefault(identity, {})
            if holder not in holders and len(holders) >= MOST_HOLDERS:
                raise Busy("too many hold this drive already", why=f"they are {MOST_HOLDERS}")
            holders[holder] = hold

    def end(self, identity: str, holder: str) -> bool:
        """End a holder's hold; whether the drive is free now. WrongState if it has none."""
        with self._lock:
            holders = self._held.get(identity, {})
            if holders.pop(holder, None) is None:
                raise WrongState("this caller does not hold the drive", where=identity)
            return self._is_free(identity)

    def end_all(self, holder: str) -> list[str]:
        """End all that a holder has; give the drives that it held."""
        with self._lock:
            held = [identity for identity, holders in self._held.items() if holders.pop(holder, None)]
            for identity in held:
                self._is_free(identity)
            return held

    def of(self, identity: str) -> tuple[Hold, ...]:
        """Give who holds a drive, the first one first."""
        with self._lock:
            return tuple(self._held.get(identity, {}).values())

    def _is_free(self, identity: str) -> bool:
        if self._held.get(identity):
            return False
        self._held.pop(identity, None)
        return True
