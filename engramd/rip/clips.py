"""Where the clips of a Blu-ray playlist lie, so that FFmpeg can read them one after another."""

from __future__ import annotations

from pathlib import Path

from engramd.discs.files import Extent
from engramd.discs.folder import FolderFiles
from engramd.discs.model import Disc, Title
from engramd.discs.udf import read_udf
from engramd.discs.volume import OpenVolume
from engramd.errors import InvalidArgument, NotFound, RipFailed


def root_of(source: str) -> Path:
    """Give the device, the image, or the folder that holds VIDEO_TS or BDMV."""
    path = Path(source).absolute()
    if path.is_dir() and path.name.upper() in ("VIDEO_TS", "BDMV"):
        return path.parent
    return path


def plays_whole_clips(title: Title) -> bool:
    """Say whether the playlist plays each of its clips from beginning to end."""
    return all("@" not in segment.key for segment in title.segments)


def clip_addresses(disc: Disc, title: Title) -> dict[str, str]:
    """Give what FFmpeg opens for each clip of a playlist, by segment key.

    That is a file, or the part of the image or device where the file lies. Raises RipFailed when a clip does
    not lie in one piece; what the disc's file system raises.
    """
    root = root_of(disc.source)
    if "\n" in str(root):
        raise InvalidArgument("a path with a line break cannot be read from", where=repr(str(root)))
    keys = dict.fromkeys(segment.key for segment in title.segments)
    if root.is_dir():
        names = {file.path.upper(): file.path for file in FolderFiles(root).files}
        lacking = [key for key in keys if _clip_path(key).upper() not in names]
        if lacking:
            raise NotFound("a clip is not on the disc", where=f"{root}, {_clip_path(lacking[0])}")
        return {key: f"file:{root / names[_clip_path(key).upper()]}" for key in keys}
    with OpenVolume(root) as volume:
        files = read_udf(volume)
        return {key: _part(root, key, files.extents(_clip_path(key))) for key in keys}


def _clip_path(key: str) -> str:
    return f"BDMV/STREAM/{key}.m2ts"


def _part(image: Path, key: str, extents: tuple[Extent, ...]) -> str:
    start = end = extents[0].offset if extents else None
    for extent in extents:
        if extent.offset is None or extent.offset != end:
            raise RipFailed("a clip does not lie in one piece", where=f"{image}, clip {key}")
        end += extent.size
    return f"subfile,,start,{start},end,{end},,:{image}"
