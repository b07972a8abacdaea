"""A bus of one's own: a real dbus-daemon with the rules of a system or a session bus, polkitd and logind."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from tests.support.sessions import LoginSession  # noqa: E402

PACKAGING = Path(__file__).parents[2] / "packaging"
POLKITD = Path("/usr/lib/polkit-1/polkitd")
POLKIT_BUS_POLICY = Path("/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf")
LOGIND = Path("/usr/lib/systemd/systemd-logind")
LOGIND_BUS_POLICY = Path("/usr/share/dbus-1/system.d/org.freedesktop.login1.conf")
LOGIND_ACTIONS = Path("/usr/share/polkit-1/actions/org.freedesktop.login1.policy")

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>{kind}</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
{policy}
</busconfig>
"""
_SYSTEM_POLICY = """  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <includedir>{folder}</includedir>"""
_SESSION_POLICY = """  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>"""
#: The user `engramd`, whom only a bus with polkit and its polkitd know.
SERVICE_UID = 64990
#: The service may be run by whoever runs the tests, too.
_TESTER_POLICY = """<busconfig>
  <policy user="{uid}"><allow own="org.engramd.Engram1"/></policy>
</busconfig>
"""
#: The bus and polkitd know users of their own; nothing outside of their mount namespaces changes.
_WITH_USERS = """set -e
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
"""
_WITH_ACTIONS = """mount --bind "$1/actions" /usr/share/polkit-1/actions
mount -t tmpfs none /etc/polkit-1
mkdir /etc/polkit-1/rules.d
mount --bind "$1/rules" /usr/share/polkit-1/rules.d
"""
#: What libsystemd tells polkitd of logins.
_WITH_SESSIONS = """mount --bind "$1/run" /run
"""
#: logind keeps its locks below /run, and finds no seats and no sessions there.
_WITH_RUN = """mount -t tmpfs none /run
mkdir -p /run/systemd/system
"""
_RUN = """shift
exec "$@"
"""


class PrivateBus:
    """Starts a bus (and polkitd) on entry and ends it on exit.

    With `system`, it denies by default and has the policy file of this program, as the system's bus has;
    every user of the machine can connect. With `polkit`, which needs root, a real polkitd runs there with the
    actions and rules of this program, and both know a user `engramd`; `members` are users that they take for
    members of the group `engramd`. `policy` takes the place of the shipped bus policy. With `logind`, which
    needs polkit, a real logind can be started there. `rules` are the shipped rules that polkitd has, and
    `sessions` the logins that it knows of.
    """

    def __init__(
        self,
        system: bool = True,
        polkit: bool = False,
        members: tuple[str, ...] = (),
        policy: str = "",
        logind: bool = False,
        rules: tuple[str, ...] = ("org.engramd.engram1.rules", "org.engramd.sleep.rules"),
        sessions: tuple[LoginSession, ...] = (),
    ) -> None:
        self.system = system
        self._polkit = polkit
        self._members = members
        self._policy = policy or (PACKAGING / "dbus/org.engramd.Engram1.conf").read_text()
        self._logind = logind
        self._rules = rules
        self._sessions = sessions
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        """The bus's address."""
        return f"unix:path={self.folder / 'socket'}"

    @property
    def environment(self) -> dict[str, str]:
        """The variable that leads programs to this bus."""
        return {f"DBUS_{'SYSTEM' if self.system else 'SESSION'}_BUS_ADDRESS": self.address}

    def __enter__(self) -> PrivateBus:
        self.folder = Path(tempfile.mkdtemp(prefix="private-bus-"))
        self.folder.chmod(0o755)
        self._write_users()
        try:
            self._start_bus()
            if self._polkit:
                self._install_polkit()
                self.start_polkit()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill_bus(self) -> None:
        """End the bus under everybody."""
        self._processes[0].kill()
        self._processes[0].wait()

    def freeze_polkit(self, frozen: bool) -> None:
        """Have polkitd answer nothing, or go on."""
        self._polkitd.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def kill_polkit(self) -> None:
        """End polkitd as a crash would."""
        self._polkitd.kill()
        self._polkitd.wait()

    def start_polkit(self) -> None:
        """Start polkitd and wait until it answers; once killed, it is started by the bus when it is asked."""
        command = [str(POLKITD), "--no-debug", "--replace"]
        self._polkitd = self._spawn("polkit", command, self._polkit_mounts())
        name = "org.freedesktop.PolicyKit1"
        self.wait_until(lambda: self.owner(name) == self._polkitd.pid, "polkitd did not start")

    def set_members(self, *members: str) -> None:
        """Have other users be the members of the group `engramd`, as `usermod -aG` does."""
        group = f"engramd:x:{SERVICE_UID}:{','.join(members)}\n"
        (self.folder / "group").write_text(Path("/etc/group").read_text() + group)

    def start_logind(self) -> subprocess.Popen[bytes]:
        """Start logind (again) and wait until it answers; gives the process."""
        process = self._spawn("logind", [str(LOGIND)], _WITH_RUN)
        self.wait_until(lambda: self.owned("org.freedesktop.login1"), "logind did not start")
        return process

    def add_rules(self, name: str) -> None:
        """Install one of the shipped rules; polkitd notices by itself."""
        shutil.copy(PACKAGING / "polkit" / name, self.folder / "rules")

    def owned(self, name: str) -> bool:
        """Whether somebody on the bus has this name."""
        return bool(self._ask_bus("NameHasOwner", name))

    def owner(self, name: str) -> int:
        """Give the number of the process that has this name; 0: nobody has it."""
        return int(self._ask_bus("GetConnectionUnixProcessID", name)) if self.owned(name) else 0

    def _ask_bus(self, method: str, name: str) -> Any:
        flags = Gio.DBusConnectionFlags
        connection = Gio.DBusConnection.new_for_address_sync(
            self.address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None
        )
        body = GLib.Variant("(s)", (name,))
        where = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        reply = connection.call_sync(*where, method, body, None, Gio.DBusCallFlags.NONE, 5000, None)
        connection.close_sync(None)
        return reply.unpack()[0]

    def log(self) -> str:
        """What the bus and polkitd said."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def _start_bus(self) -> None:
        policies = self.folder / "policies"
        policies.mkdir()
        (self.folder / "services").mkdir()
        (policies / "org.engramd.Engram1.conf").write_text(self._policy)
        (policies / "tester.conf").write_text(_TESTER_POLICY.format(uid=os.getuid()))
        if self._polkit:
            shutil.copy(POLKIT_BUS_POLICY, policies)
        if self._logind:
            shutil.copy(LOGIND_BUS_POLICY, policies)
        policy = _SYSTEM_POLICY.format(folder=policies) if self.system else _SESSION_POLICY
        config = self.folder / "bus.conf"
        kind = "system" if self.system else "session"
        places = {"socket": self.folder / "socket", "services": self.folder / "services"}
        config.write_text(_CONFIG.format(kind=kind, policy=policy, **places))
        self._spawn("bus", ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"])
        self.wait_until((self.folder / "socket").exists, "the bus did not start")
        (self.folder / "socket").chmod(0o777)

    def _write_users(self) -> None:
        service = f"engramd:x:{SERVICE_UID}:{SERVICE_UID}::/nonexistent:/usr/sbin/nologin\n"
        (self.folder / "passwd").write_text(Path("/etc/passwd").read_text() + service)
        self.set_members(*self._members)

    def _install_polkit(self) -> None:
        actions = [PACKAGING / "polkit/org.engramd.engram1.policy", *([LOGIND_ACTIONS] * self._logind)]
        rules = [PACKAGING / "polkit" / name for name in self._rules]
        for name, files in (("actions", actions), ("rules", rules)):
            folder = self.folder / name
            folder.mkdir()
            for file in files:
                shutil.copy(file, folder)
            folder.chmod(0o755)
        for session in self._sessions:
            session.write(self.folder / "run")
        starter = shlex.join(self._apart([str(POLKITD), "--no-debug"], self._polkit_mounts()))
        (self.folder / "start-polkit").write_text(f"exec {starter}\n")
        service = (
            f"[D-BUS Service]\nName=org.freedesktop.PolicyKit1\nExec=/bin/sh {self.folder}/start-polkit\n"
        )
        (self.folder / "services/org.freedesktop.PolicyKit1.service").write_text(service)

    def _polkit_mounts(self) -> str:
        return _WITH_ACTIONS + (_WITH_SESSIONS if self._sessions else "")

    def _apart(self, command: list[str], mounts: str) -> list[str]:
        """Give a command line that runs with users, and perhaps other files, of its own."""
        script = _WITH_USERS + mounts + _RUN
        return ["unshare", "--mount", "sh", "-c", script, "sh", str(self.folder), *command]

    def _spawn(self, name: str, command: list[str], mounts: str = "") -> subprocess.Popen[bytes]:
        if self._polkit:
            command = self._apart(command, mounts)
        with (self.folder / f"{name}.log").open("wb") as log:
            environment = {**os.environ, **self.environment}
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self._processes.append(process)
        return process

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 15) -> None:
        """Wait for a condition; the log is in the failure."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: {self.log()}")
            time.sleep(0.02)
