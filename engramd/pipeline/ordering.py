"""The numbers by which episodes are named: decided once for a season, and kept.

What a title is stays the number that it was aired as; only the names of files follow another order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from shlex import quote
from typing import Any

import structlog

from engramd.errors import EngramError, InvalidArgument, NotFound
from engramd.events import Happened
from engramd.models import (
    DiscJob,
    DiscTitle,
    EpisodeOrder,
    OrderedEpisode,
    ShowChoice,
    ShowOrder,
    WorkNamespace,
)
from engramd.organize import EpisodeCode
from engramd.organize.orders import Place, choose_group, numbers_in, renumbered, season_numbers
from engramd.pipeline.parts import Parts
from engramd.pipeline.sources import Sources
from engramd.store.orders import ShowOrders, as_kept
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Decision:
    ordering: EpisodeOrder
    reason: str
    group_id: str = ""
    numbers: dict[Place, Place] = field(default_factory=dict)


@dataclass(frozen=True)
class NewOrder:
    """The order of a season as it was and as it is to be, as values, and the numbers of its episodes then."""

    before: dict[str, Any]
    after: dict[str, Any]
    numbers: dict[Place, Place]

    def code(self, code: EpisodeCode, show: str) -> EpisodeCode:
        """Give the code by which an episode is named. Raises InvalidArgument where it has none."""
        found = renumbered(code, self.numbers) if self.numbers else code
        if found is None:
            raise InvalidArgument(
                f"{code} has no number of its own in the {self.after['order']['ordering']} order",
                where=show,
                remedy=f"engramctl order {quote(show)} aired",
            )
        return found


class Ordering:
    """Decides in which order the seasons of shows are named. Safe for any thread; may ask TMDB."""

    def __init__(self, parts: Parts, sources: Sources, stop: CancelToken) -> None:
        self._parts = parts
        self._sources = sources
        self._stop = stop
        self._rows = ShowOrders(parts.store)

    def file_code(self, job: DiscJob, title: DiscTitle) -> EpisodeCode:
        """Give the code by which a title's file is named; `matched_episode` stays the aired one.

        The first title of a season has the order decided, and may ask TMDB. Raises InvalidArgument for what
        is no episode, and where the season's order has no place for it; Cancelled.
        """
        code = EpisodeCode.parse(title.matched_episode or "")
        show = _show(job, title)
        if show is None:
            return code
        order = self._decided(job, show, code.season)
        if order.ordering is EpisodeOrder.AIRED:
            self._check_free(show, code)
            return code
        numbers = _numbers(self._rows.episodes([order]))
        found = renumbered(code, numbers)
        if found is None:
            raise InvalidArgument(
                f"{code} has no number of its own in the {order.ordering} order",
                where=job.detected_title or "",
                why="TMDB's order does not have it, or has its episodes apart",
                remedy=f"engramctl order {show} aired, and engramctl rename {show} if some of it is filed",
            )
        return found

    def choose(self, show: str, ordering: str, actor: str) -> str:
        """Choose the order of a show, by its name or TMDB number; give a sentence that tells what that does.

        Seasons of which something is filed keep their order until they are renamed, so that none is mixed.
        Raises InvalidArgument and NotFound.
        """
        wanted = _order_named(ordering)
        number, name = self._find(show)
        filed = set(map(_season, self._rows.filed_codes(number, name)))
        kept = [
            order
            for order in self._rows.all_of(number)
            if order.season in filed and order.ordering is not wanted
        ]
        self._rows.choose(ShowChoice(tmdb_id=number, ordering=wanted, actor=actor), sorted(filed))
        sentence = f"{name} is named in the {wanted} order, says {actor}"
        if kept:
            seasons = ", ".join(f"season {order.season} ({order.ordering})" for order in kept)
            sentence += f"; what is filed already keeps its order: {seasons}"
        log.info(sentence)
        self._parts.hub.publish(Happened("order", sentence))
        return sentence

    def anew(self, job: DiscJob, season: int) -> NewOrder | None:
        """Say in which order a season would be named if it were decided now; None if in the one that it has.

        Nothing is kept of it. May ask TMDB. Raises Cancelled.
        """
        show = _show(job)
        known = self._rows.of(show, season) if show is not None else None
        if show is None or known is None:
            return None
        wanted, actor = self._wanted(show)
        if wanted is known.ordering:
            return None
        decision = self._decide(show, season, wanted)
        row = _row(show, season, decision, actor)
        after = as_kept(show, season, row, _episode_rows(decision.numbers))
        return NewOrder(self._rows.kept(show, season), after, decision.numbers)

    def redecide(self, job: DiscJob, season: int) -> EpisodeOrder | None:
        """Decide the order of a season of a job's show anew; give it, or None for a show without a number.

        Only for a season whose files are all renamed next. May ask TMDB. Raises Cancelled.
        """
        show = _show(job)
        if show is None:
            return None
        wanted, actor = self._wanted(show)
        decision = self._decide(show, season, wanted)
        kept = self._rows.keep(
            _row(show, season, decision, actor), _episode_rows(decision.numbers), anew=True
        )
        self._say(job, season, decision)
        return kept.ordering

    def _find(self, show: str) -> tuple[int, str]:
        wanted = _plain(show)
        found = {number: name for number, name in self._rows.shows() if wanted in (str(number), _plain(name))}
        if not found:
            raise NotFound(
                "no disc of such a series has a number at TMDB yet",
                where=show,
                remedy="engramctl identify JOB --tmdb tv:NUMBER",
            )
        if len(found) > 1:
            numbers = ", ".join(map(str, found))
            raise InvalidArgument(
                "several series have that name", where=show, remedy=f"say which one by its number: {numbers}"
            )
        return next(iter(found.items()))

    def _decided(self, job: DiscJob, show: int, season: int) -> ShowOrder:
        known = self._rows.of(show, season)
        if known is not None:
            return known
        wanted, actor = self._wanted(show)
        filed = self._rows.filed_codes(show, job.detected_title or "")
        if wanted is not EpisodeOrder.AIRED and season in map(_season, filed):
            decision = _Decision(EpisodeOrder.AIRED, "episodes of it are filed as they were aired")
        else:
            decision = self._decide(show, season, wanted)
        row = _row(show, season, decision, actor)
        kept = self._rows.keep(row, _episode_rows(decision.numbers))
        if kept is row and wanted is not EpisodeOrder.AIRED:
            self._say(job, season, decision)
        return kept

    def _wanted(self, show: int) -> tuple[EpisodeOrder, str]:
        """Give the order that is wanted for a show, and who wants it."""
        choice = self._rows.choice(show)
        if choice is not None:
            return choice.ordering, choice.actor
        return self._parts.settings.current.episode_ordering_preference, "engramd"

    def _decide(self, show: int, season: int, wanted: EpisodeOrder) -> _Decision:
        """Give the order that is wanted, or the aired one with the reason; never some of each."""
        if wanted is EpisodeOrder.AIRED:
            return _Decision(wanted, "that is how episodes are counted")
        if not self._sources.tmdb_online:
            return _Decision(EpisodeOrder.AIRED, f"TMDB, which knows the {wanted} order, is not asked")
        try:
            return self._ask(show, season, wanted)
        except EngramError as error:
            self._stop.raise_if_cancelled()
            return _Decision(EpisodeOrder.AIRED, f"TMDB did not tell the {wanted} order: {error}")

    def _ask(self, show: int, season: int, wanted: EpisodeOrder) -> _Decision:
        with self._sources.tmdb() as tmdb:
            group = choose_group(tmdb.episode_groups(show, self._stop), wanted)
            order = None if group is None else tmdb.episode_group(group.id, self._stop)
            series = None if order is None else tmdb.tv(show, self._stop)
        if order is None or series is None:
            return _Decision(EpisodeOrder.AIRED, f"TMDB has no {wanted} order of the show")
        count = next((one.episode_count for one in series.seasons if one.season_number == season), 0)
        places = numbers_in(order, wanted)
        numbers = season_numbers(season, count, places, self._taken(show, season, places.values()))
        if not numbers:
            return _Decision(
                EpisodeOrder.AIRED,
                f"TMDB's {wanted} order ({order.name}) does not have the season as a whole",
            )
        return _Decision(wanted, f"TMDB's order {order.name}", order.id, numbers)

    def _taken(self, show: int, season: int, places: Iterable[Place]) -> set[Place]:
        """Give the places that files of other seasons get; one that is named as aired needs all its own."""
        others = [order for order in self._rows.all_of(show) if order.season != season]
        aired = {order.season for order in others if order.ordering is EpisodeOrder.AIRED}
        return {place for place in places if place[0] in aired} | self._placed(others)

    def _placed(self, orders: Iterable[ShowOrder]) -> set[Place]:
        """Give the places that seasons have in another order than the aired one."""
        moved = [order for order in orders if order.ordering is not EpisodeOrder.AIRED]
        return set(_numbers(self._rows.episodes(moved)).values()) if moved else set()

    def _check_free(self, show: int, code: EpisodeCode) -> None:
        """Refuse to name an episode as aired where another season's has that place in its order."""
        others = [order for order in self._rows.all_of(show) if order.season != code.season]
        if self._placed(others).isdisjoint((code.season, n) for n in range(code.first, code.last + 1)):
            return
        ordering = next(one.ordering for one in others if one.ordering is not EpisodeOrder.AIRED)
        raise InvalidArgument(
            f"{code} is what another episode is called in the {ordering} order",
            why="one season is named in that order, and this one as it was aired",
            remedy=f"engramctl order {show} {ordering} or aired, and engramctl rename {show}",
        )

    def _say(self, job: DiscJob, season: int, decision: _Decision) -> None:
        sentence = f"season {season} is named in the {decision.ordering} order: {decision.reason}"
        log.info(sentence, job=job.id, phase="organize")
        self._parts.lifecycle.note(job.id or 0, "order", sentence)


def _show(job: DiscJob, title: DiscTitle | None = None) -> int | None:
    """Give TMDB's number of the series that a job or one of its titles is of, if it is known."""
    if title is not None and title.own_title:
        return title.own_tmdb_id
    return None if job.tmdb_namespace is WorkNamespace.MOVIE else job.tmdb_id


def _order_named(ordering: str) -> EpisodeOrder:
    try:
        return EpisodeOrder(ordering.strip().lower())
    except ValueError:
        raise InvalidArgument(
            "there is no such order", where=ordering, remedy=", ".join(EpisodeOrder)
        ) from None


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _season(code: str) -> int:
    return EpisodeCode.parse(code).season


def _row(show: int, season: int, decision: _Decision, actor: str) -> ShowOrder:
    return ShowOrder(
        tmdb_id=show,
        season=season,
        ordering=decision.ordering,
        group_id=decision.group_id,
        reason=decision.reason,
        actor=actor,
    )


def _numbers(rows: Iterable[OrderedEpisode]) -> dict[Place, Place]:
    return {(row.aired_season, row.aired_episode): (row.season, row.episode) for row in rows}


def _episode_rows(numbers: dict[Place, Place]) -> list[OrderedEpisode]:
    return [
        OrderedEpisode(order_id=0, aired_season=a, aired_episode=b, season=season, episode=episode)
        for (a, b), (season, episode) in sorted(numbers.items())
    ]
