"""Names of people in the place of their numbers, as far as this machine knows them."""

from __future__ import annotations

import pwd
import re
from functools import cache

_USER = re.compile(r"\buid (\d{1,10})\b", re.ASCII)


def named(text: str) -> str:
    """Give a sentence in which a user has a name: `cancelled by alice` for `cancelled by uid 1000`."""
    return _USER.sub(lambda found: _name(int(found[1])) or found[0], text)


@cache
def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return ""
