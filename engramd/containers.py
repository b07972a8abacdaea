"""Opens media files with PyAV, whatever bytes their names of tracks hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def open_container(path: Path) -> Any:
    """Give a container that closes itself at the end of a `with`.

    Raises av.FFmpegError and OSError. Older PyAVs refuse names that are not UTF-8 unless they are told
    otherwise; newer ones cannot be told, and need not be.
    """
    import av

    try:
        return av.open(str(path), metadata_errors="replace")
    except TypeError:
        return av.open(str(path))
