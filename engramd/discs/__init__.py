"""What is on a disc, read without mounting: UDF, ISO 9660, DVD-Video, Blu-ray, content hash, protection.

The daemon reads discs in children, so the readers are imported only where `read_disc` is called.
"""

from __future__ import annotations

from pathlib import Path

from engramd.discs.child import read_disc_in_child
from engramd.discs.model import Disc, DiscFile, Media, Protection, Segment, Stream, Title

__all__ = [
    "Disc",
    "DiscFile",
    "Media",
    "Protection",
    "Segment",
    "Stream",
    "Title",
    "read_disc",
    "read_disc_in_child",
]


def read_disc(path: Path, *, samples: int = 64) -> Disc:
    """Read a device, an image or a folder in this process; see `engramd.discs.reader`."""
    from engramd.discs import reader

    return reader.read_disc(path, samples=samples)
