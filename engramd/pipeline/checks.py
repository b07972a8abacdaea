"""What the daemon lacks, with the remedy: the conditions on the bus, and the daemon's part of `doctor`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from engramd.conditions import Condition, Conditions
from engramd.discs.model import Disc, Media
from engramd.discs.robot_faults import MakemkvFailed
from engramd.errors import EngramError
from engramd.models import AppConfig
from engramd.organize import Way, probe
from engramd.organize.ways import foreign_group
from engramd.paths import Paths
from engramd.pipeline.libraries import SETTINGS, Libraries
from engramd.pipeline.parts import BackendSource
from engramd.pipeline.sources import NO_KEY, Finding
from engramd.pipeline.staging import free_bytes, gigabytes, nearest
from engramd.rip.makemkv_program import OF_THE_PROGRAM
from engramd.tools import Tools

#: Programs that make rips better: name, Debian package, and what is with and without it.
HELPERS = (
    ("mkvpropedit", "mkvtoolnix", "tracks are named and flagged", "tracks keep the flags of the disc"),
    ("ddrescue", "gddrescue", "damaged discs are read again and again", "damaged places are read once"),
)

#: Conditions that were set in use and end when the program is there.
SAID_IN_USE = {"mkvpropedit": "track-labels"}


class Checks:
    """Looks at folders and tools; never at a disc."""

    def __init__(
        self,
        settings: Callable[[], AppConfig],
        staging: Callable[[], Path],
        backend: BackendSource,
        find: Callable[[str], str | None] = shutil.which,
        state: Callable[[], Path] = lambda: Paths.from_environment().state,
        tools: Tools | None = None,
        libraries: Libraries | None = None,
    ) -> None:
        self._settings = settings
        self._staging = staging
        self._backend = backend
        self._find = find
        self._state = state
        self._launcher = tools or Tools()
        self._known_libraries = libraries

    def run(self) -> list[Finding]:
        """Make every check."""
        return [
            *self._libraries(),
            *self._references(),
            *self._staging_folder(),
            *self._tools(),
            *self._makemkv(),
            *self._helpers(),
            *self._pictures(),
            *self._speech(),
            *self._keys(),
        ]

    def set_conditions(self, conditions: Conditions) -> None:
        """Make every check, and let the conditions be what was found."""
        for found in self.run():
            if found.severity == "ok":
                conditions.clear(found.id)
            else:
                conditions.set(Condition(found.id, found.text, found.remedy, found.severity))
        for program, condition in SAID_IN_USE.items():
            if self._find(program) is not None:
                conditions.clear(condition)

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
        for name, what in wanted.items():
            folder = getattr(settings, name)
            if folder:
                yield self._library(name, f"the library of {what}", folder)

    def _library(self, name: str, what: str, folder: str) -> Finding:
        """Say whether a library is there; one that hangs takes some seconds to be told from one that is."""
        if self._known_libraries is None:
            return _writable(name, what, Path(folder))
        view = self._known_libraries.view(folder)
        if view.lack:
            return Finding(name, f"{what}: {view.lack}", view.remedy, "error")
        if not view.is_writable:
            return _not_writable(name, what, Path(folder))
        return self._way(name, f"{what} can be written ({folder})", Path(folder), self._known_libraries)

    def _way(self, name: str, text: str, folder: Path, libraries: Libraries) -> Finding:
        """Say how files come from staging into a library, and whether they have its group then."""
        staging = self._staging()
        if not staging.is_dir():
            return Finding(name, text)
        try:
            route = libraries.patience.run(folder, lambda _pulse: probe(folder, staging))
            group = foreign_group(folder, staging) if route.way is not Way.COPY else ""
        except EngramError as error:
            return Finding(name, str(error), error.remedy, "warning")
        libraries.rows.keep_way(str(folder), route.way.value)
        if group:
            remedy = f"chgrp {group} {staging} && chmod g+s {staging}"
            text = f"{text}; {route}, and keep the group of the staging folder, not {group}"
            return Finding(name, text, remedy, "warning")
        return Finding(name, f"{text}; {route}")

    def _references(self) -> Iterator[Finding]:
        folder = self._settings().references_path
        if not folder:
            text = "no folder of reference subtitles is set: every episode becomes a question"
            yield Finding("references", text, "engramctl config set references_path FOLDER", "warning")
        elif not os.access(folder, os.R_OK | os.X_OK):
            text = f"the references folder cannot be read ({folder})"
            yield Finding("references", text, "make it readable for the user that runs engramd", "warning")
        else:
            yield Finding("references", f"references are looked for in {folder}")

    def _staging_folder(self) -> Iterator[Finding]:
        folder, floor = self._staging(), self._settings().min_free_bytes
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
            yield Finding("space", f"{gigabytes(free)} are free for rips")

    def _tools(self) -> Iterator[Finding]:
        for media, name in ((Media.DVD, "dvd"), (Media.BLURAY, "bluray")):
            try:
                refusal = self._backend().refuses(Disc(source="", media=media))
            except EngramError as error:
                refusal = error
            if refusal is None:
                yield Finding(f"reader-{name}", f"{name} discs can be ripped")
            else:
                yield Finding(f"reader-{name}", str(refusal), refusal.remedy, "warning")

    def _makemkv(self) -> Iterator[Finding]:
        """Say of each thing that MakeMKV itself may lack whether it does."""
        program = self._backend().program
        fault = program.lacks() if program.find() is not None else None
        lacking = fault.condition if isinstance(fault, MakemkvFailed) else "makemkv"
        for name in sorted(OF_THE_PROGRAM):
            if fault is not None and name == lacking:
                yield Finding(f"makemkv-{name}", str(fault), fault.remedy, "error")
            elif program.find() is None:
                yield Finding(f"makemkv-{name}", "MakeMKV is not installed: copy protected discs wait")
            else:
                yield Finding(f"makemkv-{name}", f"MakeMKV {program.version} has what it needs ({name})")

    def _helpers(self) -> Iterator[Finding]:
        """Say which programs are there that a rip is better with; what lacks one says so by itself."""
        for program, package, with_it, without in HELPERS:
            there = self._find(program) is not None
            text = with_it if there else f"{without}: {program} is not there (apt install {package})"
            yield Finding(f"tool-{program}", text)

    def _pictures(self) -> Iterator[Finding]:
        """Say what reads picture subtitles, and in which languages."""
        from engramd.match.pictures.languages import readable
        from engramd.match.pictures.tesseract import INSTALL, PROGRAM, Tesseract

        path = self._settings().tesseract_path or self._find(PROGRAM)
        if not path:
            text = "tesseract is not installed: of subtitles that are pictures, only the times are compared"
            yield Finding("tesseract", text, INSTALL, "warning")
            return
        try:
            program = Tesseract(self._launcher, Path(path))
            version, languages = program.version(), readable(program.languages())
        except EngramError as error:
            yield Finding("tesseract", str(error), error.remedy, "warning")
            return
        if languages:
            yield Finding("tesseract", f"{version} reads picture subtitles ({', '.join(languages)})")
        else:
            yield Finding("tesseract", f"{version} has no language to read in ({path})", INSTALL, "warning")

    def _speech(self) -> Iterator[Finding]:
        """Say what listens to titles without subtitles; what was asked for and cannot be is a warning."""
        from engramd.match.speech.engines import (
            EXTRAS,
            GET_MODEL,
            POCKETSPHINX,
            WHISPER,
            installed,
            model_fault,
        )
        from engramd.match.speech.models import speech_model

        settings = self._settings()
        model = speech_model(settings.speech_model_path, self._state())
        fault, remedy = model_fault(model)
        poor = installed(POCKETSPHINX)
        if not settings.speech_enabled:
            yield Finding("speech", "titles without subtitles are not listened to (speech_enabled)")
        elif model is not None and fault:
            yield Finding("speech", f"{fault}: {_without(poor)}", remedy, "warning")
        elif model is not None:
            yield Finding("speech", f"titles without subtitles are heard by faster-whisper ({model.name})")
        else:
            better = f"better: pip install '{EXTRAS[WHISPER]}', {GET_MODEL}"
            yield Finding("speech", f"{_without(poor)} ({better})")

    def _keys(self) -> Iterator[Finding]:
        settings = self._settings()
        if settings.network_enabled and settings.tmdb_enabled and not settings.tmdb_api_key:
            yield Finding("key-tmdb", "TMDB is enabled, and has no key", NO_KEY, "warning")
        else:
            yield Finding("key-tmdb", "no key is missing")


def _without(poor: bool) -> str:
    """Say what becomes of titles without subtitles where faster-whisper does not listen."""
    if poor:
        return "titles without subtitles are heard by pocketsphinx, poorly and in English only"
    return "titles without subtitles become questions"


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
