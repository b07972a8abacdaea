"""The status on one screen: the important first, nothing longer than the terminal. Facts in, text out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engramd.ctl import text
from engramd.ctl.drive_lines import at_drives, lines, works
from engramd.ctl.fitting import Item, Section, fitted, gutter
from engramd.ctl.job_words import job_name, wait
from engramd.ctl.screens import about
from engramd.ctl.service import ENDED, Properties
from engramd.ctl.space_words import space
from engramd.ctl.stations import on
from engramd.ctl.status_facts import Facts

_MARKS = {"error": "bad", "warning": "warns"}
#: Labels of the sections, whose widths count before their lines are drawn.
_DRIVES, _WARNINGS = "Drives", "Warnings"
#: From this rank on, what is said is good to know, and needs nobody.
_GOOD_TO_KNOW = 4


def status(facts: Facts, wide: int | None, high: int | None, *, short: bool = False) -> str:
    """Lay out the status for so many columns and lines (None: any number); `short` is what cannot wait."""
    found = _short(sections(facts)) if short else sections(facts)
    drives = _drives(facts, None if wide is None else max(1, wide - gutter([*found, _EMPTY], wide)))
    place = next((number for number, one in enumerate(found) if one.label != "Wrong"), len(found))
    shown = [*found[:place], drives, *found[place:]]
    return "\n".join(fitted(_headline(facts, wide), [one for one in shown if one.items], wide, high))


def _headline(facts: Facts, wide: int | None) -> str:
    """Give one line on the whole daemon; what has no room is told below."""
    parts = f"engramd: {facts.manager['Summary']}".split(", ")
    while len(parts) > 1 and wide is not None and len(", ".join(parts)) > wide:
        parts.pop()
    return ", ".join(parts)


def sections(facts: Facts) -> list[Section]:
    """Give what there is to say but of the drives, in order."""
    return [
        _wrong(facts),
        Section("To begin", tuple(_steps(facts)), 1),
        *_questions(facts),
        _waiting(facts),
        _working(facts),
        _needed(facts),
        _today(facts),
        _space(facts),
        _warnings(facts),
    ]


def _short(found: list[Section]) -> list[Section]:
    """Leave out what is only good to know, and sum up the warnings."""
    kept = [one for one in found if one.rank < _GOOD_TO_KNOW]
    return kept + [
        replace(one, items=(Item(one.brief, tone="warns"),))
        for one in found
        if one.label == _WARNINGS and one.items
    ]


_EMPTY = Section(_DRIVES, (), 0)


def _drives(facts: Facts, room: int | None) -> Section:
    found = sorted(works(facts.snapshot, facts.now), key=lambda work: work.tone == "idle")
    drawn = [Item(drawn=tuple(one)) for one in lines(found, facts.now, room)]
    if not drawn and not facts.is_elsewhere:
        drawn = [Item("none; images and folders can be ripped: engramctl rip PATH", tone="dim")]
    idle = sum(work.tone == "idle" for work in found)
    brief = f"{len(found) - idle} of {len(found)} at work: engramctl drives"
    return Section(_DRIVES, tuple(drawn), 0, brief, "engramctl drives")


def _wrong(facts: Facts) -> Section:
    failed, lacking = list(_failed(facts)), list(_conditions(facts, "error"))
    command = "engramctl doctor" if lacking else "engramctl jobs"
    brief = f"{text.counted(len(failed) + len(lacking), 'thing')}: {command}"
    return Section("Wrong", (*failed, *lacking), 1, brief, command)


def _failed(facts: Facts) -> Iterator[Item]:
    for job in facts.snapshot.jobs.values():
        if job["State"] == "failed" and job["Outcome"] != "cancelled":
            why = f": {job['ErrorMessage']}" if job["ErrorMessage"] else ""
            yield Item(
                f"job {job['Id']}{_on(facts, job)} failed, {job_name(job)}{why}",
                f"engramctl retry {job['Id']}",
                "bad",
            )


def _conditions(facts: Facts, severity: str) -> Iterator[Item]:
    for one in facts.manager["Conditions"]:
        if one["severity"] == severity:
            said = about(one, facts.snapshot.drives) + one["text"]
            yield Item(said, one["remedy"], _MARKS.get(severity, ""))


def _questions(facts: Facts) -> list[Section]:
    found = list(facts.snapshot.reviews.values())
    if not found:
        return []
    oldest = min(found, key=lambda one: int(one["Created"]))
    asked = f"asked {text.when(oldest['Created'], facts.now)}"
    many = "1 is open," if len(found) == 1 else f"{len(found)} are open, the oldest"
    said = Item(f"{many} {asked}: {oldest['Summary']}", "engramctl review", "asks")
    return [Section("Questions", (said,), 1, f"{len(found)} open: engramctl review")]


def _waiting(facts: Facts) -> Section:
    """Say of each job that waits, in a drive or not, for what, since when and until when."""
    found = [job for job in facts.snapshot.jobs.values() if job["WaitingFor"]]
    items = tuple(
        Item(f"job {job['Id']}{_on(facts, job)} for {wait(job, facts.now, with_since=True)}: {job_name(job)}")
        for job in found
    )
    are = "1 job waits" if len(items) == 1 else f"{len(items)} jobs wait"
    return Section("Waiting", items, 2, f"{are}: engramctl jobs", "engramctl jobs")


def _working(facts: Facts) -> Section:
    in_hand = at_drives(facts.snapshot)
    found = [
        job
        for job in facts.snapshot.jobs.values()
        if job["State"] not in ENDED and not job["WaitingFor"] and job["Id"] not in in_hand
    ]
    items = tuple(Item(f"job {job['Id']}{_on(facts, job)}, {job['Headline']}") for job in found)
    if left_out := facts.manager.get("JobsLeftOut"):
        items += (Item(f"{text.counted(left_out, 'job')} more than fit here", "engramctl history"),)
    return Section(
        "At work", items, 3, f"{text.counted(len(items), 'job')}: engramctl jobs", "engramctl jobs"
    )


def _on(facts: Facts, job: Properties) -> str:
    return on(job, facts.manager.get("Station", ""))


def _needed(facts: Facts) -> Section:
    items = tuple(Item(one.text) for one in facts.needed)
    return Section("Needed", items, 4, f"{text.counted(len(items), 'disc')} or more", "engramctl season SHOW")


def _today(facts: Facts) -> Section:
    """Say what came into the library since midnight."""
    filed = [one for one in facts.today if one["filed"]]
    files = sum(len(one["filed"]) for one in filed)
    if not files:
        return Section("Today", (), 5)
    brief = f"{text.counted(files, 'file')} of {text.counted(len(filed), 'disc')} filed"
    if len(filed) == 1:
        said = f"{text.counted(files, 'file')} of {filed[0]['name']} filed"
    else:
        said = f"{brief}: " + "; ".join(f"{len(one['filed'])} of {one['name']}" for one in reversed(filed))
    return Section("Today", (Item(said),), 5, f"{brief}: engramctl report")


def _space(facts: Facts) -> Section:
    floor = facts.values.get("min_free_bytes", 0)
    said = space(facts.manager["FreeSpace"], floor if isinstance(floor, int) else 0)
    items = tuple(Item(one.text, tone="bad" if one.is_short else "") for one in said)
    return Section("Space", items, 5, items[0].text if items else "")


def _warnings(facts: Facts) -> Section:
    found = [*_conditions(facts, "warning")]
    if facts.version:
        found.insert(0, Item(facts.version, tone="warns"))
    said = f"{text.counted(len(found), 'warning')}: engramctl doctor"
    return Section(_WARNINGS, tuple(found), 6, said, "engramctl doctor")


def _steps(facts: Facts) -> Iterator[Item]:
    for number, step in enumerate(facts.steps, 1):
        yield Item(f"{number}. {step.text}", step.command)


def as_json(facts: Facts) -> dict[str, Any]:
    """Give what only a status tells, for programs."""
    return {
        "needed": [dict(one.fields) | {"text": one.text} for one in facts.needed],
        "filed_today": [_filed(one) for one in facts.today if one["filed"]],
        "next_steps": [{"text": step.text, "command": step.command or None} for step in facts.steps],
        "time": facts.now.isoformat(timespec="seconds"),
    }


def _filed(one: Properties) -> dict[str, object]:
    return {"job": one["job"], "name": one["name"], "files": list(one["filed"])}
