"""The commands that open a folder for the daemon: each as it can be typed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from shutil import which

from engramd.pipeline.checks.mounts import MountPoint
from engramd.pipeline.checks.service import Service


def to_make(folder: Path, service: Service) -> str:
    """Make a folder that is not there."""
    return f"sudo install -d -o {service.user} -g {service.group} -m 2775 {_word(folder)}"


def to_read(folder: Path, service: Service) -> str:
    """Let the service look into a folder."""
    if which("setfacl"):
        return f"sudo setfacl -m u:{service.user}:rX {_word(folder)}"
    return f"sudo chgrp {service.group} {_word(folder)} && sudo chmod g+rX {_word(folder)}"


def to_pass(closed: Path, service: Service) -> str:
    """Let the service through a folder that is above the wanted one."""
    if which("setfacl"):
        return f"sudo setfacl -m u:{service.user}:x {_word(closed)}"
    return f"sudo chmod o+x {_word(closed)}"


def to_write(folder: Path, service: Service) -> str:
    """Let the service write into a folder, and its group into what is made there."""
    return f"sudo chgrp {service.group} {_word(folder)} && sudo chmod g+rwxs {_word(folder)}"


def to_remount(mount: MountPoint) -> str:
    """Make a file system writable."""
    return f"sudo mount -o remount,rw {_word(mount.point)}"


def to_unseal(folder: Path, mount: MountPoint, service: Service) -> str:
    """Open a path in the unit's sandbox with a drop-in, or the mount where no unit closes it."""
    if not service.unit:
        return f"sudo mount -o remount,bind,rw {_word(mount.point)}"
    return drop_in(service.unit, (f"ReadWritePaths={_unit_word(folder)}",))


def to_unhide(folder: Path, service: Service) -> str:
    """Show the unit a folder of a home: homes cannot be opened in parts, but emptied and then filled."""
    lines = ("ProtectHome=tmpfs", f"BindPaths={_unit_word(folder)}")
    return drop_in(service.unit or "engramd.service", lines)


def drop_in(unit: str, lines: Iterable[str]) -> str:
    """Add lines to a unit, and start it anew."""
    folder = f"/etc/systemd/system/{unit}.d"
    said = " ".join(shlex.quote(line) for line in ("[Service]", *lines))
    name = unit.removesuffix(".service")
    return (
        f"sudo mkdir -p {folder} && printf '%s\\n' {said} | sudo tee -a {folder}/paths.conf"
        f" && sudo systemctl daemon-reload && sudo systemctl restart {name}"
    )


def _word(path: Path) -> str:
    return shlex.quote(str(path))


def _unit_word(path: Path) -> str:
    """Write a path as units have it: `%` is doubled, and blanks want quotation marks."""
    text = str(path).replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"' if any(c.isspace() for c in text) or '"' in text else text
