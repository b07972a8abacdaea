"""The fourth stage: files the matched titles of a job in the library."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from engramd import organize
from engramd.errors import Cancelled, EngramError, FilingFailed, InvalidArgument, NoSpace
from engramd.events import FileDiscarded, Happened, LibraryChanged, TitleFiled
from engramd.models import (
    ConflictResolution,
    DiscJob,
    DiscTitle,
    ReviewKind,
    TitleState,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.organize import Conflict, Filed, Skipped
from engramd.organize.existing import Had
from engramd.organize.facts import read_facts
from engramd.organize.modes import Modes
from engramd.organize.safe_names import shown
from engramd.pipeline.conflicts import Conflicts, Plan
from engramd.pipeline.editions import name_editions
from engramd.pipeline.extras import ExtrasQuestion
from engramd.pipeline.filing_doubts import FilingDoubts
from engramd.pipeline.filing_items import FileCode, TitleJournal, filing_item, filing_order, kind_of
from engramd.pipeline.libraries import Libraries, library_of
from engramd.pipeline.parts import Parts
from engramd.pipeline.patience import Pulse
from engramd.pipeline.placing import Placer
from engramd.pipeline.reviews import Reviews

if TYPE_CHECKING:
    from engramd.organize import FilingItem

log = structlog.get_logger(__name__)

__all__ = ["Filer", "filing_item", "kind_of"]
#: What a question about a title is, in a few words.
_ASKS = {
    ReviewKind.CONFLICT: "the library has it already",
    ReviewKind.EDITION: "which version of the film?",
    ReviewKind.IDENTITY: "what is it?",
}


@dataclass(frozen=True)
class _Done:
    """How an attempt ended, and what the library has, in words."""

    result: Filed | Conflict | Skipped
    words: str = ""


class Filer:
    """Moves matched titles into the library, each recorded before its staging copy goes."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        libraries: Libraries | None = None,
        file_code: FileCode | None = None,
    ) -> None:
        """`file_code` gives the episode by which a title's file is named; without it, the one it is."""
        self._parts = parts
        self._reviews = reviews
        self._libraries = libraries or Libraries(parts)
        self._file_code = file_code
        self._doubts = FilingDoubts(parts)
        self._extras = ExtrasQuestion(parts, reviews)
        self._placer = Placer(self._libraries)
        self._lock = threading.Lock()
        self._turns: dict[tuple[Path, str], threading.Lock] = {}
        self._conflicts = Conflicts(lambda paths: read_facts(parts.tools, paths))

    def run(self, job: DiscJob, titles: Sequence[DiscTitle]) -> None:
        """File every title that is `matched`; what cannot be filed now waits, or is asked about."""
        name_editions(self._parts, job.id or 0, titles)
        for title in sorted(titles, key=filing_order):
            if title.state is TitleState.MATCHED:
                self._file(job, title)

    def _file(self, job: DiscJob, title: DiscTitle) -> None:
        if self._is_held_back(job, title):
            return
        library = library_of(kind_of(job, title), self._parts.settings.current, job)
        if not library:
            self._wait(title, WaitingFor.LIBRARY, _unset(job, title))
            return
        try:
            done = self._attempt(job, title, Path(library), title.filing_choice)
        except Cancelled:
            raise
        except NoSpace as error:
            self._wait(title, WaitingFor.SPACE, str(error))
        except FilingFailed as error:
            self._wait_unless_filed(job, title, Path(library), error)
        except InvalidArgument as error:
            number = title.title_index + 1
            self._ask(job, title, ReviewKind.IDENTITY, f"What is title {number}?", str(error))
        except EngramError as error:
            self._parts.lifecycle.move_title(title, TitleState.FAILED, str(error), error_message=str(error))
        else:
            self._conclude(job, title, Path(library), done)

    def _is_held_back(self, job: DiscJob, title: DiscTitle) -> bool:
        """Ask, and hold a title back, where what it is is not sure enough to name a file after it."""
        if self._doubts.waits_for_disc(job, title):
            number = title.title_index + 1
            self._hold(title, f"title {number} waits until it is known what is on the disc")
            return True
        if self._extras.holds(job, title):
            self._hold(title, f"title {title.title_index + 1} waits until it is known if extras are wanted")
            self._extras.ask(job)
            return True
        doubt = self._doubts.question(job, title)
        if doubt is not None:
            self._ask(job, title, doubt.kind, doubt.question, doubt.why)
        return doubt is not None

    def _attempt(self, job: DiscJob, title: DiscTitle, root: Path, said: ConflictResolution | None) -> _Done:
        titles = self._parts.store.titles(job.id or 0)
        number = self._file_code(job, title) if self._file_code and title.matched_episode else None
        item = filing_item(job, title, titles, number=number)
        self._libraries.ready(root)
        try:
            return self._libraries.patience.run(root, partial(self._bring, job, title, item, root, said))
        except OSError as error:
            raise _unreadable(root, error) from error

    def _bring(
        self,
        job: DiscJob,
        title: DiscTitle,
        item: FilingItem,
        root: Path,
        said: ConflictResolution | None,
        pulse: Pulse,
    ) -> _Done:
        """Find the place, weigh what is there, and move the file; on a thread that may hang.

        One file of a work at a time: else of two that hold one episode each would find nothing there.
        """
        with self._lock:
            turn = self._turns.setdefault((root, item.title.casefold()), threading.Lock())
        with turn:
            pulse.beat()
            return self._brought(job, title, item, root, said, pulse)

    def _brought(
        self,
        job: DiscJob,
        title: DiscTitle,
        item: FilingItem,
        root: Path,
        said: ConflictResolution | None,
        pulse: Pulse,
    ) -> _Done:
        settings = self._parts.settings.current
        place = self._placer.place(root, item, settings)
        plan = self._conflicts.plan(item, title, place, self._placer.had(place, item), settings, said)
        done = self._move(job, title, root, plan, pulse)
        if isinstance(done, Conflict) and not plan.words:
            # Something has the name that is not known as what it is.
            plan = self._conflicts.plan(item, title, place, [Had(done.path)], settings, said)
            done = self._move(job, title, root, plan, pulse)
        if isinstance(done, Filed):
            self._placer.remember(place)
        return _Done(done, plan.words)

    def _move(
        self, job: DiscJob, title: DiscTitle, root: Path, plan: Plan, pulse: Pulse
    ) -> Filed | Conflict | Skipped:
        settings = self._parts.settings.current
        guard = partial(self._libraries.still_there, root, pulse)
        if plan.words and plan.policy is ConflictResolution.SKIP:
            return Skipped(plan.target)
        if plan.words and plan.policy is ConflictResolution.ASK:
            return Conflict(plan.target, title.file_size_bytes, 0)
        return organize.file_title(
            Path(title.staging_file or ""),
            plan.target,
            library_root=root,
            journal=TitleJournal(self._parts, title, pulse, guard),
            free_floor=settings.min_free_bytes,
            policy=plan.policy,
            keep_source=job.is_import and not job.move_originals,
            progress=lambda _done, _all: pulse.beat(),
            modes=Modes.of(settings),
            replaces=plan.replaces,
            guard=guard,
        )

    def _conclude(self, job: DiscJob, title: DiscTitle, root: Path, done: _Done) -> None:
        result = done.result
        if isinstance(result, Filed):
            self._note_filed(job, title, root, result.path)
            for entry in result.trashed:
                self._parts.hub.publish(LibraryChanged(str(root), str((root / entry.path).parent)))
                gone = FileDiscarded(str(root), str(root / entry.path), job.id or 0, title.title_index)
                self._parts.hub.publish(gone)
                self._parts.lifecycle.note(
                    job.id or 0, "replaced", f"{shown(entry.path)} went to the trash of the library"
                )
        elif isinstance(result, Skipped):
            words = done.words or f"the library has {shown(result.path.name)} already"
            sentence = f"{words} (conflict_resolution_default is skip)"
            self._parts.lifecycle.move_title(title, TitleState.SKIPPED, sentence, match_reason=sentence)
        else:
            words = done.words or f"the library has another {shown(result.path.name)}"
            number = title.title_index + 1
            question = f"Which is to stay: title {number}, what the library has, or both?"
            self._ask(job, title, ReviewKind.CONFLICT, question, words)

    def _note_filed(self, job: DiscJob, title: DiscTitle, root: Path, path: Path) -> None:
        self._reviews.close(job.id or 0, title=title)
        log.info(f"filed {path.name}", job=job.id, title=title.title_index + 1, phase="organize")
        self._parts.hub.publish(Happened("filed", f"filed {path}", job_id=job.id))
        self._parts.hub.publish(TitleFiled(job.id or 0, title.title_index, str(path), str(root)))

    def _wait_unless_filed(self, job: DiscJob, title: DiscTitle, root: Path, error: FilingFailed) -> None:
        """Wait for the library; one that went silent after the record was made has the file."""
        now = self._parts.store.title(title.job_id, title.title_index)
        if now is not None and now.state is TitleState.COMPLETED and now.organized_to:
            self._note_filed(job, title, root, Path(now.organized_to))
        else:
            self._wait(title, WaitingFor.LIBRARY, str(error))

    def _wait(self, title: DiscTitle, waiting_for: WaitingFor, why: str) -> None:
        if (title.waiting_for, title.error_message) == (waiting_for, why):
            return
        log.warning("a title waits", job=title.job_id, title=title.title_index + 1, phase="organize", why=why)
        self._parts.lifecycle.update_title(
            title, waiting_for=waiting_for, waiting_since=utcnow(), error_message=why
        )

    def _ask(self, job: DiscJob, title: DiscTitle, kind: ReviewKind, question: str, why: str) -> None:
        self._hold(title, why)
        name = job.detected_title or job.volume_label
        summary = f"{name}, title {title.title_index + 1}: {_ASKS.get(kind, kind.value)}"
        self._reviews.ask(kind, job.id or 0, question, title=title, summary=summary, why=why)

    def _hold(self, title: DiscTitle, why: str) -> None:
        self._parts.lifecycle.move_title(
            title,
            TitleState.REVIEW,
            why,
            match_reason=why,
            filing_choice=None,
            waiting_for=WaitingFor.ANSWER,
            waiting_since=utcnow(),
        )


def _unset(job: DiscJob, title: DiscTitle) -> str:
    if job.is_other:
        return "no library is set for other discs: engramctl config set library_other_path FOLDER"
    return f"no library is set for content type {kind_of(job, title)}"


def _unreadable(root: Path, error: OSError) -> FilingFailed:
    return FilingFailed(
        "The library cannot be read",
        where=error.filename or root,
        why=error.strerror or error,
        remedy="let the user of the service read there; it goes on by itself",
    )
