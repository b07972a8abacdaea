"""A stand-in for MakeMKV, which tests cannot have: `StandInMakemkv` writes it and tells it what to do.

It replays scans (of discs that the tests author, or recorded ones) and writes real MKV data. The program is
`makemkvcon_stand_in.py`; nothing here imports more than the standard library before it is used, so that the
program starts quickly.
"""

from __future__ import annotations

from .stand_in import Call, StandInMakemkv
from .title_media import title_mkv

__all__ = ["Call", "StandInMakemkv", "title_mkv"]
