"""One job on a screen: what it is and why, its titles, its files and its questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from engramd.ctl import cells, text
from engramd.ctl.job_words import (
    KINDS,
    NO_DRIVES,
    Drives,
    drive_of,
    episode_of,
    job_detail,
    job_name,
    job_state,
    own_name,
    title_name,
    work_number,
)
from engramd.ctl.question_words import HOW_TO_ANSWER, question, question_table
from engramd.ctl.service import Properties
from engramd.ctl.tables import colored, facts, table

#: States of titles that need no reason where a job was followed to its end.
_DONE = ("completed", "skipped")


def job(
    found: Properties,
    titles: Sequence[Properties],
    open_questions: Sequence[Properties],
    drives: Drives = NO_DRIVES,
    now: datetime | None = None,
) -> str:
    """Show one job with its titles, its files and its questions."""
    parts = [
        f"Job {found['Id']}: {cells.safe(job_name(found))}",
        _what(found, drives, now or datetime.now().astimezone()),
        evidence(found),
        works(found),
        title_table(titles) if titles else "",
    ]
    if found.get("Files"):
        parts.append("Files:\n" + "\n".join(f"  {text.printable(path)}" for path in found["Files"]))
    if len(open_questions) > 1:
        parts.append(f"{question_table(open_questions)}\n{HOW_TO_ANSWER}")
    else:
        parts += [question(one) for one in open_questions]
    return "\n\n".join(part for part in parts if part)


def ended(found: Properties, titles: Sequence[Properties], questions: Sequence[Properties]) -> str:
    """Say how a job that somebody followed ended: its titles, its files and its questions."""
    said = f"Job {found['Id']}: {cells.safe(job_name(found))}"
    parts = [f"{said}: {colored(job_state(found))}", title_table(titles, reasons=False) if titles else ""]
    if found.get("Files"):
        parts.append("Files:\n" + "\n".join(f"  {text.printable(path)}" for path in found["Files"]))
    if questions:
        parts.append(f"{text.counted(len(questions), 'open question')}: engramctl review --job {found['Id']}")
    return "\n\n".join(part for part in parts if part)


def _what(found: Properties, drives: Drives, now: datetime) -> str:
    kind, sure = KINDS[found["ContentType"]], text.percent(found["ClassificationConfidence"])
    pairs = [
        ("state", job_state(found)),
        ("details", job_detail(found, now)),
        ("kind", kind and f"{kind} ({sure})"),
        ("why", found["IdentityReason"]),
        ("original", found["OriginalTitle"]),
        ("TMDB", work_number(found["TmdbNamespace"], found["TmdbId"])),
        ("disc", " ".join(part for part in (found["Media"], found["VolumeLabel"]) if part)),
        ("from", _came_from(found, drives)),
        ("hash", found["ContentHash"]),
        ("begun", text.when(found["CreatedAt"], now)),
        ("ended", text.when(found["CompletedAt"], now)),
        ("error", found["ErrorMessage"]),
    ]
    return facts(pairs)


def _came_from(found: Properties, drives: Drives) -> str:
    drive = drive_of(found, drives)
    own = own_name(drive) if drive else ""
    return f"{own} ({found['DriveId']})" if own else str(found["DriveId"])


def evidence(found: Properties) -> str:
    """Lay out what each source says of a job's disc; a job of the history has none."""
    rows = [
        (
            one["source"],
            KINDS.get(one["claim"]) or one["claim"],
            text.percent(one["confidence"]),
            "yes" if one["followed"] else "no",
            one["sentence"],
        )
        for one in found.get("Evidence", ())
    ]
    heads = ("source", "says", "sure>", "followed", "because")
    return table(heads, rows, optional=("followed",), below="because") if rows else ""


def works(found: Properties) -> str:
    """Lay out the series and films that a job's disc may be."""
    rows = [
        (
            one["name"],
            one["year"] or "",
            work_number(one["namespace"], one["tmdb_id"]) or one["namespace"],
            text.percent(one["confidence"]),
            one["reason"],
        )
        for one in found.get("Works", ())
    ]
    heads = ("may be", "year", "TMDB", "sure>", "because")
    return table(heads, rows, optional=("year",), below="because") if rows else ""


def title_table(titles: Iterable[Properties], *, reasons: bool = True) -> str:
    """Lay out the titles of a job, numbered from 1, as the commands take them.

    A reason that all of them share is told once, below. Without `reasons`, those of what is filed or left
    out are not told.
    """
    found = list(titles)
    whys = [_why(title) if reasons or title["State"] not in _DONE else "" for title in found]
    shared = whys[0] if len(found) > 1 and len(set(whys)) == 1 else ""
    rows = [
        (
            title["TitleIndex"] + 1,
            text.length(title["DurationSeconds"]),
            text.size(title["FileSizeBytes"]),
            title["VideoResolution"],
            title["State"],
            title["Role"],
            episode_of(title),
            text.percent(title["MatchConfidence"]) if title["MatchedEpisode"] else "",
            title_name(title),
            "" if shared else why,
        )
        for title, why in zip(found, whys, strict=True)
    ]
    heads = ("title>", "length>", "size>", "picture", "state", "role", "episode", "sure>", "name", "why")
    laid_out = table(heads, rows, optional=("picture", "size", "role", "sure", "length"), below="why")
    return f"{laid_out}\n{facts([('all', shared)])}" if shared else laid_out


def _why(title: Properties) -> str:
    return str(title["ErrorMessage"] or title["MatchReason"] or title["RoleReason"])
