"""The bus in a process of its own: real store, real settings, real events, and a stand-in for the pipeline.

Run by the tests with the kind of bus and a folder; each line on standard input is a command as JSON, executed
on a thread that is not the main loop's, and answered with a line.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from gi.repository import GLib
from sqlmodel import SQLModel

from engramd.bus.server import BusServer
from engramd.conditions import Condition, Conditions
from engramd.errors import EngramError, InvalidArgument, NoMedium, NotFound, WrongState
from engramd.events import (
    DriveChanged,
    EventHub,
    Happened,
    HintsChanged,
    JobAdded,
    JobChanged,
    JobCleared,
    RipProgress,
)
from engramd.lifecycle import Lifecycle
from engramd.match.model import KnownEpisode
from engramd.models import (
    DiscHint,
    DiscJob,
    DiscTitle,
    JobEvidence,
    JobState,
    ReviewKind,
    TitleCandidate,
    TitleState,
    WorkCandidate,
)
from engramd.models.base import utcnow
from engramd.pipeline.hints import Hints
from engramd.pipeline.holds import Hold, Holds
from engramd.pipeline.options import RipOptions
from engramd.pipeline.own_words import Line, OwnWords
from engramd.pipeline.review_details import ReviewDetails
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.season_rows import season_rows
from engramd.settings import ConfigFile, Settings
from engramd.store import Store, default_url, open_engine


@dataclass
class StandInDrive:
    """A drive that is not there."""

    id: str = "SN_2d42"
    name: str = "Upper"
    device: str = "/dev/sr7"
    vendor: str = "ACME"
    model: str = "Reader"
    serial: str = "SN-42"
    port: str = "usb-1"
    state: str = "empty"
    media: str = "none"
    volume_label: str = ""
    job_id: int | None = None
    free_at: datetime | None = None
    last_event: str = ""
    last_decision: str = ""
    policy: dict[str, Any] = field(default_factory=lambda: {"on_insert": "rip", "eject": True})
    capabilities: tuple[str, ...] = ("dvd", "eject")
    holds: tuple[Hold, ...] = ()


class StandInStation:
    """Stands in for the pipeline: rows and events are real, discs are not; it notes who asked for what."""

    def __init__(self, store: Store, hub: EventHub) -> None:
        self.store, self.hub = store, hub
        self.lifecycle = Lifecycle(store, hub)
        self.conditions_kept = Conditions(hub)
        self.reviews = Reviews(store, hub)
        self.drive = StandInDrive()
        self.kept_hints = Hints(SimpleNamespace(store=store, hub=hub), self.identity_of)  # type: ignore[arg-type]
        self.asked: list[list[Any]] = []
        self.library = self.desk = self.pictures = self
        self.kept_holds = Holds()

    def rip(self, path: Path, options: RipOptions, actor: str) -> int:
        self.asked.append(["rip", str(path), options.titles, options.season, actor])
        if path.name.startswith("slow"):
            time.sleep(1.5)
        if path.name == "empty":
            raise NoMedium("there is no disc", where=path, remedy="insert one")
        if path.name == "exit":
            raise SystemExit(3)
        if path.name == "bug":
            raise RuntimeError("secret detail \udcff")
        if path.name == "strange":
            raise InvalidArgument("half a character \udcff and a NUL \0 end here")
        job_id = self.lifecycle.create_job(
            DiscJob(drive_id=str(path), volume_label=path.name), reason="asked for"
        )
        assert job_id is not None
        return job_id

    def _noted(self, name: str, *arguments: Any) -> None:
        self.asked.append([name, *arguments])

    def cancel_job(self, job_id: int, actor: str) -> None:
        self._noted("cancel_job", job_id, actor)
        self.lifecycle.move_job(job_id, JobState.FAILED, "cancelled", actor=actor)

    def clear_job(self, job_id: int, actor: str) -> None:
        job = self.store.need_job(job_id)
        if job.state not in (JobState.COMPLETED, JobState.FAILED):
            raise WrongState(f"job {job_id} is {job.state}", remedy="cancel it first")
        job.cleared_at = utcnow()
        self.store.save(job)
        self.hub.publish(JobCleared(job_id))

    def test_notifications(self) -> list[dict[str, Any]]:
        return [{"target": "json", "sent": False, "why": "nobody is there"}]

    def season(self, show: str, season: int | None) -> list[dict[str, Any]]:
        if show == "nothing":
            raise NotFound("no disc of it was here")
        return season_rows([], [KnownEpisode(season=1, number=4, name="Shindig", minutes=44)], season)

    def answer_review(self, review_id: int, answer: str, actor: str, scope: str = "") -> None:
        self._noted("answer_review", review_id, answer, actor, scope)
        task = self.store.review(review_id)
        assert task is not None
        self.reviews.close_task(task, answer, actor)

    def review_details(self, review_id: int) -> ReviewDetails:
        if self.store.review(review_id) is None:
            raise NotFound("there is no such question")
        return ReviewDetails(title=2, words=OwnWords((Line(61.5, "It is late."),), 61))

    def of(self, review_id: int) -> tuple[str, ...]:
        return ("/var/cache/engramd/1.jpg",) if review_id == 1 else ()

    def next_discs(self, hint: Mapping[str, object], actor: str) -> int:
        self._noted("next_discs", dict(hint), actor)
        return self.kept_hints.give(hint, actor)

    def hints(self) -> list[DiscHint]:
        return self.kept_hints.active()

    def end_hints(self, drive: str | None, actor: str) -> int:
        return self.kept_hints.end(drive, actor)

    def inhibit(self, drive_id: str, holder: str, hold: Hold) -> None:
        self.kept_holds.add(drive_id, holder, hold)
        self._show_holds()

    def uninhibit(self, drive_id: str, holder: str) -> None:
        self.kept_holds.end(drive_id, holder)
        self._show_holds()

    def holder_left(self, holder: str) -> None:
        self.kept_holds.end_all(holder)
        self._show_holds()

    def _show_holds(self) -> None:
        self.drive.holds = self.kept_holds.of(self.drive.id)
        self.hub.publish(DriveChanged(self.drive.id))

    def identity_of(self, named: str) -> str:
        if named not in (self.drive.id, self.drive.device, self.drive.name):
            raise NotFound("there is no such drive", where=named)
        return self.drive.serial

    def check(self) -> list[dict[str, str]]:
        return [{"id": "tool", "text": "FFmpeg is there", "severity": "ok", "remedy": ""}]

    def drives(self) -> list[StandInDrive]:
        return [self.drive]

    def conditions(self) -> list[Condition]:
        return self.conditions_kept.all()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: self._noted(name, *arguments)


class Commands:
    """What the tests have happen inside."""

    def __init__(self, station: StandInStation, server: BusServer) -> None:
        self.station, self.server = station, server
        self.store, self.hub = station.store, station.hub

    def asked(self) -> list[list[Any]]:
        return self.station.asked

    def rss(self) -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    def job(self, state: str = "ripping", titles: int = 3) -> int:
        """A job with titles, in a state."""
        job = DiscJob(drive_id="/dev/sr7", volume_label="FIREFLY_D1", detected_title="Firefly")
        job_id = self.station.lifecycle.create_job(job, reason="inserted")
        assert job_id is not None
        rows = [DiscTitle(job_id=job_id, title_index=n, duration_seconds=2640.4) for n in range(titles)]
        self.station.lifecycle.list_titles(job_id, [(row, []) for row in rows])
        if state != "identifying":
            self.station.lifecycle.move_job(job_id, JobState(state), "as the test wants it")
        return job_id

    def move(self, job_id: int, state: str) -> None:
        self.station.lifecycle.move_job(job_id, JobState(state), "as the test wants it")

    def move_title(self, job_id: int, index: int, state: str) -> None:
        title = self.store.need_title(job_id, index)
        self.station.lifecycle.move_title(title, TitleState(state), "as the test wants it")

    def same(self, job_id: int, times: int) -> None:
        """Say that a job changed although it did not."""
        for _ in range(times):
            self.hub.publish(JobChanged(job_id))

    def old(self, job_id: int) -> None:
        """Make a finished job two days old."""
        job = self.store.need_job(job_id)
        job.completed_at = datetime.fromtimestamp(utcnow().timestamp() - 2 * 86400, utcnow().tzinfo)
        self.store.save(job)
        self.hub.publish(JobChanged(job_id))

    def label(self, job_id: int, label: str) -> None:
        self.station.lifecycle.update_job(job_id, volume_label=label)

    def proposal(self, job_id: int) -> None:
        """Two plans for all titles of a job, and the question about them."""
        for title in self.store.titles(job_id):
            lifecycle, number = self.station.lifecycle, title.title_index + 1
            lifecycle.move_title(title, TitleState.REVIEW, "as the test wants it", match_source="order")
            rows = [
                TitleCandidate(title_id=title.id or 0, episode=f"S01E{n:02}", confidence=sure, reason="order")
                for n, sure in ((number, 0.5), (number + 3, 0.2))
            ]
            self.store.replace_of_title(TitleCandidate, title.id or 0, rows)
        self.station.reviews.ask(ReviewKind.EPISODE, job_id, "Are titles 1-3 S01E01-E03?")

    def review(self, job_id: int, index: int) -> None:
        title = self.store.need_title(job_id, index)
        assert title.id is not None
        rows = [TitleCandidate(title_id=title.id, episode="S01E02", confidence=0.8, reason="words")]
        rows.append(TitleCandidate(title_id=title.id, episode="S01E03", confidence=0.2))
        self.store.replace_of_title(TitleCandidate, title.id, rows)
        self.station.reviews.ask(ReviewKind.EPISODE, job_id, "Which episode is it?", title=title)

    def identity(self, job_id: int, kind: str = "identity") -> None:
        """Evidence, works, and a question which of them it is."""
        label = JobEvidence(job_id=job_id, source="label", claim="Firefly, season 1", confidence=0.7)
        self.store.add(label)
        works = [("movie", "Serenity", 16320, 0.1), ("tv", "Firefly", 1437, 0.9)]
        self.store.replace_works(job_id, [self._work(job_id, *work) for work in works])
        self.station.reviews.ask(ReviewKind(kind), job_id, "What is it?")

    def work(self, job_id: int, called: str) -> None:
        """One more work that it may be."""
        known = [(w.namespace, w.name, w.tmdb_id, w.confidence) for w in self.store.works(job_id)]
        works = [*known, ("tv", called, 1, 0.5)]
        self.store.replace_works(job_id, [self._work(job_id, *work) for work in works])
        self.hub.publish(JobChanged(job_id))

    def _work(
        self, job_id: int, namespace: str, name: str, number: int | None, confidence: float
    ) -> WorkCandidate:
        return WorkCandidate(
            job_id=job_id, namespace=namespace, tmdb_id=number, name=name, confidence=confidence
        )

    def hint_expires(self, number: int, seconds: float) -> None:
        """Have a hint end soon, as if it had been given long ago."""
        hint = self.store.hint(number)
        assert hint is not None
        hint.expires_at = utcnow() + timedelta(seconds=seconds)
        self.store.save(hint)
        self.hub.publish(HintsChanged())

    def progress(self, job_id: int, seconds: float, rate: int) -> int:
        """Report progress `rate` times a second."""
        count = round(seconds * rate)
        for step in range(count):
            event = RipProgress(job_id, 0, (step + 1) / count, (step + 1) / count, 1e7, 100.0 - step / rate)
            self.hub.publish(event)
            time.sleep(1 / rate)
        return count

    def rips(self, jobs: list[int], seconds: float, rate: int) -> None:
        """Report progress of several rips at once, each `rate` times a second."""
        count = round(seconds * rate)
        for step in range(count):
            done = (step + 1) / count
            for job_id in jobs:
                self.hub.publish(RipProgress(job_id, 0, done, done, 1e7 + step, 100.0 - step / rate))
            time.sleep(1 / rate)

    def drive(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self.station.drive, name, value)
        self.hub.publish(DriveChanged(self.station.drive.id))

    def condition(self, severity: str) -> None:
        kept = self.station.conditions_kept
        kept.set(Condition("tool.makemkv", "MakeMKV is missing", "install it", severity))

    def condition_ends(self) -> None:
        self.station.conditions_kept.clear("tool.makemkv")

    def note(self, job_id: int, kind: str, sentence: str, actor: str = "engramd") -> None:
        self.station.lifecycle.note(job_id, kind, sentence, actor=actor)

    def happen(self, sentence: str, job_id: int | None = None) -> None:
        details = {"size": 5, "path": Path("/x"), "nothing": None}
        self.hub.publish(Happened("filed", sentence, job_id=job_id, details=details))

    def history(self, count: int, text: int) -> None:
        """Fill the history with long rows."""
        for number in range(count):
            row = DiscJob(drive_id="x", volume_label=str(number), discdb_mappings_json="y" * text)
            row.state, row.completed_at, row.cleared_at = JobState.COMPLETED, utcnow(), utcnow()
            self.store.add(row)

    def crowd(self, **wanted: Any) -> list[int]:
        """Have thousands of jobs at once, and tell of each."""
        from tests.support.crowd import crowd

        ids = crowd(self.store, **wanted)
        for job_id in ids:
            self.hub.publish(JobAdded(job_id))
        return ids

    def limit_jobs(self, jobs: int, size: int) -> None:
        """Have fewer jobs be objects at most than a test can make."""
        from engramd.bus import reader

        reader.MOST_JOBS, reader.MOST_BYTES = jobs, size

    def under_way(self) -> int:
        """How many calls have no reply yet."""
        return self.server.calls_under_way()

    def churn(self, times: int) -> None:
        """Have jobs come and go."""
        for _ in range(times):
            job_id = self.job(state="failed", titles=3)
            self.station.clear_job(job_id, "root")

    def exported(self) -> int:
        """How many objects Python still holds."""
        import gc

        from engramd.bus.service import ExportedNode
        from engramd.bus.tree import TreeNode

        gc.collect()
        return sum(isinstance(item, ExportedNode | TreeNode) for item in gc.get_objects())


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    kind, folder = sys.argv[1], Path(sys.argv[2])
    engine = open_engine(default_url(folder))
    SQLModel.metadata.create_all(engine)
    store, hub = Store(engine), EventHub()
    file = ConfigFile(folder / "engramd.toml", settings={"extras_policy": "skip"})
    settings = Settings(store, file, hub)
    settings.set("import_paths", str(folder / "import"))
    settings.set("staging_path", str(folder))
    station = StandInStation(store, hub)
    loop = GLib.MainLoop()

    def lost(sentence: str) -> None:
        say({"lost": sentence})
        loop.quit()

    server = BusServer(station, store, hub, settings, bus=kind, on_lost=lost)  # type: ignore[arg-type]
    try:
        server.start()
    except EngramError as error:
        say({"refused": type(error).__name__, "text": str(error)})
        return
    threading.Thread(target=obey, args=(Commands(station, server), loop), daemon=True).start()
    say({"ready": True})
    loop.run()
    server.stop()
    say({"stopped": True})


def obey(commands: Commands, loop: GLib.MainLoop) -> None:
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            say({"value": getattr(commands, name)(**arguments)})
        except Exception as error:  # noqa: BLE001 - told to the test
            say({"error": repr(error)})
    loop.quit()


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
