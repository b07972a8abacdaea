"""Asks for an administrator's password on the terminal, where polkit wants one: by polkit's own agent.

A desktop has an agent that runs all the time. A shell over ssh has none, and no active session either.
"""

from __future__ import annotations

import atexit
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engramd.bus.client import Client
from engramd.errors import NotAuthorized

_AGENT = "pkttyagent"
#: Seconds until the agent is ready, and that a person may take to type a password.
_START, _PASSWORD = 10.0, 300


class AskingClient(Client):
    """A client that has the agent ask when a call is refused, if somebody is there, and calls again."""

    _agent: subprocess.Popen[bytes] | None = None

    def call(
        self, path: str, interface: str, method: str, signature: str = "", args: tuple[Any, ...] = ()
    ) -> Any:
        """Call a method; see Client."""
        try:
            return super().call(path, interface, method, signature, args)
        except NotAuthorized:
            if self._agent is not None or not self._can_ask():
                raise
            self._agent = _start()
        # Not within the handler: a second refusal is the answer, and not an accident on the way.
        self._milliseconds = _PASSWORD * 1000
        with _interrupted_later():
            return super().call(path, interface, method, signature, args)

    def _can_ask(self) -> bool:
        """Whether somebody looks, and polkit decides."""
        looks = sys.stdin.isatty() and sys.stderr.isatty()
        return self.bus == "system" and os.geteuid() != 0 and looks and shutil.which(_AGENT) is not None


@contextmanager
def _interrupted_later() -> Iterator[None]:
    """Let Ctrl-C end the agent, and by that the call; PyGObject cannot make an error of it meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    former = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
        if came:
            raise KeyboardInterrupt


def _start() -> subprocess.Popen[bytes]:
    """Start the agent for this process, and wait until polkit knows it. It ends with this process."""
    reading, writing = os.pipe()
    tied = ("setpriv", "--pdeathsig", "TERM", "--") if shutil.which("setpriv") else ()
    words = (_AGENT, "--process", str(os.getpid()), "--notify-fd", str(writing))
    try:
        agent = subprocess.Popen([*tied, *words], pass_fds=(writing,))
    finally:
        os.close(writing)
    atexit.register(agent.terminate)
    select.select([reading], [], [], _START)
    os.close(reading)
    return agent
