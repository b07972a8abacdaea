"""What the daemon or a drive lacks, since when, and the remedy. Conditions are never a disc's fault."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from engramd.events import ConditionsChanged, EventHub
from engramd.models.base import utcnow


@dataclass(frozen=True)
class Condition:
    """One thing that is lacking. `scope` is `daemon` or a drive's id; `severity` is `warning` or `error`."""

    id: str
    text: str
    remedy: str
    severity: str = "warning"
    scope: str = "daemon"
    since: datetime | None = None


class Conditions:
    """The present conditions; a change is published."""

    def __init__(self, hub: EventHub) -> None:
        self._hub = hub
        self._lock = threading.Lock()
        self._present: dict[tuple[str, str], Condition] = {}

    def set(self, condition: Condition) -> None:
        """Record a condition; one that is there already keeps its time."""
        key = (condition.scope, condition.id)
        with self._lock:
            old = self._present.get(key)
            since = old.since if old else utcnow()
            new = Condition(
                condition.id, condition.text, condition.remedy, condition.severity, condition.scope, since
            )
            if new == old:
                return
            self._present[key] = new
        self._hub.publish(ConditionsChanged())

    def clear(self, condition_id: str, scope: str = "daemon") -> None:
        """Forget a condition that has ended."""
        with self._lock:
            if self._present.pop((scope, condition_id), None) is None:
                return
        self._hub.publish(ConditionsChanged())

    def update(self, condition_id: str, condition: Condition | None) -> None:
        """Set the condition, or clear the daemon's one of that id where there is None."""
        if condition is None:
            self.clear(condition_id)
        else:
            self.set(condition)

    def has(self, condition_id: str, scope: str = "daemon") -> bool:
        """Whether that condition holds."""
        with self._lock:
            return (scope, condition_id) in self._present

    def all(self) -> list[Condition]:
        """Every condition, oldest first."""
        with self._lock:
            return sorted(self._present.values(), key=lambda c: (c.since or utcnow(), c.id))
