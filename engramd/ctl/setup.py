"""The command setup: asks what engramd needs to know, sets it up, and has the service prove it."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engramd.ctl.session import FAILED, Session, pass_session, shared_options
from engramd.ctl.setup_ask import SECRETS, Asker, Given
from engramd.ctl.setup_machine import Machine
from engramd.ctl.setup_unit import GROUP, drop_in
from engramd.errors import InvalidArgument, NotAuthorized

if TYPE_CHECKING:
    from engramd.ctl.setup_answers import Present
    from engramd.ctl.setup_work import Report

_GROUP_LINE = re.compile(r"^SupplementaryGroups=(\S+)$", re.MULTILINE)
_SET = re.compile(r'^(\s*(\w+)\s*=\s*)"(?:[^"\\]|\\.)*"', re.MULTILINE)


@click.command()
@click.option("--tv", metavar="DIR", help="Where series go; empty: nowhere.")
@click.option("--films", metavar="DIR", help="Where films go; empty: nowhere.")
@click.option("--staging", metavar="DIR", help="Where rips are on their way; best beside the libraries.")
@click.option("--group", metavar="NAME", help="The group that files belong to.")
@click.option("--languages", metavar="LIST", help="Languages whose sound and subtitles are kept, or all.")
@click.option("--makemkv-key", metavar="KEY", help="MakeMKV's key; - reads it from standard input.")
@click.option(
    "--source", "sources", multiple=True, metavar="NAME", help="tmdb, discdb, opensubtitles, or none."
)
@click.option("--tmdb-key", metavar="KEY", help="TMDB's key; - reads it.")
@click.option("--opensubtitles-key", metavar="KEY", help="OpenSubtitles' API key; - reads it.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not said stays, or has its default.")
@click.option("--dry-run", is_flag=True, help="Only show the files that would be written.")
@shared_options
@pass_session
def setup(session: Session, /, yes: bool, dry_run: bool, **said: Any) -> None:
    """Set engramd up in five questions, and prove that it works.

    Asks for the library's folders and group, languages, MakeMKV's key, and which sources in the network may
    be asked. Writes /etc/engramd/engramd.toml and a drop-in of the unit, makes the folders, restarts the
    service, and has it write into each folder. Run again, it changes what is answered anew, and nothing else.

    Several keys of - are read one a line, in the order of these options.
    """
    machine = machine_of()
    is_service = session.bus == "system" and machine.has_systemd()
    if is_service and os.geteuid() != 0 and not dry_run:
        remedy = "sudo engramctl setup"
        raise NotAuthorized("only root can set up the service", where=machine.config, remedy=remedy)
    if is_service and not dry_run:
        machine.try_to_start()
    present = _present(session, machine)
    asks = not yes and (sys.stdin.isatty() or not dry_run)
    answers = _asker(session, present, said, asks=asks, is_service=is_service).answers()
    from engramd.ctl import setup_work as work

    plan = work.Plan(answers, present, work.checked(answers.settings(present, _spoken())))
    if dry_run:
        _show(session, machine, plan, is_service=is_service)
        return
    if asks:
        _ask_about_jobs(session)
    report = work.set_up(session, machine, plan) if is_service else work.set_through_bus(session, plan)
    session.give([report.fields()], lambda: "\n".join(_laid_out(report)))
    if not report.is_proven:
        click.get_current_context().exit(FAILED)


def machine_of() -> Machine:
    """Give this machine."""
    return Machine()


def _asker(
    session: Session, present: Present, said: Mapping[str, Any], *, asks: bool, is_service: bool
) -> Asker:
    if asks and not sys.stdin.isatty():
        raise InvalidArgument("nobody is here to be asked", remedy="say it with options, and --yes")
    secrets = {name: said[name] for name in SECRETS if said[name] is not None}
    for name, value in secrets.items():
        if value != "-":
            text = f"the shell's history has {SECRETS[name]} now; better: --{name.replace('_', '-')} -"
            click.echo(f"engramctl: {text}", err=True)
    names = ("tv", "films", "staging", "group", "languages")
    given = Given(**{name: said[name] for name in names}, sources=said["sources"] or None, secrets=secrets)
    return Asker(
        given, present, session.out, _is_local, asks=asks, is_service=is_service, read_secret=_read_secret
    )


def _ask_about_jobs(session: Session) -> None:
    """Let a person decide whether jobs are interrupted; scripts know what they do."""
    from engramd.ctl.setup_service import running

    service = running(session)
    if service is not None and (jobs := service.overview()["ActiveJobs"]):
        what = "a job works" if jobs == 1 else f"{jobs} jobs work"
        click.confirm(
            f"\n{what}; a restart interrupts that, and it goes on then. Set up now?", abort=True, err=True
        )


def _read_secret(name: str) -> str:
    """Read a secret from a pipe, or ask for it. InvalidArgument where nothing comes."""
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True))
    line = sys.stdin.readline()
    if not line.strip():
        raise InvalidArgument("nothing came on standard input", where=name)
    return line.strip()


def _present(session: Session, machine: Machine) -> Present:
    from engramd.ctl.setup_service import running, what_is_set

    try:
        file = (
            tomllib.loads(machine.read(machine.config)).get("settings", {}) if session.bus == "system" else {}
        )
    except tomllib.TOMLDecodeError as error:
        remedy = f"sudoedit {machine.config}"
        raise InvalidArgument("the configuration file is no TOML", why=error, remedy=remedy) from None
    found = _GROUP_LINE.search(machine.read(machine.drop_in)) if session.bus == "system" else None
    return what_is_set(running(session), file, found[1] if found else GROUP)


def _is_local(folder: Path) -> bool:
    """Whether a folder lies, or would lie, on a disk of this machine."""
    from engramd.pipeline.checks.mounts import mount_of, read_mounts

    return not mount_of(folder, read_mounts()).may_hang


def _spoken() -> str:
    from engramd.ctl.setup_answers import spoken_language

    return spoken_language(os.environ.get("LC_ALL") or os.environ.get("LANG") or "")


def _show(session: Session, machine: Machine, plan: Any, *, is_service: bool) -> None:
    from engramd.ctl.setup_toml import with_settings

    if not is_service:
        session.give(
            [{"settings": plan.shown}], lambda: "\n".join(f"{k} = {v}" for k, v in plan.shown.items())
        )
        return
    config = _without_secrets(with_settings(machine.read(machine.config), plan.settings))
    unit = drop_in(plan.answers.folders, plan.answers.group, wants_mounts=machine.wants_mounts())
    files = {str(machine.config): config, str(machine.drop_in): unit}
    shown = "\n".join(f"{name}:\n{text}" for name, text in files.items())
    session.give([{"file": name, "text": text} for name, text in files.items()], lambda: shown)


def _without_secrets(text: str) -> str:
    from engramd.settings import SECRETS as HIDDEN

    return _SET.sub(lambda found: f'{found[1]}"…"' if found[2] in HIDDEN else found[0], text)


def _laid_out(report: Report) -> Iterator[str]:
    for head, lines in (("Done:", report.done), ("Tried from inside the service:", report.tried)):
        if lines:
            yield from ("", head, *(f"  {line}" for line in lines))
    yield from ("", "What remains:", *(f"  {line}" for line in report.remains))


COMMANDS = (setup,)
