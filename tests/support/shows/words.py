"""Words for shows made by code: a token is a number, and each language spells it in its own way.

Tokens below `GENERAL` are small words with real spellings, so that languages can be told; the rest is made of
syllables. Names are spelled alike in every Latin language.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

GENERAL, RARE, NAMES = 1_000, 100_000, 10_000_000
#: How many small words, ordinary words and rare words there are.
SMALL_WORDS, GENERAL_WORDS, RARE_WORDS = 150, 6_000, 60_000

_SMALL = {
    "eng": """
        the you i to a and it is that of in what me my this we no on have not do be are was your
        for so just know he all with but like she get can here there can't out up about want
        right think going come see they him her back good yeah okay well now then how who why
        where time take look need make tell let us if at or as by from had has been were would
        could should will did does done more some any one two when over into down off only never
        really got thing people man way little day night great sure sorry please thanks hey oh
        uh maybe something nothing someone everything again always before after first last new
        old other same much many too very still even because than them our his an gonna wanna
        guys anything yes don't i'm it's that's you're he's let's
    """,
    "fre": """
        le je est pas vous une que dans qui nous pour des mais avec ça les tu il elle on ce de
        la et à un ne se me te sa son mon ma tout bien être fait rien plus comme quoi moi toi
        oui non si alors ici là quand même très jamais encore peut veux sais suis faut faire
        dire voir aller bon merci désolé attends
    """,
    "ger": """
        ich und das nicht ist sie du ein wir zu mir auf mit auch der die es was in den ja nein
        hat wie so hier mich dich dir wenn noch schon mal aber doch nur kann will muss haben
        sein gut da jetzt dann warum wer alles nichts mehr einen eine kein keine etwas immer nie
        sehr danke bitte
    """,
}
_SYLLABLES = {
    "eng": "ka ro mi ten bel dor fin gar hal jin lo mar nev ost pel quo ras sil tor ur ven wex yal zim "
    "bra cle dru fla gri hun isk jol kem lin mod nur opt pra rud sha tri umb vor win yed zor chu ell",
    "fre": "bou ché dan eau fer gué han ier jou lan mai neu oin pru qué rou sse tou ueil vre zan cri pli",
    "ger": "ach ber dor ein feld gen haus ich jung kraft lein mut nah ort quel rat sch tag um ver wort zug",
    "heb": "א ב ג ד ה ו ז ח ט י כ ל מ נ ס ע פ צ ק ר ש ת",
    "jpn": "あ い う え お か き く け こ さ し す せ そ た ち つ て と な に の は ま も や よ ら り る を",
    "rus": "ба во го де жи за ки ло ме на по ре со ту фи хо це чу ша щи эн юр яс",
}
LANGUAGES = tuple(_SYLLABLES)


@cache
def spell(token: int, language: str) -> str:
    """Give a token's word in a language."""
    small = _small(language)
    if language == "jpn" and token >= GENERAL:
        return "".join(chr(0x4E00 + token * step % 1999) for step in (7919, 104_729))
    if token < SMALL_WORDS and small:
        return small[token] if token < len(small) else small[token * 7 % len(small)]
    if token >= NAMES and language in _SMALL:
        return _built(token, _syllables("eng"), 2 + token % 2).capitalize()
    return _built(token, _syllables(language), 1 if token < GENERAL else 2 if token < GENERAL + 400 else 3)


def zipf(luck: np.random.Generator, count: int, size: int, *, steep: float = 1.0) -> npt.NDArray[np.int64]:
    """Draw ranks below `count` with chances of 1 / (rank + 3) ** steep."""
    return np.searchsorted(_cumulated(count, steep), luck.random(size))


@cache
def _cumulated(count: int, steep: float) -> npt.NDArray[np.float64]:
    weights = 1.0 / (np.arange(count) + 3.0) ** steep
    sums = np.cumsum(weights)
    return np.asarray(sums / sums[-1] * (1 + 1e-12), dtype=np.float64)


@cache
def _small(language: str) -> tuple[str, ...]:
    return tuple(_SMALL.get(language, "").split())


@cache
def _syllables(language: str) -> tuple[str, ...]:
    return tuple(_SYLLABLES[language].split())


def _built(token: int, syllables: tuple[str, ...], length: int) -> str:
    """Build a word that hardly any other token shares."""
    rest, parts = token * 2_654_435_761 % 4_294_967_291, []
    for _ in range(length + (len(syllables) < 40)):
        rest, place = divmod(rest, len(syllables))
        parts.append(syllables[place])
    return "".join(parts)
