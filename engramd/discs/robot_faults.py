"""What MakeMKV's messages say about itself, the drive and the disc, where a scan or a rip failed. Pure.

An expired key gives no titles, and is yet no fault of the disc. All meanings are those of `robot_messages`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engramd.discs.robot import Message
from engramd.discs.robot_messages import MEANINGS, Lacking, Meaning, Severity
from engramd.errors import EngramError, NoSpace, ToolMissing, UnreadableDisc


@dataclass(frozen=True)
class Fault:
    """Why MakeMKV failed: what is lacking, as of `Lacking`, and the codes that tell of it."""

    condition: Lacking
    text: str
    remedy: str
    codes: frozenset[int]


#: What decides comes first: a bad key or a missing permission also makes MakeMKV fail to open the disc.
ORDER: tuple[Lacking, ...] = (
    "key",
    "version",
    "makemkv",
    "access",
    "drive",
    "uhd",
    "disc_key",
    "space",
    "region",
    "java",
    "disc",
)
#: What only keeps a disc from being opened; where it was opened nevertheless, it explains nothing.
_UNTIL_OPENED = frozenset(
    m.code for m in MEANINGS.values() if m.condition in ("access", "drive", "uhd", "disc_key", "disc")
) | {5053}
_OPENED = 5011
READ_ERRORS = frozenset({2003})
#: Bytes into a file at which every healthy scrambled DVD gives one read error.
_HEALTHY_OFFSET = "1048576"


def _fault(meaning: Meaning) -> Fault:
    codes = frozenset(m.code for m in MEANINGS.values() if m.condition == meaning.condition)
    return Fault(meaning.condition, meaning.what, meaning.remedy, codes)


#: What an exit code of 253 means, which MakeMKV gives where it says nothing.
KEY_FAULT = _fault(MEANINGS[5021])


def find_fault(
    messages: Iterable[Message], *, least: Severity = Severity.ERROR
) -> tuple[Fault, Message] | None:
    """Give the fault that explains the others, and the message that tells of it.

    With `least` a warning, also what MakeMKV only complains of (Java, the drive's region, the space that it
    may need): that explains a run that brought nothing at all, and not a title that failed.
    """
    by_code: dict[int, Message] = {}
    for message in messages:
        by_code.setdefault(message.code, message)
    told = [MEANINGS[code] for code in sorted(by_code) if code in MEANINGS and MEANINGS[code].condition]
    if _OPENED in by_code:
        told = [meaning for meaning in told if meaning.code not in _UNTIL_OPENED]
    if least is Severity.ERROR:
        told = [meaning for meaning in told if meaning.severity is Severity.ERROR]
    # Of one condition an error decides, not a warning.
    told.sort(key=lambda meaning: (ORDER.index(meaning.condition), meaning.severity is not Severity.ERROR))
    return (_fault(told[0]), by_code[told[0].code]) if told else None


def read_errors(messages: Iterable[Message]) -> int:
    """Count the read errors; the one that every healthy scrambled DVD gives is none."""
    errors = [message.parameters[2:3] for message in messages if message.code in READ_ERRORS]
    return len(errors) - ((_HEALTHY_OFFSET,) in errors)


class MakemkvFailed(ToolMissing):
    """MakeMKV failed for a reason that lies in itself, the drive or the disc's key; `fault` says which."""

    def __init__(self, fault: Fault, *, where: object, why: object) -> None:
        self.fault = fault
        super().__init__(fault.text, where=where, why=why, remedy=fault.remedy)

    @property
    def condition(self) -> Lacking:
        """What is lacking."""
        return self.fault.condition


def error_of(
    messages: Iterable[Message], where: object, *, least: Severity = Severity.WARNING
) -> EngramError | None:
    """Give the error that the messages of a scan without titles, or of a rip, tell of.

    `least` means what it does for `find_fault`.
    MakemkvFailed; UnreadableDisc where it is the disc's; NoSpace; None where they tell of none.
    """
    found = find_fault(messages, least=least)
    if found is None:
        return None
    fault, message = found
    why = "".join(c if c.isprintable() else " " for c in message.text[:500]).strip()
    if fault.condition == "disc":
        return UnreadableDisc(fault.text, where=where, why=why, remedy=fault.remedy)
    if fault.condition == "space":
        return NoSpace(fault.text, where=where, why=why, remedy=fault.remedy)
    return MakemkvFailed(fault, where=where, why=why)
