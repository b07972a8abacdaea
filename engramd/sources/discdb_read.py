"""Entries from TheDiscDB's own JSON: the files of a checkout, and the answers of the network, alike.

Both have the same fields; their names differ in the first letter, so names are compared without case. What
comes from outside may be wrong in any way: a wrong type raises BadEntry, texts are cut and cleaned.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from engramd.errors import InvalidArgument
from engramd.sources.discdb_model import DiscEntry, EntryTitle, Item, Namespace, Work

Fields = Mapping[str, Any]

#: Longer texts are cut, in characters.
MOST_TEXT = 500
#: More than any disc has.
MOST_TITLES = 2_000
MOST_CHAPTERS = 1_000
_MOST_BYTES = 2**63 - 1
_DURATION = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2})(?:\.\d{1,9})?", re.ASCII)
_HASH = re.compile(r"[0-9A-F]{32}", re.ASCII)
_EPISODES = re.compile(r"(\d{1,4})(?:\s*[-–]\s*(\d{1,4}))?", re.ASCII)
_SEASON = re.compile(r"\d{1,4}", re.ASCII)
_TMDB = re.compile(r"\d{1,9}", re.ASCII)
_IMDB = re.compile(r"tt\d{5,12}", re.ASCII)
_FOLDER = re.compile(r"(.+?)\s*\((\d{4})\)", re.ASCII)


class BadEntry(InvalidArgument):
    """A piece of the data is not as TheDiscDB writes it; `where` names the field."""


def parse_object(data: bytes | str) -> Fields:
    """Read one JSON object; BadEntry for everything else, however deep, wide or wrongly encoded it is."""
    try:
        value = json.loads(data.decode("utf-8-sig") if isinstance(data, bytes) else data)
    except (ValueError, RecursionError) as error:
        raise BadEntry("this is no JSON", why=str(error)[:200]) from error
    return fields(value, "the file")


def fields(value: object, where: str) -> Fields:
    """Give an object's fields by their names in lower case."""
    if not isinstance(value, dict):
        raise BadEntry("an object was expected", where=where, why=f"it is {_kind(value)}")
    return {str(name).lower(): item for name, item in value.items()}


def items(value: object, where: str, most: int) -> list[object]:
    """Give a list, empty for null."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadEntry("a list was expected", where=where, why=f"it is {_kind(value)}")
    if len(value) > most:
        raise BadEntry("a list is too long to be true", where=where, why=f"it has {len(value)} members")
    return value


def text(source: Fields, name: str) -> str:
    """Give a text on one line without control characters; empty for null. Numbers are taken as written."""
    value = source.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 2**63 else ""
    if not isinstance(value, str):
        raise BadEntry("a text was expected", where=name, why=f"it is {_kind(value)}")
    kept = value[: MOST_TEXT * 2].encode("utf-8", "replace").decode()
    clean = "".join(" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in kept)
    return " ".join(clean.split())[:MOST_TEXT]


def number(source: Fields, name: str, most: int) -> int | None:
    """Give a whole number from 0 to `most`; None for null. Numbers that are written as texts are taken."""
    value = source.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= 20 and value.strip().isascii() and value.strip().isdigit():
        value = int(value)
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise BadEntry("a number was expected", where=name, why=f"it is {_kind(value)}")
    return value


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", type(None): "null", bool: "a truth value"}
    return names.get(type(value), "another number" if isinstance(value, int | float) else "something else")


def read_work(source: Fields, namespace: Namespace | None, folder: str = "") -> Work:
    """Read a series or a film; its folder's name stands in for what is missing. BadEntry without a name."""
    kind = text(source, "type").lower()
    told: dict[str, Namespace] = {"series": "tv", "movie": "movie"}
    space = namespace or told.get(kind)
    if space is None:
        raise BadEntry("this is neither series nor film", where="type", why=repr(kind))
    named = _FOLDER.fullmatch(folder)
    name = text(source, "title") or (named[1] if named else folder)
    if not name:
        raise BadEntry("a work has no name", where="title")
    ids = fields(source.get("externalids") or {}, "externalids")
    imdb = text(ids, "imdb")
    return Work(
        namespace=space,
        name=name,
        year=_year(source, named[2] if named else None),
        tmdb_id=_tmdb(text(ids, "tmdb")),
        imdb_id=imdb if _IMDB.fullmatch(imdb) else None,
    )


def _year(source: Fields, folder: str | None) -> int | None:
    year = number(source, "year", 10**9) or int(folder or 0)
    return year if 1880 <= year <= 2200 else None


def _tmdb(written: str) -> int | None:
    return (int(written) or None) if _TMDB.fullmatch(written) else None


def read_disc(source: Fields, work: Work, release: Fields, where: str = "") -> DiscEntry:
    """Read a disc with its titles. BadEntry names the field that is wrong."""
    titles = [_title(one) for one in items(source.get("titles"), "titles", MOST_TITLES)]
    written = text(source, "contenthash").upper()
    return DiscEntry(
        work=work,
        release_slug=text(release, "slug"),
        release_title=text(release, "title"),
        disc_index=number(source, "index", 100_000),
        disc_name=text(source, "name"),
        disc_slug=text(source, "slug"),
        disc_format=text(source, "format"),
        content_hash=written if _HASH.fullmatch(written) else None,
        titles=tuple(title for title in titles if title is not None),
        where=where,
    )


def _title(value: object) -> EntryTitle | None:
    """Read a title; None for one without a duration, which nothing could be compared with."""
    source = fields(value, "titles")
    length = _DURATION.fullmatch(text(source, "duration"))
    if length is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in length.groups())
    return EntryTitle(
        source_file=text(source, "sourcefile").lower(),
        segment_map=text(source, "segmentmap"),
        duration=hours * 3600 + minutes * 60 + seconds,
        size=number(source, "size", _MOST_BYTES) or 0,
        item=_item(source["item"]) if source.get("item") is not None else None,
    )


def _item(value: object) -> Item | None:
    source = fields(value, "item")
    kind = text(source, "type")
    if not kind:
        return None
    season = text(source, "season")
    chapters = items(source.get("chapters"), "chapters", MOST_CHAPTERS)
    return Item(
        kind=kind,
        name=text(source, "title"),
        season=int(season) if _SEASON.fullmatch(season) else None,
        episodes=_episodes(text(source, "episode")),
        description=text(source, "description"),
        chapters=tuple(text(fields(one, "chapters"), "title") for one in chapters),
    )


def _episodes(written: str) -> tuple[int, int] | None:
    found = _EPISODES.fullmatch(written)
    if found is None:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return (first, last) if first <= last else None
