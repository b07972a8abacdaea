"""The rows of a disc's titles: which are wanted, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engramd.discs.model import Title
from engramd.models import ContentType, DiscJob, DiscTitle, EditionsPolicy, TitleRole, TitleState
from engramd.pipeline.options import parse_titles
from engramd.pipeline.ripped import FROM_DISCDB
from engramd.pipeline.seen import Settled

if TYPE_CHECKING:
    from engramd.identify import RoleVerdict
    from engramd.sources.discdb_model import Mapping as TitleMapping

#: How the reason of a title that a rule skips begins.
RULED_OUT = "skipped: "
#: A title that is of its disc's work, and none of its own.
NOT_ITS_OWN: Mapping[str, Any] = dict.fromkeys(
    ("own_content_type", "own_title", "own_year", "own_season", "own_tmdb_id")
)


@dataclass(frozen=True)
class Wishes:
    """Which titles are wanted: what a person said, else what type and policy say."""

    numbers: frozenset[int]
    main_only: bool
    keep_extras: bool
    least_seconds: float
    editions: EditionsPolicy = EditionsPolicy.ALL

    @classmethod
    def of(
        cls,
        job: DiscJob,
        kind: ContentType,
        policy: str,
        least_seconds: float,
        editions: EditionsPolicy = EditionsPolicy.ALL,
    ) -> Wishes:
        """Join a job's options with the settings."""
        keep = (job.extras_policy or policy) != "skip" and not job.main_only
        if job.is_other:  # what a home video looks like says nothing of what it is worth
            keep, least_seconds = True, 0.0
        return cls(parse_titles(job.wanted_titles), job.main_only, keep, least_seconds, editions)

    def refusal(self, title: Title, role: RoleVerdict) -> str:
        """Say why a title is not wanted; empty if it is."""
        if self.numbers:
            return "" if title.index in self.numbers else "not among the titles that were asked for"
        if role.role in (TitleRole.PLAY_ALL, TitleRole.DUPLICATE):
            return role.reason
        if self.editions is EditionsPolicy.LONGEST and role.cuts and role.title_index != role.cuts[0]:
            return f"title {role.cuts[0] + 1} is a longer cut of the film (editions_policy)"
        if role.role is TitleRole.EXTRA and title.duration < self.least_seconds:
            return f"shorter than {self.least_seconds:.0f} s (extras_min_seconds)"
        if role.role is TitleRole.EXTRA and not self.keep_extras:
            return "extras are not kept (extras_policy)"
        return ""


def title_row(
    job_id: int,
    title: Title,
    role: RoleVerdict,
    wishes: Wishes,
    settled: Settled | None = None,
    mapping: TitleMapping | None = None,
) -> DiscTitle:
    """Give the row of a title: wanted ones are pending, others skipped with the reason."""
    settled = settled or Settled()
    unwanted = wishes.refusal(title, role)
    refusal = (unwanted if wishes.numbers else "") or settled.refusal or unwanted
    values = {
        "job_id": job_id,
        "title_index": title.index,
        "duration_seconds": title.duration,
        "file_size_bytes": title.size,
        "state": TitleState.SKIPPED if refusal else TitleState.PENDING,
        "video_resolution": title.resolution,
        "source_file": title.source_file,
        "segment_map": title.segment_map,
        "chapter_count": len(title.chapters),
        "comment": title.comment,
        **role_values(role),
        **mapped_values(mapping),
    }
    if refusal:
        settles = {"match_source": "earlier"} if refusal == settled.refusal else {}
        return DiscTitle(**values | settles | {"match_reason": f"{RULED_OUT}{refusal}"})
    return DiscTitle(**values | dict(settled.decision))


def role_values(role: RoleVerdict) -> dict[str, Any]:
    """Give the fields that say what a title is on its disc."""
    return {
        "role": role.role,
        "role_reason": role.reason,
        "place": role.place,
        "is_extra": role.role is TitleRole.EXTRA,
    }


def mapped_values(mapping: TitleMapping | None) -> dict[str, Any]:
    """Give the fields that TheDiscDB's record of a title fills."""
    if mapping is None or mapping.role is TitleRole.DUPLICATE:
        return {}
    values: dict[str, Any] = {
        "match_source": FROM_DISCDB,
        "match_reason": mapping.reason,
        "match_confidence": mapping.confidence,
        "item_name": mapping.name or None,
        "extra_kind": mapping.extra_kind,
        "edition": mapping.edition,
    }
    if mapping.role is TitleRole.EPISODE:
        values["matched_episode"] = mapping.episode
    if mapping.season is not None:
        values["own_season"] = mapping.season
    if mapping.work is not None:
        values |= {
            "own_content_type": ContentType(mapping.work.namespace),
            "own_title": mapping.work.name,
            "own_year": mapping.work.year,
            "own_tmdb_id": mapping.work.tmdb_id,
        }
    return values
