"""Open questions as people read them: their options, and how each is answered."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from engramd.ctl import text
from engramd.ctl.service import Properties, Snapshot
from engramd.ctl.stations import stations
from engramd.ctl.tables import table

HOW_TO_ANSWER = "Answer with `engramctl review`, or `engramctl assign JOB TITLE S01E02`."
_NO_JOBS: Mapping[int, Properties] = {}
_EPISODE = re.compile(r"S\d+E\d+.*", re.ASCII)


def questions(snapshot: Snapshot) -> str:
    """Lay out the open questions, one a line."""
    return question_table(snapshot.reviews.values()) if snapshot.reviews else "No open questions."


def question_table(
    found: Collection[Properties], jobs: Mapping[int, Properties] = _NO_JOBS, here: str = ""
) -> str:
    """Lay out these questions, one a line; with the stations of their `jobs`, unless all are of `here`."""
    of_jobs = [jobs.get(int(job_of(review) or 0), {}) for review in found]
    rows = [
        (
            review["Id"],
            station,
            job_of(review),
            review["Kind"],
            review["Summary"],
            "yes" if review["NeedsDisc"] else "",
        )
        for review, station in zip(found, stations(of_jobs, here), strict=True)
    ]
    heads = ("review>", "station", "job>", "about", "question", "needs disc")
    return table(heads, rows, optional=("about", "needs disc"))


def job_of(review: Properties) -> str:
    """Give the number of the job that a question is about; empty if it is about none."""
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
