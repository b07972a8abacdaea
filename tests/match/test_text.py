"""Words compared: cosines over the references' words, and rare ones at one distance in time."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from engramd.match.subtitles import Cue
from engramd.match.text import TextIndex, grams_of, words
from tests.match.made import SMALL, Show, retold

SHOW = Show(31)


@pytest.fixture(scope="module")
def index() -> TextIndex:
    cues = [retold(SHOW.episode(n).cues, n) for n in range(1, 13)]
    return TextIndex([[cue.text for cue in one] for one in cues], cues)


def lines(number: int, **changes: float) -> list[Cue]:
    return retold(SHOW.episode(number).cues, 99, **changes)  # type: ignore[arg-type]


def misheard(heard: list[Cue], rate: float) -> list[Cue]:
    luck = random.Random(5)

    def hear(text: str) -> str:
        return " ".join(luck.choice(SMALL) if luck.random() < rate else word for word in text.split())

    return [replace(cue, text=hear(cue.text)) for cue in heard]


def test_the_right_reference_is_far_above_the_others(index: TextIndex) -> None:
    cosines = index.cosines(line.text for line in lines(4))
    assert int(np.argmax(cosines)) == 3
    assert cosines[3] > 0.5
    assert sorted(cosines)[-2] < 0.3


def test_words_that_no_reference_has_change_nothing(index: TextIndex) -> None:
    plain = index.cosines(line.text for line in lines(4))
    noisy = index.cosines(f"{line.text} zqx{number} wkj{number}" for number, line in enumerate(lines(4)))
    assert noisy == pytest.approx(plain, rel=0.02)


def test_a_text_of_unknown_words_fits_nothing(index: TextIndex) -> None:
    assert not index.cosines(["qqq www", "zzz"]).any()
    assert not index.cosines([]).any()
    assert not index.anchors([]).any()


def test_the_references_among_themselves_are_a_symmetric_table(index: TextIndex) -> None:
    table = index.among_themselves()
    assert table.shape == (12, 12)
    assert np.allclose(table, table.T)
    assert np.allclose(table.diagonal(), 1)


@pytest.mark.parametrize("factor", [1.0, 25 / 23.976])
def test_misheard_words_still_meet_at_one_distance(index: TextIndex, factor: float) -> None:
    heard = misheard(lines(7, shift=30, factor=1 / factor), 0.6)
    anchors = index.anchors(heard, (1.0, factor))
    assert int(np.argmax(anchors)) == 6
    assert anchors[6] > 0.2
    assert sorted(anchors)[-2] < 0.1


def test_the_same_words_in_another_order_are_no_anchors(index: TextIndex) -> None:
    said = lines(7)
    shuffled = [replace(a, text=b.text) for a, b in zip(said, reversed(said), strict=True)]
    assert index.anchors(shuffled)[6] < 0.2 < index.anchors(said)[6]
    assert index.cosines(line.text for line in shuffled)[6] > 0.5


def test_scripts_without_spaces_are_cut_into_pairs_and_triples() -> None:
    assert grams_of("猫がいる!") == ["猫が", "がい", "いる", "猫がい", "がいる"]
    assert grams_of("猫がいる OK") == ["ok", "猫が", "がい", "いる", "猫がい", "がいる"]


def test_marks_that_only_look_like_words_are_read_as_words() -> None:
    assert words("I'm, |’m") == ["i'm", "i'm"]
