"""The terminal as a screen that is drawn whole and keys that need no Enter; left as it was found."""

from __future__ import annotations

import codecs
import os
import select
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from engramd.ctl.review_screen import Line

RESIZED, ENDED = "resized", "ended"
#: Seconds that the rest of a key of several bytes may take: but on slow lines it comes with the first.
_REST = 0.05
_ENTER_SCREEN, _LEAVE_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_KEYS = {
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\b": "backspace",
    "\x1b": "escape",
    "\x04": ENDED,
    "\x1b[5~": "back",
    "\x1b[6~": "more",
    "\x1b[A": "back",
    "\x1b[B": "more",
    "\x1bOA": "back",
    "\x1bOB": "more",
    "\x1bOM": "enter",
}
_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "good": {"fg": "green"},
    "warning": {"fg": "yellow"},
}


def is_usable() -> bool:
    """Whether there is a terminal that can be drawn on, and somebody to press its keys."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") not in (None, "", "dumb")


class Terminal:
    """Standard input and output, while the block lasts; Ctrl-C raises KeyboardInterrupt.

    The screen is another one than the shell's, which comes back. What ends the program in order (SIGTERM,
    SIGHUP) puts the terminal back too.
    """

    def __init__(self, *, colors: bool = True) -> None:
        self._colors = colors and not os.environ.get("NO_COLOR")
        self._in, self._out = sys.stdin.fileno(), sys.stdout.fileno()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._before: list[Any] = []
        self._handlers: dict[int, Any] = {}
        self._woken: tuple[int, int] = (-1, -1)

    def __enter__(self) -> Terminal:
        self._before = termios.tcgetattr(self._in)
        self._listen()
        tty.setcbreak(self._in, termios.TCSANOW)
        quiet = termios.tcgetattr(self._in)
        for key in (termios.VSUSP, termios.VQUIT):  # a shell would get a screen that is not its own
            quiet[6][key] = b"\0"
        termios.tcsetattr(self._in, termios.TCSANOW, quiet)
        self._write(_ENTER_SCREEN)
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):  # where the terminal is gone, nothing is left to restore
            self._write(_LEAVE_SCREEN)
        with suppress(termios.error):
            termios.tcsetattr(self._in, termios.TCSAFLUSH, self._before)
        signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for descriptor in self._woken:
            os.close(descriptor)

    def size(self) -> tuple[int, int]:
        """Give columns and lines."""
        found = shutil.get_terminal_size()
        with suppress(OSError):
            found = os.get_terminal_size(self._out)
        return (found.columns or 80, found.lines or 24)

    def show(self, lines: Sequence[Line]) -> None:
        """Draw lines from the top; what was there is gone."""
        drawn = (f"\x1b[{place};1H{self._styled(line)}" for place, line in enumerate(lines, 1))
        self._write("\x1b[H\x1b[2J" + "".join(drawn))

    def key(self, seconds: float) -> str:
        """Give the next key: a character, or the name of one that is none; empty when the time is over.

        `resized` is none of them, and `ended` is the end of the input.
        """
        ready, _, _ = select.select([self._in, self._woken[0]], [], [], seconds)
        if self._woken[0] in ready:
            with suppress(BlockingIOError):
                os.read(self._woken[0], 1024)
            return RESIZED
        return self._read() if self._in in ready else ""

    def forget(self) -> None:
        """Drop the keys that were pressed before they could mean what is shown now."""
        termios.tcflush(self._in, termios.TCIFLUSH)

    def _listen(self) -> None:
        """Let a new size wake the wait for a key, and orderly ends restore the terminal."""
        self._woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._woken[1], warn_on_full_buffer=False)
        self._handlers[signal.SIGWINCH] = signal.signal(signal.SIGWINCH, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, _end)

    def _read(self) -> str:
        read = ""
        while not read:
            if not (data := self._byte()):
                return ENDED
            read = self._decoder.decode(data)
        if read == "\x1b":
            read += self._rest()
        return _KEYS.get(read, read if len(read) == 1 and read.isprintable() else "other")

    def _byte(self) -> bytes:
        try:
            return os.read(self._in, 1)
        except OSError:  # the terminal is gone
            return b""

    def _rest(self) -> str:
        """Give what follows an escape at once: the bytes of one key."""
        rest = ""
        while len(rest) < 16 and select.select([self._in], [], [], _REST)[0]:
            data = self._byte().decode("ascii", "replace")
            rest += data
            is_final = len(rest) > 1 and "@" <= data <= "~"
            if not data or is_final or (len(rest) == 1 and data not in "[O"):
                break
        return rest

    def _styled(self, line: Line) -> str:
        if not self._colors or not line.style:
            return line.text
        return click.style(line.text, **_STYLES[line.style])

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._out, data) :]


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
