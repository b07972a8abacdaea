"""Copies reference subtitles below a folder of references: files, folders and archives; never over a file."""

from __future__ import annotations

import errno
import stat
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Literal

from engramd.errors import EngramError, FilingFailed, InvalidArgument, NoSpace, NotAuthorized
from engramd.match.labels import explicit, parse_label, season_of_folder
from engramd.match.language import CODES, claimed
from engramd.match.listing import printable, source_alone, subtitle_files, title_of
from engramd.match.numbers import parse_absolute
from engramd.match.shows import find_show, split_year
from engramd.match.subtitles import LARGEST, SUFFIXES, UnreadableSubtitle, parse_subtitles, read_bytes

#: An archive with more is no collection of subtitles.
MOST_MEMBERS, MOST_BYTES = 20_000, 1 << 30
LONGEST_NAME = 200
#: Others are seldom, and may ask for gigabytes of memory to be unpacked.
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: The source of files that come from nowhere in particular.
NO_SOURCE = "local"

Outcome = Literal["added", "known", "refused"]


@dataclass(frozen=True)
class Wish:
    """What a person says of the files: the show and its year, their language and where they come from."""

    show: str | None = None
    year: int | None = None
    language: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Added:
    """What became of a file: `path` is where it lies now, `reason` why it was refused."""

    file: str
    outcome: Outcome
    path: Path | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Item:
    """A file at hand: what people call it, its path below what was given, and its content."""

    name: str
    relative: PurePath
    data: bytes = b""
    refused: str = ""


class _Refused(Exception):
    """A file that is not taken; the text is the reason."""


def add_references(root: Path, paths: Sequence[Path], wish: Wish) -> Iterator[Added]:
    """Copy subtitles to `root/SHOW (YEAR)/SOURCE/…`, one after the other, and say what became of each.

    Raises InvalidArgument for a wish that makes no sense, NotAuthorized, NoSpace or FilingFailed where
    nothing can be written.
    """
    _check(wish)
    shelf = _Shelf(root, wish)
    for path in paths:
        for item in _items(path):
            try:
                yield shelf.add(item)
            except _Refused as error:
                yield Added(item.name, "refused", reason=str(error))


def _check(wish: Wish) -> None:
    if wish.language and wish.language.casefold() not in CODES:
        raise InvalidArgument(
            "this language is not known", where=wish.language, remedy="for example: --language eng"
        )
    for name in filter(None, (wish.source, wish.show)):
        if "/" in name or name[0] == "." or not name.isprintable():
            raise InvalidArgument("this cannot be the name of a folder", where=name)
    if wish.source and (season_of_folder(wish.source) is not None or explicit(wish.source)):
        raise InvalidArgument("a source is no season or episode", where=wish.source)


# -- what there is --


def _items(path: Path) -> Iterator[_Item]:
    if path.is_dir():
        problems: list[str] = []
        for relative in subtitle_files(path, problems):
            yield _read(path / relative, printable(path / relative), relative)
        yield from (_Item(printable(path), PurePath(), refused=problem) for problem in problems)
    elif path.suffix.lower() == ".zip":
        yield from _members(path)
    elif path.suffix.lower() in SUFFIXES:
        yield _read(path, printable(path), PurePath(path.name))
    else:
        kinds = ", ".join(sorted((*SUFFIXES, ".zip")))
        yield _Item(printable(path), PurePath(path.name), refused=f"is none of {kinds}")


def _read(path: Path, name: str, relative: PurePath) -> _Item:
    try:
        return _Item(name, relative, read_bytes(path))
    except UnreadableSubtitle as error:
        return _Item(name, relative, refused=str(error))


def _members(path: Path) -> Iterator[_Item]:
    """Read the subtitle files of an archive; what its directory says of sizes is not believed."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                yield _Item(printable(path), PurePath(path.name), refused=f"holds {len(members)} files")
                return
            total = 0
            for member in members:
                if PurePath(member.filename).suffix.lower() not in SUFFIXES or member.is_dir():
                    continue
                item = _member(archive, member, path)
                total += len(item.data)
                if total > MOST_BYTES:
                    yield _Item(item.name, item.relative, refused="is beyond what one archive may hold")
                    return
                yield item
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        yield _Item(printable(path), PurePath(path.name), refused=f"is no archive that can be read: {error}")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> _Item:
    name = f"{printable(path)}: {printable(member.filename)}"
    relative = PurePath(path.stem, *PurePath(member.filename.replace("\\", "/")).parts)
    if why := _why_not(member, relative):
        return _Item(name, relative, refused=why)
    try:
        with archive.open(member) as file:
            data = file.read(LARGEST + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        return _Item(name, relative, refused=f"cannot be unpacked: {error}")
    if len(data) > LARGEST:
        return _Item(name, relative, refused="is too large for a subtitle file")
    return _Item(name, relative, data)


def _why_not(member: zipfile.ZipInfo, relative: PurePath) -> str:
    """Say why a file of an archive is not even unpacked, or nothing."""
    if ".." in relative.parts or member.filename.startswith(("/", "\\")) or ":" in member.filename:
        return "has a path that leads out of the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & 1:
        return "is encrypted"
    return (
        "" if member.compress_type in _PACKINGS else "is packed in a way that is not read; pack it as usual"
    )


# -- where it goes --


@dataclass
class _Shelf:
    """The folder of references while files are added to it."""

    root: Path
    wish: Wish
    _folders: dict[tuple[str, int | None], Path] = field(default_factory=dict)
    _sizes: dict[Path, dict[int, list[Path]]] = field(default_factory=dict)

    def add(self, item: _Item) -> Added:
        """Put a file in its place; raises _Refused."""
        if item.refused:
            raise _Refused(item.refused)
        try:
            parse_subtitles(item.data, item.relative.suffix)
        except UnreadableSubtitle as error:
            raise _Refused(str(error)) from error
        title, year = self._title(item.relative)
        below = self._below(item.relative, title)
        folder = self._folder(title, year)
        if twin := self._twin(folder, item.data):
            return Added(item.name, "known", twin)
        target = folder / below
        if target.exists():
            where = printable(target)
            raise _Refused(f"has the name of another file ({where}); --source NAME puts it beside that one")
        self._write(target, item.data)
        self._of(folder)[len(item.data)].append(target)
        return Added(item.name, "added", target)

    def _below(self, relative: PurePath, title: str) -> PurePath:
        """Give the path below the show: the source, a season's or an episode's folder, the name."""
        kept = [part for part in relative.parts[:-1] if season_of_folder(part) is not None or explicit(part)]
        source = self.wish.source or source_alone(relative, title) or NO_SOURCE
        below = PurePath(_safe(source), *map(_safe, kept), self._name(relative))
        if parse_label(below) is None and parse_absolute(below) is None:
            raise _Refused("tells no season and episode in its name")
        return below

    def _name(self, relative: PurePath) -> str:
        language = CODES[self.wish.language.casefold()] if self.wish.language else None
        stem = relative.stem
        if language and claimed(stem) != language:
            stem = f"{stem}.{language}"
        return f"{_safe(stem)}{relative.suffix.lower()}"

    def _title(self, relative: PurePath) -> tuple[str, int | None]:
        """Give the name of the show and its year."""
        title, year = split_year(self.wish.show or title_of(relative))
        if not title.strip():
            raise _Refused("tells no series in its name; --show NAME says it")
        return title, self.wish.year or year

    def _folder(self, title: str, year: int | None) -> Path:
        """Give the folder of the show, which exists already or is named as libraries name theirs."""
        key = (title, year)
        if key not in self._folders:
            self._folders[key] = self._chosen(title, year)
        return self._folders[key]

    def _chosen(self, title: str, year: int | None) -> Path:
        found = find_show(self.root, title, year) if self.root.is_dir() else None
        if found and found.path:
            return found.path
        if found and len(found.fitting) > 1:
            raise _Refused(f"may be of several series: {found.problem}; --year says which")
        return self.root / _safe(f"{title} ({year})" if year else title)

    def _of(self, folder: Path) -> dict[int, list[Path]]:
        """Give the files of a show by size."""
        if folder not in self._sizes:
            sizes: dict[int, list[Path]] = defaultdict(list)
            for relative in subtitle_files(folder, []) if folder.is_dir() else ():
                sizes[(folder / relative).lstat().st_size].append(folder / relative)
            self._sizes[folder] = sizes
        return self._sizes[folder]

    def _twin(self, folder: Path, data: bytes) -> Path | None:
        """Find a file of the show with the very same content."""
        digest = sha256(data).digest()
        for path in self._of(folder).get(len(data), []):
            try:
                if sha256(read_bytes(path)).digest() == digest:
                    return path
            except UnreadableSubtitle:
                continue
        return None

    def _write(self, target: Path, data: bytes) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                try:
                    file.write(data)
                    file.flush()
                except OSError:
                    target.unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise _not_written(self.root, target, error) from error


def _safe(name: str) -> str:
    """Make a name of a file or folder of anything: no path, nothing unprintable, not hidden, not too long."""
    text = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in printable(name)).strip()
    while len(text.encode()) > LONGEST_NAME:
        text = text[:-1]
    return text.lstrip(".").strip() or "_"


def _not_written(root: Path, target: Path, error: OSError) -> EngramError:
    where, why = printable(target.parent), error.strerror
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        remedy = f"run the command with sudo, or give yourself the right to write to {printable(root)}"
        return NotAuthorized("the references cannot be written", where=where, why=why, remedy=remedy)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("there is no room for the references", where=where, why=why, remedy="make room")
    return FilingFailed("the references cannot be written", where=where, why=why)
