"""Rows of changes: what people changed in one go, step by step, so that it ends whole and can be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from engramd.models import Change, ChangeStep
from engramd.store.store import Store


class ChangeRows:
    """What is recorded of changes; every call is one short session."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, change: Change, steps: Sequence[ChangeStep]) -> int:
        """Record a change before its first step; give its number."""
        change.station = self._store.scope
        with self._store.write() as session:
            session.add(change)
            session.flush()
            for place, step in enumerate(steps):
                step.change_id, step.place = change.id or 0, place
            session.add_all(steps)
        return change.id or 0

    def get(self, change_id: int) -> Change | None:
        """Give one change."""
        with self._store.read() as session:
            return session.get(Change, change_id)

    def steps(self, change_id: int) -> list[ChangeStep]:
        """Give the steps of a change in their order."""
        wanted = select(ChangeStep).where(ChangeStep.change_id == change_id).order_by(col(ChangeStep.place))
        with self._store.read() as session:
            return list(session.exec(wanted).all())

    def newest(self, limit: int, job_id: int | None = None) -> list[Change]:
        """Give changes, the newest first, of one job or of all."""
        wanted = select(Change).order_by(col(Change.id).desc()).limit(limit)
        if job_id is not None:
            wanted = wanted.where(Change.job_id == job_id)
        with self._store.read() as session:
            return list(session.exec(wanted).all())

    def standing(self) -> list[Change]:
        """Give the changes that are carried out and not undone, the newest first."""
        wanted = select(Change).where(col(Change.done_at).is_not(None), col(Change.undone_at).is_(None))
        with self._store.read() as session:
            return list(session.exec(wanted.order_by(col(Change.id).desc())).all())

    def unfinished(self) -> list[Change]:
        """Give its own changes of which nobody knows yet that they ended, forth or back; the newest first."""
        forth = col(Change.done_at).is_(None) & col(Change.is_back).is_(False)
        back = col(Change.is_back).is_(True)
        wanted = select(Change).where(col(Change.undone_at).is_(None), forth | back, self._store.own(Change))
        with self._store.read() as session:
            return list(session.exec(wanted.order_by(col(Change.id).desc())).all())

    def of_review(self, review_id: int) -> list[Change]:
        """Give the changes that an answer to a question was, the newest first."""
        wanted = select(Change).where(Change.review_id == review_id).order_by(col(Change.id).desc())
        with self._store.read() as session:
            return list(session.exec(wanted).all())

    def later_of(self, change: Change, steps: Sequence[ChangeStep]) -> Change | None:
        """Give the newest later change that stands and touched a title or a file of these steps."""
        titles = {step.title_id for step in steps if step.title_id is not None}
        paths = {path for step in steps for path in (step.old_path, step.new_path) if path}
        jobs = {step.job_id for step in steps if _is_of_job(step)}
        for later in self.standing():
            if (later.id or 0) <= (change.id or 0):
                return None
            for step in self.steps(later.id or 0):
                same_job = _is_of_job(step) and step.job_id in jobs
                if step.title_id in titles or same_job or paths & {step.old_path, step.new_path}:
                    return later
        return None

    def save(self, change: Change, steps: Sequence[ChangeStep]) -> None:
        """Store a change and its steps as they are, in one step; new steps get their places."""
        with self._store.write() as session:
            for place, step in enumerate(steps):
                step.change_id, step.place = change.id or 0, place
                session.merge(step)
            session.merge(change)

    def forget(self, change: Change) -> None:
        """Remove a change that changed nothing."""
        with self._store.write() as session:
            for step in session.exec(select(ChangeStep).where(ChangeStep.change_id == change.id)):
                session.delete(step)
            session.flush()
            known = session.get(Change, change.id)
            if known is not None:
                session.delete(known)

    def note_step(self, step: ChangeStep, **flags: bool) -> None:
        """Note how far the file of a step is."""
        with self._store.write() as session:
            row = session.get(ChangeStep, step.id)
            for name, value in flags.items():
                setattr(step, name, value)
                setattr(row, name, value)


def finish(session: Session, change: Change, *, at: datetime) -> None:
    """Note, within a session, that a change is carried out, or is back."""
    row = session.get(Change, change.id)
    for one in (row, change):
        if one is not None and one.is_back:
            one.undone_at = at
        elif one is not None:
            one.done_at = at


def _is_of_job(step: ChangeStep) -> bool:
    """Whether a step sets values of a job, and not only remembers what was asked about it."""
    return step.title_id is None and step.job_id is not None and bool(read(step.before).keys() - {"reviews"})


def written(values: Mapping[str, Any]) -> str:
    """Give values of a row as JSON; the row's own types read them back."""
    return json.dumps(values, default=str, sort_keys=True)


def read(text: str) -> dict[str, Any]:
    """Give the values of a row as they were written; see `written`."""
    values: dict[str, Any] = json.loads(text)
    return values
