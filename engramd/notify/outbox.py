"""Sends what is due: held in quiet hours, several good news as one, tried again for a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Protocol

import structlog

from engramd.conditions import Condition, Conditions
from engramd.errors import Cancelled, EngramError
from engramd.events import EventHub, Happened
from engramd.models import AppConfig
from engramd.models.notices import Notice
from engramd.notify.apprise import mark_of, name_of
from engramd.notify.clock import next_attempt, quiet_until
from engramd.notify.rows import GOOD, NoticeRows
from engramd.notify.texts import Message, Texts
from engramd.notify.troubles import UNSENT
from engramd.settings.hours import read_hours
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

REMEDY = "engramctl notify test tells what is wrong; engramctl config set apprise_urls sets the addresses"


class Sender(Protocol):
    """Sends a message to addresses; see AppriseSender."""

    def send(
        self,
        urls: Sequence[str],
        message: Message,
        *,
        urgent: bool = False,
        timeout: float = 60.0,
        cancel: CancelToken | None = None,
    ) -> dict[str, str]:
        """Give why it could not be sent, by address; raises EngramError."""


@dataclass(frozen=True)
class Parcel:
    """Notices that go out as one message."""

    notices: tuple[Notice, ...]
    message: Message

    @property
    def first(self) -> Notice:
        """The notice that stands for all."""
        return self.notices[0]


class Outbox:
    """Hands each message to the bus once, and to the addresses until they have it."""

    def __init__(
        self,
        rows: NoticeRows,
        texts: Texts,
        hub: EventHub,
        conditions: Conditions,
        settings: Callable[[], AppConfig],
        sender: Sender,
        cancel: CancelToken,
    ) -> None:
        self._rows = rows
        self._texts = texts
        self._hub = hub
        self._conditions = conditions
        self._settings = settings
        self._sender = sender
        self._cancel = cancel

    def send_due(self, now: datetime) -> datetime | None:
        """Send what is due; give when the next message is, None: nothing waits."""
        quiet = quiet_until(now, read_hours(self._settings().quiet_hours))
        due, later = [], []
        for notice in self._rows.pending():
            held = None if notice.urgent else quiet
            # One of the future was written before the clock was set back.
            if notice.at <= now < notice.due_at or held is not None:
                later.append(max(notice.due_at, held or notice.due_at))
            else:
                due.append(notice)
        for parcel in self._parcels(due):
            later += self._send(parcel, now)
        return min(later, default=None)

    def _parcels(self, due: Sequence[Notice]) -> list[Parcel]:
        """Put good news that are due together into one message."""
        good = sorted((n for n in due if n.kind in GOOD), key=_stage)
        together = [tuple(group) for _, group in groupby(good, key=_stage)]
        alone = [(notice,) for notice in due if notice.kind not in GOOD]
        return [Parcel(notices, self._message(notices)) for notices in [*alone, *together]]

    def _message(self, notices: Sequence[Notice]) -> Message:
        if len(notices) == 1:
            return Message(notices[0].subject, notices[0].text)
        facts = {"count": len(notices), "discs": "\n".join(notice.subject for notice in notices)}
        return self._texts.say("digest", facts)

    def _send(self, parcel: Parcel, now: datetime) -> list[datetime]:
        """Send one message; give when it is tried again, if it is."""
        if parcel.first.attempts == 0:
            self._announce(parcel)
        done = parcel.first.delivered.split()
        urls = [url for url in self._settings().apprise_urls.split() if mark_of(url) not in done]
        try:
            failed = self._failures(urls, parcel)
        except Cancelled:
            return []
        for notice in parcel.notices:
            notice.delivered = " ".join([*done, *(mark_of(url) for url in urls if url not in failed)])
            _conclude(notice, "; ".join(f"{name_of(url)}: {why}" for url, why in failed.items()), now)
        self._rows.save(parcel.notices)
        self._report(parcel.first)
        return [] if parcel.first.sent_at else [parcel.first.due_at]

    def _failures(self, urls: Sequence[str], parcel: Parcel) -> dict[str, str]:
        if not urls:
            return {}
        try:
            told = self._sender.send(urls, parcel.message, urgent=parcel.first.urgent, cancel=self._cancel)
        except Cancelled:
            raise
        except EngramError as error:
            return dict.fromkeys(urls, str(error))
        return {url: why for url, why in told.items() if why}

    def _announce(self, parcel: Parcel) -> None:
        """Tell the bus, where desktops and scripts listen, and the journal."""
        first, message = parcel.first, parcel.message
        log.info(f"notification: {message.subject}", job=first.job_id)
        details = {"kind": first.kind, "text": message.text, "urgent": first.urgent}
        self._hub.publish(Happened("notice", message.subject, job_id=first.job_id, details=details))

    def _report(self, notice: Notice) -> None:
        if not notice.error:
            self._conditions.clear(UNSENT)
            return
        given_up = " and was given up" if notice.sent_at else ""
        log.warning(f"a notification was not sent{given_up}", job=notice.job_id, why=notice.error)
        text = f"notifications cannot be sent: {notice.error}"
        self._conditions.set(Condition(UNSENT, text, REMEDY))


def _conclude(notice: Notice, error: str, now: datetime) -> None:
    """Note that a notice is sent, or why not and when it is tried again; after a day it is given up."""
    notice.error = error
    if not error:
        notice.sent_at = now
        return
    notice.attempts += 1
    again = next_attempt(notice.attempts, now)
    if again is None:
        notice.sent_at = now
    else:
        notice.due_at = again


def _stage(notice: Notice) -> tuple[int, str]:
    """Good news with the same fate so far go out as one."""
    return notice.attempts, notice.delivered
