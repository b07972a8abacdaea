"""What the message codes of MakeMKV mean, in words of our own.

Codes do not depend on MakeMKV's language, texts do. They were gathered from recorded output and from what
programs that drive MakeMKV know of it; `source` says where the evidence is thin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal


class Scope(StrEnum):
    """What a message is about."""

    DAEMON = "daemon"
    DRIVE = "drive"
    DISC = "disc"
    TITLE = "title"


class Severity(StrEnum):
    """How bad it is: nothing, a thing that may cost something, a thing that has failed."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


#: What is lacking: of the program (key; makemkv: it crashes or is not whole; version; java), of a drive
#: (access; drive; uhd: it cannot read UHD discs; region), of a disc (disc_key: MakeMKV does not know its key
#: yet; disc: it cannot be opened), or space. No code tells of a version alone: see 5021.
Lacking = Literal[
    "", "key", "makemkv", "version", "java", "access", "drive", "uhd", "disc_key", "disc", "space", "region"
]


@dataclass(frozen=True)
class Meaning:
    """What a message tells; `what` is a sentence without a full stop, `remedy` what a person can do."""

    code: int
    severity: Severity
    scope: Scope
    what: str
    remedy: str = ""
    condition: Lacking = ""
    source: str = ""


_CLEAN = "clean the disc and try again"
_ASK_ITSELF = "run makemkvcon by hand and see what it says, or install it anew"
_KEY = (
    "register MakeMKV with its current key: `engramctl config set makemkv_key`, or, as the user who runs "
    "it, `makemkvcon reg KEY`; an old MakeMKV does not accept a new key"
)
_ROOM = "free space in the staging folder"
_FAMILY = "known only as one of a group of notices about drives"

#: The last four are of the time that MakeMKV works without a key; an expired key gives them as well.
_BAD_KEYS = (5020, 5021, 5073, 5095, 5051, 5052, 5054, 5055)

#: Codes whose meaning is not sure, and why.
_THIN = {
    2004: "healthy key exchanges give it as well, so it is not counted as a read error",
    2016: "seen in the program's own list of texts; its parameters are vendor, model and device",
    2020: _FAMILY,
    2021: _FAMILY,
    2022: _FAMILY,
    2024: "recorded for a device that MakeMKV does not know; one list takes it for 3346",
    3028: "recorded for a DVD title that was added; one list takes it for a title of a false length (3026)",
    3306: "said to be the newer form of 3028",
    3343: "a code of MakeMKV's next to 3344; that it is the one for missing Java is not recorded",
    5021: "given for a version that is too old and, after 5020, for a key that is not accepted",
    5033: "known from one program only",
    5038: "a question; what robot mode answers is not known",
    5095: "known from one program only",
    5096: "known from one program only",
}


@dataclass(frozen=True)
class _Group:
    """Codes, and what each tells, that have all else in common."""

    severity: Severity
    scope: Scope
    rows: Mapping[int, str]
    remedy: str = ""
    condition: Lacking = ""


_INFORMATION = (
    _Group(
        Severity.INFO,
        Scope.DAEMON,
        {
            1003: "MakeMKV wrote a line for its makers",
            1004: "MakeMKV writes a log of its own",
            1005: "MakeMKV has started and says its version",
            1011: "MakeMKV says how it works, such as with LibreDrive",
            3338: "MakeMKV fetches a file that it needs",
            3344: "MakeMKV uses Java",
            5005: "all titles were saved",
            5011: "MakeMKV has done what it was asked to do",
            5014: "MakeMKV begins to save titles",
            5017: "MakeMKV saves a title",
            5018: "MakeMKV looks for drives",
            5024: "MakeMKV saves all titles",
            5036: "all titles were saved, and the rip is over",
            5050: "MakeMKV works for a limited time, without a key",
            5057: "MakeMKV looks for seamless joints, which takes a while",
            5070: "the copy of the disc is made",
            5072: "MakeMKV begins to copy the disc",
            5074: "MakeMKV may look for new versions of itself",
            5075: "there is a newer MakeMKV",
            5079: "the copy of the disc is made, but for some files",
            5081: "the copy of the disc is complete",
        },
    ),
    _Group(
        Severity.INFO,
        Scope.DRIVE,
        {
            2014: "the drive is used through a driver of MakeMKV's own",
            2020: "MakeMKV says something about the drive",
            2021: "MakeMKV says something about the drive",
            2022: "MakeMKV says something about the drive",
            3007: "MakeMKV reads the drive itself",
        },
    ),
    _Group(
        Severity.INFO,
        Scope.DISC,
        {
            3002: "the copy of a table of the DVD is not where it should be, which is harmless",
            3006: "MakeMKV reads files instead of a drive",
            3305: "the disc is not encrypted",
            3324: "MakeMKV runs the disc's BD+ program",
            3328: "MakeMKV has run the disc's BD+ program",
            5083: "the disc has no checksums, so damage may not be noticed",
            5085: "the disc has checksums, and damage is noticed",
        },
    ),
    _Group(
        Severity.INFO,
        Scope.TITLE,
        {
            3024: "the title is built in an unusual way",
            3025: "a title was left out because it is short",
            3026: "a title was left out because it is not as long as it says",
            3027: "a title was left out because it is equal to another",
            3028: "a title was found",
            3029: "a sound track was left out because it is equal to another",
            3030: "a subtitle track was left out because it is equal to another",
            3034: "a sound track was left out because it is empty",
            3037: "empty cells were left out at a title's beginning",
            3038: "empty cells were left out at a title's end",
            3040: "a title's angle was found",
            3306: "a title was found",
            3307: "a title was found",
            3308: "a title's angle was found",
            3309: "a title was left out because it is equal to another",
        },
    ),
)

_WARNINGS = (
    _Group(
        Severity.WARNING,
        Scope.DAEMON,
        {2008: "the staging folder is slower than the drive", 2201: "MakeMKV was told to stop"},
    ),
    _Group(
        Severity.WARNING,
        Scope.DAEMON,
        {3343: "the disc needs Java, and MakeMKV found none"},
        "install a Java runtime, such as default-jre-headless",
        "java",
    ),
    _Group(
        Severity.WARNING,
        Scope.DAEMON,
        {4041: "MakeMKV cannot run a program that belongs to it"},
        "install MakeMKV anew, with all its programs",
        "makemkv",
    ),
    _Group(
        Severity.WARNING,
        Scope.DAEMON,
        {5001: "a file that is to be written exists already"},
        "empty the staging folder of the job",
    ),
    _Group(
        Severity.WARNING, Scope.DAEMON, {5038: "the titles may need more space than is free"}, _ROOM, "space"
    ),
    _Group(
        Severity.WARNING, Scope.DRIVE, {2004: "the drive refused a command"}, "try again, or in another drive"
    ),
    _Group(
        Severity.WARNING,
        Scope.DRIVE,
        {3032: "the region of the drive is not the disc's"},
        "set the drive's region, or use another drive",
        "region",
    ),
    _Group(
        Severity.WARNING,
        Scope.DISC,
        {1012: "a part of the disc's file system could not be read", 2023: "errors were counted"},
        _CLEAN,
    ),
    _Group(Severity.WARNING, Scope.DISC, {3332: "MakeMKV saved the disc's data for its makers"}),
    _Group(
        Severity.WARNING,
        Scope.TITLE,
        {
            1002: "MakeMKV's own libraries met an error",
            3041: "a title's angle could not be used",
            4004: "a file of the disc is damaged at a place, which was passed over",
            4007: "sound and picture of a title may drift apart",
            4008: "sound and picture of a track may drift apart",
            4009: "sound and picture of a title drift apart at many places",
            4047: "sound and picture of a track drift apart",
        },
    ),
)

_ERRORS = (
    _Group(
        Severity.ERROR,
        Scope.DAEMON,
        {
            2018: "a file could not be written",
            2019: "a file could not be created",
            5016: "the folder for the titles cannot be used",
            5068: "the folder for the copy of the disc is not empty",
        },
        "check the staging folder: its space, its permissions and its disk",
    ),
    _Group(Severity.ERROR, Scope.DAEMON, {5033: "there is not enough space"}, _ROOM, "space"),
    _Group(
        Severity.ERROR,
        Scope.DAEMON,
        {
            2200: "MakeMKV met an error that it does not name",
            2301: "the system reported an error to MakeMKV",
            2302: "a drive reported an error to MakeMKV",
            2303: "a drive reported an error to MakeMKV",
            2304: "MakeMKV met an error of its own",
        },
        _ASK_ITSELF,
    ),
    _Group(
        Severity.ERROR,
        Scope.DAEMON,
        dict.fromkeys(_BAD_KEYS, "MakeMKV's key has expired or is not accepted")
        | {5053: "MakeMKV has no key, and asks whether it is to be tried"},
        _KEY,
        "key",
    ),
    _Group(
        Severity.ERROR,
        Scope.DAEMON,
        {6050: "MakeMKV failed and ended itself", 6051: "MakeMKV had too little memory and ended itself"},
        _ASK_ITSELF,
        "makemkv",
    ),
    _Group(
        Severity.ERROR,
        Scope.DRIVE,
        {2016: "MakeMKV may not use the drive"},
        "let its user be in the drive's group (cdrom), and see `engramctl doctor`",
        "access",
    ),
    _Group(
        Severity.ERROR,
        Scope.DRIVE,
        {
            2024: "MakeMKV does not know the drive",
            5042: "MakeMKV found no optical drive that it can use",
        },
        "connect the drive, and load the kernel module sg",
        "drive",
    ),
    _Group(
        Severity.ERROR,
        Scope.DRIVE,
        {3346: "this drive cannot read UHD discs"},
        "use a drive with LibreDrive, or one whose firmware allows it",
        "uhd",
    ),
)

_DAMAGE = (
    _Group(
        Severity.ERROR,
        Scope.DISC,
        {3303: "MakeMKV does not know this disc's key yet"},
        "leave the disc in: it is tried again daily, and MakeMKV learns new keys within days",
        "disc_key",
    ),
    _Group(
        Severity.ERROR,
        Scope.DISC,
        {5010: "MakeMKV could not open the disc"},
        "clean the disc and scan it again",
        "disc",
    ),
    _Group(
        Severity.ERROR,
        Scope.DISC,
        {
            5069: "the copy of the disc failed",
            5080: "the copy of the disc failed",
            5082: "the copy of the disc is made, and some files of it are damaged",
            5096: "the copy of the disc failed",
        },
        _CLEAN,
    ),
    _Group(
        Severity.ERROR,
        Scope.TITLE,
        {
            2003: "a place of the disc could not be read",
            3015: "a title was left out because its navigation cannot be read",
            5003: "a title could not be saved",
            5004: "some titles could not be saved",
            5037: "some titles could not be saved, and the rip is over",
            5043: "a title could not be decoded",
            5076: "a file of the disc is damaged",
            5077: "a file of the disc is damaged at many places",
        },
        _CLEAN,
    ),
)


def meanings() -> Iterator[Meaning]:
    """Give the table row by row."""
    for group in (*_INFORMATION, *_WARNINGS, *_ERRORS, *_DAMAGE):
        for code, what in group.rows.items():
            source = _THIN.get(code, "")
            yield Meaning(code, group.severity, group.scope, what, group.remedy, group.condition, source)


#: Every code that is known, by number.
MEANINGS: Mapping[int, Meaning] = MappingProxyType({meaning.code: meaning for meaning in meanings()})
