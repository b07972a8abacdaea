"""A house with two drives, a library and a daemon, small enough to be told whole; engramctl is used there.

Its folder has a name as long as `/srv/media`, so that tables and lines are laid out as they are there.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import click

from engramd.ctl.app import app
from tests.support.daemon import ROOT, DaemonUnderTest
from tests.support.pipes import PipedCommand
from tests.support.preloaded import Preloaded
from tests.support.privatebus import PrivateBus
from tests.support.slowffmpeg import SlowFFmpeg
from tests.support.systemd_stand_in import SystemdStandIn
from tests.support.terminals import Terminal, Terminals
from tests.support.transcripts import JSON, LIVE, PIPE, PLACE, TERMINAL, Normal, Run
from tests.support.udevbed import UdevBed

_ENGRAMCTL = """#!/bin/sh
exec '{python}' -m engramd.ctl --bus session "$@"
"""
#: Kinds of runs by their letters in `Act.how`.
_HOW = {"t": TERMINAL, "p": PIPE, "j": JSON}


@dataclass(frozen=True)
class Act:
    """A line of engramctl, how it is run (terminal, pipe, JSON), and the exit code that it has to have.

    `said` is its standard input; one that goes on for ever ends by Ctrl-C when `until` is on the screen.
    `after` waits for what comes of it, and `fill` gives what stands in the place of `ID` in the line. Without
    `daemon` it runs as if the house had none: on another bus, with other folders.
    """

    line: str
    how: str = "tpj"
    code: int = 0
    said: str = ""
    until: str | Callable[[str], object] = ""
    after: Callable[[LittleWorld], object] | None = None
    fill: Callable[[LittleWorld], str] | None = None
    daemon: bool = True

    @property
    def words(self) -> list[str]:
        """The words of the line."""
        return shlex.split(self.line)

    @property
    def command(self) -> str:
        """The command that the line is of, such as `review list`; the bare one is `engramctl`."""
        return " ".join(self.words[: self._depth]) or "engramctl"

    @property
    def as_json(self) -> str:
        """The line that asks for JSON."""
        words = self.words
        return shlex.join([*words[: self._depth], "--json", *words[self._depth :]])

    @property
    def _depth(self) -> int:
        """How many of its words name the command."""
        group: click.Command | None = app
        for depth, word in enumerate(self.words):
            group = group.commands.get(word) if isinstance(group, click.Group) else None
            if group is None:
                return depth
        return len(self.words)


class LittleWorld:
    """Starts everything on entry; what was run of engramctl is kept."""

    def __init__(
        self, settings: Mapping[str, object] | None = None, *, drives: Sequence[str] = ("sr0", "sr1")
    ) -> None:
        self.folder = _short_folder()
        self.bus, self.bed = PrivateBus(system=False), UdevBed()
        self._nowhere = PrivateBus(system=False)
        self.ffmpeg = SlowFFmpeg(self.folder, held=False, rate=4)
        self.imports = self.folder / "import"
        for name in ("import", "hooks", "bin", "home", "alone/state", "alone/cache"):
            (self.folder / name).mkdir(parents=True)
        program = self.folder / "bin/engramctl"
        program.write_text(_ENGRAMCTL.format(python=sys.executable))
        program.chmod(0o755)
        self._settings = {
            "ffmpeg_path": str(self.ffmpeg.path),
            "import_paths": str(self.imports),
            "hooks_path": str(self.folder / "hooks"),
            "speech_enabled": False,
            "import_settle_seconds": 0,
        } | dict(settings or {})
        self._drives = drives
        self._stack = ExitStack()
        self._runs: list[tuple[Act, Run]] = []

    def __enter__(self) -> LittleWorld:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        SystemdStandIn(self.folder, "stopped")
        for part in (self.bed, self.bus, self._nowhere):
            self._stack.enter_context(part)
        for number, name in enumerate(self._drives, 1):
            self.bed.add_drive(name, serial=f"ENG{number}")
        environment = self.bed.environment | {"TZ": "UTC"}
        self.daemon = DaemonUnderTest(self.folder, self.bus, settings=self._settings, environment=environment)
        self._stack.enter_context(self.daemon)
        self._preloaded = self._stack.enter_context(Preloaded())
        self.terminals = self._stack.enter_context(Terminals(self.folder, self.environment))

    @cached_property
    def environment(self) -> dict[str, str]:
        """All that engramctl sees."""
        return {
            "PATH": f"{self.folder}/bin:{self.folder}/systemd:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder / "home"),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }

    def _whereabouts(self, *, daemon: bool) -> dict[str, str]:
        """Give what leads engramctl to the daemon and its folders, or to where there is none."""
        bus, place = (self.bus, self.folder) if daemon else (self._nowhere, self.folder / "alone")
        folders = {f"{name.upper()}_DIRECTORY": str(place / name) for name in ("state", "cache")}
        return {"CONFIGURATION_DIRECTORY": str(place)} | folders | bus.environment

    @property
    def normal(self) -> Normal:
        """Takes from a text what is of this run alone."""
        return Normal(self.folder, pwd.getpwuid(os.getuid()).pw_name)

    def put(self, image: Path, name: str) -> Path:
        """Put a disc image into the import folder, under a name."""
        return Path(shutil.copyfile(image, self.imports / name))

    def runs(self, acts: Iterable[Act]) -> dict[str, list[Run]]:
        """Give what was run by its command, in the order of the acts."""
        found: dict[str, list[Run]] = {}
        for act in acts:
            found.setdefault(act.command, []).extend(run for one, run in self._runs if one is act)
        return found

    # -- acting --

    def act(self, *acts: Act, side_by_side: int = 1) -> None:
        """Run lines, one after the other or several at once."""
        with ThreadPoolExecutor(side_by_side) as pool:
            for _ in pool.map(self._act, acts):
                pass

    def _act(self, act: Act) -> None:
        for how in act.how:
            filled = replace(act, line=act.line.replace("ID", act.fill(self))) if act.fill else act
            self._runs.extend((act, run) for run in self._ways[how](filled))
            if act.after is not None:
                act.after(self)

    @property
    def _ways(self) -> Mapping[str, Callable[[Act], Iterable[Run]]]:
        return {"t": self._in_terminal, "p": self._in_pipe, "j": self._as_json}

    def open(self, line: str, *, daemon: bool = True) -> Terminal:
        """Start a line in a terminal of its own."""
        given = [f"{name}={value}" for name, value in self._whereabouts(daemon=daemon).items()]
        return self.terminals.open(["env", *given, "engramctl", *shlex.split(line)], self.folder)

    def _in_terminal(self, act: Act) -> Iterable[Run]:
        terminal = self.open(act.line, daemon=act.daemon)
        if until := act.until:
            wanted = (lambda screen: until in screen) if isinstance(until, str) else until
            terminal.wait_for(wanted, f"{act.line} does not show {until}")
            yield Run(act.command, act.line, LIVE, 0, "", lines=tuple(terminal.colored()))
            terminal.press("C-c")
        shown = terminal.ended()
        yield Run(
            act.command,
            act.line,
            TERMINAL,
            shown.code,
            shown.text,
            "",
            tuple(shown.lines),
            act.code,
            shown.is_sane,
        )

    def _in_pipe(self, act: Act) -> Iterable[Run]:
        yield self._piped(act, act.line, PIPE)

    def _as_json(self, act: Act) -> Iterable[Run]:
        yield self._piped(act, act.as_json, JSON)

    def _piped(self, act: Act, line: str, how: str) -> Run:
        command = self.start(line, daemon=act.daemon)
        command.tell(act.said)
        if isinstance(act.until, str) and act.until:
            command.wait_for(act.until)
            command.interrupt()
        code, out, err = command.ended()
        return Run(act.command, line, how, code, out, err, wanted=act.code)

    def start(self, line: str, *, daemon: bool = True) -> PipedCommand:
        """Start a line whose streams are pipes."""
        words = ["--bus", "session", *shlex.split(line)]
        return self._preloaded.start(words, self.environment | self._whereabouts(daemon=daemon), self.folder)


def _short_folder() -> Path:
    """Make a folder whose path is as long as that which stands for it."""
    while True:
        folder = Path("/tmp") / secrets.token_hex(8)[: len(PLACE) - len("/tmp/")]
        try:
            folder.mkdir(mode=0o755)
        except FileExistsError:
            continue
        return folder
