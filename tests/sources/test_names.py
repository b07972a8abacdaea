"""The language of names: the setting's, the system's, English, the work's own."""

from __future__ import annotations

import pytest

from engramd.sources.names import WorkNames, choose_title, language_tag, languages, system_language

HEIDI = WorkNames(
    "アルプスの少女ハイジ",
    "ja",
    {"de-DE": "Heidi", "en-US": "Heidi, Girl of the Alps", "pt-BR": "Heidi do Brasil", "pt-PT": "Heidi cá"},
)


@pytest.mark.parametrize(
    ("environment", "tag"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de-DE"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "fr_CA.UTF-8"}, "fr-CA"),
        ({"LANG": "de_DE", "LC_MESSAGES": "fr_CA", "LC_ALL": "it_IT"}, "it-IT"),
        ({"LC_ALL": "", "LANG": "nl_NL@euro"}, "nl-NL"),
        ({"LANG": "sr_RS.UTF-8@latin"}, "sr-RS"),
        ({"LANG": "eo"}, "eo"),
        ({"LC_ALL": "C", "LANG": "de_DE"}, "en-US"),
        ({"LANG": "C.UTF-8"}, "en-US"),
        ({"LANG": "POSIX"}, "en-US"),
        ({"LANG": "ast_ES.UTF-8"}, "en-US"),
        ({"LANG": "../../etc"}, "en-US"),
        ({}, "en-US"),
    ],
)
def test_the_language_of_the_system(environment: dict[str, str], tag: str) -> None:
    assert system_language(environment) == tag


@pytest.mark.parametrize(
    ("name", "tag"), [("de", "de"), ("de-AT", "de-AT"), ("DE", ""), ("", ""), ("de\n", "de")]
)
def test_a_tag(name: str, tag: str) -> None:
    assert language_tag(name) == tag


def test_the_setting_comes_before_the_system_and_english_last() -> None:
    assert languages("fr-FR", {"LANG": "de_DE"}) == ("fr-FR", "en-US")
    assert languages("", {"LANG": "de_DE"}) == ("de-DE", "en-US")
    assert languages("nonsense", {"LANG": "de_DE"}) == ("de-DE", "en-US")
    assert languages("en-GB", {}) == ("en-GB",)


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        (("de-DE", "en-US"), "Heidi"),
        (("de-AT", "en-US"), "Heidi"),
        (("pt-PT",), "Heidi cá"),
        (("pt",), "Heidi do Brasil"),
        (("sv-SE", "en-US"), "Heidi, Girl of the Alps"),
        (("ja-JP", "en-US"), "アルプスの少女ハイジ"),
        (("sv-SE",), "アルプスの少女ハイジ"),
    ],
)
def test_a_localised_title(wanted: tuple[str, ...], title: str) -> None:
    assert choose_title(HEIDI, wanted, original=False) == title


def test_an_original_title() -> None:
    assert choose_title(HEIDI, ("de-DE",), original=True) == "アルプスの少女ハイジ"
