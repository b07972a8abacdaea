"""The discs in a checkout of TheDiscDB's public data: `data/{movie,series}/<work>/<release>/discNN.json`.

Links are not followed. A file that cannot be read or is not as expected is told, and costs no other file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engramd.errors import InvalidArgument, NotFound
from engramd.sources.discdb_model import DiscEntry, Namespace, Work
from engramd.sources.discdb_read import BadEntry, Fields, fields, parse_object, read_disc, read_work, text

#: Larger files are not read, in bytes; the largest of the data have 3 MB.
MOST_BYTES = 32 * 1024 * 1024
_KINDS: dict[str, Namespace] = {"movie": "movie", "series": "tv"}
_DISC = re.compile(r"disc\d{1,4}\.json", re.ASCII | re.IGNORECASE)
_REFERENCE = re.compile(r"(disc\d{1,4})\.ref", re.ASCII | re.IGNORECASE)
_RELEASE_PATH = re.compile(r"(?:data/)?(movie|series)/([^/]+)/([^/]+)")

Problem = Callable[[str], None]


@dataclass(frozen=True)
class _Place:
    """A folder of releases: the work that they are of."""

    root: Path
    kind: str
    work: Work


def find_data(folder: Path) -> Path:
    """Give the folder that holds `movie` and `series`: the given one or its `data`. Raises NotFound."""
    for candidate in (folder / "data", folder):
        if any((candidate / kind).is_dir() for kind in _KINDS):
            return candidate
    raise NotFound(
        "this is no checkout of TheDiscDB's data",
        where=folder,
        why="it has neither data/movie nor data/series",
        remedy="git clone --depth 1 https://github.com/TheDiscDb/data, and name its folder",
    )


def read_folder(folder: Path, problem: Problem) -> Iterator[DiscEntry]:
    """Give each disc of a checkout; `problem` hears a sentence about each file that is left out."""
    root = find_data(folder)
    for kind, namespace in _KINDS.items():
        for work_folder in _folders(root / kind, problem):
            where = f"{kind}/{work_folder.name}"
            try:
                metadata = _read(work_folder / "metadata.json", missing={})
                work = read_work(metadata, namespace, work_folder.name)
            except (BadEntry, OSError) as error:
                problem(f"{where}/metadata.json: {_why(error)}")
                continue
            place = _Place(root, kind, work)
            for release in _folders(work_folder, problem):
                yield from _discs(release, place, f"{where}/{release.name}", problem)


def _discs(folder: Path, place: _Place, where: str, problem: Problem) -> Iterator[DiscEntry]:
    names = _names(folder, problem)
    whole = {name[:-5].lower() for name in names if _DISC.fullmatch(name)}
    wanted = [name for name in names if _DISC.fullmatch(name) or _refers(name, whole)]
    if not wanted:
        return
    try:
        release = _read(folder / "release.json", missing={"slug": folder.name})
        text(release, "slug"), text(release, "title")
    except (BadEntry, OSError) as error:
        problem(f"{where}/release.json: {_why(error)}")
        return
    for name in wanted:
        try:
            source = _referred(folder / name, place.root) if name.lower().endswith(".ref") else None
            yield read_disc(source or _read(folder / name), place.work, release, f"{where}/{name}")
        except (BadEntry, OSError) as error:
            problem(f"{where}/{name}: {_why(error)}")


def _refers(name: str, whole: set[str]) -> bool:
    """Whether a file stands for a disc that is described elsewhere, and not here as well."""
    found = _REFERENCE.fullmatch(name)
    return found is not None and found[1].lower() not in whole


def _referred(path: Path, root: Path) -> Fields:
    """Read the disc that a reference names: `releasePath` below the data, and `disc`."""
    reference = _read(path)
    release = _RELEASE_PATH.fullmatch(text(reference, "releasepath"))
    disc = f"{text(reference, 'disc')}.json"
    if release is None or ".." in release.groups() or not _DISC.fullmatch(disc):
        raise BadEntry("the reference names no disc", where="releasePath")
    folder = root / release[1] / release[2] / release[3]
    if any(part.is_symlink() for part in (folder, folder.parent)):
        raise BadEntry("the reference names a link", where="releasePath")
    return _read(folder / disc)


def _read(path: Path, missing: Fields | None = None) -> Fields:
    """Read a JSON object from a plain file; `missing` stands for a file that is not there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        if missing is None:
            raise
        return fields(missing, path.name)
    with open(descriptor, "rb") as file:  # noqa: PTH123 (a descriptor, so that links stay closed)
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadEntry("the file is too large", why=f"it has more than {MOST_BYTES // 2**20} MiB")
    return parse_object(data)


def _folders(folder: Path, problem: Problem) -> list[Path]:
    """Give the folders in a folder, by name; links are left out."""
    return [folder / name for name in _names(folder, problem, folders=True)]


def _names(folder: Path, problem: Problem, *, folders: bool = False) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return sorted(
                one.name
                for one in found
                if (one.is_dir if folders else one.is_file)(follow_symlinks=False) and _readable(one.name)
            )
    except FileNotFoundError:
        return []
    except OSError as error:
        problem(f"{folder.name}: {_why(error)}")
        return []


def _readable(name: str) -> bool:
    """Whether a name has UTF-8, so that it can be stored and shown."""
    return name.isprintable() and not name.startswith(".")


def _why(error: BadEntry | OSError) -> str:
    if isinstance(error, InvalidArgument):
        return str(error)
    return error.strerror or type(error).__name__
