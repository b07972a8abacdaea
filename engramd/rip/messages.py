"""What FFmpeg says when a rip fails, and what that means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engramd.errors import EngramError, NoMedium, NoSpace, NotFound, ProtectedDisc, RipFailed, ToolMissing
from engramd.rip.model import TitleDamaged


@dataclass(frozen=True)
class Meaning:
    """What a line of FFmpeg's means: the error (TitleDamaged: the disc is to blame) and its remedy."""

    pattern: re.Pattern[str]
    error: type[EngramError]
    what: str
    remedy: str


def _meaning(pattern: str, error: type[EngramError], what: str, remedy: str) -> Meaning:
    return Meaning(re.compile(pattern, re.IGNORECASE), error, what, remedy)


def _damage(pattern: str, what: str) -> Meaning:
    return Meaning(re.compile(pattern, re.IGNORECASE), TitleDamaged, what, CLEAN)


CLEAN = "clean the disc and rip the title again, or try another drive"
MAKEMKV = "install MakeMKV, which reads protected discs, or cancel the job"
#: The last is libbluray's, which goes on behind the place; it never asks for more than the clip has.
_UNREAD = (
    r"Input/output error|Error reading NAV packet|Unable to read next block|"
    r"Read -?\d+ bytes at \d+ ; requested"
)

#: The most telling first: a full disk explains every other line.
TABLE = (
    _meaning(
        r"No space left on device|Disk quota exceeded", NoSpace, "the staging folder is full", "free space"
    ),
    _meaning(
        r"No medium found|No such device|Wrong medium type",
        NoMedium,
        "the disc is gone",
        "insert the disc again",
    ),
    _meaning(r"scrambled sector", ProtectedDisc, "the disc is copy protected", MAKEMKV),
    _meaning(
        r"Title \d+ not found|Failed to select playlist",
        NotFound,
        "the title is not on the disc",
        "scan the disc again",
    ),
    _meaning(
        r"Unknown input format: 'dvdvideo'|Protocol not found",
        ToolMissing,
        "this FFmpeg cannot read the disc",
        "install an FFmpeg that can",
    ),
    _meaning(
        r"Permission denied|Read-only file system",
        RipFailed,
        "FFmpeg may not read or write",
        "correct the permissions",
    ),
    _meaning(
        r"(?<!de)(writ|mux)[^:]*: Input/output error",
        RipFailed,
        "the ripped file cannot be written",
        "check the disk of the staging folder",
    ),
    _damage(_UNREAD, "the disc cannot be read"),
    _damage(r"corrupt input packet|Invalid data found|Packet corrupt", "the title is damaged"),
    _damage(r"Unable to open the (VMG|DVD)|Unable to open the VTS", "the disc cannot be opened"),
)

#: Lines that only repeat that something went wrong, or that stand in every log.
NOISE = re.compile(
    r"Terminating thread|Task finished|Output file is empty|Error opening (input|output) file|CSS library|"
    r"Error cracking CSS|Last message repeated|Conversion failed|Error during demuxing|Inappropriate ioctl|"
    r"Encrypted DVD support|Multiple -codec|^[\s*]*$|^\*\*"
)
READ_ERROR = re.compile(_UNREAD)
ODD_TIMES = re.compile(r"Non-monotonic DTS|Non-monotonous DTS")
_ADDRESS = re.compile(r"\s*@ 0x[0-9a-f]+")


def meaning_of(log: str) -> tuple[Meaning | None, str]:
    """Give the first entry of the table that matches a log, and its line; else the first telling line."""
    lines = [_ADDRESS.sub("", line) for line in log.splitlines()]
    for meaning in TABLE:
        for line in lines:
            if meaning.pattern.search(line):
                return meaning, line
    telling = [line for line in lines if not NOISE.search(line)]
    return None, telling[0] if telling else ""


def has_read_errors(log: str) -> bool:
    """Say whether the drive or the image failed, which without -xerror does not end FFmpeg."""
    return READ_ERROR.search(log) is not None


def has_odd_times(log: str) -> bool:
    """Say whether time stamps out of order ended the rip, which is no damage, and nothing worse happened."""
    return ODD_TIMES.search(log) is not None and not has_read_errors(log)


def cracked_title_sets(log: str) -> frozenset[int]:
    """Give the title sets whose keys FFmpeg's DVD library looked for and did not find."""
    return frozenset(map(int, re.findall(r"Error cracking CSS key for /VIDEO_TS/VTS_(\d\d)_", log)))


def missing_stream(log: str) -> tuple[int | None, int | None]:
    """Give the PID, or the place in the input, of a stream that the playlist names and the clip lacks."""
    if pid := re.search(r"Failed to set value '0:i:(0x[0-9a-f]+)' for option 'map'", log):
        return int(pid[1], 16), None
    if place := re.search(r"Cannot map stream #0:(\d+) - unsupported type", log):
        return None, int(place[1])
    return None, None
