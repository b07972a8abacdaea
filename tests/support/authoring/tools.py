"""Running the authoring programs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


class AuthoringFailed(Exception):
    """A program that makes the disc failed; the message ends with what it said."""


def run(
    *argv: object,
    stdin: Path | None = None,
    stdout: Path | None = None,
    data: bytes | None = None,
    pal: bool = False,
) -> bytes:
    """Run a program to its end and return its output; AuthoringFailed when it is missing or fails.

    `stdin` and `stdout` are files to read from and write to, `data` is standard input as bytes.
    """
    command = [str(argument) for argument in argv]
    env = dict(os.environ, VIDEO_FORMAT="PAL" if pal else "NTSC", LC_ALL="C.UTF-8")
    source = stdin.open("rb") if stdin else None
    sink = stdout.open("wb") if stdout else subprocess.PIPE
    try:
        done = subprocess.run(
            command,
            stdin=source if data is None else None,
            input=data,
            stdout=sink,
            stderr=subprocess.PIPE,
            env=env,
            check=False,
        )
    except FileNotFoundError as error:
        raise AuthoringFailed(f"{command[0]} is not installed") from error
    finally:
        for file in (source, sink):
            if file is not None and not isinstance(file, int):
                file.close()
    if done.returncode:
        raise AuthoringFailed(f"{' '.join(command)}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout or b""
