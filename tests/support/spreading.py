"""Which tests one process runs one after another, where pytest-xdist spreads them over several.

Its own `--dist loadgroup` finds no groups with pytest 9.2, and says nothing.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

WHOLE_PROGRAM = "tests/system/"
#: Files that need device nodes, which are the machine's: they would wait for one another.
DEVICE_NODES = (
    "test_drives.py",
    "test_held_drives.py",
    "test_next.py",
    "test_seen.py",
    "test_trays.py",
    "test_whole_way.py",
)
#: Its tests share a daemon.
EPISODES = "test_episodes.py"


def group_of(nodeid: str) -> str:
    """Name the group of a test.

    Tests of a file share what is costly to make. Those of the whole program share little and take seconds
    each, so that any process can take any of them, and all end at about the same time.
    """
    path, _, _ = nodeid.partition("::")
    name = path.removeprefix(WHOLE_PROGRAM)
    if name in DEVICE_NODES:
        return "device nodes"
    return path if name in (path, EPISODES) else nodeid


class Spreading(LoadScopeScheduling):
    """Keeps the tests of a group in one process, in their order."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
