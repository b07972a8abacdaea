"""What the broker was given: a state goes out when it changes, and what changes all the time now and then."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from engramd.mqtt import states

#: Gives a message to the broker (topic, payload, retain); what cannot be sent now is lost.
Send = Callable[[str, str, bool], object]
#: Runs a function in some seconds.
Later = Callable[[float, Callable[[], None]], object]


def on_timer(seconds: float, function: Callable[[], None]) -> None:
    """Run a function on a thread of its own in some seconds, unless the program ends before."""
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()


class Outbox:
    """Sends retained messages once; used by one thread at a time, which the owner sees to.

    `seconds` are between two messages of a state of which only restless values changed. A state that had to
    wait is kept again by `when_due`, which is called on another thread.
    """

    def __init__(
        self,
        send: Send,
        seconds: float,
        when_due: Callable[[], None],
        *,
        later: Later = on_timer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._seconds = seconds
        self._when_due = when_due
        self._later = later
        self._clock = clock
        self._sent: dict[str, object] = {}
        self._due: dict[str, float] = {}
        self._waits = False

    def start_anew(self) -> None:
        """Forget what was sent: the broker is another one, or may have lost it."""
        self._sent.clear()

    def tell(self, topic: str, message: Mapping[str, Any]) -> None:
        """Send a message that is not retained."""
        self._send(topic, to_json(message), False)

    def keep(self, topic: str, payload: str) -> None:
        """Have the broker keep a message, unless it has it."""
        if self._sent.get(topic) != payload:
            self._sent[topic] = payload
            self._send(topic, payload, True)

    def keep_state(self, topic: str, state: states.State) -> None:
        """Have the broker keep a state; if only restless values changed, not before it is due."""
        sent = self._sent.get(topic)
        if state == sent:
            return
        now = self._clock()
        wait = self._due.get(topic, 0.0) - now
        calm = isinstance(sent, dict) and states.without_restless(state) == states.without_restless(sent)
        if calm and wait > 0:
            self._wait(wait)
            return
        self._due[topic] = now + self._seconds
        self._sent[topic] = state
        self._send(topic, to_json(state), True)

    def take_away(self, topic: str) -> None:
        """Have the broker keep nothing there."""
        self._sent.pop(topic, None)
        self._send(topic, "", True)

    def _wait(self, seconds: float) -> None:
        if not self._waits:
            self._waits = True
            self._later(seconds, self._end_wait)

    def _end_wait(self) -> None:
        self._waits = False
        self._when_due()


def to_json(value: Mapping[str, Any]) -> str:
    """Give JSON in ASCII: whatever a disc is called, it is a string in it."""
    return json.dumps(value)
