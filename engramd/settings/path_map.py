"""Folders as another machine or a container sees them: `/srv/tv=/data/tv;/srv/films=/films`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from engramd.errors import InvalidArgument

PathMap = Sequence[tuple[str, str]]


def read_path_map(text: str) -> PathMap:
    """Read the pairs, longest folder first; InvalidArgument names the part that is none."""
    pairs: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        here, equals, there = (word.strip() for word in part.partition("="))
        if not equals or not there or not here.startswith("/"):
            why = "a part is FOLDER=FOLDER, as in /srv/media/tv=/data/tv, the first one from / on"
            raise InvalidArgument("this is no map of folders", where=repr(part), why=why)
        here = str(PurePosixPath(here))
        if here in pairs:
            raise InvalidArgument("a folder is mapped twice", where=here)
        pairs[here] = there if there in ("/", "\\") else there.rstrip("/\\")
    return sorted(pairs.items(), key=lambda pair: len(pair[0]), reverse=True)


def mapped(path: str, pairs: PathMap) -> str:
    """Give a path as the other side sees it; one that no pair is about stays as it is."""
    for here, there in pairs:
        if path == here or path.startswith(here.rstrip("/") + "/"):
            rest = path[len(here.rstrip("/")) :]
            # A Windows server has backslashes all the way.
            return (there + rest.replace("/", "\\") if "\\" in there else there.rstrip("/") + rest) or "/"
    return path
