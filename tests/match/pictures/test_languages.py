"""Which of tesseract's languages reads a track."""

from __future__ import annotations

import pytest

from engramd.match.model import MatchFailed
from engramd.match.pictures.languages import choose, known, others, readable

INSTALLED = ["deu", "eng", "osd", "jpn", "jpn_vert", "script/Latin", "ukr"]


def test_the_language_itself_by_its_other_name() -> None:
    assert choose(["ger"], INSTALLED) == "deu"
    assert choose(["jpn", "eng"], INSTALLED) == "jpn"
    assert choose(["chi"], ["chi_tra", "eng"]) == "chi_tra"


def test_another_in_the_same_letters_where_it_is_missing() -> None:
    assert choose(["fre"], INSTALLED) == "eng"
    assert choose(["fre", "ger"], INSTALLED) == "deu"
    assert choose(["fre"], ["osd", "deu"]) == "deu"
    assert choose(["rus"], INSTALLED) == "ukr"


def test_an_unknown_language_is_read_as_english() -> None:
    assert known(["und", "", "eng"]) == ["eng"]
    assert choose([], INSTALLED) == "eng"
    assert choose(["und"], INSTALLED) == "eng"


@pytest.mark.parametrize(
    ("language", "package"),
    [("kor", "kor"), ("chi", "chi-sim"), ("gre", "ell"), ("heb", "heb"), ("cyrillic", "rus")],
)
def test_letters_without_data_are_a_failure_that_names_the_package(language: str, package: str) -> None:
    with pytest.raises(MatchFailed) as failed:
        choose([language, "eng"], ["eng", "osd"])
    assert failed.value.remedy == f"apt install tesseract-ocr-{package}"
    assert "eng" in failed.value.why


def test_nothing_installed_is_a_failure_too() -> None:
    with pytest.raises(MatchFailed) as failed:
        choose(["fre"], ["osd"])
    assert failed.value.remedy == "apt install tesseract-ocr-fra"


def test_one_language_of_each_other_script() -> None:
    assert others("eng", [*INSTALLED, "rus"]) == ["ukr", "jpn"]
    assert readable(INSTALLED) == ["deu", "eng", "jpn", "ukr"]
