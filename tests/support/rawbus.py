"""A client that keeps to no rules: bytes on the bus's socket."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gi.repository import Gio, GLib

from tests.support.privatebus import PrivateBus

_HELLO = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")
#: Types of messages.
_RETURN, _ERROR = 2, 3


class RawClient:
    """A connection that has said hello, and may now send what it likes; it reads nothing by itself."""

    def __init__(self, bus: PrivateBus, uid: int | None = None) -> None:
        """`uid` is another user to be, which only root can."""
        self._buffer = b""
        self._serial = 1
        #: Replies that came, by the name of the error (empty: none).
        self.replies: Counter[str] = Counter()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        with _being(uid):
            self.socket.connect(str(bus.folder / "socket"))
        said = str(os.getuid() if uid is None else uid).encode().hex().encode()
        self.socket.sendall(b"\0AUTH EXTERNAL " + said + b"\r\n")
        self.socket.recv(200)
        self.socket.sendall(b"BEGIN\r\n" + message(*_HELLO))
        self.wait_for_replies(1)
        self.replies.clear()

    def call(self, data: bytes) -> bool:
        """Send one whole message, with a serial of its own; whether the bus still takes it."""
        self._serial += 1
        return self.send(data[:8] + self._serial.to_bytes(4, "little") + data[12:])

    def send(self, data: bytes) -> bool:
        """Send bytes as they are; whether the bus still takes them."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def drain(self) -> bool:
        """Read what has come; whether the bus has not cut the connection off."""
        while select.select([self.socket], [], [], 0)[0]:
            try:
                data = self.socket.recv(1 << 16)
            except OSError:
                return False
            if not data:
                return False
            self._buffer += data
            self._take()
        return True

    def wait_for_replies(self, count: int) -> None:
        """Wait until so many calls are answered, or the bus cuts the connection off."""
        end = time.monotonic() + 30
        while self.drain() and self.replies.total() < count:
            assert time.monotonic() < end, f"{self.replies.total()} of {count} calls are answered"
            select.select([self.socket], [], [], 0.1)

    def _take(self) -> None:
        while len(self._buffer) >= 16:
            body, fields = struct.unpack_from("<4xI4xI", self._buffer)
            end = 16 + (fields + 7) // 8 * 8 + body
            if len(self._buffer) < end:
                return
            data, self._buffer = self._buffer[:end], self._buffer[end:]
            if data[1] == _RETURN:
                self.replies[""] += 1
            elif data[1] == _ERROR:
                told = Gio.DBusMessage.new_from_blob(data, Gio.DBusCapabilityFlags.NONE)
                self.replies[told.get_error_name()] += 1

    def close(self) -> None:
        """Leave without a word."""
        self.socket.close()

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def message(
    name: str,
    path: str,
    interface: str,
    method: str,
    signature: str = "",
    arguments: tuple[Any, ...] = (),
    *,
    body: Any = None,
    reply: bool = True,
) -> bytes:
    """Give the bytes of a method call; the arguments are plain values, or `body` is their GVariant."""
    made = Gio.DBusMessage.new_method_call(name, path, interface, method)
    made.set_serial(1)
    if signature:
        body = GLib.Variant(f"({signature})", arguments)
    if body is not None:
        made.set_body(body)
    if not reply:
        made.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
    return bytes(made.to_blob(Gio.DBusCapabilityFlags.NONE))


@contextmanager
def _being(uid: int | None) -> Iterator[None]:
    before = os.geteuid()
    if uid is not None:
        os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(before)
