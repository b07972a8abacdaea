"""The screens of a follower: bars on a terminal, plain lines or JSON everywhere else."""

from __future__ import annotations

import os
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import click

from engramd.ctl import cells, output
from engramd.ctl.board import board
from engramd.ctl.folding import folded
from engramd.ctl.follow import News, Screen
from engramd.ctl.people import named
from engramd.ctl.service import Snapshot
from engramd.ctl.session import Session, line
from engramd.ctl.tables import colored, dim
from engramd.ctl.text import printable

#: Without a terminal, a rip says a word each time that it got further by this part.
STEP = 0.1
#: Seconds between two drawings at least.
_PAUSE = 0.1


class Lines:
    """Writes lines; progress only now and then."""

    def __init__(self) -> None:
        self._said: dict[int, float] = {}

    def say(self, news: News) -> None:
        """Write what happened; of a rip's progress only a good part."""
        if news.kind == "progress":
            job, part = news.fields["id"], news.fields["progress"] or 0.0
            if part - self._said.get(job, 0.0) < STEP:
                return
            self._said[job] = part
        output.echo(printable(news.text))

    def draw(self, now: Snapshot) -> None:
        """Show nothing: what was written stays."""


class Json:
    """Writes everything that happens as JSON, one object a line."""

    def say(self, news: News) -> None:
        """Write it, with its kind."""
        click.echo(line({"kind": news.kind, **news.fields}))

    def draw(self, now: Snapshot) -> None:
        """Show nothing."""


class Nothing:
    """Says nothing, for those who want the end only."""

    def say(self, news: News) -> None:
        """Say nothing."""

    def draw(self, now: Snapshot) -> None:
        """Show nothing."""


class Bars:
    """Draws what goes on below what happened, and draws it anew whenever it changes.

    `only` is the job that is followed; `size` gives the columns and rows of the terminal.
    """

    def __init__(
        self,
        only: int | None = None,
        size: Callable[[], tuple[int, int]] = lambda: (output.columns() or 80, output.rows() or 24),
        write: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._only, self._size, self._clock = only, size, clock
        self._write = write or _write
        self._shown: list[str] = []
        self._now = Snapshot()
        self._drawn = float("-inf")

    def say(self, news: News) -> None:
        """Write a line above the bars, with the time of day; progress is what the bars show."""
        if news.kind == "progress":
            return
        said = printable(named(news.brief or news.text))
        if news.word:
            said = said.replace(news.word, colored(news.word), 1)
        first, *rest = folded(f"{dim(f'{datetime.now():%H:%M}')}  {said}", self._size()[0])
        self._write("\n".join([self._erasing() + first, *rest, ""]))
        self._shown = []
        self._draw_anew()

    def draw(self, now: Snapshot) -> None:
        """Draw what goes on."""
        self._now = now
        if self._clock() - self._drawn >= _PAUSE:
            self._draw_anew()

    def again(self) -> None:
        """Draw for a terminal that has another size now."""
        self._draw_anew()

    def end(self) -> None:
        """Take the bars away."""
        self._write(self._erasing())
        self._shown = []

    def _draw_anew(self) -> None:
        wide, high = self._size()
        lines = board(self._now, datetime.now().astimezone(), wide, high - 1, self._only)
        if lines != self._shown:
            self._write(self._erasing() + "".join(f"{one}\n" for one in lines))
            self._shown = lines
        self._drawn = self._clock()

    def _erasing(self) -> str:
        """Give what takes the bars off the screen, also where it became narrower and broke their lines."""
        wide, high = self._size()
        taken = sum(max(1, -(-cells.width(click.unstyle(one)) // wide)) for one in self._shown)
        up = min(taken, high - 1)
        return (f"\x1b[{up}A" if up else "") + "\r\x1b[J" if self._shown else ""


def _write(text: str) -> None:
    context = click.get_current_context(silent=True)
    plain = context is not None and context.color is False
    sys.stdout.write(output.shown(_without_colors(text) if plain else text))
    sys.stdout.flush()


def _without_colors(text: str) -> str:
    from re import sub

    return sub(r"\x1b\[[0-9;]*m", "", text)


@contextmanager
def screen(session: Session, only: int | None = None, *, quiet: bool = False) -> Iterator[Screen]:
    """Give the screen that fits where the output goes; with `quiet`, JSON is not written on the way."""
    if session.json:
        yield Nothing() if quiet else Json()
    elif output.has_cursor():
        yield from _bars(Bars(only))
    else:
        yield Lines()


def _bars(bars: Bars) -> Iterator[Screen]:
    """Draw while the block lasts; leave the terminal as it was, also where the program is told to end."""
    before = _without_echo()

    def restore() -> None:
        with suppress(OSError):  # where the terminal is gone, nothing is left to restore
            bars.end()
        if before is not None:
            with suppress(termios.error):
                termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, before)

    def end(number: int, _frame: object) -> None:
        """End by the signal: an exception would end the program at once within the loop of the bus."""
        restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    handlers: dict[int, Any] = {signal.SIGWINCH: signal.signal(signal.SIGWINCH, lambda *_: bars.again())}
    handlers |= {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield bars
    finally:
        restore()
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _without_echo() -> list[Any] | None:
    """Have keys not written between the bars; give what brings that back."""
    if not sys.stdin.isatty():
        return None
    with suppress(termios.error):
        before = termios.tcgetattr(sys.stdin)
        quiet = termios.tcgetattr(sys.stdin)
        quiet[3] &= ~termios.ECHO
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, quiet)
        return before
    return None
