"""The command events: what happened to jobs and who did it, and what happens from now on."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from engramd.bus import names
from engramd.ctl import output
from engramd.ctl.event_words import Happening
from engramd.ctl.service import Objects, Properties, Service
from engramd.ctl.session import Session, line, pass_session, shared_options
from engramd.ctl.times import time_option, to_bus

#: Events that the daemon gives at a time at most, and that are shown of the past before what follows.
PAGE, BEFORE = 500, 10
_USUAL = 50
#: What is told otherwise, too: the title that is filed, and what a notification is about.
_ASKED_FOR_ONLY = ("filed", "notice")


@click.command()
@click.argument("job", type=click.IntRange(min=1), required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@time_option("--since", help_text="All since then")
@click.option("--kind", "kinds", multiple=True, help="Only of this kind, such as state; may be said again.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"At most so many of the past ({_USUAL}; {BEFORE} with --follow; all with --since).",
)
@shared_options
@pass_session
def events(
    session: Session,
    job: int | None,
    follow: bool,
    since: datetime | None,
    kinds: tuple[str, ...],
    limit: int | None,
) -> None:
    """Tell what happened, to one JOB or to all: when, what, and who did it.

    Kinds of the past: state, title, decided, waiting, going_on, identified, hint, cancel and more. Those of
    --follow besides: condition, drive, review, answer, trash, order, settings; and filed and notice, where
    they are asked for.
    """
    service = session.service()
    if job is not None:
        service.job_path(job)
    wanted = Wanted(job, tuple(kind for said in kinds for kind in said.split(",")), since)
    if limit is None:
        limit = sys.maxsize if since else BEFORE if follow else _USUAL
    teller = Teller(session, service, wanted, limit)
    if follow:
        service.bus.watch(teller.take)
    elif not teller.tell_past(service.look().drives):
        session.confirm("Nothing of that happened.")


class Wanted:
    """What is to be told."""

    def __init__(self, job: int | None, kinds: Sequence[str], since: datetime | None) -> None:
        self.job, self.kinds, self.since = job, tuple(kinds), since

    def fits(self, one: Happening) -> bool:
        """Whether that what just happened is to be told."""
        is_told = one.kind in self.kinds if self.kinds else one.kind not in _ASKED_FOR_ONLY
        return is_told and self.job in (None, one.job)

    def options(self) -> Properties:
        """Give it as the method Events takes it."""
        said = {"job": self.job, "kind": ",".join(self.kinds), "since": self.since and to_bus(self.since)}
        return {name: value for name, value in said.items() if value}


class Teller:
    """Tells of the past what is wanted, and then what happens, each thing once."""

    def __init__(self, session: Session, service: Service, wanted: Wanted, limit: int) -> None:
        self._session, self._service = session, service
        self._wanted, self._limit = wanted, limit
        self._drives: dict[str, Properties] = {}
        self._last = 0

    def take(self, kind: str, path: str, interface: str, payload: Any) -> bool:
        """Take one report of the bus (see `Client.watch`). Raises NoDaemon when the daemon goes away."""
        if kind == "ready":
            self.tell_past(_drives_of(payload))
        elif kind == "added":
            self._drives |= _drives_of({path: payload})
        elif kind == "properties" and interface == names.DRIVE and path in self._drives:
            self._drives[path].update(payload)
        elif kind == "event":
            self._tell_now(Happening.of_signal(payload))
        elif kind == "lost":
            raise _lost()
        return False

    def tell_past(self, drives: dict[str, Properties]) -> int:
        """Tell what happened before, the oldest first; give how much that was."""
        self._drives = drives
        past = [Happening.of_row(row) for row in self._past()]
        for one in reversed(past):
            self._write(one)
        self._last = past[0].id if past else 0
        return len(past)

    def _past(self) -> Iterator[Properties]:
        """Give rows, the newest first, asked for in pages."""
        asked, left = self._wanted.options(), self._limit
        while left > 0:
            options = asked | {"limit": min(left, PAGE)}
            page: list[Properties] = self._service.manager("Events", "a{sv}", options)
            yield from page
            left -= len(page)
            if len(page) < options["limit"]:
                return
            asked["before_id"] = page[-1]["id"]

    def _tell_now(self, one: Happening) -> None:
        if self._wanted.fits(one) and not 0 < one.id <= self._last:
            self._write(one)

    def _write(self, one: Happening) -> None:
        if self._session.json:
            click.echo(line(one.fields(self._drives)))
        else:
            output.echo(one.line(self._drives))
        sys.stdout.flush()


def _drives_of(objects: Objects) -> dict[str, Properties]:
    return {path: dict(found[names.DRIVE]) for path, found in objects.items() if names.DRIVE in found}


def _lost() -> Exception:
    from engramd.bus.client import NoDaemon

    remedy = "`engramctl events` tells what happened meanwhile, when it is started again"
    return NoDaemon("the daemon went away", remedy=remedy)


COMMANDS = (events,)
