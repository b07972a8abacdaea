"""The line that is being completed: words, the open quote, and what bash is told to insert."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.ctl.completing_words import bash_word, read_line

#: What bash has in COMP_WORDBREAKS.
BREAKS = " \t\n\"'><=;|&(:"


@pytest.mark.parametrize(
    ("typed", "words", "word", "quote"),
    [
        ("engramctl ", ["engramctl"], "", ""),
        ("engramctl  show 1", ["engramctl", "show"], "1", ""),
        (r"engramctl season Harbor\ St", ["engramctl", "season"], "Harbor St", ""),
        ('engramctl season "Harbor St', ["engramctl", "season"], "Harbor St", '"'),
        ("engramctl season 'Harbor St", ["engramctl", "season"], "Harbor St", "'"),
        ('engramctl season "Harbor Station" ', ["engramctl", "season", "Harbor Station"], "", ""),
        (r'x "a \" b \n" ', ["x", r'a " b \n'], "", ""),
        (r"x '\' y", ["x", "\\"], "y", ""),
        ("x '' y", ["x", ""], "y", ""),
        ('x one"two \'three"four', ["x"], "onetwo 'threefour", ""),
        ("x \\", ["x"], "", ""),
    ],
)
def test_a_line_is_read_as_shells_read_it(typed: str, words: list[str], word: str, quote: str) -> None:
    line = read_line(typed)

    assert (line.words, line.word, line.quote) == (words, word, quote)


@pytest.mark.parametrize(
    ("typed", "value", "inserted"),
    [
        ("x Har", "Harbor Station", r"Harbor\ Station"),
        ("x har", "Harbor Station", r"Harbor\ Station"),
        ('x "Har', "Harbor Station", "Harbor Station"),
        ('x "Har', 'The "Harbor" $x', r"The \"Harbor\" \$x"),
        ("x 'Har", "Harbor $x", "Harbor $x"),
        ("x ", "a; rm -rf / & $(b) `c` *", r"a\;\ rm\ -rf\ /\ \&\ \$\(b\)\ \`c\`\ \*"),
        ("x ", "Übersee", "Übersee"),
        # Bash keeps what is before its last word break, and puts the rest after it.
        ("x tv:1", "tv:123", "123"),
        ("x 1-6=S", "1-6=S02E07", "S02E07"),
        (r"x a\:b", "a:bc", "a:bc"),
        ("x --bus=se", "session", "session"),
        ('x Har"bor S', "Harbor Station", "bor Station"),
    ],
)
def test_bash_is_told_what_takes_the_place_of_the_word(typed: str, value: str, inserted: str) -> None:
    assert bash_word(value, read_line(typed, BREAKS)) == inserted


@given(st.lists(st.text(st.characters(codec="utf-8").filter(str.isprintable), min_size=1)))
def test_what_is_inserted_is_one_word_and_reads_as_the_value(values: list[str]) -> None:
    line = "x " + " ".join(bash_word(value, read_line("x ", BREAKS)) for value in values)

    assert read_line(line + " ").words == ["x", *values]


def test_bash_reads_what_is_inserted_as_the_value() -> None:
    values = [
        "a b",
        "$(exit 3)",
        "`x`",
        "'q'",
        '"q"',
        "\\",
        "~",
        "#",
        "*?[a]{b,c}",
        "a!b",
        "a=b:c",
        "é – ü",
        "-x",
    ]
    words = " ".join(bash_word(value, read_line("x ", BREAKS)) for value in values)

    done = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {words}"], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == values
