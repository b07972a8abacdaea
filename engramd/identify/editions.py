"""What the cuts of a film are called: as a person or a record says, else by their running times. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engramd.identify.work_runtimes import PAL

#: Cuts of a film differ by more than this many seconds; else they are the same cut.
SAME_CUT = 60.0
#: So near (seconds) to the runtime that a film is listed with, in whole minutes, a cut is the listed one, if
#: all others are farther off by a minute.
LISTED = 90.0
_SHORTER = re.compile(r"\b(?:theatrical|original|kino)", re.IGNORECASE)


def running_time(seconds: float) -> str:
    """Name a cut by its running time, as `117 min`; cuts that differ by more than a minute differ in it."""
    return f"{round(seconds / 60)} min"


@dataclass(frozen=True)
class Cut:
    """A cut of a film: its length in seconds, and the name that it has and keeps, if it has one.

    `fixed` is empty for one that is the film itself, and None where the name is open; `recorded` says that a
    record tells of it. `pal` is true for 25 pictures a second, at which films run 4 % too fast.
    """

    title_index: int
    seconds: float
    fixed: str | None = None
    recorded: bool = False
    pal: bool = False


def name_cuts(
    cuts: Sequence[Cut], *, runtime: int | None = None, told: str | None = None
) -> dict[int, str | None]:
    """Name those of a film's cuts whose names are open, by `title_index`; None is the film itself.

    `told` is an edition that a person names for the whole disc: that of the longest cut, but for a theatrical
    one, unless a cut is called that already. The one cut that a record leaves without a name, and the one
    that fits the film's listed `runtime` (minutes), is the film itself; others are named by running time.
    """
    rest = [cut for cut in cuts if cut.fixed is None]
    if len(cuts) > 1 and len(rest) == 1 and rest[0].recorded and not _is_new(told, cuts):
        return {rest[0].title_index: None}
    names: dict[int, str | None] = {}
    if told and rest and _is_new(told, cuts):
        choose = min if _SHORTER.search(told) else max
        meant = choose(rest, key=lambda cut: cut.seconds)
        names[meant.title_index] = told
        rest.remove(meant)
    listed = _listed(cuts, runtime)
    return names | {c.title_index: None if c is listed else running_time(c.seconds) for c in rest}


def _is_new(told: str | None, cuts: Sequence[Cut]) -> bool:
    """Whether an edition is named that none of the cuts has."""
    return bool(told) and not any(_alike(told or "", cut.fixed or "") for cut in cuts)


def _listed(cuts: Sequence[Cut], runtime: int | None) -> Cut | None:
    """Give the cut that a film's listed runtime means; None where it could be another one."""
    if not runtime or not cuts or any(cut.fixed == "" for cut in cuts):
        return None
    apart = {cut.title_index: _apart(cut, runtime * 60.0) for cut in cuts}
    nearest, *others = sorted(cuts, key=lambda cut: apart[cut.title_index])
    least = apart[nearest.title_index]
    alone = all(apart[other.title_index] - least >= SAME_CUT for other in others)
    return nearest if least <= LISTED and alone else None


def _apart(cut: Cut, seconds: float) -> float:
    lengths = (seconds, seconds * PAL) if cut.pal else (seconds,)
    return min(abs(cut.seconds - length) for length in lengths)


def _alike(told: str, name: str) -> bool:
    first, second = told.casefold().strip(), name.casefold().strip()
    return bool(first and second) and (first in second or second in first)
