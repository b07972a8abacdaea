"""makemkvcon as a program: where it is, its own home folder, its command lines, and what it lacks."""

from __future__ import annotations

import hashlib
import re
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from engramd import durable
from engramd.discs.robot import Message, parse_lines
from engramd.discs.robot_faults import KEY_FAULT, Fault, MakemkvFailed, find_fault
from engramd.errors import EngramError, RipFailed, ToolMissing
from engramd.tools import CancelToken, ChildStuck, Outcome, Tools

#: The name of the back end.
MAKEMKV = "makemkv"
NAME = "makemkvcon"
INSTALL = "install MakeMKV (makemkv.com), or set makemkv_path"
#: Seconds that the program may take to say who it is.
PROBE_LIMIT = 60.0
#: Seconds after which a program that lacked something is asked again.
ASK_AGAIN = 20.0
#: The program's exit code when it does not accept its key.
BAD_KEY = 253
#: A place that no drive has: the program says its version and whether its key is good, and touches no drive.
NOWHERE = "disc:9999"
#: What is no longer than this is no key of MakeMKV's, and may be a part of anything that it says.
_SHORT = 7
#: Robot mode; --noscan: leave other drives alone.
COMMON = ("-r", "--noscan", "--messages=-stdout", "--progress=-same")
#: What the program lacks, as against what a drive or a disc does.
OF_THE_PROGRAM = frozenset({"key", "makemkv", "version"})
_VERSION = re.compile(r"v(\d+(?:\.\d+)+)")


@dataclass(frozen=True)
class Settings:
    """How the program is used: path and key (empty: found, none), shortest title and patience in seconds."""

    path: str = ""
    key: str = field(default="", repr=False)
    least_seconds: int = 15
    stall: float = 1200.0


class Makemkv:
    """Starts makemkvcon with a home of engramd's own, so that no settings of a person's interfere."""

    def __init__(
        self, tools: Tools, settings: Settings, home: Path, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tools, self.settings, self._home, self._clock = tools, settings, home, clock
        self._lock = threading.Lock()
        self._fault: EngramError | None = None
        self._asked_at: float | None = None
        self._stuck: ChildStuck | None = None
        self.version = ""

    def find(self) -> Path | None:
        """Give the program's path; None where it is not installed."""
        if self.settings.path:
            return Path(self.settings.path)
        return self._tools.find(NAME)

    def lacks(self, *, anew: bool = False) -> EngramError | None:
        """Give what keeps the program from working (ToolMissing, MakemkvFailed for its key), or None.

        It is asked once, and again after a while as long as it lacks something, or at once if told to. One
        that hangs and cannot be ended is not asked again before it has ended.
        """
        with self._lock:
            if self._stuck is not None and not self._stuck.ended.is_set():
                return self._fault
            outdated = self._fault is not None and self._clock() - (self._asked_at or 0) >= ASK_AGAIN
            if self._asked_at is None or anew or outdated:
                self._fault, self._asked_at = self._ask(), self._clock()
            return self._fault

    def note(self, fault: EngramError) -> None:
        """Record what the program turned out to lack while it worked."""
        with self._lock:
            self._fault, self._asked_at = fault, self._clock()

    def info(self, source: Path, on_line: Callable[[str], None], cancel: CancelToken | None) -> Outcome:
        """Scan a disc; its lines go to `on_line`."""
        words = [*COMMON, f"--minlength={self.settings.least_seconds}", "info", source_of(source)]
        return self._work(words, on_line, cancel)

    def mkv(
        self,
        source: Path,
        title: int | None,
        folder: Path,
        profile: str | None,
        on_line: Callable[[str], None],
        cancel: CancelToken,
    ) -> Outcome:
        """Rip a title of the last scan, or all, into an empty folder; `profile` is the text of a profile."""
        what = "all" if title is None else str(title)
        words = [*COMMON, f"--minlength={self.settings.least_seconds}"]
        if profile is not None:
            words.append(f"--profile={self._profile(profile)}")
        return self._work([*words, "mkv", source_of(source), what, str(folder)], on_line, cancel)

    def _ask(self) -> EngramError | None:
        path = self.find()
        if path is None:
            return ToolMissing("MakeMKV is not installed", remedy=INSTALL)
        lines: list[str] = []
        try:
            outcome = self._run([*COMMON, "info", NOWHERE], lines.append, None, limit=PROBE_LIMIT)
        except ChildStuck as error:
            self._stuck = error
            why = f"process {error.pid} hangs and cannot be ended"
            return ToolMissing("makemkvcon does not work", where=path, why=why, remedy=error.remedy)
        except EngramError as error:
            return error
        messages = [line for line in parse_lines(lines) if isinstance(line, Message)]
        banner = next((m.text for m in messages if m.code == 1005), "")
        if outcome.timed_out or not banner:
            why = "it did not answer" if outcome.timed_out else "it does not say its version"
            return ToolMissing("makemkvcon does not work", where=path, why=why, remedy=INSTALL)
        named = _VERSION.search(banner)
        self.version = named[1] if named else ""
        return self.fault_of(messages, outcome.returncode)

    @staticmethod
    def fault_of(messages: list[Message], returncode: int) -> MakemkvFailed | None:
        """Give what a run says that the program itself lacks."""
        found = find_fault(m for m in messages if m.code != 5010)
        if found is not None and found[0].condition in OF_THE_PROGRAM:
            return failed(found[0], found[1].text)
        return failed(KEY_FAULT, "it ended with code 253") if returncode == BAD_KEY else None

    def _work(self, words: list[str], on_line: Callable[[str], None], cancel: CancelToken | None) -> Outcome:
        """Have the program work at a disc; that it cannot be started is noted."""
        try:
            return self._run(words, on_line, cancel)
        except ToolMissing as error:
            self.note(error)
            raise

    def _run(
        self,
        words: list[str],
        on_line: Callable[[str], None],
        cancel: CancelToken | None,
        *,
        limit: float | None = None,
    ) -> Outcome:
        path = self.find()
        if path is None:
            raise ToolMissing("MakeMKV is not installed", remedy=INSTALL)
        self._write_settings()
        key = "".join(self.settings.key.split())
        return self._tools.run(
            [path, *words],
            # It is not known to repeat its key, but what it says is told to everybody.
            on_line=(lambda line: on_line(line.replace(key, "…"))) if len(key) > _SHORT else on_line,
            timeout=limit,
            cancel=cancel,
            env={"HOME": str(self._home)},
        )

    def _write_settings(self) -> None:
        """Write the program's settings, with its key, for nobody else to read."""
        from engramd.rip.makemkv_profile import settings_conf

        file = self._home / ".MakeMKV/settings.conf"
        text = settings_conf(self.settings.key, self.settings.least_seconds)
        with suppress(OSError):
            if file.read_bytes() == text.encode():
                return
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            durable.write(file, text.encode(), 0o600)
        except OSError as error:
            what, remedy = "MakeMKV's settings cannot be written", "check the state folder"
            raise ToolMissing(what, where=file, why=error.strerror, remedy=remedy) from error

    def _profile(self, text: str) -> Path:
        file = self._home / f"profile-{hashlib.sha256(text.encode()).hexdigest()[:16]}.mmcp.xml"
        try:
            if not file.exists():
                durable.write(file, text.encode(), 0o600)
        except OSError as error:
            raise RipFailed("MakeMKV's profile cannot be written", where=file, why=error.strerror) from error
        return file


def failed(fault: Fault, why: str, where: object = NAME) -> MakemkvFailed:
    """Give the error for a fault; `why` is the program's own sentence."""
    text = "".join(c if c.isprintable() else " " for c in why[:500]).strip()
    return MakemkvFailed(fault, where=where, why=text)


def source_of(source: Path) -> str:
    """Name a drive, an image or a folder as MakeMKV wants it."""
    from engramd.rip.clips import root_of

    root = root_of(str(source))
    try:
        mode = root.stat().st_mode
    except OSError:
        return f"dev:{root}"
    if stat.S_ISDIR(mode):
        return f"file:{root}"
    return f"dev:{root}" if stat.S_ISBLK(mode) else f"iso:{root}"
