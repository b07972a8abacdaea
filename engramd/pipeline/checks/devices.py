"""The optical drives: their nodes, opened for a try with the rights of the process that asks."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engramd.pipeline.checks.service import Service, name_of_group
from engramd.pipeline.findings import Finding

NONE = Finding("drives", "there is no optical drive", "connect one; images and files work without", "warning")
_LOAD_SG = "sudo modprobe sg && echo sg | sudo tee /etc/modules-load.d/engramd.conf"
_POLL = 2000


@dataclass(frozen=True)
class System:
    """Where the kernel shows devices."""

    dev: Path = Path("/dev")
    sys: Path = Path("/sys")

    def drives(self) -> list[str]:
        """Give the names of the optical drives' nodes (`sr0`)."""
        return sorted(node.name for node in self.dev.glob("sr[0-9]*") if node.name[2:].isdecimal())

    def sg_of(self, drive: str) -> str:
        """Give the name of a drive's generic node, or nothing."""
        return next((n.name for n in self.sys.glob(f"class/block/{drive}/device/scsi_generic/sg*")), "")

    @property
    def has_sg(self) -> bool:
        """Whether the module is loaded, or built in."""
        return (self.sys / "module/sg").exists() or (self.sys / "class/scsi_generic").exists()


class Devices:
    """Looks at drives; opening one may hang. `states` are those of the drives that are in use, by node.

    Only MakeMKV needs the generic nodes.
    """

    def __init__(
        self,
        service: Service,
        states: Mapping[str, str],
        system: System | None = None,
        *,
        has_makemkv: bool = True,
    ) -> None:
        self._service, self._states, self._system = service, states, system or System()
        self._has_makemkv = has_makemkv

    def look(self, drive: str) -> Iterator[Finding]:
        """Say of a drive whether it can be used, and how MakeMKV reaches it."""
        node = self._system.dev / drive
        state = self._states.get(str(node), "")
        if state == "stuck":
            remedy = "switch it off and on, or start the machine anew"
            yield Finding(f"drive-{drive}", f"{node} hangs in the kernel", remedy, "error", str(node))
            return
        found = self._opened(f"drive-{drive}", node, os.O_RDONLY, busy=state == "busy")
        yield found
        if found.is_fine:
            yield self._generic(drive, busy=state == "busy")
            yield from self._polled(drive)

    def _opened(self, name: str, node: Path, flags: int, *, busy: bool) -> Finding:
        """Open a node as the service does, but where a disc is just read: then its rights must do."""
        wanted = os.R_OK | (os.W_OK if flags & os.O_RDWR else 0)
        try:
            mode = node.stat()
            if not os.access(node, wanted):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            if not busy:
                os.close(os.open(node, flags | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError as error:
            return self._refused(name, node, error)
        group, rights = name_of_group(mode.st_gid), stat.filemode(mode.st_mode)
        use = "is in use" if busy else "can be opened"
        return Finding(name, f"{node} {use} ({rights}, group {group})", where=str(node), short=str(node))

    def _refused(self, name: str, node: Path, error: OSError) -> Finding:
        service = self._service
        text = f"{service.user} cannot open {node}: {error.strerror}"
        if error.errno == errno.EACCES:
            group = _group_of(node)
            join = f"sudo usermod -aG {group} {service.user}"
            remedy = f"{join} && {service.restart}" if service.restart else join
            if group in ("root", *service.groups):
                remedy = f"sudo chgrp cdrom {node} && sudo chmod g+rw {node}"
            return Finding(name, f"{text} (its group is {group})", remedy, "error", str(node))
        if error.errno == errno.EPERM and service.unit:
            # The entry of a driver that was not loaded when the unit started was dropped.
            text = f"the unit's sandbox closes {node} (DeviceAllow=)"
            return Finding(name, text, service.restart, "error", str(node))
        remedy = f"udevadm info {node}; dmesg | grep {node.name}"
        return Finding(name, text, remedy, "error", str(node))

    def _generic(self, drive: str, *, busy: bool) -> Finding:
        name, generic = f"sg-{drive}", self._system.sg_of(drive)
        node = self._system.dev / (generic or "sg0")
        if not generic:
            lack = "has no sg node" if self._system.has_sg else "has no sg node: the module sg is not loaded"
            text = f"{self._system.dev / drive} {lack}; MakeMKV cannot reach it"
            severity = "warning" if self._has_makemkv else "info"
            return Finding(name, text, _LOAD_SG, severity, str(self._system.dev / drive))
        return self._opened(name, node, os.O_RDWR, busy=busy)

    def _polled(self, drive: str) -> Iterator[Finding]:
        """Say whether the kernel asks the drive for new discs; without that no insertion is ever seen."""
        own = self._number(f"class/block/{drive}/events_poll_msecs")
        default = self._number("module/block/parameters/events_dfl_poll_msecs")
        tells_by_itself = "media_change" in self._text(f"class/block/{drive}/events_async")
        if not tells_by_itself and (own == 0 or (own == -1 and default == 0)):
            place = self._system.sys / f"class/block/{drive}/events_poll_msecs"
            text = f"the kernel never asks {self._system.dev / drive} whether a disc was put in"
            remedy = f"echo {_POLL} | sudo tee {place}, and install engramd's udev rule"
            yield Finding(f"polled-{drive}", text, remedy, "error", str(self._system.dev / drive))

    def _number(self, path: str) -> int | None:
        with suppress(ValueError):
            return int(self._text(path))
        return None

    def _text(self, path: str) -> str:
        with suppress(OSError):
            return (self._system.sys / path).read_text("ascii", "replace")
        return ""


def _group_of(node: Path) -> str:
    try:
        return name_of_group(node.stat().st_gid)
    except OSError:
        return "cdrom"
