"""The texts of `.nfo` files, in which Kodi and Jellyfin look for what a show, film or episode is. Pure.

Elements and their order: https://kodi.wiki/view/NFO_files/TV_shows, …/NFO_files/Episodes and
…/NFO_files/Movies. A file with several episodes has one `.nfo` with an `episodedetails` for each, one after
the other.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: What XML 1.0 allows no document to hold (section 2.2), and what reads as another sign (2.11).
_NO_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class WorkFacts:
    """What is known of a show or film; 0 and empty: not known. `premiered` is a date as `1999-03-31`.

    `tmdb_id` is a number of series or of films, as the work is.
    """

    title: str
    original_title: str = ""
    year: int = 0
    premiered: str = ""
    plot: str = ""
    minutes: int = 0
    tmdb_id: int = 0


@dataclass(frozen=True)
class EpisodeFacts:
    """What is known of an episode, by the number that its file is named by; `tmdb_id` is its own."""

    show: str
    season: int
    number: int
    title: str = ""
    aired: str = ""
    plot: str = ""
    minutes: int = 0
    tmdb_id: int = 0


def show_nfo(show: WorkFacts) -> str:
    """Give the text of a `tvshow.nfo`."""
    return _DECLARATION + _block("tvshow", _work(show))


def film_nfo(film: WorkFacts) -> str:
    """Give the text of a `movie.nfo`, or of a film's own `.nfo`."""
    return _DECLARATION + _block("movie", _work(film))


def episodes_nfo(episodes: Iterable[EpisodeFacts]) -> str:
    """Give the text of the `.nfo` of a file that holds these episodes."""
    return _DECLARATION + "".join(_block("episodedetails", _episode(one)) for one in episodes)


def plain(text: str) -> str:
    """Give a text without what no XML may hold, as it is read back."""
    return _NO_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _work(work: WorkFacts) -> list[str]:
    return [
        _element("title", work.title),
        _element("originaltitle", work.original_title),
        _element("year", work.year or ""),
        _element("plot", work.plot),
        _element("runtime", work.minutes or ""),
        _id(work.tmdb_id),
        _element("premiered", work.premiered),
    ]


def _episode(one: EpisodeFacts) -> list[str]:
    return [
        _element("title", one.title),
        _element("showtitle", one.show),
        _element("season", one.season),
        _element("episode", one.number),
        _element("plot", one.plot),
        _element("runtime", one.minutes or ""),
        _id(one.tmdb_id),
        _element("aired", one.aired),
    ]


def _block(name: str, elements: Iterable[str]) -> str:
    return f"<{name}>\n" + "".join(elements) + f"</{name}>\n"


def _element(name: str, value: object) -> str:
    """Give an element; none for a value that is not known."""
    text = html.escape(plain(str(value)), quote=False)
    return f"  <{name}>{text}</{name}>\n" if text else ""


def _id(number: int) -> str:
    return f'  <uniqueid type="tmdb" default="true">{number}</uniqueid>\n' if number else ""
