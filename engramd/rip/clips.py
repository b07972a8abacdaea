"""How a Blu-ray playlist is read: where its clips lie, where its first one begins, and what is left out."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.discs.model import Disc, Media, Segment, Stream, Title
from engramd.errors import EngramError, InvalidArgument, NotFound, UnreadableDisc

# The readers are imported where they are used: only some playlists need them.
if TYPE_CHECKING:
    from engramd.discs.files import DiscFiles, Extent
    from engramd.discs.folder import FolderFiles
    from engramd.discs.volume import Volume

#: Seconds by which a clip may be longer than what is played of it, and still count as played to its end.
TAIL = 1.0
#: A clip in more pieces is left to the disc's reader; those that are interleaved with others have hundreds.
MOST_PIECES = 500
PART = "The title is a part of a clip: at its end there may be a picture too many, and a broken one."
PARTS = (
    "The title is made of parts of clips: at each joint there may be a picture too many, and a broken one."
)
UNJOINED = "The clips could not be read one by one: at each joint the clock lost up to a tenth of a second."
_KINDS = {"video": "Pictures", "audio": "Sound", "subtitle": "Subtitles"}


def root_of(source: str) -> Path:
    """Give the device, the image, or the folder that holds VIDEO_TS or BDMV."""
    path = Path(source).absolute()
    if path.is_dir() and path.name.upper() in ("VIDEO_TS", "BDMV"):
        return path.parent
    return path


@contextlib.contextmanager
def open_disc(disc: Disc) -> Iterator[tuple[Volume, DiscFiles]]:
    """Open the device or image of a disc, and its file system. Raises UnreadableDisc, NoMedium."""
    from engramd.discs.iso9660 import read_iso9660
    from engramd.discs.udf import read_udf
    from engramd.discs.volume import OpenVolume

    with OpenVolume(root_of(disc.source)) as volume:
        try:
            files = read_udf(volume)
        except UnreadableDisc:
            files = read_iso9660(volume)
        yield volume, files


@contextlib.contextmanager
def open_files(disc: Disc) -> Iterator[DiscFiles]:
    """Open the file system of a disc, which may be a folder. Raises UnreadableDisc, NoMedium."""
    from engramd.discs.folder import FolderFiles

    root = root_of(disc.source)
    if root.is_dir():
        yield FolderFiles(root)
        return
    with open_disc(disc) as (_, files):
        yield files


def plays_whole_clips(title: Title) -> bool:
    """Say whether the playlist plays each of its clips from beginning to end."""
    return all("@" not in segment.key for segment in title.segments)


def clip_addresses(disc: Disc, title: Title) -> dict[str, str] | None:
    """Give what FFmpeg opens for each clip of a playlist, by segment key.

    That is a file, or the parts of the image or device where the file lies. None when the clips cannot be
    read so: one lies in too many pieces, or goes on where the playlist has left it. Raises InvalidArgument,
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
        parts = {key: _address(root, files.extents(_clip_path(key))) for key in segments}
    found = {key: part for key, part in parts.items() if part is not None}
    return found if len(found) == len(parts) else None


def bytes_before(disc: Disc, title: Title) -> int:
    """Give how many bytes of a playlist's first clip come before what it plays.

    libbluray reads a playlist from the beginning of its first clip, and blanks what is not played: FFmpeg
    knows none of the streams by then. 0 where the clip is played from its beginning, or nothing tells.
    """
    from engramd.discs.bluray import clip_offset

    clip, _, times = title.segments[0].key.partition("@") if title.segments else ("", "", "")
    start = times.partition("-")[0]
    if not start.isdigit():
        return 0
    with contextlib.suppress(EngramError), open_files(disc) as files:
        return clip_offset(files, clip, int(start))
    return 0


def notes_on(disc: Disc, title: Title, *, joined: bool) -> tuple[str, ...]:
    """Say what of a title is not ripped, or not quite as the disc has it; `joined` if clip by clip.

    For titles with angles, playlists of parts of clips, and clips whose streams differ.
    """
    notes = []
    if title.angles > 1:
        notes.append(f"The title has {title.angles} angles; only the first one was ripped.")
    if disc.media not in (Media.BLURAY, Media.UHD):
        return tuple(notes)
    joints = len(title.segments) - 1
    if not plays_whole_clips(title):
        notes.append(PARTS if joints else PART)
    elif joints and not joined:
        notes.append(UNJOINED)
    with contextlib.suppress(EngramError):
        notes += _stream_notes(disc, title) if joints else []
    return tuple(notes)


def _stream_notes(disc: Disc, title: Title) -> list[str]:
    """Compare the streams of a playlist's clips with those of its longest one, which are the title's."""
    from engramd.discs.bluray import playlist_of

    with open_files(disc) as files:
        playlist = playlist_of(files, title.number)
    if playlist is None:
        return []
    known = {stream.stream_id for stream in playlist.streams}
    clips: Counter[int] = Counter()
    lost: dict[int, tuple[Stream, str]] = {}
    for item in playlist.items:
        streams = {stream.stream_id: stream for stream in item.streams}
        clips.update(streams.keys())
        lost |= {number: (stream, item.clip) for number, stream in streams.items() if number not in known}
    count = len(playlist.items)
    notes = [
        f"{_named(stream)} on {found} of the {count} clips only; the rest is silent or empty."
        for stream in title.streams
        if 0 < (found := clips[stream.stream_id]) < count
    ]
    return notes + [
        f"Left out: {_named(stream)} of clip {clip}, which the longest clip does not have."
        for stream, clip in lost.values()
    ]


def _named(stream: Stream) -> str:
    return _KINDS[stream.kind] + (f" in {stream.language}" if stream.language else "")


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


def _address(image: Path, extents: tuple[Extent, ...]) -> str | None:
    """Give the parts of an image where a file lies, as one address; None when they are too many, or none."""
    pieces: list[tuple[int, int]] = []
    for extent in extents:
        if extent.offset is None:
            return None
        if pieces and pieces[-1][1] == extent.offset:
            pieces[-1] = (pieces[-1][0], extent.offset + extent.size)
        else:
            pieces.append((extent.offset, extent.offset + extent.size))
    parts = [f"subfile,,start,{start},end,{end},,:{image}" for start, end in pieces]
    if len(parts) > 1 and ("|" in str(image) or len(parts) > MOST_PIECES):
        return None
    return f"concat:{'|'.join(parts)}" if len(parts) > 1 else next(iter(parts), None)
