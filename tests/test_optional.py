"""What is said of packages that only some need works where it is typed."""

from __future__ import annotations

import subprocess
import sys

import pytest

import engramd
from engramd.optional import how_to_get


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/usr", "sudo pip install -t /usr/local/lib/engramd apprise"),
        ("/usr/lib/engramd", "sudo pip install -t /usr/local/lib/engramd apprise"),
        ("/opt/engramd", "/opt/engramd/bin/pip install apprise"),
    ],
    ids=["a distribution's package", "Debian 12's", "an environment of one's own"],
)
def test_it_is_put_where_this_program_looks(
    monkeypatch: pytest.MonkeyPatch, prefix: str, command: str
) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    assert how_to_get("apprise") == command


@pytest.mark.parametrize("prefix", ["/usr", "/opt/engramd"])
def test_only_a_distributions_package_looks_into_the_folder_for_them(prefix: str) -> None:
    words = f"import sys; sys.prefix = {prefix!r}; import engramd; print(engramd.OPTIONAL_FOLDER in sys.path)"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert said.stdout == f"{prefix == '/usr'}\n"
    assert engramd.OPTIONAL_FOLDER == "/usr/local/lib/engramd"
