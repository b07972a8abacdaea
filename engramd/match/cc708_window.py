"""A window of EIA-708 captions: its letters, and since when they are to be seen."""

from __future__ import annotations

from engramd.match.subtitles import Cue

#: A line that ends this soon (seconds) was written with the next one at once: both are one cue.
AT_ONCE = 0.2
MOST_COLUMNS = 63


class Window:
    """What a window holds. Acts that end what it shows give that as a cue, else None; times in seconds."""

    def __init__(self) -> None:
        self.visible = False
        self.rows = 15
        self.anchor = (0, 0)
        self._letters: dict[tuple[int, int], str] = {}
        self._row, self._column = 0, 0
        self._since: float | None = None

    def write(self, letter: str, at: float) -> None:
        """Write a letter at the pen."""
        self._letters[self._row, self._column] = letter
        self._column = min(self._column + 1, MOST_COLUMNS)
        if self.visible and self._since is None and not letter.isspace():
            self._since = at

    def pen(self, row: int, column: int) -> None:
        """Move the pen."""
        self._row, self._column = row, column

    def backspace(self) -> None:
        """Take the letter before the pen away."""
        self._column = max(self._column - 1, 0)
        self._letters.pop((self._row, self._column), None)

    def erase_row(self) -> None:
        """Take the pen's row away."""
        self._letters = {place: letter for place, letter in self._letters.items() if place[0] != self._row}
        self._column = 0

    def carriage_return(self, at: float) -> Cue | None:
        """Begin a new row; the line that people have had time to read becomes a cue of its own."""
        ended = None
        if self._since is not None and at - self._since >= AT_ONCE:
            ended = self._end(at)
            self._letters.clear()
        self._column = 0
        if self._row + 1 < self.rows:
            self._row += 1
        else:
            self._letters = {(row - 1, c): letter for (row, c), letter in self._letters.items() if row}
        return ended

    def clear(self, at: float) -> Cue | None:
        """Take all letters away."""
        ended = self._end(at)
        self._letters.clear()
        self._row = self._column = 0
        return ended

    def display(self, at: float) -> Cue | None:
        """Show the window."""
        if not self.visible:
            self.visible = True
            self._since = at if self.text() else None
        return None

    def hide(self, at: float) -> Cue | None:
        """Take the window off the screen; it keeps its letters."""
        ended = self._end(at)
        self.visible = False
        return ended

    def toggle(self, at: float) -> Cue | None:
        """Hide the window if it is shown, else show it."""
        return self.hide(at) if self.visible else self.display(at)

    def text(self) -> str:
        """Give the rows in one line."""
        rows: dict[int, str] = {}
        behind = (-1, -1)
        for row, column in sorted(self._letters):
            gap = "" if (row, column) == behind else " "
            rows[row] = rows.get(row, "") + gap + self._letters[row, column]
            behind = (row, column + 1)
        return " ".join(" ".join(row.split()) for row in rows.values() if row.strip())

    def _end(self, at: float) -> Cue | None:
        since, self._since = self._since, None
        text = self.text() if since is not None else ""
        return Cue(since, at, text) if since is not None and text else None
