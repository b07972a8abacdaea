"""How many cues a reference needs to tell its episode. Light to import."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

#: Times need so many cues; words of episodes that are all shorter fewer, but most of what is usual for them.
LEAST_CUES, LEAST_WORDED, LEAST_SHARE = 120, 40, 0.6


def least_cues(counts: Sequence[int]) -> int:
    """Give how many cues a show's references need: short episodes have few, and signs tracks fewer still."""
    usual = median(counts) if counts else 0
    return LEAST_CUES if usual >= LEAST_CUES else max(LEAST_WORDED, round(LEAST_SHARE * usual))
