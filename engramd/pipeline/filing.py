"""The fourth stage: files the matched titles of a job in the library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog

from engramd.errors import EngramError, FilingFailed, InvalidArgument, NoSpace
from engramd.events import Happened
from engramd.models import (
    ConflictResolution,
    ContentType,
    DiscJob,
    DiscTitle,
    ReviewKind,
    TitleRole,
    TitleState,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.organize import (
    Conflict,
    EpisodeCode,
    Filed,
    FilingItem,
    Intent,
    Skipped,
    file_title,
    plan_path,
)
from engramd.pipeline.editions import count_films, cuts_with, edition_of, name_editions, wants_name
from engramd.pipeline.needs import library_for
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews

log = structlog.get_logger(__name__)


class Filer:
    """Moves matched titles into the library, each recorded before its staging copy goes."""

    def __init__(self, parts: Parts, reviews: Reviews) -> None:
        self._parts = parts
        self._reviews = reviews

    def run(self, job: DiscJob, titles: Sequence[DiscTitle]) -> None:
        """File every title that is `matched`; what cannot be filed now waits, or is asked about."""
        name_editions(self._parts, job.id or 0, titles)
        ordered = sorted(titles, key=_filing_order)
        for title in ordered:
            if title.state is TitleState.MATCHED:
                self._file(job, title)

    def file_as(self, job: DiscJob, title: DiscTitle, policy: ConflictResolution) -> None:
        """File one title with a person's answer to a conflict."""
        self._file(job, title, policy)

    def _file(self, job: DiscJob, title: DiscTitle, policy: ConflictResolution | None = None) -> None:
        if self._doubts(job, title):
            return
        settings = self._parts.settings.current
        kind = kind_of(job, title)
        library = library_for(kind, settings.library_tv_path, settings.library_movies_path)
        if not library:
            self._wait(title, WaitingFor.LIBRARY, f"no library is set for content type {kind}")
            return
        try:
            done = file_title(
                Path(title.staging_file or ""),
                Path(library) / plan_path(filing_item(job, title, self._titles(job)), settings),
                library_root=Path(library),
                journal=_TitleJournal(self._parts, title),
                free_floor=settings.min_free_bytes,
                policy=policy or settings.conflict_resolution_default,
            )
        except NoSpace as error:
            self._wait(title, WaitingFor.SPACE, str(error))
        except FilingFailed as error:
            self._wait(title, WaitingFor.LIBRARY, str(error))
        except InvalidArgument as error:
            self._ask(job, title, ReviewKind.IDENTITY, str(error))
        except EngramError as error:
            self._parts.lifecycle.move_title(title, TitleState.FAILED, str(error), error_message=str(error))
        else:
            self._conclude(job, title, done)

    def _doubts(self, job: DiscJob, title: DiscTitle) -> bool:
        """Ask, and hold a title back, where what it is is not sure enough to name a file after it."""
        decided = bool(title.matched_episode) or title.match_source == "user"
        number = title.title_index + 1
        tasks = self._parts.store.open_reviews(job.id)
        asked = any(task.kind is ReviewKind.IDENTITY and task.title_id is None for task in tasks)
        # What kind of disc it is, an episode that is known has answered; which show it is, it has not.
        if asked and not title.own_title and not (decided and self._only_type_is_asked(job)):
            self._hold(title, f"title {number} waits until it is known what is on the disc")
            return True
        question = self._question(job, title, decided=decided)
        if question is None:
            return False
        self._ask(job, title, *question)
        return True

    def _question(self, job: DiscJob, title: DiscTitle, *, decided: bool) -> tuple[ReviewKind, str] | None:
        """Give what is to be asked of a film before it is filed."""
        number, length = title.title_index + 1, f"{title.duration_seconds / 60:.0f} min"
        film = job.detected_title or job.volume_label
        if not decided and wants_name(self._parts, job, title):
            others = [t for t in cuts_with(title, self._titles(job)) if t.id != title.id]
            cuts = ", ".join(
                f"title {t.title_index + 1} with {t.duration_seconds / 60:.0f} min" for t in others
            )
            return ReviewKind.EDITION, (
                f"Which edition of {film} is title {number} ({length})? The disc has other cuts: {cuts}."
                f" Name its edition, or answer film for the film itself, extra or skip: engramctl answer ID"
                f" EDITION|film|extra|skip"
            )
        if title.own_title or (decided and title.role is not TitleRole.MAIN_FEATURE):
            return None
        if title.role is TitleRole.MAIN_FEATURE and self._is_one_of_several(job, title):
            return ReviewKind.IDENTITY, (
                f"Which film is title {number} ({length})? The disc holds several."
                f" Answer with: engramctl assign {job.id} {number} 'NAME (YEAR)'"
            )
        another = job.content_type is ContentType.MOVIE and title.role is TitleRole.UNKNOWN
        if decided or not another or title.edition or title.is_extra:
            return None
        return ReviewKind.EDITION, (
            f"Is title {number} ({length}) another version of {film}? Name its edition, or the film that it"
            f" is, or answer extra or skip: engramctl answer ID EDITION|'NAME (YEAR)'|extra|skip"
        )

    def _is_one_of_several(self, job: DiscJob, title: DiscTitle) -> bool:
        """Whether a film's disc holds others that are not told apart by names or editions."""
        if kind_of(job, title) is not ContentType.MOVIE or title.edition:
            return False
        features = [
            t
            for t in self._titles(job)
            if t.role is TitleRole.MAIN_FEATURE and not t.own_title and not t.edition
        ]
        return count_films(features) > 1

    def _titles(self, job: DiscJob) -> list[DiscTitle]:
        return self._parts.store.titles(job.id or 0)

    def _only_type_is_asked(self, job: DiscJob) -> bool:
        return job.content_type is ContentType.UNKNOWN and not self._parts.store.works(job.id or 0)

    def _conclude(self, job: DiscJob, title: DiscTitle, done: Filed | Conflict | Skipped) -> None:
        if isinstance(done, Filed):
            self._reviews.close(job.id or 0, title=title)
            log.info(f"filed {done.path.name}", job=job.id, title=title.title_index + 1, phase="organize")
            self._parts.hub.publish(Happened("filed", f"filed {done.path}", job_id=job.id))
        elif isinstance(done, Skipped):
            sentence = f"the library has {done.path.name} already (conflict_resolution_default is skip)"
            self._parts.lifecycle.move_title(title, TitleState.SKIPPED, sentence, match_reason=sentence)
        else:
            sentence = (
                f"the library has another {done.path.name} ({done.existing_bytes} bytes; this one has"
                f" {done.bytes}). Keep both, or skip this one? engramctl answer"
            )
            self._ask(job, title, ReviewKind.CONFLICT, sentence)

    def _wait(self, title: DiscTitle, waiting_for: WaitingFor, why: str) -> None:
        if (title.waiting_for, title.error_message) == (waiting_for, why):
            return
        log.warning("a title waits", job=title.job_id, title=title.title_index + 1, phase="organize", why=why)
        self._parts.lifecycle.update_title(
            title, waiting_for=waiting_for, waiting_since=utcnow(), error_message=why
        )

    def _ask(self, job: DiscJob, title: DiscTitle, kind: ReviewKind, why: str) -> None:
        self._hold(title, why)
        name = job.detected_title or job.volume_label
        summary = f"{name}, title {title.title_index + 1}: {kind.value}"
        self._reviews.ask(kind, job.id or 0, why, title=title, summary=summary)

    def _hold(self, title: DiscTitle, why: str) -> None:
        self._parts.lifecycle.move_title(
            title,
            TitleState.REVIEW,
            why,
            match_reason=why,
            waiting_for=WaitingFor.ANSWER,
            waiting_since=utcnow(),
        )


class _TitleJournal:
    """Keeps a title's filing in its row."""

    def __init__(self, parts: Parts, title: DiscTitle) -> None:
        self._parts = parts
        self._title = title

    def intended(self) -> Intent | None:
        if not self._title.filing_target:
            return None
        return Intent(Path(self._title.filing_target), self._title.filing_bytes)

    def intend(self, intent: Intent) -> None:
        self._parts.lifecycle.update_title(
            self._title, filing_target=str(intent.target), filing_bytes=intent.size
        )

    def recorded(self, target: Path) -> None:
        self._parts.lifecycle.move_title(
            self._title,
            TitleState.COMPLETED,
            f"filed as {target}",
            organized_to=str(target),
            error_message=None,
        )


def _filing_order(title: DiscTitle) -> tuple[bool, bool, str, int]:
    """Main features and episodes first, so that nothing else takes their names."""
    is_main = title.role is TitleRole.MAIN_FEATURE
    return title.is_extra, not is_main, title.matched_episode or "", title.title_index


def kind_of(job: DiscJob, title: DiscTitle) -> ContentType:
    """Say which library a title belongs to."""
    own = title.own_content_type
    if own is not None and own is not ContentType.UNKNOWN:
        return own
    if title.matched_episode:
        return ContentType.TV
    if job.content_type is ContentType.UNKNOWN and title.role is TitleRole.MAIN_FEATURE:
        return ContentType.MOVIE
    return job.content_type


def filing_item(job: DiscJob, title: DiscTitle, titles: Sequence[DiscTitle]) -> FilingItem:
    """Give what the name of a title's file is made of; `titles` are all of its job."""
    code = EpisodeCode.parse(title.matched_episode) if title.matched_episode else None
    is_film = kind_of(job, title) is ContentType.MOVIE
    season = title.own_season if title.own_season is not None else job.detected_season
    return FilingItem(
        kind="episode" if code else "extra" if title.is_extra or not is_film else "film",
        title=title.own_title or job.detected_title or "",
        year=title.own_year if title.own_title else job.year,
        season=code.season if code else season,
        episode_code=str(code) if code else None,
        episode_title=title.item_name if code else None,
        extra_name=title.item_name if title.is_extra else None,
        edition=edition_of(job, title, titles),
        tmdb_id=title.own_tmdb_id if title.own_title else job.tmdb_id,
        resolution=title.video_resolution or None,
        film=is_film,
        disc_number=job.disc_number,
        disc_label=job.volume_label,
        title_index=title.title_index + 1,
        extra_kind=title.extra_kind,
    )
