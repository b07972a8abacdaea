"""Discs whose titles are matched, a filer with a real library, and a person who answers what it asks."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from engramd.models import DiscJob, DiscTitle, ReviewKind, ReviewTask, TitleState
from engramd.pipeline.answers import Answers
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.identities import Identities
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.ripped import TitleSteps
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.roster import Rosters
from engramd.pipeline.supply import Supply
from engramd.tools import CancelToken
from tests.pipeline.filed import FilingBench
from tests.support.databases import Bench

ACTOR = "uid 1000"


class AnsweringBench(FilingBench):
    """Files at once what an answer lets go; what an earlier answer answers waits for `likewise`."""

    def __init__(self, bench: Bench, folder: Path, **settings: Any) -> None:
        super().__init__(bench, folder)
        for name, value in settings.items():
            setattr(self.current, name, value)
        parts = cast(Parts, self)
        self.late: list[int] = []
        self.identified: list[int] = []
        finisher = SimpleNamespace(submit=self.go_on)
        identities = SimpleNamespace(changing=lambda _job: nullcontext(), again=lambda *_, **__: None)
        damaged = DamagedTitles(parts, self.reviews)
        steps = TitleSteps(parts, lambda _job, _title: None)
        sources = cast(Any, SimpleNamespace(tmdb_online=False))
        self.answers = Answers(
            parts,
            self.reviews,
            cast(Finisher, finisher),
            cast(Identities, identities),
            self.identified.append,
            cast(Ripper, SimpleNamespace(damaged=damaged, steps=steps)),
            Supply(parts, self.reviews, lambda: (), CancelToken()),
            Proposer(parts, self.reviews, Rosters(sources, CancelToken())),
        )
        self.reviews.answer_with(self.answers.is_answered, self.late.append)

    def go_on(self, job_id: int) -> None:
        """File what is matched of a job."""
        self.filer.run(self.store.need_job(job_id), self.store.titles(job_id))

    def likewise(self) -> None:
        """Answer what an earlier answer answers."""
        while self.late:
            self.answers.answer_alike(self.late.pop(0))

    def asked(self, kind: ReviewKind, job_id: int | None = None) -> list[ReviewTask]:
        """Give the open questions of a kind."""
        return [task for task in self.store.open_reviews(job_id) if task.kind is kind]

    def answer(self, task: ReviewTask, answer: str, scope: str = "") -> None:
        """Have a person answer."""
        self.answers.answer(task.id or 0, answer, ACTOR, scope)

    def extras(self, count: int, **values: Any) -> DiscJob:
        """Make a disc with extras that are matched; further values are its job's."""
        first = self.extra("One", **values)
        for number in range(1, count):
            self.add_title(first, title_index=number, is_extra=True, item_name=f"Extra {number + 1}")
        return self.job_of(first)

    def add_title(self, beside: DiscTitle, **values: Any) -> DiscTitle:
        """Add a title that is matched to the disc of another one."""
        row = {"job_id": beside.job_id, "state": TitleState.MATCHED}
        return self.ripped(self.store.add(DiscTitle(**(row | values))), seconds=2 + values["title_index"])
