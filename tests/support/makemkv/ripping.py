"""How the stand-in for MakeMKV saves titles: it copies MKV files, and spoils them if told."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from . import scenario
from .robot_output import PROGRESS_EVERY, Played

PIECE = 1 << 18
#: Seconds between two pieces where a rate is set.
PAUSE = 0.02
_MESSAGES = {errno.ENOSPC: "No space left on device", errno.EDQUOT: "Disk quota exceeded"}


class NotSaved(Exception):
    """A title could not be saved; what is to be said of it is said."""


@dataclass
class Saving:
    """A title that is being saved."""

    number: int
    title: scenario.Title
    target: Path
    place: int
    count: int
    faults: list[scenario.Fault] = field(default_factory=list)
    written: int = 0
    size: int = 1

    def of_kind(self, *kinds: str) -> list[scenario.Fault]:
        """Give its faults of some kinds."""
        return [fault for fault in self.faults if fault["kind"] in kinds]

    def progress(self) -> tuple[float, float]:
        """Give how far the title and the whole are."""
        current = min(1.0, self.written / max(1, self.size))
        return current, (self.place + current) / self.count


def rip(played: Played, titles: list[scenario.Title], what: str, folder: Path) -> int:
    """Save one title or all, and say how it went; the exit code is 0 even where nothing was saved."""
    wanted = [number for number in range(len(titles)) if what in ("all", str(number))]
    output = played.output
    output.step(5024, "Saving all titles to MKV files", whole=True)
    where = f"file://{folder}"
    output.say(5014, "Saving %1 titles into directory %2", str(len(wanted)), where, flags=131072)
    played.mischief("start")
    saved = sum(
        _save(played, titles, number, place, len(wanted), folder) for place, number in enumerate(wanted)
    )
    failed = len(wanted) - saved
    if failed or not saved:
        output.say(5004, "%1 titles saved, %2 failed", str(saved), str(failed), flags=128)
        output.say(5037, "Copy complete. %1 titles saved, %2 failed.", str(saved), str(failed), flags=516)
    else:
        output.progress(1.0, 1.0)
        output.say(5005, "%1 titles saved", str(saved), flags=128)
        output.say(5036, "Copy complete. %1 titles saved.", str(saved), flags=260)
    played.mischief("end")
    return 0


def _save(
    played: Played, titles: list[scenario.Title], number: int, place: int, count: int, folder: Path
) -> bool:
    title = titles[number]
    faults = played.title_faults(number, title["source"])
    saving = Saving(number, title, folder / title["file"], place, count, faults)
    played.output.step(5057, "Analyzing seamless segments", number=place)
    played.output.step(5017, "Saving to MKV file", number=place)
    try:
        _save_all(played, titles, saving)
    except NotSaved:
        text = "Failed to save title %1 to file %2"
        played.output.say(5003, text, str(number), str(saving.target))
        return False
    return True


def _save_all(played: Played, titles: list[scenario.Title], saving: Saving) -> None:
    for fault in saving.of_kind("wrong_name"):
        saving.target = saving.target.with_name(fault["name"])
    for fault in saving.of_kind("unsaved"):
        for code, parameters in fault["messages"]:
            played.output.say(code, "", *parameters)
        raise NotSaved
    for fault in saving.of_kind("extra_file"):
        other = _other(titles, fault["other"])
        media = other["media"] if other else saving.title["media"]
        _write(played, saving, Path(media), saving.target.with_name(fault["name"] or (other or {})["file"]))
        if fault["instead"]:
            return
    media = saving.title["media"]
    for fault in saving.of_kind("wrong_media"):
        other = _other(titles, fault["other"])
        media = fault["media"] or (other["media"] if other else media)
    if media is None:
        raise NotSaved
    _write(played, saving, Path(media), saving.target, with_faults=True)


def _other(titles: list[scenario.Title], wanted: int | str | None) -> scenario.Title | None:
    return next((t for n, t in enumerate(titles) if wanted in (n, t["source"])), None)


def _write(played: Played, saving: Saving, media: Path, target: Path, *, with_faults: bool = False) -> None:
    if target.exists():
        text = "File %1 already exist. Do you want to overwrite it?"
        played.output.say(5001, text, str(target), flags=776)
    saving.size, saving.written = media.stat().st_size, 0
    try:
        file = target.open("wb", buffering=0)
    except OSError as error:
        why = f"Posix error - {os.strerror(error.errno or 0)}"
        played.output.say(2019, "Error '%1' occurred while creating '%2'", why, str(target))
        raise NotSaved from error
    with file, media.open("rb", buffering=0) as source:
        try:
            _copy(played, saving, source, file, with_faults=with_faults)
        except OSError as error:
            why = f"Posix error - {_MESSAGES.get(error.errno or 0, os.strerror(error.errno or 0))}"
            text = "Error '%1' occurred while writing data to '%2' at offset '%3'"
            played.output.say(2018, text, why, str(target), str(saving.written))
            raise NotSaved from error


def _copy(played: Played, saving: Saving, source: FileIO, file: FileIO, *, with_faults: bool) -> None:
    """Copy a file at the set rate, and stop at the places of the faults."""
    kinds = ("say", "storm", "garbage", "hang", "spin", "crash", "partial")
    events = saving.of_kind(*kinds) if with_faults else []
    rate = played.scene["rate"]
    start = printed = time.monotonic()
    while True:
        while events and saving.written >= events[0]["at"] * saving.size:
            if _event(played, saving, events.pop(0)):
                return
            start = time.monotonic() - (saving.written / rate if rate else 0.0)
        most = int(rate * PAUSE) + 1 if rate else PIECE
        if events:
            most = min(most, max(1, int(events[0]["at"] * saving.size) - saving.written))
        piece = source.read(min(PIECE, most))
        if not piece:
            break
        _put(file, piece, saving)
        if time.monotonic() - printed >= PROGRESS_EVERY:
            played.output.progress(*saving.progress())
            printed = time.monotonic()
        rate = None if played.released else rate
        if rate and (ahead := saving.written / rate - (time.monotonic() - start)) > 0:
            time.sleep(ahead)
    played.output.progress(*saving.progress())
    if with_faults:
        for fault in saving.of_kind("fill"):
            _fill(file, saving, fault["most"])


def _put(file: FileIO, piece: bytes, saving: Saving) -> None:
    while piece:
        done = file.write(piece)
        saving.written += done
        piece = piece[done:]


def _event(played: Played, saving: Saving, fault: scenario.Fault) -> bool:
    """Let a fault happen; true where the title is to end there as if it were whole."""
    if fault["kind"] != "partial":
        played.happen(fault, *saving.progress())
        return False
    if not fault["told"]:
        return True
    what = "Scsi error - MEDIUM ERROR:L-EC UNCORRECTABLE ERROR"
    played.read_error(what, saving.title["source"], saving.written + 2048)
    raise NotSaved


def _fill(file: FileIO, saving: Saving, most: int) -> None:
    """Write on until the disk is full; to spare a disk that is too large, no more than `most` bytes."""
    while saving.written < most:
        _put(file, bytes(PIECE), saving)
    raise OSError(errno.ENOSPC, "the disk of this test is too large to be filled")
