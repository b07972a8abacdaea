"""Memory of the process: one heap for all threads.

glibc gives threads heaps of their own, and each stays as large as its largest moment was: 20 threads that
answer calls come to 10 MB, which nobody uses and nobody gets back.
"""

from __future__ import annotations

import ctypes

_libc = ctypes.CDLL(None)
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def share_heap() -> None:
    """Have all threads that start from now on use one heap, where the C library has several."""
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Give the system back what is free in the heap, where the C library can; takes some milliseconds."""
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
