"""The roster of a show over discs and library, with a list of episodes in the place of TMDB's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from engramd.match.model import KnownEpisode
from engramd.models import DiscJob
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import Parts
from engramd.pipeline.roster import Rosters
from engramd.pipeline.seasons import Seasons


class RosterStandIn:
    """Stands in for what TMDB lists; notes which number it was asked for."""

    def __init__(self, known: Sequence[KnownEpisode] = ()) -> None:
        self.known, self.asked = known, list[int | None]()

    def listed(self, jobs: Sequence[DiscJob], season: int | None) -> Sequence[KnownEpisode]:
        self.asked += [job.tmdb_id for job in jobs]
        return [one for one in self.known if season in (None, one.season)]


def seasons(
    parts: Parts, libraries: Libraries | None = None, rosters: RosterStandIn | None = None
) -> Seasons:
    """Make an overview of what a bench has."""
    return Seasons(parts, libraries or Libraries(parts), cast(Rosters, rosters or RosterStandIn()))
