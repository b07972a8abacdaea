"""What a daemon without discs has in its memory: none of the code that works only on a disc."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.system.test_waits import conditions

#: Runs the very daemon that `-m engramd` runs, and tells at its end what was imported.
PROGRAM = """
import sys
from pathlib import Path
from engramd.daemon import Options, start

code = start(Options(config=Path(sys.argv[sys.argv.index("--config") + 1]), bus="session"))
print("imported", *sorted(sys.modules), flush=True)
sys.exit(code)
"""
#: Libraries, and our own packages and modules, that are for discs: with all below them.
ONLY_WITH_A_DISC = (
    "alembic",
    "av",
    "httpx",
    "numpy",
    "pysubs2",
    "scipy",
    "subliminal",
    "engramd.ctl",
    "engramd.discs.drive_calls",
    "engramd.discs.files",
    "engramd.discs.protection",
    "engramd.discs.reader",
    "engramd.discs.volume",
    "engramd.identify",
    "engramd.match.language",
    "engramd.match.listing",
    "engramd.match.references",
    "engramd.match.shows",
    "engramd.organize.moves",
    "engramd.organize.naming",
    "engramd.organize.preview",
    "engramd.organize.templates",
    "engramd.pipeline.works",
    "engramd.rip.clips",
    "engramd.rip.commands",
    "engramd.rip.cutting",
    "engramd.rip.damage",
    "engramd.rip.makemkv",
    "engramd.rip.matroska",
    "engramd.rip.open_rip",
    "engramd.rip.rescue",
    "engramd.rip.verify",
    "engramd.sources.discdb",
    "engramd.sources.fetch",
    "engramd.sources.opensubtitles",
    "engramd.sources.tmdb",
    "engramd.sources.tmdb_model",
)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Give what a daemon has imported that was ready, made its checks, and saw no disc."""
    folder = tmp_path_factory.mktemp("idle")
    lacking = {"references_path": None}
    with PrivateBus(system=False) as bus:
        daemon = DaemonUnderTest(folder, bus, settings=lacking, wrapper=(sys.executable, "-c", PROGRAM))
        with daemon:
            daemon.wait_until(
                lambda: "references" in conditions(daemon), "the checks are not made", pause=0.5
            )
        told = [line for line in (folder / "log").read_text().splitlines() if line.startswith("imported ")]
    assert told, daemon.log()
    return frozenset(told[-1].split()[1:])


def test_an_idle_daemon_holds_nothing_that_is_for_discs(imported: frozenset[str]) -> None:
    assert "engramd.pipeline.station" in imported
    held = [name for name in sorted(imported) if _is_for_discs(name)]
    told = f"import these where a disc is worked on, an idle daemon pays for each: {', '.join(held)}"
    assert not held, told


def test_what_is_listed_is_there() -> None:
    """A module that was renamed would be guarded no more."""
    root = Path(__file__).parents[2]
    own = [root / name.replace(".", "/") for name in ONLY_WITH_A_DISC if name.startswith("engramd.")]
    assert not [path for path in own if not path.is_dir() and not path.with_suffix(".py").is_file()]


def _is_for_discs(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in ONLY_WITH_A_DISC)
