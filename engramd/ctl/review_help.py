"""What the keys of the review screens do. Pure."""

from __future__ import annotations

from engramd.ctl import cells
from engramd.ctl.review_screen import COLUMNS, Line
from engramd.ctl.service import Properties

_KEYS = (
    ("1-9", "choose this option of the page"),
    ("Enter", "choose the marked option, which is the most probable"),
    ("y, n", "accept what is proposed for a disc, or be asked title by title"),
    ("e", "type an answer that is no option: an episode as in S01E02, a film as in Heat (1995)"),
    ("x, s", "it is an extra, or it is not filed"),
    ("l", "later: the question stays open"),
    ("d", "dismiss: close the question without an answer; nothing of it is filed"),
    ("f", "then d, s or t: the answer is for the disc, the season or the set as well"),
    ("p", "play it in mpv, vlc or ffplay, or the command that ENGRAM_PLAYER names"),
    ("u", "undo the last answer"),
    ("Space", "the next page of options; Page Up goes back"),
    ("q", "quit; open questions stay open"),
)
_COLUMN = 8


def help_lines(question: Properties) -> list[Line]:
    """Give what each key does, and what else may be answered to a question."""
    lines = [Line("Keys", "bold")]
    for key, told in _KEYS:
        first, *rest = cells.wrap(told, COLUMNS - _COLUMN, 2)
        lines += [Line(f"{key:<{_COLUMN}}{first}"), *(Line(" " * _COLUMN + line) for line in rest)]
    other = cells.clean(question.get("OtherAnswers", ""))
    more = [Line(line) for line in cells.wrap(other, COLUMNS, 3)]
    return [*lines, Line(""), *more, Line("Any key goes back.", "dim")]
