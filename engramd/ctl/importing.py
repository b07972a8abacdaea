"""The command import: files that were ripped elsewhere become jobs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from engramd.ctl.fields import plain
from engramd.ctl.follow import follow
from engramd.ctl.kinds import ANY_TYPE, film_is_movie
from engramd.ctl.live import screen
from engramd.ctl.look import show_end
from engramd.ctl.service import Properties, Service
from engramd.ctl.session import (
    FAILED,
    INTERRUPTED,
    NEEDS_REVIEW,
    Session,
    pass_session,
    shared_options,
)
from engramd.ctl.tables import table
from engramd.ctl.text import printable, size

#: Exit codes of states, the worst first.
_WORST = (("failed", FAILED), ("review_needed", NEEDS_REVIEW), ("completed", 0))


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--type", "content_type", type=ANY_TYPE, callback=film_is_movie, default=None, help="What it is."
)
@click.option("--show", default="", help="The series' or film's name.")
@click.option("--year", type=click.IntRange(1880, 2200), default=None, help="The year it came out.")
@click.option("--season", type=click.IntRange(min=0), default=None, help="The season; 0 for specials.")
@click.option("--disc", type=click.IntRange(min=0), default=None, help="The disc's number in its set.")
@click.option("--edition", default="", help="The edition, such as Director's Cut.")
@click.option(
    "--extras", type=click.Choice(["keep", "skip", "ask"]), default=None, help="What to do with extras."
)
@click.option("--move", is_flag=True, help="Let each file go from here as soon as the library has it.")
@click.option("--again", is_flag=True, help="Also what was imported before.")
@click.option("--dry-run", is_flag=True, help="Only say what would be imported.")
@click.option("--no-wait", is_flag=True, help="Do not follow the jobs.")
@shared_options
@pass_session
def import_files(session: Session, /, path: Path, dry_run: bool, no_wait: bool, **options: Any) -> None:
    """Import MKV files that were ripped elsewhere.

    PATH is a file, or a folder with all below it, such as SHOW/Season 1/Disc 2. What belongs together
    becomes a job each. Files stay where they are, unless you say --move. Follows the jobs, and exits with 0
    when all are completed, 1 when one failed, 5 when one waits for an answer.
    """
    wanted = {name: value for name, value in options.items() if value not in (None, "", False)}
    where, service = str(path.absolute()), session.service()
    rows: list[Properties] = service.manager("PlanImport", "sa{sv}", where, wanted)
    if dry_run:
        session.give(map(plain, rows), lambda: _laid_out(rows))
        return
    is_new = any(row["standing"] == "new" for row in rows)
    if is_new or not session.json:
        session.out(_laid_out(rows))
    else:
        session.give(map(plain, rows), str)
    service.manager("Import", "sa{sv}", where, wanted)  # the daemon says what is wrong where nothing is new
    if is_new:
        _go_on(session, service, _jobs_of(service, where, rows), wait=not no_wait)


def _jobs_of(service: Service, where: str, before: Sequence[Properties]) -> list[int]:
    """Give the jobs that an import has made of what was new."""
    known = {row["job"] for row in before if row["standing"] != "refused"}
    now: list[Properties] = service.manager("PlanImport", "sa{sv}", where, {})
    return sorted({row["job"] for row in now if row["standing"] != "refused"} - known - {0})


def _go_on(session: Session, service: Service, jobs: Sequence[int], *, wait: bool) -> None:
    """Follow the jobs one after the other, show how each ended, and exit with what they mean together."""
    numbers = ", ".join(map(str, jobs))
    if not wait:
        text = f"On {'its' if len(jobs) == 1 else 'their'} way: job{'' if len(jobs) == 1 else 's'} {numbers}."
        session.give([{"id": job} for job in jobs], lambda: text)
        return
    states = set()
    try:
        for job_id in jobs:
            with screen(session, job_id, quiet=True) as place:
                job = follow(service, place, job_id)
            states.add((job or service.past_job(job_id))["State"])
    except KeyboardInterrupt:
        click.echo(f"The import goes on without you: job {numbers}.", err=True)
        raise SystemExit(INTERRUPTED) from None
    for job_id in jobs:
        session.out()
        show_end(session, service, job_id)
    click.get_current_context().exit(next((code for state, code in _WORST if state in states), FAILED))


def _laid_out(rows: Sequence[Properties]) -> str:
    if not rows:
        return "There is no MKV file."
    groups = [row for row in rows if row["standing"] != "refused"]
    cells = [
        (row["standing"], _what(row), row["files"], size(row["size"]), row["path"], row["why"])
        for row in groups
    ]
    refused = [
        f"not imported: {printable(row['path'])}: {printable(row['why'])}"
        for row in rows
        if row["standing"] == "refused"
    ]
    heads = ("", "what", "files>", "size>", "from", "why")
    return "\n".join([*([table(heads, cells)] if cells else []), *refused])


def _what(row: Properties) -> str:
    """Say what the names of folders and files tell of a group."""
    name = row["title"] or row["label"] or "not named"
    parts = [f"{name} ({row['year']})" if row["year"] else name]
    if row["season"] >= 0:
        parts.append(f"season {row['season']}" if row["season"] else "specials")
    if row["disc"] >= 0:
        parts.append(f"disc {row['disc']}")
    return ", ".join([*parts, row["edition"]] if row["edition"] else parts)


COMMANDS = (import_files,)
