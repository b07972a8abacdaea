"""The command tracks: which tracks of single shows and films are kept."""

from __future__ import annotations

from typing import Any

import click

from engramd.ctl.fields import plain
from engramd.ctl.service import Properties
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.tables import table


@click.command()
@click.argument("show", required=False)
@click.option("--audio", "audio_languages", help="Languages whose sound is kept, as `original, eng`.")
@click.option("--subtitles", "subtitle_languages", help="Languages whose subtitles are kept.")
@click.option("--commentary/--no-commentary", "keep_commentary", default=None, help="Keep commentary or not.")
@click.option("--core/--no-core", "keep_core_audio", default=None, help="Keep the core of lossless sound.")
@click.option("--clear", is_flag=True, help="Keep what the settings say.")
@shared_options
@pass_session
def tracks(session: Session, /, show: str | None, clear: bool, **options: Any) -> None:
    """Say which tracks of a SHOW are kept, or list what was said.

    What is not said is as in the settings (audio_languages, subtitle_languages, keep_commentary,
    keep_core_audio). It counts from the next title that is ripped, in the place of what was said before.
    """
    said = {name: value for name, value in options.items() if value is not None}
    service = session.service()
    if show is None:
        if said or clear:
            raise click.UsageError("name the show or film")
        rules: list[Properties] = service.manager("TrackRules", "a{sv}", {})
        session.give(map(plain, rules), lambda: _lay_out(rules))
        return
    if bool(said) == clear:
        raise click.UsageError("say which tracks are kept, or --clear")
    service.manager("SetTrackRule", "sa{sv}", show, said)
    session.give([{"show": show, **said}], lambda: None)


def _lay_out(rules: list[Properties]) -> str:
    def shown(value: Any) -> str:
        return "" if value is None else value if isinstance(value, str) else "yes" if value else "no"

    names = ("audio_languages", "subtitle_languages", "keep_commentary", "keep_core_audio")
    rows = [(rule["show"], *(shown(rule.get(name)) for name in names)) for rule in rules]
    heads = ("show or film", "sound", "subtitles", "commentary", "core")
    return table(heads, rows) if rows else "Nothing is said of single shows or films."


COMMANDS = (tracks,)
