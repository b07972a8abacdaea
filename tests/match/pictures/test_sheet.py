"""Pages for tesseract."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from engramd.match.pictures.sheet import BORDER, GAP, LINE, WIDEST, page, pgm
from tests.match.pictures.made import draw


def caption(text: str, size: int) -> np.ndarray:
    soft = np.asarray(draw(text, size))
    drawn = np.where(soft >= 24, 0, 255).astype(np.uint8)
    rows, columns = np.nonzero(drawn == 0)
    return drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@pytest.mark.parametrize("size", [14, 24, 50, 110])
def test_lines_become_equally_high(size: int) -> None:
    one, two = page(caption("Why help, Bill", size)), page(caption("Why help, Bill\nWhy help, Bill", size))
    assert one.shape[0] - 2 * BORDER == pytest.approx(LINE, abs=2)
    assert two.shape[0] - 2 * BORDER == pytest.approx(2.2 * LINE, abs=0.35 * LINE)
    assert np.mean(one < 128) == pytest.approx(np.mean(caption("Why help, Bill", size) == 0) * 0.5, rel=0.25)


def test_captions_far_apart_come_near() -> None:
    upper, lower = caption("Above", 40), caption("Below", 40)
    apart = np.full((900, max(upper.shape[1], lower.shape[1])), 255, np.uint8)
    apart[: upper.shape[0], : upper.shape[1]] = upper
    apart[-lower.shape[0] :, : lower.shape[1]] = lower
    assert page(apart).shape[0] < 2 * BORDER + 2 * LINE + 2 * GAP + 4


def test_a_caption_over_the_whole_width_stays_in_bounds() -> None:
    wide = np.full((10, 4000), 255, np.uint8)
    wide[:, ::7] = 0
    assert page(wide).shape[1] <= WIDEST + 2 * BORDER


def test_the_file_is_what_others_read() -> None:
    drawn = page(caption("Right", 30))
    read = Image.open(io.BytesIO(pgm(drawn)))
    assert read.mode == "L"
    assert np.array_equal(np.asarray(read), drawn)


@settings(deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_any_ink_gives_a_bounded_page(ink: np.ndarray) -> None:
    drawn = page(ink)
    assert drawn.dtype == np.uint8
    assert drawn.shape[0] <= 40 * 4 + 2 * BORDER
    assert drawn.shape[1] <= 40 * 4 + 2 * BORDER
