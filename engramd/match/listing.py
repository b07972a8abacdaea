"""Which subtitle files lie in a folder, and what their names say: episode, show, source. Opens no file."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from engramd.match.labels import Label, explicit, parse_label, season_of_folder
from engramd.match.language import CODES, claimed
from engramd.match.model import KnownEpisode
from engramd.match.numbers import Absolute, find_absolute, likely, seasoned
from engramd.match.shows import plain, split_year
from engramd.match.subtitles import SUFFIXES

#: Names that are looked at in one folder; a library of every series ever made has fewer.
MOST_NAMES = 200_000
DEEPEST = 8

_TAG = re.compile(
    r"(?<![a-z0-9])(?:\d{3,4}[pi]|[xh]\.?26[45]|hevc|xvid|divx|web(?:-?dl|-?rip)?|hdtv|dvd-?(?:rip|scr)?|bd-?rip"
    r"|blu-?ray|br-?rip)(?![a-z0-9])",
    re.IGNORECASE,
)
_LEADING_GROUP = re.compile(r"^\[([^\[\]]{2,40})\]")


@dataclass(frozen=True)
class Named:
    """A file by its name: `relative` to the folder, its label (None: no episode), show and source.

    `show` is the text before the episode, reduced to what people agree on, empty where there is none.
    """

    relative: PurePath
    label: Label | None
    absolute: Absolute | None = None
    show: str = ""
    source: str = ""
    language: str | None = None

    @property
    def top(self) -> str:
        """The first folder on the way to it; empty for one that lies in the very folder that was listed."""
        return self.relative.parts[0] if len(self.relative.parts) > 1 else ""

    @property
    def near(self) -> bool:
        """Whether it lies in the very folder that was listed, or in a season folder of it."""
        return not self.top or (len(self.relative.parts) == 2 and season_of_folder(self.top) is not None)

    @property
    def in_own_folder(self) -> bool:
        """Whether the first folder is named as the show in the file's name."""
        return bool(self.show) and self.show in (plain(split_year(self.top)[0]), plain(self.top))


def list_names(
    folder: Path,
    problems: list[str],
    *,
    roster: Sequence[KnownEpisode] = (),
    season: int | None = None,
    show: str = "",
    whole: bool = True,
) -> list[Named]:
    """List the subtitle files below a folder in a fixed order; what cannot be read is added to `problems`.

    Absolute numbers are counted through the seasons of the roster; without one they are of `season`, or 1.
    Not `whole`: files that name another season (but for specials) are left out.
    """
    wanted = None if whole or season is None else (season, 0)
    found = (_named(relative, wanted) for relative in subtitle_files(folder, problems))
    numbered = _numbered([one for one in found if one], roster, season, plain(show))
    return _with_sources([one for one in numbered if not one.label or _in(one.label, wanted)])


def source_alone(relative: PurePath, show: str) -> str:
    """Give the source of a single file: its first folder that is no season's nor the show's, or its group."""
    folders = [part for part in _own_folders(relative) if plain(split_year(part)[0]) != plain(show)]
    named = _named(relative, None)
    return next(iter(folders), named.source if named else "")


def _in(label: Label, seasons: tuple[int, ...] | None) -> bool:
    return seasons is None or label.season in seasons


def subtitle_files(folder: Path, problems: list[str]) -> Iterator[PurePath]:
    """Give the subtitle files below a folder; links to folders are not followed, hidden ones left out."""

    def unreadable(error: OSError) -> None:
        problems.append(f"{printable(error.filename)} cannot be read: {error.strerror}")

    seen, top = 0, len(folder.parts)
    for parent, folders, names in os.walk(folder, onerror=unreadable):
        below = PurePath(*PurePath(parent).parts[top:])
        deep = len(below.parts) >= DEEPEST
        folders[:] = [] if deep else sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name[0] != "." and os.path.splitext(name)[1].lower() in SUFFIXES:  # noqa: PTH122
                seen += 1
                if seen > MOST_NAMES:
                    problems.append(f"{printable(folder)} holds more than {MOST_NAMES} subtitle files")
                    return
                yield below / name


def printable(path: str | os.PathLike[str]) -> str:
    """Give a path as text that can be sent as JSON, whatever bytes its name holds."""
    return os.fsencode(path).decode("utf-8", "replace")


def _named(relative: PurePath, seasons: tuple[int, ...] | None) -> Named | None:
    label, stem = parse_label(relative), relative.stem
    if label and not _in(label, seasons):
        return None
    absolute = None if label else find_absolute(relative)
    found = explicit(stem)
    before = stem[: found.start()] if found else absolute.before if absolute else ""
    after = stem[found.end() :] if found else stem
    show = plain(split_year(title_in(before))[0])
    return Named(relative, label, absolute, show, _group(stem, after), claimed(stem))


def title_of(relative: PurePath) -> str:
    """Give the show's name as the file's name has it before the episode; empty where there is none."""
    found, absolute = explicit(relative.stem), find_absolute(relative)
    return title_in(relative.stem[: found.start()] if found else absolute.before if absolute else "")


def title_in(before: str) -> str:
    """Clean a name of brackets, dots and underscores."""
    text = re.sub(r"\[[^\[\]]*\]|\((?!(?:19|20)\d\d\))[^()]*\)", " ", before)
    return " ".join(re.sub(r"[._]+", " ", text).split()).strip(" -")


def _group(stem: str, after: str) -> str:
    """Give the release group that a name carries: `[Group] …`, or the last word behind the release's tags."""
    if (leading := _LEADING_GROUP.match(stem)) and not leading[1].isdecimal():
        return leading[1].strip()
    tags = list(_TAG.finditer(after))
    if not tags:
        return ""
    words = [word for word in re.split(r"[\s._\-\[\]()]+", after[tags[-1].end() :]) if word]
    words = [word for word in words if word.casefold() not in CODES and not word.isdecimal()]
    return words[-1] if words else ""


def _numbered(
    named: Iterable[Named], roster: Sequence[KnownEpisode], season: int | None, show: str
) -> list[Named]:
    """Give the files with absolute numbers their labels; what is believed depends on their neighbours."""
    files = list(named)
    groups: dict[tuple[PurePath, str], list[Absolute]] = defaultdict(list)
    for one in files:
        if one.absolute:
            groups[one.relative.parent, one.show].append(one.absolute)
    believed = {key: likely(found) for key, found in groups.items()}
    result = []
    for one in files:
        if one.absolute and one.absolute.number in believed[one.relative.parent, one.show]:
            result.append(_counted(one, one.absolute.number, roster, season, show))
        else:
            result.append(one)
    return result


def _counted(one: Named, number: int, roster: Sequence[KnownEpisode], season: int | None, show: str) -> Named:
    """Give a file the label of its number; `Show 2` is the second season of `Show`."""
    sequel = re.fullmatch(r"(.+?)([2-9])", one.show)
    if show and sequel and sequel[1] == show:
        return replace(one, label=Label(int(sequel[2]), (number,)), show=show)
    return replace(one, label=seasoned(number, roster, season))


def _with_sources(named: list[Named]) -> list[Named]:
    """Name the sources: the first folder below the pool, else the release group, else the language."""
    folders = [_own_folders(one.relative) for one in named]
    common = _common([parts for parts, one in zip(folders, named, strict=True) if one.label])
    result = []
    for one, parts in zip(named, folders, strict=True):
        own = parts[common] if len(parts) > common else ""
        result.append(replace(one, source=printable(own or one.source or one.language or "")))
    return result


def _own_folders(relative: PurePath) -> list[str]:
    """Give the folders of a file that are neither of a season nor of one episode."""
    return [p for p in relative.parts[:-1] if season_of_folder(p) is None and not explicit(p)]


def _common(paths: list[list[str]]) -> int:
    """Count the leading folders that all files share, where they all have one more below."""
    count = 0
    while paths and all(len(p) > count + 1 for p in paths) and len({p[count] for p in paths}) == 1:
        count += 1
    return count


def of_show(named: Iterable[Named], shows: Sequence[str]) -> tuple[list[Named], list[str]]:
    """Leave out files of other shows: where some names in a folder fit, those that do not, and whole folders
    that are named after another show.

    Gives the rest, and the names of the shows that were left out. A folder in which no name fits may be a
    source that calls the show by another name.
    """
    wanted = wanted_names(shows)
    files = list(named)
    exact = {one.relative.parent for one in files if one.show in wanted}
    loose = {one.relative.parent for one in files if fits(one.show, wanted)}
    kept, others = [], set()
    for one in files:
        parent = one.relative.parent
        fitting = one.show in wanted if parent in exact else fits(one.show, wanted)
        if one.show and not fitting and (parent in loose or (loose and one.in_own_folder)):
            others.add(one.show)
        else:
            kept.append(one)
    return kept, sorted(others)


def wanted_names(shows: Iterable[str]) -> frozenset[str]:
    """Reduce the names of a show to what is compared."""
    return frozenset(plain(split_year(show)[0]) for show in shows if show) - {""}


def fits(show: str, wanted: Iterable[str]) -> bool:
    """Whether the show in a file's name may be one of those wanted (all as `plain` gives them)."""
    return bool(show) and any(
        show == one or (len(one) > 3 and show.startswith(one)) or (len(show) > 3 and one.startswith(show))
        for one in wanted
    )
