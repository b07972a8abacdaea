"""A stand-in for makemkvcon of engramd's tests, and not MakeMKV: it replays scans and writes given MKV files.

Its first argument is the folder that says what to do (`scenario.py`), the others are makemkvcon's own.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import scenario
from .ripping import rip
from .robot_output import Output, Played

#: A place that no drive has: the real program says who it is and finds nothing there.
NOWHERE = re.compile(r"disc:\d{3,}")
USAGE, OPEN_FAILED, BAD_KEY = 1, 11, 253
_FLAGS = re.compile(
    r"-r|--robot|--noscan|--decrypt|--debug(=.*)?|--progress=(-same|-stdout|-stderr|-null|.+)|--messages=(-.+|.+)"
    r"|--minlength=\d+|--cache=\d+|--directio=(true|false)|--profile=.+"
)
#: Seconds of a title that is listed, where neither the command line nor the settings say another number.
LEAST_SECONDS = 120


@dataclass
class Command:
    """A command line of makemkvcon."""

    words: list[str]
    options: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, words: list[str]) -> Command | None:
        """Take a command line apart; None for one that the real program does not understand."""
        command = cls(words)
        for word in words:
            if not word.startswith("-"):
                command.arguments.append(word)
            elif _FLAGS.fullmatch(word):
                name, _, value = word.partition("=")
                command.options["--robot" if name == "-r" else name] = value
            else:
                return None
        counts = {"info": 2, "mkv": 4, "reg": 2}
        name = command.arguments[0] if command.arguments else ""
        return command if len(command.arguments) == counts.get(name) else None

    @property
    def name(self) -> str:
        """What is to be done: probe, info, mkv or reg."""
        is_probe = self.arguments[0] == "info" and NOWHERE.fullmatch(self.arguments[1])
        return "probe" if is_probe else self.arguments[0]


def main(words: list[str]) -> int:
    """Do what the command line and the scenario say; the exit code is MakeMKV's."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = scenario.Folder(Path(words[0]))
    scene = folder.scenario()
    command = Command.read(words[1:])
    settings = Path(os.environ.get("HOME", "/nonexistent"), ".MakeMKV", "settings.conf")
    before = folder.record(_journal(words[1:], command, settings))
    if command is None:
        sys.stdout.write(
            "This is a stand-in of engramd's tests, not MakeMKV. It does not know these words.\n"
        )
        return USAGE
    output = Output(
        robot="--robot" in command.options,
        progress=command.options.get("--progress") in ("-same", "-stdout"),
    )
    who = f"MakeMKV v{scene['version']} stand-in(of engramd's tests, not MakeMKV)"
    output.say(1005, "%1 started", who)
    if command.name == "reg":
        return _register(settings, command.arguments[1])
    played = Played(folder, output, command.name, _source(scene, command), scene)
    for fault in played.faults("exit_code"):
        played.exit_code = fault["code"]
    code = _do(command, played, settings, before)
    return code if played.exit_code is None else played.exit_code


def _do(command: Command, played: Played, settings: Path, before: int) -> int:
    if _refuses_key(played, settings, before):
        return BAD_KEY
    if command.name == "probe":
        return _probe(played)
    with played.folder.counted("opening"), played.folder.counted(command.name):
        titles = _open(command, played, settings)
    if titles is None:
        return OPEN_FAILED
    if command.name == "info":
        played.print_titles(titles)
        return 0
    with played.folder.counted("saving"):
        return rip(played, titles, command.arguments[2], Path(command.arguments[3]))


def _open(command: Command, played: Played, settings: Path) -> list[scenario.Title] | None:
    """Scan the disc; None where it cannot be opened."""
    played.drives()
    for fault in played.faults("slow_scan"):
        played.wait(fault["seconds"])
    played.mischief("open")
    refusal = played.faults("refuse")
    for fault in refusal:
        for code, parameters, flags in fault["messages"]:
            played.output.say(code, "", *parameters, flags=flags)
    if refusal or played.disc is None:
        played.failed_to_open()
        return None
    return played.scan(int(command.options.get("--minlength") or _least(settings)))


def _probe(played: Played) -> int:
    played.drives()
    for fault in played.faults("slow_scan"):
        played.wait(fault["seconds"])
    played.mischief("open")
    for fault in played.faults("refuse"):
        for code, parameters, flags in fault["messages"]:
            played.output.say(code, "", *parameters, flags=flags)
    played.failed_to_open()
    return 0


def _refuses_key(played: Played, settings: Path, before: int) -> bool:
    wanted: dict[str, Any] | None = played.scene["key"]
    if wanted is None or before < wanted["after"]:
        return False
    key = _setting(settings, "app_Key")
    if key == wanted["key"]:
        return False
    if key and wanted["code"] == 5021:
        played.output.say(5020, "The stored key is not valid.", flags=516)
    if wanted["code"] == 5055:
        played.output.say(5055, "The evaluation period is over.")
        played.output.say(5052, "The evaluation period is over, please register.", flags=516)
        played.output.say(5010, "Failed to open disc")
    elif wanted["code"] == 5021:
        place = "http://www.makemkv.com/"
        played.output.say(5021, "This version is too old, see %1 or enter a key.", place, flags=131332)
    else:
        played.output.say(wanted["code"], "The key is not accepted.", flags=260)
    return True


def _register(settings: Path, key: str) -> int:
    if not key.startswith(("T-", "M-")):
        return USAGE
    settings.parent.mkdir(parents=True, exist_ok=True)
    lines = settings.read_text("utf-8").splitlines() if settings.exists() else []
    kept = [line for line in lines if not line.startswith("app_Key")]
    settings.write_text("\n".join([*kept, f'app_Key = "{key}"']) + "\n", "utf-8")
    return 0


def _setting(settings: Path, name: str) -> str:
    return next((value for key, value in _settings(settings) if key == name), "")


def _settings(settings: Path) -> Iterator[tuple[str, str]]:
    try:
        text = settings.read_text("utf-8")
    except OSError:
        return
    for found in re.finditer(r'^\s*(\w+)\s*=\s*"([^"]*)"', text, re.MULTILINE):
        yield found[1], found[2]


def _least(settings: Path) -> int:
    said = _setting(settings, "dvd_MinimumTitleLength")
    return int(said) if said.isdecimal() else LEAST_SECONDS


def _source(scene: dict[str, Any], command: Command) -> str | None:
    """Give the path that a source names; a number is a drive's, in the order in which discs were inserted."""
    if command.name == "probe":
        return None
    kind, _, place = command.arguments[1].partition(":")
    if kind == "disc":
        drives = [disc["source"] for disc in scene["discs"]]
        return drives[int(place)] if place.isdecimal() and int(place) < len(drives) else None
    return os.path.realpath(place) if kind in ("dev", "iso", "file") and place else None


def _journal(words: list[str], command: Command | None, settings: Path) -> dict[str, Any]:
    """Say what the tests may want to know of a call."""
    arguments = command.arguments if command else []
    profile = command.options.get("--profile", "") if command else ""
    return {
        "argv": words,
        "command": command.name if command else "",
        "spec": arguments[1] if len(arguments) > 1 else "",
        "title": arguments[2] if len(arguments) > 2 else "",
        "folder": arguments[3] if len(arguments) > 3 else "",
        "home": os.environ.get("HOME"),
        "lc_all": os.environ.get("LC_ALL"),
        "key": _setting(settings, "app_Key"),
        "settings": dict(_settings(settings)),
        "profile": Path(profile).read_text("utf-8") if profile and Path(profile).is_file() else "",
        "pid": os.getpid(),
        "time": time.time(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
