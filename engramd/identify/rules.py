"""Hand-set rules for the titles of discs of a few minutes, of which there are no records to learn from."""

from __future__ import annotations

from engramd.discs.model import Title
from engramd.identify.structure import is_clip
from engramd.identify.view import View

#: Lengths of episodes as multiples of the usual one; double ones are pilots and finales.
LEAST, MOST = 0.7, 2.5


def log_odds_of_episode(view: View, title: Title) -> float:
    """Judge a title of a series by its length as a multiple of the usual one."""
    typical = view.structure.group.typical or view.structure.longest
    if title.index in view.play_alls:
        return -4.0
    if title.index in view.group and view.structure.part_of(title):
        return 3.5
    return 1.7 if LEAST <= title.duration / typical <= MOST else -2.2


def log_odds_of_feature(view: View, title: Title) -> float:
    """Judge a title of a film disc: the film is the longest playlist."""
    longest = max((t.duration for t in view.titles if not is_clip(t)), default=view.structure.longest)
    return 3.0 if title.duration >= 0.99 * longest and not is_clip(title) else -2.2
