"""The folders without which nothing can be filed, as the conditions have them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from shlex import quote

from engramd.errors import EngramError
from engramd.models import AppConfig
from engramd.organize import Way, probe
from engramd.organize.ways import foreign_group
from engramd.pipeline.checks.bounded import Ask, Bounded
from engramd.pipeline.checks.mounts import mount_of, read_mounts
from engramd.pipeline.findings import Finding
from engramd.pipeline.libraries import SETTINGS, Libraries
from engramd.pipeline.staging import free_bytes, gigabytes, nearest

HUNG = "see whether its server or disk answers; engramd goes on by itself when it does"


class FolderLacks:
    """Looks at them; each file system has its time, and one that hangs keeps no other waiting for long."""

    def __init__(
        self,
        settings: Callable[[], AppConfig],
        staging: Callable[[], Path],
        bounded: Bounded,
        libraries: Libraries | None,
    ) -> None:
        self._settings = settings
        self._staging = staging
        self._bounded = bounded
        self._known = libraries

    def run(self) -> Iterator[Finding]:
        """Say of each folder whether it is as it must be."""
        yield from self._libraries()
        yield from self._references()
        yield from self._staging_folder()

    def _at(
        self, folder: Path, name: str, what: str, make: Callable[[], Iterable[Finding]]
    ) -> Iterator[Finding]:
        """Ask a folder, which may lie on a file system that answers nothing."""
        text = f"{what} does not answer ({folder}): its file system hangs"
        hung = Finding(name, text, HUNG, "error")
        place = str(mount_of(folder, read_mounts()).point)
        yield from self._bounded.ask(
            [Ask(place, lambda _cancel: make(), lambda said: () if said else (hung,))]
        )

    def _libraries(self) -> Iterator[Finding]:
        settings = self._settings()
        wanted = SETTINGS
        if not any(getattr(settings, name) for name in wanted):
            text = "no library is set: discs are identified, and wait"
            remedy = (
                "engramctl config set library_tv_path FOLDER; engramctl config set library_movies_path FOLDER"
            )
            yield Finding("library", text, remedy, "error")
            return
        yield Finding("library", "a library is set")
        found: list[Finding] = []
        for name, what in wanted.items():
            folder = getattr(settings, name)
            if folder:
                told, look = f"the library of {what}", self._library
                found += self._at(Path(folder), name, told, partial(look, name, told, folder))
        # Staging cannot be beside all of them: where it is beside one, it is well where it is.
        is_well = any(one.severity == "ok" for one in found)
        yield from (
            replace(one, severity="ok", remedy="") if is_well and one.is_fine else one for one in found
        )

    def _library(self, name: str, what: str, folder: str) -> Iterator[Finding]:
        """Say whether a library is there; one that hangs costs this thread only, which asks it first."""
        _ask(Path(folder))
        if self._known is None:
            yield _writable(name, what, Path(folder))
            return
        view = self._known.view(folder)
        if view.lack:
            yield Finding(name, f"{what}: {view.lack}", view.remedy, "error")
        elif not view.is_writable:
            yield _not_writable(name, what, Path(folder))
        else:
            text = f"{what} can be written ({folder})"
            yield self._way(name, text, Path(folder), self._known)

    def _way(self, name: str, text: str, folder: Path, libraries: Libraries) -> Finding:
        """Say how files come from staging into a library, and whether they have its group then."""
        if self._is_silent(self._staging(), folder):
            return Finding(name, text)
        try:
            staging = nearest(self._staging())
            route = libraries.patience.run(folder, lambda _pulse: probe(folder, staging))
            is_moved = route.way is not Way.COPY and staging == self._staging()
            group = foreign_group(folder, staging) if is_moved else ""
        except EngramError as error:
            return Finding(name, str(error), error.remedy, "warning")
        libraries.rows.keep_way(str(folder), route.way.value)
        if group:
            there = quote(str(staging))
            remedy = f"chgrp {group} {there} && chmod g+s {there}"
            text = f"{text}; {route}, and keep the group of the staging folder, not {group}"
            return Finding(name, text, remedy, "warning")
        if route.way is not Way.COPY:
            return Finding(name, f"{text}; {route}")
        # Two ReadWritePaths= of a unit divide even one file system.
        remedy = f"engramctl config set staging_path {quote(str(folder.parent / 'staging'))}"
        text = f"{text}; {route} (no rename from {staging} is possible)"
        return Finding(name, text, remedy, "info")

    def _is_silent(self, staging: Path, library: Path) -> bool:
        """Whether the staging folder's own file system does not answer; a library's is known to."""
        mounts = read_mounts()
        place = mount_of(staging, mounts).point
        if place == mount_of(library, mounts).point:
            return False
        silent = Finding("staging", "it does not answer")
        ask = Ask(str(place), lambda _cancel: _ask(staging), lambda _said: (silent,))
        return bool(self._bounded.ask([ask]))

    def _references(self) -> Iterator[Finding]:
        folder = self._settings().references_path
        if folder:
            what = "the references folder"
            yield from self._at(Path(folder), "references", what, partial(self._references_folder, folder))
        else:
            text = "no folder of reference subtitles is set: every episode becomes a question"
            yield Finding("references", text, "engramctl config set references_path FOLDER", "warning")

    def _references_folder(self, folder: str) -> Iterator[Finding]:
        if not os.access(folder, os.R_OK | os.X_OK):
            text = f"the references folder cannot be read ({folder})"
            yield Finding("references", text, "make it readable for the user that runs engramd", "warning")
        else:
            yield Finding("references", f"references are looked for in {folder}")

    def _staging_folder(self) -> Iterator[Finding]:
        folder = self._staging()
        yield from self._at(folder, "staging", "the staging folder", partial(self._room, folder))

    def _room(self, folder: Path) -> Iterator[Finding]:
        floor = self._settings().min_free_bytes
        try:
            there, free = nearest(folder), free_bytes(folder)
        except EngramError as error:
            yield Finding("staging", str(error), error.remedy, "error")
            return
        yield _writable("staging", "the staging folder", there)
        if free < floor:
            text = f"{gigabytes(free)} are free for rips ({folder}), less than min_free_bytes"
            yield Finding("space", text, "make room, or set staging_path to a larger file system", "error")
        else:
            size = gigabytes(free)
            yield Finding("space", f"{size} are free for rips", short=f"{size} free")


def _ask(folder: Path) -> tuple[Finding, ...]:
    """Ask something that every file system answers which answers at all; nothing is found by it."""
    with suppress(OSError):
        os.statvfs(folder)
    return ()


def _writable(name: str, what: str, folder: Path) -> Finding:
    try:
        there = folder.is_dir()
    except OSError as error:
        remedy = "see that its file system is mounted and answers, and that engramd may look into it"
        return Finding(name, f"{what} does not answer ({folder}): {error.strerror}", remedy, "error")
    if not there:
        remedy = "make the folder, or mount the file system that holds it"
        return Finding(name, f"{what} is not there ({folder})", remedy, "error")
    if not os.access(folder, os.W_OK | os.X_OK):
        return _not_writable(name, what, folder)
    return Finding(name, f"{what} can be written ({folder})")


def _not_writable(name: str, what: str, folder: Path) -> Finding:
    remedy = "give it to the user that runs engramd, or open it in the unit's sandbox"
    return Finding(name, f"{what} cannot be written ({folder})", remedy, "error")
