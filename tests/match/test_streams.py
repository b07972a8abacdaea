"""What the names and flags of tracks mean."""

from __future__ import annotations

import pytest

from engramd.match.streams import Stream


def named(name: str, *, forced: bool = False, commentary: bool = False) -> Stream:
    return Stream(2, "subtitle", "subrip", name=name, forced=forced, commentary=commentary)


@pytest.mark.parametrize(
    "name",
    [
        "Director's Commentary",
        "Audiokommentar des Regisseurs",
        "Commentaire audio",
        "Commento del regista",
        "Comentario del director",
        "Comentário do diretor",
        "Kommenttiraita",
        "Commentaar",
        "Komentarz reżysera",
        "Комментарии режиссёра",
        "音声解説",
    ],
)
def test_a_commentary_is_known_by_its_name(name: str) -> None:
    assert named(name).comments
    assert not named(name).is_partial


def test_or_by_its_flag() -> None:
    assert named("", commentary=True).comments
    assert not named("English").comments


@pytest.mark.parametrize(
    "name", ["Forced", "Français (forcés)", "Forzados", "Signs & Songs", "Signs", "erzwungen", "Forzati"]
)
def test_a_track_of_signs_is_known_by_its_name(name: str) -> None:
    assert named(name).is_partial


@pytest.mark.parametrize(
    "name",
    [
        "English [SDH]",
        "Hearing impaired",
        "Full subtitles (signs and songs)",
        "Dialogue + Signs",
        "Reinforced",
    ],
)
def test_a_full_track_is_not_taken_for_one(name: str) -> None:
    assert not named(name).is_partial


def test_a_forced_flag_is_enough() -> None:
    assert named("English", forced=True).is_partial
