"""Ctrl-C ends a command also where it comes while an object is given back."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import os, signal, sys, time
from engramd.ctl.interrupts import keep_interrupts

class Message:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT) if sys.argv[1] == "Ctrl-C" else int("broken")
        time.sleep(0.1)

keep_interrupts()
Message()
print("goes on", flush=True)
time.sleep(20 if sys.argv[1] == "Ctrl-C" else 0)
"""


@pytest.mark.parametrize(
    ("what", "last", "code"), [("Ctrl-C", "KeyboardInterrupt", -2), ("another", "ValueError: invalid", 0)]
)
def test_what_comes_while_an_object_is_given_back(what: str, last: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, what], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stdout) == (code, "goes on\n")
    assert done.stderr.splitlines()[-1].startswith(last)
    assert ("Exception ignored" in done.stderr) == (what == "another"), "it is not lost, so nothing is said"
