"""Pictures that help to answer a question: frames of its title, made when somebody looks at it first."""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from pathlib import Path

import structlog

from engramd.errors import Cancelled, EngramError
from engramd.events import JobChanged, ReviewClosed
from engramd.models import DiscTitle
from engramd.pipeline.parts import Parts
from engramd.pipeline.threads import Pool
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: Where frames are taken besides the place that is worth looking at, as parts of the running time.
PLACES = (0.1, 0.35, 0.6)


class Pictures:
    """Keeps them in the cache, by question, until it is closed; for any thread."""

    def __init__(self, parts: Parts, stop: CancelToken) -> None:
        self._parts, self._stop = parts, stop
        self._root = parts.paths.cache / "review-pictures"
        self._pool = Pool("pictures", lambda: 1)
        self._lock = threading.Lock()
        self._begun: set[int] = set()
        self._made: dict[int, tuple[str, ...]] = {}

    def start(self) -> None:
        """Forget what an earlier run made, and from now on what is answered."""
        shutil.rmtree(self._root, ignore_errors=True)
        self._parts.hub.subscribe(ReviewClosed, lambda event: self._forget(event.review_id))

    def of(self, review_id: int) -> tuple[str, ...]:
        """Give the files of a question's pictures, in the order of the title; none before they are made."""
        with self._lock:
            return self._made.get(review_id, ())

    def begin(self, review_id: int, title: DiscTitle, file: str, at: int) -> None:
        """Have them made, once; `at` is a second of the title that is worth looking at."""
        with self._lock:
            if not file or review_id in self._begun:
                return
            self._begun.add(review_id)
        seconds = sorted({at, *(int(title.duration_seconds * place) for place in PLACES)})
        self._pool.submit(lambda: self._make(review_id, title.job_id, Path(file), seconds))

    def _make(self, review_id: int, job_id: int, file: Path, seconds: list[int]) -> None:
        from engramd.match.frames import write_frames

        folder = self._root / str(review_id)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            found = write_frames(self._parts.tools, file, folder, seconds, cancel=self._stop)
        except Cancelled:
            return
        except (EngramError, OSError) as error:
            log.warning("no pictures of a title", review=review_id, why=str(error))
            return
        with self._lock:
            if review_id not in self._begun:  # it was closed meanwhile
                shutil.rmtree(folder, ignore_errors=True)
                return
            self._made[review_id] = tuple(map(str, found))
        self._parts.hub.publish(JobChanged(job_id))

    def _forget(self, review_id: int) -> None:
        with self._lock:
            begun = review_id in self._begun
            self._begun.discard(review_id)
            self._made.pop(review_id, None)
        if begun:
            with suppress(OSError):
                shutil.rmtree(self._root / str(review_id), ignore_errors=True)
