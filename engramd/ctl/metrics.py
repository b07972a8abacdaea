"""The command metrics: numbers for Prometheus, by way of node_exporter's textfile collector."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from engramd import __version__
from engramd.ctl.exposition import Family, Sample, one, render, write
from engramd.ctl.service import Properties, Service, Snapshot
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.errors import EngramError

#: The words of the models, whose module loads a database's library; the tests compare them.
UNFINISHED = ("idle", "identifying", "review_needed", "ripping", "matching", "organizing")
OUTCOMES = ("complete", "partial", "duplicate", "cancelled", "nothing_to_do")
REASONS = ("library", "space", "key", "tool", "disc", "references", "slot", "answer")
DRIVE_STATES = ("empty", "open", "loading", "ready", "busy", "unreadable", "stuck")
SEVERITIES = ("warning", "error")
#: What stands for the drive of a rip that has none: an image or a folder.
NO_DRIVE = "image"


@click.command()
@click.option(
    "--output",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, all at once, for the textfile collector of node_exporter.",
)
@shared_options
@pass_session
def metrics(session: Session, /, file: Path | None) -> None:
    """Give numbers for Prometheus: jobs, drives, rips and more.

    Without a daemon only engramd_up is there, and is 0; the exit code is 3.
    """
    begun = time.monotonic()
    failure: EngramError | None = None
    try:
        found = [one("up", "gauge", _UP, 1), *collected(session.service(), time.time())]
    except EngramError as error:
        failure, found = error, [one("up", "gauge", _UP, 0)]
    found += scrape(time.time(), time.monotonic() - begun)
    if file is not None:
        write(file, render(found))
    elif session.json:
        session.give(_flat(found), str)
    else:
        click.echo(render(found), nl=False)
    if failure is not None:
        raise failure


_UP = "Whether the daemon answers."


def collected(service: Service, now: float) -> list[Family]:
    """Ask the daemon, and give all metrics that come from it; `now` is in seconds since the epoch."""
    return families(service.overview(), service.look(), service.manager("Statistics", "a{sv}", {}), now)


def families(manager: Properties, snapshot: Snapshot, totals: Properties, now: float) -> list[Family]:
    """Give the metrics. Pure."""
    jobs = list(snapshot.jobs.values())
    return [
        Family("build_info", "gauge", "Versions of daemon and bus interface.", [(_versions(manager), 1)]),
        *_job_families(jobs, totals),
        *_rip_families(jobs, totals),
        Family("drives", "gauge", "Optical drives by what they do.", _drives(snapshot)),
        *_review_families(snapshot, now),
        Family("conditions", "gauge", "What the daemon or a drive lacks, by severity.", _conditions(manager)),
        Family(
            "free_space_bytes",
            "gauge",
            "Free space of the folders that the daemon writes to.",
            [({"folder": folder}, free) for folder, free in sorted(manager["FreeSpace"].items())],
        ),
    ]


def scrape(now: float, seconds: float) -> list[Family]:
    """Give when this was asked, and how long it took."""
    return [
        one(
            "scrape_timestamp_seconds", "gauge", "When the daemon was asked, since the epoch.", round(now, 3)
        ),
        one("scrape_duration_seconds", "gauge", "How long the daemon took to answer.", round(seconds, 4)),
    ]


def _versions(manager: Properties) -> dict[str, str]:
    return {
        "version": manager["Version"],
        "interface_version": str(manager["InterfaceVersion"]),
        "client_version": __version__,
    }


def _job_families(jobs: Iterable[Properties], totals: Properties) -> list[Family]:
    known = {(state, ""): 0 for state in UNFINISHED} | {("completed", outcome): 0 for outcome in OUTCOMES}
    counted: dict[tuple[str, str], int] = {**known, ("failed", "failed"): 0}
    counted |= {(row["state"], row["outcome"]): row["count"] for row in totals["jobs"]}
    waiting = [job["WaitingFor"] for job in jobs if job["WaitingFor"] and job["State"] in UNFINISHED]
    return [
        Family(
            "jobs",
            "gauge",
            "All jobs of the history, by what they are now.",
            [({"state": state, "outcome": outcome}, n) for (state, outcome), n in sorted(counted.items())],
        ),
        one("jobs_started_total", "counter", "Jobs that ever began.", totals["started"]),
        Family(
            "jobs_ended_total",
            "counter",
            "How often a job was completed or failed; one that is tried again ends again.",
            [({"state": state}, count) for state, count in sorted(totals["ended"].items())],
        ),
        Family("jobs_waiting", "gauge", "Jobs that wait, by what for.", _counts("reason", REASONS, waiting)),
    ]


def _rip_families(jobs: Iterable[Properties], totals: Properties) -> list[Family]:
    rates: Counter[str] = Counter()
    for job in jobs:
        if job["State"] == "ripping":
            rates[job["DriveId"] if job["DriveId"].startswith("/dev/") else NO_DRIVE] += job["Rate"]
    return [
        one("titles_ripped_total", "counter", "How often a title was ripped.", totals["ripped_titles"]),
        one("ripped_bytes", "gauge", "Size of all titles that were ripped.", totals["ripped_bytes"]),
        Family(
            "rip_rate_bytes_per_second",
            "gauge",
            "Speed of the rips that run.",
            [({"drive": drive}, rate) for drive, rate in sorted(rates.items())],
        ),
    ]


def _drives(snapshot: Snapshot) -> list[Sample]:
    real = (drive for path, drive in snapshot.drives.items() if "/virtual_" not in path)
    return _counts("state", DRIVE_STATES, (drive["State"] for drive in real))


def _review_families(snapshot: Snapshot, now: float) -> list[Family]:
    asked = [review["Created"] / 1_000_000 for review in snapshot.reviews.values()]
    age = max(0.0, now - min(asked)) if asked else 0.0
    return [
        one("reviews_open", "gauge", "Questions that are open.", len(asked)),
        one("review_oldest_age_seconds", "gauge", "Age of the oldest open question; 0: none.", round(age)),
    ]


def _conditions(manager: Properties) -> list[Sample]:
    return _counts("severity", SEVERITIES, (found["severity"] for found in manager["Conditions"]))


def _counts(label: str, known: Iterable[str], found: Iterable[str]) -> list[Sample]:
    """Count words; those that are known are there even if there are none of them."""
    counted = Counter(found)
    words = dict.fromkeys((*known, *sorted(counted)))
    return [({label: word}, counted[word]) for word in words]


def _flat(found: Iterable[Family]) -> list[Mapping[str, object]]:
    return [
        {"name": f"engramd_{family.name}", "labels": dict(labels), "value": value}
        for family in found
        for labels, value in family.samples
    ]


COMMANDS = (metrics,)
