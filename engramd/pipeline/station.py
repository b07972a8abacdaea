"""The pipeline's façade: builds the stages, and routes to them what people want."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engramd.conditions import Condition
from engramd.drives.registry import DriveRegistry
from engramd.events import DriveAdded, JobChanged, JobFinished, RipProgress, SettingsChanged
from engramd.models import Change, DiscHint, DiscJob, DiscTitle, TitleState, WaitingFor
from engramd.pipeline.amended_names import Renamed
from engramd.pipeline.amending import Amender
from engramd.pipeline.answers import Answers
from engramd.pipeline.changes import Changes
from engramd.pipeline.checks import Checks, Doctor
from engramd.pipeline.commands import JobCommands
from engramd.pipeline.desk import DriveDesk
from engramd.pipeline.evidence import EvidenceCollector
from engramd.pipeline.filing import Filer
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.hints import Hints
from engramd.pipeline.identifying import Identifier
from engramd.pipeline.identities import Identities
from engramd.pipeline.import_plan import Plan
from engramd.pipeline.importing import Importer
from engramd.pipeline.labelling import Labeller
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.library_desk import LibraryDesk
from engramd.pipeline.lookups import Lookups
from engramd.pipeline.matching import Matcher
from engramd.pipeline.options import ImportOptions, RipOptions
from engramd.pipeline.ordering import Ordering
from engramd.pipeline.parts import Parts
from engramd.pipeline.pictures import Pictures
from engramd.pipeline.plots import Plots
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.recovery import Recovery
from engramd.pipeline.references import ReferencesWatch
from engramd.pipeline.review_details import DetailsReader, ReviewDetails
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.roster import Rosters
from engramd.pipeline.runs import DONE, DiscRun
from engramd.pipeline.seasons import Seasons
from engramd.pipeline.sidecars import Sidecars
from engramd.pipeline.sources import Sources
from engramd.pipeline.space import Ledger
from engramd.pipeline.splitting import Splitter
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.stops import Stop
from engramd.pipeline.supply import Supply
from engramd.pipeline.supply_providers import SETTINGS as SUPPLY_SETTINGS
from engramd.pipeline.supply_providers import Providers
from engramd.pipeline.threads import start
from engramd.pipeline.trash import Trashes
from engramd.pipeline.views import DriveView
from engramd.pipeline.waiting import WaitingJobs
from engramd.tools import CancelToken


class Station:
    """Its methods may block on the database or a drive, and raise EngramErrors; `actor` says who asks.

    `library` has those about what is filed, `desk` those about drives, `pictures` those of questions.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stop = CancelToken()
        reviews = Reviews(parts.store, parts.hub)
        references = ReferencesWatch(lambda: parts.settings.current.references_path)
        evidence = EvidenceCollector(parts, self._stop)
        settings, paths = parts.settings, parts.paths
        self._sources = Sources(lambda: settings.current, parts.conditions, paths.state, paths.cache)
        self._rosters = Rosters(self._sources, self._stop)
        proposer = Proposer(parts, reviews, self._rosters)
        providers = Providers(lambda: settings.current, parts.conditions, parts.tools, paths.cache)
        self._supply = Supply(parts, reviews, providers, self._stop)
        matcher = Matcher(
            parts, reviews, evidence, references, self._rosters, proposer, self._supply, self._stop
        )
        identities = Identities(parts, self._sources, reviews)
        self._lookups = Lookups(parts, self._sources, identities, reviews, self._stop, done=self._go_on)
        labeller = Labeller(parts, self._stop)
        self._libraries = libraries = Libraries(parts)
        ordering = Ordering(parts, self._sources, self._stop)
        filer = Filer(parts, reviews, libraries, ordering.file_code)
        self._sidecars = Sidecars(parts, libraries, self._sources, ordering.file_code, self._stop)
        self._finisher = finisher = Finisher(
            parts, matcher, labeller, filer, self._lookups.pending, libraries
        )
        ledger = Ledger()
        ripper = Ripper(
            parts,
            reviews,
            ledger,
            lambda job, title: _examine(evidence, labeller, job, title),
            libraries=libraries,
        )
        identifier = Identifier(parts, reviews, identities, self._lookups.begin, libraries.has_file)
        self._run = DiscRun(parts, identifier, ripper, finisher, reviews)
        self._importer = Importer(parts, identifier, self._run.staging_root, finisher.submit, self._stop)
        self._trashes = Trashes(parts, libraries, self._run.staging_root)
        ledger.empty_trash_with(self._trashes.make_room)
        seasons = Seasons(parts, libraries, self._rosters)
        self.library = LibraryDesk(parts.store, libraries, self._trashes, seasons, ordering)
        self.desk = self._desk = DriveDesk(parts, self._run)
        self._hints = Hints(parts, self._desk.identity_of)
        self._answers = Answers(
            parts, reviews, finisher, identities, self._lookups.begin, ripper, self._supply, proposer
        )
        plots = Plots(lambda: settings.current, self._sources, self._stop)
        self.pictures = Pictures(parts, self._stop)
        self._details = DetailsReader(parts, self._rosters, plots, self.pictures, evidence.begin)
        self._supply.go_on_with(finisher.submit, self._answers.take_order)
        self._commands = JobCommands(parts, self._desk, self._answers, reviews, finisher, ripper.damaged)
        self._commands.take_up_with(self._take_up)
        reviews.answer_with(
            self._answers.is_answered,
            lambda review_id: start("answers", lambda: self._answers.answer_alike(review_id)),
        )
        self._changes = Changes(parts, libraries, finisher, reviews, self._run.staging_root, self._stop)
        self._amender = Amender(parts, libraries, self._changes, ordering)
        self._answers.amend_with(self._amender, self._changes)
        self._answers.read_with(self._commands.rip_title)
        self._splitter = Splitter(parts, reviews, evidence, self._go_on, self._stop)
        self._answers.split_with(self._splitter.split)
        self._recovery = Recovery(parts, finisher, self._answers, ripper.damaged)
        self._checks = Checks(
            lambda: parts.settings.current,
            self._run.staging_root,
            parts.backend,
            tools=parts.tools,
            libraries=libraries,
        )
        self._doctor = Doctor(parts, self._checks, self._sources, self._run.staging_root, self.drives)
        self._waiting = WaitingJobs(
            parts, finisher, self._answers, references, self._set_conditions, self._stop
        )

    @property
    def registry(self) -> DriveRegistry:
        """The drives; udev's events go there."""
        return self._desk.registry

    def start(self, take_answers: Callable[[], None] = lambda: None) -> None:
        """Take up what an earlier run left; the drives are told afterwards.

        `take_answers` carries out what was answered meanwhile, before anything of that is asked anew.
        """
        hub = self._parts.hub
        hub.subscribe(SettingsChanged, lambda event: self._settings_changed(event.names))
        hub.subscribe(JobChanged, lambda _event: self._waiting.notice())
        hub.subscribe(DriveAdded, lambda event: self._desk.at_drives.look(event.drive_id))
        hub.subscribe(RipProgress, self._desk.note_progress)
        hub.subscribe(JobFinished, lambda event: self._desk.forget_progress(event.job_id))
        hub.subscribe(JobFinished, self._importer.job_finished)
        start("checks", self._set_conditions)
        self.pictures.start()
        self.clean_staging()
        self._recovery.undo_halves()
        take_answers()
        start("changes", self._changes.take_up)
        self._supply.start()
        self._sidecars.start()
        self._lookups.take_up()
        self._recovery.before_drives(self._take_up)
        self._splitter.take_up()
        start("answers", self._answers.answer_all_alike)
        self._waiting.start()

    def drives_are_known(self) -> None:
        """Settle the jobs whose discs did not turn up."""
        self._recovery.after_drives(self._desk.at_drives.has, self._desk.put_back)

    def stop(self) -> None:
        """Stop all work in order; what is under way goes on with the next start."""
        self._desk.at_drives.stop_all()
        self._stop.cancel(Stop.SHUTDOWN)
        self._parts.wakeups.wake()

    def clean_staging(self) -> None:
        """Remove the staging folders of completed jobs whose time has come."""
        self._recovery.clean_staging(self._run.staging_root())
        start("trash", self._trashes.expire)

    def at_work(self) -> bool:
        """Whether a run is still at a drive."""
        return self._desk.at_drives.at_work()

    def drives(self) -> list[DriveView]:
        """Give every drive, real ones first."""
        return self._desk.drives()

    def eject_drive(self, drive_id: str, actor: str) -> None:
        """Stop the drive's rip in order, and open its tray."""
        self._desk.eject(drive_id, actor)

    def rescan_drive(self, drive_id: str, actor: str) -> None:
        """Handle the disc that is in the drive (again)."""
        self._desk.rescan(drive_id, actor)

    def set_drive_name(self, drive_id: str, name: str, actor: str) -> None:
        """Give a drive a name of one's own."""
        self._desk.set_name(drive_id, name, actor)

    def set_drive_policy(self, drive_id: str, said: Mapping[str, object], actor: str) -> None:
        """Say what a drive does with a disc."""
        self._desk.set_policy(drive_id, said, actor)

    def next_discs(self, hint: Mapping[str, object], actor: str) -> int:
        """Say what the next disc or stack is, on one drive or on all; give the hint's number."""
        return self._hints.give(hint, actor)

    def hints(self) -> list[DiscHint]:
        """Give the hints that count now, oldest first."""
        return self._hints.active()

    def end_hints(self, drive: str | None, actor: str) -> int:
        """End the hint of a drive, or every hint; give how many that were."""
        return self._hints.end(drive, actor)

    # -- jobs ------------------------------------------------------------------------------------------

    def rip(self, path: Path, options: RipOptions, actor: str) -> int:
        """Begin a job for an image, a folder or a drive; give its number when its row is committed."""
        return self._commands.rip(path, options, actor)

    def import_files(self, path: Path, options: ImportOptions, actor: str) -> int:
        """Begin a job for each group of files below a path that is new; give the first one's number."""
        return self._importer.begin(path, options, actor)

    def plan_import(self, path: Path, options: ImportOptions) -> Plan:
        """Say what would be imported from a path."""
        return self._importer.plan(path, options)

    def cancel_job(self, job_id: int, actor: str) -> None:
        """File what is finished, skip the rest."""
        self._commands.cancel(job_id, actor)

    def eject_job(self, job_id: int, actor: str) -> None:
        """Give the disc back; a rip stops in order, and goes on when the disc is back."""
        self._commands.eject(job_id, actor)

    def retry_job(self, job_id: int, actor: str) -> None:
        """Do again what failed, or look again at what the job waits for."""
        self._commands.retry(job_id, actor)

    def rip_title(self, job_id: int, title_index: int, actor: str) -> None:
        """Rip one title (again)."""
        self._commands.rip_title(job_id, title_index, actor)

    def identify_job(self, job_id: int, hint: Mapping[str, object], actor: str) -> None:
        """Say what a disc is."""
        self._answers.identify(job_id, hint, actor)

    def rematch_job(self, job_id: int, actor: str) -> None:
        """Compare with the references again."""
        self._answers.rematch(job_id, actor)

    def clear_job(self, job_id: int, actor: str) -> None:
        """Take an ended job off the list; its history stays."""
        self._commands.clear(job_id)

    def clear_finished(self, actor: str) -> None:
        """Take all ended jobs off the list."""
        for job in self._parts.store.visible_jobs():
            if job.state in DONE:
                self._commands.clear(job.id or 0)

    def assign_title(self, job_id: int, title_index: int, episode: str, actor: str) -> None:
        """Say which episode a title is."""
        self._answers.assign(job_id, title_index, episode, actor)

    def assign_titles(self, job_id: int, episodes: Mapping[int, str], actor: str) -> None:
        """Say which episodes several titles are (by title index): all of it counts, or nothing."""
        self._answers.assign_all(job_id, episodes, actor)

    def shift_titles(self, job_id: int, by: int, titles: frozenset[int] | None, actor: str) -> dict[int, str]:
        """Shift the episodes of a job's titles (all that have one, or some by index); give them."""
        episodes = self._amender.shifted(job_id, by, titles)
        self._answers.assign_all(job_id, episodes, actor)
        return episodes

    def rename_show(self, show: str, actor: str, *, dry_run: bool) -> list[Renamed]:
        """Name the files of a show or film as the settings do now, or only say how that would be."""
        return self._amender.rename(show, actor, dry_run=dry_run)

    def changes(self, limit: int, job_id: int | None) -> list[Change]:
        """Give what people changed, the newest first."""
        return self._changes.listed(limit, job_id)

    def undo(self, change_id: int | None, review_id: int | None, actor: str) -> Change:
        """Undo a change, the last one by default, or the answer to a question; give it."""
        return self._changes.undo(actor, change_id=change_id, review_id=review_id)

    def undo_review(self, review_id: int, actor: str) -> None:
        """Undo the answer to a question."""
        self._changes.undo(actor, review_id=review_id)

    def split_title(self, job_id: int, title_index: int, episodes: str, actor: str) -> None:
        """Split a title into its episodes; they are named where its parts are not known."""
        self._splitter.split(job_id, title_index, episodes, actor)

    def skip_title(self, job_id: int, title_index: int, actor: str) -> None:
        """Say that a title is not wanted."""
        self._answers.skip(job_id, title_index, actor)

    def mark_extra(self, job_id: int, title_index: int, kind: str, actor: str) -> None:
        """Say that a title is an extra."""
        self._answers.mark_extra(job_id, title_index, kind, actor)

    def set_edition(self, job_id: int, title_index: int, edition: str, actor: str) -> None:
        """Name a title's edition."""
        self._answers.set_edition(job_id, title_index, edition, actor)

    def resolve_conflict(self, job_id: int, title_index: int, choice: str, actor: str) -> None:
        """Keep both files (`rename`) or `skip` the title."""
        self._answers.resolve_conflict(job_id, title_index, choice, actor)

    def answer_review(self, review_id: int, answer: str, actor: str, scope: str = "") -> None:
        """Answer a question, for its disc, or for the other discs of its `season` or `set` too."""
        self._answers.answer(review_id, answer, actor, scope)

    def review_details(self, review_id: int) -> ReviewDetails:
        """Give what helps to answer a question, as far as it is at hand."""
        return self._details.of(review_id)

    def dismiss_review(self, review_id: int, actor: str) -> None:
        """Close a question without an answer."""
        self._answers.dismiss(review_id, actor)

    def look_elsewhere(self, decided: Collection[int] | None) -> None:
        """Take over what people answered on other stations for these discs, too, and jobs decided there.

        None: any may have been decided.
        """
        self._answers.follow(decided)

    # -- state -----------------------------------------------------------------------------------------

    def conditions(self) -> list[Condition]:
        """Give what is lacking."""
        return self._parts.conditions.all()

    def test_notifications(self) -> list[dict[str, Any]]:
        """Send a test message to every address, and to desktops; say which have it."""
        told = self._parts.test_notifications()
        return [{"target": one.target, "sent": not one.why, "why": one.why} for one in told]

    def init_library(self, path: str, actor: str) -> None:
        """Take a folder for a library, whatever was recorded of it."""
        self._libraries.init(path, actor)
        start("checks", self._set_conditions)

    def check(self) -> list[dict[str, str]]:
        """Make the daemon's part of doctor's checks, and have all that waits look again."""
        found = self._doctor.check()
        self._sources.forget()
        self._parts.wakeups.wake()
        return [asdict(finding) for finding in found]

    def _take_up(self, job: DiscJob) -> None:
        """Go on with a job whose disc is in no drive: an image, a folder, or files."""
        if job.is_import:
            self._importer.take_up(job)
        else:
            self._desk.at_drives.put_image(job)

    def _go_on(self, job_id: int) -> None:
        self._finisher.submit(job_id)

    def _set_conditions(self) -> None:
        self._checks.set_conditions(self._parts.conditions)
        self._sources.forget()

    def _settings_changed(self, names: tuple[str, ...]) -> None:
        """Have all that waits look again; the checks may take a while, and listeners return at once."""
        if not set(names).isdisjoint(SUPPLY_SETTINGS):
            start("references", self._fetch_anew)
        self._parts.wakeups.wake()
        self._waiting.look_now()
        start("checks", self._set_conditions)

    def _fetch_anew(self) -> None:
        """Ask the providers of subtitles anew, for the discs too that lacked references before."""
        self._supply.look_again()
        for job in self._parts.store.unfinished_jobs() if self._supply.is_open else ():
            if job.waiting_for is WaitingFor.REFERENCES:
                self._answers.compare_again(job.id or 0)


def _examine(evidence: EvidenceCollector, labeller: Labeller, job: DiscJob, title: DiscTitle) -> None:
    if not job.staging_folder:
        return
    folder = JobFolder(Path(job.staging_folder))
    if title.state is TitleState.MATCHING:
        evidence.begin(folder, title)
    labeller.begin(folder, title)
