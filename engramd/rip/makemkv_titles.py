"""Which title of MakeMKV's scan is which title of the disc as engramd read it. Pure.

MakeMKV numbers what it offers by its own settings, leaves out what is short, false or played twice, and may
cut cells off the ends of a DVD title. A title is known by source file, segment map and duration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engramd.discs.model import Disc, Media, Title

#: Seconds by which two readings of one title differ: MakeMKV's are whole.
SAME_LENGTH = 2.0
#: Seconds of empty cells that MakeMKV may leave out at the ends of a DVD title.
CUT_OFF = 30.0
_VARIANT = re.compile(r"\(\d+\)$")


def offered_for(disc: Disc, title: Title, offered: Iterable[Title]) -> Title | None:
    """Give the title of a scan that is this title of the disc; None if the scan does not offer it."""
    ranked = []
    for other in offered:
        distance = _distance(disc, title, other)
        if distance is not None:
            ranked.append((distance, other.index, other))
    return min(ranked, key=lambda entry: entry[:2])[2] if ranked else None


def lost_titles(disc: Disc, offered: tuple[Title, ...], least_seconds: float) -> list[Title]:
    """Give the titles that the disc's own tables name and a scan does not offer, but for short ones."""
    long_enough = (t for t in disc.titles if t.duration >= least_seconds + SAME_LENGTH)
    return [title for title in long_enough if offered_for(disc, title, offered) is None]


def _distance(disc: Disc, title: Title, other: Title) -> tuple[int, float] | None:
    """Rank how surely two titles are the same; None if they are not."""
    apart = abs(title.duration - other.duration)
    same_source = _source(title) == _source(other)
    if disc.media is Media.DVD:
        # Cell numbers begin anew in each title of a DVD, so that a segment map alone tells nothing.
        return (0, apart) if same_source and apart <= CUT_OFF else None
    if apart > SAME_LENGTH:
        return None
    same_clips = _clips(title) == _clips(other) != ()
    if same_source and (same_clips or not _clips(other)):
        return 0, apart
    # Of playlists that play the same, MakeMKV offers one.
    return (1, apart) if same_clips else None


def _source(title: Title) -> str:
    name = _VARIANT.sub("", title.source_file.lower())
    return name.lstrip("0") or "0"


def _clips(title: Title) -> tuple[str, ...]:
    """Give the clips that a title plays; of a pair of 3D clips the first."""
    parts = re.split(r"[,()]+", title.segment_map)
    return tuple(part.partition("/")[0].lstrip("0") or "0" for part in parts if part.strip())
