"""The line between the daemons that share a database: what one tells, all others hear (LISTEN, NOTIFY)."""

from __future__ import annotations

import json
import logging
import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from engramd.errors import Busy, EngramError
from engramd.store.membership import Membership

log = logging.getLogger(__name__)

_CHANNEL = "engramd"
_SEND = text("SELECT pg_notify(:channel, :message)")
#: Jobs that one message names: PostgreSQL takes 8000 bytes.
_AT_ONCE = 500
#: Seconds after which it is looked whether a silent server is still there.
_PROBE = 60.0
#: Seconds for which news is gathered before it is told, and between tries to reach a server that is away.
GATHER, RETRY = 0.2, 3.0


@dataclass(frozen=True)
class News:
    """What a daemon tells: that these jobs changed, that settings did, or that it asks a station something.

    `decided` is a job whose titles are decided. `everything` is what is heard when the line was down:
    anything may have changed.
    """

    jobs: tuple[int, ...] = ()
    settings: bool = False
    call_for: str = ""
    answered: bool = False
    decided: int = 0
    everything: bool = False


class Line:
    """Two threads, one that hears and one that tells."""

    def __init__(
        self,
        membership: Membership,
        engine: Engine,
        on_news: Callable[[News], None],
        on_lost: Callable[[str], None],
        *,
        gather: float = GATHER,
        retry: float = RETRY,
    ) -> None:
        """`on_news` is called on the hearing thread; `on_lost` says why the daemon must not go on."""
        self._membership, self._engine = membership, engine
        self._on_news, self._on_lost = on_news, on_lost
        self._gather, self._retry = gather, retry
        self._changed = threading.Condition()
        self._jobs: set[int] = set()
        self._others: set[News] = set()
        self._stop = threading.Event()
        self._waker, self._wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to hear and to tell."""
        for work in (self._hear, self._tell_all):
            thread = threading.Thread(target=work, name=f"line{work.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def tell(self, news: News) -> None:
        """Have the others know; from any thread, at once."""
        with self._changed:
            self._jobs |= set(news.jobs)
            if (other := replace(news, jobs=())) != News():
                self._others.add(other)
            self._changed.notify_all()

    def stop(self, timeout: float = 2.0) -> None:
        """End both threads; what was not told yet is told before, if the server takes it."""
        self._stop.set()
        os.write(self._wake, b"x")
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    # -- hearing ---------------------------------------------------------------------------------------

    def _hear(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen(self._membership.connection)
            except (psycopg.Error, Busy) as error:
                log.warning("the line to other stations is down, and tried again: %s", error)
            except Exception:  # a thread's edge
                log.exception("the line to other stations failed in a way that was not foreseen")
            if not self._stop.is_set():
                self._join_again()

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        """Hear until the daemon stops, or the connection is lost."""
        connection.add_notify_handler(self._take)
        connection.execute("LISTEN engramd")
        self._give(News(everything=True))
        while not self._stop.is_set():
            select.select([connection.fileno(), self._waker], [], [], _PROBE)
            connection.execute("SELECT 1")  # reads what came, and finds out whether the server is there

    def _take(self, notify: psycopg.Notify) -> None:
        with suppress(ValueError, TypeError, KeyError):
            said = json.loads(notify.payload)
            if not isinstance(said, dict) or said.pop("from") == self._membership.station:
                return
            jobs = tuple(int(number) for number in said.pop("jobs", ()))
            self._give(News(jobs=jobs, **said))

    def _give(self, news: News) -> None:
        try:
            self._on_news(news)
        except Exception:
            log.exception("news of another station came to nothing")

    def _join_again(self) -> None:
        """Take the name again when the server is back; without it the daemon must not go on."""
        while not self._stop.wait(self._retry):
            try:
                self._membership.join()
            except Busy as error:
                self._on_lost(str(error))
                return
            except EngramError as error:
                log.debug("the database is away: %s", error)
            except Exception:  # a thread's edge
                log.exception("the line could not be taken up in a way that was not foreseen")
            else:
                log.info("the line to other stations is up again")
                return

    # -- telling ---------------------------------------------------------------------------------------

    def _tell_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._others or self._stop.is_set())
            self._stop.wait(self._gather)
            with self._changed:
                jobs, self._jobs = self._jobs, set()
                others, self._others = self._others, set()
            try:
                self._send(sorted(jobs), others)
            except SQLAlchemyError as error:
                log.warning("other stations could not be told: %s", type(error).__name__)
                with self._changed:
                    self._jobs |= jobs
                    self._others |= others
                self._stop.wait(self._retry)
            if self._stop.is_set():
                return

    def _send(self, jobs: list[int], others: set[News]) -> None:
        parts = [jobs[first : first + _AT_ONCE] for first in range(0, len(jobs), _AT_ONCE)]
        messages: list[dict[str, Any]] = [{"jobs": part} for part in parts]
        messages += [asdict(news) for news in others]
        with self._engine.begin() as connection:
            for message in messages:
                said = json.dumps({"from": self._membership.station, **message})
                connection.execute(_SEND, {"channel": _CHANNEL, "message": said})
