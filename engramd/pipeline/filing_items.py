"""What the name of a title's file is made of, and the title's row as the memory of its filing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engramd import organize
from engramd.errors import FilingFailed
from engramd.models import ContentType, DiscJob, DiscTitle, TitleRole, TitleState
from engramd.organize import EpisodeCode, Intent, write_part
from engramd.pipeline.editions import edition_of
from engramd.pipeline.parts import Parts
from engramd.pipeline.patience import Pulse

if TYPE_CHECKING:
    from engramd.organize import FilingItem

#: Gives the episode by which a title's file is named: shows may be numbered otherwise than they were aired.
FileCode = Callable[[DiscJob, DiscTitle], EpisodeCode]
#: What people decide of a title, and its file is named after.
_NAMED_AFTER = ("matched_episode", "episode_part", "edition", "is_extra", "own_title", "own_year")


def kind_of(job: DiscJob, title: DiscTitle) -> ContentType:
    """Say which library a title belongs to; unknown where nobody knows, or a person said neither."""
    own = title.own_content_type
    if own is not None and own is not ContentType.UNKNOWN:
        return own
    if job.is_other:
        return ContentType.UNKNOWN
    if title.matched_episode:
        return ContentType.TV
    if job.content_type is ContentType.UNKNOWN and title.role is TitleRole.MAIN_FEATURE:
        return ContentType.MOVIE
    return job.content_type


def filing_item(
    job: DiscJob, title: DiscTitle, titles: Sequence[DiscTitle], *, number: EpisodeCode | None = None
) -> FilingItem:
    """Give what the name of a title's file is made of; `titles` are all of its job.

    `number` is the episode that its file is named as, where that is another than the one it is.
    """
    code = None
    if title.matched_episode and not _is_other(job, title):
        code = number or EpisodeCode.parse(title.matched_episode)
    is_film = kind_of(job, title) is ContentType.MOVIE
    season = title.own_season if title.own_season is not None else job.detected_season
    return organize.FilingItem(
        kind=_kind(job, title, code, is_film=is_film),
        title=title.own_title or job.detected_title or "",
        original_title=None if title.own_title else job.original_title,
        year=title.own_year if title.own_title else job.year,
        season=code.season if code else season,
        episode_code=str(code) if code else None,
        episode_title=title.item_name if code else None,
        episode_part=title.episode_part if code or is_film else None,
        extra_name=None if code else title.item_name if title.is_extra or job.is_other else None,
        edition=edition_of(job, title, titles),
        tmdb_id=title.own_tmdb_id if title.own_title else job.tmdb_id,
        resolution=title.video_resolution or None,
        media=job.media,
        film=is_film,
        disc_number=job.disc_number,
        disc_label=job.volume_label,
        disc_hash=job.content_hash or "",
        title_index=title.title_index + 1,
        is_main=_is_main(title, titles),
        extra_kind=title.extra_kind,
    )


def filing_order(title: DiscTitle) -> tuple[bool, bool, str, int]:
    """Sort main features and episodes first, so that nothing else takes their names."""
    is_main = title.role is TitleRole.MAIN_FEATURE
    code = write_part(title.matched_episode or "", title.episode_part)
    return title.is_extra, not is_main, code, title.title_index


class TitleJournal:
    """Keeps a title's filing in its row; records nothing that was given up meanwhile."""

    def __init__(self, parts: Parts, title: DiscTitle, pulse: Pulse, guard: Callable[[], None]) -> None:
        """`guard` raises where the library is not there any more; see `Libraries.still_there`."""
        self._parts, self._title = parts, title
        self._pulse, self._guard = pulse, guard

    def intended(self) -> Intent | None:
        """Give what was about to be filed."""
        if not self._title.filing_target:
            return None
        return Intent(Path(self._title.filing_target), self._title.filing_bytes)

    def intend(self, intent: Intent) -> None:
        """Note it in the row."""
        with self._pulse.recording():
            self._parts.lifecycle.update_title(
                self._title, filing_target=str(intent.target), filing_bytes=intent.size
            )

    def recorded(self, target: Path) -> None:
        """Complete the title, if the library is still there that it was filed in.

        Raises FilingFailed where it was decided meanwhile that it is something else.
        """
        self._guard()
        with self._pulse.recording():
            self._require_as_planned()
            self._parts.lifecycle.move_title(
                self._title,
                TitleState.COMPLETED,
                f"filed as {target}",
                organized_to=str(target),
                error_message=None,
                filing_choice=None,
            )

    def _require_as_planned(self) -> None:
        title = self._title
        now = self._parts.store.title(title.job_id, title.title_index)
        if now is not None and any(getattr(now, name) != getattr(title, name) for name in _NAMED_AFTER):
            raise FilingFailed("the title was decided anew while it was filed", remedy="it is filed again")


def _is_other(job: DiscJob, title: DiscTitle) -> bool:
    return job.is_other and not title.own_title


def _kind(job: DiscJob, title: DiscTitle, code: EpisodeCode | None, *, is_film: bool) -> str:
    if _is_other(job, title):
        return "other"
    if code is not None:
        return "episode"
    return "extra" if title.is_extra or not is_film else "film"


def _is_main(title: DiscTitle, titles: Sequence[DiscTitle]) -> bool:
    """Whether a title is the one that a disc is about: its only main feature, or its longest title."""
    features = [one for one in titles if one.role is TitleRole.MAIN_FEATURE]
    longest = max(features or titles, key=lambda one: (one.duration_seconds, -one.title_index), default=None)
    return longest is not None and longest.title_index == title.title_index
