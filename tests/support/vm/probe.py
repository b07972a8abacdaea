#!/usr/bin/python3
"""Tries doors, from inside the service's sandbox (as a hook) or from outside; says as JSON which are open."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import mmap
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_USER_NAMESPACE = 0x10000000
SG_IO, DRIVE_STATUS, KERNEL_EVENTS = 0x2285, 0x5326, 15
#: x86-64: mov eax, 42; ret
FORTY_TWO = bytes.fromhex("b82a000000c3")


def checked(result: int) -> int:
    """Give the result of a call of the C library; OSError where it failed."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def opened(path: str, how: int) -> str:
    os.close(os.open(path, how))
    return "open"


def listed(path: str) -> str:
    """List a folder."""
    list(Path(path).iterdir())
    return "listed"


def written(path: str) -> str:
    Path(path).write_text("x")
    return "written"


def just_in_time() -> int:
    """Write code into memory and run it, as a JIT does."""
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(FORTY_TWO)
    place = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return int(ctypes.CFUNCTYPE(ctypes.c_int)(place)())


def code_made_executable() -> str:
    """Make memory executable that was written before, as the other kind of JIT does."""
    memory = mmap.mmap(-1, 4096)
    memory.write(FORTY_TWO)
    place = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    checked(LIBC.mprotect(ctypes.c_void_p(place), 4096, mmap.PROT_READ | mmap.PROT_EXEC))
    return "executable"


def drive_status() -> int:
    """Ask the drive for its status: 4 is a disc that can be read."""
    drive = os.open("/dev/sr0", os.O_RDONLY | os.O_NONBLOCK)
    return fcntl.ioctl(drive, DRIVE_STATUS, 0x7FFFFFFF)


def inquiry() -> str:
    """Ask the drive who it is by a SCSI command through sg, as programs do that rip by themselves."""

    class Header(ctypes.Structure):
        _fields_ = [
            ("interface", ctypes.c_int), ("direction", ctypes.c_int), ("command_length", ctypes.c_ubyte),
            ("sense_length", ctypes.c_ubyte), ("pieces", ctypes.c_ushort), ("length", ctypes.c_uint),
            ("data", ctypes.c_void_p), ("command", ctypes.c_void_p), ("sense", ctypes.c_void_p),
            ("timeout", ctypes.c_uint), ("flags", ctypes.c_uint), ("number", ctypes.c_int),
            ("pointer", ctypes.c_void_p), ("rest", ctypes.c_ubyte * 32),
        ]  # fmt: skip

    data, command = ctypes.create_string_buffer(96), ctypes.create_string_buffer(b"\x12\0\0\0\x60\0", 6)
    where = [ctypes.cast(buffer, ctypes.c_void_p) for buffer in (data, command)]
    header = Header(ord("S"), -3, 6, 0, 0, 96, *where, None, 20000)
    fcntl.ioctl(os.open("/dev/sg0", os.O_RDWR), SG_IO, header)
    return data.raw[16:32].decode().strip()


def events_of_the_kernel() -> str:
    """Listen to the kernel's events, as libusb and libudev do."""
    heard = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, KERNEL_EVENTS)
    heard.bind((0, 1))
    return "listening"


def network() -> str:
    """Speak TCP with oneself."""
    server = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(server.getsockname(), 10).close()
    return "connected"


def program_of_root() -> int:
    """Run a set-user-id program that says as whom it runs."""
    return int(subprocess.run(["/usr/local/bin/who-root", "-u"], capture_output=True, check=True).stdout)


def set_id_bit() -> str:
    path = "/srv/media/staging/who"
    written(path)
    Path(path).chmod(0o4755)
    return "set"


def behind_the_others() -> str:
    """Step back, as children do that examine what is ripped."""
    os.setpriority(os.PRIO_PROCESS, 0, 10)
    return "behind"


DOORS: dict[str, Callable[[], object]] = {
    # closed
    "home of another user": lambda: listed("/home/alice"),
    "home of root": lambda: listed("/root"),
    "folder open to all": lambda: written("/opt/open/file"),
    "state of another service": lambda: written("/var/lib/open/file"),
    "configuration": lambda: written("/etc/engramd/open/file"),
    "program": lambda: written("/usr/local/bin/more"),
    "disk": lambda: opened("/dev/vda", os.O_RDONLY),
    "disk, by a node of its own": lambda: opened("/srv/media/node", os.O_RDONLY),
    "kernel's log": lambda: opened("/dev/kmsg", os.O_RDONLY),
    "serial port": lambda: opened("/dev/ttyS0", os.O_RDWR),
    "process of root": lambda: listed("/proc/1"),
    "file of another's /tmp": lambda: opened("/tmp/from-outside", os.O_RDONLY),
    "root by a program": program_of_root,
    "set-user-id bit": set_id_bit,
    "user namespace": lambda: checked(LIBC.unshare(NEW_USER_NAMESPACE)),
    "virtual machine's socket": lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM),
    "personality": lambda: checked(LIBC.personality(0x0040000)),
    # open
    "just in time": just_in_time,
    "code made executable": code_made_executable,
    "drive": drive_status,
    "sg": inquiry,
    "events of the kernel": events_of_the_kernel,
    "network": network,
    "library": lambda: written("/srv/media/tv/.probe"),
    "processor": lambda: opened("/proc/cpuinfo", os.O_RDONLY),
    "devices in sysfs": lambda: listed("/sys/bus/scsi/devices"),
    "behind the others": behind_the_others,
    "private /tmp": lambda: written("/tmp/probe"),
}


def tried(door: Callable[[], object]) -> str:
    """Say what is behind a door, or the name of the error that keeps it closed."""
    try:
        return f"open: {door()}"
    except OSError as error:
        return f"closed: {errno.errorcode.get(error.errno or 0, str(error))}"


def main() -> None:
    """Try all doors, each in a process of its own, since what is tried changes the process."""
    if sys.argv[1:] not in ([], ["job_added"]):
        return
    found = {}
    for name, door in DOORS.items():
        read, write = os.pipe()
        if not (child := os.fork()):
            os.write(write, tried(door).encode())
            os._exit(0)
        os.close(write)
        os.waitpid(child, 0)
        found[name] = os.read(read, 4096).decode() or "closed: killed"
        os.close(read)
    Path("/srv/media/staging/.probe.part").write_text(json.dumps(found))
    Path("/srv/media/staging/.probe.part").rename("/srv/media/staging/.probe.json")


if __name__ == "__main__":
    main()
