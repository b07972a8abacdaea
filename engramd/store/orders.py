"""Which numbers the seasons of shows are named by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, and_, col, delete, or_, select

from engramd.models import (
    DiscJob,
    DiscTitle,
    OrderedEpisode,
    ShowChoice,
    ShowOrder,
    TitleState,
    WorkNamespace,
)
from engramd.store.store import Store


class ShowOrders:
    """The rows of decisions and choices; every call is one short session."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, tmdb_id: int, season: int) -> ShowOrder | None:
        """Give what was decided for a season."""
        with self._store.read() as session:
            return _order(session, tmdb_id, season)

    def all_of(self, tmdb_id: int) -> list[ShowOrder]:
        """Give what was decided for the seasons of a show, in turn."""
        wanted = select(ShowOrder).where(ShowOrder.tmdb_id == tmdb_id).order_by(col(ShowOrder.season))
        with self._store.read() as session:
            return list(session.exec(wanted).all())

    def episodes(self, orders: Sequence[ShowOrder]) -> list[OrderedEpisode]:
        """Give the episodes of decisions that have numbers of their own."""
        ids = [order.id for order in orders]
        with self._store.read() as session:
            return list(
                session.exec(select(OrderedEpisode).where(col(OrderedEpisode.order_id).in_(ids))).all()
            )

    def keep(self, row: ShowOrder, episodes: Sequence[OrderedEpisode], *, anew: bool = False) -> ShowOrder:
        """Keep a decision, unless there is one (with `anew`: in its place); give the one that counts."""
        with self._store.write() as session:
            known = _order(session, row.tmdb_id, row.season)
            if known is not None and not anew:
                return known
            if known is not None:
                _delete(session, known)
            session.add(row)
            session.flush()
            for episode in episodes:
                episode.order_id = row.id or 0
                session.add(episode)
        return row

    def kept(self, tmdb_id: int, season: int) -> dict[str, Any]:
        """Give a decision with its episodes as values that `put_order` puts back; there may be none."""
        row = self.of(tmdb_id, season)
        return as_kept(tmdb_id, season, row, self.episodes([row]) if row is not None else [])

    def choice(self, tmdb_id: int) -> ShowChoice | None:
        """Give what a person chose for a show."""
        with self._store.read() as session:
            return session.get(ShowChoice, tmdb_id)

    def choose(self, choice: ShowChoice, decided_stays: Sequence[int] = ()) -> None:
        """Keep a person's choice; what was decided for other seasons than `decided_stays` is decided anew."""
        with self._store.write() as session:
            session.merge(choice)
            wanted = select(ShowOrder).where(ShowOrder.tmdb_id == choice.tmdb_id)
            for order in session.exec(wanted.where(col(ShowOrder.season).not_in(decided_stays))).all():
                _delete(session, order)

    def filed_codes(self, tmdb_id: int, title: str = "") -> list[str]:
        """Give the aired codes of what is filed of a show, or being filed.

        It is of the show by its number, or by its name where it has no number.
        """
        is_begun = and_(DiscTitle.state == TitleState.MATCHED, col(DiscTitle.filing_target).is_not(None))
        wanted = (
            select(DiscTitle.matched_episode, DiscJob.tmdb_id, DiscJob.detected_title)
            .join(DiscJob, col(DiscTitle.job_id) == col(DiscJob.id))
            .where(or_(DiscTitle.state == TitleState.COMPLETED, is_begun))
            .where(col(DiscTitle.matched_episode).is_not(None))
            .where(col(DiscTitle.own_title).is_(None))
        )
        with self._store.read() as session:
            rows = session.exec(wanted).all()
        name = title.casefold()
        return [
            code
            for code, number, called in rows
            if code and (number == tmdb_id or (number is None and name and (called or "").casefold() == name))
        ]

    def shows(self) -> list[tuple[int, str]]:
        """Give the numbers and names of all series that a disc was of, the latest first."""
        wanted = (
            select(DiscJob.tmdb_id, DiscJob.detected_title)
            .where(col(DiscJob.tmdb_id).is_not(None), col(DiscJob.detected_title).is_not(None))
            .where(DiscJob.tmdb_namespace == WorkNamespace.TV)
            .order_by(col(DiscJob.id).desc())
        )
        with self._store.read() as session:
            return [(number, name) for number, name in session.exec(wanted).all() if number and name]


def as_kept(
    tmdb_id: int, season: int, row: ShowOrder | None, episodes: Sequence[OrderedEpisode]
) -> dict[str, Any]:
    """Give a decision as values, for `put_order`."""
    order = row.model_dump(exclude={"id"}) if row is not None else None
    numbers = [episode.model_dump(exclude={"id", "order_id"}) for episode in episodes]
    return {"tmdb_id": tmdb_id, "season": season, "order": order, "episodes": numbers}


def put_order(session: Session, kept: Mapping[str, Any]) -> None:
    """Put a decision in the place of that which counts for its season."""
    known = _order(session, kept["tmdb_id"], kept["season"])
    if known is not None:
        _delete(session, known)
    if kept["order"] is None:
        return
    row = ShowOrder(**kept["order"])
    session.add(row)
    session.flush()
    session.add_all(OrderedEpisode(order_id=row.id or 0, **episode) for episode in kept["episodes"])


def _delete(session: Session, order: ShowOrder) -> None:
    session.exec(delete(OrderedEpisode).where(col(OrderedEpisode.order_id) == order.id))
    session.delete(order)
    session.flush()


def _order(session: Session, tmdb_id: int, season: int) -> ShowOrder | None:
    wanted = select(ShowOrder).where(ShowOrder.tmdb_id == tmdb_id, ShowOrder.season == season)
    return session.exec(wanted).first()
