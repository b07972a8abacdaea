"""What TheDiscDB's record says of a job's titles, and how often the discs' own subtitles agreed with such."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from engramd.errors import EngramError
from engramd.lifecycle import Lifecycle
from engramd.models import DiscJob, DiscTitle, TitleRole
from engramd.pipeline.contradictions import Recorded
from engramd.pipeline.findings import Finding
from engramd.store import Store

log = structlog.get_logger(__name__)

#: The kind of the events that count how often a record and the subtitles agreed.
AGREEMENT = "discdb-agreement"


def recorded_episodes(job: DiscJob, titles: Sequence[DiscTitle]) -> list[Recorded]:
    """Give the episodes that the record of a job's disc names, in the order of the disc's titles."""
    named = _named(job)
    return [
        Recorded(title.title_index, named[title.title_index], title.duration_seconds)
        for title in in_order(titles)
        if title.title_index in named
    ]


def is_whole(recorded: Sequence[Recorded], titles: Sequence[DiscTitle]) -> bool:
    """Whether a record was confirmed for every episode title of its disc: then it needs no references."""
    named = {one.title_index for one in recorded}
    episodes = [title for title in titles if title.role is TitleRole.EPISODE and not _is_piece(title)]
    return bool(recorded) and all(title.title_index in named for title in episodes)


def in_order(titles: Sequence[DiscTitle]) -> list[DiscTitle]:
    """Give titles in the order of their disc: by place where all have one, else as they were scanned."""
    if any(title.place is None for title in titles):
        return sorted(titles, key=lambda title: title.title_index)
    return sorted(titles, key=lambda title: (title.place or 0, title.title_index))


def note_agreement(
    store: Store, lifecycle: Lifecycle, title: DiscTitle, recorded: str | None, said: str | None
) -> None:
    """Keep whether the record and the subtitles agree of a title, where both say an episode."""
    if not recorded or not said:
        return
    sentence = f"title {title.title_index + 1}: TheDiscDB says {recorded}, the subtitles say {said}"
    known = {event.sentence for event in store.events(title.job_id) if event.kind == AGREEMENT}
    if sentence not in known:
        lifecycle.note(title.job_id, AGREEMENT, sentence, old=recorded, new=said)


def agreement(store: Store) -> tuple[int, int]:
    """Give of how many titles record and subtitles agreed, and of how many both said an episode."""
    latest = {
        (event.job_id, event.sentence.partition(":")[0]): event.old == event.new
        for event in store.events_of_kind(AGREEMENT)
    }
    return sum(latest.values()), len(latest)


def agreement_found(store: Store) -> list[Finding]:
    """Say how often record and subtitles agreed, where both named an episode."""
    agreed, both = agreement(store)
    text = f"TheDiscDB and the subtitles agreed on {agreed} of {both} titles whose episode both named"
    return [Finding(AGREEMENT, text)] if both else []


def _named(job: DiscJob) -> dict[int, str]:
    if not job.discdb_mappings_json:
        return {}
    from engramd.sources.discdb import found_from_json

    try:
        found = found_from_json(job.discdb_mappings_json)
    except EngramError as error:
        log.warning("mappings could not be read", job=job.id, why=str(error))
        return {}
    return {
        one.title_index: one.episode
        for one in found.mappings
        if one.role is TitleRole.EPISODE and one.episode
    }


def _is_piece(title: DiscTitle) -> bool:
    return "@" in title.segment_map
