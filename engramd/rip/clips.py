"""Where the clips of a Blu-ray playlist lie, so that FFmpeg can read them one after another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engramd.discs.model import Disc, Segment, Title
from engramd.errors import InvalidArgument, NotFound

# The readers are imported where they are used: only playlists of several clips need them.
if TYPE_CHECKING:
    from engramd.discs.files import DiscFiles, Extent
    from engramd.discs.folder import FolderFiles

#: Seconds by which a clip may be longer than what is played of it, and still count as played to its end.
TAIL = 1.0


def root_of(source: str) -> Path:
    """Give the device, the image, or the folder that holds VIDEO_TS or BDMV."""
    path = Path(source).absolute()
    if path.is_dir() and path.name.upper() in ("VIDEO_TS", "BDMV"):
        return path.parent
    return path


def plays_whole_clips(title: Title) -> bool:
    """Say whether the playlist plays each of its clips from beginning to end."""
    return all("@" not in segment.key for segment in title.segments)


def clip_addresses(disc: Disc, title: Title) -> dict[str, str] | None:
    """Give what FFmpeg opens for each clip of a playlist, by segment key.

    That is a file, or the part of the image or device where the file lies. None when the clips cannot be read
    so: one does not lie in one piece, or goes on where the playlist has left it. Raises InvalidArgument,
    NotFound, and what the disc's file system raises.
    """
    from engramd.discs.folder import FolderFiles
    from engramd.discs.udf import read_udf
    from engramd.discs.volume import OpenVolume

    root = root_of(disc.source)
    if "\n" in str(root):
        raise InvalidArgument("a path with a line break cannot be read from", where=repr(str(root)))
    segments = {segment.key: segment for segment in title.segments}
    if root.is_dir():
        return _in_folder(FolderFiles(root), root, segments)
    with OpenVolume(root) as volume:
        files = read_udf(volume)
        if any(_goes_on(files, segment) for segment in segments.values()):
            return None
        parts = {key: _part(root, files.extents(_clip_path(key))) for key in segments}
    found = {key: part for key, part in parts.items() if part is not None}
    return found if len(found) == len(parts) else None


def _in_folder(files: FolderFiles, root: Path, segments: dict[str, Segment]) -> dict[str, str] | None:
    names = {file.path.upper(): file.path for file in files.files}
    lacking = [key for key in segments if _clip_path(key).upper() not in names]
    if lacking:
        raise NotFound("a clip is not on the disc", where=f"{root}, {_clip_path(lacking[0])}")
    if any(_goes_on(files, segment) for segment in segments.values()):
        return None
    return {key: f"file:{root / names[_clip_path(key).upper()]}" for key in segments}


def _goes_on(files: DiscFiles, segment: Segment) -> bool:
    """Say whether the disc says that a clip is longer than what is played of it."""
    from engramd.discs.bluray import clip_times
    from engramd.discs.mpls import CLOCK

    times = clip_times(files, segment.key)
    return times is not None and (times[1] - times[0]) / CLOCK > segment.duration + TAIL


def _clip_path(key: str) -> str:
    return f"BDMV/STREAM/{key}.m2ts"


def _part(image: Path, extents: tuple[Extent, ...]) -> str | None:
    """Give the part of an image where a file lies; None when it is not one piece, or nothing."""
    start = end = extents[0].offset if extents else None
    for extent in extents:
        if extent.offset is None or extent.offset != end:
            return None
        end += extent.size
    return None if start is None else f"subfile,,start,{start},end,{end},,:{image}"
