"""Commands for settings: config list, describe, get, set, reset."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.text import printable
from engramd.errors import InvalidArgument, WrongState

if TYPE_CHECKING:
    from engramd.ctl.service import Service

Entry = dict[str, Any]


@click.group(invoke_without_command=True)
@shared_options
@click.pass_context
def config(context: click.Context) -> None:
    """List, get and set the daemon's settings."""
    if context.invoked_subcommand is None:
        _list(context.ensure_object(Session), ())


@config.command("list")
@click.argument("words", nargs=-1)
@shared_options
@pass_session
def list_settings(session: Session, words: tuple[str, ...]) -> None:
    """List settings by topic with value, range and meaning; WORDS are topics or parts of names."""
    _list(session, words)


def _list(session: Session, words: Sequence[str]) -> None:
    from engramd.ctl import config_screen, output

    found = config_screen.chosen(_entries(session.service()), words)
    session.give(found, lambda: config_screen.listed(found, output.columns()))


def _entries(service: Service) -> list[Entry]:
    """Give every setting's description, joined with its value; a secret has none."""
    values = service.values()
    return [one | {"value": values.get(one["name"])} for one in service.settings("Describe")]


def _entry(service: Service, name: str, further: Sequence[str] = ()) -> Entry:
    from engramd.ctl.config_values import find

    return dict(find(_entries(service), name, further))


@config.command("describe")
@click.argument("name")
@shared_options
@pass_session
def describe_setting(session: Session, name: str) -> None:
    """Say everything about a setting: meaning, value, default, range, unit, what locks it."""
    _describe(session, _entry(session.service(), name))


def _describe(session: Session, one: Entry) -> None:
    from engramd.ctl.config_screen import described, facts_of
    from engramd.ctl.tables import facts

    session.give([one], lambda: described(one, facts(facts_of(one))))


@config.command("get")
@click.argument("name")
@click.option("-v", "--verbose", is_flag=True, help="Say everything about it, as `config describe` does.")
@shared_options
@pass_session
def get_setting(session: Session, name: str, *, verbose: bool) -> None:
    """Print the value of a setting, with its unit; of a secret, whether it is set.

    With --json the value is as it is kept: seconds, days, bytes.
    """
    from engramd.ctl.config_values import shown

    one = _entry(session.service(), name)
    if verbose:
        _describe(session, one)
        return
    said = {name: one["value"]} | ({"set": one["set"]} if one["secret"] else {})
    if session.json:
        session.give([said], str)
        return
    click.echo(printable(shown(one, one["value"])))  # whole, also where the screen is narrower


@config.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("value", nargs=-1)
@shared_options
@pass_session
def set_setting(session: Session, name: str, value: tuple[str, ...]) -> None:
    """Give the setting NAME a VALUE, such as 20min, 2 weeks, 4GiB, yes.

    A secret needs no VALUE here: it is asked for, or read from a pipe, so that it is in no shell's history
    and in no list of processes. A `-` reads a line from standard input for any setting. After a naming_…
    setting it shows what names are like now.
    """
    from engramd.ctl.config_values import read_value

    name, words = _split(name, value)
    service = session.service()
    one = _entry(service, name, words)
    text = _given(one, words)
    service.settings("Set", "a{sv}", {name: read_value(one, text)})
    if name.startswith("naming_"):
        names = _names(service.values())
        session.give([{"name": name, "value": text, "names": names}], lambda: "\n".join(names))


def _split(name: str, words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Take NAME=VALUE, too."""
    before, equals, after = name.partition("=")
    return (before, (after,)) if equals and not words else (name, words)


def _given(one: Entry, words: Sequence[str]) -> str:
    """Give the text of the value: from the command line, from standard input, or asked for."""
    name = one["name"]
    if not words and one["locked"]:
        remedy = "change it there, then: sudo systemctl reload engramd"
        raise WrongState(f"{name} is locked", where=one["locked_by"], remedy=remedy)
    if not words and not one["secret"]:
        from engramd.ctl.config_values import wanted

        why = f"it is {wanted(one)}" if wanted(one) else ""
        raise InvalidArgument(f"{name} needs a value", why=why, remedy=f"engramctl config set {name} VALUE")
    if not words or tuple(words) == ("-",):
        return _asked_for(name, secret=one["secret"])
    if one["secret"]:
        _warn(name)
    return " ".join(words)


def _warn(name: str) -> None:
    text = (
        "the shell's history has that secret now, and every user here could see it among the processes;"
        f" better: `engramctl config set {name}`, which asks for it"
    )
    click.echo(f"engramctl: {text}", err=True)


def _asked_for(name: str, *, secret: bool) -> str:
    """Ask for a value without showing it, or read a line of a pipe. InvalidArgument where nothing comes."""
    if sys.stdin.isatty():
        text: str = click.prompt(name, hide_input=secret, default="", show_default=False, err=True)
    else:
        text = sys.stdin.readline()
        if not text:
            raise _nothing(name, "nothing came on standard input")
        text = text.rstrip("\r\n")
    if secret and not text.strip():
        raise _nothing(name, "nothing was entered")
    return text


def _nothing(name: str, what: str) -> InvalidArgument:
    return InvalidArgument(what, where=name, remedy=f"`engramctl config reset {name}` empties a setting")


def _names(values: dict[str, Any]) -> list[str]:
    """Give what example titles are called by the settings in force."""
    from engramd.models import AppConfig
    from engramd.organize.preview import preview

    return preview(AppConfig(**{key: value for key, value in values.items() if key.startswith("naming_")}))


@config.command("reset")
@click.argument("names", nargs=-1, required=True)
@shared_options
@pass_session
def reset_settings(session: Session, names: tuple[str, ...]) -> None:
    """Give settings their defaults again."""
    from engramd.ctl.config_values import find

    service = session.service()
    entries = _entries(service)
    for name in names:
        find(entries, name)
    service.settings("Reset", "as", list(names))


COMMANDS = (config,)
