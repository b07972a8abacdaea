"""Which folder of the references belongs to a show."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

_YEAR = re.compile(r"[\s._]*[(\[]?((?:19|20)\d\d)[)\]]?\s*$")


@dataclass(frozen=True)
class ShowFolder:
    """The folder of a show, or a sentence why there is none.

    `known` are the folders that exist, `fitting` those of this name that the year does not decide between.
    """

    path: Path | None
    problem: str = ""
    known: tuple[str, ...] = ()
    fitting: tuple[str, ...] = ()


def split_year(name: str) -> tuple[str, int | None]:
    """Cut a year off the end of a name: `Frasier (2023)` gives `Frasier` and 2023."""
    found = _YEAR.search(name)
    if not found or not name[: found.start()].strip():
        return name, None
    return name[: found.start()], int(found[1])


def plain(name: str) -> str:
    """Reduce a name to what people agree on: no case, accents, punctuation, spaces or leading article."""
    text = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    text = "".join(c for c in text if not unicodedata.combining(c))
    words = re.sub(r"[^\w]+|_", " ", text.replace("'", "").replace("’", "")).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    elif len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    return "".join(words)


def show_folders(references: Path) -> list[str]:
    """Names of the folders in `references`, sorted, without hidden ones. Raises OSError."""
    with os.scandir(references) as entries:
        return sorted(e.name for e in entries if e.name.isprintable() and e.name[0] != "." and _is_folder(e))


def find_show(references: Path, show: str, year: int | None = None) -> ShowFolder:
    """Find the folder of `show`; the year decides between shows of one name."""
    try:
        known = show_folders(references)
    except OSError as error:
        return ShowFolder(None, f"the folder of references cannot be read ({references}): {error.strerror}")
    bare, own_year = split_year(show)
    year = year or own_year
    fitting = [
        name for name in known if plain(split_year(name)[0]) == plain(bare) or plain(name) == plain(show)
    ]
    chosen = _by_year(fitting, year)
    if len(chosen) == 1:
        return ShowFolder(references / chosen[0], known=tuple(known))
    why = _why_none(show, year, fitting, chosen, known)
    return ShowFolder(None, why, tuple(known), tuple(fitting))


def _by_year(fitting: list[str], year: int | None) -> list[str]:
    if year is None:
        return fitting
    exact = [name for name in fitting if split_year(name)[1] == year]
    return exact or [name for name in fitting if split_year(name)[1] is None]


def _why_none(show: str, year: int | None, fitting: list[str], chosen: list[str], known: list[str]) -> str:
    if len(chosen) > 1:
        return f"several folders of references fit “{show}”: {', '.join(chosen)}; the year would decide"
    if fitting:
        return f"the references of {', '.join(fitting)} are of another year than {year}"
    there = (
        f"there are references of {', '.join(known[:20])}" if known else "the folder of references is empty"
    )
    return f"no references of “{show}”: {there}"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
