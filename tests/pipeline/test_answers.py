"""What people say of titles, as it is kept with the questions that it answers."""

from __future__ import annotations

import pytest

from engramd.pipeline.answers import answer_in, named_film


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({"matched_episode": "S01E02", "own_title": None}, "S01E02"),
        ({"matched_episode": None, "own_title": "The Short Voyage", "own_year": 1969}, "The Short Voyage"),
        ({"edition": "Extended"}, "Extended"),
        ({"matched_episode": None, "is_extra": True}, "extra"),
    ],
)
def test_the_history_keeps_what_was_answered(values: dict[str, object], answer: str) -> None:
    assert answer_in(values) == answer


@pytest.mark.parametrize("text", ["S01E02", "Extended", "Heat", "Heat (95)", "(1995)", "Heat (3095)"])
def test_what_names_no_film(text: str) -> None:
    assert named_film(text) is None


def test_a_film_is_named_with_its_year() -> None:
    assert named_film(" 2012 (2009) ") == ("2012", 2009)
