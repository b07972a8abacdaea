"""Run under umockdev-wrapper: a mocked drive that answers one question, and a client that asks it.

usage: mock_drive.py copyright|is_blank NUMBER. NUMBER is the protection system of the copyright structure
or the disc status of READ DISC INFORMATION; a negative one is an error of that number. Prints what the
program made of the answer.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import Gio, GLib, UMockdev  # noqa: E402

READ_STRUCTURE, SG_IO = 0x5390, 0x2285
#: Places in struct sg_io_hdr of the data pointer and the command pointer.
SG_SIZE, SG_DATA, SG_COMMAND = 88, 16, 24
READ_DISC_INFORMATION = 0x51
CLIENT = """
import os, sys
from engramd.discs.drive_calls import KernelDrive
fd = os.open("/dev/sr0", os.O_RDONLY | os.O_NONBLOCK)
print(getattr(KernelDrive(fd), sys.argv[1])())
"""


def main() -> None:
    """Answer one client."""
    question, number = sys.argv[1], int(sys.argv[2])
    bed = UMockdev.Testbed.new()
    bed.add_from_string("P: /devices/sr0\nN: sr0\nE: SUBSYSTEM=block\nE: DEVNAME=/dev/sr0\nA: dev=11:0\\n\n")
    base = UMockdev.IoctlBase()
    loop = GLib.MainLoop()

    def answer(_base: Any, client: Any) -> bool:
        request = client.get_request() & 0xFFFFFFFF
        if request not in (READ_STRUCTURE, SG_IO):
            client.complete(-1, 25)
        elif number < 0:
            client.complete(-1, -number)
        elif request == READ_STRUCTURE:
            # struct dvd_copyright: type, layer, protection system, regions
            client.get_arg().resolve(0, 4096).update(0, bytes([1, 0, number, 0xFE]))
            client.complete(0, 0)
        else:
            header = client.get_arg().resolve(0, SG_SIZE)
            command = header.resolve(SG_COMMAND, 10).data
            assert command[0] == READ_DISC_INFORMATION, command
            header.resolve(SG_DATA, 34).update(0, bytes([0, 32, 0x0C | number]))
            client.complete(0, 0)
        return True

    base.connect("handle-ioctl", answer)
    bed.attach_ioctl("/dev/sr0", base)
    process = Gio.Subprocess.new([sys.executable, "-c", CLIENT, question], Gio.SubprocessFlags.NONE)
    process.wait_check_async(None, lambda *_: loop.quit())
    GLib.timeout_add_seconds(10, loop.quit)
    loop.run()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
