"""The ripping back ends as the settings want them."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.errors import ToolMissing
from engramd.models import AppConfig
from engramd.rip import ChosenBackend, Makemkv, MakemkvSettings, OpenBackend
from engramd.settings import Settings
from engramd.tools import Tools

if TYPE_CHECKING:
    from engramd.rip.makemkv import MakemkvBackend

#: Seconds after which a missing reader is looked for again.
LOOK_FOR_TOOLS = 10.0


class Backends:
    """Gives the back ends for the present settings; one that lacks something is looked for anew."""

    def __init__(self, tools: Tools, settings: Settings, state: Path) -> None:
        self._tools = tools
        self._settings = settings
        self._home = state / "makemkv"
        self._lock = threading.Lock()
        self._turns = threading.Lock()
        self._plain: tuple[tuple[str, int], OpenBackend] | None = None
        self._program: Makemkv | None = None
        self._makemkv: MakemkvBackend | None = None
        self._looked = 0.0

    def __call__(self) -> ChosenBackend:
        current = self._settings.current
        with self._lock:
            program = self._program_for(current)
            return ChosenBackend(program, lambda: self._makemkv_of(program), self._plain_for(current))

    def look_again(self) -> None:
        """Ask MakeMKV now whether it works, and look for FFmpeg anew."""
        with self._lock:
            self._plain = None
        self().program.lacks(anew=True)

    def _program_for(self, current: AppConfig) -> Makemkv:
        wanted = MakemkvSettings(
            current.makemkv_path,
            current.makemkv_key,
            current.extras_min_seconds,
            float(current.rip_inactivity_seconds),
        )
        if self._program is None or self._program.settings != wanted:
            self._program = Makemkv(self._tools, wanted, self._home)
        return self._program

    def _makemkv_of(self, program: Makemkv) -> MakemkvBackend:
        from engramd.rip.makemkv import MakemkvBackend  # many daemons have no MakeMKV

        with self._lock:
            if self._makemkv is None or self._makemkv.program is not program:
                self._makemkv = MakemkvBackend(program, self._turns)
            return self._makemkv

    def _plain_for(self, current: AppConfig) -> OpenBackend:
        key = (current.ffmpeg_path, current.rip_inactivity_seconds)
        known = self._plain
        outdated = time.monotonic() - self._looked > LOOK_FOR_TOOLS
        if known is None or known[0] != key or (outdated and not _reads_all(known[1])):
            stall = float(current.rip_inactivity_seconds)
            known = key, OpenBackend(self._tools, ffmpeg_path=current.ffmpeg_path, stall=stall)
            self._plain, self._looked = known, time.monotonic()
        return known[1]


def _reads_all(backend: OpenBackend) -> bool:
    try:
        found = backend.ffmpeg()
    except ToolMissing:
        return False
    return found.dvdvideo and found.bluray
