"""What is repaired in read captions, and what must be left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engramd.match.pictures.slips import repair

ENGLISH = {
    "| don't know, l'm not sure.": "I don't know, I'm not sure.",
    "I'|| te|| him": "I'll tell him",
    "l’ll go if l can": "I'll go if I can",
    "lt's late. ls it? lf so...": "It's late. Is it? If so...",
    "!'m sure. !t was you": "I'm sure. It was you",
    "and / am tired, f think": "and I am tired, I think",
    "itis late, [tis, and Itwas dark": "It is late, It is, and It was dark",
    "So lam here. orI'll go": "So I am here. or I'll go",
    "I'l! come, you'U see": "I'll come, you'll see",
    "y0u and N0T y0u": "you and NOT you",
    "HE lS THE KlNG": "HE IS THE KING",
    "rnore for rne, frorn home": "more for me, from home",
    "don 't": "don't",
    "J I sing in the rain J": "I sing in the rain",
    "♪ La la la ♪": "La la la",
    "Hello there .\n- - -\nWell": "Hello there.\nWell",
    "[DOOR CREAKS]\n(SIGHS) No": "[DOOR CREAKS]\n(SIGHS) No",
    "- Yes.\n- No!": "- Yes.\n- No!",
    "Wait! what? 5 lbs, 3 lb": "Wait! what? 5 lbs, 3 lb",
    "Bill, tell all the llamas": "Bill, tell all the llamas",
    "On the lam since 1999": "On the lam since 1999",
    "In 101 ways, R2D2": "In 101 ways, R2D2",
}
UNTOUCHED = {
    "ger": ["Ich weiß nicht, ob Ihr Vater ihn lobt.", "Am 10. Mai las er ihm vor.", "- Ja!\n- Nein!"],
    "fre": ["L'ami de l'homme l'a dit.", "Il n'y a que l'été !", "Où est-il ?"],
    "spa": ["¡Qué pena! ¿Y él? lo llamó la loba."],
    "ita": ["L'ho visto. All'una l'amico li lasciò."],
    "pol": ["Lwy lśniły, lgnąłem do lnu.", "Lżej, i w lwiej jamie."],
    "cze": ["Lhal lvovi, lpěl na lži."],
    "rus": ["Я не знаю, что мне делать."],
    "jpn": ["私は知りません。"],
}


@pytest.mark.parametrize(("read", "meant"), ENGLISH.items())
def test_english_slips(read: str, meant: str) -> None:
    assert repair(read, "eng") == meant


@pytest.mark.parametrize("language", UNTOUCHED)
def test_right_text_in_other_languages_stays(language: str) -> None:
    for text in UNTOUCHED[language]:
        assert repair(text, language) == text
        assert repair(text) == text


def test_german_words_that_begin_with_a_misread_letter() -> None:
    assert repair("lch weiß, lhr seid lmmer hier", "ger") == "Ich weiß, Ihr seid Immer hier"
    assert repair("lwy lśniły", "pol") == "lwy lśniły"


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from(["eng", "ger", "fre", None]))
def test_any_text_is_survived_and_settles(text: str, language: str | None) -> None:
    assert len(repair(text, language)) <= 3 * len(text) + 3
