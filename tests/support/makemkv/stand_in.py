"""The tests' side of the stand-in for MakeMKV: its discs, what is to go wrong, and what was called."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import disc_log, scenario
from .title_media import title_mkv

if TYPE_CHECKING:
    from engramd.discs.model import Disc

_MODULE = "tests.support.makemkv.makemkvcon_stand_in"
_ROOT = Path(__file__).parents[3]
_SCRIPT = """#!/bin/sh
# A stand-in of engramd's tests for makemkvcon, and not MakeMKV.
PYTHONPATH='{root}' exec '{python}' -S -s -m {module} '{folder}' "$@"
"""
#: Code, parameters and flags of a message.
Said = tuple[int, list[str], int]
#: Messages with their parameters and flags, as the real program gives them before it fails to open a disc.
NO_ACCESS: list[Said] = [(2016, ["BD-RE", "STAND-IN", "/dev/sr0"], 0)]
NO_DRIVE: list[Said] = [(5042, [], 0), (2024, ["/dev/sr0"], 1 << 24)]
NO_LIBREDRIVE: list[Said] = [(5085, [], 0), (3346, [], 0)]
UNKNOWN_DISC_KEY: list[Said] = [(3332, ["file:///var/lib/MKB20_v72_STAND_IN.tgz"], 0), (3303, [], 0)]
#: Bytes that are written at most where a disk is to be filled.
MOST_FILLED = 1 << 28


@dataclass(frozen=True)
class Call:
    """A call of the stand-in: command (probe, info, mkv, reg; empty if not understood) and what it saw."""

    argv: list[str]
    command: str
    spec: str
    title: str
    folder: str
    home: str | None
    lc_all: str | None
    key: str
    settings: dict[str, str]
    profile: str
    pid: int
    time: float


class StandInMakemkv:
    """`path` goes into makemkvcon's setting (makemkv_path). What it is told counts from the next call on.

    A title is named by its number in the scan that is played, or by its source file (`02`, `00001.mpls`);
    None is any. `source` is the path of a disc; None is any. `times` is how often something happens, None
    is always; `at` is the part of a title's bytes that is written before it happens.
    """

    def __init__(self, folder: Path) -> None:
        folder = folder.resolve() / "makemkv"
        folder.mkdir()
        self.folder, self._files = folder, scenario.Folder(folder)
        self.path = folder / "makemkvcon"
        self.path.write_text(
            _SCRIPT.format(root=_ROOT, python=sys.executable, module=_MODULE, folder=folder), "utf-8"
        )
        self.path.chmod(0o755)
        for part in (folder, self.path):
            part.chmod(part.stat().st_mode | stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH)
        self._files.change_scenario(lambda _: None)

    # Discs

    def insert(
        self,
        source: Path,
        image: Path | None = None,
        *,
        titles: Collection[int] | None = None,
        names: Mapping[int, str] | None = None,
        css: bool = False,
    ) -> Disc:
        """Put in an authored disc: `image` (default: the source) is read, its titles are made MKV files.

        `titles` are the indexes of those that can be ripped, `names` the suggested file names by index. With
        `css` its scan has the read error that a healthy scrambled DVD gives. Gives engramd's reading of it.
        """
        from engramd.discs import read_disc

        image = image or source
        disc = read_disc(image)
        is_dvd = disc.media == "dvd"
        wanted = range(len(disc.titles)) if titles is None else titles
        media = {n: title_mkv(image, disc.titles[n].number, dvd=is_dvd) for n in wanted}
        self.add_disc(source, disc, media, names=names, css=css)
        return disc

    def add_disc(
        self,
        source: Path,
        disc: Disc,
        media: Mapping[int, Path],
        *,
        names: Mapping[int, str] | None = None,
        css: bool = False,
    ) -> None:
        """Put in a disc as engramd read it; `media` are the MKV files by the index of the title."""
        self._put_in({**disc_log.of_disc(disc, source, media, names), "css": css})

    def replay(
        self,
        source: Path,
        log: str,
        media: Mapping[int, Path] | None = None,
        *,
        names: Mapping[int, str] | None = None,
    ) -> None:
        """Put in a disc as a recorded robot log says; `media` are MKV files by number in it."""
        self._put_in(disc_log.of_robot_log(log.splitlines(), source, media or {}, names))

    def remove(self, source: Path) -> None:
        """Take out a disc."""
        place = str(source.resolve())

        def change(scene: dict[str, Any]) -> None:
            scene["discs"] = [disc for disc in scene["discs"] if disc["source"] != place]

        self._files.change_scenario(change)

    def _put_in(self, disc: scenario.Disc) -> None:
        self.remove(Path(disc["source"]))
        self._files.change_scenario(lambda scene: scene["discs"].append(disc))

    # The program

    def set(self, **values: object) -> None:
        """Set `version`, or `rate`: bytes a second at which titles are saved, None for no limit."""
        if "rate" in values:
            (self.folder / "released").unlink(missing_ok=True)
        self._files.change_scenario(lambda scene: scene.update(values))

    def release(self) -> None:
        """Let every hang end, and be quick from now on."""
        self._files.change_scenario(lambda scene: scene.update(rate=None))
        (self.folder / "released").touch()

    def needs_key(self, key: str, *, code: int = 5021, after_calls: int = 0) -> None:
        """Refuse to work until settings.conf holds this key; `after_calls` more calls are still answered.

        `code` is what it says: 5021 (too old, or the key is not accepted), 5055, 5073 or 5095.
        """
        after = len(self.calls()) + after_calls if after_calls else 0
        self._files.change_scenario(
            lambda scene: scene.update(key={"key": key, "code": code, "after": after})
        )

    def takes_any_key(self) -> None:
        """Work again without a key."""
        self._files.change_scenario(lambda scene: scene.update(key=None))

    def heal(self) -> None:
        """Forget every fault."""
        self._files.change_scenario(lambda scene: scene.update(faults=[]))

    # Faults of a call

    def exit_with(self, code: int, *, command: str = scenario.ANY, times: int | None = None) -> None:
        """End with this exit code."""
        self._add("exit_code", command=command, times=times, code=code)

    def slow_scan(
        self, seconds: float, *, command: str = "info", source: Path | None = None, times: int | None = None
    ) -> None:
        """Take a while to open a disc."""
        self._add("slow_scan", command=command, source=source, times=times, seconds=seconds)

    def no_titles(self, *, source: Path | None = None, times: int | None = None) -> None:
        """Find no title."""
        self._add("no_titles", command=scenario.ANY, source=source, times=times)

    def lose_titles(self, after: int, *, source: Path | None = None, times: int | None = None) -> None:
        """Find only the first titles of the disc, the others being behind a place that cannot be read."""
        self._add("lose_titles", command=scenario.ANY, source=source, times=times, after=after)

    def find_other_disc(self, other: Path, *, source: Path | None = None, times: int | None = None) -> None:
        """Find what is on another disc that was put in."""
        place = str(other.resolve())
        self._add("other_disc", command=scenario.ANY, source=source, times=times, other=place)

    def refuse(
        self,
        messages: Iterable[Said],
        *,
        command: str = scenario.ANY,
        source: Path | None = None,
        times: int | None = None,
    ) -> None:
        """Say messages (NO_ACCESS, NO_DRIVE, NO_LIBREDRIVE, UNKNOWN_DISC_KEY, …) and do not open it."""
        self._add("refuse", command=command, source=source, times=times, messages=list(messages))

    def lack_java(self, *, source: Path | None = None, times: int | None = None) -> None:
        """Say that Java is missing, and go on."""
        page = "http://www.makemkv.com/bdjava/"
        self.say(3343, page, command="info", source=source, times=times, flags=131072)

    # Faults at any time; with the command mkv, of a title that is being saved unless a stage is given

    def say(
        self, code: int, *parameters: object, text: str = "", flags: int = 0, at: float = 0.0, **where: Any
    ) -> None:
        """Say something; `where`: command (mkv), source, title, times, stage (title, open, start, end)."""
        said = [str(parameter) for parameter in parameters]
        self._anywhere("say", code=code, parameters=said, text=text, flags=flags, at=at, **where)

    def storm(
        self,
        lines: int,
        code: int = 2003,
        *parameters: object,
        text: str = "",
        at: float = 0.5,
        pause: float = 0.0,
        **where: Any,
    ) -> None:
        """Say the same very often, with a `pause` in seconds after each time."""
        said = [str(one) for one in parameters or ("Scsi error - MEDIUM ERROR", "/BDMV/STREAM/1.m2ts", 4096)]
        values: dict[str, Any] = {"lines": lines, "code": code, "parameters": said, "pause": pause}
        self._anywhere("storm", text=text, at=at, **values, **where)

    def garbage(self, text: str, *, at: float = 0.5, **where: Any) -> None:
        """Print text as it is: half lines, or what is no robot mode at all."""
        self._anywhere("garbage", text=text, at=at, **where)

    def hang(self, *, at: float = 0.5, ignores_sigterm: bool = False, **where: Any) -> None:
        """Do nothing any more, until a signal or `release`."""
        (self.folder / "released").unlink(missing_ok=True)
        self._anywhere("hang", at=at, ignores_sigterm=ignores_sigterm, **where)

    def spin(self, *, at: float = 0.5, grows: bool = False, **where: Any) -> None:
        """Print progress (that grows, or stays) and write nothing any more."""
        (self.folder / "released").unlink(missing_ok=True)
        self._anywhere("spin", at=at, grows=grows, **where)

    def crash(self, number: int = signal.SIGSEGV, *, at: float = 0.5, **where: Any) -> None:
        """Die by a signal."""
        self._anywhere("crash", at=at, signal=int(number), **where)

    # Faults of a title that is being saved

    def stop_short(
        self,
        at: float = 0.5,
        *,
        told: bool = True,
        title: int | str | None = None,
        source: Path | None = None,
        times: int | None = 1,
    ) -> None:
        """Write a part of the title only, and tell of the read error and the failure, or of nothing."""
        self._title("partial", title, source, times, at=at, told=told)

    def fail_title(
        self,
        title: int | str | None = None,
        *,
        messages: Iterable[tuple[int, list[str]]] = (),
        source: Path | None = None,
        times: int | None = 1,
    ) -> None:
        """Write nothing of the title, say messages and that it could not be saved."""
        self._title("unsaved", title, source, times, messages=list(messages))

    def fill_disk(
        self,
        title: int | str | None = None,
        *,
        most: int = MOST_FILLED,
        source: Path | None = None,
        times: int | None = 1,
    ) -> None:
        """Write on behind the title's end until the disk is full; never more than `most` bytes."""
        self._title("fill", title, source, times, most=most)

    def name_file(
        self,
        name: str,
        *,
        title: int | str | None = None,
        source: Path | None = None,
        times: int | None = None,
    ) -> None:
        """Give the title's file another name than the one that was suggested."""
        self._title("wrong_name", title, source, times, name=name)

    def extra_file(
        self,
        *,
        name: str | None = None,
        of: int | str | None = None,
        instead: bool = False,
        title: int | str | None = None,
        source: Path | None = None,
        times: int | None = 1,
    ) -> None:
        """Write a second file, before the title's or `instead` of it: `of` another title, else the same data.

        Its name is the other title's, unless a name is given.
        """
        if name is None and of is None:
            name = "second_t00.mkv"
        self._title("extra_file", title, source, times, name=name, other=of, instead=instead)

    def write_other_title(
        self,
        of: int | str | None = None,
        *,
        media: Path | None = None,
        title: int | str | None = None,
        source: Path | None = None,
        times: int | None = 1,
    ) -> None:
        """Write another title's data, or a given file's, under the name of the title."""
        given = str(media) if media else None
        self._title("wrong_media", title, source, times, other=of, media=given)

    # What happened

    def calls(self, command: str | None = None) -> list[Call]:
        """Give the calls, oldest first; those of one command (probe, info, mkv, reg), if given."""
        calls = [Call(**call) for call in self._files.calls()]
        return [call for call in calls if command in (None, call.command)]

    def most_at_once(self, what: str = "opening") -> int:
        """Give how many processes at most did this at the same time.

        `what`: info or mkv (each the opening of a disc by that command), opening (both), saving.
        """
        return int(self._files.state()["most"].get(what, 0))

    def processes(self) -> list[int]:
        """Process ids of those that still run."""
        script, module, folder = os.fsencode(self.path), _MODULE.encode(), os.fsencode(self.folder)
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if script in words or (module in words and folder in words):
                found.append(int(entry.name))
        return found

    def _anywhere(
        self,
        kind: str,
        *,
        command: str = "mkv",
        stage: str | None = None,
        source: Path | None = None,
        title: int | str | None = None,
        times: int | None = None,
        **values: object,
    ) -> None:
        stage = stage or ("title" if command == "mkv" else "open")
        self._add(kind, command=command, stage=stage, source=source, title=title, times=times, **values)

    def _title(
        self, kind: str, title: int | str | None, source: Path | None, times: int | None, **values: object
    ) -> None:
        self._add(kind, command="mkv", stage="title", source=source, title=title, times=times, **values)

    def _add(
        self,
        kind: str,
        *,
        command: str,
        stage: str = "call",
        source: Path | None = None,
        title: int | str | None = None,
        times: int | None = None,
        **values: object,
    ) -> None:
        place = str(source.resolve()) if source else None
        fault = {"kind": kind, "command": command, "stage": stage, "source": place, "title": title}

        def change(scene: dict[str, Any]) -> None:
            number = scene["numbered"] = scene.get("numbered", 0) + 1
            scene["faults"].append({**fault, "times": times, "id": number, **values})

        self._files.change_scenario(change)
