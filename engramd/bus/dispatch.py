"""From a call to its reply: may they, do it on a worker, answer when its effects are on the bus."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from engramd.bus.authority import Authority, Caller
from engramd.bus.methods import Call, Methods, Result
from engramd.bus.service import Answer, Request
from engramd.bus.workers import Workers
from engramd.errors import Busy, EngramError

log = logging.getLogger(__name__)

#: Calls that may be under way at the same time, of one connection, and (at work) of one user but root.
PER_SENDER, PER_USER = 16, 24


class Barrier(Protocol):
    """Runs a function on the main loop when everything that happened before it is on the bus."""

    def after(self, then: Callable[[], None], job_id: int | None = None) -> None:
        """`job_id`: a job that must be an object by then."""


class Dispatcher:
    """Takes calls on the main loop and returns at once."""

    def __init__(self, authority: Authority, methods: Methods, workers: Workers, barrier: Barrier) -> None:
        self._authority = authority
        self._methods = methods
        self._workers = workers
        self._barrier = barrier
        self._under_way: Counter[str] = Counter()
        self._at_work: Counter[int] = Counter()

    def __call__(self, request: Request, answer: Answer, key: Any) -> None:
        """Take a call."""
        if self._under_way[request.sender] >= PER_SENDER:
            answer.fail(Busy("too many calls are under way", remedy="wait for their replies first"))
            return
        self._under_way[request.sender] += 1
        self._authority.decide(
            request, lambda caller, error: self._decided(request, answer, key, caller, error)
        )

    def _decided(
        self, request: Request, answer: Answer, key: Any, caller: Caller, error: EngramError | None
    ) -> None:
        refusal = error or self._submitted(Call(request, key, caller), answer)
        if refusal is not None:
            log.info("%s.%s of uid %d: %s", request.interface, request.method, caller.uid, refusal)
            self._forget(request)
            answer.fail(refusal)

    def _submitted(self, call: Call, answer: Answer) -> EngramError | None:
        uid = call.caller.uid
        if uid != 0 and self._at_work[uid] >= PER_USER:
            return Busy("too many calls of this user are at work", remedy="try again in a moment")
        try:
            self._workers.submit(lambda: self._run(call, answer))
        except EngramError as error:
            return error
        self._at_work[uid] += 1
        return None

    def _run(self, call: Call, answer: Answer) -> None:
        """On a worker."""
        result, failure = self._outcome(call)

        def reply() -> None:
            self._forget(call.request)
            self._at_work[call.caller.uid] -= 1
            if failure is None:
                answer.give(result.value)
            else:
                answer.fail(failure)

        self._barrier.after(reply, result.job_id)

    def _outcome(self, call: Call) -> tuple[Result, BaseException | None]:
        try:
            return self._methods.run(call), None
        except EngramError as error:
            log.info("%s.%s: %s", call.request.interface, call.request.method, error)
            return Result(), error
        except BaseException as error:  # noqa: BLE001 - a thread's edge; Answer.fail logs it
            return Result(), error

    def _forget(self, request: Request) -> None:
        self._under_way[request.sender] -= 1
        if self._under_way[request.sender] <= 0:
            del self._under_way[request.sender]
