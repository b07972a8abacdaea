"""The ripping back ends as the settings want them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from engramd.errors import ToolMissing
from engramd.models import AppConfig
from engramd.rip import ChosenBackend, Makemkv, MakemkvBackend, MakemkvSettings, OpenBackend
from engramd.settings import Settings
from engramd.tools import Tools

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
        self._makemkv: MakemkvBackend | None = None
        self._looked = 0.0

    def __call__(self) -> ChosenBackend:
        current = self._settings.current
        with self._lock:
            return ChosenBackend(self._makemkv_for(current), self._plain_for(current))

    def look_again(self) -> None:
        """Ask MakeMKV now whether it works, and look for FFmpeg anew."""
        with self._lock:
            self._plain = None
        self().makemkv.program.lacks(anew=True)

    def _makemkv_for(self, current: AppConfig) -> MakemkvBackend:
        wanted = MakemkvSettings(
            current.makemkv_path,
            current.makemkv_key,
            current.extras_min_seconds,
            float(current.rip_inactivity_seconds),
        )
        if self._makemkv is None or self._makemkv.program.settings != wanted:
            self._makemkv = MakemkvBackend(Makemkv(self._tools, wanted, self._home), self._turns)
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
