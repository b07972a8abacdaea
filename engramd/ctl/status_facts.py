"""What a status tells, asked of the daemon: everything at once, and nothing that could take long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from engramd.ctl import first_steps, status_needs
from engramd.ctl.first_steps import Step
from engramd.ctl.service import Properties, Service, Snapshot
from engramd.ctl.session import Session
from engramd.ctl.status_needs import Needed, Season
from engramd.ctl.text import counted
from engramd.errors import Busy, InvalidArgument, NotFound

#: Jobs of the history whose seasons may lack discs, and for how many days they are called lacking.
_LATEST, _DAYS = 60, 60
#: Seconds that the roster of a season may take, and the daemon's checks: both look into what may hang.
_PATIENCE, _CHECK_PATIENCE = 2.0, 5.0


@dataclass(frozen=True)
class Facts:
    """What a status tells; `now` is local, `version` says that the daemon has another interface."""

    manager: Properties
    snapshot: Snapshot
    values: Mapping[str, object]
    now: datetime
    today: Sequence[Properties] = ()
    needed: Sequence[Needed] = ()
    steps: Sequence[Step] = field(default=())
    version: str = ""
    #: Whether it is told of another station, of whose machine nothing is known here.
    is_elsewhere: bool = False


def gather(session: Session, now: datetime) -> Facts:
    """Ask the daemon; raises what its service raises."""
    service = session.service()
    manager, snapshot, values = service.overview(), service.look(), service.values()
    is_elsewhere = session.station not in ("", manager.get("Station", ""))
    if is_elsewhere:
        manager, snapshot = _elsewhere(session.station, manager, snapshot)
    history = service.history(limit=_LATEST)
    ids = {job["Id"] for job in history}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    needed = [
        *status_needs.again(snapshot),
        *_of_seasons(session, _since(history, now)),
        *status_needs.said(manager["Hints"]),
    ]
    return Facts(
        manager,
        snapshot,
        values,
        now,
        today=[one for one in _report(service, midnight) if not session.station or one["job"] in ids],
        needed=needed,
        steps=[] if history else _steps(session, service, snapshot, values),
        version=session.strangeness(),
        is_elsewhere=is_elsewhere,
    )


def _report(service: Service, since: datetime) -> list[Properties]:
    found: list[Properties] = service.manager("Report", "ta{sv}", int(since.timestamp() * 1_000_000), {})
    return found


def _elsewhere(station: str, manager: Properties, snapshot: Snapshot) -> tuple[Properties, Snapshot]:
    """Leave out what is of this machine, as drives and space; sum up what is of the other one."""
    said = [counted(len(snapshot.jobs), "job"), counted(len(snapshot.reviews), "open question")]
    gone: Properties = {"Conditions": [], "Hints": [], "FreeSpace": {}, "JobsLeftOut": 0}
    return manager | gone | {"Summary": f"station {station}, {', '.join(said)}"}, replace(snapshot, drives={})


def _since(history: Sequence[Properties], now: datetime) -> list[Properties]:
    begin = (now.timestamp() - _DAYS * 86_400) * 1_000_000
    return [job for job in history if job["CreatedAt"] >= begin]


def _of_seasons(session: Session, history: Sequence[Properties]) -> list[Needed]:
    """Ask for the latest seasons; a library that does not answer in time costs them, and no more."""
    wanted = status_needs.seasons(history)
    if not wanted:
        return []
    found: list[Needed | None] = []
    with suppress(Busy):
        patient = session.service(_PATIENCE)
        for season in wanted:
            found.append(status_needs.of_season(season, _rows(patient, season)))
    return [needed for needed in found if needed is not None]


def _rows(service: Service, season: Season) -> list[Properties]:
    """Give the episodes of a season; none where the daemon does not know the show."""
    try:
        rows: list[Properties] = service.manager("Season", "sa{sv}", season.show, {"season": season.number})
    except (NotFound, InvalidArgument):
        return []
    return rows


def _steps(
    session: Session, service: Service, snapshot: Snapshot, values: Mapping[str, object]
) -> list[Step]:
    """Ask what is there; a check that takes long, as where a share hangs, is not waited for."""
    keys = {one["name"] for one in service.settings("Describe") if one.get("set")}
    try:
        checks = session.service(_CHECK_PATIENCE).manager("Check", "a{sv}", {})
    except Busy:
        checks = []
    findings = {one["id"]: one for one in checks}
    return first_steps.steps(values, keys, findings, snapshot.drives.values())
