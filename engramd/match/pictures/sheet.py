"""Makes of a drawn caption a small page that tesseract reads well, as a PGM file's bytes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engramd.match.pictures.plane import Grey

#: Pixels: how high a line of letters is best (from the top of an `l` to the bottom of a `p`), the white
#: border, the widest gap between lines, and the widest page.
LINE, BORDER, GAP, WIDEST = 32, 12, 24, 2400
#: The least and the most that a picture is enlarged.
LEAST, MOST = 0.2, 4.0


def page(ink: Grey) -> Grey:
    """Scale a trimmed picture of letters so that its lines have the height that is read best."""
    close = _without_gaps(ink)
    factor = min(MOST, max(LEAST, LINE / _line_height(close)), WIDEST / close.shape[1])
    return np.pad(_scaled(close, factor), BORDER, constant_values=255)


def pgm(page: Grey) -> bytes:
    """Write a page as a PGM file."""
    height, width = page.shape
    return b"P5 %d %d 255\n" % (width, height) + page.tobytes()


def _rows_of_ink(ink: Grey) -> list[tuple[int, int]]:
    """Give the spans (first row, row after the last) in which there is ink."""
    return _spans(np.asarray((ink < 128).any(axis=1)))


def _spans(rows: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], rows, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _line_height(ink: Grey) -> float:
    """Give the height of a line; dots and dashes on their own are none."""
    heights = [(after - first) / _lines(ink[first:after]) for first, after in _rows_of_ink(ink)]
    whole = [height for height in heights if height * 2 > max(heights)]
    return float(np.median(whole)) if whole else float(ink.shape[0])


def _lines(ink: Grey) -> int:
    """Count lines that touch: each has a band of much ink, where the small letters are."""
    inked = (ink < 128).sum(axis=1)
    bands = [after - first for first, after in _spans(inked * 2 > inked.mean())]
    return max(1, sum(band * 3 > max(bands) for band in bands))


def _without_gaps(ink: Grey) -> Grey:
    """Draw two captions that are far apart (above and below the picture) near each other."""
    spans = _rows_of_ink(ink)
    if not spans:
        return ink
    most = max(GAP, max(after - first for first, after in spans) // 2)
    kept = np.ones(ink.shape[0], np.bool_)
    for (_, end), (begin, _) in pairwise(spans):
        kept[end + most : max(end + most, begin)] = False
    return ink[kept]


def _scaled(grey: Grey, factor: float) -> Grey:
    for axis in (0, 1):
        grey = _resampled(grey, max(1, round(grey.shape[axis] * factor)), axis)
    return grey


def _resampled(grey: Grey, size: int, axis: int) -> Grey:
    """Scale along one axis: the mean of what a pixel covers, or in between two where it covers less."""
    length = grey.shape[axis]
    if size == length:
        return grey
    values = np.moveaxis(grey, axis, 0).astype(np.float32)
    if size < length:
        sums = np.concatenate((np.zeros((1, *values.shape[1:]), np.float32), np.cumsum(values, axis=0)))
        ends = _between(sums, np.linspace(0, length, size + 1))
        result = np.diff(ends, axis=0) * (size / length)
    else:
        result = _between(values, (np.arange(size) + 0.5) * length / size - 0.5)
    return np.moveaxis(np.clip(np.rint(result), 0, 255).astype(np.uint8), 0, axis)


def _between(values: npt.NDArray[np.float32], places: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Give the values at places between rows."""
    inner = np.clip(places, 0, len(values) - 1)
    below = np.minimum(inner.astype(np.intp), max(0, len(values) - 2))
    share = (inner - below).astype(np.float32)[:, None]
    above = np.minimum(below + 1, len(values) - 1)
    return np.asarray(values[below] * (1 - share) + values[above] * share, np.float32)
