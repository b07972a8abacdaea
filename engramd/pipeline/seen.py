"""Discs that were seen before: what earlier jobs made of the same disc, and what of that is still there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from engramd.discs.model import Disc, Title
from engramd.models import (
    ClassificationSource,
    ContentType,
    DiscHint,
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    ReviewKind,
    TitleState,
)
from engramd.pipeline.hints import Said, is_from_hint, same_name
from engramd.store import Store

ENDED = (JobState.COMPLETED, JobState.FAILED)
HasFile = Callable[[Path], bool]
#: What was decided of a title, and is reused when it is ripped again.
DECISION = (
    "matched_episode",
    "episode_part",
    "match_confidence",
    "edition",
    "is_extra",
    "extra_kind",
    "item_name",
    "role",
    "own_content_type",
    "own_title",
    "own_year",
    "own_season",
    "own_tmdb_id",
)
#: What was found out of the work, and is reused with it.
WORK = ("tmdb_id", "tmdb_namespace", "original_title", "classification_confidence", "is_other")
IN_LIBRARY = "already in the library as"
NOT_FILED = "not filed before"
#: Seconds by which two scans of one title may differ.
SAME_LENGTH = 1.0


@dataclass(frozen=True)
class Mark:
    """What a title is known by across scans: source file, segment map and duration (seconds)."""

    source_file: str
    segment_map: str
    duration: float
    index: int

    @classmethod
    def of_title(cls, title: Title) -> Mark:
        """Give the mark of a title of a scan."""
        return cls(title.source_file, title.segment_map, title.duration, title.index)

    @classmethod
    def of_row(cls, row: DiscTitle) -> Mark:
        """Give the mark of a title of a job."""
        return cls(row.source_file, row.segment_map, row.duration_seconds, row.title_index)

    def is_like(self, other: Mark) -> bool:
        """Whether two marks are of one title of one disc."""
        same = (self.source_file, self.segment_map) == (other.source_file, other.segment_map)
        return same and abs(self.duration - other.duration) <= SAME_LENGTH


@dataclass(frozen=True)
class Earlier:
    """An earlier job of the same disc that has ended, with its titles."""

    job: DiscJob
    titles: tuple[DiscTitle, ...]

    def filed(self) -> list[DiscTitle]:
        """Give the titles that it filed, as a person would list them."""
        done = [t for t in self.titles if t.organized_to and t.state is TitleState.COMPLETED]
        return sorted(done, key=lambda t: (t.is_extra, t.matched_episode or "", t.title_index))

    def is_done(self) -> bool:
        """Whether nothing of the disc was left to do."""
        return self.job.outcome is Outcome.COMPLETE and bool(self.filed())

    def has_filed(self, title: DiscTitle) -> bool:
        """Whether one of its titles was filed."""
        return any(filed.id == title.id for filed in self.filed())

    def like(self, mark: Mark) -> DiscTitle | None:
        """Give the title that is this one, by what holds across scans."""
        alike = [t for t in self.titles if mark.is_like(Mark.of_row(t))]
        return min(alike, key=lambda t: abs(t.title_index - mark.index), default=None)


@dataclass(frozen=True)
class Settled:
    """What earlier jobs decided of a title: why it is not ripped, or fields of its row."""

    refusal: str = ""
    decision: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Before:
    """What is known of a disc from before; `ended` jobs come newest first.

    `continues` is an unfinished job that has titles to rip yet, `in_hand` says which other one has the disc.
    `has_file` tells whether a library has a file; one that is away has what it had.
    """

    ended: tuple[Earlier, ...] = ()
    continues: int | None = None
    in_hand: str = ""
    has_file: HasFile = os.path.lexists

    def duplicate(self, job: DiscJob) -> str:
        """Say why a disc needs no rip before its titles are looked at; empty if it does, or may."""
        if self.in_hand:
            return self.in_hand
        if job.wanted_titles or not any(e.is_done() for e in self.ended) or self._missing():
            return ""
        return self.all_filed()

    def nothing_left(self, titles: Sequence[DiscTitle]) -> str:
        """Say that all titles that are wanted are in the library; empty if not."""
        if any(title.state is TitleState.PENDING for title in titles):
            return ""
        return self.all_filed() if any(IN_LIBRARY in title.match_reason for title in titles) else ""

    def all_filed(self) -> str:
        """Say when and as what a disc was filed; empty if it was not."""
        found = next((e for e in self.ended if e.filed()), None)
        if found is None:
            return ""
        return (
            f"this disc is in the library already: filed on {day(found.job.completed_at)} as"
            f" {_names(found.filed())} (job {found.job.id}); rip it again with --again"
        )

    def said(self, job: DiscJob, hint: DiscHint | None) -> Said | None:
        """Give what was decided of the disc before, if that still counts.

        A person's word about this very disc does, unless something is said with this rip; what was filed
        keeps its name, unless the hint for this disc says something else.
        """
        from engramd.identify import Hint

        decided = self._decided(job, hint)
        if decided is None:
            return None
        former = decided.job
        told = former.classification_source is ClassificationSource.USER
        since = day(former.completed_at)
        reason = f"as you said on {since} (job {former.id})" if told else f"as in job {former.id} of {since}"
        known = Hint(
            content_type=None if former.content_type is ContentType.UNKNOWN else former.content_type,
            show=former.detected_title,
            year=former.year,
            season=former.detected_season,
            disc_number=former.disc_number,
            edition=former.edition,
        )
        values: dict[str, Any] = {name: getattr(former, name) for name in WORK}
        values["classification_source"] = former.classification_source
        return Said(known, values, reason, settled=True)

    def settled(self, title: Title, job: DiscJob, *, reuse: bool) -> Settled:
        """Say what earlier jobs decided of a title that is wanted now.

        What is in the library is refused. What is not, and was, is ripped again; its decisions, and those of
        a person about a title that was never filed, are `reuse`d where the identity of the disc is.
        """
        like = [(e, t) for e in self.ended if (t := e.like(Mark.of_title(title))) is not None]
        filed = [(e, t) for e, t in like if e.has_filed(t)]
        for earlier, former in filed:
            if self._is_there(former):
                return Settled(f"{IN_LIBRARY} {_name(former)} (job {earlier.job.id})")
        if filed:
            return Settled(decision=_decision(*filed[0]) if reuse else {})
        return Settled() if job.wanted_titles else self._never_filed(like, reuse=reuse)

    @staticmethod
    def _never_filed(like: Sequence[tuple[Earlier, DiscTitle]], *, reuse: bool) -> Settled:
        for earlier, former in like:
            by_person = former.match_source in ("user", "earlier")
            unwanted = earlier.is_done() or (by_person and not earlier.job.cancelled)
            if unwanted and former.state is TitleState.SKIPPED:
                why = former.match_reason.removeprefix("skipped: ")
                is_told = why.startswith(NOT_FILED)
                return Settled(why if is_told else f"{NOT_FILED} (job {earlier.job.id}): {why}")
            if by_person:
                return Settled(decision=_decision(earlier, former) if reuse else {})
        return Settled()

    def summary(self, titles: Sequence[DiscTitle]) -> str:
        """Say what of a disc with these titles was there before; empty if nothing was."""
        present = sum(IN_LIBRARY in title.match_reason for title in titles)
        wanted = [t for t in titles if t.state is TitleState.PENDING]
        again = [copies[0] for t in wanted if (copies := self._copies(t))]
        if again:
            what = "title is" if len(again) == 1 else "titles are"
            return (
                f"seen before: {len(again)} {what} no longer in the library and ripped again"
                f" ({_names(again)}); {present} still there"
            )
        if not present:
            return ""
        what = "title is" if present == 1 else "titles are"
        rest = "the rest is ripped" if wanted else "no other is wanted"
        return f"seen before: {present} {what} in the library; {rest}"

    def _missing(self) -> bool:
        """Whether a title that was filed has no file in the library now, from any of the jobs."""
        return any(not any(self._is_there(t) for t in self._copies(title)) for title in self._all_filed())

    def _is_there(self, title: DiscTitle) -> bool:
        return self.has_file(Path(str(title.organized_to)))

    def _all_filed(self) -> Iterator[DiscTitle]:
        return (title for earlier in self.ended for title in earlier.filed())

    def _copies(self, title: DiscTitle) -> list[DiscTitle]:
        found = [(e, e.like(Mark.of_row(title))) for e in self.ended]
        return [t for e, t in found if t is not None and e.has_filed(t)]

    def _decided(self, job: DiscJob, hint: DiscHint | None) -> Earlier | None:
        """Give the earlier job whose word counts for this one."""
        if job.classification_source is ClassificationSource.USER and not is_reused(job.identity_reason):
            return None
        for earlier in self.ended:
            told = earlier.job.classification_source is ClassificationSource.USER
            if earlier.job.outcome is Outcome.DUPLICATE or not (told or earlier.filed()):
                continue
            by_person = told and not is_from_hint(earlier.job.identity_reason)
            return earlier if by_person or hint is None or _agrees(hint, earlier.job) else None
        return None


def look(store: Store, job: DiscJob, disc: Disc, has_file: HasFile = os.path.lexists) -> Before:
    """Find the earlier jobs of a disc; none where that does not matter, or the disc has no hash."""
    if job.again or not disc.content_hash:
        return Before()
    same = [other for other in store.jobs_of_disc(disc.content_hash) if (other.id or 0) < (job.id or 0)]
    at_work = [other for other in same if other.state not in ENDED]
    for other in filter(store.is_own, at_work):
        if _has_more_to_read(store, other.id or 0):
            return Before(continues=other.id)
    ended = tuple(Earlier(o, tuple(store.titles(o.id or 0))) for o in same if o.state in ENDED)
    if not at_work:
        return Before(ended, has_file=has_file)
    first = at_work[0]
    where = "" if store.is_own(first) else f" of the station {first.station}"
    in_hand = f"job {first.id}{where} has this disc in hand already ({first.state})"
    return Before(ended, in_hand=in_hand, has_file=has_file)


def _has_more_to_read(store: Store, job_id: int) -> bool:
    """Whether a job has titles to rip yet, or some that a damaged disc did not give."""
    asked = {task.title_id for task in store.open_reviews(job_id) if task.kind is ReviewKind.DAMAGED}
    return any(
        t.state is TitleState.PENDING or (t.state is TitleState.REVIEW and t.id in asked)
        for t in store.titles(job_id)
    )


def is_reused(reason: str) -> bool:
    """Tell from the reason of a job's identity whether it is that of an earlier job of the same disc."""
    return reason.startswith(("as you said on ", "as in job "))


def day(time: datetime | None) -> str:
    """Give the day of a time, in the time zone of the machine."""
    return time.astimezone().date().isoformat() if time is not None else "an unknown day"


def _agrees(hint: DiscHint, job: DiscJob) -> bool:
    same_kind = hint.content_type in (None, job.content_type)
    same_season = hint.season in (None, job.detected_season)
    return same_kind and same_season and same_name(hint.title or "", job.detected_title or "")


def _decision(earlier: Earlier, title: DiscTitle) -> dict[str, Any]:
    decided = {name: getattr(title, name) for name in DECISION}
    reason = f"as in job {earlier.job.id}: {title.match_reason}"
    return decided | {"match_source": "earlier", "match_reason": reason}


def _name(title: DiscTitle) -> str:
    return Path(str(title.organized_to)).stem


def _names(titles: Sequence[DiscTitle]) -> str:
    """Name the first of some titles, and say how many more there are."""
    more = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
    return f"{_name(titles[0])}{more}"
