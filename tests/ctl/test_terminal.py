"""Keys and screens of a real terminal (a pty), and that it is left as it was."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress

import pytest

from engramd.ctl import terminal
from engramd.ctl.review_screen import Line
from engramd.ctl.terminal import ENDED, RESIZED, Terminal


class Outside:
    """The other end of the terminal: the person's."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.master, self.slave = pty.openpty()
        os.set_blocking(self.master, False)
        self._given, self._taken = os.fdopen(os.dup(self.slave), "r"), os.fdopen(os.dup(self.slave), "w")

    def terminal(self) -> Terminal:
        self.attach()
        return Terminal()

    def attach(self) -> None:
        """Make it the standard input and output; within the test, because pytest changes them before it."""
        self._patch.setattr(sys, "stdin", self._given)
        self._patch.setattr(sys, "stdout", self._taken)

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def seen(self, end: bytes) -> bytes:
        """Give what is written since the last look, to this end."""
        data = b""
        while not data.endswith(end) and select.select([self.master], [], [], 5)[0]:
            data += os.read(self.master, 100_000)
        assert data.endswith(end), data
        return data

    def close(self) -> None:
        self._given.close()
        self._taken.close()
        for descriptor in (self.master, self.slave):
            with suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    monkeypatch.delenv("NO_COLOR", raising=False)
    outside = Outside(monkeypatch)
    yield outside
    outside.close()


@pytest.mark.parametrize(
    ("pressed", "keys"),
    [
        (b"1", ["1"]),
        (b"12", ["1", "2"]),
        (b"\r", ["enter"]),
        (b"\n", ["enter"]),
        (b"\x7f", ["backspace"]),
        (b"\x1b", ["escape"]),
        (b"\x1b[6~", ["more"]),
        (b"\x1b[5~x", ["back", "x"]),
        (b"\x1bOB", ["more"]),
        (b"\x1b[1;5Cq", ["other", "q"]),
        (b"\x1bqx", ["other", "x"]),
        ("é漢".encode(), ["é", "漢"]),
        (b"\xff1", ["\N{REPLACEMENT CHARACTER}", "1"]),
        (b"\x01", ["other"]),
        (b"\x1a", ["other"]),
        (b"\x04", [ENDED]),
    ],
)
def test_keys_are_told_one_by_one(outside: Outside, pressed: bytes, keys: list[str]) -> None:
    with outside.terminal() as screen:
        outside.press(pressed)
        assert [screen.key(5) for _ in keys] == keys
        assert screen.key(0) == ""


def test_keys_that_came_too_early_are_forgotten(outside: Outside) -> None:
    with outside.terminal() as screen:
        outside.press(b"abc")
        screen.forget()
        outside.press(b"d")
        assert screen.key(5) == "d"


def test_a_new_size_wakes_who_waits_for_a_key(outside: Outside) -> None:
    with outside.terminal() as screen:
        termios.tcsetwinsize(outside.slave, (30, 100))
        os.kill(os.getpid(), signal.SIGWINCH)
        assert screen.key(5) == RESIZED
        assert screen.size() == (100, 30)
        assert screen.key(0) == ""


def test_the_screen_is_drawn_whole_with_colours_unless_nobody_wants_them(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    with outside.terminal() as screen:
        outside.seen(b"\x1b[?25l")
        screen.show([Line("first"), Line("second", "bold")])
        assert outside.seen(b"second\x1b[0m") == b"\x1b[H\x1b[2J\x1b[1;1Hfirst\x1b[2;1H\x1b[1msecond\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    with outside.terminal() as screen:
        screen.show([Line("second", "bold")])
        outside.seen(b"\x1b[1;1Hsecond")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_terminal_comes_back_however_the_program_ends(outside: Outside, number: signal.Signals) -> None:
    before, handlers = termios.tcgetattr(outside.slave), signal.getsignal(number)

    with pytest.raises((SystemExit, KeyboardInterrupt)):
        end_by(number, outside, before)

    assert termios.tcgetattr(outside.slave) == before
    outside.seen(b"\x1b[?25h\x1b[?1049l")
    assert signal.getsignal(number) == handlers


def test_no_key_ends_the_program_without_the_terminal_coming_back(outside: Outside) -> None:
    r"""Ctrl-\ would leave the other screen, a hidden cursor, and keys that are not shown."""
    with outside.terminal():
        special = termios.tcgetattr(outside.slave)[6]
    assert [special[key] for key in (termios.VQUIT, termios.VSUSP)] == [b"\0", b"\0"]


def end_by(number: signal.Signals, outside: Outside, before: list[object]) -> None:
    with outside.terminal() as screen:
        assert termios.tcgetattr(outside.slave) != before
        os.kill(os.getpid(), number)
        screen.key(5)


def test_a_terminal_that_goes_ends_the_input(outside: Outside) -> None:
    with outside.terminal() as screen:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.close(outside.master)
        assert screen.key(5) == ENDED


def test_what_cannot_be_drawn_on_is_not_used(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    outside.attach()
    for name in ("dumb", ""):
        monkeypatch.setenv("TERM", name)
        assert not terminal.is_usable()
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.is_usable()
    with open(os.devnull) as nothing:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdin", nothing)
        assert not terminal.is_usable()
