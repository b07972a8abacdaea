"""Replies that take the main loop a while each: one at a time, and the clients take turns.

Between two of them the loop answers what else came in, so that nobody waits for more than one of another's.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from engramd.bus.boundary import Answer
from engramd.bus.mainloop import MainLoop
from engramd.errors import Busy

#: Replies of one client that may wait.
MOST_WAITING = 8


class Turns:
    """Who waits for such a reply, by client; used on the main loop."""

    def __init__(self, give: Callable[[Answer], None], loop: MainLoop) -> None:
        """`give` replies."""
        self._give = give
        self._loop = loop
        self._waiting: OrderedDict[str, deque[Answer]] = OrderedDict()

    def take(self, sender: str, answer: Answer) -> None:
        """Have a client's call replied to when it is its turn; Busy if too many of its calls wait."""
        if not self._waiting:
            self._loop.run(self._next)
        own = self._waiting.setdefault(sender, deque())
        if len(own) >= MOST_WAITING:
            raise Busy("too many of these calls are under way", remedy="wait for their replies first")
        own.append(answer)

    def _next(self) -> None:
        sender, own = self._waiting.popitem(last=False)
        answer = own.popleft()
        if own:
            self._waiting[sender] = own
        if self._waiting:
            self._loop.run(self._next)
        try:
            self._give(answer)
        except Exception as error:  # noqa: BLE001 - a callback's edge
            answer.fail(error)
