"""What is on a disc, read without mounting: UDF, ISO 9660, DVD-Video, Blu-ray, content hash, protection."""

from engramd.discs.child import read_disc_in_child
from engramd.discs.model import Disc, DiscFile, Media, Protection, Segment, Stream, Title
from engramd.discs.reader import read_disc

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
