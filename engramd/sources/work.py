"""A show or film as sources know it, whichever they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Namespace = Literal["tv", "movie"]


class WorkId(NamedTuple):
    """A number of TMDB; a series and a film can have the same `id`, so it means nothing alone."""

    namespace: Namespace
    id: int

    def __str__(self) -> str:
        """Give it as `tv/1396`."""
        return f"{self.namespace}/{self.id}"


@dataclass(frozen=True)
class Candidate:
    """A work that a disc may hold.

    `names` are translations and alternative titles; `countries` the codes of its origin (ISO 3166-1);
    `year` that of the first release or airing, `season_years` those of the seasons. `seasons` are the numbers
    of all regular seasons, empty if not known. `runtimes` are minutes: the film's own, or the usual ones of
    an episode; `season_runtimes` those of each episode of a season.
    """

    work: WorkId
    name: str
    original_name: str = ""
    names: tuple[str, ...] = ()
    year: int | None = None
    countries: frozenset[str] = frozenset()
    seasons: frozenset[int] = frozenset()
    season_years: frozenset[int] = frozenset()
    runtimes: tuple[int, ...] = ()
    season_runtimes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Give name and year, as people tell works of one name apart."""
        return f"{self.name} ({self.year})" if self.year else self.name
