"""How much memory a child that listens may use: an engine that wants more fails, and nothing else does."""

from __future__ import annotations

import resource
from contextlib import suppress

GIB = 1 << 30
#: Of address space, which is more than what is in use: threads and libraries reserve plenty.
LEAST_LIMIT = 6 * GIB
#: What a model costs at most while it is brought from 16 to 8 bits, and what everything else costs.
MODEL_TIMES, BESIDES = 2, 3 * GIB


def limit_for(model_bytes: int = 0) -> int:
    """Give a sane limit in bytes for a model of that size on disk."""
    return max(LEAST_LIMIT, MODEL_TIMES * model_bytes + BESIDES)


def limit_memory(limit: int) -> None:
    """Let this process never have more address space than that (bytes); where it may not, nothing changes."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def used_up(error: BaseException) -> bool:
    """Tell whether an error says that there was not enough memory."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or "bad_alloc" in text or "out of memory" in text
