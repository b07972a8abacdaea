"""Where a title belongs in the library, in the layout that Plex or Jellyfin asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from engramd.errors import InvalidArgument
from engramd.organize.episode import EpisodeCode
from engramd.organize.presets import (
    LONGEST_EDITION,
    SHOW_FIELDS,
    WORK_FIELDS,
    Formats,
    NamingSettings,
    Style,
    formats_of,
)
from engramd.organize.safe_names import EDGES, LONGEST, ROOM, clean_text, cut_text, safe_component
from engramd.organize.templates import NAMES, TEXTS, Value, check_template, fields_of, render

SUFFIX = ".mkv"
#: Bytes of a work's name: so much is left whatever edition, version and part add, so that the names of a
#: film's files begin as its folder is called.
WORK_NAME = 140
_LONGEST_LABEL = 48
_SOURCES = {"dvd": "DVD", "bluray": "Bluray", "uhd": "Bluray"}
_RESOLUTIONS = {"4K": "2160p"}
#: What media servers, and this program, read as the number of a work or as an edition.
_TAG = re.compile(r"([\[({]\s*(?:tmdb|tvdb|imdb|edition)(?:id)?)\s*[-=]", re.IGNORECASE)
_ARTICLE = re.compile(r"(The|An|A) (\S.*)", re.IGNORECASE)
#: What tells the files of one film apart, and is no part of its folder's name.
_OF_A_FILE = frozenset({"edition", "resolution", "source", "quality", "part", "disc"})


class FilingItem(BaseModel):
    """What has to be known of a title to name it.

    `title` is the show's or film's, or that of a disc that is neither (`other`). An extra with `film=False`
    belongs to a series, and to `season` if given. `episode_part` is which part of its episode or film a file
    is, where several are one; `version` tells files of one cut apart (`1080p`). `disc_number`, else
    `disc_label` or `disc_hash`, and `title_index` keep the extras of several discs apart; `is_main` is the
    one title of another disc that is called as its disc. `media` is as on the bus: dvd, bluray, uhd.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["episode", "film", "extra", "other"]
    title: str
    original_title: str | None = None
    year: int | None = None
    season: int | None = None
    episode_code: str | None = None
    episode_title: str | None = None
    episode_part: int | None = None
    edition: str | None = None
    version: str | None = None
    tmdb_id: int | None = None
    resolution: str | None = None
    media: str = ""
    film: bool = False
    disc_number: int | None = None
    disc_label: str = ""
    disc_hash: str = ""
    title_index: int | None = None
    is_main: bool = False
    extra_kind: str | None = None
    extra_name: str | None = None


def plan_path(item: FilingItem, naming: NamingSettings) -> Path:
    """Give the path of a title relative to the library folder of its kind.

    Raise InvalidArgument for a wrong format string or episode code, and for an item without title or code.
    """
    return plan_folder(item, naming) / plan_name(item, naming)


def plan_folder(item: FilingItem, naming: NamingSettings) -> Path:
    """Give the folder of a title, as `plan_path` does: that of its work first, whatever is below it after."""
    work, below = _Names(item, formats_of(naming)).folders()
    return Path(work, *below)


def plan_work_folder(item: FilingItem, naming: NamingSettings) -> str:
    """Give the name of the folder of the whole work: the first part of `plan_path`."""
    return _Names(item, formats_of(naming)).folders()[0]


def plan_name(item: FilingItem, naming: NamingSettings) -> str:
    """Give the name of a title's file, the last part of `plan_path`."""
    return _Names(item, formats_of(naming)).file()


@dataclass(frozen=True)
class _Names:
    """The names of one item; raises InvalidArgument where it cannot have one."""

    item: FilingItem
    formats: Formats

    def folders(self) -> tuple[str, list[str]]:
        item = self._named_item()
        extras = [self.style.extras_folder(item.extra_kind)] if item.kind == "extra" else []
        if item.kind in ("film", "other") or (item.kind == "extra" and item.film):
            return self._film_folder(), extras
        season = _code(item).season if item.kind == "episode" else item.season
        check_template(self.formats.show, SHOW_FIELDS)
        check_template(self.formats.season, "season")
        show = safe_component(self._fitted(self.formats.show, _values(item, self.style), WORK_NAME))
        if season is None:
            return show, extras
        values = _values(item, self.style) | {"season": season}
        return show, [safe_component(self._fitted(self.formats.season, values, WORK_NAME)), *extras]

    def file(self) -> str:
        item = self._named_item()
        if item.kind == "episode":
            return self._episode()
        if item.kind == "film":
            return self._film()
        return self._extra() if item.kind == "extra" else self._other()

    @property
    def style(self) -> Style:
        return self.formats.style

    def _named_item(self) -> FilingItem:
        if not clean_text(self.item.title).strip(EDGES):
            raise InvalidArgument("A title without a name cannot be filed", remedy="name the show or film")
        return self.item

    def _episode(self) -> str:
        item, template, style = self.item, self.formats.episode, self.style
        code = _code(item)
        check_template(template, "episode")
        values = _values(item, style) | {"season": code.season, "episode": (code.first, code.last)}
        marks = self._marks(template, style.episode_edition, style.episode_version)
        room = LONGEST - ROOM - len((marks + SUFFIX).encode())
        return safe_component(self._fitted(template, values, room), marks + SUFFIX, room=ROOM)

    def _film(self) -> str:
        item, template, style = self.item, self.formats.movie_file, self.style
        check_template(template, WORK_FIELDS)
        marks = self._marks(template, style.film_edition, style.film_version)
        # A name that was cut for the folder begins the file's too.
        values = {field: self._film_values()[field] for field in NAMES}
        room = LONGEST - ROOM - len((marks + SUFFIX).encode())
        name = self._fitted(template, _values(item, style) | values, room)
        return safe_component(name, marks + SUFFIX, room=ROOM)

    def _film_folder(self) -> str:
        return safe_component(self._filled(self.formats.movie, self._film_values()))

    def _film_values(self) -> dict[str, Value]:
        """A film's editions lie in one folder, so its name leaves out what only tells its files apart."""
        check_template(self.formats.movie, WORK_FIELDS)
        values = _values(self.item, self.style) | dict.fromkeys(_OF_A_FILE)
        return self._cut(self.formats.movie, values, WORK_NAME)

    def _extra(self) -> str:
        item = self.item
        where = [part for part in (_disc(item), _number(item)) if part]
        if item.extra_name and _plain(item.extra_name):
            name, mark = _plain(item.extra_name), f" ({', '.join(where)})" if where else ""
        else:
            name, mark = _plain(item.title), " - " + " - ".join(where or ["Extra"])
        return safe_component(name, mark + SUFFIX, room=ROOM)

    def _other(self) -> str:
        """What is neither show nor film is called as its folder, and told apart as extras are."""
        item = self.item
        disc = f"Disc {item.disc_number}" if item.disc_number is not None else ""
        name = _short(_plain(item.extra_name or "")) or _number(item)
        parts = [part for part in (disc, "" if item.is_main else name) if part]
        return safe_component(
            self._film_folder(), "".join(f" - {part}" for part in parts) + SUFFIX, room=ROOM
        )

    def _marks(self, template: str, edition_mark: str, version_mark: str) -> str:
        """Give what the format string does not say itself; the part comes last, where servers look for it."""
        named = fields_of(template)
        edition = "" if "edition" in named else _label(self.item.edition, LONGEST_EDITION)
        version = _label(_RESOLUTIONS.get(self.item.version or "", self.item.version), 16)
        return (
            (edition_mark.format(edition) if edition else "")
            + (version_mark.format(version) if version else "")
            + ("" if "part" in named else _part(self.item, self.style))
        )

    def _fitted(self, template: str, values: Mapping[str, Value], most: int) -> str:
        return self._filled(template, self._cut(template, values, most))

    def _filled(self, template: str, values: Mapping[str, Value]) -> str:
        number = values.get("tmdb_id")
        return render(template, values, {"tmdb_id": self.style.tmdb.format(number)} if number else {})

    def _cut(self, template: str, values: Mapping[str, Value], most: int) -> dict[str, Value]:
        """Cut texts until the format string gives a name of `most` bytes; numbers are never cut."""
        values, fields = dict(values), sorted(TEXTS & fields_of(template))
        # A reserved name is marked with a character more.
        while (excess := len(clean_text(self._filled(template, values)).encode()) - most + 1) > 0:
            texts = {field: clean_text(str(values[field] or "")) for field in fields}
            longest = max(texts, key=lambda field: len(texts[field].encode()), default="")
            text = texts.get(longest, "")
            if len(text.encode()) < 2:
                break
            shorter = cut_text(text, max(len(text.encode()) - excess, 1))
            values[longest] = shorter if shorter != text else ""
        return values


def _code(item: FilingItem) -> EpisodeCode:
    if item.episode_code is None:
        raise InvalidArgument("An episode without its number cannot be filed", where=item.title)
    return EpisodeCode.parse(item.episode_code)


def _disc(item: FilingItem) -> str:
    if item.disc_number is not None:
        return f"Disc {item.disc_number}"
    return _short(clean_text(item.disc_label)) or _short(clean_text(item.disc_hash)[:6])


def _number(item: FilingItem) -> str:
    return f"Title {item.title_index:02d}" if item.title_index is not None else ""


def _part(item: FilingItem, style: Style) -> str:
    mark = style.episode_part if item.kind == "episode" else style.film_part
    return mark.format(item.episode_part) if item.episode_part else ""


def _label(text: str | None, most: int) -> str:
    """Give a text that stands in brackets or after a dash, of at most `most` characters."""
    plain = clean_text(text or "").translate(str.maketrans("{}[]", "()()"))
    return cut_text(plain[:most], _LONGEST_LABEL)


def _plain(text: str) -> str:
    """Give a name in which nothing looks like the tags that servers trust: `{tmdb-1}` is `{tmdb 1}`."""
    return _TAG.sub(r"\1 ", clean_text(text))


def _short(text: str) -> str:
    """Cut what stands behind a name, so that most of the 255 bytes are left to the name."""
    return cut_text(text, 64)


def _values(item: FilingItem, style: Style) -> dict[str, Value]:
    resolution = _RESOLUTIONS.get(item.resolution or "", item.resolution)
    source = _SOURCES.get(item.media)
    quality = f"{source}-{resolution}" if source and source != "DVD" and resolution else source or resolution
    title = _plain(item.title)
    return {
        "show": title,
        "title": title,
        "original_title": _plain(item.original_title or ""),
        "sort_title": _ARTICLE.sub(r"\2, \1", title) if _ARTICLE.fullmatch(title) else title,
        "year": item.year,
        "season": item.season,
        "edition": _label(item.edition, LONGEST_EDITION),
        "tmdb_id": item.tmdb_id,
        "resolution": item.resolution,
        "source": source,
        "quality": quality,
        "disc": item.disc_number,
        "part": _part(item, style).strip(" -"),
        "episode_title": _plain(item.episode_title or ""),
    }
