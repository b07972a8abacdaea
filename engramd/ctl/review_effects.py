"""What an answer did, told from how things were and how they are. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from engramd.ctl.job_words import episode_of, job_name
from engramd.ctl.service import Properties, Snapshot

#: Titles by job, each with what it is now.
_Changed = Mapping[int, Mapping[int, str]]
_DECIDED = ("matched", "completed", "skipped")


def job_of(review: Properties) -> int:
    """Give the number of the job that a question is about."""
    return int(str(review["Subject"]).partition("/jobs/")[2].partition("/")[0] or 0)


def effect_of(review: Properties, before: Snapshot, after: Snapshot) -> str:
    """Say what became of titles and of other questions; empty where nothing is seen of it yet."""
    changed = _changes(before, after)
    own = job_of(review)
    told = [_of_job(job, titles, after) for job, titles in sorted(changed.items(), key=lambda i: i[0] != own)]
    others = [one for one in before.reviews if one not in after.reviews and one != review["Id"]]
    new = [one for one in after.reviews if one not in before.reviews]
    if others:
        what = "another question is" if len(others) == 1 else f"{len(others)} other questions are"
        told.append(f"{what[:1].upper()}{what[1:]} settled by that.")
    if new:
        told.append("There is a new question." if len(new) == 1 else f"There are {len(new)} new questions.")
    return " ".join(told)


def titles_at_work(snapshot: Snapshot, jobs: Collection[int]) -> int:
    """Count the titles of some jobs that are decided and not filed yet."""
    return sum(
        title["State"] in ("matching", "matched")
        for (job, _), title in snapshot.titles.items()
        if job in jobs
    )


def undone_words(before: Snapshot, after: Snapshot) -> str:
    """Say which questions are open again."""
    again = [str(one) for one in after.reviews if one not in before.reviews]
    if not again:
        return "The answer is undone."
    which = f"review {again[0]} is" if len(again) == 1 else f"reviews {', '.join(again)} are"
    return f"The answer is undone: {which} open again."


def _changes(before: Snapshot, after: Snapshot) -> _Changed:
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for (job, index), title in after.titles.items():
        earlier = before.titles.get((job, index))
        if earlier is None or title["State"] not in _DECIDED:
            continue
        if _fate(earlier) != _fate(title) or earlier["State"] not in _DECIDED:
            found[job][index + 1] = _fate(title)
    return found


def _fate(title: Properties) -> str:
    """Give what a title is, in words."""
    if title["State"] == "skipped":
        return "not filed"
    if title["IsExtra"]:
        return "an extra"
    return episode_of(title) or (title["OwnTitle"] or "a film")


def _of_job(job_id: int, titles: Mapping[int, str], after: Snapshot) -> str:
    job = after.jobs.get(job_id)
    name = job_name(job) if job else f"job {job_id}"
    return f"{name}: {', '.join(_runs(titles))}."


def _runs(titles: Mapping[int, str]) -> list[str]:
    """Say `titles 2-4 are S01E01-E03`, `title 5 is an extra`."""
    from engramd.organize.assignments import runs

    episodes = {number: fate for number, fate in titles.items() if _is_episode(fate)}
    others = {number: fate for number, fate in titles.items() if number not in episodes}
    told = [f"titles {n} are {e}" if "-" in n else f"title {n} is {e}" for n, e in runs(episodes)]
    return told + [f"title {number} is {fate}" for number, fate in sorted(others.items())]


def _is_episode(fate: str) -> bool:
    from engramd.errors import InvalidArgument
    from engramd.organize.episode import read_part

    try:
        read_part(fate)
    except InvalidArgument:
        return False
    return True
