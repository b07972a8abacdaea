#!/usr/bin/python3
"""Runs commands inside the virtual machine: a JSON object a line in, one a line out, over a serial port."""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    """Serve the port named on the command line, for ever."""
    port = os.open(sys.argv[1], os.O_RDWR)
    send(port, {"ready": True})
    waiting = b""
    while True:
        got = os.read(port, 65536)
        if not got:
            time.sleep(0.05)  # nobody has the other end
            continue
        *lines, waiting = (waiting + got).split(b"\n")
        for line in lines:
            send(port, answer(line))


def answer(line: bytes) -> dict[str, object]:
    """Run what a line asks for, as a shell command."""
    try:
        asked = json.loads(line)
        done = subprocess.run(
            ["/bin/bash", "-c", asked["command"]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=asked["timeout"],
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return {"id": asked["id"], "code": 124, "output": (error.stdout or b"").decode("utf-8", "replace")}
    except (ValueError, KeyError, OSError) as error:
        return {"id": None, "code": -1, "output": f"{type(error).__name__}: {error}"}
    return {"id": asked["id"], "code": done.returncode, "output": done.stdout.decode("utf-8", "replace")}


def send(port: int, message: dict[str, object]) -> None:
    """Write a line; the port takes it piece by piece."""
    rest = (json.dumps(message) + "\n").encode()
    while rest:
        rest = rest[os.write(port, rest[:32768]) :]


if __name__ == "__main__":
    main()
