"""Packages of Python that only some need: how one gets them for the engramd that runs."""

from __future__ import annotations

import sys

from engramd import OPTIONAL_FOLDER


def how_to_get(package: str) -> str:
    """Give the command that installs a package where this program finds it, whatever it was installed by."""
    if sys.prefix in ("/usr", "/usr/lib/engramd"):
        return f"sudo pip install -t {OPTIONAL_FOLDER} {package}"
    return f"{sys.prefix}/bin/pip install {package}"
