"""The transition tables of jobs and titles, and the only writer of `state`.

Each move is one `UPDATE … WHERE id = :id AND state = :old`, committed together with its line of history, and
then announced as events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from engramd.errors import NotFound, WrongState
from engramd.events import (
    EventHub,
    HintsChanged,
    JobAdded,
    JobChanged,
    JobFinished,
    JobNoted,
    JobStateChanged,
    TitleChanged,
    TitlesListed,
)
from engramd.models import (
    DiscJob,
    DiscTitle,
    JobState,
    ReviewTask,
    TitleCandidate,
    TitlePart,
    TitleState,
    TitleTrack,
    WaitingFor,
)
from engramd.models.base import Model, utcnow
from engramd.store.hints import give_hint_back, hint_sentence, take_hint
from engramd.store.history import note_event
from engramd.store.store import ENDED, Store

J, T = JobState, TitleState

JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    J.IDLE: frozenset({J.IDENTIFYING, J.FAILED}),
    J.IDENTIFYING: frozenset({J.RIPPING, J.MATCHING, J.REVIEW_NEEDED, J.COMPLETED, J.FAILED}),
    J.RIPPING: frozenset({J.MATCHING, J.ORGANIZING, J.REVIEW_NEEDED, J.COMPLETED, J.FAILED}),
    J.MATCHING: frozenset({J.ORGANIZING, J.RIPPING, J.REVIEW_NEEDED, J.COMPLETED, J.FAILED}),
    J.ORGANIZING: frozenset({J.MATCHING, J.RIPPING, J.REVIEW_NEEDED, J.COMPLETED, J.FAILED}),
    J.REVIEW_NEEDED: frozenset({J.IDENTIFYING, J.RIPPING, J.MATCHING, J.ORGANIZING, J.COMPLETED, J.FAILED}),
    J.COMPLETED: frozenset({J.IDENTIFYING, J.RIPPING, J.MATCHING, J.ORGANIZING}),
    J.FAILED: frozenset({J.IDENTIFYING, J.RIPPING, J.MATCHING, J.ORGANIZING}),
}

TITLE_MOVES: Mapping[TitleState, frozenset[TitleState]] = {
    T.PENDING: frozenset({T.RIPPING, T.MATCHING, T.REVIEW, T.SKIPPED, T.FAILED}),
    T.RIPPING: frozenset({T.MATCHING, T.MATCHED, T.REVIEW, T.SKIPPED, T.FAILED, T.PENDING}),
    T.MATCHING: frozenset({T.MATCHED, T.REVIEW, T.SKIPPED, T.FAILED, T.PENDING}),
    T.MATCHED: frozenset({T.COMPLETED, T.REVIEW, T.SKIPPED, T.MATCHING, T.FAILED}),
    T.REVIEW: frozenset({T.MATCHED, T.MATCHING, T.RIPPING, T.PENDING, T.SKIPPED, T.FAILED}),
    T.COMPLETED: frozenset({T.MATCHED, T.REVIEW, T.PENDING, T.SKIPPED}),
    T.FAILED: frozenset({T.PENDING}),
    T.SKIPPED: frozenset({T.PENDING}),
}

#: States of a job in which nothing of its disc is ripped.
NOTHING_RIPPED = (J.IDLE, J.IDENTIFYING)
#: States of a title that has no file yet.
NOT_BEGUN = (T.PENDING, T.SKIPPED, T.FAILED)
#: What holds of a title only as long as it has its state, unless a move says otherwise.
_FORGOTTEN: Mapping[str, Any] = {"waiting_for": None, "waiting_since": None, "filing_choice": None}


@dataclass(frozen=True)
class TitleMove:
    """What becomes of one title among several: its new state (None: as it is), why, and new values."""

    title: DiscTitle
    new: TitleState | None
    reason: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class JobMove:
    """What becomes of a job that is amended: its new state (None: as it is), why, and new values."""

    job_id: int
    new: JobState | None
    reason: str
    values: Mapping[str, Any]


class Lifecycle:
    """Creates jobs and moves jobs and titles; `actor` is who did it, `reason` a sentence for people."""

    def __init__(self, store: Store, hub: EventHub) -> None:
        self._store = store
        self._hub = hub

    def create_job(
        self, job: DiscJob, *, reason: str, actor: str = "engramd", takes_hint: bool = False
    ) -> int | None:
        """Insert a new job, identifying from its first moment; None if its insertion already has a job.

        One that `takes_hint` is the next disc of the hint for its drive, if there is one. It gives it back if
        it ends before anything of it is ripped.
        """
        job.state, job.station = JobState.IDENTIFYING, self._store.station
        try:
            with self._store.write() as session:
                hint = take_hint(session, job, utcnow(), self._store.scope) if takes_hint else None
                session.add(job)
                session.flush()
                job_id = _number(job)
                note_event(session, job_id, "state", actor, "", JobState.IDENTIFYING, reason)
                if hint is not None:
                    note_event(session, job_id, "hint", actor, "", "", hint_sentence(hint, job.disc_number))
        except IntegrityError:
            key = (job.boot_id, job.drive_identity, job.diskseq)
            if None in key or self._store.job_of_insertion(*key) is None:  # type: ignore[arg-type]
                raise
            return None
        self._hub.publish(JobAdded(job_id))
        self._hub.publish(JobStateChanged(job_id, JobState.IDLE, JobState.IDENTIFYING, reason))
        if hint is not None:
            self._hub.publish(HintsChanged())
        return job_id

    def take_hint(self, job_id: int) -> None:
        """Let the disc of a job that is identified again be the next one of a hint."""
        with self._store.write() as session:
            job = session.get(DiscJob, job_id)
            free = job is not None and job.hint_id is None
            hint = take_hint(session, job, utcnow(), self._store.scope) if job and free else None
            if job is None or hint is None:
                return
            note_event(session, job_id, "hint", "engramd", "", "", hint_sentence(hint, job.disc_number))
        self._hub.publish(JobChanged(job_id))
        self._hub.publish(HintsChanged())

    def list_titles(self, job_id: int, titles: Sequence[tuple[DiscTitle, Sequence[TitleTrack]]]) -> None:
        """Insert the titles of a job, each with its tracks, in the place of those that never began.

        Raises WrongState if one of them did begin: what was ripped must not be forgotten. Questions about
        those that go are closed; they stay in the history.
        """
        with self._store.write() as session:
            former = session.exec(select(DiscTitle).where(DiscTitle.job_id == job_id)).all()
            if began := [t for t in former if t.state not in NOT_BEGUN or t.staging_file or t.organized_to]:
                where = f"job {job_id}, title {began[0].title_index + 1}"
                raise WrongState("titles that began cannot be listed anew", where=where)
            numbers = [title.id for title in former]
            asked = session.exec(select(ReviewTask).where(col(ReviewTask.title_id).in_(numbers)))
            for task in asked:
                task.title_id, task.closed_at = None, task.closed_at or utcnow()
            session.flush()
            for kind in (TitleTrack, TitleCandidate, TitlePart):
                session.execute(delete(kind).where(col(kind.title_id).in_(numbers)))
            session.execute(delete(DiscTitle).where(col(DiscTitle.id).in_(numbers)))
            for title, tracks in titles:
                session.add(title)
                session.flush()
                for track in tracks:
                    track.title_id = _number(title)
                session.add_all(tracks)
        self._hub.publish(TitlesListed(job_id))
        self._hub.publish(JobChanged(job_id))

    def move_job(
        self, job_id: int, new: JobState, reason: str, *, actor: str = "engramd", **values: Any
    ) -> None:
        """Move a job, and set `values` with it. Raises WrongState where the table has no such move."""
        job = self._store.need_job(job_id)
        old = job.state
        if new not in JOB_MOVES[old]:
            raise WrongState(
                f"job {job_id} is {old} and cannot become {new}", remedy=f"see engramctl show {job_id}"
            )
        values = {"waiting_for": None, "waiting_since": None, "waiting_until": None, **values}
        values["completed_at"] = utcnow() if new in ENDED else None
        if new not in ENDED:
            values = {"outcome": None, "continued_as": None, **values}
            values["cleared_at"] = None  # what works again is on the list again
        values = DiscJob.validated(values)
        with self._store.write() as session:
            _move(session, DiscJob, job_id, old, new, values)
            note_event(session, job_id, "state", actor, old, new, reason)
            returned = old in NOTHING_RIPPED and new in ENDED and self._give_hint_back(session, job_id)
        self._hub.publish(JobStateChanged(job_id, old, new, reason))
        self._hub.publish(JobChanged(job_id))
        if new in ENDED:
            self._hub.publish(JobFinished(job_id, new == JobState.COMPLETED, reason))
        if returned:
            self._hub.publish(HintsChanged())

    def move_title(
        self, title: DiscTitle, new: TitleState, reason: str, *, actor: str = "engramd", **values: Any
    ) -> None:
        """Move a title, which gets the new values too. WrongState where the table has no such move."""
        old = title.state
        if new not in TITLE_MOVES[old]:
            where = f"job {title.job_id}, title {title.title_index + 1}"
            raise WrongState(f"a title that is {old} cannot become {new}", where=where)
        values = DiscTitle.validated({**_FORGOTTEN, **values})
        with self._store.write() as session:
            _move(session, DiscTitle, _number(title), old, new, values)
            index = title.title_index
            note_event(session, title.job_id, "title", actor, old, new, reason, title_index=index)
        _apply(title, values | {"state": new})
        self._hub.publish(TitleChanged(title.job_id, title.title_index))

    def move_titles(self, moves: Sequence[TitleMove], *, actor: str = "engramd") -> None:
        """Move titles, or set their values: all of them, or none (WrongState)."""
        prepared = [(move, _prepared(move)) for move in moves]
        with self._store.write() as session:
            for move, values in prepared:
                title, new = move.title, move.new or move.title.state
                _move(session, DiscTitle, _number(title), title.state, new, values)
                index = title.title_index
                kind, old = ("title", title.state) if move.new else ("decided", "")
                told = new if move.new else ""
                note_event(session, title.job_id, kind, actor, old, told, move.reason, title_index=index)
        for move, values in prepared:
            _apply(move.title, values | {"state": move.new or move.title.state})
            self._hub.publish(TitleChanged(move.title.job_id, move.title.title_index))

    def amend(
        self,
        titles: Sequence[TitleMove],
        jobs: Sequence[JobMove],
        *,
        kind: str,
        actor: str,
        within: Callable[[Session], None],
        back: bool = False,
    ) -> None:
        """Change titles and jobs, and what `within` writes, in one step: all of it, or nothing (WrongState).

        `kind` is that of the lines in the history. What is taken `back` goes the table's ways in their other
        direction, too.
        """
        prepared = [(move, _prepared(move, back=back)) for move in titles]
        former = {move.job_id: self._store.need_job(move.job_id).state for move in jobs}
        with self._store.write() as session:
            for title_move, values in prepared:
                title, new = title_move.title, title_move.new or title_move.title.state
                _move(session, DiscTitle, _number(title), title.state, new, values)
                told = (kind, actor, title.state, new, title_move.reason)
                note_event(session, title.job_id, *told, title_index=title.title_index)
            for move in jobs:
                old, state = former[move.job_id], move.new or former[move.job_id]
                if state not in (old, *JOB_MOVES[old]):
                    raise WrongState(f"job {move.job_id} is {old} and cannot become {state}")
                _move(session, DiscJob, move.job_id, old, state, DiscJob.validated(_begun(move)))
                note_event(session, move.job_id, kind, actor, old, state, move.reason)
            within(session)
        for title_move, values in prepared:
            _apply(title_move.title, values | {"state": title_move.new or title_move.title.state})
            self._hub.publish(TitleChanged(title_move.title.job_id, title_move.title.title_index))
        for move in jobs:
            if move.new not in (None, former[move.job_id]):
                self._hub.publish(JobStateChanged(move.job_id, former[move.job_id], move.new, move.reason))
            self._hub.publish(JobChanged(move.job_id))

    def replace_title(
        self,
        title: DiscTitle,
        pieces: Sequence[tuple[DiscTitle, Sequence[TitleTrack | TitleCandidate]]],
        reason: str,
        **values: Any,
    ) -> None:
        """Skip a title, and insert those that its file was cut into, with their rows, in one step."""
        if T.SKIPPED not in TITLE_MOVES[title.state]:
            raise WrongState(f"a title that is {title.state} cannot be split", where=f"job {title.job_id}")
        gone = {"waiting_for": None, "waiting_since": None, "match_reason": reason, **values}
        valid, index, old = DiscTitle.validated(gone), title.title_index, title.state
        with self._store.write() as session:
            _move(session, DiscTitle, _number(title), old, T.SKIPPED, valid)
            note_event(session, title.job_id, "title", "engramd", old, T.SKIPPED, reason, title_index=index)
            for piece, rows in pieces:
                session.add(piece)
                session.flush()
                for row in rows:
                    row.title_id = _number(piece)
                session.add_all(rows)
        _apply(title, valid | {"state": T.SKIPPED})
        self._hub.publish(TitlesListed(title.job_id))
        self._hub.publish(JobChanged(title.job_id))

    def update_job(self, job_id: int, **values: Any) -> None:
        """Set fields of a job that are not its state."""
        self._update(DiscJob, job_id, values)
        self._hub.publish(JobChanged(job_id))

    def update_title(self, title: DiscTitle, **values: Any) -> None:
        """Set fields of a title that are not its state."""
        self._update(DiscTitle, _number(title), values)
        _apply(title, values)
        self._hub.publish(TitleChanged(title.job_id, title.title_index))

    def wait(
        self, job_id: int, waiting_for: WaitingFor, sentence: str, *, until: datetime | None = None
    ) -> None:
        """Record what a job waits for, and until when; nothing happens if it already waits for that."""
        job = self._store.need_job(job_id)
        if job.waiting_for == waiting_for:
            if job.waiting_until != until:
                self.update_job(job_id, waiting_until=until)
            return
        self.update_job(job_id, waiting_for=waiting_for, waiting_since=utcnow(), waiting_until=until)
        self.note(job_id, "waiting", sentence, new=waiting_for)

    def go_on(self, job_id: int) -> None:
        """Record that a job waits no longer."""
        waited_for = self._store.need_job(job_id).waiting_for
        if waited_for is None:
            return
        self.update_job(job_id, waiting_for=None, waiting_since=None, waiting_until=None)
        self.note(job_id, "going_on", f"goes on after waiting for {waited_for}", old=waited_for)

    def note(
        self, job_id: int, kind: str, sentence: str, *, actor: str = "engramd", old: str = "", new: str = ""
    ) -> None:
        """Write a line into a job's history."""
        with self._store.write() as session:
            note_event(session, job_id, kind, actor, old, new, sentence)
        self._hub.publish(JobNoted(job_id))

    def _give_hint_back(self, session: Session, job_id: int) -> bool:
        """Let a disc that was not ripped not count for the hint that it took."""
        job = session.get(DiscJob, job_id)
        hint = give_hint_back(session, job, utcnow()) if job is not None else None
        if hint is None:
            return False
        sentence = f"the disc does not count for hint {hint.id} of {hint.actor}"
        note_event(session, job_id, "hint", "engramd", "", "", sentence)
        return True

    def _update(self, kind: type[Model], number: int, values: Mapping[str, Any]) -> None:
        if "state" in values:
            raise WrongState("a state changes by its transition table only", where=kind.__name__)
        with self._store.write() as session:
            row = session.get(kind, number)
            if row is None:
                raise NotFound("the row is gone", where=f"{kind.__name__} {number}")
            _apply(row, values)
            if isinstance(row, DiscJob):
                row.updated_at = utcnow()


_OF_THE_END = ("waiting_for", "waiting_since", "waiting_until", "completed_at", "outcome", "continued_as")


def _begun(move: JobMove) -> dict[str, Any]:
    """Give the values of a job that is amended: one that works again is not ended, and is on the list."""
    if move.new is None or move.new in ENDED:
        return dict(move.values)
    gone = dict.fromkeys(_OF_THE_END)
    return {**gone, "cleared_at": None, **move.values}


def _prepared(move: TitleMove, *, back: bool = False) -> dict[str, Any]:
    """Give the values of a move among several, or raise WrongState where the table has no such move."""
    title = move.title
    if move.new is None or (back and move.new is title.state):
        return DiscTitle.validated(dict(move.values))
    if move.new not in TITLE_MOVES[title.state] and not (back and title.state in TITLE_MOVES[move.new]):
        where = f"job {title.job_id}, title {title.title_index + 1}"
        raise WrongState(f"a title that is {title.state} cannot become {move.new}", where=where)
    return DiscTitle.validated({**_FORGOTTEN, **move.values})


def _move(
    session: Session, kind: type[DiscJob | DiscTitle], number: int, old: str, new: str, values: dict[str, Any]
) -> None:
    if kind is DiscJob:
        values = values | {"updated_at": utcnow()}
    where = (col(kind.id) == number, col(kind.state) == old)
    done = session.connection().execute(update(kind).where(*where).values(state=new, **values))
    if done.rowcount != 1:
        raise WrongState(f"it was no longer {old}", where=f"{kind.__name__} {number}", remedy="look again")


def _apply(row: Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _number(row: DiscJob | DiscTitle) -> int:
    if row.id is None:
        raise NotFound("the row was never stored", where=type(row).__name__)
    return row.id
