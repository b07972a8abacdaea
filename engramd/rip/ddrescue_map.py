"""The map files of GNU ddrescue, which say of each part of a disc whether it was read.

Written after the chapter "Mapfile structure" of its manual (version 1.27). A domain map, which says what is
wanted of a disc, has the same form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Parts of a disc in bytes, from the first to before the last; in order, apart from each other, not empty.
Ranges = tuple[tuple[int, int], ...]

RESCUED, UNTRIED = "+", "?"
STATUSES = frozenset("?*/-+")
#: No disc has more blocks than a map of this many bytes can describe.
MOST_BYTES = 64 * 1024 * 1024
#: Beyond any disc, in bytes.
FARTHEST = 1 << 62

_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]{1,16}|0|[1-9][0-9]{0,18}")


class BadMap(ValueError):
    """The text is no map file, or is cut off."""


@dataclass(frozen=True)
class RescueMap:
    """What was read of a disc, and what could not be; nobody has asked for the rest yet."""

    rescued: Ranges = ()
    failed: Ranges = ()

    @property
    def end(self) -> int:
        """Where the last part that was read ends, in bytes."""
        return self.rescued[-1][1] if self.rescued else 0

    def missing(self, wanted: Ranges) -> Ranges:
        """Give what was not read of `wanted`."""
        return without(wanted, self.rescued)

    def untried(self, wanted: Ranges) -> Ranges:
        """Give what nobody has tried to read of `wanted`."""
        return without(wanted, joined((*self.rescued, *self.failed)))


def parse_map(text: str) -> RescueMap:
    """Read a map file. Raises BadMap when it is none, or its blocks are not in order."""
    if len(text) > MOST_BYTES:
        raise BadMap("it is too long")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    filled = (words for words in lines if words)
    if not text.endswith("\n") or not _is_status(next(filled, [])):
        raise BadMap("it does not begin with a status, or is cut off")
    rescued: list[tuple[int, int]] = []
    failed: list[tuple[int, int]] = []
    place = 0
    for words in filled:
        start, size, status = _block(words)
        if start < place:
            raise BadMap("its blocks are not in order")
        place = start + size
        if status == RESCUED:
            rescued.append((start, place))
        elif status != UNTRIED:
            failed.append((start, place))
    return RescueMap(joined(rescued), joined(failed))


def domain_map(wanted: Ranges) -> str:
    """Write a map in which `wanted` is finished, and nothing else."""
    lines = ["# What is wanted of the disc", f"{0:#010x} {UNTRIED} 1"]
    place = 0
    for start, end in wanted:
        if start > place:
            lines.append(f"{place:#010x} {start - place:#010x} {UNTRIED}")
        lines.append(f"{start:#010x} {end - start:#010x} {RESCUED}")
        place = end
    return "\n".join(lines) + "\n"


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Put parts in order; those that touch or overlap become one, and empty ones go."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > start:
            found.append((start, end))
    return tuple(found)


def without(wanted: Ranges, taken: Ranges) -> Ranges:
    """Give the parts of `wanted` that are not in `taken`."""
    return tuple(_without(wanted, taken))


def _without(wanted: Ranges, taken: Ranges) -> Iterator[tuple[int, int]]:
    at = 0
    for start, end in wanted:
        place = start
        while at < len(taken) and taken[at][1] <= place:
            at += 1
        look = at
        while look < len(taken) and taken[look][0] < end:
            if taken[look][0] > place:
                yield place, taken[look][0]
            place = max(place, taken[look][1])
            look += 1
        if place < end:
            yield place, end


def size_of(ranges: Ranges) -> int:
    """Give the bytes of all parts together."""
    return sum(end - start for start, end in ranges)


def _is_status(words: list[str]) -> bool:
    """Say whether a line is that of the current position and status (and pass, since version 1.24)."""
    return 2 <= len(words) <= 3 and _NUMBER.fullmatch(words[0]) is not None and len(words[1]) == 1


def _block(words: list[str]) -> tuple[int, int, str]:
    if len(words) != 3 or words[2] not in STATUSES:
        raise BadMap("it has a line that is no block")
    numbers = [int(word, 0) for word in words[:2] if _NUMBER.fullmatch(word)]
    if len(numbers) < 2 or sum(numbers) > FARTHEST:
        raise BadMap("it has a block that is on no disc")
    return numbers[0], numbers[1], words[2]
