"""Commands for settings: config list, get, set, reset."""

from __future__ import annotations

import sys
from typing import Any

import click

from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.tables import table
from engramd.ctl.text import printable
from engramd.errors import InvalidArgument, NotFound


@click.group(invoke_without_command=True)
@shared_options
@click.pass_context
def config(context: click.Context) -> None:
    """List, get and set the daemon's settings."""
    if context.invoked_subcommand is None:
        _list(context.ensure_object(Session))


@config.command("list")
@shared_options
@pass_session
def list_settings(session: Session) -> None:
    """List every setting with its value and meaning."""
    _list(session)


def _list(session: Session) -> None:
    service = session.service()
    values = service.values()
    described = [_entry(one, values) for one in service.settings("Describe")]
    session.give(described, lambda: _lay_out(described))


def _said(one: dict[str, Any]) -> str:
    """Give a value as people read it; of a secret only whether there is one."""
    if one["secret"]:
        return "(set)" if one["set"] else "(not set)"
    return _shown(one["value"])


def _lay_out(described: list[dict[str, Any]]) -> str:
    rows = [(one["name"], _said(one), "yes" if one["locked"] else "", one["text"]) for one in described]
    return table(("setting", "value", "locked", "meaning"), rows)


def _entry(described: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Join a description and its value; a secret has none."""
    return {**described, "value": values.get(described["name"])}


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


@config.command("get")
@click.argument("name")
@shared_options
@pass_session
def get_setting(session: Session, name: str) -> None:
    """Print the value of a setting; of a secret, whether it is set."""
    service = session.service()
    found = {one["name"]: one for one in service.settings("Describe")}.get(name)
    if found is None:
        raise NotFound(f"there is no setting {name}", remedy="`engramctl config list` lists them")
    entry = _entry(found, service.values())
    said = {name: entry["value"]} | ({"set": entry["set"]} if entry["secret"] else {})
    session.give([said], lambda: printable(_said(entry)))


@config.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("value")
@shared_options
@pass_session
def set_setting(session: Session, name: str, value: str) -> None:
    """Give the setting NAME a VALUE.

    A `-` takes it from standard input: there a key is seen by nobody, and is in no shell's history. After a
    naming_… setting it shows what names are like now.
    """
    if value == "-":
        value = _from_standard_input(name)
    service = session.service()
    service.settings("Set", "a{sv}", {name: value})
    if name.startswith("naming_"):
        names = _names(service.values())
        session.give([{"name": name, "value": value, "names": names}], lambda: "\n".join(names))


def _names(values: dict[str, Any]) -> list[str]:
    """Give what example titles are called by the settings in force."""
    from engramd.models import AppConfig
    from engramd.organize.preview import preview

    return preview(AppConfig(**{key: value for key, value in values.items() if key.startswith("naming_")}))


def _from_standard_input(name: str) -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt(name, hide_input=True, default="", show_default=False, err=True)
        return typed
    line = sys.stdin.readline()
    if not line:
        raise InvalidArgument(
            "nothing came on standard input", remedy=f"`engramctl config reset {name}` empties a setting"
        )
    return line.rstrip("\r\n")


@config.command("reset")
@click.argument("names", nargs=-1, required=True)
@shared_options
@pass_session
def reset_settings(session: Session, names: tuple[str, ...]) -> None:
    """Give settings their defaults again."""
    session.service().settings("Reset", "as", list(names))


COMMANDS = (config,)
