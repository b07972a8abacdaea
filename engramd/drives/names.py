"""What people call a drive, and what they may call it. Pure, but that links to devices are followed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from engramd.errors import InvalidArgument

LONGEST_NAME = 80
_DEVICE = re.compile(r"(sr|sg|scd|sd[a-z]|cdrom|cdrw|dvd|dvdrw|bluray|loop)\d*", re.IGNORECASE)
_ID = re.compile(r"_[0-9a-f]{2}\S*|virtual_\d+")
_REMEDY = "choose a word of your own, such as left"


@dataclass(frozen=True)
class Called:
    """The ways to name a drive; `ids` are its id, identity and serial, as far as known."""

    name: str
    device: str
    ids: tuple[str, ...] = ()

    @property
    def node(self) -> str:
        """The device without its folder."""
        return self.device.rpartition("/")[2]

    def fits(self, named: str) -> bool:
        """Whether a person may mean the drive by this: its name, `sr0`, `/dev/sr0` or a link to it, an id."""
        if not named:
            return False
        if named.casefold() == self.name.casefold() or named in (self.device, self.node, *self.ids):
            return True
        return named.startswith("/") and os.path.realpath(named) == self.device


def checked_name(name: str, own: Called, others: Iterable[Called]) -> str:
    """Give a name without blanks around it; empty takes the drive's name away.

    Raises InvalidArgument for one that would not name this drive alone everywhere: another drive's, or one
    that looks like a device, an id, a job's number or an option.
    """
    name = " ".join(name.split())
    if not name:
        return ""
    if len(name) > LONGEST_NAME:
        raise InvalidArgument(f"a drive's name has {LONGEST_NAME} characters at most", remedy=_REMEDY)
    if not name.isprintable() or name.startswith("-"):
        raise InvalidArgument("this is no name for a drive", where=repr(name), remedy=_REMEDY)
    if name.isdecimal():
        raise InvalidArgument("a drive is not called by a number", where=name, why="jobs are", remedy=_REMEDY)
    drives = [own, *others]
    if "/" in name or _DEVICE.fullmatch(name) or any(name == one.node for one in drives):
        raise InvalidArgument("a drive's name is no device", where=name, remedy=_REMEDY)
    if _ID.fullmatch(name) or any(name in one.ids for one in drives):
        raise InvalidArgument("a drive's name is no id or serial", where=name, remedy=_REMEDY)
    for other in drives[1:]:
        if name.casefold() == other.name.casefold():
            raise InvalidArgument(
                "another drive has this name",
                where=f"{other.name} is {other.device}",
                remedy="choose another name, or give that drive another first",
            )
    return name
