"""The listeners of events put together: notifications, hooks and media servers, each on its own thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from socket import gethostname

import structlog

from engramd import events
from engramd.conditions import Condition, Conditions
from engramd.errors import EngramError, InvalidArgument
from engramd.models import AppConfig
from engramd.models.base import utcnow
from engramd.notify.apprise import AppriseSender, name_of
from engramd.notify.hook_calls import HookCalls
from engramd.notify.hooks import Hooks
from engramd.notify.job_news import JobNews
from engramd.notify.outbox import Outbox, Sender
from engramd.notify.rows import GOOD, NoticeRows
from engramd.notify.scans import Scans
from engramd.notify.texts import NAME, Texts
from engramd.notify.troubles import Troubles
from engramd.notify.worker import Worker
from engramd.settings import Settings
from engramd.store import Store
from engramd.tools import CancelToken, Tools

log = structlog.get_logger(__name__)

#: What happens to a job is told of when nothing more happened for so long: its questions come together.
SETTLE, LONGEST = timedelta(seconds=5), timedelta(seconds=30)
#: Seconds that the test of `engramctl notify test` may take.
TEST_TIMEOUT = 20.0
_TEXTS = "notification-texts"
#: How often what was told long ago is forgotten.
_TIDIED = timedelta(days=1)
#: Settings after which everything is looked at again.
_OURS = ("apprise_urls", "notify_when", "notify_evening", "quiet_hours")


@dataclass(frozen=True)
class Delivery:
    """Where a test message went, and why it did not arrive; empty: it did."""

    target: str
    why: str


class Notifications:
    """Follows the events from `listen` to `stop`, and acts on them from `start` on; it never holds a job.

    `folder` is the configuration folder, where a person may have texts of their own.
    """

    def __init__(
        self,
        store: Store,
        hub: events.EventHub,
        settings: Settings,
        conditions: Conditions,
        tools: Tools,
        folder: Path,
        *,
        sender: Sender | None = None,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        def current() -> AppConfig:
            return settings.current

        self._hub = hub
        self._settings = settings
        self._conditions = conditions
        self._now = now
        self._stop = CancelToken()
        self._sender = sender or AppriseSender(tools)
        self._texts = Texts(folder / NAME, self._report_texts)
        self._rows = NoticeRows(store)
        self._news = JobNews(store, self._rows, self._texts, current)
        self._troubles = Troubles(store, self._rows, self._texts, conditions, current)
        self._outbox = Outbox(self._rows, self._texts, hub, conditions, current, self._sender, self._stop)
        self._scans = Scans(store, conditions, current, self._stop)
        self._hooks = Hooks(tools, conditions, current, self._stop)
        self._calls = HookCalls(store, conditions, self._hooks)
        self._lock = threading.Lock()
        self._jobs: dict[int, tuple[datetime, datetime]] = {}
        self._anew = True
        self._tidied: datetime | None = None
        self._cleanup: list[Callable[[], None]] = []
        self._workers = (
            Worker("notify", self._tell),
            Worker("media-servers", self._tell_servers),
            Worker("hooks", self._run_hooks),
        )

    def listen(self) -> None:
        """Note all that happens from now on."""
        notify, _, hooks = self._workers
        for about_job in (events.JobFinished, events.JobChanged, events.ReviewOpened, events.ReviewClosed):
            self._subscribe(about_job, lambda event: self._note_job(event.job_id))
        self._subscribe(events.ConditionsChanged, lambda _event: notify.wake())
        self._subscribe(events.SettingsChanged, self._settings_changed)
        self._subscribe(events.TitleFiled, lambda e: self._note_folder(str(Path(e.path).parent), e.root))
        self._subscribe(events.LibraryChanged, lambda e: self._note_folder(e.folder, e.root))
        for kind in self._calls.KINDS:
            self._subscribe(kind, lambda event: hooks.wake() if self._calls.take(event) else None)

    def start(self) -> None:
        """Begin to act, on threads: when the bus is there, on which desktops listen."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Follow no longer; what is not sent is sent after the next start."""
        while self._cleanup:
            self._cleanup.pop()()
        self._stop.cancel("engramd stops")
        for worker in self._workers:
            worker.stop()

    def test(self) -> list[Delivery]:
        """Send a test message to every address, and to desktops; blocks at most `TEST_TIMEOUT` seconds."""
        message = self._texts.say("test", {"host": gethostname()})
        details = {"kind": "test", "text": message.text, "urgent": False}
        self._hub.publish(events.Happened("notice", message.subject, details=details))
        urls = self._settings.current.apprise_urls.split()
        if not urls:
            return []
        try:
            told = self._sender.send(urls, message, timeout=TEST_TIMEOUT, cancel=self._stop)
        except EngramError as error:
            told = dict.fromkeys(urls, str(error))
        return [Delivery(name_of(url), why) for url, why in told.items()]

    def _subscribe(self, kind: type[events.Event], callback: Callable[..., object]) -> None:
        self._cleanup.append(self._hub.subscribe(kind, lambda event: (callback(event), None)[1]))

    def _note_job(self, job_id: int) -> None:
        now = self._now()
        with self._lock:
            is_new = job_id not in self._jobs
            first, _ = self._jobs.get(job_id, (now, now))
            self._jobs[job_id] = (min(first, now), now)
        if is_new:  # else the worker looks by itself when its time has come
            self._workers[0].wake()

    def _note_folder(self, folder: str, root: str) -> None:
        self._scans.note(folder, root)
        self._workers[1].wake()

    def _settings_changed(self, event: events.SettingsChanged) -> None:
        if not set(event.names).isdisjoint(_OURS):
            self._anew = True
            self._workers[0].wake()
        if any(name.startswith(("plex_", "jellyfin_", "emby_", "media_server_")) for name in event.names):
            self._scans.look_again(self._now())
            self._workers[1].wake()

    def _tell(self) -> float | None:
        """Put what is new into the outbox, and send what is due."""
        now = self._now()
        if self._anew:
            self._anew = False
            self._begin_anew(now)
        if self._tidied is None or not now - _TIDIED < self._tidied <= now:
            self._tidied = now
            self._rows.forget_old(now)
        moments = [self._look_at_jobs(now), self._troubles.look(now), self._outbox.send_due(now)]
        return _seconds_until(min(filter(None, moments), default=None), self._now())

    def _begin_anew(self, now: datetime) -> None:
        """Look at everything, and let good news go out when the settings say now; overdue ones stay so."""
        for job_id in self._news.unfinished(now):
            with self._lock:
                self._jobs.setdefault(job_id, (now, now))
        for notice in self._rows.pending():
            if notice.kind in GOOD and notice.attempts == 0:
                due = self._news.due(notice.kind, now)
                if due is None:
                    self._rows.drop([notice])
                elif notice.due_at > now:
                    notice.due_at = due
                    self._rows.save([notice])

    def _look_at_jobs(self, now: datetime) -> datetime | None:
        with self._lock:
            sure = {job: min(last + SETTLE, first + LONGEST) for job, (first, last) in self._jobs.items()}
        ready = [job for job, moment in sure.items() if moment <= now]
        for job in ready:
            with self._lock:
                del self._jobs[job]
            self._news.look(job, now)  # where it fails, the others are still noted
        return min((moment for job, moment in sure.items() if job not in ready), default=None)

    def _tell_servers(self) -> float | None:
        return _seconds_until(self._scans.tell(self._now()), self._now())

    def _run_hooks(self) -> None:
        self._hooks.run_waiting()

    def _report_texts(self, error: InvalidArgument | None) -> None:
        if error is None:
            self._conditions.clear(_TEXTS)
            return
        log.warning(str(error))
        text = f"{error.what} ({error.where}: {error.why})"
        self._conditions.set(Condition(_TEXTS, text, error.remedy))


def _seconds_until(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(0.05, (moment - now).total_seconds())
