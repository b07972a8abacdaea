"""A child that examines what is ripped steps back behind the programs that rip."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

#: The lowest there is.
NICE = 19
#: Each child is a session of its own, and the kernel weighs whole sessions against each other (sched(7)).
AUTOGROUP = Path("/proc/self/autogroup")


def step_back() -> None:
    """Let other processes go first from now on; where that is not allowed, nothing changes."""
    with suppress(OSError):
        os.nice(NICE)
    with suppress(OSError):
        AUTOGROUP.write_text(str(NICE))
