"""What the stand-in for MakeMKV prints while it opens a disc, in the grammar of robot mode."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import scenario

MOST = 65536
#: Seconds after which a hang ends by itself, so that nothing outlives its test for ever.
LONGEST_HANG = 300.0
#: Seconds between two lines of progress.
PROGRESS_EVERY = 0.05


class Output:
    """Standard output: robot mode's lines, or for people the texts alone."""

    def __init__(self, *, robot: bool, progress: bool) -> None:
        self._robot, self._progress = robot, progress

    def raw(self, text: str) -> None:
        """Write text as it is, at once."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def say(self, code: int, template: str, *parameters: object, flags: int = 0) -> None:
        """Print a message; the template names its parameters %1, %2, …"""
        self.raw(self.message(code, template, *parameters, flags=flags))

    def message(self, code: int, template: str, *parameters: object, flags: int = 0) -> str:
        """Give a message's line."""
        text = template or f"Message {code}: " + " ".join(f"%{n}" for n in range(1, len(parameters) + 1))
        said = text
        for number, parameter in reversed(list(enumerate(parameters, 1))):
            said = said.replace(f"%{number}", str(parameter))
        if not self._robot:
            return f"{said}\n"
        cells = [_quoted(said), _quoted(text), *(_quoted(str(p)) for p in parameters)]
        return f"MSG:{code},{flags},{len(parameters)},{','.join(cells)}\n"

    def line(self, keyword: str, *cells: object) -> None:
        """Print any other line: numbers as they are, texts quoted."""
        if self._robot:
            said = [str(c) if isinstance(c, int) else _quoted(str(c)) for c in cells]
            self.raw(f"{keyword}:{','.join(said)}\n")

    def step(self, code: int, name: str, *, number: int = 0, whole: bool = False) -> None:
        """Name what is done now."""
        if self._progress:
            self.line("PRGT" if whole else "PRGC", code, number, name)

    def progress(self, current: float, total: float) -> None:
        """Print how far it is, as fractions."""
        if self._progress:
            self.line("PRGV", int(current * MOST), int(total * MOST), MOST)


class Played:
    """One call: the disc that it is about, the faults that befall it, and what it prints."""

    def __init__(
        self,
        folder: scenario.Folder,
        output: Output,
        command: str,
        source: str | None,
        scene: dict[str, Any],
    ) -> None:
        self.folder, self.output, self.command, self.scene = folder, output, command, scene
        self.disc = self._inserted(source)
        self.source = self.disc["source"] if self.disc else source
        self.exit_code: int | None = None

    @property
    def released(self) -> bool:
        """Whether hangs are to end and titles are to be saved quickly."""
        return (self.folder.path / "released").exists()

    def faults(self, *kinds: str, stage: str = "call") -> list[scenario.Fault]:
        """Give the faults of this call of these kinds at a stage, and count them as happened."""
        found = [f for f in self._faults() if f["kind"] in kinds and f["stage"] == stage]
        return self.folder.spend(found) if found else []

    def title_faults(self, number: int, source: str) -> list[scenario.Fault]:
        """Give the faults of a title that is being saved, in the order in which they happen."""
        found = [f for f in self._faults() if f["stage"] == "title" and f["title"] in (None, number, source)]
        return sorted(self.folder.spend(found) if found else [], key=lambda f: float(f.get("at", 0.0)))

    def mischief(self, stage: str) -> None:
        """Let happen what may happen at any time."""
        for fault in self.faults("say", "storm", "garbage", "hang", "spin", "crash", stage=stage):
            self.happen(fault, 0.0, 0.0)

    def happen(self, fault: scenario.Fault, current: float, total: float) -> None:
        """Let one of those happen, `current` and `total` being the progress so far."""
        kind = fault["kind"]
        if kind == "say":
            self.output.say(fault["code"], fault["text"], *fault["parameters"], flags=fault["flags"])
        elif kind == "storm":
            line = self.output.message(fault["code"], fault["text"], *fault["parameters"])
            at_once = 1 if fault["pause"] else 500
            for start in range(0, fault["lines"], at_once):
                self.output.raw(line * min(at_once, fault["lines"] - start))
                time.sleep(fault["pause"])
        elif kind == "garbage":
            self.output.raw(fault["text"])
        elif kind == "crash":
            os.kill(os.getpid(), fault["signal"])
        elif kind in ("hang", "spin"):
            if fault.get("ignores_sigterm"):
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self._hang(fault, current, total)

    def wait(self, seconds: float) -> None:
        """Take a while, with progress."""
        start = time.monotonic()
        while (spent := time.monotonic() - start) < seconds:
            self.output.progress(spent / seconds, spent / seconds)
            time.sleep(min(PROGRESS_EVERY, seconds - spent))

    def drives(self) -> None:
        """Print the sixteen places for drives."""
        self.output.step(5018, "Scanning CD-ROM devices", whole=True)
        inserted = [disc for disc in self.scene["discs"] if disc["source"].startswith("/dev/")]
        for number in range(16):
            if number < len(inserted):
                disc = inserted[number]
                name = f"BD-RE STAND-IN 1.0 {number}"
                self.output.line(
                    "DRV", number, 2, 999, 1 if disc["dvd"] else 12, name, disc["label"], disc["source"]
                )
            else:
                self.output.line("DRV", number, 256, 999, 0, "", "", "")

    def failed_to_open(self) -> None:
        """Say that there is no disc."""
        self.output.say(5010, "Failed to open disc")
        self.output.line("TCOUNT", 0)

    def scan(self, least: int) -> list[scenario.Title]:
        """Say how the titles of the disc are found, and give those that are listed, in order."""
        disc = self._scanned()
        output = self.output
        output.step(3100 if disc["dvd"] else 3404, "Opening disc", whole=True)
        output.say(3007, "Using direct disc access mode")
        if disc["css"]:
            what = "Scsi error - ILLEGAL REQUEST:READ OF SCRAMBLED SECTOR WITHOUT AUTHENTICATION"
            self.read_error(what, "/VIDEO_TS/VTS_01_1.VOB", 1048576)
        titles = list(disc["titles"])
        for fault in self.faults("lose_titles"):
            titles = titles[: fault["after"]]
            self.read_error("Scsi error - MEDIUM ERROR:L-EC UNCORRECTABLE ERROR", "/dev/sr0", 3965775872)
        if self.faults("no_titles"):
            titles = []
        kept = [title for title in titles if title["seconds"] >= least]
        for place, title in enumerate(titles):
            output.progress((place + 1) / len(titles), (place + 1) / len(titles))
            self._found(disc, title, kept, least)
        output.say(5011, "Operation successfully completed")
        return [{**title, "file": _file_name(disc, title, kept)} for title in kept]

    def print_titles(self, titles: list[scenario.Title]) -> None:
        """Print the results of a scan."""
        self.output.line("TCOUNT", len(titles))
        for said in (self.disc or {}).get("attributes", []):
            self.output.line("CINFO", *said)
        for number, title in enumerate(titles):
            self._list_title(number, title)
        self.mischief("end")

    def read_error(self, what: str, file: str, offset: int) -> None:
        """Say that something could not be read."""
        self.output.say(
            2003, "Error '%1' occurred while reading '%2' at offset '%3'", what, file, str(offset)
        )

    def _scanned(self) -> scenario.Disc:
        """Give the disc that the scan finds: this one, unless the wrong one is to be found."""
        assert self.disc is not None
        for fault in self.faults("other_disc"):
            self.disc = self._inserted(fault["other"]) or self.disc
        return self.disc

    def _found(
        self, disc: scenario.Disc, title: scenario.Title, kept: list[scenario.Title], least: int
    ) -> None:
        seconds, source = title["seconds"], title["source"]
        source = source.lstrip("0") or "0" if disc["dvd"] else source
        clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        if title not in kept:
            text = "Title #%1 has length of %2 seconds which is less than minimum title length of %3 seconds"
            self.output.say(3025, text, source, str(seconds), str(least))
        elif disc["dvd"]:
            cells = next((value for a, _, value in title["attributes"] if a == 25), "1")
            self.output.say(3028, "Title #%1 was added (%2 cell(s), %3)", source, cells, clock)
        else:
            self.output.say(3307, "File %1 was added as title #%2", source, str(kept.index(title)))

    def _list_title(self, number: int, title: scenario.Title) -> None:
        said = {attribute: (code, value) for attribute, code, value in title["attributes"]}
        shown = title["name"] if title["name"] is not None else title["file"]
        for attribute, (code, value) in sorted({**said, 27: (0, shown)}.items()):
            self.output.line("TINFO", number, attribute, code, value)
        for place, stream in enumerate(title["streams"]):
            for attribute, code, value in stream:
                self.output.line("SINFO", number, place, attribute, code, value)

    def _faults(self) -> Iterable[scenario.Fault]:
        for fault in self.scene["faults"]:
            commands = (scenario.ANY, self.command)
            if fault["command"] in commands and fault["source"] in (None, self.source):
                yield fault

    def _inserted(self, source: str | None) -> scenario.Disc | None:
        if source is None:
            return None
        parents = (source, str(Path(source).parent))
        discs: list[scenario.Disc] = self.scene["discs"]
        return next((disc for place in parents for disc in discs if disc["source"] == place), None)

    def _hang(self, fault: scenario.Fault, current: float, total: float) -> None:
        """Do nothing, or print progress and do nothing, until a signal comes."""
        start = time.monotonic()
        while (spent := time.monotonic() - start) < LONGEST_HANG and not self.released:
            if fault["kind"] == "spin":
                rest = spent / LONGEST_HANG
                grown = fault["grows"]
                self.output.progress(
                    current + (1 - current) * rest * grown, total + (1 - total) * rest * grown
                )
            time.sleep(PROGRESS_EVERY)


def _file_name(disc: scenario.Disc, title: scenario.Title, kept: list[scenario.Title]) -> str:
    """Give the name of a title's file: as it was told, else as MakeMKV names files.

    A name that several titles have, as in recorded scans, gets the number of the title.
    """
    number = kept.index(title)
    if title["name"] is None:
        stem = f"{chr(65 + number % 26)}1" if disc["dvd"] else "title"
        return f"{stem}_t{number:02}.mkv"
    same = [other for other in kept if other["name"] == title["name"]]
    name = str(title["name"])
    return name if len(same) == 1 else f"{name.removesuffix('.mkv')}_t{number:02}.mkv"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
