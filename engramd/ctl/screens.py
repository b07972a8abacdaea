"""What the commands show about drives, jobs, titles and questions: bus properties in, text out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from engramd.bus import names
from engramd.ctl import text
from engramd.ctl.service import Properties, Snapshot
from engramd.ctl.tables import colored, facts, table
from engramd.drives.ids import object_id

#: Drives by the paths of their objects.
Drives = Mapping[str, Properties]
NO_DRIVES: Drives = MappingProxyType({})

_EPISODE = re.compile(r"S\d+E\d+.*", re.ASCII)
_KINDS = {"tv": "series", "movie": "film", "unknown": ""}
#: What a question says of itself besides what it asks.
_SAID = (("Why", "Why"), ("Unanswered", "Unanswered"), ("Other answers", "OtherAnswers"))
_HOW_TO_ANSWER = "Answer with `engramctl review`, or `engramctl assign JOB TITLE S01E02`."
_ENDS = {
    "duplicate": "its files are in the library already; `rip --again` rips it anyway",
    "nothing_to_do": "no title of it is wanted",
}


def job_name(job: Properties) -> str:
    """Give what people would call a job: `Harbor Station, season 1, disc 1`, else its label or source."""
    name = job["DetectedTitle"]
    if not name:
        return str(job["VolumeLabel"] or job["DriveId"])
    parts = [f"{name} ({job['Year']})" if job["Year"] else name]
    if job["DetectedSeason"] >= 0:
        parts.append(f"season {job['DetectedSeason']}" if job["DetectedSeason"] else "specials")
    if job["DiscNumber"] >= 0:
        parts.append(f"disc {job['DiscNumber']}")
    return ", ".join(parts)


def job_state(job: Properties) -> str:
    """Give a job's state, or how it ended."""
    over = job["State"] in ("completed", "failed")
    return str((over and job["Outcome"]) or job["State"])


def job_detail(job: Properties) -> str:
    """Give the one thing to say beside a job's state: its progress, what it waits for, or what went wrong."""
    if job["State"] == "ripping" and job["Progress"] >= 0:
        return rip_detail(job)
    if job["WaitingFor"]:
        until = text.local(job["WaitingUntil"])
        return f"waits for {job['WaitingFor']}" + (f" until {until}" if until else "")
    return str(job["ErrorMessage"] or _ENDS.get(job["Outcome"], ""))


def rip_detail(job: Properties, now: datetime | None = None) -> str:
    """Give how far a rip is, its speed, and how long it will take."""
    rate = f"{text.size(job['Rate'])}/s" if job["Rate"] else ""
    left = text.remaining(job["ExpectedEnd"], now or datetime.now(UTC))
    return ", ".join(part for part in (text.percent(job["Progress"]), rate, left) if part)


def own_name(drive: Properties) -> str:
    """Give what a person called a drive, or an empty string: by itself it goes by its maker and model."""
    by_itself = " ".join(part for part in (drive["Vendor"], drive["Model"]) if part) or drive["Device"]
    return "" if drive["Name"] == by_itself else str(drive["Name"])


def drive_of(job: Properties, drives: Drives) -> Properties | None:
    """Give the drive that a job's disc came in; None for an image, and where the drive is gone."""
    identity = job.get("DriveIdentity")
    return drives.get(names.drive_path(object_id(identity))) if identity else None


def job_drive(job: Properties, drives: Drives) -> str:
    """Give where a job's disc came in: the drive's name, else its device; nothing for an image."""
    drive = drive_of(job, drives)
    if drive is None:
        return str(job["DriveId"]) if job.get("DriveIdentity") else ""
    return own_name(drive) or str(drive["Device"])


def jobs(found: Iterable[Properties], drives: Drives = NO_DRIVES) -> str:
    """Lay out jobs, one a line."""
    rows = [
        (
            job["Id"],
            job_state(job),
            job_drive(job, drives),
            _KINDS[job["ContentType"]],
            job_name(job),
            job_detail(job),
        )
        for job in found
    ]
    return table(("job>", "state", "drive", "kind", "what", "details"), rows) if rows else "No jobs."


def history(found: Iterable[Properties]) -> str:
    """Lay out past jobs, one a line, with their times."""
    rows = [
        (
            job["Id"],
            text.local(job["CreatedAt"]),
            text.local(job["CompletedAt"]),
            job_state(job),
            _KINDS[job["ContentType"]],
            job_name(job),
            job["ErrorMessage"],
        )
        for job in found
    ]
    heads = ("job>", "begun", "ended", "state", "kind", "what", "error")
    return table(heads, rows) if rows else "No jobs."


def drives(snapshot: Snapshot) -> str:
    """Lay out drives, one a line."""
    rows = [
        (
            drive["Name"],
            drive["Device"],
            drive["State"],
            "" if drive["Media"] == "none" else drive["Media"],
            drive["VolumeLabel"],
            drive["Job"].rpartition("/")[2],
            drive["LastDecision"] or drive["LastEvent"],
        )
        for drive in snapshot.drives.values()
    ]
    heads = ("drive", "device", "state", "media", "label", "job>", "last")
    return table(heads, rows) if rows else "No optical drives."


def conditions(found: Sequence[Properties], drives: Drives = NO_DRIVES) -> str:
    """Lay out what the daemon or a drive lacks, each with its remedy."""
    return "\n".join(
        f"{colored(one['severity'])}: {_about(one, drives)}{text.printable(one['text'])}"
        + (f"\n  remedy: {text.printable(one['remedy'])}" if one["remedy"] else "")
        for one in found
    )


def _about(condition: Properties, drives: Drives) -> str:
    """Give the drive that a condition is about, as its text begins."""
    drive = drives.get(names.drive_path(condition.get("scope", "")))
    return f"{text.printable(own_name(drive) or drive['Device'])}: " if drive else ""


def hints(found: Iterable[Properties]) -> str:
    """Give what people said the next discs are, one hint a line."""
    return "\n".join(text.printable(f"hint {one['id']} of {one['actor']}: {one['text']}") for one in found)


def status(manager: Properties, snapshot: Snapshot) -> str:
    """Say how the daemon is, what it lacks and what it does."""
    lacking = conditions(manager["Conditions"], snapshot.drives)
    parts = [text.printable(manager["Summary"]), lacking, hints(manager["Hints"])]
    if snapshot.drives:
        parts.append(drives(snapshot))
    if snapshot.jobs:
        parts.append(jobs(snapshot.jobs.values(), snapshot.drives))
    if snapshot.reviews:
        parts.append(f"{questions(snapshot)}\n{_HOW_TO_ANSWER}")
    return "\n\n".join(part for part in parts if part)


def job(
    found: Properties,
    titles: Sequence[Properties],
    open_questions: Sequence[Properties],
    drives: Drives = NO_DRIVES,
) -> str:
    """Show one job with its titles, its files and its questions."""
    sure = text.percent(found["ClassificationConfidence"])
    parts = [
        f"Job {found['Id']}: {text.printable(job_name(found))}",
        facts(
            [
                ("state", job_state(found)),
                ("details", job_detail(found)),
                ("kind", _KINDS[found["ContentType"]] and f"{_KINDS[found['ContentType']]} ({sure})"),
                ("why", found["IdentityReason"]),
                ("original", found["OriginalTitle"]),
                ("TMDB", _work_number(found["TmdbNamespace"], found["TmdbId"])),
                ("disc", " ".join(part for part in (found["Media"], found["VolumeLabel"]) if part)),
                ("from", _came_from(found, drives)),
                ("hash", found["ContentHash"]),
                ("begun", text.local(found["CreatedAt"])),
                ("ended", text.local(found["CompletedAt"])),
                ("error", found["ErrorMessage"]),
            ]
        ),
    ]
    parts += [part for part in (evidence(found), works(found)) if part]
    if titles:
        parts.append(title_table(titles))
    if found.get("Files"):
        parts.append("Files:\n" + "\n".join(f"  {text.printable(path)}" for path in found["Files"]))
    if len(open_questions) > 1:
        parts.append(f"{question_table(open_questions)}\n{_HOW_TO_ANSWER}")
    else:
        parts += [question(one) for one in open_questions]
    return "\n\n".join(parts)


def _came_from(job: Properties, drives: Drives) -> str:
    drive = drive_of(job, drives)
    own = own_name(drive) if drive else ""
    return f"{own} ({job['DriveId']})" if own else str(job["DriveId"])


def evidence(found: Properties) -> str:
    """Lay out what each source says of a job's disc; a job of the history has none."""
    rows = [
        (
            one["source"],
            one["claim"],
            text.percent(one["confidence"]),
            "yes" if one["followed"] else "no",
            one["sentence"],
        )
        for one in found.get("Evidence", ())
    ]
    return table(("source", "says", "sure>", "followed", "because"), rows) if rows else ""


def works(found: Properties) -> str:
    """Lay out the series and films that a job's disc may be."""
    rows = [
        (
            one["name"],
            one["year"] or "",
            _work_number(one["namespace"], one["tmdb_id"]) or one["namespace"],
            text.percent(one["confidence"]),
            one["reason"],
        )
        for one in found.get("Works", ())
    ]
    return table(("may be", "year", "TMDB", "sure>", "because"), rows) if rows else ""


def _work_number(namespace: str, number: int) -> str:
    """Give a number of TMDB's as it is answered: `tv:123`."""
    return f"{namespace}:{number}".removeprefix(":") if number else ""


def title_name(title: Properties) -> str:
    """Give what a title is called: its own work, where that is not its disc's, and its own name."""
    own = title["OwnTitle"]
    if own and title["OwnYear"]:
        own += f" ({title['OwnYear']})"
    if title["OwnSeason"] >= 0:
        season = f"season {title['OwnSeason']}" if title["OwnSeason"] else "specials"
        own = f"{own}, {season}" if own else season
    return ": ".join(part for part in (own, title["ItemName"] or title["Comment"]) if part)


def episode_of(title: Properties) -> str:
    """Give the episode that a title is, or the part of one: `S01E03-pt2`."""
    part = title.get("EpisodePart")
    return f"{title['MatchedEpisode']}-pt{part}" if part else title["MatchedEpisode"]


def title_table(titles: Iterable[Properties]) -> str:
    """Lay out the titles of a job; they are numbered from 1, as the commands take them."""
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
            title["ErrorMessage"] or title["MatchReason"] or title["RoleReason"],
        )
        for title in titles
    ]
    heads = ("title>", "length>", "size>", "picture", "state", "role", "episode", "sure>", "name", "why")
    return table(heads, rows)


def questions(snapshot: Snapshot) -> str:
    """Lay out the open questions, one a line."""
    return question_table(snapshot.reviews.values()) if snapshot.reviews else "No open questions."


def question_table(found: Iterable[Properties]) -> str:
    """Lay out these questions, one a line."""
    rows = [
        (
            review["Id"],
            _job_of(review),
            review["Kind"],
            review["Summary"],
            "yes" if review["NeedsDisc"] else "",
        )
        for review in found
    ]
    return table(("review>", "job>", "about", "question", "needs disc"), rows)


def _job_of(review: Properties) -> str:
    before, _, after = str(review["Subject"]).partition("/jobs/")
    return after.partition("/")[0] if before else ""


def numbered(review: Properties) -> list[Properties]:
    """Give the options that may be chosen by a number besides their id: the episodes that a title may be."""
    about_title = review["Scope"] == "title" and review["Kind"] in ("episode", "extra")
    return [one for one in review["Options"] if about_title and _EPISODE.fullmatch(one["id"])]


def question(review: Properties) -> str:
    """Show one question with its possible answers."""
    lines = [f"Review {review['Id']}: {text.printable(review['Question'])}", *option_lines(review)]
    if review["NeedsDisc"]:
        lines.append("  The answer needs the disc in a drive again.")
    lines.append(f"Answer: engramctl answer {review['Id']} CHOICE")
    return "\n".join(lines)


def option_lines(review: Properties) -> list[str]:
    """Give the options of a question, each as it is answered: by its id, an episode by its number too."""
    lines, episodes = [], numbered(review)
    for option in review["Options"]:
        mark = " (most probable)" if option["id"] == review["Default"] else ""
        name = str(episodes.index(option) + 1) if option in episodes else option["id"]
        lines.append(f"  {text.printable(f'{name}: {option_words(option)}')}{mark}")
    return lines


def option_words(option: Properties) -> str:
    """Give an option with how sure it is and what speaks for it."""
    confidence = float(option.get("confidence", 0))
    sure = f" ({text.percent(confidence)})" if confidence > 0 else ""
    why = f": {option['evidence']}" if option.get("evidence") else ""
    return f"{option['text']}{sure}{why}"
