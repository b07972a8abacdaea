"""The proxies of the environment, for children that ask the network. Their addresses may hold a password.

A child gets them through standard input: everybody who may look at its processes sees its environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def proxies(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the variables that say which proxies are used, in small and in capital letters."""
    source = os.environ if environment is None else environment
    return {name: source[name] for lower in _NAMES for name in (lower, lower.upper()) if name in source}
