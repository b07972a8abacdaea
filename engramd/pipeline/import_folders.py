"""The folders that an import leaves empty when its files were moved into the library."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path


def remove_empty(folders: Iterable[Path], imported: Path, roots: Sequence[Path]) -> None:
    """Remove folders that hold nothing any more, and empty ones above them.

    What was named for the import, and what is above it, goes only where it lies in a folder of one of
    `roots`: a drop folder stays. Nothing that is not empty ever goes.
    """
    for folder in sorted(folders, key=lambda path: -len(path.parts)):
        for place in (folder, *folder.parents):
            if not _may_go(place, imported, roots) or not _removed(place):
                break


def _may_go(place: Path, imported: Path, roots: Sequence[Path]) -> bool:
    below = place != imported and place.is_relative_to(imported)
    return below or any(
        place.is_relative_to(root) and len(place.relative_to(root).parts) > 1 for root in roots
    )


def _removed(place: Path) -> bool:
    with contextlib.suppress(OSError):
        place.rmdir()
        return True
    return False
