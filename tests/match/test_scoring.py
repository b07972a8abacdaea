"""What may stand without a person, and what may not: the rules, one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engramd.match.labels import Label
from engramd.match.scoring import Scores, Standing, Witness, Words, judge, objection
from engramd.match.timing import Timing

FIRST, SECOND = Label(1, (1,)), Label(1, (2,))
NOISE = Timing(4.3, 0.1, 0.15, 0.0, 1.0)
STRONG = Timing(20.0, 0.5, 0.6, 3.0, 1.0)
FAIR = Timing(6.5, 0.22, 0.42, 3.0, 1.0)
WEAK = Timing(5.6, 0.14, 0.36, 3.0, 1.0)


def disc(
    *, timing: Timing | None = None, words: Words | None = None, spread: float = 1.0
) -> dict[Label, Scores]:
    """Score a title that the first of twenty episodes fits so; the others fit by chance."""
    others = {
        Label(1, (n,)): Scores(NOISE if timing else None, 300, words=_other(words)) for n in range(2, 21)
    }
    return {FIRST: Scores(timing, 300, spread, spread, words, reference="one.srt"), **others}


def _other(words: Words | None) -> Words | None:
    """Give what wrong references have of a title's words."""
    return replace(words, cosine=0.08 if words.whole else 0.03, anchors=0.02) if words else None


def why(scores: dict[Label, Scores], *, all_said: bool = True) -> str:
    standing = judge(scores)
    assert standing.best is not None
    assert standing.best.label == FIRST
    return objection(standing, standing.best, all_said=all_said)


@pytest.mark.parametrize(
    "scores",
    [
        disc(timing=STRONG),
        disc(timing=FAIR, words=Words(0.3)),
        disc(timing=FAIR, words=Words(0.09, cues=15, kind="sample")),
        disc(words=Words(0.4)),
        disc(timing=WEAK, words=Words(0.2)),
        disc(words=Words(0.3, cues=40, kind="sample")),
        disc(words=Words(0.12, 0.4, 40, "speech")),
        disc(words=Words(0.12, 0.2, 120, "speech")),
    ],
    ids=[
        "times",
        "both",
        "times and 15 pictures",
        "words",
        "words borne out",
        "40 pictures",
        "speech",
        "long",
    ],
)
def test_one_strong_or_two_that_agree_stand(scores: dict[Label, Scores]) -> None:
    assert why(scores) == ""
    best = judge(scores).best
    assert best is not None
    assert best.confidence > 0.95


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (disc(timing=WEAK), "neither times nor words"),
        (disc(words=Words(0.2)), "only the words fit"),
        (disc(words=Words(0.12, 0.2, 40, "speech")), "only the words fit"),
        (disc(words=Words(0.12, 0.1, 120, "speech")), "neither times nor words"),
        (disc(words=Words(0.09, cues=15, kind="sample")), "neither times nor words"),
        (disc(timing=STRONG, spread=0.3), "song or a recap"),
    ],
    ids=["weak times", "weak words", "little speech", "no anchors", "15 pictures", "a song"],
)
def test_what_is_weak_does_not_stand(scores: dict[Label, Scores], words: str) -> None:
    assert words in why(scores)


def test_times_that_fit_fairly_stand_only_where_no_words_can_be_had() -> None:
    assert why(disc(timing=FAIR)) == ""
    assert "no words were read yet" in why(disc(timing=FAIR), all_said=False)
    assert why(disc(timing=STRONG), all_said=False) == ""


def test_times_and_words_that_name_different_episodes_contradict() -> None:
    scores = disc(timing=STRONG, words=Words(0.08))
    scores[SECOND] = replace(scores[SECOND], words=Words(0.5))
    standing = judge(scores)
    assert standing.best is not None
    assert "the times fit S01E01, but the words fit S01E02" in objection(standing, standing.best)


def test_words_that_speak_against_fair_times_are_heard() -> None:
    scores = disc(timing=FAIR, words=Words(0.08))
    scores[SECOND] = replace(scores[SECOND], words=Words(0.13))
    assert why(scores) == "the times fit, but the words do not"


def test_words_that_fit_nothing_do_not_object() -> None:
    assert why(disc(timing=STRONG, words=Words(0.07))) == ""


def test_two_labels_that_fit_alike_are_named() -> None:
    scores = disc(timing=STRONG)
    scores[SECOND] = replace(scores[SECOND], timing=replace(STRONG, z=19.5))
    assert "S01E01 and S01E02 fit alike" in why(scores)


def test_few_candidates_ask_for_more() -> None:
    few = {
        FIRST: Scores(None, 300, words=Words(0.3, documents=2)),
        SECOND: Scores(None, words=Words(0.2, documents=2)),
    }
    standing: Standing = judge(few)
    assert standing.best is not None
    assert objection(standing, standing.best)


def test_no_confidence_exceeds_that_in_the_labels_of_references() -> None:
    one = replace(disc(timing=STRONG)[FIRST], witnesses=frozenset({Witness("a", "x")}))
    two = replace(one, witnesses=one.witnesses | {Witness("b", "y")})
    copies = replace(one, witnesses=one.witnesses | {Witness("b", "x")})
    sure = [judge({**disc(timing=STRONG), FIRST: scores}).best for scores in (one, two, copies)]
    confidence = [best.confidence for best in sure if best]
    assert confidence[0] == confidence[2] < 0.997 + 1e-9
    assert confidence[0] < confidence[1] <= 0.9995


def test_times_that_fit_nothing_do_not_object_to_strong_words() -> None:
    standing = judge(disc(timing=NOISE, words=Words(0.45, count=2400)))
    assert standing.best is not None
    assert standing.best.label == FIRST
    assert objection(standing, standing.best) == ""
    assert standing.best.confidence > 0.95
