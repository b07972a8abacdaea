"""Programs of the system that doctor asks: each for some seconds only, in plain English, without a pager."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

PATIENCE = 8.0


@dataclass(frozen=True)
class Answer:
    """What a program said. `code` is its exit code; None: it is not there, or did not end in time."""

    code: int | None
    out: str = ""
    errors: str = ""


def ask(*words: str, seconds: float = PATIENCE) -> Answer:
    """Run a program to its end, or to the end of patience."""
    if shutil.which(words[0]) is None:
        return Answer(None, errors=f"{words[0]} is not installed")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"}
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(None, errors=f"{words[0]} did not end within {seconds:.0f} seconds")
    except OSError as error:
        return Answer(None, errors=f"{words[0]} cannot be started: {error.strerror}")
    return Answer(
        done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    )
