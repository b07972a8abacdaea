"""A bed of mocked optical drives (umockdev) for any process: sysfs, udev events, `/dev/srN` and its ioctls.

`UdevBed` starts this file as a helper under `umockdev-wrapper` and commands it by lines of JSON. A program
that is started with `bed.environment` sees the bed's drives instead of the machine's:

    with UdevBed() as bed:
        bed.add_drive("sr0", serial="K1")
        daemon = subprocess.Popen([...], env=bed.environment)
        bed.insert("sr0", label="THE_SHOW_S1D1", media="dvd")
        bed.ejects("sr0")

What it does not have: udev's rules and the kernel's own behaviour; fstat of the open device says regular
file. Programs that are built against an old glibc do not see the bed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

#: A burst that a listener does not read in time aborts the testbed, since the kernel queues ten messages for
#: it. Each event therefore waits, so many seconds at most, until the last one was read; without ss(8) PACE.
READ_WITHIN, PACE = 2.0, 0.005

MEDIA: dict[str, dict[str, str]] = {
    "dvd": {
        "ID_CDROM_MEDIA_DVD": "1",
        "ID_CDROM_MEDIA_STATE": "complete",
        "ID_CDROM_MEDIA_SESSION_COUNT": "1",
        "ID_CDROM_MEDIA_TRACK_COUNT": "1",
        "ID_CDROM_MEDIA_TRACK_COUNT_DATA": "1",
        "ID_FS_TYPE": "udf",
    },
    "bluray": {
        "ID_CDROM_MEDIA_BD": "1",
        "ID_CDROM_MEDIA_STATE": "complete",
        "ID_CDROM_MEDIA_TRACK_COUNT": "1",
        "ID_CDROM_MEDIA_TRACK_COUNT_DATA": "1",
        "ID_FS_TYPE": "udf",
    },
    "data": {
        "ID_CDROM_MEDIA_CD": "1",
        "ID_CDROM_MEDIA_SESSION_COUNT": "1",
        "ID_CDROM_MEDIA_TRACK_COUNT": "1",
        "ID_CDROM_MEDIA_TRACK_COUNT_DATA": "1",
        "ID_FS_TYPE": "udf",
    },
    "audio": {
        "ID_CDROM_MEDIA_CD": "1",
        "ID_CDROM_MEDIA_TRACK_COUNT": "12",
        "ID_CDROM_MEDIA_TRACK_COUNT_AUDIO": "12",
    },
    "blank": {"ID_CDROM_MEDIA_DVD_PLUS_R": "1", "ID_CDROM_MEDIA_STATE": "blank"},
    "unclosed": {
        "ID_CDROM_MEDIA_DVD_R": "1",
        "ID_CDROM_MEDIA_STATE": "appendable",
        "ID_CDROM_MEDIA_SESSION_COUNT": "1",
        "ID_CDROM_MEDIA_TRACK_COUNT": "2",
        "ID_CDROM_MEDIA_TRACK_COUNT_DATA": "2",
    },
}


def missing_for_bed() -> str:
    """Why a bed cannot be had here, or an empty string."""
    if shutil.which("umockdev-wrapper") is None:
        return "umockdev is not installed"
    probe = "import gi; gi.require_version('UMockdev', '1.0')"
    found = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=False)
    return "" if found.returncode == 0 else "gir1.2-umockdev-1.0 is not installed"


class UdevBed:
    """The bed, for tests. Every call returns when the helper has done it."""

    def __init__(self) -> None:
        self._helper: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.root = Path()

    def __enter__(self) -> UdevBed:
        argv = ["umockdev-wrapper", sys.executable, __file__]
        self._helper = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.root = Path(self._ask("root"))
        return self

    def __exit__(self, *_error: object) -> None:
        if self._helper is None:
            return
        assert self._helper.stdin is not None
        self._helper.stdin.close()
        try:
            self._helper.wait(5)
        except subprocess.TimeoutExpired:
            self._helper.kill()
            self._helper.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        """Environment for a program that shall see the bed."""
        preload = f"libumockdev-preload.so.0:{os.environ.get('LD_PRELOAD', '')}".rstrip(":")
        return os.environ | {"LD_PRELOAD": preload, "UMOCKDEV_DIR": str(self.root)}

    def add_drive(self, name: str, *, serial: str = "", port: str = "", announce: bool = True) -> None:
        """Plug an empty drive in; without a serial it is known by its port."""
        self._ask("add_drive", name=name, serial=serial, port=port, announce=announce)

    def remove_drive(self, name: str) -> None:
        """Unplug a drive."""
        self._ask("remove_drive", name=name)

    def insert(
        self,
        name: str,
        *,
        label: str = "",
        media: str = "dvd",
        diskseq: int | None = None,
        status: int = 4,
        image: str | os.PathLike[str] | None = None,
        properties: dict[str, str] | None = None,
        announce: bool = True,
    ) -> int:
        """Put a disc in (over one that is in: a swap); give its DISKSEQ.

        `media` is a key of `MEDIA`; `image` becomes the content of the device; `status` is what
        CDROM_DRIVE_STATUS answers then; `properties` are added.
        """
        if image is not None:
            shutil.copyfile(image, self.node(name), follow_symlinks=True)
        disc = {"ID_CDROM_MEDIA": "1"} | MEDIA[media] | ({"ID_FS_LABEL": label} if label else {})
        disc |= properties or {}
        return int(
            self._ask("insert", name=name, disc=disc, diskseq=diskseq or 0, status=status, announce=announce)
        )

    def take_out(self, name: str, *, status: int = 2, announce: bool = True) -> None:
        """Take the disc out, as after a press of the button that udev has served."""
        self._ask("take_out", name=name, status=status, announce=announce)

    def press_button(self, name: str) -> None:
        """Press the eject button: the event of the request, without a disc's properties as in reality."""
        self._ask("press_button", name=name)

    def event(self, name: str, action: str = "change", **properties: str) -> None:
        """Send an event of a drive as it is, with `properties` for this event only."""
        self._ask("event", name=name, action=action, properties=properties)
        self._wait_until_read()

    def storm(self, name: str, count: int = 300) -> None:
        """Send many events of a drive as it is."""
        for _ in range(count):
            self.event(name)

    def _wait_until_read(self) -> None:
        time.sleep(PACE)
        end = time.monotonic() + READ_WITHIN
        while shutil.which("ss") is not None and time.monotonic() < end:
            sockets = subprocess.run(["ss", "-xaH"], capture_output=True, text=True, check=False).stdout
            unread = [line.split()[2] for line in sockets.splitlines() if f" {self.root}/" in line]
            if all(size == "0" for size in unread):
                return

    def status(self, name: str, status: int) -> None:
        """Set what CDROM_DRIVE_STATUS answers: 0 no info, 1 no disc, 2 open, 3 not ready, 4 ok."""
        self._ask("set_status", name=name, status=status)

    def hold(self, name: str, held: bool = True) -> None:
        """Let CDROMEJECT fail with EBUSY, as while somebody has the drive open."""
        self._ask("hold", name=name, held=held)

    def fix_speed(self, name: str, fixed: bool = True) -> None:
        """Be a drive whose speed cannot be set."""
        self._ask("fix_speed", name=name, fixed=fixed)

    def ejects(self, name: str) -> int:
        """How often CDROMEJECT opened the tray."""
        return int(self.drive(name)["ejects"])

    def opens(self, name: str) -> int:
        """How often the device was opened by a program in the bed."""
        return int(self.drive(name)["opens"])

    def drive(self, name: str) -> dict[str, Any]:
        """All of a drive: status, ejects, opens, locked, auto_close, diskseq, speed, requests (ioctl
        numbers)."""
        found: dict[str, Any] = self._ask("drive", name=name)
        return found

    def node(self, name: str) -> Path:
        """The file that stands for the device node."""
        return self.root / "dev" / name

    def _ask(self, command: str, **arguments: object) -> Any:
        helper = self._helper
        assert helper is not None
        assert helper.stdin is not None
        assert helper.stdout is not None
        with self._lock:
            helper.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
            helper.stdin.flush()
            line = helper.stdout.readline()
        if not line:
            raise RuntimeError(f"the testbed ended at {command} with {helper.wait(5)}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]


# From here on: the helper, a process of its own under umockdev-wrapper.

_PARENT = "/devices/pci0000:00/0000:00:1f.2/ata{n}/host{n}/target{n}:0:0/{n}:0:0:0/block"


class _MockDrive:
    """One mocked drive: the answers to its ioctls, and its udev properties."""

    def __init__(self, helper: _Helper, name: str, serial: str, port: str) -> None:
        self.helper, self.name = helper, name
        number = int(name.removeprefix("sr"))
        self.parent = _PARENT.format(n=number)
        self.path = f"/sys{self.parent}/{name}"
        self.state: dict[str, Any] = {
            "status": 1,
            "ejects": 0,
            "opens": 0,
            "locked": False,
            "auto_close": True,
            "held": False,
            "diskseq": helper.next_diskseq(),
            "requests": [],
            "speed": None,
            "fixed_speed": False,
        }
        self.disc: dict[str, str] = {}
        self._cleared: set[str] = set()
        # The preload library ends a program that opens the node before somebody listens for its ioctls.
        self._answer_ioctls()
        self._write(number, serial, port)

    def _write(self, number: int, serial: str, port: str) -> None:
        properties = {
            "DEVNAME": f"/dev/{self.name}",
            "DEVTYPE": "disk",
            "SUBSYSTEM": "block",
            "DISKSEQ": str(self.state["diskseq"]),
            "ID_CDROM": "1",
            "ID_CDROM_DVD": "1",
            "ID_VENDOR": "MOCK",
            "ID_MODEL": "DVD_Mock",
            "ID_PATH": port or f"pci-0000:00:1f.2-ata-{number + 1}",
            "ID_SERIAL": f"MOCK_DVD_Mock_{serial}" if serial else "MOCK_DVD_Mock",
        } | ({"ID_SERIAL_SHORT": serial} if serial else {})
        lines = [f"P: {self.parent}/{self.name}", f"N: {self.name}"]
        lines += [f"E: {key}={value}" for key, value in properties.items()]
        lines += [f"A: dev=11:{number}\\n", "A: removable=1\\n", "A: size=0\\n", "A: events_poll_msecs=-1\\n"]
        self.helper.bed.add_from_string("\n".join(lines) + "\n")

    def _answer_ioctls(self) -> None:
        self.base = self.helper.mock.IoctlBase()
        self.base.connect("handle-ioctl", self._on_ioctl)
        self.base.connect("client-connected", self._on_open)
        self.helper.bed.attach_ioctl(f"/dev/{self.name}", self.base)

    def _on_open(self, _base: Any, _client: Any) -> None:
        self.state["opens"] += 1

    def _on_ioctl(self, _base: Any, client: Any) -> bool:
        request = client.get_request() & 0xFFFFFFFF
        answer, failure = self._result(request, client)
        self.state["requests"] = [*self.state["requests"], request][-1000:]
        client.complete(answer, failure)
        return True

    def _result(self, request: int, client: Any) -> tuple[int, int]:
        """Give an ioctl's return value and errno."""
        # The binding cuts the value at its first zero byte.
        argument = int.from_bytes(client.get_arg().data, "little")
        if request == 0x5326:
            return self.state["status"], 0
        if request == 0x5327:
            return (101, 0) if self.disc else (0, 0)
        if request == 0x5331:
            return 0x8087 | (0 if self.state["fixed_speed"] else 0x8), 0
        if request == 0x5322:
            return self._set_speed(argument)
        if request == 0x5321:
            self.state["auto_close"] = False
            return 0, 0
        if request == 0x5329:
            self.state["locked"] = bool(argument)
            return 0, 0
        if request == 0x5309:
            return self._eject()
        return -1, 25

    def _set_speed(self, units: int) -> tuple[int, int]:
        """The kernel counts in 177 kB/s; it answers ENOSYS for a drive without the capability."""
        if self.state["fixed_speed"]:
            return -1, 38
        self.state["speed"] = units
        return 0, 0

    def _eject(self) -> tuple[int, int]:
        if self.state["held"] or self.state["locked"]:
            return -1, 16
        self.state["ejects"] += 1
        self.state["status"] = 2
        self.helper.later(self.take_out)
        return 0, 0

    def insert(self, disc: dict[str, str], diskseq: int, status: int, announce: bool) -> int:
        self._empty()
        self.disc = disc
        self.state["diskseq"] = self.helper.next_diskseq(diskseq)
        self.state["status"] = status
        self._publish({"DISK_MEDIA_CHANGE": "1"}, announce)
        return int(self.state["diskseq"])

    def take_out(self, status: int = 2, announce: bool = True) -> None:
        self._empty()
        self.state["diskseq"] = self.helper.next_diskseq()
        self.state["status"] = status
        self._publish({"DISK_MEDIA_CHANGE": "1"}, announce)

    def press_button(self) -> None:
        disc = self.disc
        self._empty()
        self._publish({"DISK_EJECT_REQUEST": "1"}, True)
        self.disc = disc

    def event(self, action: str, properties: dict[str, str]) -> None:
        self._publish(properties, True, action)

    def _empty(self) -> None:
        for key in self.disc:
            self.helper.bed.set_property(self.path, key, "")
        self.disc = {}

    def _publish(self, only_now: dict[str, str], announce: bool, action: str = "change") -> None:
        lasting = {"DISKSEQ": str(self.state["diskseq"])} | self.disc
        for key, value in (lasting | only_now).items():
            self.helper.bed.set_property(self.path, key, value)
        if announce:
            self.helper.send(self.path, action)
        for key in only_now:
            self.helper.bed.set_property(self.path, key, lasting.get(key, ""))


class _Helper:
    """Serves the commands; everything happens in the thread of the GLib loop."""

    def __init__(self) -> None:
        import gi

        gi.require_version("UMockdev", "1.0")
        from gi.repository import GLib, UMockdev

        self.glib, self.mock = GLib, UMockdev
        self.bed = UMockdev.Testbed.new()
        self.loop = GLib.MainLoop()
        self.drives: dict[str, _MockDrive] = {}
        self._diskseq = 10
        self._input = b""

    def serve(self) -> None:
        os.set_blocking(0, False)
        self.glib.unix_fd_add_full(
            self.glib.PRIORITY_DEFAULT, 0, self.glib.IOCondition.IN | self.glib.IOCondition.HUP, self._read
        )
        self.loop.run()

    def next_diskseq(self, wanted: int = 0) -> int:
        self._diskseq = wanted or self._diskseq + 1
        return self._diskseq

    def later(self, action: Any) -> None:
        def once() -> bool:
            action()
            return False

        self.glib.timeout_add(10, once)

    def send(self, path: str, action: str) -> None:
        self.bed.uevent(path, action)

    def _read(self, *_arguments: object) -> bool:
        data = os.read(0, 65536)
        if not data:
            self.loop.quit()
            return False
        self._input += data
        *lines, self._input = self._input.split(b"\n")
        for line in lines:
            self._answer(json.loads(line))
        return True

    def _answer(self, request: dict[str, Any]) -> None:
        command = request.pop("command")
        try:
            answer = {"result": getattr(self, f"do_{command}", self._of_drive(command))(**request)}
        except Exception as error:  # noqa: BLE001 - the edge of the process: the test shows it
            answer = {"error": f"{command}: {error!r}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    def _of_drive(self, command: str) -> Any:
        return lambda name, **arguments: getattr(self.drives[name], command)(**arguments)

    def do_root(self) -> str:
        return str(self.bed.get_root_dir())

    def do_add_drive(self, name: str, serial: str, port: str, announce: bool) -> None:
        self.drives[name] = _MockDrive(self, name, serial, port)
        if announce:
            self.send(self.drives[name].path, "add")

    def do_remove_drive(self, name: str) -> None:
        drive = self.drives.pop(name)
        (Path(self.do_root()) / "dev" / name).unlink(missing_ok=True)
        self.send(drive.path, "remove")
        self.bed.detach_ioctl(f"/dev/{name}")
        self.bed.remove_device(drive.path)
        # The testbed leaves these behind, and cannot add the device again while they are there.
        number = name.removeprefix("sr")
        for left in (
            f"sys/block/{name}",
            f"sys/class/block/{name}",
            f"sys/dev/block/11:{number}",
        ):
            (Path(self.do_root()) / left).unlink(missing_ok=True)

    def do_set_status(self, name: str, status: int) -> None:
        self.drives[name].state["status"] = status

    def do_fix_speed(self, name: str, fixed: bool) -> None:
        self.drives[name].state["fixed_speed"] = fixed

    def do_hold(self, name: str, held: bool) -> None:
        self.drives[name].state["held"] = held

    def do_drive(self, name: str) -> dict[str, Any]:
        return self.drives[name].state


if __name__ == "__main__":
    _Helper().serve()
