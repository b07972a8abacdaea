"""Settings as people type and read them, by what the daemon says of each (`Settings.Describe`). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from engramd.ctl.units import read_number, shown_number
from engramd.errors import InvalidArgument, NotFound

_TEXTS = {
    "path": "absolute path",
    "paths": "absolute paths",
    "url": "address",
    "urls": "addresses",
    "language": "language",
    "languages": "languages",
    "template": "format",
    "time": "time of day",
    "hours": "two times of day",
    "path_map": "folder=folder",
    "mode": "octal mode",
}
#: What `Describe` gives of a setting, with its value.
Entry = Mapping[str, Any]
_SWITCH = {
    **dict.fromkeys(("yes", "on", "true", "y", "1"), True),
    **dict.fromkeys(("no", "off", "false", "n", "0"), False),
}
_NAME_LIKE = re.compile("[A-Za-z_-]{1,60}")
LISTED = "`engramctl config list` lists them"


def find(entries: Sequence[Entry], name: str, further: Sequence[str] = ()) -> Entry:
    """Give the setting of this name; NotFound says which one may be meant.

    `further` words were typed after it: where one of them is a name, the two were swapped. What looks like no
    name may be a key, and is not repeated.
    """
    names = [one["name"] for one in entries]
    if name in names:
        return entries[names.index(name)]
    if swapped := next((word for word in further if word in names), None):
        raise InvalidArgument("the name comes first", remedy=f"engramctl config set {swapped} VALUE")
    if not _NAME_LIKE.fullmatch(name):
        raise NotFound("the first word is no name of a setting", remedy=LISTED)
    close = get_close_matches(name, names, 3, 0.7)
    close += [other for other in names if len(name) > 2 and name in other and other not in close]
    meant = f"did you mean {' or '.join(close[:3])}?" if close else LISTED
    raise NotFound(f"there is no setting {name}", remedy=meant)


def read_value(one: Entry, text: str) -> Any:
    """Give what a person typed as the setting's value; InvalidArgument says what is wanted instead.

    Rules of text are the daemon's.
    """
    kind, name = one["type"], one["name"]
    if kind == "bool":
        return _known(one, _SWITCH, text.strip().lower())
    if kind == "enum":
        return _known(one, {choice: choice for choice in one["choices"]}, text.strip().lower())
    if kind not in ("int", "float"):
        return text
    try:
        value = read_number(text, one["unit"], whole=kind == "int")
    except InvalidArgument as error:
        raise InvalidArgument(
            f"{error.what}, and {name} is one", why=error.why, remedy=error.remedy or f"it is {wanted(one)}"
        ) from None
    if not one["min"] <= value <= one["max"]:
        raise InvalidArgument(
            f"{shown_number(value, one['unit'])} is out of the range of {name}", why=f"it is {wanted(one)}"
        )
    return value


def _known(one: Entry, words: Mapping[str, Any], word: str) -> Any:
    if word in words:
        return words[word]
    close = get_close_matches(word, words, 1)
    raise InvalidArgument(
        f"{word!r} is no {one['name']}",
        why=f"it is {wanted(one)}",
        remedy=f"did you mean {close[0]}?" if close else "",
    )


def wanted(one: Entry) -> str:
    """Say in a sentence which values a setting takes; empty: any text."""
    if one["type"] == "bool":
        return "yes or no"
    if one["type"] == "enum":
        return "one of " + ", ".join(one["choices"])
    return f"from {limits(one).replace(' - ', ' to ')}" if "min" in one else limits(one)


def limits(one: Entry) -> str:
    """Give the range with its unit, or the choices, in few words: `10 s - 1 day`; empty: any text."""
    if one["type"] == "bool":
        return "yes, no"
    if one["type"] == "enum":
        return ", ".join(one["choices"])
    if "min" not in one:
        return _TEXTS.get(one.get("format", ""), "")
    low, high = (shown_number(one[end], one["unit"]) for end in ("min", "max"))
    number, _, unit = low.partition(" ")
    return f"{number if unit and high.endswith(f' {unit}') else low} - {high}"


def shown(one: Entry, value: Any) -> str:
    """Give a value as people read it; of a secret only whether there is one."""
    if one["secret"]:
        return "(set)" if one["set"] else "(not set)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return shown_number(value, one["unit"])
    return "" if value is None else str(value)
