"""Make real discs from nothing: DVD-Video and Blu-ray images with known contents, in seconds.

Needs dvdauthor, mjpegtools (mplex), genisoimage, espeak-ng and ffmpeg; for Blu-ray also mkvtoolnix and
Pillow, so `make_bluray` is imported from its own module.
"""

from __future__ import annotations

from .dvd import make_film_dvd, make_tv_dvd
from .model import AuthoredDisc, AuthoredTitle, Cue, Episode
from .references import write_references
from .script import write_script

__all__ = [
    "AuthoredDisc",
    "AuthoredTitle",
    "Cue",
    "Episode",
    "make_film_dvd",
    "make_tv_dvd",
    "write_references",
    "write_script",
]
