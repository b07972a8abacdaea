"""What was, in pages: the methods History and Events, and what they take and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from engramd.bus import names, views
from engramd.bus.call import Call
from engramd.bus.options import typed_options
from engramd.bus.pages import PAGE_BYTES
from engramd.bus.properties import pack_values
from engramd.bus.sentences import headline_of, name_of
from engramd.bus.variants import Uint32, Uint64, clean, microseconds, pack
from engramd.errors import InvalidArgument, NotFound
from engramd.models import ContentType, DiscJob, JobEvent, JobState, Outcome
from engramd.store import Store
from engramd.store.history import PastEvent, WantedEvents, WantedJobs

LARGEST_PAGE = 500
#: Kinds of events that one call names: each is a query of its own.
MOST_KINDS = 32
#: Numbers that a database has are smaller than this.
_NUMBERS = 1 << 31
_LARGEST_SEASON = 9999
#: What both methods give; it is packed where the rows are read, not on the main loop.
_ROWS = "aa{sv}"
_JOB_KINDS: dict[str, Any] = {
    field.name: int if field.name in ("limit", "before_id", "before", "since", "season") else str
    for field in fields(WantedJobs)
}
_EVENT_KINDS = {"since": int, "before_id": int, "limit": int, "kind": str}
_CHOICES: dict[str, type[StrEnum]] = {"state": JobState, "outcome": Outcome, "content_type": ContentType}


def history_methods(
    store: Store, identity_of: Callable[[str], str]
) -> dict[tuple[str, str], Callable[[Any], Any]]:
    """Give the methods, as (interface, method). `identity_of` finds the drive that a person names."""

    def history(call: Call) -> Any:
        return job_page(store, wanted_jobs(call.arguments[0], identity_of))

    def events(call: Call) -> Any:
        given = typed_options(call.arguments[0], {**_EVENT_KINDS, "job": int})
        if (job_id := given.pop("job", None)) is not None and not (
            job_id < _NUMBERS and store.job(job_id) is not None
        ):
            raise NotFound("there is no such job", where=f"job {job_id}", remedy="see engramctl history")
        return event_page(store, _wanted_events(given, job_id))

    def events_of_job(call: Call) -> Any:
        return event_page(store, _wanted_events(typed_options(call.arguments[0], _EVENT_KINDS), call.key))

    return {
        (names.MANAGER, "History"): history,
        (names.MANAGER, "Events"): events,
        (names.JOB, "Events"): events_of_job,
    }


def wanted_jobs(given: Mapping[str, Any], identity_of: Callable[[str], str]) -> WantedJobs:
    """Read the filters of History. Raises InvalidArgument."""
    options = typed_options(given, _JOB_KINDS)
    for name, choices in _CHOICES.items():
        if (said := options.get(name)) and said not in list(choices):
            raise InvalidArgument(f"there is no such {name}", where=said, remedy=", ".join(choices))
    if not 0 <= options.get("season", 0) <= _LARGEST_SEASON:
        raise InvalidArgument("there is no such season", where=options["season"], remedy="0 are specials")
    if named := options.get("drive"):
        try:
            options["drive"] = identity_of(named)
        except NotFound:  # its drive is not there now: the job knows it by its identity, or its image
            options["drive"] = named
    return WantedJobs(**options | _page(options, WantedJobs.limit))


def job_page(store: Store, wanted: WantedJobs) -> Any:
    """Give jobs with their properties, packed, as long as the page is not too large."""
    jobs = store.past_jobs(wanted)
    titles, questions = store.counts_of([job.id or 0 for job in jobs])
    rows: list[Any] = []
    size = 0
    for job in jobs:
        job_id = job.id or 0
        words = headline_of(job, titles[job_id], questions[job_id])
        row = pack_values(names.JOB, {**views.job_row(job), "Headline": words})
        size += row.get_size()
        if rows and size > PAGE_BYTES:
            break
        rows.append(row)
    return pack(_ROWS, rows)


def event_page(store: Store, wanted: WantedEvents) -> Any:
    """Give what happened, packed."""
    return pack(_ROWS, [clean(event_values(past)) for past in store.past_events(wanted)])


def event_values(past: PastEvent) -> dict[str, Any]:
    """Give one thing that happened, as Events gives it."""
    event = past.event
    return {
        **event_details(event, past.job),
        "time": microseconds(event.at),
        "kind": event.kind,
        "sentence": event.sentence,
    }


def event_details(event: JobEvent, job: DiscJob) -> dict[str, Any]:
    """Give what is told of an event besides when it was, its kind and its sentence."""
    return {
        "id": Uint64(event.id or 0),
        "job": Uint64(event.job_id),
        "title": Uint32(0 if event.title_index is None else event.title_index + 1),
        "name": name_of(job),
        "actor": event.actor,
        "old": event.old,
        "new": event.new,
    }


def time_of(name: str, since_epoch: int) -> datetime | None:
    """Give a time of the bus; None for 0. Raises InvalidArgument."""
    try:
        return datetime.fromtimestamp(since_epoch / 1_000_000, UTC) if since_epoch else None
    except (OverflowError, ValueError, OSError) as error:
        raise InvalidArgument("this is no time", where=f"{name} {since_epoch}", why=error) from None


def _wanted_events(options: dict[str, Any], job_id: int | None) -> WantedEvents:
    kinds = tuple(dict.fromkeys(filter(None, options.pop("kind", "").split(","))))
    if len(kinds) > MOST_KINDS:
        raise InvalidArgument(f"kind names {len(kinds)} kinds", remedy=f"name {MOST_KINDS} at most")
    return WantedEvents(job_id=job_id, kinds=kinds, **options | _page(options, WantedEvents.limit))


def _page(options: Mapping[str, Any], usual: int) -> dict[str, Any]:
    """Give what says where a page is and how long, and when what is on it was."""
    page: dict[str, Any] = {"limit": min(max(options.get("limit", usual), 1), LARGEST_PAGE)}
    if before_id := options.get("before_id"):
        page["before_id"] = min(max(before_id, 0), _NUMBERS)
    else:
        page["before_id"] = None
    times = {name: time_of(name, options[name]) for name in ("before", "since") if name in options}
    return page | times
