"""The README's pictures show what the program prints today, and carry nothing that they should not."""

from __future__ import annotations

import re
import socket
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.support.terminals import COLUMNS, Line, Span, lines_of, plain, spans_by
from tests.support.tmux import missing_for_tmux
from tests.support.transcripts import Normal
from tests.support.udevbed import missing_for_bed

PACKAGING = Path(__file__).parents[2] / "packaging"
sys.path.insert(0, str(PACKAGING))

from pictures import make  # noqa: E402
from pictures.svg import drawn, text_of  # noqa: E402

PICTURES = PACKAGING / "pictures"
NAMES = ("watch", "status", "review", "doctor")
MENDS = "run packaging/pictures/make, look at the pictures, and keep them with your change"


def kept(name: str) -> str:
    return (PICTURES / f"{name}.svg").read_text("utf-8")


def words(lines: list[str]) -> str:
    """Give what lines say, but for what varies; where they are broken hangs on that."""
    normal = Normal(Path("/nonexistent"), "nobody")
    return " ".join(normal(line) for line in lines).replace("─", "").replace("━", "")


@pytest.mark.loop
@pytest.mark.skipif(
    bool(missing_for_tmux() or missing_for_bed()), reason=missing_for_tmux() or missing_for_bed()
)
def test_they_show_what_the_program_prints() -> None:
    made = make.made()

    assert tuple(made) == NAMES
    old = {
        name: told
        for name, lines in made.items()
        if words(told := [plain(line) for line in lines]).split() != words(text_of(kept(name))).split()
    }
    said = "\n\n".join("\n".join([f"{name}.svg shows otherwise:", *told]) for name, told in old.items())
    assert not old, f"{MENDS}\n\n{said}"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_small_and_hangs_on_nothing(name: str) -> None:
    svg = kept(name)

    assert len(svg) < 60_000
    assert re.findall(r"\w+://[^\"' ]+", svg) == ["http://www.w3.org/2000/svg"], "nothing is fetched"
    assert not re.search(r"<(script|image|foreignObject)|@import|@font-face|\bon\w+=", svg)
    assert not re.search(rf"/tmp|/work|/home|\broot\b|MOCK|{re.escape(socket.gethostname())}", svg)
    assert max(map(len, text_of(svg))) <= COLUMNS


def test_all_of_a_terminal_is_drawn_and_can_be_read_again() -> None:
    lines: list[Line] = [
        [Span("a & b"), Span("  <done>  ", "green"), Span("━━━───", "cyan")],
        [],
        [Span("    "), Span("→ engramctl", "bold"), Span(" “x”")],
    ]

    svg = drawn("engramctl <&>", lines, COLUMNS)

    assert text_of(svg) == ["a & b  <done>  ━━━───", "", "    → engramctl “x”"]
    shown = [one for one in ElementTree.fromstring(svg).iter() if one.get("class") == "green"]
    assert [(one.text, one.get("textLength")) for one in shown] == [("<done>", "50.4")]
    assert svg == drawn("engramctl <&>", lines, COLUMNS)


def test_colours_are_read_as_a_terminal_shows_them() -> None:
    [line, other] = lines_of(
        "\x1b[1mbold\x1b[22m \x1b[36mcyan \x1b[2mdim\x1b[0m plain  \n\x1b[31mred\x1b[39;49m."
    )

    assert line == [
        Span("bold", "bold"),
        Span(" "),
        Span("cyan ", "cyan"),
        Span("dim", "cyan dim"),
        Span(" plain"),
    ]
    assert other == [Span("red", "red"), Span(".")]


def test_a_part_of_a_line_is_replaced_in_its_style() -> None:
    line = [Span("from "), Span("/tmp/x/a", "bold"), Span(" to b")]

    changed = spans_by(line, lambda text: iter([(text.index("/tmp"), text.index("/a"), "/srv/media")]))

    assert changed == [Span("from "), Span("/srv/media/a", "bold"), Span(" to b")]
