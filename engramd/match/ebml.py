"""What the parts of a Matroska file are read with."""

from __future__ import annotations

from engramd.ebml import Malformed, children
from engramd.ebml import read_vint as vint

__all__ = ["Odd", "children", "number", "vint"]

#: The file is no plain Matroska file; FFmpeg may still read it.
Odd = Malformed


def number(fields: dict[int, bytes], kind: int, default: int = 0) -> int:
    """Give an unsigned integer of an element's fields."""
    return int.from_bytes(fields[kind][:8], "big") if kind in fields else default
