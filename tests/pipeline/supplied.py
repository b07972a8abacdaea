"""What the supply of references works with in tests: a real database, a clock that is set, made subtitles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from engramd.conditions import Conditions
from engramd.match.model import Candidate, MatchRequest, MatchResult, TitleMatch, TitleToMatch
from engramd.match.shows import find_show
from engramd.models import (
    AppConfig,
    ContentType,
    DiscJob,
    DiscTitle,
    JobState,
    TitleRole,
    TitleState,
    WorkNamespace,
)
from engramd.models.base import utcnow
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.matching import Matcher
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.references import ReferencesWatch
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.roster import Rosters
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.supply import Supply
from engramd.sources.subtitles import SubtitleProvider
from engramd.tools import CancelToken, Tools
from tests.support.databases import Bench

SHOW = "Harbor Station"
WORDS = "I know that you are not here and this is what we have for the night of number"


class Clock:
    """A clock that only moves when it is told to; pauses move it, and take no time."""

    def __init__(self) -> None:
        self.at = utcnow().replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.at

    def time(self) -> float:
        """Give seconds since the epoch."""
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


def subtitles(name: str, cues: int = 130) -> bytes:
    """Make an English subtitle file that says its name in every cue."""
    times = (f"{n // 30:02d}:{n * 2 % 60:02d}" for n in range(cues))
    return "".join(
        f"{n + 1}\n00:{time},100 --> 00:{time},900\n{WORDS} {n} in {name}\n\n" for n, time in enumerate(times)
    ).encode()


class MatcherStandIn:
    """Stands in for `assign_disc`: a title is its episode as soon as a reference of it is there.

    `truth` names the episode of each title by its evidence. A reference that says that it is weak makes its
    episode likely only; a second one decides then. What is `mute` has nothing to be told by.
    """

    def __init__(self) -> None:
        self.truth: dict[Path, str] = {}
        self.mute: set[Path] = set()
        self.requests: list[MatchRequest] = []

    def __call__(
        self, _tools: object, request: MatchRequest, *, cancel: CancelToken | None = None
    ) -> MatchResult:
        self.requests.append(request)
        own = find_show(request.references, request.show or "", request.year).path
        folders = [folder for folder in (own, *request.folders) if folder is not None]
        files = [path for folder in folders for path in folder.rglob("[!.]*.srt")]
        titles = tuple(self._match(title, files) for title in request.titles)
        return MatchResult(show=request.show, titles=titles, lacking="" if files else "references")

    def _match(self, title: TitleToMatch, files: Sequence[Path]) -> TitleMatch:
        if title.pinned:
            return TitleMatch(title_index=title.title_index, verdict="matched", episode=title.pinned)
        assert title.evidence is not None
        if title.evidence in self.mute:
            return TitleMatch(
                title_index=title.title_index, verdict="review", lacking="evidence", reason="mute"
            )
        episode = self.truth[title.evidence]
        found = [path.read_bytes() for path in files if path.name.startswith(episode)]
        weak = sum(b"weak" in data for data in found)
        if len(found) > weak or weak > 1:
            return TitleMatch(
                title_index=title.title_index,
                verdict="matched",
                episode=episode,
                confidence=0.99,
                reason="words",
            )
        candidates = (Candidate(episode=episode, confidence=0.6, reason="a little"),) if weak else ()
        return TitleMatch(
            title_index=title.title_index, verdict="review", reason="no reference fits", candidates=candidates
        )


class Discs:
    """The pipeline's real matcher and finisher around a supply; nothing is ripped, filing is recorded only.

    The supply has no thread: `run` works until nothing is left to do before the clock moves.
    """

    def __init__(
        self,
        bench: Bench,
        folder: Path,
        providers: Callable[[], Sequence[SubtitleProvider]],
        **settings: object,
    ) -> None:
        self.bench, self.store, self.clock = bench, bench.store, Clock()
        self.folder = folder
        self.settings = AppConfig(**settings)  # type: ignore[arg-type]
        self.conditions = Conditions(bench.hub)
        self.stop = CancelToken()
        self.parts = cast(
            Parts,
            SimpleNamespace(
                store=bench.store,
                hub=bench.hub,
                lifecycle=bench.lifecycle,
                settings=SimpleNamespace(current=self.settings),
                conditions=self.conditions,
                paths=SimpleNamespace(cache=folder / "cache", state=folder / "state"),
                tools=Tools(),
            ),
        )
        self.reviews = Reviews(bench.store, bench.hub)
        self.providers = providers
        self.start()

    def start(self) -> None:
        """Build the parts that live as long as the daemon; again: it was restarted."""
        self.supply = Supply(self.parts, self.reviews, self.providers, self.stop, now=self.clock)
        rosters = Rosters(cast(Any, SimpleNamespace(tmdb_online=False)), self.stop)
        self.proposer = Proposer(self.parts, self.reviews, rosters)
        watch = ReferencesWatch(lambda: self.settings.references_path)
        evidence = cast(Any, SimpleNamespace(begin=_evidence))
        self.matcher = Matcher(
            self.parts, self.reviews, evidence, watch, rosters, self.proposer, self.supply, self.stop
        )
        filer = SimpleNamespace(run=self._file)
        labeller = SimpleNamespace(run=lambda _job, titles: titles)
        self.finisher = Finisher(self.parts, self.matcher, cast(Any, labeller), cast(Any, filer))
        self.finisher.clean = lambda job_id: None  # type: ignore[method-assign]
        self.supply.go_on_with(self.finisher.advance)

    def disc(self, number: int | None = 1, titles: int = 3, **values: object) -> int:
        """Make a job whose titles are ripped; give its number."""
        known: dict[str, object] = {
            "drive_id": f"image {number} of {values.get('detected_title', SHOW)}",
            "content_type": ContentType.TV,
            "detected_title": SHOW,
            "year": 2003,
            "tmdb_id": 1972,
            "tmdb_namespace": WorkNamespace.TV,
            "detected_season": 1,
            "disc_number": number,
        }
        job = self.bench.job(**(known | values))
        job_id = job.id or 0
        folder = JobFolder.create(self.folder / "staging", job_id)
        self.bench.lifecycle.update_job(job_id, staging_folder=str(folder.path))
        rows = [
            DiscTitle(
                job_id=job_id, title_index=n, place=n, duration_seconds=1300.0 + n, role=TitleRole.EPISODE
            )
            for n in range(titles)
        ]
        self.bench.lifecycle.list_titles(job_id, [(row, []) for row in rows])
        self.bench.lifecycle.move_job(job_id, JobState.RIPPING, "ripping begins")
        for title in self.store.titles(job_id):
            file = folder.path / f"{title.title_index}.mkv"
            self.bench.lifecycle.move_title(title, TitleState.RIPPING, "it is ripped")
            self.bench.lifecycle.move_title(
                title, TitleState.MATCHING, "it was ripped", staging_file=str(file)
            )
        return job_id

    def match(self, *job_ids: int) -> None:
        """Have jobs go on."""
        for job_id in job_ids:
            self.finisher.advance(job_id)

    def run(self) -> float | None:
        """Let the supply work until it pauses; give for how many seconds."""
        for _ in range(1000):
            pause = self.supply.work()
            if pause != 0:
                return pause
        raise AssertionError("the supply never rests")

    def job(self, job_id: int) -> DiscJob:
        """Give a job as it is now."""
        return self.store.need_job(job_id)

    def episodes(self, job_id: int) -> list[str | None]:
        """Give what the titles of a job are, in their order."""
        return [title.matched_episode for title in self.store.titles(job_id)]

    def states(self, job_id: int) -> list[TitleState]:
        """Give the states of a job's titles."""
        return [title.state for title in self.store.titles(job_id)]

    def _file(self, _job: DiscJob, titles: Sequence[DiscTitle]) -> None:
        for title in titles:
            if title.state is TitleState.MATCHED:
                self.bench.lifecycle.move_title(title, TitleState.COMPLETED, "it is filed")


def _evidence(folder: JobFolder, title: DiscTitle) -> Future[Path | None]:
    future: Future[Path | None] = Future()
    future.set_result(folder.path / f"{title.title_index}.json")
    return future
