"""TheDiscDB's content hash: MD5 over the sizes of the media files, in the order of their names."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable

from engramd.discs.files import DiscFiles, in_folder, name_of
from engramd.discs.model import DiscFile


def content_hash(files: DiscFiles) -> str | None:
    """The hash in upper-case hexadecimal; None if there are no media files.

    Blu-ray: `BDMV/STREAM/*.m2ts`, not below it. DVD: all files in VIDEO_TS.
    """
    chosen = in_folder(files, "BDMV/STREAM", ".m2ts") or in_folder(files, "VIDEO_TS")
    return hash_of(chosen) if chosen else None


def hash_of(files: Iterable[DiscFile]) -> str:
    """The hash of these files: sizes as 64-bit little-endian integers, by name."""
    ordered = sorted(files, key=lambda file: name_of(file.path))
    sizes = b"".join(struct.pack("<q", file.size) for file in ordered)
    return hashlib.md5(sizes, usedforsecurity=False).hexdigest().upper()
