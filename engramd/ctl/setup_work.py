"""Carries out what setup was told: through root's files and systemd, or where there are none, the bus."""

from __future__ import annotations

import grp
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engramd.ctl import setup_service as service_side
from engramd.ctl.setup_machine import Machine, make_folder
from engramd.ctl.setup_toml import Value, with_settings
from engramd.ctl.setup_unit import GROUP, drop_in

if TYPE_CHECKING:
    from engramd.ctl.service import Service
    from engramd.ctl.session import Session
    from engramd.ctl.setup_answers import Answers, Present

_INSERT = "insert a disc: it is ripped by itself; `engramctl watch` shows it live"
_NO_UNIT = (
    "here is no service of the system, so no configuration file and no unit was written: the settings are in"
    " the daemon's database, and folders belong to you"
)


@dataclass(frozen=True)
class Plan:
    """What is wanted, what is set, and the settings that change."""

    answers: Answers
    present: Present
    settings: Mapping[str, Value] = field(repr=False)

    @property
    def shown(self) -> dict[str, Value]:
        """The settings that change, without secrets."""
        from engramd.settings import SECRETS

        return {name: "…" if name in SECRETS else value for name, value in self.settings.items()}


@dataclass
class Report:
    """What was done, what the service said of it, and what remains to be done, in sentences."""

    done: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    remains: list[str] = field(default_factory=list)
    is_proven: bool = True

    def fields(self) -> dict[str, Any]:
        """Give it for programs."""
        return {"done": self.done, "tried": self.tried, "remains": self.remains, "proven": self.is_proven}


def checked(settings: Mapping[str, Value]) -> Mapping[str, Value]:
    """Refuse what the daemon would refuse. InvalidArgument; a secret is not told."""
    from engramd.models import AppConfig
    from engramd.pipeline import check_languages
    from engramd.settings.checks import check

    for name, value in settings.items():
        AppConfig.validated({name: value})
        check(name, value)
        check_languages(name, value)
    return settings


def set_up(session: Session, machine: Machine, plan: Plan) -> Report:
    """Set up the service of the system; nothing is touched where that is as it is wanted."""
    answers, report = plan.answers, Report()
    config = with_settings(machine.read(machine.config), plan.settings)
    service_side.refuse_missing_mounts(answers)
    if machine.add_group(answers.group):
        report.done.append(f"made the group {answers.group}")
    _make_folders(answers, answers.group, report)
    unit = drop_in(answers.folders, answers.group, wants_mounts=machine.wants_mounts())
    changed = [
        file
        for file, is_new in (
            (machine.config, machine.write(machine.config, config, mode=0o640, group=GROUP)),
            (machine.drop_in, machine.write(machine.drop_in, unit, mode=0o644)),
        )
        if is_new
    ]
    report.done += [f"wrote {file}" for file in changed]
    if machine.start(changed=bool(changed)):
        report.done.append("restarted engramd; rips that it interrupted go on")
    _prove(service_side.await_start(session), answers, report)
    return _finished(report)


def set_through_bus(session: Session, plan: Plan) -> Report:
    """Set up a daemon that is no service of the system: what can be done without root."""
    report = Report()
    service_side.refuse_missing_mounts(plan.answers)
    _make_folders(plan.answers, "", report)
    service = session.service()
    if plan.settings:
        service.settings("Set", "a{sv}", dict(plan.settings))
        report.done.append(f"set {', '.join(plan.settings)}")
    _prove(service_side.await_start(session), plan.answers, report)
    report.remains.append(_NO_UNIT)
    return _finished(report)


def _make_folders(answers: Answers, group: str, report: Report) -> None:
    for folder in dict.fromkeys(answers.folders):
        if make_folder(folder, group):
            report.done.append(f"made {folder}" + (f" for the group {group}" if group else ""))


def _prove(service: Service, answers: Answers, report: Report) -> None:
    """Have the daemon write into each folder; a library is one from its marker on."""
    report.done += [f"{path} is a library now" for path in service_side.mark_libraries(service, answers)]
    for seen in service_side.look(service, answers):
        report.tried.append(f"{seen.what}: {seen.text}")
        if not seen.is_right:
            report.is_proven = False
            report.remains.append(f"{seen.what}: {seen.remedy or seen.text}")


def _finished(report: Report) -> Report:
    """Tell what only a person can do."""
    if not report.done:
        report.done.append("nothing was to be changed")
    report.remains += _members()
    report.remains.append(_INSERT)
    return report


def _members() -> Iterator[str]:
    """Say how who asked may use engramd without a password."""
    person = os.environ.get("SUDO_USER", "")
    with suppress(KeyError):
        if person and person != "root" and person not in grp.getgrnam(GROUP).gr_mem:
            yield f"to rip, answer and set without a password: sudo usermod -aG {GROUP} {person}"
