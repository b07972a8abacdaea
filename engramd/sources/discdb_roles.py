"""What a recorded item means here: role, episode code, kind of extra, edition. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from engramd.models.enums import TitleRole
from engramd.sources.discdb_model import EntryTitle, Item, Work

#: Kinds of extras of the data, and what the library's folders call them.
_KINDS = {
    "deletedscene": "deleted_scene",
    "trailer": "trailer",
    "interview": "interview",
    "featurette": "featurette",
    "scene": "scene",
    "short": "short",
}
#: What the names of extras say, where the data says no more than `Extra` or `Other`.
_WORDS = (
    (
        "deleted_scene",
        re.compile(r"\b(?:deleted|extended|alternate) (?:scene|ending|opening)", re.IGNORECASE),
    ),
    ("trailer", re.compile(r"\b(?:trailers?|teasers?|tv spots?)\b", re.IGNORECASE)),
    (
        "behind_the_scenes",
        re.compile(r"\b(?:behind[ -]the[ -]scenes|(?:the )?making[ -]of)\b", re.IGNORECASE),
    ),
    ("interview", re.compile(r"\b(?:interviews?|(?:in )?conversation with)\b", re.IGNORECASE)),
)
_EDITION = re.compile(
    r"\b(?:cut|edition|version|ending|unrated|uncut|uncensored|extended|theatrical|remastered|restored|imax|3d|redux"
    r"|director.s|open matte|(?:no|with|without) (?:intro|commentary)|black (?:and|&) (?:white|chrome))\b",
    re.IGNORECASE,
)
_GROUP = re.compile(r"[(\[]([^()\[\]]{2,60})[)\]]\s*$")
_TAIL = re.compile(r"(?:\s[-–—]|:)\s+([^:]{2,60})$")
_PLAY_ALL = re.compile(r"\s*play[ -]?all\s*", re.IGNORECASE)
#: Parts are told apart by numbers, Arabic or Roman.
_NUMBER = re.compile(r"\b(?:\d+|[ivx]+)\b")
#: So alike are two spellings of one name, 0 to 1.
ALIKE = 0.94
#: A range of so many episodes on one title may be a play-all that somebody recorded as an episode.
MANY = 3


def plain(name: str) -> str:
    """Give a name without case, accents and punctuation, for comparing."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    kept = (one if one.isalnum() else " " for one in letters if not unicodedata.combining(one))
    return " ".join("".join(kept).replace(" s ", "s ").split())


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for a slip of the pen; numbers may not differ."""
    first, second = plain(one), plain(other)
    if first == second or _NUMBER.findall(first) != _NUMBER.findall(second):
        return first == second
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= ALIKE


def episode_code(item: Item) -> str | None:
    """Give `S01E01` or `S01E01-E02`; None without season or number."""
    if item.season is None or item.episodes is None:
        return None
    first, last = item.episodes
    code = f"S{item.season:02d}E{first:02d}"
    return code if first == last else f"{code}-E{last:02d}"


def split_edition(name: str, work: str) -> tuple[str, str | None]:
    """Take the edition off a title's name: `F9 (Director's Cut)` is `F9` and `Director's Cut`."""
    for found in (_GROUP.search(name), _TAIL.search(name)):
        if found and _EDITION.search(found[1]):
            return name[: found.start()].strip(), found[1].strip()
    rest = name[len(work) :].strip(" :-–—,") if name.casefold().startswith(work.casefold()) else ""
    if rest and len(rest) <= 60 and _EDITION.search(rest):
        return work, rest
    return name, None


def extra_kind(item: Item) -> str:
    """Give the kind of an extra as the library's folders name it; `other` where nothing tells."""
    kind = item.kind.replace(" ", "").lower()
    if kind in _KINDS:
        return _KINDS[kind]
    if kind == "episode":
        return "short"
    return next((name for name, words in _WORDS if words.search(item.name)), "other")


def role_of(item: Item, titles: Sequence[EntryTitle], work: Work) -> TitleRole:
    """Give the role of an item among the titles of its entry."""
    kind = item.kind.replace(" ", "").lower()
    if kind == "mainmovie":
        return TitleRole.MAIN_FEATURE
    if kind != "episode" or work.namespace == "movie":
        return TitleRole.EXTRA
    return TitleRole.PLAY_ALL if _is_play_all(item, titles) else TitleRole.EPISODE


def _is_play_all(item: Item, titles: Sequence[EntryTitle]) -> bool:
    """Whether a range is a play-all: it is called so, or two of its episodes have titles of their own."""
    if item.episodes is None or item.episodes[1] - item.episodes[0] + 1 < MANY:
        return False
    if _PLAY_ALL.fullmatch(item.name):
        return True
    own = {
        other.item.episodes
        for other in titles
        if other.item
        and other.item.kind.lower() == "episode"
        and other.item.season == item.season
        and other.item.episodes
        and other.item.episodes != item.episodes
        and item.episodes[0] <= other.item.episodes[0]
        and other.item.episodes[1] <= item.episodes[1]
    }
    return len(own) > 1


def films(titles: Sequence[EntryTitle], work: Work) -> dict[str, str]:
    """Give the films of a disc by their plain names; one film in several editions counts once."""
    found: dict[str, str] = {}
    for title in titles:
        if title.item and title.item.kind.lower() == "mainmovie" and title.item.name:
            name, _ = split_edition(title.item.name, work.name)
            found.setdefault(plain(name), name)
    return found
