"""Commands in terminals of their own, side by side, and what they show with its colours.

A colour is the terminal's, and not the bytes that made it: tmux puts them together anew.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.support.tmux import Tmux

COLUMNS, ROWS = 80, 24
#: Runs a program, and says with which code it ended, and whether it left the terminal as it was; the terminal
#: stays for who wants to read it.
_SCRIPT = """trap : INT
before=$(stty -g)
code=0
"$@" || code=$?
[ "$(stty -g)" = "$before" ] && left=same || left=changed
printf '\\n%s %s %s' "$ENDED" "$code" "$left"
: >"$DONE"
exec sleep 600
"""
_ENDED = "\N{END OF PROOF}ended"
_LAST = re.compile(rf"{_ENDED} (\d+) (same|changed)\s*\Z")
_ESCAPE = re.compile(r"\x1b\[([0-9;:]*)m")
_COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",)}


@dataclass(frozen=True)
class Span:
    """Text of one style: a colour and words such as `bold`; empty is the terminal's own."""

    text: str
    style: str = ""


Line = list[Span]


def lines_of(captured: str) -> list[Line]:
    """Read what tmux captured with its escape sequences; spaces at the ends of lines are none."""
    style: set[str] = set()
    found: list[Line] = []
    for row in captured.split("\n"):
        spans: Line = []
        place = 0
        for escape in _ESCAPE.finditer(row):
            spans = _with(spans, row[place : escape.start()], style)
            _change(style, escape.group(1))
            place = escape.end()
        found.append(_stripped(_with(spans, row[place:], style)))
    return found


def plain(line: Line) -> str:
    """Give a line without its colours."""
    return "".join(span.text for span in line)


def _with(spans: Line, text: str, style: set[str]) -> Line:
    """Add text; a space has no style of its own, unless it shows."""
    said = " ".join(sorted(style))
    if not text:
        return spans
    if spans and spans[-1].style == said:
        return [*spans[:-1], Span(spans[-1].text + text, said)]
    return [*spans, Span(text, said)]


def _stripped(spans: Line) -> Line:
    while spans and not spans[-1].text.strip():
        spans = spans[:-1]
    return [*spans[:-1], Span(spans[-1].text.rstrip(), spans[-1].style)] if spans else []


def _change(style: set[str], codes: str) -> None:
    numbers = iter(int(code or 0) for code in codes.replace(":", ";").split(";"))
    for number in numbers:
        if number == 0:
            style.clear()
        elif number in _ON:
            style.add(_ON[number])
        elif number in _OFF:
            style.difference_update(_OFF[number])
        elif 30 <= number <= 37 or 90 <= number <= 97 or number == 39:
            style.difference_update(_COLORS)
            if number != 39:
                style.add(_COLORS[number % 10])
        elif number != 49:  # the terminal's own background
            raise ValueError(f"a style that is not known here: {codes}")


@dataclass(frozen=True)
class Shown:
    """What a command left on its terminal, with what ran off the screen, and its exit code.

    `is_sane` is whether the terminal takes keys as it did before.
    """

    lines: list[Line]
    code: int
    is_sane: bool

    @property
    def text(self) -> str:
        """All of it without colours."""
        return "\n".join(map(plain, self.lines))


class Terminal:
    """The terminal of one command."""

    def __init__(self, ask: Callable[..., str], pane: str, done: Path) -> None:
        self._ask, self.pane, self._done = ask, pane, done

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._ask("send-keys", "-t", self.pane, *keys)

    def screen(self) -> str:
        """Give what is on the screen now."""
        return self._ask("capture-pane", "-p", "-t", self.pane).rstrip("\n")

    def colored(self) -> list[Line]:
        """Give what is on the screen now, with its colours."""
        return lines_of(self._ask("capture-pane", "-p", "-e", "-t", self.pane).rstrip("\n"))

    def wait_for(self, wanted: Callable[[str], object], what: str, seconds: float = 60) -> str:
        """Wait until the screen is as wanted; give it."""
        until = time.monotonic() + seconds
        while not wanted(shown := self.screen()):
            assert time.monotonic() < until, f"{what}:\n{shown}"
            time.sleep(0.05)
        return shown

    def ended(self, seconds: float = 60) -> Shown:
        """Wait for the end of the command; give all that it wrote, and close the terminal.

        Lines that the terminal has broken are whole again.
        """
        until = time.monotonic() + seconds
        while not self._done.exists() and time.monotonic() < until:
            time.sleep(0.01)  # a look at the screen is a process
        self.wait_for(_LAST.search, "it does not end", 5)
        self._done.unlink()
        words = ("capture-pane", "-p", "-e", "-J", "-S", "-", "-t", self.pane)
        whole = self._ask(*words)
        self._ask("kill-pane", "-t", self.pane)
        said = _LAST.search(_ESCAPE.sub("", whole))
        assert said, whole
        lines = lines_of(whole[: whole.rindex(_ENDED)].rstrip("\n"))
        while lines and not lines[-1]:
            lines.pop()
        return Shown(lines, int(said[1]), said[2] == "same")


class Terminals(Tmux):
    """A tmux server that opens a terminal of 80 columns and 24 lines for each command."""

    _numbers = count()

    def __enter__(self) -> Terminals:
        super().__enter__()
        self._tmux("set-option", "-g", "history-limit", "5000")
        self._tmux("set-option", "-g", "default-size", f"{COLUMNS}x{ROWS}")
        return self

    def open(self, words: Sequence[str], folder: Path) -> Terminal:
        """Start a command in a folder."""
        done = Path(f"{self._socket}-{next(self._numbers)}")
        made = ("new-window", "-d", "-P", "-F", "#{pane_id}", "-c", str(folder))
        told = ("-e", f"ENDED={_ENDED}", "-e", f"DONE={done}")
        return Terminal(self._tmux, self._tmux(*made, *told, "sh", "-c", _SCRIPT, "sh", *words).strip(), done)


def spans_by(line: Line, changed: Callable[[str], Iterator[tuple[int, int, str]]]) -> Line:
    """Put text into the place of parts of a line: `changed` gives them by begin, end and new text.

    What is new has the style of the first letter that it takes the place of.
    """
    text = plain(line)
    styles = [span.style for span in line for _ in span.text]
    made: Line = []
    place = 0
    for begin, end, new in changed(text):
        for at in range(place, begin):
            made = _with(made, text[at], set(styles[at].split()))
        made = _with(made, new, set(styles[begin].split())) if begin < len(styles) else made
        place = end
    for at in range(place, len(text)):
        made = _with(made, text[at], set(styles[at].split()))
    return made
