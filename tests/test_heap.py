"""The threads of the daemon share a heap."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Eight threads that use memory at the same time; then glibc says how many heaps there are.
SCRIPT = """
import ctypes, sys, threading
from engramd.heap import give_back, share_heap
if sys.argv[1] == "shared":
    share_heap()
together = threading.Barrier(8)
def use():
    together.wait()
    kept = [bytearray(1000) for _ in range(1000)]
    together.wait()
threads = [threading.Thread(target=use) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
give_back()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = libc.fdopen(1, b"w")
libc.malloc_info(0, ctypes.c_void_p(out))
libc.fflush(ctypes.c_void_p(out))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="heaps of glibc")
def test_threads_share_a_heap() -> None:
    def heaps(how: str) -> int:
        command = [sys.executable, "-c", SCRIPT, how]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.count("<heap nr=")

    assert heaps("shared") == 1
    assert heaps("not shared") > 1, "else there is nothing to share"
