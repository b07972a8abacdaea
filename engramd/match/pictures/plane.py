"""A decoded subtitle picture, and the dark ink on white paper that is made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engramd.errors import EngramError

Grey = npt.NDArray[np.uint8]
_Numbers = npt.NDArray[np.intp]

#: No subtitle is larger than the largest video; a larger one is a damaged packet.
WIDEST, HIGHEST = 4096, 2304
#: Below this a colour cannot be seen (of 255).
SEEN = 24
#: Share of the seen pixels that a colour must have to count as the letters' own.
COUNTS = 0.02


class BrokenPicture(EngramError):
    """A packet holds no picture that could be drawn."""


class Incomplete(BrokenPicture):
    """A picture needs parts that an earlier packet brought."""


def bounded(width: int, height: int) -> None:
    """Refuse a picture that no video can show. Raises BrokenPicture."""
    if not (0 < width <= WIDEST and 0 < height <= HIGHEST):
        raise BrokenPicture("a subtitle picture has an impossible size", why=f"{width} x {height}")


def affordable(sizes: Iterable[tuple[int, int]]) -> None:
    """Refuse parts (width and height) that no video can show, or not together. Raises BrokenPicture."""
    area = 0
    for width, height in sizes:
        bounded(width, height)
        area += width * height
    if area > WIDEST * HIGHEST:
        raise BrokenPicture("the parts of a subtitle picture cannot all be on the screen")


@dataclass(frozen=True)
class Plane:
    """Pixels as numbers of colours; `luma` and `alpha` (0 to 255) of each colour.

    `graded` says that the brightness of the colours is known; else only their shapes tell them apart.
    """

    pixels: Grey
    luma: Grey
    alpha: Grey
    graded: bool = True


def ink(plane: Plane) -> Grey | None:
    """Draw the letters black on white, trimmed to what is inked; None where nothing can be seen.

    The letters are what is brightest, unless something dark lies wholly inside it: dark letters on a bright
    box, or with a bright edge.
    """
    counts = np.bincount(plane.pixels.ravel(), minlength=256)
    used = np.flatnonzero((counts > 0) & (plane.alpha >= SEEN))
    if not used.size:
        return None
    used = used[counts[used] >= COUNTS * counts[used].sum()]
    strength = _by_brightness(plane, counts, used) if plane.graded else _by_place(plane, counts, used)
    return _trimmed(np.asarray(255 - strength, np.uint8)[plane.pixels])


def _by_brightness(plane: Plane, counts: _Numbers, used: _Numbers) -> _Numbers:
    shown = (plane.luma.astype(np.intp) * plane.alpha + 127) // 255
    body = int(used[np.argmax(shown[used])])
    if shown[body] < SEEN:
        return plane.alpha.astype(np.intp)
    dark = used[shown[used] * 2 < shown[body]]
    opaque = dark[plane.alpha[dark] >= 128]
    if _are_letters(plane, opaque, used[shown[used] * 4 > shown[body] * 3]):
        return _only(opaque)
    low = int(shown[dark[np.argmax(counts[dark])]]) if dark.size else 0
    return np.asarray(np.clip((shown - low) * 255 // (int(shown[body]) - low), 0, 255), np.intp)


def _are_letters(plane: Plane, dark: _Numbers, bright: _Numbers) -> bool:
    """Say whether dark colours are letters on a bright ground or in bright edges, and no soft edges."""
    mask = np.isin(plane.pixels, dark)
    if not mask.any() or not _inside(mask, np.isin(plane.pixels, bright)):
        return False
    clear = plane.alpha[plane.pixels] < SEEN
    beside = np.zeros_like(clear)
    beside[1:] |= clear[:-1]
    beside[:-1] |= clear[1:]
    beside[:, 1:] |= clear[:, :-1]
    beside[:, :-1] |= clear[:, 1:]
    return int((mask & beside).sum()) * 20 < int(mask.sum())


def _by_place(plane: Plane, counts: _Numbers, used: _Numbers) -> _Numbers:
    """Choose the colour that the fewest others lie inside: letters are inside their edges."""
    masks = {int(color): plane.pixels == color for color in used}
    body = min(masks, key=lambda one: (sum(_inside(m, masks[one]) for m in masks.values()), -counts[one]))
    return _only(body)


def _only(colors: int | _Numbers) -> _Numbers:
    strength = np.zeros(256, np.intp)
    strength[colors] = 255
    return strength


def _inside(inner: npt.NDArray[np.bool_], outer: npt.NDArray[np.bool_]) -> bool:
    """Say whether one mask's box lies strictly inside the other's, on all four sides."""
    (top, bottom), (left, right) = _span(inner, 1), _span(inner, 0)
    (above, below), (before, behind) = _span(outer, 1), _span(outer, 0)
    return above < top and bottom < below and before < left and right < behind


def _span(mask: npt.NDArray[np.bool_], axis: int) -> tuple[int, int]:
    places = np.flatnonzero(mask.any(axis=axis))
    return (int(places[0]), int(places[-1])) if places.size else (0, 0)


def _trimmed(grey: Grey) -> Grey | None:
    inked = grey < 128
    if not inked.any():
        return None
    (top, bottom), (left, right) = _span(inked, 1), _span(inked, 0)
    return grey[max(0, top - 1) : bottom + 2, max(0, left - 1) : right + 2]
