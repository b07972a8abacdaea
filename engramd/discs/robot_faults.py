"""What MakeMKV's messages say about itself and the drive, not about the disc. Pure.

An expired key gives no titles, and is yet no fault of the disc. Codes are from MakeMKV's own list and from
what its users met; texts are translated, codes are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engramd.discs.robot import Message
from engramd.errors import EngramError, ToolMissing, UnreadableDisc


@dataclass(frozen=True)
class Fault:
    """Why MakeMKV gave no titles.

    `condition` is the id of what is lacking, for the daemon's conditions: of the whole program (`key`,
    `makemkv`), of a drive (`drive`, `access`), or `disc` where only this disc could not be opened.
    """

    condition: Literal["key", "makemkv", "access", "drive", "disc"]
    text: str
    remedy: str
    codes: frozenset[int]


#: What decides comes first: a bad key or a missing permission also makes MakeMKV fail to open the disc.
FAULTS = (
    Fault(
        "key",
        "MakeMKV's key has expired or is not accepted",
        "register MakeMKV with its current key: as the user who runs it, `makemkvcon reg KEY`, or app_Key in "
        "~/.MakeMKV/settings.conf; an old MakeMKV does not accept a new key",
        frozenset({5020, 5021, 5051, 5052, 5054, 5055, 5073, 5095}),
    ),
    Fault(
        "makemkv",
        "MakeMKV failed and ended itself",
        "run makemkvcon by hand and see what it says, or install it anew",
        frozenset({6050, 6051}),
    ),
    Fault(
        "access",
        "MakeMKV may not use the drive",
        "let its user be in the drive's group (cdrom), and see `engramctl doctor`",
        frozenset({2016}),
    ),
    Fault(
        "drive",
        "MakeMKV found no optical drive that it can use",
        "connect the drive, and load the kernel module sg",
        frozenset({5042}),
    ),
    Fault(
        "disc",
        "MakeMKV could not open the disc",
        "clean the disc and scan it again",
        frozenset({5010}),
    ),
)
READ_ERRORS = frozenset({2003, 2004})


def find_fault(messages: Iterable[Message]) -> tuple[Fault, Message] | None:
    """Give the fault that explains the others, and the message that tells of it."""
    by_code: dict[int, Message] = {}
    for message in messages:
        by_code.setdefault(message.code, message)
    for fault in FAULTS:
        for code in sorted(fault.codes & by_code.keys()):
            return fault, by_code[code]
    return None


class MakemkvFailed(ToolMissing):
    """MakeMKV gave no titles for a reason that lies in itself or the drive; `fault` says which."""

    def __init__(self, fault: Fault, *, where: object, why: object) -> None:
        self.fault = fault
        super().__init__(fault.text, where=where, why=why, remedy=fault.remedy)


def error_of(messages: Iterable[Message], where: object) -> EngramError | None:
    """Give the error that the messages tell of: MakemkvFailed, or UnreadableDisc where it is the disc's."""
    found = find_fault(messages)
    if found is None:
        return None
    fault, message = found
    why = "".join(c if c.isprintable() else " " for c in message.text[:500]).strip()
    if fault.condition == "disc":
        return UnreadableDisc(fault.text, where=where, why=why, remedy=fault.remedy)
    return MakemkvFailed(fault, where=where, why=why)
