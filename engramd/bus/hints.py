"""What people say the next discs are: what `Next` takes, and how the manager shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engramd.bus.options import typed_options
from engramd.bus.variants import Uint32, Uint64, microseconds
from engramd.drives.model import object_id
from engramd.errors import InvalidArgument
from engramd.models import ContentType, DiscHint
from engramd.pipeline import DriveView
from engramd.store.hints import hint_words

_KINDS = {
    "drive": str,
    "title": str,
    "year": int,
    "season": int,
    "disc": int,
    "discs": int,
    "until_changed": bool,
    "type": str,
    "extras": str,
    "edition": str,
    "tmdb_id": int,
    "clear": bool,
}


#: Of a set; it counts up with each disc that comes.
LARGEST_DISC = 9999


@dataclass(frozen=True)
class Said:
    """What a call of `Next` says; `clear` ends what was said, of `drive` (None: of all)."""

    hint: Mapping[str, object]
    drive: str | None
    clear: bool = False


def said_of_next(given: Mapping[str, Any]) -> Said:
    """Read what `Next` was given; whether it makes a hint is for the pipeline to say."""
    typed = typed_options(given, _KINDS)
    said = {name: value for name, value in typed.items() if value is not False and value != ""}
    drive = said.get("drive")
    if said.pop("clear", False):
        if others := sorted(said.keys() - {"drive"}):
            raise InvalidArgument("clear goes with drive alone", where=", ".join(others))
        return Said({}, drive, clear=True)
    if said.get("disc", 0) > LARGEST_DISC:
        raise InvalidArgument(f"discs are numbered up to {LARGEST_DISC}", where=f"disc {said['disc']}")
    if said.get("type") == "film":
        said["type"] = ContentType.MOVIE.value
    return Said(said, drive)


def hint_values(hint: DiscHint, drives: Iterable[DriveView]) -> dict[str, Any]:
    """Give one hint; a drive is told by its id, and called by its name in the sentence."""
    drive = object_id(hint.drive_identity) if hint.drive_identity else ""
    return {
        "id": Uint64(hint.id or 0),
        "drive": drive,
        "title": hint.title or "",
        "season": -1 if hint.season is None else hint.season,
        "disc": -1 if hint.next_disc is None else hint.next_disc,
        "discs_left": -1 if hint.discs_left is None else hint.discs_left,
        "content_type": hint.content_type or "",
        "year": Uint32(hint.year or 0),
        "tmdb_id": Uint32(hint.tmdb_id or 0),
        "edition": hint.edition or "",
        "extras": hint.extras_policy,
        "expires": microseconds(hint.expires_at),
        "actor": hint.actor,
        "text": _sentence(hint, next((view.name for view in drives if view.id == drive), drive)),
    }


def _sentence(hint: DiscHint, drive: str) -> str:
    """Say it: `next 3 discs in any drive: Harbor Station, season 2, from disc 4, until 03:40`."""
    left = hint.discs_left
    which = "all next discs" if left is None else "next disc" if left == 1 else f"next {left} discs"
    words = hint_words(hint)
    if hint.next_disc is not None:
        number = f"disc {hint.next_disc}" if left == 1 else f"from disc {hint.next_disc}"
        words = f"{words}, {number}" if words else number
    end = f"{hint.expires_at.astimezone():%H:%M}"
    until = f"until it is changed or {end}" if left is None else f"until {end}"
    return f"{which} in {drive or 'any drive'}: {words}, {until}"
