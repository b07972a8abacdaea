"""Whether several titles are ripped in one pass of MakeMKV, or one by one. Pure.

MakeMKV rips one title, or all that it offers. Each run opens the disc anew, which takes a minute or more; a
pass over all reads what nobody wants as well.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from engramd.discs.model import Title

#: Bytes a second that a drive is taken to read, where nothing was measured: DVD at 8x, Blu-ray at 2x.
USUAL_RATE = 9_000_000.0
#: Seconds that opening a disc is taken to need, where no scan was timed.
USUAL_OPENING = 60.0


def pays(
    offered: Sequence[Title],
    wanted: Collection[int],
    *,
    opening: float = USUAL_OPENING,
    rate: float = USUAL_RATE,
) -> bool:
    """Say whether one pass over all is quicker than one run for each wanted title.

    `wanted` are indexes in the scan; `opening` is in seconds, `rate` in bytes a second.
    """
    known = {title.index for title in offered}
    if len(set(wanted)) < 2 or not set(wanted) <= known:
        return False
    unwanted = sum(title.size for title in offered if title.index not in wanted)
    return unwanted / rate <= (len(set(wanted)) - 1) * opening
