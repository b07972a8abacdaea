"""Discs that nothing tells, with what people answer; the pipeline's own parts, no references, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from engramd.match.model import KnownEpisode
from engramd.models import ReviewTask, TitleRole
from engramd.pipeline.answers import Answers
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.identities import Identities
from engramd.pipeline.ripped import TitleSteps
from engramd.pipeline.ripping import Ripper
from engramd.sources.discdb import Found, mappings_json
from engramd.sources.discdb_model import Mapping as TitleMapping
from tests.pipeline.supplied import Discs
from tests.support.databases import Bench

ACTOR = "uid 1000"


class Answered(Discs):
    """Discs, and a person who answers."""

    def __init__(self, bench: Bench, folder: Path, **settings: object) -> None:
        super().__init__(bench, folder, lambda: (), **settings)
        damaged = DamagedTitles(self.parts, self.reviews)
        steps = TitleSteps(self.parts, lambda _job, _title: None)
        finisher = SimpleNamespace(submit=self.finisher.advance)
        identities = SimpleNamespace(changing=lambda _job: nullcontext(), again=lambda *_, **__: None)
        self.answers = Answers(
            self.parts,
            self.reviews,
            cast(Finisher, finisher),
            cast(Identities, identities),
            lambda _job: None,
            cast(Ripper, SimpleNamespace(damaged=damaged, steps=steps)),
            self.supply,
            self.proposer,
        )

    def lengths(self, job_id: int, minutes: Sequence[float]) -> None:
        """Say how long the titles of a job are."""
        for title, length in zip(self.store.titles(job_id), minutes, strict=True):
            self.bench.lifecycle.update_title(title, duration_seconds=length * 60)

    def recorded(self, job_id: int, episodes: Mapping[int, str], *, sure: float = 0.98) -> None:
        """Have TheDiscDB's confirmed record of a disc name the episodes of these titles."""
        mappings = [
            TitleMapping(
                title_index=index,
                role=TitleRole.EPISODE,
                episode=episode,
                season=1,
                confidence=sure,
                reason="TheDiscDB has a title of this length and size.",
            )
            for index, episode in episodes.items()
        ]
        found = Found(status="confirmed", mappings=tuple(mappings))
        self.bench.lifecycle.update_job(job_id, discdb_mappings_json=mappings_json(found))
        for title in self.store.titles(job_id):
            if title.title_index in episodes:
                self.bench.lifecycle.update_title(
                    title,
                    match_source="discdb",
                    matched_episode=episodes[title.title_index],
                    match_confidence=sure,
                    match_reason="TheDiscDB has a title of this length and size.",
                )

    def asked(self, job_id: int) -> list[ReviewTask]:
        """Give the open questions about a job."""
        return self.store.open_reviews(job_id)

    def answer(self, job_id: int, answer: str, scope: str = "") -> None:
        """Answer the only question about a job."""
        (task,) = self.asked(job_id)
        self.answers.answer(task.id or 0, answer, ACTOR, scope)


def listed(season: int, *minutes: float) -> tuple[KnownEpisode, ...]:
    """Give a season whose episodes last so many minutes."""
    return tuple(KnownEpisode(season=season, number=n, minutes=m) for n, m in enumerate(minutes, 1))
