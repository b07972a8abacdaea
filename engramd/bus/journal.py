"""What happened since the last look, as signals: from the rows that tell it, and from the conditions.

Rows are read instead of events taken, so that what is told at once is what Events tells later. It is used on
the projector's thread only.
"""

from __future__ import annotations

from typing import Any, Protocol

from engramd.bus import names
from engramd.bus.batch import Batch, Signal
from engramd.bus.history import event_details
from engramd.bus.variants import microseconds
from engramd.conditions import Condition
from engramd.models.base import utcnow
from engramd.store import Store
from engramd.store.history import PastEvent

_PAGE = 500
_DAEMON = "daemon"


class KnowsConditions(Protocol):
    """What is needed of the station."""

    def conditions(self) -> list[Condition]:
        """Give what is lacking."""


class Journal:
    """Knows what was told already."""

    def __init__(self, store: Store, station: KnowsConditions) -> None:
        """What happened before is not told."""
        self._store, self._station = store, station
        self._last = store.last_event()
        self._lacking = self._conditions()

    def news(self, batch: Batch) -> list[Signal]:
        """Give the signals of what is new; `batch` says where there may be something."""
        found = self._of_jobs() if batch.touches_jobs or batch.noted else []
        return found + (self._of_conditions() if batch.manager or batch.resync else [])

    def _of_jobs(self) -> list[Signal]:
        signals = []
        while page := self._store.events_after(self._last, _PAGE):
            signals += [_of_row(past) for past in page]
            self._last = page[-1].event.id or self._last
        return signals

    def _of_conditions(self) -> list[Signal]:
        before, self._lacking = self._lacking, self._conditions()
        ended = [_of_condition(one, ended=True) for key, one in before.items() if key not in self._lacking]
        begun = [
            _of_condition(one, ended=False)
            for key, one in self._lacking.items()
            if key not in before or before[key].severity != one.severity
        ]
        return ended + begun

    def _conditions(self) -> dict[tuple[str, str], Condition]:
        return {(one.scope, one.id): one for one in self._station.conditions()}


def _of_row(past: PastEvent) -> Signal:
    event, path = past.event, names.job_path(past.event.job_id)
    details = event_details(event, past.job)
    return _event(microseconds(event.at), event.kind, path, event.sentence, details)


def _of_condition(condition: Condition, *, ended: bool) -> Signal:
    path = names.ROOT if condition.scope == _DAEMON else names.drive_path(condition.scope)
    details = {
        "id": condition.id,
        "severity": condition.severity,
        "remedy": "" if ended else condition.remedy,
        "ended": ended,
    }
    sentence = f"no longer: {condition.text}" if ended else condition.text
    return _event(microseconds(utcnow()), "condition", path, sentence, details)


def _event(time: int, kind: str, path: str, sentence: str, details: dict[str, Any]) -> Signal:
    return Signal(names.ROOT, names.MANAGER, "Event", (time, kind, path, sentence, details))
