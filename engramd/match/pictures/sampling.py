"""Which cues of a picture track are read: the widest picture of each of equal strata says most."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from engramd.match.model import Track


def sample(track: Track, count: int, already: Collection[int] = ()) -> list[int]:
    """Give numbers of cues (places in `track.starts`), in order: of `count` equal strata the widest picture.

    Between pictures of one width, or of none known, the one that is longest on the screen wins. Cues that
    were `already` read are left out: a larger sample holds most of a smaller one.
    """
    cues = len(track.starts)
    strata = max(0, min(count, cues))
    bounds = [cues * number // strata for number in range(strata + 1)] if strata else []
    widest = [
        max(range(first, after), key=lambda cue: _says(track, cue)) for first, after in pairwise(bounds)
    ]
    return [cue for cue in widest if cue not in already]


def _says(track: Track, cue: int) -> tuple[int, float]:
    width = track.widths[cue] if track.widths else 0
    return width, track.ends[cue] - track.starts[cue]
