"""Asks a source over HTTP for JSON: cached, limited in size and time, tried again where that can help."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.errors import InvalidArgument
from engramd.sources.limits import Limits, Pace, pause_before, retry_after
from engramd.sources.problems import SourceError, SourceUnreachable
from engramd.sources.reading import json_value, may_pass
from engramd.sources.reports import Reports
from engramd.tools.cancel import CancelToken

if TYPE_CHECKING:
    import tenacity

    from engramd.sources.answers import AnswerCache
    from engramd.sources.wire import RawAnswer, Wire

#: Raises SourceChanged if an answer is not as documented; such an answer is not kept.
Check = Callable[[object], None]
#: Headers that say who asks and what for: nothing private.
_PUBLIC_HEADERS = frozenset({"user-agent", "accept"})


@dataclass(frozen=True)
class _Question:
    """What is asked, without anything private; errors name `place` where the path itself is private."""

    method: str
    path: str
    params: Mapping[str, str]
    body: object
    cancel: CancelToken
    place: str = ""

    @property
    def where(self) -> str:
        return self.place or self.path


class _TryAgain(Exception):
    """A failure that may pass; `after` is the pause in seconds that the server asks for."""

    def __init__(self, problem: SourceUnreachable, after: float | None = None) -> None:
        super().__init__(problem.what)
        self.problem = problem
        self.after = after


class Fetcher:
    """Connection to one source.

    `headers` and `params` go with every request; they may hold a key, and therefore appear in no cache, log,
    error or repr. `private` are further values that no error may repeat. Connections to sources that share a
    limit share a `pace`. Thread safe; nothing is opened before the first question. `now` (epoch) and
    `monotonic` are clocks in seconds, `sleep` waits that many; without one a pause ends as soon as it is
    cancelled.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        private: Iterable[str] = (),
        cache_folder: Path | None = None,
        lifetime: timedelta = timedelta(days=7),
        limits: Limits | None = None,
        pace: Pace | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        for value in (headers or {}).values():
            if not (value.isascii() and value.isprintable()):
                raise InvalidArgument(
                    f"the key of {name} has characters that no key has", remedy="enter it again"
                )
        self._headers = dict(headers or {})
        self._params = dict(params or {})
        self._cache_folder = cache_folder
        self._lifetime = lifetime
        self._limits = limits or Limits()
        self._pace = pace
        self._now, self._monotonic, self._sleep = now, monotonic, sleep
        secret = [text for header, text in self._headers.items() if header.lower() not in _PUBLIC_HEADERS]
        self._reports = Reports(name, [*self._params.values(), *secret, *private])
        self._lock = threading.Lock()
        self._wire: Wire | None = None
        self._answers: AnswerCache | None = None
        self._quiet_until = 0.0

    def __repr__(self) -> str:
        """Name the source, never its key."""
        return f"Fetcher({self.name!r}, {self.base_url!r})"

    def get_json(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        check: Check | None = None,
        lifetime: timedelta | None = None,
        fresh: bool = False,
        cancel: CancelToken | None = None,
    ) -> object | None:
        """Give the JSON value at `path`, or None if the source says that there is none (404).

        `lifetime` overrides the source's own; `fresh` asks again whatever the cache has. Raises
        SourceUnreachable, SourceRefused, SourceChanged and Cancelled.
        """
        question = _Question("GET", path, _sendable(params or {}), None, cancel or CancelToken())
        return self._ask(question, check, lifetime, fresh)

    def post_json(
        self,
        path: str,
        body: object,
        *,
        check: Check | None = None,
        lifetime: timedelta | None = None,
        fresh: bool = False,
        cancel: CancelToken | None = None,
    ) -> object:
        """Give the JSON answer to `body`, a question that changes nothing: it may be sent twice.

        Cached and raising as `get_json`; a 404 is SourceChanged here, for the place itself is gone.
        """
        question = _Question("POST", path, {}, body, cancel or CancelToken())
        return self._ask(question, check, lifetime, fresh)

    def exchange(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        place: str = "",
        cancel: CancelToken | None = None,
    ) -> RawAnswer:
        """Give the answer as it came, of whatever status and content; nothing is cached.

        For what is no JSON, and where a refusal says more than that. A failure that may pass is tried again
        as ever, so the question may arrive twice. `place` stands for a private `path` in errors. Raises
        SourceUnreachable, SourceChanged and Cancelled.
        """
        return self._fetch(_Question(method, path, {}, body, cancel or CancelToken(), place))

    def close(self) -> None:
        """Close connections and cache; a later question opens them again."""
        with self._lock:
            wire, self._wire = self._wire, None
            answers, self._answers = self._answers, None
        if wire is not None:
            wire.close()
        if answers is not None:
            answers.close()

    def _ask(
        self, question: _Question, check: Check | None, lifetime: timedelta | None, fresh: bool
    ) -> object | None:
        lifetime = self._lifetime if lifetime is None else lifetime
        answers, key = self._cache() if lifetime else None, self._key(question)
        if answers is not None and not fresh:
            kept = answers.get(key, lifetime)
            if kept is not None and self._passes(kept, check):
                return kept
        raw = self._fetch(question)
        answer = json_value(raw, question.where, self._reports, missing=question.method == "GET")
        if answer is None:
            return None
        if check is not None:
            check(answer)
        if answers is not None:
            answers.put(key, answer, lifetime)
        return answer

    @staticmethod
    def _passes(answer: object, check: Check | None) -> bool:
        """Tell whether a kept answer is still one that this program understands."""
        try:
            if check is not None:
                check(answer)
        except SourceError:
            return False
        return True

    def _key(self, question: _Question) -> str:
        parts = [
            question.method,
            self.base_url,
            question.path,
            sorted(question.params.items()),
            question.body,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _fetch(self, question: _Question) -> RawAnswer:
        """Try until there is an answer, or no more time or tries."""
        import tenacity

        started = self._monotonic()
        late = started + self._limits.deadline

        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.after if isinstance(error, _TryAgain) else None
            return pause_before(state.attempt_number) if asked is None else asked

        def spent(state: tenacity.RetryCallState) -> bool:
            return state.attempt_number >= self._limits.tries or self._monotonic() + pause(state) > late

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgain),
            wait=pause,
            stop=spent,
            sleep=lambda seconds: self._pause(seconds, question.cancel),
            reraise=True,
        )
        try:
            return retrying(self._once, question, late)
        except _TryAgain as again:
            raise again.problem from again.__cause__

    def _pause(self, seconds: float, cancel: CancelToken) -> None:
        (self._sleep or cancel.wait)(seconds)
        cancel.raise_if_cancelled()

    def _once(self, question: _Question, late: float) -> RawAnswer:
        question.cancel.raise_if_cancelled()
        self._keep_quiet(question)
        self._keep_pace(question)
        answer = self._send(question, late)
        if may_pass(answer.status):
            raise self._busy(question, answer)
        return answer

    def _send(self, question: _Question, late: float) -> RawAnswer:
        import httpx

        from engramd.sources import wire

        def still_wanted() -> None:
            question.cancel.raise_if_cancelled()
            if self._monotonic() > late:
                why = f"there was no whole answer within {self._limits.deadline:.0f} s"
                raise self._reports.unreachable(question.where, why)

        try:
            return self._opened().send(
                question.method,
                self.base_url + question.path,
                question.params,
                question.body,
                late - self._monotonic(),
                still_wanted,
            )
        except (httpx.NetworkError, httpx.TimeoutException, httpx.ProxyError, httpx.RemoteProtocolError) as e:
            why = str(e) or type(e).__name__
            raise _TryAgain(self._reports.unreachable(question.where, why)) from e
        except RuntimeError as error:  # another thread closed the client between two steps
            raise _TryAgain(self._reports.unreachable(question.where, "the connection was closed")) from error
        except (wire.TooLarge, wire.BadRedirect) as error:
            raise self._reports.unreachable(question.where, str(error)) from error
        except wire.BadBody as error:
            raise self._reports.changed(question.where, "body", str(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # What cannot even be sent; the library's text may quote a header, and so the key.
            why = f"the question cannot be sent ({type(error).__name__})"
            raise self._reports.unreachable(question.where, why) from None

    def _keep_pace(self, question: _Question) -> None:
        """Wait for this request's turn; threads that come together get turns one after another."""
        wait = self._pace.wait(self._monotonic()) if self._pace is not None else 0.0
        if wait > 0:
            self._pause(wait, question.cancel)

    def _keep_quiet(self, question: _Question) -> None:
        """Raise while the source has asked to be left alone for longer than a question may take."""
        with self._lock:
            until = self._quiet_until
        if self._now() < until:
            raise self._reports.unreachable(question.where, "it asked to be left alone", until)

    def _busy(self, question: _Question, answer: RawAnswer) -> _TryAgain:
        after = retry_after(answer.headers.get("retry-after", ""), self._now())
        until = None if after is None else self._now() + after
        if until is not None and after is not None and after > self._limits.deadline:
            with self._lock:
                self._quiet_until = until
        why = f"it answered {answer.status} {self._reports.message_in(answer.body)}".strip()
        return _TryAgain(self._reports.unreachable(question.where, why, until), after)

    def _opened(self) -> Wire:
        from engramd.sources.wire import Wire

        with self._lock:
            if self._wire is None:
                self._wire = Wire(self.base_url, self._headers, self._params, self._limits)
            return self._wire

    def _cache(self) -> AnswerCache | None:
        if self._cache_folder is None:
            return None
        from engramd.sources.answers import AnswerCache

        with self._lock:
            if self._answers is None:
                self._answers = AnswerCache(self._cache_folder, self._now)
            return self._answers


def _sendable(params: Mapping[str, str]) -> dict[str, str]:
    """Replace what has no UTF-8, such as the odd bytes of a label."""
    return {name: text.encode("utf-8", "replace").decode() for name, text in params.items()}
