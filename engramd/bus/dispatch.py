"""From a call to its reply: may they, do it on a worker, answer when its effects are on the bus."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from engramd.bus.authority import READS, Authority, Caller
from engramd.bus.boundary import Answer, Request
from engramd.bus.call import Call
from engramd.bus.floods import Budget
from engramd.bus.mainloop import MainLoop
from engramd.bus.methods import Methods, Result
from engramd.bus.workers import Workers
from engramd.errors import Busy, EngramError

log = logging.getLogger(__name__)

#: Calls of one connection that may be under way at the same time.
PER_SENDER = 16
#: Seconds, and the lines that the log has in them of calls that came to nothing: of one client, and of all.
LOG_SECONDS, LINES_OF_ONE, LINES = 60.0, 20, 100


class Barrier(Protocol):
    """Runs a function on the main loop when everything that happened before it is on the bus."""

    def after(self, then: Callable[[], None], job_id: int | None = None) -> None:
        """`job_id`: a job that must be an object by then."""


class Dispatcher:
    """Takes calls on the main loop and returns at once."""

    def __init__(
        self, authority: Authority, methods: Methods, workers: Workers, barrier: Barrier, loop: MainLoop
    ) -> None:
        self._authority = authority
        self._loop = loop
        self._methods = methods
        self._workers = workers
        self._barrier = barrier
        self._under_way: Counter[str] = Counter()
        self._lines = Budget(LINES_OF_ONE, LINES, LOG_SECONDS)

    def __call__(self, request: Request, answer: Answer, key: Any) -> None:
        """Take a call."""
        if self._under_way[request.sender] >= PER_SENDER:
            answer.fail(Busy("too many calls are under way", remedy="wait for their replies first"))
            return
        self._under_way[request.sender] += 1
        try:
            self._authority.decide(request, partial(self._decided, request, answer, key))
        except BaseException as error:  # noqa: BLE001 - a callback's edge; Answer.fail logs it
            self._reply(request, partial(answer.fail, error))

    def under_way(self) -> int:
        """Count the calls that have no reply yet."""
        return self._under_way.total()

    def _decided(
        self, request: Request, answer: Answer, key: Any, caller: Caller, error: EngramError | None
    ) -> None:
        call = Call(request, key, caller)
        try:
            if error is not None:
                raise error
            self._workers.submit(partial(self._run, call, answer), caller.uid)
        except EngramError as refusal:
            self._note(call, refusal)
            self._reply(request, partial(answer.fail, refusal))

    def _run(self, call: Call, answer: Answer) -> None:
        """On a worker; the reply is packed here, as a large one would keep the main loop."""
        result, give = Result(), partial(answer.send, None)
        try:
            result = self._methods.run(call)
            give = partial(answer.send, answer.pack(result.value))
        except BaseException as error:  # noqa: BLE001 - a thread's edge; Answer.fail logs it
            if isinstance(error, EngramError):
                self._note(call, error)
            give = partial(answer.fail, error)
        reply = partial(self._reply, call.request, give)
        if (call.request.interface, call.request.method) in READS and result.job_id is None:
            self._loop.run(reply)
        else:
            self._barrier.after(reply, result.job_id)

    def _reply(self, request: Request, give: Callable[[], None]) -> None:
        self._under_way[request.sender] -= 1
        if self._under_way[request.sender] <= 0:
            del self._under_way[request.sender]
        give()

    def _note(self, call: Call, error: EngramError) -> None:
        """Log why a call came to nothing; thousands of them do not push out what else is logged."""
        if self._lines.takes(call.request.sender):
            request, uid = call.request, call.caller.uid
            log.info("%s.%s of uid %d: %s", request.interface, request.method, uid, error)
