"""lsdvd (libdvdread), as an independent witness about DVDs."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


def lsdvd(path: Path) -> list[dict[str, Any]]:
    """Give lsdvd's titles; libdvdread prints a banner before them."""
    if shutil.which("lsdvd") is None:
        pytest.skip("lsdvd is not installed")
    done = subprocess.run(["lsdvd", "-Oy", "-x", str(path)], capture_output=True, check=True)
    text = done.stdout.decode("latin-1").partition("lsdvd = ")[2]
    tracks: list[dict[str, Any]] = ast.literal_eval(text)["track"]
    return tracks
