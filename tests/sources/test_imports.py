"""What the daemon imports to know its sources does not bring the HTTP libraries along."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("httpx", "tenacity", "diskcache", "rapidfuzz", "numpy")


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        (("engramd.sources.fetch", "engramd.sources.tmdb", "engramd.sources.names"), (*HEAVY, "ssl")),
        # The models' library brings ssl; the daemon has it anyway.
        (("engramd.sources.discdb", "engramd.sources.discdb_online", "engramd.identify.works"), HEAVY),
        (
            (
                "engramd.sources.opensubtitles",
                "engramd.sources.subliminal_provider",
                "engramd.sources.subtitles",
            ),
            (*HEAVY, "subliminal", "requests"),
        ),
    ],
    ids=["clients", "discdb", "subtitles"],
)
def test_sources_are_light_until_they_are_asked(modules: tuple[str, ...], heavy: tuple[str, ...]) -> None:
    program = f"import sys, {', '.join(modules)}\nprint([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
