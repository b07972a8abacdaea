"""Logging: the journal's native socket with fields under systemd, readable lines elsewhere."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import socket
import struct
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import structlog

JOURNAL_SOCKET = "/run/systemd/journal/socket"
PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
#: Keys of log calls that become journal fields of their own.
FIELDS = {"job": "ENGRAM_JOB", "drive": "ENGRAM_DRIVE", "title": "ENGRAM_TITLE", "phase": "ENGRAM_PHASE"}


def configure(level: str = "info", environment: Mapping[str, str] | None = None) -> None:
    """Send all logging, also that of libraries, to the journal or to standard error."""
    env = os.environ if environment is None else environment
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _journal_handler(shared) if to_journal(env) else _line_handler(shared)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "alembic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def to_journal(environment: Mapping[str, str]) -> bool:
    """Tell whether standard error is the journal's stream, as `$JOURNAL_STREAM` (device:inode) says."""
    try:
        status = os.fstat(2)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _line_handler(shared: list[structlog.typing.Processor]) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
                renderer,
            ],
        )
    )
    return handler


def _journal_handler(shared: list[structlog.typing.Processor]) -> logging.Handler:
    handler = JournalHandler(JOURNAL_SOCKET)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _journal_entry],
        )
    )
    return handler


def _journal_entry(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """Render an event as the journal's native datagram, in a string of one character a byte."""
    return entry(event).decode("latin-1")


def entry(event: Mapping[str, Any]) -> bytes:
    """Encode an event: known keys as `ENGRAM_…` fields, the others at the end of the message."""
    rest = {k: v for k, v in event.items() if k not in ("event", "level", "logger", "exception", *FIELDS)}
    message = " ".join([str(event.get("event", "")), *(f"{key}={value}" for key, value in rest.items())])
    if event.get("exception"):
        message += "\n" + str(event["exception"])
    fields = {
        "MESSAGE": message,
        "PRIORITY": str(PRIORITIES.get(str(event.get("level")), 6)),
        "SYSLOG_IDENTIFIER": "engramd",
        "LOGGER": str(event.get("logger", "")),
    }
    fields |= {field: str(event[key]) for key, field in FIELDS.items() if event.get(key) is not None}
    return b"".join(_field(name, value) for name, value in fields.items())


def _field(name: str, value: str) -> bytes:
    data = value.encode("utf-8", "replace")
    if b"\n" in data:
        return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
    return name.encode() + b"=" + data + b"\n"


class JournalHandler(logging.Handler):
    """Writes datagrams to the journal's native socket; an entry that does not fit goes by a sealed file."""

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; a journal that is away costs the record, never the program."""
        try:
            self._send(self.format(record).encode("latin-1"))
        except Exception:  # noqa: BLE001 - a callback's edge: whoever logs must not fail by it
            self.handleError(record)

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self._path)
        except OSError as error:
            if error.errno not in (errno.EMSGSIZE, errno.ENOBUFS):
                raise
            self._send_as_file(data)

    def _send_as_file(self, data: bytes) -> None:
        """Pass a long entry as a memory file, as the journal's protocol describes."""
        descriptor = os.memfd_create("journal-entry", os.MFD_ALLOW_SEALING)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(data)
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", descriptor))]
            self._socket.sendmsg([b""], rights, 0, self._path)
        finally:
            os.close(descriptor)
