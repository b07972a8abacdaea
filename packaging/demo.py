"""The demonstration: authors a DVD and subtitles, and lets a daemon of its own rip and file the disc.

The disc is given to the daemon as an image (`engramctl rip`), which goes the same way as an inserted disc
from identification on; an image needs no root, and FFmpeg opens it as it opens a drive. Everything runs on
a private bus and in one folder; the disc is kept there for the next time, the rest is made anew.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.authoring.tools import AuthoringFailed

SHOW = "Harbor Station"
PROGRAMS = Path(sys.executable).parent
#: Seconds that the daemon may take to start and to stop.
PATIENCE = 30.0


class DemoFailed(Exception):
    """Something went wrong; the message says what."""


@dataclass(frozen=True)
class Places:
    """The folders of one demonstration, all below `root`."""

    root: Path

    @property
    def library(self) -> Path:
        """Where the episodes are filed."""
        return self.root / "library"

    @property
    def references(self) -> Path:
        """The subtitles that titles are compared with."""
        return self.root / "references"

    @property
    def mark(self) -> Path:
        """The file that says that a folder is a demonstration's."""
        return self.root / ".engramd-demo"

    @property
    def run(self) -> Path:
        """What the daemon keeps: database, staging, caches."""
        return self.root / "run"

    @property
    def config(self) -> Path:
        """The daemon's configuration file."""
        return self.run / "engramd.toml"

    @property
    def log(self) -> Path:
        """What the daemon said."""
        return self.run / "engramd.log"

    def environment(self) -> dict[str, str]:
        """Give the variables that keep a daemon in these folders."""
        names = ("STATE", "CACHE", "RUNTIME", "CONFIGURATION")
        return {f"{name}_DIRECTORY": str(self.run / name.lower()) for name in names}


def end(*_: object) -> None:
    """End in order where the demonstration is told to stop, so that no program of it goes on."""
    raise SystemExit(143)


def main(folder: Path) -> int:
    """Run the demonstration in a folder and give its exit code."""
    places = Places(folder)
    signal.signal(signal.SIGTERM, end)
    try:
        begin_anew(places)
        disc = make_disc(places)
        write_config(places)
        with ExitStack() as stack:
            environment = os.environ | places.environment() | stack.enter_context(private_bus())
            stack.enter_context(daemon(places, environment))
            rip(disc.image, environment)
            show_result(places, disc, environment)
    except DemoFailed as error:
        sys.stdout.flush()
        sys.stderr.write(f"\nThe demonstration failed: {error}\n{tail(places.log)}")
        return 1
    except KeyboardInterrupt:
        return 130
    say(f"library: {places.library}")
    return 0


def say(text: str = "") -> None:
    """Write a line for the person who watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def step(text: str) -> None:
    """Say what comes next."""
    say(f"\n==> {text}")


def begin_anew(places: Places) -> None:
    """Move the library of an earlier run aside, so that this run has to do everything again."""
    places.root.mkdir(parents=True, exist_ok=True)
    if any(places.root.iterdir()) and not places.mark.exists():
        raise DemoFailed(f"{places.root} holds something else; name a folder that is empty or new")
    places.mark.touch()
    if places.library.exists():
        before = places.root / "library.before"
        shutil.rmtree(before, ignore_errors=True)
        places.library.rename(before)
        say(f"==> the library of the last time is now {before}")
    shutil.rmtree(places.run, ignore_errors=True)
    for name in ("tv", "films"):
        (places.library / name).mkdir(parents=True)
    for path in places.environment().values():
        Path(path).mkdir(parents=True)


def make_disc(places: Places) -> AuthoredDisc:
    """Author the DVD, or take that of an earlier run, and write subtitles to compare it with."""
    began = time.monotonic()
    step("making a DVD: 3 episodes, a play-all and an extra, with captions (kept for the next time)")
    try:
        disc = cached_disc(make_tv_dvd, "tv_dvd", cache=places.root / "disc")
    except AuthoringFailed as error:
        raise DemoFailed(error) from error
    shutil.rmtree(places.references, ignore_errors=True)
    write_references(places.references, SHOW, disc.episodes)
    say(f"{disc.image} ({disc.image.stat().st_size / 1e6:.1f} MB, {time.monotonic() - began:.0f} s)")
    return disc


def write_config(places: Places) -> None:
    """Write the daemon's configuration file."""
    settings = {
        "library_tv_path": places.library / "tv",
        "library_movies_path": places.library / "films",
        "references_path": places.references,
        "staging_path": places.run / "staging",
    }
    (places.run / "staging").mkdir()
    lines = [f"{name} = {json.dumps(str(path))}" for name, path in settings.items()]
    places.config.write_text("\n".join(["[settings]", *lines, ""]), "utf-8")


@contextmanager
def private_bus() -> Iterator[dict[str, str]]:
    """Run a bus of its own; gives the variable by which programs find it."""
    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    with ended_after(start(command, None, subprocess.PIPE, subprocess.DEVNULL)) as bus:
        address = bus.stdout.readline().decode().strip() if bus.stdout else ""
        if not address:
            raise DemoFailed("dbus-daemon gave no address")
        yield {"DBUS_SESSION_BUS_ADDRESS": address}


@contextmanager
def daemon(places: Places, environment: dict[str, str]) -> Iterator[None]:
    """Run engramd until the end of the block."""
    step("starting engramd on a bus of its own, without root")
    command = [str(PROGRAMS / "engramd"), "--config", str(places.config), "--bus", "session"]
    with places.log.open("wb") as log, ended_after(start(command, environment, log)) as process:
        until = time.monotonic() + PATIENCE
        while engramctl("status", environment=environment, quiet=True):
            if process.poll() is not None:
                raise DemoFailed(f"engramd ended with code {process.returncode}")
            if time.monotonic() > until:
                engramctl("status", environment=environment)
                raise DemoFailed(f"engramd was not ready after {PATIENCE:.0f} s")
            time.sleep(0.1)
        yield


def start(
    command: list[str],
    environment: dict[str, str] | None,
    stdout: int | IO[bytes],
    stderr: int = subprocess.STDOUT,
) -> subprocess.Popen[bytes]:
    """Start a program that keeps running; DemoFailed where it is not installed."""
    try:
        return subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
    except FileNotFoundError as error:
        raise DemoFailed(f"{command[0]} is not installed") from error


@contextmanager
def ended_after(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End a program after the block, whatever happens there."""
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def engramctl(*arguments: object, environment: dict[str, str], quiet: bool = False) -> int:
    """Run engramctl as a person would, and give its exit code."""
    command = [str(PROGRAMS / "engramctl"), "--bus", "session", *map(str, arguments)]
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, env=environment, stdout=sink, stderr=sink, check=False).returncode


def rip(image: Path, environment: dict[str, str]) -> None:
    """Give the disc to the daemon and follow the job."""
    step(f"inserting the disc: engramctl rip {shlex.quote(str(image))}")
    code = engramctl("rip", image, environment=environment)
    if code == 5:
        raise DemoFailed("the job waits for an answer, though this disc should leave no question")
    if code:
        raise DemoFailed(f"the rip ended with code {code}")


def show_result(places: Places, disc: AuthoredDisc, environment: dict[str, str]) -> None:
    """Show the library, check that everything is in it, and name what to try next."""
    step("the library")
    say(tree(places.library))
    found = sorted(path.name for path in places.library.rglob("*.mkv"))
    lacking = [f"S01E{title.episode:02}" for title in disc.episodes if title.episode]
    lacking = [label for label in lacking if not any(label in name for name in found)]
    if lacking:
        raise DemoFailed(f"the library lacks {', '.join(lacking)}")
    step("the history: engramctl history")
    if engramctl("history", environment=environment):
        raise DemoFailed("engramctl history failed")
    step("to try next")
    program = shlex.quote(str(PROGRAMS / "engramctl"))
    episodes = shlex.quote(str(places.library / "tv"))
    say(f"{program} inspect {shlex.quote(str(disc.image))}")
    say(f"{program} match {episodes}/*/*/*S01E0*.mkv --references {shlex.quote(str(places.references))}")
    say(f"{program} --help")
    say()


def tree(folder: Path) -> str:
    """Draw the files below a folder but hidden ones, with their sizes in megabytes."""
    lines = [f"{folder}/"]
    for path in sorted(folder.rglob("*")):
        depth = len(path.relative_to(folder).parts)
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        name = f"{path.name}/" if path.is_dir() else f"{path.name}  ({path.stat().st_size / 1e6:.1f} MB)"
        lines.append("    " * depth + name)
    return "\n".join(lines)


def tail(log: Path, lines: int = 20) -> str:
    """Give the end of the daemon's log, if there is one."""
    if not log.exists():
        return ""
    last = log.read_text("utf-8", "replace").splitlines()[-lines:]
    return "\n".join([f"The end of {log}:", *(f"  {line}" for line in last), ""])


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
