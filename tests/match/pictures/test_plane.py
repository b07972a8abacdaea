"""What becomes ink of a picture's colours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engramd.match.pictures.plane import BrokenPicture, Plane, bounded, ink
from tests.match.pictures.made import draw

CLEAR, BODY, EDGE, SHADE = 0, 1, 2, 3


def plane(pixels: np.ndarray, colors: dict[int, tuple[int, int]], *, graded: bool = True) -> Plane:
    """A picture; `colors` are luma and alpha."""
    luma, alpha = np.zeros(256, np.uint8), np.zeros(256, np.uint8)
    for number, (bright, opaque) in colors.items():
        luma[number], alpha[number] = bright, opaque
    return Plane(pixels.astype(np.uint8), luma, alpha, graded)


def letters() -> np.ndarray:
    """Colours of a caption: BODY in EDGE on CLEAR, with a column of SHADE inside the body."""
    soft = np.asarray(draw("Will it be", 40))
    pixels = np.where(soft >= 28, BODY, np.where(soft >= 1, EDGE, CLEAR))
    return np.where((soft >= 22) & (soft < 28), SHADE, pixels)


def inked(drawn: np.ndarray | None) -> np.ndarray:
    assert drawn is not None
    return drawn < 128


def body_of(pixels: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(np.isin(pixels, (BODY, SHADE)))
    return pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@pytest.mark.parametrize(
    "colors",
    [
        {BODY: (235, 255), EDGE: (16, 255), SHADE: (150, 255)},
        {BODY: (170, 255), EDGE: (30, 180), SHADE: (120, 255)},
        {BODY: (235, 255), EDGE: (0, 0), SHADE: (235, 160)},
        {CLEAR: (16, 255), BODY: (235, 255), EDGE: (16, 255), SHADE: (140, 255)},
        {CLEAR: (235, 255), BODY: (16, 255), EDGE: (235, 255), SHADE: (60, 255)},
        {BODY: (16, 255), EDGE: (235, 255), SHADE: (90, 255)},
        {BODY: (16, 255), EDGE: (0, 0), SHADE: (16, 200)},
    ],
    ids=["white", "grey", "no edge", "on a dark box", "on a bright box", "in a bright edge", "black alone"],
)
def test_the_letters_are_found_whatever_their_colours(colors: dict[int, tuple[int, int]]) -> None:
    pixels = letters()
    drawn = inked(ink(plane(pixels, colors)))
    wanted = np.isin(body_of(pixels), (BODY, SHADE))
    middle = drawn[1 : wanted.shape[0] + 1, 1 : wanted.shape[1] + 1]
    assert abs(drawn.shape[0] - wanted.shape[0]) <= 2
    assert abs(drawn.shape[1] - wanted.shape[1]) <= 2
    assert np.mean(middle == wanted[: middle.shape[0], : middle.shape[1]]) > 0.97


def test_without_a_palette_the_innermost_colour_is_the_letters() -> None:
    pixels = letters()
    colors = {BODY: (0, 255), EDGE: (0, 255), SHADE: (0, 255)}
    drawn = inked(ink(plane(np.where(pixels == SHADE, BODY, pixels), colors, graded=False)))
    assert np.mean(drawn[1:-1, 1:-1] == (body_of(pixels) != CLEAR) & (body_of(pixels) != EDGE)) > 0.97


def test_nothing_to_be_seen_is_nothing() -> None:
    assert ink(plane(letters(), {BODY: (235, 0), EDGE: (16, 10)})) is None


def test_impossible_sizes_are_refused() -> None:
    for size in ((0, 5), (5, 0), (60000, 5), (5, 60000)):
        with pytest.raises(BrokenPicture):
            bounded(*size)


@settings(deadline=None)
@given(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 5)),
    arrays.arrays(np.uint8, (256,)),
    arrays.arrays(np.uint8, (256,)),
    st.booleans(),
)
def test_any_picture_gives_ink_or_nothing(
    pixels: np.ndarray, luma: np.ndarray, alpha: np.ndarray, graded: bool
) -> None:
    drawn = ink(Plane(pixels, luma, alpha, graded))
    assert drawn is None or (drawn < 128).any()
