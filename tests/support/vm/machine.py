"""A virtual machine with optical drives: QEMU without KVM, steered by QMP, with a shell inside."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

#: The software emulation is about 20 times slower than the machine that it runs on.
PATIENCE = 240.0
#: Drives that are built in.
DRIVES = 2
_BOOT = (
    "root=/dev/vda rw console=ttyS0 panic=-1 quiet systemd.show_status=0 mitigations=off fsck.mode=skip"
    " tsc=reliable"
)


@dataclass(frozen=True)
class Done:
    """How a command inside the machine ended."""

    code: int
    output: str


@dataclass(frozen=True)
class Disc:
    """A disc in a drive: its image, and how many bytes a second the drive reads of it (0: all it can)."""

    image: Path
    speed: int = 0


NO_DISCS: Mapping[int, Disc] = {}


class _Lines:
    """JSON objects, one a line, over a socket of QEMU."""

    def __init__(self, path: Path, process: subprocess.Popen[bytes]) -> None:
        self._socket = _connected(path, process)
        self._buffer = b""

    def send(self, message: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, seconds: float) -> dict[str, Any]:
        """Give the next object; TimeoutError where none comes, EOFError where the machine is gone."""
        self._socket.settimeout(seconds)
        while b"\n" not in self._buffer:
            got = self._socket.recv(65536)
            if not got:
                raise EOFError("the machine is gone")
            self._buffer += got
        line, self._buffer = self._buffer.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def close(self) -> None:
        self._socket.close()


def _connected(path: Path, process: subprocess.Popen[bytes]) -> socket.socket:
    end = time.monotonic() + 20
    while True:
        one = socket.socket(socket.AF_UNIX)
        try:
            one.connect(str(path))
        except OSError:
            one.close()
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"QEMU does not run: {path.with_name('qemu.err').read_text()}") from None
            time.sleep(0.05)
        else:
            return one


class Machine:
    """One run of a virtual machine. Its disk is changed; give it a copy."""

    def __init__(
        self,
        image: Path,
        disk: Path,
        folder: Path,
        *,
        discs: Mapping[int, Disc] = NO_DISCS,
        snapshot: str = "",
    ) -> None:
        """`image` has kernel and initrd, `disk` is its root (qcow2); `snapshot`: a state to begin with.

        `discs` lie in the drives from the start; a snapshot needs those that were in when it was made.
        """
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []
        arguments = _arguments(image, disk, folder, discs) + (["-loadvm", snapshot] if snapshot else [])
        with (folder / "qemu.err").open("wb") as errors:
            self._process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stderr=errors)
        self._qmp = _Lines(folder / "qmp", self._process)
        self._qmp.receive(20)
        self.qmp("qmp_capabilities")
        self._agent = _Lines(folder / "agent", self._process)
        if not snapshot:
            self._agent.receive(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.power_off()

    def qmp(self, command: str, **arguments: Any) -> Any:
        """Give QEMU a command; RuntimeError with its words where it refuses."""
        self._qmp.send({"execute": command, "arguments": arguments})
        while True:
            message = self._qmp.receive(60)
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise RuntimeError(f"{command}: {message['error']['desc']}")
            else:
                return message.get("return")

    def run(self, command: str, *, seconds: float = PATIENCE) -> Done:
        """Run a shell command as root inside."""
        number = next(self._numbers)
        self._agent.send({"id": number, "command": command, "timeout": seconds})
        while True:
            answer = self._agent.receive(seconds + 60)
            if answer.get("id") == number:
                return Done(answer["code"], answer["output"])

    def out(self, command: str, *, seconds: float = PATIENCE) -> str:
        """Run a command that must succeed; give what it prints."""
        done = self.run(command, seconds=seconds)
        assert done.code == 0, f"`{command}` in the machine ended with {done.code}:\n{done.output}"
        return done.output.rstrip("\n")

    def wait(self, condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
        """Wait for something; fails with `what` and the end of the journal."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                journal = self.run("journalctl -b -u engramd -n 60 --no-pager").output
                raise AssertionError(f"{what}\n{journal}")
            time.sleep(0.5)

    def reboot_done(self) -> None:
        """Wait until the agent answers after a reboot of the guest."""
        while not self._agent.receive(PATIENCE).get("ready"):
            pass

    def insert(self, drive: int, image: Path | str, *, force: bool = False) -> None:
        """Put a disc in; `force` swaps one that is in."""
        arguments: dict[str, Any] = {"id": f"cd{drive}", "filename": str(image), "force": force}
        if not str(image).startswith("json:"):
            arguments["format"] = "raw"
        self.qmp("blockdev-change-medium", **arguments, **{"read-only-mode": "read-only"})

    def press_button(self, drive: int) -> None:
        """Press the button of the drive; udev locks the door, and opens it when it hears of the button."""
        with suppress(RuntimeError):
            self.qmp("eject", id=f"cd{drive}", force=False)

    def yank(self, drive: int) -> None:
        """Take the disc out by force: the kernel hears nothing."""
        self.qmp("eject", id=f"cd{drive}", force=True)

    def has_disc(self, drive: int) -> bool:
        """Whether a disc is in the drive, and its tray is closed."""
        for block in self.qmp("query-block"):
            if block.get("qdev", "").endswith(f"cd{drive}"):
                return "inserted" in block and not block.get("tray_open", False)
        return False

    def throttle(self, drive: int, bytes_a_second: int) -> None:
        """Make a drive slow; 0: as quick as it can."""
        rates = {"bps": bytes_a_second, "bps_rd": 0, "bps_wr": 0, "iops": 0, "iops_rd": 0, "iops_wr": 0}
        self.qmp("block_set_io_throttle", id=f"cd{drive}", **rates)

    def unplug(self, drive: int) -> None:
        """Take a drive away."""
        self.qmp("device_del", id=f"cd{drive}")

    def plug(self, drive: int, *, serial: str, place: int) -> None:
        """Add a drive at a place (SCSI id) of the bus; `drive` is the number of its model, too."""
        drive_at = {"bus": "scsi0.0", "scsi-id": place, "serial": serial, "product": f"ENGRAM-CD{drive}"}
        self.qmp("device_add", driver="scsi-cd", id=f"cd{drive}", **drive_at)

    def save(self, snapshot: str) -> None:
        """Keep the state of the whole machine in its disk."""
        said = self.qmp("human-monitor-command", **{"command-line": f"savevm {snapshot}"})
        assert not said, said

    def cut_power(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def power_off(self) -> None:
        """End it at once; what is in its page cache is lost with it."""
        with suppress(Exception):
            self.qmp("quit")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.cut_power()
        self._qmp.close()
        self._agent.close()

    def console(self) -> str:
        """Give what the kernel printed."""
        return (self._folder / "console.log").read_text(errors="replace")


def _arguments(image: Path, disk: Path, folder: Path, discs: Mapping[int, Disc]) -> list[str]:
    devices = ["virtio-blk-pci,drive=root", "virtio-rng-pci", "virtio-serial-pci", "virtio-scsi-pci,id=scsi0"]
    devices += ["virtserialport,chardev=agent,name=agent"]
    devices += [_drive(number, number in discs) for number in range(DRIVES)]
    drives = [
        f"if=none,id=disc{number},file={disc.image},format=raw,readonly=on,throttling.bps-total={disc.speed}"
        for number, disc in discs.items()
    ]
    return [
        "qemu-system-x86_64",
        # A processor without AVX: to emulate those instructions costs more than they save.
        *(
            "-nodefaults",
            "-no-user-config",
            "-machine",
            "q35",
            "-accel",
            "tcg,thread=multi",
            "-cpu",
            "Nehalem",
        ),
        *("-smp", "2", "-m", "1536", "-display", "none"),
        *("-serial", f"file:{folder}/console.log", "-qmp", f"unix:{folder}/qmp,server=on,wait=off"),
        *("-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd"), "-append", _BOOT),
        *("-drive", f"if=none,id=root,file={disk},format=qcow2,cache=writeback"),
        *("-chardev", f"socket,id=agent,path={folder}/agent,server=on,wait=off"),
        *itertools.chain.from_iterable(("-drive", drive) for drive in drives),
        *itertools.chain.from_iterable(("-device", device) for device in devices),
    ]


def _drive(number: int, has_disc: bool) -> str:
    names = f"id=cd{number},product=ENGRAM-CD{number},serial=CDSER{number}"
    return f"scsi-cd,bus=scsi0.0,scsi-id={number},{names}" + (f",drive=disc{number}" if has_disc else "")


def overlay(image: Path, disk: Path) -> None:
    """Make a disk over an image that stays as it is."""
    base = ["-b", str(image / "root.img"), "-F", "raw"]
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *base, str(disk)], check=True)
