"""Which way files take into a library: found out with a pair of hidden, empty-handed files, not guessed."""

from __future__ import annotations

import contextlib
import errno
import grp
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engramd.errors import FilingFailed
from engramd.organize import atomic
from engramd.organize.atomic import Way

_PROBE = ".engramd-{}.probe"
_SAID = {
    Way.LINK: "files are linked, and their first name goes when they are recorded",
    Way.RENAME: "files are renamed (there are no links)",
    Way.PLACEHOLDER: "files are renamed over an empty file that claims the name (there are no links, and no"
    " rename that refuses)",
}
_NAMED = {
    Way.LINK: "a link",
    Way.RENAME: "a rename",
    Way.PLACEHOLDER: "a rename over an empty file that claims it",
}


@dataclass(frozen=True)
class Route:
    """How files come from the staging folder into a library, and how they get names inside of it."""

    way: Way
    within: Way

    def __str__(self) -> str:
        """Give it in words, for people."""
        if self.way is not Way.COPY:
            return _SAID[self.way]
        return f"files are copied and compared, and get their name by {_NAMED[self.within]}"


def probe(library: Path, staging: Path) -> Route:
    """Try what the two folders can do together; nothing is left in them. Raises FilingFailed."""
    try:
        return Route(_into(library, staging), _within(library))
    except OSError as error:
        remedy = "see that both are mounted, and may be written by the user that runs engramd"
        raise FilingFailed(
            "it could not be tried how files come into the library",
            where=error.filename or library,
            why=error.strerror or error,
            remedy=remedy,
        ) from error


def foreign_group(library: Path, staging: Path) -> str:
    """Name the group of a set-gid library, if files moved there have another one. Raises FilingFailed."""
    try:
        there, here = library.stat(), staging.stat()
    except OSError as error:
        raise FilingFailed("the library does not answer", where=library, why=error.strerror) from error
    if not there.st_mode & stat.S_ISGID or (here.st_mode & stat.S_ISGID and here.st_gid == there.st_gid):
        return ""
    try:
        return grp.getgrgid(there.st_gid).gr_name
    except KeyError:
        return str(there.st_gid)


def _into(library: Path, staging: Path) -> Way:
    with _file(staging) as first, _name(library) as second:
        if atomic.linked(first, second):
            return Way.LINK
        try:
            if atomic.renamed(first, second):
                return Way.RENAME
            atomic.rename_by_placeholder(first, second)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return Way.COPY
        return Way.PLACEHOLDER


def _within(library: Path) -> Way:
    with _file(library) as first, _name(library) as second:
        return atomic.rename_noreplace(first, second)


@contextlib.contextmanager
def _file(folder: Path) -> Iterator[Path]:
    with _name(folder) as path:
        path.write_bytes(b"\n")
        yield path


@contextlib.contextmanager
def _name(folder: Path) -> Iterator[Path]:
    path = folder / _PROBE.format(secrets.token_hex(8))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
