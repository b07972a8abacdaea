"""Which discs are still needed: of seasons that are not whole, for answers, and as people said. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engramd.ctl.job_words import job_name
from engramd.ctl.question_words import job_of
from engramd.ctl.season_table import Row, discs_words, needed_discs, ranges
from engramd.ctl.service import ENDED, Properties, Snapshot

#: Seasons that are looked at, the latest ones.
MOST_SEASONS = 5
_SPOILT = ("cancelled", "failed")


@dataclass(frozen=True)
class Season:
    """A season of which discs were here: what the daemon knows it by, its name, and its discs."""

    show: str
    name: str
    number: int
    discs: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Needed:
    """A disc that is needed, or several: in words, and for programs."""

    text: str
    fields: Mapping[str, Any]


def seasons(history: Iterable[Properties]) -> list[Season]:
    """Give the seasons that discs were of, the latest ones first; `history` is newest first."""
    found: dict[tuple[str, int], Season] = {}
    for job in history:
        is_season = job["ContentType"] == "tv" and job["DetectedTitle"] and job["DetectedSeason"] > 0
        if not is_season or job["Outcome"] in _SPOILT:
            continue
        name = job["DetectedTitle"] + (f" ({job['Year']})" if job["Year"] else "")
        key = (name, job["DetectedSeason"])
        show = str(job["TmdbId"]) if job["TmdbId"] and job["TmdbNamespace"] == "tv" else name
        season = found.setdefault(key, Season(show, name, job["DetectedSeason"]))
        if job["DiscNumber"] > 0:
            season.discs.add(job["DiscNumber"])
    return list(found.values())[:MOST_SEASONS]


def of_season(season: Season, rows: Sequence[Row]) -> Needed | None:
    """Say which discs of a season are needed, from its episodes; None where nothing is known to be missing.

    A disc whose episodes nobody knows yet counts as here.
    """
    episodes = [row for row in rows if row["standing"] != "note"]
    missing = [row for row in episodes if row["standing"] == "missing"]
    between, after = needed_discs(episodes) if len(missing) < len(episodes) else ([], [])
    between = sorted({*between, *_gaps(season.discs)} - season.discs)
    after = [number for number in after if number not in season.discs]
    undecided = any(row["standing"] == "note" for row in rows)
    if not between and not after and (not missing or undecided or len(missing) == len(episodes)):
        return None
    return _needed(season, between, after, ranges(missing) if len(missing) < len(episodes) else "")


def _gaps(numbers: set[int]) -> set[int]:
    return set(range(1, max(numbers, default=0))) - numbers


def _needed(season: Season, between: list[int], after: list[int], missing: str) -> Needed:
    discs = [discs_words(between)] if between else []
    discs += [f"probably {discs_words(after)}"] if after else []
    told = " and ".join(discs)
    why = f"{missing} missing" if missing else ""
    said = f"{told} ({why})" if told and why else told or why
    fields = {"show": season.name, "season": season.number, "discs": between, "probably": after}
    return Needed(f"{season.name}, season {season.number}: {said}", fields | {"missing": missing or None})


def again(snapshot: Snapshot) -> list[Needed]:
    """Give the discs that have to come again: their jobs wait for them, or an answer needs them."""
    found = []
    asked = {
        int(job_of(review)): review for review in reversed(snapshot.reviews.values()) if review["NeedsDisc"]
    }
    for job in snapshot.jobs.values():
        fields = {"job": job["Id"], "name": job_name(job)}
        if job["WaitingFor"] == "disc" and job["State"] not in ENDED:
            found.append(Needed(f"{job_name(job)}, again: job {job['Id']} goes on with it", fields))
        elif review := asked.get(job["Id"]):
            said = f"{job_name(job)}, again: the answer to question {review['Id']} needs it"
            found.append(Needed(said, fields | {"question": review["Id"]}))
    return found


def said(hints: Iterable[Properties]) -> list[Needed]:
    """Give what people said the next discs are."""
    return [
        Needed(str(one["text"]), {"hint": one["id"], "title": one["title"] or None, "text": one["text"]})
        for one in hints
    ]
