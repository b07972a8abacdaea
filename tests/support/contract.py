"""A contract service (`tests/bus/contract_service.py`) on a private bus, and a client of it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from gi.repository import Gio, GLib

from engramd.bus import names
from tests.support.privatebus import PrivateBus

SCRIPT = Path(__file__).parents[1] / "bus/contract_service.py"
PATH, NAME = "/org/engramd/Contract", "org.engramd.Contract"
#: The bus's own limits and rules, but everybody may call the service.
POLICY = """<busconfig><policy context="default">
  <allow own="org.engramd.Engram1"/>
  <allow send_destination="org.engramd.Engram1"/>
</policy></busconfig>
"""


class Contract:
    """One implementation, served; a service that has died is started again by `start`."""

    def __init__(self, implementation: str) -> None:
        self.implementation = implementation
        self.bus = PrivateBus(policy=POLICY)
        self.process: subprocess.Popen[bytes] | None = None
        self._log = Path(tempfile.mkstemp(prefix="contract-")[1])

    def __enter__(self) -> Contract:
        self.bus.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.bus.__exit__(kind, error, trace)
        self._log.unlink()

    def start(self) -> None:
        """Start it, unless it is on the bus."""
        if self.process is not None:
            if self.bus.owned(names.BUS_NAME):
                return
            self.process.kill()
            self.process.wait()
        self.process = self.spawn()
        assert self.listen() == "ready", self.log()

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start one more process of it."""
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(SCRIPT), self.implementation],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self.bus.environment, "PYTHONPATH": str(SCRIPT.parents[2])},
            )

    def listen(self, process: subprocess.Popen[bytes] | None = None, seconds: float = 30) -> str:
        """Give the next line that it says, or nothing where it ends or is silent."""
        process = process or self.process
        assert process is not None
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], seconds)
        return process.stdout.readline().decode().strip() if ready else ""

    def stop(self) -> int:
        """End it in order; give its exit code."""
        if self.process is None:
            return 0
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()

    def log(self) -> str:
        """What it wrote to its log."""
        return self._log.read_text(errors="replace")

    def client(self) -> Caller:
        """Connect to it."""
        return Caller(self.bus)


class Sent:
    """A call that is under way."""

    def __init__(self) -> None:
        self.error: tuple[str, str] | None = None
        self._came = False

    def take(self, connection: Any, result: Any, *_: object) -> None:
        """Take the reply."""
        self._came = True
        try:
            connection.call_finish(result)
        except GLib.Error as error:
            name = Gio.DBusError.get_remote_error(error) or ""
            self.error = (name, error.message.removeprefix(f"GDBus.Error:{name}: "))

    def came(self) -> bool:
        """Whether the reply came; looks at what is there, and does not wait."""
        while GLib.MainContext.default().iteration(False):
            pass
        return self._came


class Caller:
    """A connection that calls the service."""

    def __init__(self, bus: PrivateBus) -> None:
        flags = Gio.DBusConnectionFlags
        self.connection = Gio.DBusConnection.new_for_address_sync(
            bus.address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None
        )

    def call(
        self, method: str, signature: str = "", *arguments: Any, interface: str = NAME, **how: Any
    ) -> Any:
        """Call a method; give its value, or several. Raises GLib.Error."""
        body = GLib.Variant(f"({signature})", arguments) if signature else None
        flags = how.get("flags", Gio.DBusCallFlags.NONE)
        where = (names.BUS_NAME, PATH, interface, method)
        reply = self.connection.call_sync(*where, body, None, flags, how.get("seconds", 25) * 1000, None)
        values = reply.unpack()
        return values if len(values) > 1 else values[0] if values else None

    def send(self, method: str, signature: str = "", *arguments: Any) -> Sent:
        """Call a method without waiting; the reply is seen by `Sent.came`."""
        body = GLib.Variant(f"({signature})", arguments) if signature else None
        sent = Sent()
        where = (names.BUS_NAME, PATH, NAME, method)
        self.connection.call(*where, body, None, Gio.DBusCallFlags.NONE, -1, None, sent.take)
        return sent

    def error(self, method: str, signature: str = "", *arguments: Any, **how: Any) -> tuple[str, str]:
        """Call a method that fails; give the error's name (none where no answer came) and text."""
        try:
            value = self.call(method, signature, *arguments, **how)
        except GLib.Error as error:
            name = Gio.DBusError.get_remote_error(error) or ""
            return name, error.message.removeprefix(f"GDBus.Error:{name}: ")
        raise AssertionError(f"{method} gave {value!r}")

    def get(self, name: str) -> Any:
        """Read a property."""
        return self.call("Get", "ss", NAME, name, interface=names.PROPERTIES)
