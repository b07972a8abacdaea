"""A normal day of a daemon with two drives, as the bus tells it, for the screens of people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from engramd.bus import names, views
from engramd.bus.variants import microseconds
from engramd.conditions import Condition
from engramd.ctl.first_steps import Step
from engramd.ctl.service import Snapshot
from engramd.ctl.status_facts import Facts
from engramd.ctl.status_needs import Needed
from engramd.models import ReviewKind
from tests.ctl.samples import drive, job, review, title

NOW = datetime(2026, 1, 2, 18, 42, tzinfo=UTC)
GB = 1_000_000_000
#: What a disc may have written into its label, or a database into its names.
HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mHarbor",
    "\u202egnikconk\u2066 Station\u200f",
    "שָׁלוֹם עולם, season 1, disc 1",
    "駅の港 第一期　そして海へ、ふたたび遠い灯台のある町で",
    "Z" + "\N{COMBINING ACUTE ACCENT}" * 60 + "algo\r\n\tline\x00",
    "👩‍👩‍👧‍👦🏴‍☠️ family",
    "x" * 300,
)


def ripping(name: str = "Harbor Station") -> dict[str, Any]:
    """Give job 7, which rips, done in twelve minutes."""
    return job(id=7, state="ripping", detected_title=name, disc_number=3, created_at=NOW) | {
        "Progress": 0.62,
        "Rate": 12_300_000,
        "ExpectedEnd": microseconds(NOW + timedelta(minutes=12)),
    }


def snapshot(name: str = "Harbor Station") -> Snapshot:
    """Give two drives, a rip, a job that matches, one that waits, one that asks, and what they ask."""
    jobs = [
        ripping(name),
        job(id=6, state="matching", detected_title="Heat", content_type="movie", year=1995,
            detected_season=None, disc_number=None)
        | {"Headline": "Heat (1995): matching, 1 of 2 titles done"},
        job(id=5, state="matching", detected_title=name, disc_number=2, waiting_for="library",
            waiting_since=NOW - timedelta(hours=4)),
        job(id=4, state="review_needed", detected_title=name),
    ]  # fmt: skip
    drives = [
        drive(state="busy", job_id=7, media="dvd", volume_label=name),
        drive(id="RIGHT", name="MOCK DVD", device="/dev/sr1"),
    ]
    asked = [
        review(
            created_at=NOW - timedelta(days=1, minutes=22), question=f"Which episode is title 2 of {name}?"
        ),
        review(id=3, created_at=NOW, kind=ReviewKind.EDITION, question="Which edition?"),
    ]
    titles = [
        title(0, id=1, job_id=7, state="matched"),
        title(1, id=2, job_id=7, state="ripping"),
        title(2, id=3, job_id=7, state="pending"),
        title(3, id=4, job_id=7, state="skipped"),
    ]
    found: dict[str, Any] = {names.job_path(one["Id"]): {names.JOB: one} for one in jobs}
    found |= {names.drive_path(f"D{number}"): {names.DRIVE: one} for number, one in enumerate(drives)}
    found |= {names.review_path(one["Id"]): {names.REVIEW: one} for one in asked}
    found |= {names.title_path(7, one["TitleIndex"]): {names.TITLE: one} for one in titles}
    return Snapshot.of(found)


CONDITIONS = (
    Condition("library_tv_path", "the library of series is not there (/srv/media/tv)",
              "sudo mount /srv/media", "error", since=NOW),
    Condition("references", "no folder of reference subtitles is set: every episode becomes a question",
              "engramctl config set references_path FOLDER", since=NOW),
)  # fmt: skip


def facts(name: str = "Harbor Station", **changed: Any) -> Facts:
    """Give what a status tells of that day."""
    free = {"/srv/media/staging": 212 * GB, "/srv/media/tv": 212 * GB, "/srv/media/films": 212 * GB}
    manager = views.manager_values(views.World([], [], CONDITIONS, free)) | {
        "Summary": "2 jobs work, 2 jobs wait, 2 questions are open, 2 conditions need a look",
        "ActiveJobs": 2,
    }
    given: dict[str, Any] = {
        "manager": manager,
        "snapshot": snapshot(name),
        "values": {"min_free_bytes": 10 * GB},
        "now": NOW,
        "today": [
            {"job": 3, "name": f"{name}, season 1, disc 1", "filed": [f"{n}.mkv" for n in range(6)]},
            {"job": 2, "name": "Heat (1995)", "filed": ["Heat (1995).mkv"]},
            {"job": 1, "name": "nothing of it was filed", "filed": []},
        ],
        "needed": [
            Needed(f"{name}, season 1: disc 2 (S01E07-E09 missing)", {}),
            Needed("next 3 discs in any drive: Firefly, season 1, from disc 2, until 03:40", {}),
        ],
    }
    return Facts(**{**given, **changed})


STEPS = (
    Step("say where series and films are filed, such as",
         "engramctl config set library_tv_path /srv/media/tv; "
         "engramctl config set library_movies_path /srv/media/films"),
    Step("insert a disc; it is ripped by itself. An image or a folder is ripped by", "engramctl rip PATH"),
)  # fmt: skip
