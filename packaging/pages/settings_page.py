"""engramd.toml(5): the configuration file, with every setting as the program describes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from engramd.ctl.text import size
from engramd.settings.config_file import LOG_LEVELS
from engramd.settings.description import descriptions
from engramd.settings.secrets import SECRETS, SENT_TO
from pages.document import (
    Block,
    Item,
    Items,
    Page,
    Paragraph,
    Part,
    code,
    item,
    items,
    listed,
    marked,
    prose,
    quoted,
)

Described = dict[str, Any]

EXAMPLE = (
    'log_level = "info"',
    "",
    "[settings]",
    'library_tv_path = "/srv/media/tv"',
    'library_movies_path = "/srv/media/films"',
    'staging_path = "/srv/media/staging"',
    'naming_preset = "jellyfin"',
    "trash_days = 14",
    "network_enabled = false",
)
_TYPES = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
_UNITS = {"s": "seconds", "": ""}
#: A limit from here on is there for the database, and not for people.
_ENDLESS = 10**15
_SECONDS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def settings_page() -> Page:
    """Give the page."""
    described = descriptions()
    return Page(
        "engramd.toml",
        5,
        "File Formats Manual",
        "configuration file of the disc ripping service engramd, and its settings",
        (
            Part("Synopsis", prose("`/etc/engramd/engramd.toml`")),
            Part("Description", tuple(_description())),
            Part("Keys", (_keys(),)),
            Part("Settings", tuple(_about_settings()), tuple(_groups(described))),
            Part("Secrets and credentials", tuple(_secrets())),
            Part("Files", (_files(),)),
            Part("Example", (code(*EXAMPLE),)),
            Part(
                "See also", prose("`engramctl`(1), `org.engramd.Engram1`(5), `engramd`(8), `systemd.exec`(5)")
            ),
        ),
    )


def _description() -> Iterator[Block]:
    yield from prose(
        "The file is TOML, and may be missing. It is read when `engramd`(8) starts; all mistakes in it are"
        " logged, and end the start with the exit status 78.",
        "Settings need no file: they live in the database, where `engramctl config set` *NAME* *VALUE*"
        " changes them at once. What the file says of a setting is *locked*: nobody can change it on the"
        " bus, and who tries is told the line. So the file is for what administrators decide, and for"
        " machines that are set up by programs.",
        "The file should belong to root and the group engramd with the mode 0640, since it may hold keys.",
    )


def _keys() -> Items:
    return items(
        [
            (
                "`database_url`",
                "Address of the database, as SQLAlchemy writes it. Default: a file of SQLite, `engramd.db` in"
                " the state folder. PostgreSQL works as well:"
                " `postgresql+psycopg://USER:PASSWORD@HOST/DATABASE`; several machines may share it.",
            ),
            (
                "`station`",
                "The name of this machine among those that share a database: one history, one queue of"
                " questions and one library, while each has its own drives and jobs. Default: the machine's"
                " name. Two daemons of one name are refused. What is set with `engramctl config set` counts"
                " for all stations; what is different on one of them, such as paths, stands in its own file.",
            ),
            (
                "`log_level`",
                f"The least that is logged: {listed([f'`{one}`' for one in LOG_LEVELS], 'or')}."
                " Default: `info`.",
            ),
            ("`[settings]`", "A table with any of the settings below."),
        ]
    )


def _about_settings() -> Iterator[Block]:
    yield from prose(
        "Text is in quotes, other values are not. Paths are absolute, or empty: then nothing is set, or the"
        " program finds it by itself. On the command line values are written without quotes, and `engramctl"
        " config list` shows those in force."
    )


def _groups(described: Sequence[Described]) -> Iterator[Part]:
    """Give a part for each topic, in the order of the description."""
    for group, found in groupby(described, lambda one: one.get("group", "other")):
        yield Part(group.capitalize(), (Items(tuple(map(_setting, found))),))


def _setting(one: Described) -> Item:
    text = Paragraph(quoted(one["text"].partition(" Never shown;")[0]))
    return Item(marked(f"`{one['name']}`"), (text, *prose(" ".join(_facts(one)))))


def _facts(one: Described) -> Iterator[str]:
    """Say of a setting what it can be: type or choices, range, default, example."""
    if one["secret"]:
        yield "Text that is never shown, see `SECRETS AND CREDENTIALS`."
        return
    if one.get("choices"):
        yield f"One of {listed([f'`{choice}`' for choice in one['choices']], 'or')}."
    else:
        yield _kind(one)
    yield f"Default: {_value(one['default'], one)}."
    example = one.get("example", "")
    if example and example != _typed(one["default"]):
        yield f"Example: `{example}`."


def _kind(one: Described) -> str:
    unit = _UNITS.get(one.get("unit", ""), one.get("unit", ""))
    kind = _TYPES[one["type"]] + (f" of {unit}" if unit else "")
    if one["type"] == "str" and one.get("format", "text") != "text":
        kind = f"text ({one['format'].replace('_', ' ')})"
    limits = [_typed(one[key]) for key in ("min", "max") if one.get(key, _ENDLESS) < _ENDLESS]
    kind = f"A {kind}" if one["type"] in ("int", "float") else kind.capitalize()
    return kind + (f", {' to '.join(limits)}" if len(limits) == 2 else "") + "."


def _value(value: object, one: Described) -> str:
    if value == "":
        return "empty"
    words = {"s": _time, "bytes": _size}.get(one.get("unit", ""), lambda _: "")(value)
    return f"`{_typed(value)}`" + (f" ({words})" if words else "")


def _time(value: Any) -> str:
    """Give seconds as people say them; empty where they say seconds."""
    for seconds, word in _SECONDS:
        if value and value % seconds == 0:
            count = value // seconds
            return f"{count} {word}{'' if count == 1 else 's'}"
    return ""


def _size(value: Any) -> str:
    return size(value)


def _typed(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _secrets() -> Iterator[Block]:
    yield from prose(
        "These are written and never shown, neither on the bus nor in the log: "
        + listed([f"`{name}`" for name in sorted(SECRETS)])
        + "."
    )
    yield from prose(
        "Best they are kept as systemd's credentials: the service takes a credential that is named as one of"
        " them for its value, which also locks it. With `systemctl edit engramd`:"
    )
    yield code("[Service]", "LoadCredential=tmdb_api_key:/etc/engramd/tmdb_api_key")
    yield from prose(
        "Else `engramctl config set` *NAME* asks for the value, so that no history holds it. A secret that is"
        " in this file is as safe as the file's mode.",
        "A secret was entered for one address, and is not told to another: setting the address forgets it.",
    )
    yield items(
        [(f"`{address}`", ", ".join(f"`{one}`" for one in secrets)) for address, secrets in SENT_TO.items()],
        close=True,
    )


def _files() -> Items:
    return Items(
        (
            item(
                "`/etc/engramd/engramd.toml`",
                "The file of the system's service; `engramd --config` names another.",
            ),
            item(
                "`$XDG_CONFIG_HOME/engramd/engramd.toml`",
                "The file of a daemon that a user starts; `~/.config` where that is not set.",
            ),
        )
    )
