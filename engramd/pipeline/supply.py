"""The supply of reference subtitles: fetches what open titles lack, for all jobs from one budget.

A job that lacks references waits for them and stays matchable; the supply's one thread serves the oldest job
first, and has every disc of a season compared again when files of it came.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from engramd.conditions import Condition
from engramd.errors import Cancelled, EngramError, FilingFailed, NoSpace
from engramd.models import DiscJob, DiscTitle, ReviewTask, TitleState, WaitingFor
from engramd.models.base import utcnow
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.roster import holdings
from engramd.pipeline.supply_demand import (
    Demand,
    as_held,
    demand_of,
    series_of,
    worth_a_file,
)
from engramd.pipeline.supply_fetch import Fetcher, Outcome
from engramd.pipeline.supply_market import Market, ProviderSource
from engramd.pipeline.supply_plan import Need, next_batch
from engramd.pipeline.supply_question import SeasonQuestion, TakeOrder
from engramd.pipeline.supply_shelf import Shelf
from engramd.pipeline.threads import start
from engramd.store.references import FetchedSubtitles
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.match import MatchResult
    from engramd.match.model import KnownEpisode

log = structlog.get_logger(__name__)

#: Seconds after which the clock is looked at again: a machine that slept has lost no day.
LONGEST_NAP = 300.0
AFTER_A_FAULT = 60.0
#: Seconds after which an open question is looked at whose discs are being compared.
SETTLING = 30.0
#: The name of the condition that files cannot be kept, and when that is tried again.
UNKEPT, SHUT = "subtitles-cache", timedelta(minutes=5)


class Supply:
    """`hold`, `rest` and `places` are for the finisher's threads, `work` is for its own; the rest for any."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        providers: ProviderSource,
        stop: CancelToken,
        *,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        self._parts, self._stop, self._now = parts, stop, now
        self._rows = FetchedSubtitles(parts.store)
        self._shelf = Shelf(self._root, self._rows, now)
        self._market = Market(providers, self._languages, parts.conditions, now)
        self._fetcher = Fetcher(self._market, self._shelf, stop, now)
        self._question = SeasonQuestion(parts, reviews, self._rows, now)
        self._go_on: Callable[[int], None] = lambda _job_id: None
        self._lock = threading.RLock()
        self._demands: dict[int, Demand] = {}
        self._shut_until: datetime | None = None
        self._something = threading.Event()
        self._may_run = self._runs = False

    def go_on_with(self, go_on: Callable[[int], None], take_order: TakeOrder | None = None) -> None:
        """Say who has a job go on, and who accepts the order on a disc."""
        self._go_on = go_on
        if take_order is not None:
            self._question.take_order_with(take_order)

    # -- life ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let the thread begin when there is something to fetch; what waited before is compared again."""
        self._stop.on_cancel(self._something.set)
        for job_id in {title.job_id for title in self._rows.waiting()}:
            self._wake(job_id)
        self._question.close_settled()
        with self._lock:
            self._may_run = True

    def look_again(self) -> None:
        """Forget who was away, and what nobody had: a person changed something."""
        self._market.forget()
        self._fetcher.forget()
        with self._lock:
            self._shut_until = None
        self._something.set()

    @property
    def is_open(self) -> bool:
        """Whether anything can be fetched at all, now or later."""
        return self._parts.settings.current.network_enabled and self._market.is_open()

    # -- for the matcher -------------------------------------------------------------------------------

    def places(self, job: DiscJob) -> tuple[Path, tuple[Path, ...]]:
        """Give the folder of references for a job's request, and further folders of its very show."""
        references, fetched = self._parts.settings.current.references_path, self._fetched(job)
        if not references:
            return self._shelf.root, ()
        return Path(references), (fetched,) if fetched is not None else ()

    def has_references(self, job: DiscJob) -> bool:
        """Whether there is anything to compare a job's titles with."""
        return bool(self._parts.settings.current.references_path) or self._fetched(job) is not None

    def lack(self, job: DiscJob) -> str:
        """Say why there is nothing to compare a job's titles with."""
        why = "no folder of reference subtitles is set (references_path)"
        return f"{why}, and no provider has any" if self.is_open and series_of(job) else why

    def hold(
        self,
        job: DiscJob,
        titles: Sequence[DiscTitle],
        undecided: Sequence[DiscTitle],
        result: MatchResult | None,
        roster: Sequence[KnownEpisode] = (),
    ) -> frozenset[int]:
        """Have references fetched for what a comparison left undecided.

        Gives the title indexes that wait for them from now on; the others are a person's.
        """
        with self._lock:
            self._demands.pop(job.id or 0, None)
        open_titles = worth_a_file(titles, undecided, result)
        failed = result is None and self.has_references(job)
        if failed or not open_titles or not self.is_open or self._question.is_given_up(job.id or 0):
            return frozenset()
        since = min(title.waiting_since or self._now() for title in open_titles)
        folder = self._parts.settings.current.references_path
        demand = demand_of(job, titles, open_titles, result, roster, folder, since)
        if demand is None or not next_batch(self._need(demand)):
            return frozenset()
        for title in open_titles:
            began = title.waiting_since or self._now()
            self._parts.lifecycle.update_title(title, waiting_for=WaitingFor.REFERENCES, waiting_since=began)
        with self._lock:
            self._demands[demand.job_id] = demand
        self._notice()
        return frozenset(title.title_index for title in open_titles)

    def rest(self, job_id: int, count: int) -> None:
        """Record that a job waits for the references of so many titles, since when, and until when."""
        with self._lock:
            demand = self._demands.get(job_id)
            if demand is None:
                return
            until = self._until()
            waits = {
                "waiting_for": WaitingFor.REFERENCES,
                "waiting_since": demand.since,
                "waiting_until": until,
            }
            job = self._parts.store.need_job(job_id)
            if all(getattr(job, name) == value for name, value in waits.items()):
                return
            self._parts.lifecycle.update_job(job_id, **waits)
        if job.waiting_for is not WaitingFor.REFERENCES:
            why = f": {self._market.why_away()}" if until else ""
            sentence = f"{count} title{' waits' if count == 1 else 's wait'} for reference subtitles{why}"
            self._parts.lifecycle.note(job_id, "waiting", sentence, new=WaitingFor.REFERENCES)

    # -- for people ------------------------------------------------------------------------------------

    def answer(self, task: ReviewTask, answer: str, actor: str) -> None:
        """Answer the question whether a season waits on, for all its waiting discs."""
        for job_id in self._question.answer(task, answer, actor):
            self._release(job_id)
        self._something.set()

    def compare_again(self, job_id: int, actor: str = "") -> None:
        """Have what waits be compared again; one who asks for it (`actor`) has files fetched again too."""
        if actor:
            self._question.want_again(job_id, actor)
        self._wake(job_id)

    # -- the thread ------------------------------------------------------------------------------------

    def work(self) -> float | None:
        """Serve one disc; give the seconds until there is more to do, None where nothing waits."""
        demands = self._waiting_demands()
        is_asked = self._question.close_settled()
        if not self.is_open:
            for demand in demands:
                self._release(demand.job_id)
            demands = []
        for demand in demands:
            self._stop.raise_if_cancelled()
            if self._serve(demand):
                return 0.0
        if not demands:
            return SETTLING if is_asked else None
        self._tell(demands)
        ends = [self._resumes(), *(self._ask_when_due(group) for group in _by_season(demands))]
        nearest = min((end for end in ends if end is not None), default=None)
        return LONGEST_NAP if nearest is None else max(0.1, (nearest - self._now()).total_seconds())

    def _run(self) -> None:
        while not self._stop.cancelled:
            self._something.clear()
            pause: float | None = AFTER_A_FAULT
            try:
                pause = self.work()
            except Cancelled:
                return
            except Exception:
                log.exception("the supply of references failed in a way that was not foreseen")
            if pause != 0:
                self._something.wait(None if pause is None else min(pause, LONGEST_NAP))

    def _notice(self) -> None:
        with self._lock:
            begins = self._may_run and not self._runs
            self._runs = self._runs or begins
        if begins:
            start("references", self._run)
        self._something.set()

    def _waiting_demands(self) -> list[Demand]:
        """Give the demands whose titles wait still, oldest job first; the others are forgotten."""
        waiting = {title.job_id for title in self._rows.waiting()}
        with self._lock:
            self._demands = {job_id: d for job_id, d in self._demands.items() if job_id in waiting}
            return [self._demands[job_id] for job_id in sorted(self._demands)]

    def _serve(self, demand: Demand) -> bool:
        """Fetch a batch for a disc; false if nothing can be had for it now."""
        batch = next_batch(self._need(demand))
        if not batch:
            self._release(demand.job_id)
            return True
        if self._until() is not None:
            return False
        came = moved = False
        for fetch in batch:
            try:
                outcome = self._fetcher.fetch(
                    demand.series, fetch, (demand.local or {}).get(fetch.episode, 0)
                )
            except (NoSpace, FilingFailed) as error:
                self._cannot_keep(error)
                break
            self._parts.conditions.clear(UNKEPT)
            came, moved = came or outcome is Outcome.CAME, moved or outcome is not Outcome.LATER
        if came:
            for other in self._of_season(demand):
                self._release(other.job_id)
        return moved

    def _need(self, demand: Demand) -> Need:
        """Put a demand together with what is at hand now."""
        job = self._parts.store.need_job(demand.job_id)
        have = dict(demand.local or {})
        for episode, files in self._shelf.usable(demand.series).items():
            have[episode] = have.get(episode, 0) + len(files)
        season = 1 if demand.season is None else demand.season
        return Need(
            titles=demand.titles,
            undecided=demand.undecided,
            season=demand.season,
            disc=demand.disc,
            aired=demand.aired or self._market.known_episodes(demand.series, season),
            own=demand.own,
            held=as_held(holdings(self._parts.store, job), demand.season),
            doubtful=demand.doubtful,
            have=have,
            barren=self._fetcher.barren(demand.series),
        )

    def _of_season(self, demand: Demand) -> list[Demand]:
        with self._lock:
            return [other for other in self._demands.values() if other.key == demand.key]

    def _release(self, job_id: int) -> None:
        """Have the titles of a job compared again."""
        with self._lock:
            self._demands.pop(job_id, None)
        self._wake(job_id)
        self._go_on(job_id)

    def _wake(self, job_id: int) -> None:
        """Let a job's titles wait no longer; they keep the time since when they do."""
        with suppress(EngramError):
            for title in self._parts.store.titles(job_id):
                if title.state is TitleState.MATCHING and title.waiting_for is WaitingFor.REFERENCES:
                    self._parts.lifecycle.update_title(title, waiting_for=None)
            if self._parts.store.need_job(job_id).waiting_for is WaitingFor.REFERENCES:
                self._parts.lifecycle.go_on(job_id)

    def _tell(self, demands: Iterable[Demand]) -> None:
        """Have the waiting jobs say until when they wait."""
        with self._lock:
            until = self._resumes()
            for demand in demands:
                job = self._parts.store.need_job(demand.job_id)
                if job.waiting_for is WaitingFor.REFERENCES and job.waiting_until != until:
                    self._parts.lifecycle.update_job(demand.job_id, waiting_until=until)

    def _ask_when_due(self, demands: Sequence[Demand]) -> datetime | None:
        """Ask about a season that has waited long enough; give when that will be, if it is not yet."""
        patience = timedelta(seconds=self._parts.settings.current.references_wait)
        since = self._question.since(demands)
        if since is not None and self._now() < since + patience:
            return since + patience
        self._question.ask(demands, self._market.why_away())
        return None

    def _until(self) -> datetime | None:
        """Give when something can be had again; None: now."""
        now = self._now()
        if self._shut_until is not None and now < self._shut_until <= now + SHUT:
            return self._shut_until
        return None if self._market.present() else self._market.back_at()

    def _resumes(self) -> datetime | None:
        """Give when something more can be had, for discs that got nothing now."""
        return self._until() or self._market.back_at()

    def _cannot_keep(self, error: EngramError) -> None:
        with self._lock:
            self._shut_until = self._now() + SHUT
        self._parts.conditions.set(Condition(UNKEPT, str(error), error.remedy))

    def _fetched(self, job: DiscJob) -> Path | None:
        """Give the folder of what was fetched for a job's show, if there is one."""
        series = series_of(job)
        folder = self._shelf.folder(series) if series is not None else None
        return folder if folder is not None and folder.is_dir() else None

    def _root(self) -> Path:
        configured = self._parts.settings.current.subtitles_cache_path
        return Path(configured) if configured else self._parts.paths.cache / "subtitles"

    def _languages(self) -> tuple[str, ...]:
        from engramd.discs.languages import from_bluray, from_dvd

        said = self._parts.settings.current.reference_languages.lower().replace(",", " ").split()
        codes = (from_dvd(c.encode()) if len(c) == 2 else from_bluray(c.encode()) for c in said)
        return tuple(dict.fromkeys(code for code in codes if code)) or ("eng",)


def _by_season(demands: Iterable[Demand]) -> list[list[Demand]]:
    groups: dict[tuple[str, int | None], list[Demand]] = defaultdict(list)
    for demand in demands:
        groups[demand.key].append(demand)
    return list(groups.values())
