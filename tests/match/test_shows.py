"""Which folder of references belongs to a show."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.match.shows import find_show, plain


def folders(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "folder"),
    [
        ("The Office", "Office"),
        ("Office, The", "the.office"),
        ("Amélie's World", "Amelies World"),
        ("HARBOR_STATION", "Harbor Station"),
        ("Law & Order", "Law and Order"),
        ("Spider-Man", "Spiderman"),
        ("M*A*S*H", "MASH"),
        ("Frasier", "Frasier (1993)"),
        ("Frasier (1993)", "Frasier"),
        ("1923", "1923"),
    ],
)
def test_a_show_is_found_as_people_write_it(tmp_path: Path, asked: str, folder: str) -> None:
    root = folders(tmp_path, folder, "Something Else")
    assert find_show(root, asked).path == root / folder


def test_the_year_decides_between_twins(tmp_path: Path) -> None:
    root = folders(tmp_path, "Frasier (1993)", "Frasier (2023)")
    assert find_show(root, "Frasier", 2023).path == root / "Frasier (2023)"
    assert find_show(root, "Frasier (1993)").path == root / "Frasier (1993)"


def test_twins_without_a_year_are_named_and_not_chosen(tmp_path: Path) -> None:
    found = find_show(folders(tmp_path, "Frasier (1993)", "Frasier (2023)"), "Frasier")
    assert found.path is None
    assert "Frasier (1993), Frasier (2023)" in found.problem


def test_references_of_another_year_are_not_taken(tmp_path: Path) -> None:
    found = find_show(folders(tmp_path, "Frasier (1993)"), "Frasier", 2023)
    assert found.path is None
    assert "another year" in found.problem


def test_an_unknown_show_names_what_there_is(tmp_path: Path) -> None:
    found = find_show(folders(tmp_path, "Lost", "Dark"), "Fargo")
    assert found.path is None
    assert "Dark, Lost" in found.problem


def test_a_missing_folder_of_references_is_a_sentence(tmp_path: Path) -> None:
    assert "cannot be read" in find_show(tmp_path / "none", "Lost").problem


def test_an_article_alone_is_a_name() -> None:
    assert plain("The The") == "the"
