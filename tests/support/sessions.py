"""Logins as polkitd sees them: the files of logind and the control groups of sessions, without a logind."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_HELPER = Path("/usr/lib/polkit-1/polkit-agent-helper-1")
PASSWORD = "sesame"
_SALTED = (
    "$6$V/ZJYDae0mTB.73Y$mEex0mYcu8cu1mLh.d9v3j6l6EO.JW0W72Ff8MTvUUfUwQW0S2pu50lz6J0/"
    "wjE0AJUqZGcUZj4obSfmm7wwb1"
)
_PAM = ("/etc/pam.d/polkit-1", "/usr/lib/pam.d/polkit-1")
#: Takes the password of root, and makes nobody wait who typed a wrong one.
_PAM_RULES = "auth required pam_unix.so nodelay\naccount required pam_permit.so\n"
#: polkit's helper has root's rights and an empty environment: it sees the bus where the system has it.
_WITH_ADMINISTRATOR = """set -e
for file in passwd group shadow; do mount --bind "$1/$file" "/etc/$file"; done
mount --bind "$1/pam" "$2"
mount -t tmpfs none /run
mkdir /run/dbus
ln -s "$1/socket" /run/dbus/system_bus_socket
shift 2
exec "$@"
"""


@dataclass(frozen=True)
class LoginSession:
    """A login of a user; at a `seat` it is a local one, and else over the network."""

    uid: int
    seat: str = ""
    active: bool = True

    @property
    def id(self) -> str:
        """The session's id, and nobody else's on this machine."""
        return f"t{os.getpid()}u{self.uid}"

    def write(self, run: Path) -> None:
        """Write what libsystemd reads of it below `/run`."""
        state = "active" if self.active else "online"
        seat = f"SEAT={self.seat}\n" if self.seat else "REMOTE_HOST=elsewhere\n"
        facts = (
            f"UID={self.uid}\nACTIVE={int(self.active)}\nSTATE={state}\nREMOTE={int(not self.seat)}\n{seat}"
        )
        for name in ("sessions", "users", "seats", "machines"):
            (run / "systemd" / name).mkdir(parents=True, exist_ok=True)
        (run / "systemd/sessions" / self.id).write_text(f"{facts}TYPE=tty\nCLASS=user\n")
        (run / "systemd/users" / str(self.uid)).write_text(f"STATE={state}\nDISPLAY={self.id}\n")

    @contextmanager
    def entered(self) -> Iterator[tuple[str, ...]]:
        """Give the beginning of a command line that runs in this session, which ends with the block."""
        group = hierarchy() / f"session-{self.id}.scope"
        group.mkdir()
        try:
            yield ("sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh")
        finally:
            _remove(group)


def hierarchy() -> Path:
    """Give the control groups by which libsystemd tells sessions apart."""
    if (_GROUPS / "cgroup.controllers").exists():
        return _GROUPS
    return _GROUPS / ("unified" if (_GROUPS / "unified").exists() else "systemd")


def missing_for_sessions() -> str:
    """Say why there can be no sessions here; empty if there can."""
    return "" if os.access(hierarchy(), os.W_OK) else "control groups cannot be made here"


def missing_for_agent() -> str:
    """Say why polkit's agent for terminals cannot ask here; empty if it can."""
    if shutil.which("pkttyagent") is None or not (_HELPER.exists() and _HELPER.stat().st_mode & stat.S_ISUID):
        return "polkit's agent for terminals, and its helper, are not installed"
    return "" if any(map(os.path.exists, _PAM)) else "PAM has no rules for polkit"


def with_administrator(folder: Path, *command: str) -> tuple[str, ...]:
    """Give a command line that runs where root's password is PASSWORD, on the private bus of a folder."""
    (folder / "shadow").write_text(f"root:{_SALTED}:19000:0:99999:7:::\n")
    (folder / "pam").write_text(_PAM_RULES)
    pam = next(filter(os.path.exists, _PAM))
    return ("unshare", "--mount", "sh", "-c", _WITH_ADMINISTRATOR, "sh", str(folder), pam, *command)


def _remove(group: Path) -> None:
    """Remove a group as soon as the kernel has noticed that it is empty."""
    end = time.monotonic() + 10
    while True:
        try:
            group.rmdir()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return
