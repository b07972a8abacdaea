"""The udev monitor: a thread that hears of every optical drive, even after udev's messages were lost."""

from __future__ import annotations

import errno
import logging
import os
import select
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import pyudev

from engramd.drives.snapshot import is_optical

log = logging.getLogger(__name__)

Properties = Mapping[str, str]

#: Bytes. A storm of `udevadm trigger` overflows the default.
RECEIVE_BUFFER = 4 << 20
#: Seconds between tries to listen again; the last one repeats.
RETRY_AFTER = (0.1, 1.0, 5.0, 30.0)


class UdevSource(Protocol):
    """A subscription to udev's events of disks. It listens from its creation on."""

    def fileno(self) -> int:
        """Descriptor that is readable when an event is there."""

    def receive(self) -> tuple[str, Properties] | None:
        """Give the next event (action, properties) without waiting. OSError: events were lost."""

    def devices(self) -> Sequence[Properties]:
        """Properties of all disks that are there now."""


class DriveListener(Protocol):
    """Who is told; all calls come from the monitor's thread."""

    def on_drives(self, present: Sequence[Properties], *, at_start: bool) -> None:
        """All drives that there are: at start, and after events were lost."""

    def on_event(self, action: str, properties: Properties) -> None:
        """One event of one drive."""


class PyudevSource:
    """The real udev.

    `origin` is pyudev's name of the event source: `udev` sends after its rules ran, `kernel` before.
    `receive_buffer` is in bytes.
    """

    def __init__(self, origin: str = "udev", receive_buffer: int = RECEIVE_BUFFER) -> None:
        self._context = pyudev.Context()
        self._monitor = pyudev.Monitor.from_netlink(self._context, origin)
        self._monitor.filter_by("block", "disk")
        try:
            self._monitor.set_receive_buffer_size(receive_buffer)
        except OSError as error:
            log.debug("udev's receive buffer keeps its size: %s", error)
        self._monitor.start()

    def fileno(self) -> int:
        """Give the netlink socket."""
        return int(self._monitor.fileno())

    def receive(self) -> tuple[str, Properties] | None:
        """Give the next event without waiting."""
        device = self._monitor.poll(0)
        return None if device is None else (device.action or "", _properties(device))

    def devices(self) -> list[Properties]:
        """Read udev's database; what udev has not examined yet sends an event later."""
        try:
            found = self._context.list_devices(subsystem="block", DEVTYPE="disk")
            return [_properties(device) for device in found]
        except pyudev.DeviceNotFoundError as error:
            raise OSError(errno.EAGAIN, f"a disk went while udev listed it: {error}") from error


def _properties(device: pyudev.Device) -> dict[str, str]:
    """Give a device's properties without those that are no text: one odd name must not hide all drives."""
    found = {}
    for name in device.properties:
        try:
            found[name] = device.properties[name]
        except UnicodeDecodeError:
            log.debug("udev's property %s of %s is no text", name, device.sys_path)
    return found


class DriveMonitor:
    """Tells a listener of every drive there is and of every event, until it is stopped.

    `prefix` is what the kernel names of drives begin with.
    """

    def __init__(
        self,
        listener: DriveListener,
        *,
        source: Callable[[], UdevSource] = PyudevSource,
        prefix: str = "sr",
        retry_after: Sequence[float] = RETRY_AFTER,
    ) -> None:
        self._listener = listener
        self._source = source
        self._prefix = prefix
        self._retry_after = retry_after
        self._failures = 0
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="udev", daemon=True)

    def start(self) -> None:
        """Begin to listen; the drives that are there are told from the thread."""
        self._thread.start()

    def stop(self, limit: float = 2.0) -> bool:
        """End the thread within `limit` seconds; false if it hangs, which only a listener can cause."""
        self._stopping.set()
        os.eventfd_write(self._wake, 1)
        if self._thread.is_alive():
            self._thread.join(limit)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        at_start = True
        while not self._stopping.is_set():
            try:
                # Listening comes first, so that nothing falls between the list and the events.
                source = self._source()
                self._tell_all(source.devices(), at_start=at_start)
                at_start = False
                self._listen(source)
            except OSError as error:
                pause = self._retry_after[min(self._failures, len(self._retry_after) - 1)]
                log.warning("udev's events were lost (%s); listing all drives again in %g s", error, pause)
                self._failures += 1
                self._stopping.wait(pause)

    def _listen(self, source: UdevSource) -> None:
        poll = select.poll()
        poll.register(source.fileno(), select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while not self._stopping.is_set():
            poll.poll()
            while not self._stopping.is_set() and (event := source.receive()) is not None:
                self._failures = 0
                self._tell(*event)

    def _tell_all(self, devices: Sequence[Properties], *, at_start: bool) -> None:
        present = [device for device in devices if is_optical(device, self._prefix)]
        try:
            self._listener.on_drives(present, at_start=at_start)
        except Exception:
            log.exception("the drives could not be registered")

    def _tell(self, action: str, properties: Properties) -> None:
        if action != "remove" and not is_optical(properties, self._prefix):
            return
        try:
            self._listener.on_event(action, properties)
        except Exception:
            log.exception("the event %s of %s failed", action, properties.get("DEVNAME"))
