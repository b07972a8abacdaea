"""Who the daemon is: its user, its groups, its unit."""

from __future__ import annotations

import grp
import os
import pwd
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_CGROUP = Path("/proc/self/cgroup")
_UNIT = re.compile(r"/system\.slice/(?:[^/]+\.slice/)*([\w@.-]+\.service)(?:/|$)")


@dataclass(frozen=True)
class Service:
    """`unit` is the system unit that it runs as; empty where somebody started it by hand."""

    user: str
    group: str
    groups: frozenset[str] = frozenset()
    unit: str = ""

    @property
    def restart(self) -> str:
        """The command that starts it anew, from which on a change of its groups counts; empty: no unit."""
        return f"sudo systemctl restart {self.unit.removesuffix('.service')}" if self.unit else ""


def this_service(cgroup: Path = _CGROUP) -> Service:
    """Look; asks the user database, which may be a server."""
    groups = {name_of_group(number) for number in {*os.getgroups(), os.getegid()}}
    unit = ""
    with suppress(OSError):
        unit = unit_in(cgroup.read_text("utf-8"))
    return Service(name_of_user(os.geteuid()), name_of_group(os.getegid()), frozenset(groups), unit)


def unit_in(cgroups: str) -> str:
    """Give the system unit that `/proc/PID/cgroup` names, or nothing."""
    for line in cgroups.splitlines():
        if found := _UNIT.search(line):
            return found[1]
    return ""


def name_of_user(number: int) -> str:
    """Give a user's name, or the number where there is none."""
    with suppress(KeyError):
        return pwd.getpwuid(number).pw_name
    return str(number)


def name_of_group(number: int) -> str:
    """Give a group's name, or the number where there is none."""
    with suppress(KeyError):
        return grp.getgrgid(number).gr_name
    return str(number)
