"""A question on one screen: what it holds, and that hostile names never break it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from engramd.bus import questions
from engramd.ctl import cells
from engramd.ctl.review_help import help_lines
from engramd.ctl.review_roster import roster_words, season_name
from engramd.ctl.review_screen import Card, compose, plain, told
from engramd.models import ReviewKind, ReviewTask
from engramd.pipeline.proposals import Plan
from tests.ctl.samples import job, review, title

DETAILS: dict[str, Any] = {
    "title": 2,
    "captions": ["0:12  Do you know the harbor?", "0:40  It was never there", "1:02  Come back"],
    "file": "/srv/media/staging/job-4/title-001.mkv",
    "at": 40,
    "roster": [
        {"season": 1, "episode": number, "state": state, "title": 1, "disc": 1}
        for number, state in enumerate(["filed", "filed", "this", "candidate", "missing", "double"], 1)
    ],
    "plots": {"S01E03": "Two keepers quarrel over a lamp.", "S01E02": "A ship is late."},
}


def shown(card: Card, columns: int = 80, rows: int = 24) -> str:
    return plain(compose(card, columns, rows).lines)


def test_a_screen_holds_all_that_helps_to_answer() -> None:
    asked = review(why="Two episodes are alike.", unanswered="It waits.", needs_disc=True)
    card = Card(asked, job(), title(1), DETAILS, 2, 5, note="Review 1: S01E01.", can_undo=True)

    lines = shown(card).splitlines()

    assert lines[0].startswith("Review 2 (2 of 5) Harbor Station, season 1, disc 1, title 2, 2:05")
    assert lines[0].endswith("episode")
    assert lines[1] == "Which episode?"
    assert "▸1  S01E03 (60%): 14 of 20 lines agree" in lines
    assert (
        lines[lines.index("▸1  S01E03 (60%): 14 of 20 lines agree") + 1].strip() == DETAILS["plots"]["S01E03"]
    )
    assert " 2  S01E02 (30%)" in lines
    assert " 3  It is an extra" in lines
    assert "title 2     0:12 Do you know the harbor?" in lines
    assert "            1:02 Come back" in lines
    assert "why         Two episodes are alike." in lines
    assert "unanswered  It waits. The answer needs the disc in a drive again." in lines
    roster = next(line for line in lines if line.startswith("season 1"))
    assert "this E03; double E06 (disc 1); perhaps E04; here E01-E02 (disc 1)" in roster
    assert "Review 1: S01E01." in lines
    assert "1-4 choose  Enter the marked one" in lines[-2]
    assert "x extra  s skip" in lines[-2]
    assert "p play  u undo" in lines[-1]


def test_a_daemon_that_tells_less_has_a_screen_too() -> None:
    asked = {name: value for name, value in review().items() if name not in ("Why", "Unanswered", "Scopes")}
    asked["Options"] = [{"id": "extra", "text": "It is an extra", "value": "extra"}]

    lines = shown(Card(asked)).splitlines()

    assert lines[0].startswith("Review 2 (1 of 1)")
    assert " 1  It is an extra" in lines
    assert "why" not in plain(compose(Card(asked)).lines)


def test_what_is_proposed_for_a_disc_comes_with_the_plots_of_its_episodes() -> None:
    plans = [Plan({0: "S01E01", 1: "S01E02"}, 0.6, "disc 1 begins the season")]
    task = ReviewTask(id=3, job_id=4, kind=ReviewKind.EPISODE, question="Is it so?")
    asked = questions.review_values(task, None, questions.Choices(plans=plans))

    lines = shown(Card(asked, job(), None, DETAILS)).splitlines()

    assert "▸1  titles 1-2 are S01E01-E02 (60%): disc 1 begins the season" in lines
    assert "plots       S01E02 A ship is late." in lines
    assert "f for more" in lines[-2] + lines[-1]
    assert "x extra" not in lines[-2] + lines[-1]


def test_many_options_are_turned_by_pages_and_each_is_on_one_of_them() -> None:
    asked = review()
    asked["Options"] = [
        {
            "id": f"S01E{n:02}",
            "text": f"S01E{n:02}",
            "value": "",
            "confidence": 0.1,
            "evidence": "words " * 30,
        }
        for n in range(1, 31)
    ]
    first = compose(Card(asked, details=DETAILS))
    found = [option["id"] for n in range(first.count) for option in compose(Card(asked, page=n)).options]
    last = compose(Card(asked, page=99))

    assert first.count > 3
    assert f"page 1 of {first.count}: Space turns it" in plain(first.lines)
    assert set(found) == {option["id"] for option in asked["Options"]}
    assert last.number == last.count - 1
    assert all(1 <= len(compose(Card(asked, page=n)).options) <= 9 for n in range(first.count))


def test_facts_make_room_for_options_and_captions_go_last() -> None:
    asked = review(why="Because. " * 60, unanswered="It waits. " * 60)
    whole, small = (shown(Card(asked, job(), title(1), DETAILS), rows=rows) for rows in (24, 18))

    assert all(text in whole for text in ("Come back", "why", "unanswered"))
    assert whole.count("Because.") > 14, "there is room for more than a line"
    assert all(f" {number}  " in small for number in (2, 3, 4))
    assert "0:12 Do you know" in small


def test_what_is_typed_is_shown_to_its_end() -> None:
    card = Card(review(), prompt="Episode:", typed="S01E01" * 30 + "end")

    line = shown(card).splitlines()[-2]

    assert line.startswith("Episode: ")
    assert line.endswith("end_")
    assert "Esc" in shown(card).splitlines()[-1]


def test_all_is_told_where_no_keys_choose() -> None:
    said = told(Card(review(why="Because. " * 40), job(), title(1), DETAILS))

    assert "  1: S01E03 (60%): 14 of 20 lines agree (most probable)" in said
    assert "  extra: It is an extra" in said
    assert "  S01E03: Two keepers quarrel over a lamp." in said
    assert said.count("Because.") == 40
    assert said.endswith("Answer: engramctl answer 2 CHOICE")


# -- rosters ---------------------------------------------------------------------------------------------


def test_a_roster_of_several_seasons_names_them() -> None:
    rows = [{"season": n, "episode": 4, "state": "missing", "disc": -1} for n in (1, 2)]

    assert (season_name(rows), roster_words(rows)) == ("seasons", "missing S01E04 S02E04")
    assert season_name([{"season": 0, "episode": 1, "state": "filed"}]) == "specials"


def test_a_state_of_a_newer_daemon_breaks_no_roster() -> None:
    assert roster_words([{"season": 1, "episode": 4, "state": "borrowed"}]) == ""


# -- hostile contents ------------------------------------------------------------------------------------

HOSTILE = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x07\x9b\u202e\u2066\u200d\ufe0f\u0301\u0489漢ｗ😀🇩🇪\u1100\u1161\t\n\r\0 a"),
    ),
    max_size=300,
)
WORDS = st.one_of(HOSTILE, st.sampled_from(["", "S01E01", "episode", "accept"]))
OPTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "id": WORDS,
            "text": WORDS,
            "value": WORDS,
            "confidence": st.floats(0, 1),
            "evidence": WORDS,
        }
    ),
    max_size=25,
)
ROSTER = st.lists(
    st.fixed_dictionaries(
        {
            "season": st.integers(0, 99),
            "episode": st.integers(0, 9999),
            "state": st.sampled_from(["this", "filed", "missing", "double", "candidate", "assigned", "?"]),
            "disc": st.integers(-1, 99),
        }
    ),
    max_size=120,
)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    asked = review(needs_disc=draw(st.booleans())) | {
        "Id": draw(st.integers(0, 2**63)),
        "Kind": draw(WORDS),
        "Question": draw(WORDS),
        "Why": draw(WORDS),
        "Unanswered": draw(WORDS),
        "OtherAnswers": draw(WORDS),
        "Options": draw(OPTIONS),
        "Default": draw(WORDS),
        "Scope": draw(st.sampled_from(["title", "disc", "season"])),
        "Scopes": draw(st.lists(WORDS, max_size=3)),
    }
    details = {
        "title": draw(st.integers(0, 999)),
        "captions": draw(st.lists(WORDS, max_size=5)),
        "file": draw(WORDS),
        "roster": draw(ROSTER),
        "plots": draw(st.dictionaries(WORDS, WORDS, max_size=4)),
    }
    return Card(
        question=asked,
        job=draw(st.none() | st.builds(lambda name: job(detected_title=name[:200] or None), HOSTILE)),
        title=draw(st.none() | st.just(title(1))),
        details=draw(st.sampled_from([{}, details])),
        place=draw(st.integers(1, 10**6)),
        count=draw(st.integers(1, 10**6)),
        page=draw(st.integers(0, 30)),
        scope=draw(st.sampled_from(["", "disc", "season", "set"])),
        note=draw(WORDS),
        prompt=draw(WORDS),
        typed=draw(st.none() | WORDS),
        can_undo=draw(st.booleans()),
    )


def assert_safe(line: str, columns: int) -> None:
    assert line.isprintable() or line == "", ascii(line)
    assert cell_len(line) <= columns, (cell_len(line), line)
    assert cells.width(line) <= columns
    marks = "".join("m" if unicodedata.category(letter) in ("Mn", "Me") else " " for letter in line)
    assert "mmm" not in marks, "they would cover the lines around"


@given(card=cards(), columns=st.integers(1, 200), rows=st.integers(1, 60))
@settings(max_examples=150, deadline=None)
def test_no_content_breaks_a_screen(card: Card, columns: int, rows: int) -> None:
    page = compose(card, columns, rows)

    assert 0 < len(page.lines) <= min(24, rows)
    for line in page.lines:
        assert_safe(line.text, min(80, columns))
    assert len(page.options) <= 9
    assert 0 <= page.number < page.count


@given(card=cards())
@settings(max_examples=100, deadline=None)
def test_on_a_full_screen_every_option_is_on_a_page_and_the_keys_are_there(card: Card) -> None:
    first = compose(card)
    found = [option for n in range(first.count) for option in compose(replace_page(card, n)).options]

    assert found == card.question["Options"]
    for place in range(1, len(first.options) + 1):
        assert any(line.text[1:4] == f"{place}  " for line in first.lines), place
    if not card.prompt:
        assert any("q quit" in line.text for line in first.lines)


def replace_page(card: Card, page: int) -> Card:
    from dataclasses import replace

    return replace(card, page=page)


@given(asked=cards())
@settings(max_examples=30, deadline=None)
def test_help_fits_a_screen(asked: Card) -> None:
    lines = help_lines(asked.question)

    assert len(lines) <= 24
    for line in lines:
        assert_safe(line.text, 80)


@given(text=HOSTILE, columns=st.integers(1, 90), most=st.integers(1, 6))
def test_wrapped_text_keeps_its_words_or_says_that_it_was_cut(text: str, columns: int, most: int) -> None:
    clean = cells.clean(text)
    lines = cells.wrap(clean, columns, most)

    assert len(lines) <= most
    if columns > 1 and not any(line.endswith("…") for line in lines):
        assert "".join("".join(lines).split()) == "".join(clean.split())


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("ein kurzer Satz", 20, "ein kurzer Satz"),
        ("ein kurzer Satz", 6, "ein k…"),
        ("漢字漢字", 5, "漢字…"),
        ("漢字漢字", 4, "漢…"),
        ("x", 0, ""),
    ],
)
def test_text_is_cut_by_cells(text: str, columns: int, expected: str) -> None:
    assert cells.cut(text, columns) == expected
