"""What the daemon lacks, with the remedy: the conditions on the bus."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

from engramd.conditions import Condition, Conditions
from engramd.discs.model import Disc, Media
from engramd.discs.robot_faults import MakemkvFailed
from engramd.errors import EngramError
from engramd.models import AppConfig
from engramd.paths import Paths
from engramd.pipeline.checks.bounded import Bounded
from engramd.pipeline.checks.lacks_folders import FolderLacks
from engramd.pipeline.findings import Finding
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import BackendSource
from engramd.pipeline.sources import NO_KEY
from engramd.rip.makemkv_program import INSTALL as INSTALL_MAKEMKV
from engramd.rip.makemkv_program import OF_THE_PROGRAM
from engramd.tools import Tools

#: Programs that make rips better: name, Debian package, and what is with and without it.
HELPERS = (
    ("mkvpropedit", "mkvtoolnix", "tracks are named and flagged", "tracks keep the flags of the disc"),
    ("ddrescue", "gddrescue", "damaged discs are read again and again", "damaged places are read once"),
)

#: What MakeMKV's keys begin with, and what that says.
KEYS = {
    "T-": ("a beta key", "which ends with its month, and the next one is in MakeMKV's forum"),
    "M-": ("a bought key", "so it is registered"),
}

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
        bounded: Bounded | None = None,
    ) -> None:
        self._settings = settings
        self._backend = backend
        self._find = find
        self._state = state
        self._launcher = tools or Tools()
        self.bounded = bounded or Bounded()
        self._folders = FolderLacks(settings, staging, self.bounded, libraries)

    def run(self) -> list[Finding]:
        """Make every check."""
        return [finding for part in self.parts().values() for finding in part()]

    def parts(self) -> Mapping[str, Callable[[], Iterable[Finding]]]:
        """Give the checks by what they ask, so that each may take its time."""
        return {
            "folders": self._folders.run,
            "readers": lambda: chain(self._tools(), self._makemkv()),
            "pictures": self._pictures,
            "others": lambda: chain(self._helpers(), self._speech(), self._keys()),
        }

    def set_conditions(self, conditions: Conditions, findings: Iterable[Finding] | None = None) -> None:
        """Let the conditions be what was found; every check is made where none was made before."""
        for found in self.run() if findings is None else findings:
            if found.is_fine:
                conditions.clear(found.id)
            else:
                conditions.set(Condition(found.id, found.text, found.remedy, found.severity))
        for program, condition in SAID_IN_USE.items():
            if self._find(program) is not None:
                conditions.clear(condition)

    def _tools(self) -> Iterator[Finding]:
        for media, name in ((Media.DVD, "dvd"), (Media.BLURAY, "bluray")):
            try:
                refusal = self._backend().refuses(Disc(source="", media=media))
            except EngramError as error:
                refusal = error
            if refusal is None:
                yield Finding(f"reader-{name}", f"{'DVDs' if name == 'dvd' else 'Blu-rays'} can be ripped")
            else:
                yield Finding(f"reader-{name}", str(refusal), refusal.remedy, "warning")

    def _makemkv(self) -> Iterator[Finding]:
        """Say of each thing that MakeMKV itself may lack whether it does."""
        program = self._backend().program
        fault = program.lacks() if program.find() is not None else None
        lacking = fault.condition if isinstance(fault, MakemkvFailed) else "makemkv"
        for name in sorted(OF_THE_PROGRAM, key=lambda name: (name != "makemkv", name)):
            if fault is not None and name == lacking:
                yield Finding(f"makemkv-{name}", str(fault), fault.remedy, "error")
            elif program.find() is None:
                text = "MakeMKV is not installed: copy protected discs wait"
                yield Finding(f"makemkv-{name}", text, INSTALL_MAKEMKV, "info")
            elif fault is not None:
                text = f"MakeMKV does not tell of its {name}, since it lacks something else"
                yield Finding(f"makemkv-{name}", text, where=str(program.find()))
            else:
                said = of_makemkv(name, program.version, program.settings.key)
                yield replace(said, where=str(program.find()))

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
            names = ", ".join(languages)
            text, short = f"{version} reads picture subtitles ({names})", f"{version} ({names})"
            yield Finding("tesseract", text, where=path, short=short)
        else:
            yield Finding("tesseract", f"{version} has no language to read in ({path})", INSTALL, "warning")

    def _speech(self) -> Iterator[Finding]:
        """Say what listens to titles without subtitles; what was asked for and cannot be is a warning."""
        from engramd.match.speech.engines import (
            GET_MODEL,
            GET_WHISPER,
            POCKETSPHINX,
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
            better = f"better: {GET_WHISPER}, {GET_MODEL}"
            yield Finding("speech", f"{_without(poor)} ({better})")

    def _keys(self) -> Iterator[Finding]:
        settings = self._settings()
        if settings.network_enabled and settings.tmdb_enabled and not settings.tmdb_api_key:
            yield Finding("key-tmdb", "TMDB is enabled, and has no key", NO_KEY, "warning")
        else:
            yield Finding("key-tmdb", "no key is missing")


def of_makemkv(name: str, version: str, key: str) -> Finding:
    """Say of one thing that MakeMKV needs that it has it; of its key, which kind it is."""
    if name == "makemkv":
        return Finding("makemkv-makemkv", f"MakeMKV {version} works", short=f"MakeMKV {version}")
    if name == "version":
        return Finding("makemkv-version", f"MakeMKV {version} is not too old")
    if not key.strip():
        text = f"MakeMKV {version} works without a key, which it does for 30 days"
        return Finding("makemkv-key", text, "engramctl config set makemkv_key", "info")
    kind, what = KEYS.get(key.strip()[:2], ("a key", "of no kind that engramd knows"))
    text = f"MakeMKV {version} accepts its key: {kind}, {what}"
    return Finding("makemkv-key", text, short=f"MakeMKV ({kind})")


def _without(poor: bool) -> str:
    """Say what becomes of titles without subtitles where faster-whisper does not listen."""
    if poor:
        return "titles without subtitles are heard by pocketsphinx, poorly and in English only"
    return "titles without subtitles become questions"
