"""Where the output goes: how large a screen it is, what it can show, and streams that were closed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from textwrap import fill
from typing import Any

import click

from engramd.ctl.folding import folded
from engramd.ctl.people import named

#: What is written in the place of this program's own signs where only ASCII can be shown; each is one cell.
_ASCII = str.maketrans("…━─╺→“”\N{REPLACEMENT CHARACTER}", '~#-->""?')
#: Paths and commands are not broken: the terminal does that, and they can still be copied.
_WHOLE_WORDS: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
#: How a shell counts a program whose output nobody reads any more (SIGPIPE).
UNREAD = 141


def columns() -> int | None:
    """Give how many columns a line may have; None: as many as it wants, into a pipe, which loses nothing."""
    return (_told("COLUMNS") or _terminal()[0]) if is_terminal() else None


def rows() -> int | None:
    """Give how many lines the screen has; None: it is none."""
    return (_told("LINES") or _terminal()[1]) if is_terminal() else None


def is_terminal() -> bool:
    """Whether somebody looks at the output."""
    return sys.stdout is not None and sys.stdout.isatty()


def has_cursor() -> bool:
    """Whether what was written on the output can be drawn over."""
    return is_terminal() and os.environ.get("TERM") not in (None, "", "dumb")


def has_colors() -> bool:
    """Whether colours are wanted where there is a terminal (NO_COLOR, TERM)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_ascii() -> bool:
    """Whether only ASCII can be counted on: in the locale C, and where the stream has another encoding."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    named = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    if named == "C.UTF-8" and not os.environ.get("LC_ALL"):  # Python itself may have put it there (PEP 538)
        named = os.environ.get("LANG") or named
    return encoding != "utf8" or named in ("C", "POSIX")


def shown(text: str) -> str:
    """Give text as it can be written here."""
    return text.translate(_ASCII) if is_ascii() else text


def echo(text: str) -> None:
    """Write lines for people: users have names there, and what is wider than the screen goes on below."""
    text = named(text)
    if (wide := columns()) is not None:
        text = "\n".join(part for line in text.split("\n") for part in folded(line, wide))
    click.echo(shown(text))


def complain(text: str) -> None:
    """Write a sentence on standard error, broken between words where that is a terminal."""
    said = shown(text)
    if sys.stderr is not None and sys.stderr.isatty():
        with suppress(OSError, ValueError):
            said = fill(said, max(20, os.get_terminal_size(sys.stderr.fileno()).columns - 1), **_WHOLE_WORDS)
    click.echo(said, err=True)


def prepare() -> None:
    """Make the standard streams usable, whatever a shell or a service gave: closed ones are empty ones."""
    for number, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest number that is free: this one
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def forget() -> None:
    """Write to nowhere from now on: the reader is gone, and what is still buffered would fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _told(name: str) -> int | None:
    said = os.environ.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and 0 < int(said) < 10_000 else None


def _terminal() -> tuple[int, int]:
    with suppress(OSError, ValueError):
        size = os.get_terminal_size(sys.stdout.fileno())
        return (size.columns or 80, size.lines or 24)
    return (80, 24)
