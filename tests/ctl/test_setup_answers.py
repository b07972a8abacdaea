"""What setup is told becomes settings; what was set by hand and is not asked anew stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engramd.ctl.setup_answers import (
    Answers,
    Present,
    read_languages,
    read_sources,
    spoken_language,
    staging_beside,
)
from engramd.ctl.setup_ask import Asker, Given
from engramd.errors import InvalidArgument
from tests.support.clickrunner import runner

ANSWERS = Answers("/srv/media/tv", "/srv/media/films", "/srv/media/staging")
NOTHING = Present({"reference_languages": "eng", "network_enabled": True})


def test_folders_become_settings_and_nothing_else_where_the_rest_is_as_it_is() -> None:
    assert ANSWERS.settings(NOTHING) == {
        "library_tv_path": "/srv/media/tv",
        "library_movies_path": "/srv/media/films",
        "staging_path": "/srv/media/staging",
    }
    there = Present({**NOTHING.values, **ANSWERS.settings(NOTHING)})
    assert ANSWERS.settings(there) == {}


def test_languages_keep_the_original_sound_and_are_those_of_references() -> None:
    answers = replace(ANSWERS, languages="ger, eng")
    settings = answers.settings(NOTHING)
    assert settings["audio_languages"] == "ger, eng, original"
    assert settings["subtitle_languages"] == settings["reference_languages"] == "ger, eng"


def test_who_keeps_all_languages_gets_references_in_the_own_one() -> None:
    assert ANSWERS.settings(NOTHING, "ger")["reference_languages"] == "ger, eng"
    assert "reference_languages" not in ANSWERS.settings(NOTHING, "eng")
    by_hand = Present({**NOTHING.values, "reference_languages": "fre"})
    assert "reference_languages" not in ANSWERS.settings(by_hand, "ger")


def test_subtitles_that_were_chosen_by_hand_stay() -> None:
    there = Present(
        {"audio_languages": "ger, original", "subtitle_languages": "fre", "reference_languages": "fre"}
    )
    assert there.languages == "ger"
    settings = replace(ANSWERS, languages=there.languages).settings(there, "ger")
    assert not {"audio_languages", "subtitle_languages", "reference_languages"} & settings.keys()
    assert replace(ANSWERS, languages="").settings(there)["subtitle_languages"] == ""


def test_sources_are_switched_on_and_off_and_the_network_with_them() -> None:
    there = Present({"discdb_enabled": True, "network_enabled": False})
    assert there.sources == ("discdb",)
    settings = replace(ANSWERS, sources=("tmdb",), secrets={"tmdb_api_key": "k"}).settings(there)
    assert settings["tmdb_enabled"] is True
    assert settings["discdb_enabled"] is False
    assert settings["network_enabled"] is True
    assert settings["tmdb_api_key"] == "k"
    assert "network_enabled" not in ANSWERS.settings(there)


@pytest.mark.parametrize(
    ("libraries", "is_local", "staging"),
    [
        (("/srv/media/tv", "/srv/media/films"), True, "/srv/media/staging"),
        (("/mnt/disk/tv", "/mnt/disk/films"), True, "/mnt/disk/staging"),
        (("/mnt/nas/tv", "/mnt/nas/films"), False, ""),
        (("/mnt/disk/tv",), True, "/mnt/disk/staging"),
        (("/srv/tv", "/srv/films"), True, ""),
        (("/mnt/one/tv", "/mnt/two/films"), True, ""),
        ((), True, ""),
    ],
)
def test_rips_lie_where_they_can_be_renamed_from(
    libraries: tuple[str, ...], is_local: bool, staging: str
) -> None:
    assert staging_beside([Path(one) for one in libraries], is_local=is_local) == staging


def test_a_daemon_of_ones_own_has_no_sandbox_to_mind() -> None:
    libraries = [Path("/home/ann/tv"), Path("/home/ann/films")]
    assert staging_beside(libraries, is_local=True) == ""
    assert staging_beside(libraries, is_local=True, is_service=False) == "/home/ann/staging"


def test_words_of_people_are_understood() -> None:
    assert [read_languages(text) for text in ("de, English", "all", "")] == ["ger, eng", "", ""]
    assert [read_sources(text) for text in ("opensubtitles, TMDB", "none", "")] == [
        ("tmdb", "opensubtitles"),
        (),
        (),
    ]
    assert [spoken_language(one) for one in ("de_DE.UTF-8", "C.UTF-8", "POSIX", "", "fr", "xx_XX")] == [
        "ger", "", "", "", "fre", "",
    ]  # fmt: skip
    with pytest.raises(InvalidArgument, match="no source imdb"):
        read_sources("tmdb imdb")


class Person:
    """Somebody who answers; what is said to them is kept, and what is asked."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        self.told: list[str] = []

    def answers(self, present: Present = NOTHING, **given: object) -> Answers:
        asker = Asker(Given(**given), present, self.told.append, lambda _folder: True)  # type: ignore[arg-type]
        with runner().isolation(input="".join(f"{line}\n" for line in self.lines)) as streams:
            found = asker.answers()
            self.asked = streams[1].getvalue().decode() if streams[1] else streams[0].getvalue().decode()
        return found

    def questions(self) -> list[str]:
        return [text.strip()[:2] for text in self.told if text.strip()[:1].isdigit()]


def test_enter_five_times_is_a_good_answer() -> None:
    person = Person("", "", "", "", "", "")
    answers = person.answers()
    assert answers == replace(ANSWERS, group=answers.group)
    assert person.questions() == ["1.", "2.", "3.", "4.", "5."]
    assert any("is sent the disc's content hash" in text for text in person.told)


def test_answers_are_taken_and_wrong_ones_asked_again() -> None:
    person = Person("/tmp/tv", "/mnt/nas/tv", "none", "me dia", "media", "xx9", "de", "T-key", "tmdb", "abc")
    answers = person.answers()
    assert (answers.tv, answers.films, answers.staging) == ("/mnt/nas/tv", "", "/mnt/nas/staging")
    assert (answers.group, answers.languages, answers.sources) == ("media", "ger", ("tmdb",))
    assert answers.secrets == {"makemkv_key": "T-key", "tmdb_api_key": "abc"}
    for wrong in ("this folder cannot be used (/tmp/tv)", "no name of a group", "is no language"):
        assert wrong in person.asked
    assert "T-key" not in person.asked


def test_what_the_command_line_says_is_not_asked() -> None:
    person = Person("")
    secrets = {"makemkv_key": "k"}
    given = {"tv": "/mnt/tv", "films": "", "group": "media", "languages": "all", "secrets": secrets}
    answers = person.answers(**given)
    assert person.questions() == ["1."]
    assert "Which sources" in person.told[0]
    assert answers == Answers("/mnt/tv", "", "", "media", "", (), secrets)


def test_a_secret_that_is_set_stays_where_nothing_is_typed() -> None:
    there = Present({**NOTHING.values, "tmdb_enabled": True}, {"makemkv_key", "tmdb_api_key"})
    person = Person("", "", "", "", "", "", "")
    answers = person.answers(there)
    assert answers.secrets == {}
    assert answers.sources == ("tmdb",)
    assert "MakeMKV's key (Enter keeps it)" in person.asked


def silent(**given: object) -> Callable[[], Answers]:
    keys = iter(("first", "second"))
    asker = Asker(
        Given(**given),
        NOTHING,
        print,
        lambda _folder: True,
        asks=False,
        read_secret=lambda _name: next(keys),  # type: ignore[arg-type]
    )
    return asker.answers


def test_without_questions_everything_has_its_default_or_is_given() -> None:
    assert silent()() == replace(ANSWERS, group=silent()().group)
    answers = silent(secrets={"makemkv_key": "-", "tmdb_key": "-"}, sources=("none",))()
    assert answers.secrets == {"makemkv_key": "first", "tmdb_api_key": "second"}
    with pytest.raises(InvalidArgument, match="no library"):
        silent(tv="", films="")()
    with pytest.raises(InvalidArgument, match="cannot be used"):
        silent(tv="films")()
