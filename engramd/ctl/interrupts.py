"""Ctrl-C that is not lost: Python drops what is raised while it gives an object back, such as a message."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

#: Seconds after which a lost interrupt comes again: outside of the place where it was lost.
_SOON = 0.01


def keep_interrupts() -> None:
    """Have an interrupt that would be dropped come again."""
    sys.unraisablehook = _again


def _again(lost: UnraisableHookArgs) -> None:
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    comes_again = False
    while not comes_again:
        try:
            threading.Timer(_SOON, os.kill, (os.getpid(), signal.SIGINT)).start()
            comes_again = True
        except KeyboardInterrupt:
            continue  # on a busy machine it comes before this function ends, and would be lost here
