"""Tells media servers of folders that changed: once a batch, the folder alone, tried again for a day."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

import structlog
from sqlmodel import col, delete, select

from engramd.conditions import Condition, Conditions
from engramd.errors import Cancelled, EngramError
from engramd.models import AppConfig
from engramd.models.notices import MediaScan
from engramd.notify.clock import next_attempt
from engramd.notify.servers import NAMES, MediaServer, configured, media_server
from engramd.settings.path_map import mapped, read_path_map
from engramd.sources.problems import SourceUnreachable
from engramd.store import Store
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: A batch ends when nothing came for so long, or when it began so long ago.
BATCH, LONGEST_BATCH = timedelta(seconds=10), timedelta(seconds=60)
_KEPT = timedelta(days=90)


class Scans:
    """Keeps the folders as rows until each server was told of them."""

    def __init__(
        self,
        store: Store,
        conditions: Conditions,
        settings: Callable[[], AppConfig],
        cancel: CancelToken,
        make: Callable[[str, AppConfig], MediaServer] = media_server,
    ) -> None:
        self._store = store
        self._conditions = conditions
        self._settings = settings
        self._cancel = cancel
        self._make = make
        self._lock = threading.Lock()
        self._changed: list[tuple[str, str]] = []

    def note(self, folder: str, root: str) -> None:
        """Note a folder that changed below a library's root; at once, from any thread."""
        with self._lock:
            self._changed.append((folder, root))

    def tell(self, now: datetime) -> datetime | None:
        """Tell the servers what is due; give when the next is, None: nothing waits."""
        self._keep_changed(now)
        pending = self._pending()
        there = configured(self._settings())
        self._forget(scan for scan in pending if scan.server not in there)
        later: list[datetime] = []
        for name in there:
            of_server = [scan for scan in pending if scan.server == name]
            due = [scan for scan in of_server if scan.due_at <= now]
            self._tell_server(name, due, now)
            later += [scan.due_at for scan in of_server if scan.done_at is None]
        return min(later, default=None)

    def look_again(self, now: datetime) -> None:
        """Let what failed be tried at once: a setting was mended."""
        for scan in self._pending():
            if scan.attempts:
                scan.due_at = now
                self._store.save(scan)

    def _keep_changed(self, now: datetime) -> None:
        """Make rows of what changed, one for each server and folder."""
        with self._lock:
            changed = list(self._changed)
        if not changed:
            return
        folders = {there_is(folder, root) for folder, root in changed}
        waiting = {(s.server, s.folder): s for s in self._pending() if not s.attempts}
        for server in configured(self._settings()):
            for folder in folders:
                scan = waiting.get((server, folder)) or self._new(server, folder, now)
                scan.due_at = min(now + BATCH, scan.at + LONGEST_BATCH)
                self._store.save(scan)
        with self._lock:
            del self._changed[: len(changed)]
        self._forget_old(now)

    def _new(self, server: str, folder: str, now: datetime) -> MediaScan:
        return MediaScan(server=server, folder=folder, at=now, station=self._store.scope)

    def _tell_server(self, name: str, due: Sequence[MediaScan], now: datetime) -> None:
        if not due:
            return
        try:
            server = self._make(name, self._settings())
        except EngramError as error:
            self._conclude(name, due, error, now)
            return
        wanted = topmost(scan.folder for scan in due)
        away: EngramError | None = None
        try:
            for folder in wanted:
                told = [scan for scan in due if _covers(folder, scan.folder)]
                failure = away or self._failure(server, folder)
                away = failure if isinstance(failure, SourceUnreachable) else None
                self._conclude(name, told, failure, now)
        except Cancelled:
            return
        finally:
            server.close()

    def _failure(self, server: MediaServer, folder: str) -> EngramError | None:
        try:
            server.scan(mapped(folder, read_path_map(self._settings().media_server_path_map)), self._cancel)
        except Cancelled:
            raise
        except EngramError as error:
            return error
        return None

    def _conclude(
        self, name: str, scans: Sequence[MediaScan], error: EngramError | None, now: datetime
    ) -> None:
        """Note what became of folders that one question was about."""
        for scan in scans:
            scan.error = str(error or "")
            scan.attempts += error is not None
            again = next_attempt(scan.attempts, now) if error else None
            scan.done_at, scan.due_at = (None, again) if again else (now, scan.due_at)
            self._store.save(scan)
        condition = f"media-server-{name}"
        if error is None:
            log.info(f"{NAMES[name]} was told of {scans[0].folder}")
            self._conditions.clear(condition)
            return
        given_up = " and was given up" if all(scan.done_at for scan in scans) else ""
        log.warning(f"{NAMES[name]} was not told{given_up}", why=str(error))
        text = f"{NAMES[name]} cannot be told what was filed: {error.what}"
        text += f": {error.why}" if error.why else ""
        self._conditions.set(Condition(condition, text, error.remedy or f"check {name}_url"))

    def _pending(self) -> list[MediaScan]:
        with self._store.read() as session:
            wanted = select(MediaScan).where(col(MediaScan.done_at).is_(None), self._store.own(MediaScan))
            return list(session.exec(wanted.order_by(col(MediaScan.id))))

    def _forget(self, scans: Iterable[MediaScan]) -> None:
        """Drop what a server that is no more was to be told."""
        for scan in scans:
            self._conditions.clear(f"media-server-{scan.server}")
            with self._store.write() as session:
                session.execute(delete(MediaScan).where(col(MediaScan.id) == scan.id))

    def _forget_old(self, now: datetime) -> None:
        with self._store.write() as session:
            session.execute(delete(MediaScan).where(col(MediaScan.done_at) < now - _KEPT))


def there_is(folder: str, root: str) -> str:
    """Give a folder, or, where it is gone, the nearest one above it that is there, at most the root."""
    path, top = Path(folder), Path(root)
    while path != top and top in path.parents and not path.is_dir():
        path = path.parent
    return str(path)


def topmost(folders: Iterable[str]) -> list[str]:
    """Give the folders that lie in none of the others, in order: a server looks at all that is below one."""
    found: list[str] = []
    for folder in sorted(set(folders), key=lambda folder: (folder.count("/"), folder)):
        if not any(_covers(other, folder) for other in found):
            found.append(folder)
    return found


def _covers(folder: str, other: str) -> bool:
    return folder == other or PurePosixPath(folder) in PurePosixPath(other).parents
