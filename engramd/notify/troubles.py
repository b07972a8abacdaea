"""What is told of conditions: once when one begins, and once when it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import select

from engramd.conditions import Condition, Conditions
from engramd.drives.ids import object_id
from engramd.models import AppConfig, DriveRecord
from engramd.models.notices import Notice
from engramd.notify.rows import BEGINS, ENDS, NoticeRows
from engramd.notify.scrub import scrubbed
from engramd.notify.texts import Texts
from engramd.store import Store

#: Of notifications that cannot be sent no notification can tell.
UNSENT = "notifications"
#: That the service starts anew by itself is no trouble.
_SILENT = frozenset({UNSENT, "restart"})
#: A condition that comes or goes is told of once it is sure to stay so. Conditions are known anew after a
#: start, so that one which an earlier run told of has not ended because it is not there yet.
SETTLE = timedelta(seconds=10)
AFTER_START = timedelta(seconds=120)
#: One that keeps coming and going has to stay longer each time, so that nobody is told of it all day.
_LONGER, _LONGEST_SETTLE, _REMEMBERED = 4.0, timedelta(hours=1), timedelta(days=1)


class Troubles:
    """Compares the conditions with what was told of them."""

    def __init__(
        self,
        store: Store,
        rows: NoticeRows,
        texts: Texts,
        conditions: Conditions,
        settings: Callable[[], AppConfig],
    ) -> None:
        self._store = store
        self._rows = rows
        self._texts = texts
        self._conditions = conditions
        self._settings = settings
        self._began: datetime | None = None
        self._gone: dict[str, datetime] = {}

    def look(self, now: datetime) -> datetime | None:
        """Tell what began and what ended; give when to look again, None: when there is a change."""
        self._began = min(self._began or now, now)
        present = {f"{c.scope}/{c.id}": c for c in self._conditions.all() if c.id not in _SILENT}
        told = self._rows.open_conditions()
        later = [self._tell_begin(about, present, now) for about in present if about not in told]
        later += [self._tell_end(about, told[about], now) for about in told if about not in present]
        self._gone = {about: since for about, since in self._gone.items() if about not in present}
        return min(filter(None, later), default=None)

    def _tell_begin(self, about: str, present: dict[str, Condition], now: datetime) -> datetime | None:
        condition = present[about]
        sure = (condition.since or now) + self._settle(about, now)
        if now < sure <= now + _LONGEST_SETTLE:  # else the clock was set back
            return sure
        others = (other.text for key, other in present.items() if key != about)
        if any(condition.text != text and condition.text.endswith(text) for text in others):
            return None  # that a job waits for it goes without saying
        facts = {"what": condition.text, "remedy": condition.remedy}
        self._tell(BEGINS, about, condition.scope, facts, now)
        return None

    def _tell_end(self, about: str, begun: Notice, now: datetime) -> datetime | None:
        gone = self._gone[about] = min(self._gone.get(about, now), now)
        sure = max(gone + self._settle(about, now), (self._began or now) + AFTER_START)
        if sure > now:
            return sure
        if begun.sent_at is None and begun.attempts == 0:
            self._rows.drop([begun])
        else:
            scope = about.rpartition("/")[0]
            what = begun.subject.partition(": ")[2] or begun.subject
            facts = {"what": what, "began": f"{begun.at.astimezone():%Y-%m-%d %H:%M}"}
            self._tell(ENDS, about, scope, facts, now)
        return None

    def _settle(self, about: str, now: datetime) -> timedelta:
        """Give how long it has to be there, or gone, before that is told."""
        times = self._rows.times_ended(about, now - _REMEMBERED)
        return min(SETTLE * pow(_LONGER, min(times, 10)), _LONGEST_SETTLE)

    def _tell(self, kind: str, about: str, scope: str, facts: dict[str, str], now: datetime) -> None:
        where = self._texts.word("daemon") if scope == "daemon" else self._drive_name(scope)
        clean = {name: scrubbed(text, self._settings()) for name, text in facts.items()}
        message = self._texts.say(kind, clean | {"where": where})
        notice = Notice(
            kind=kind, about=about, subject=message.subject, text=message.text, at=now, due_at=now
        )
        self._rows.add(notice)

    def _drive_name(self, scope: str) -> str:
        """Give what a person calls a drive; an image is its own, and is known by its job."""
        if scope.startswith("virtual_"):
            return f"job {scope.removeprefix('virtual_')}"
        with self._store.read() as session:
            mine = select(DriveRecord).where(DriveRecord.station == self._store.scope)
            names = {object_id(drive.identity): drive.name for drive in session.exec(mine)}
        return names.get(scope) or scope
