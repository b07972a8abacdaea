"""An outbox on a real database, with a clock that the test moves and a sender that writes down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engramd.conditions import Conditions
from engramd.errors import EngramError
from engramd.events import Happened
from engramd.models import AppConfig, DiscJob, JobState, ReviewKind, ReviewTask, TitleState
from engramd.models.notices import Notice
from engramd.notify.job_news import JobNews
from engramd.notify.outbox import Outbox
from engramd.notify.rows import NoticeRows
from engramd.notify.texts import NAME, Message, Texts
from engramd.notify.troubles import Troubles
from engramd.tools import CancelToken
from tests.support.databases import Bench


class StandInSender:
    """Writes down what it is to send; `refusals` says why an address does not take it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message, bool]] = []
        self.refusals: dict[str, str] = {}
        self.broken: EngramError | None = None

    def send(
        self,
        urls: Sequence[str],
        message: Message,
        *,
        urgent: bool = False,
        timeout: float = 60.0,
        cancel: CancelToken | None = None,
    ) -> dict[str, str]:
        if self.broken is not None:
            raise self.broken
        told = {url: self.refusals.get(url, "") for url in urls}
        self.sent += [(url, message, urgent) for url, why in told.items() if not why]
        return told

    def subjects(self) -> list[str]:
        """The subjects of what was sent; they are forgotten then."""
        subjects = [message.subject for _, message, _ in self.sent]
        self.sent.clear()
        return subjects


class Desk:
    """All that decides what is told and when, and the world that it is told of."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench = bench
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.config = AppConfig(id=1, apprise_urls="json://one")
        self.sender = StandInSender()
        self.conditions = Conditions(bench.hub)
        self.cancel = CancelToken()
        self.rows = NoticeRows(bench.store)
        texts = Texts(folder / NAME, lambda error: None)
        current = lambda: self.config  # noqa: E731
        self.news = JobNews(bench.store, self.rows, texts, current)
        self.troubles = Troubles(bench.store, self.rows, texts, self.conditions, current)
        self.outbox = Outbox(self.rows, texts, bench.hub, self.conditions, current, self.sender, self.cancel)

    def job(self, **values: object) -> DiscJob:
        """Make a job that is ripping."""
        values = {"detected_title": "Firefly", "detected_season": 1, "disc_number": 2} | values
        job = self.bench.job(**values)
        self.bench.titles(job, 2)
        self.bench.lifecycle.move_job(job.id or 0, JobState.RIPPING, "it goes on")
        return job

    def finish(self, job: DiscJob, outcome: str = "complete", error: str = "", **others: int | None) -> None:
        """Let a job end; the titles of one that is complete are filed."""
        filed = {"complete": 2, "partial": 1}.get(outcome, 0)
        for title in self.bench.store.titles(job.id or 0):
            if title.state is TitleState.PENDING:
                for state in (TitleState.RIPPING, TitleState.MATCHED):
                    self.bench.lifecycle.move_title(title, state, "a test")
                done = title.title_index < filed
                state = TitleState.COMPLETED if done else TitleState.FAILED
                code = f"S01E{title.title_index + 3:02d}"
                self.bench.lifecycle.move_title(title, state, "a test", matched_episode=code)
        state = JobState.FAILED if outcome == "failed" else JobState.COMPLETED
        values = {"outcome": outcome, "error_message": error or None, **others}
        self.bench.lifecycle.move_job(job.id or 0, state, "a test", **values)

    def ask(self, job: DiscJob, summary: str = "Which episode?", *, needs_disc: bool = False) -> ReviewTask:
        """Open a question."""
        task = ReviewTask(
            job_id=job.id or 0,
            kind=ReviewKind.EPISODE,
            question=summary,
            summary=summary,
            needs_disc=needs_disc,
            created_at=self.now,
        )
        return self.bench.store.add(task)

    def answer(self, task: ReviewTask) -> None:
        """Close a question."""
        task.closed_at = self.now
        self.bench.store.save(task)

    def pass_by(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def look(self, job: DiscJob) -> list[str]:
        """Look at a job, and send; give the subjects of what came out."""
        self.pass_by(seconds=1)
        self.news.look(job.id or 0, self.now)
        self.outbox.send_due(self.now)
        return self.sender.subjects()

    def notices(self) -> list[Notice]:
        """What is not sent."""
        return self.rows.pending()

    def announced(self) -> list[str]:
        """What the bus was told."""
        told = [event for event in self.bench.heard.events if isinstance(event, Happened)]
        return [event.sentence for event in told if event.kind == "notice"]


@pytest.fixture
def desk(sqlite_bench: Bench, tmp_path: Path) -> Desk:
    """Give an empty outbox and a sender."""
    return Desk(sqlite_bench, tmp_path)
