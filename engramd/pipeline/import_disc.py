"""A group of video files as if it were a disc: what each file holds, and what the folders' names say."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engramd.discs.model import Disc, Media, Segment, Stream, Title
from engramd.errors import EngramError
from engramd.organize.facts import FileFacts, read_facts
from engramd.pipeline.import_groups import Group
from engramd.pipeline.import_walk import FoundFile
from engramd.tools import CancelToken, Tools

if TYPE_CHECKING:
    from engramd.rip.matroska import Head

#: Files that one child looks at.
_AT_ONCE = 16


@dataclass(frozen=True)
class Looked:
    """A group's files as titles of a disc, in their order; `resolutions` and `files` go by title index.

    `broken` are files that are no sound video, each with the reason.
    """

    disc: Disc
    files: tuple[FoundFile, ...]
    resolutions: tuple[str, ...]
    broken: dict[FoundFile, str] = field(default_factory=dict)


def look_at(tools: Tools, group: Group, cancel: CancelToken) -> Looked:
    """Read the heads of a group's files. Raises Cancelled."""
    sound: list[tuple[FoundFile, FileFacts, Head]] = []
    broken: dict[FoundFile, str] = {}
    for first in range(0, len(group.files), _AT_ONCE):
        cancel.raise_if_cancelled()
        files = group.files[first : first + _AT_ONCE]
        for file, facts in zip(files, _facts(tools, files), strict=True):
            found = _head(file, facts)
            if isinstance(found, str):
                broken[file] = found
            else:
                sound.append((file, facts, found))
    titles = tuple(_title(group, index, *found) for index, found in enumerate(sound))
    disc = Disc(source=str(group.path), media=Media.DATA, label=group.label, titles=titles)
    return Looked(
        disc, tuple(f for f, _, _ in sound), tuple(facts.resolution for _, facts, _ in sound), broken
    )


def _facts(tools: Tools, files: Sequence[FoundFile]) -> list[FileFacts]:
    try:
        return read_facts(tools, [file.path for file in files])
    except OSError:  # one of them went away, or may not be read: which one, its head tells
        return [_facts_of(tools, file) for file in files]


def _facts_of(tools: Tools, file: FoundFile) -> FileFacts:
    try:
        return read_facts(tools, [file.path])[0]
    except OSError:
        return FileFacts(size=file.size)


def _head(file: FoundFile, facts: FileFacts) -> Head | str:
    """Give what the head of a file says, or why it is no video that can be filed."""
    from engramd.rip.matroska import read_head

    try:
        head = read_head(file.path)
    except EngramError as error:
        return str(error)
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    if not head.finished:
        return "it is not whole: its writer did not come to its end, or it was cut off; copy it again"
    return head if facts.is_video else "it holds no picture that can be read"


def _title(group: Group, index: int, file: FoundFile, facts: FileFacts, head: Head) -> Title:
    base = group.path if group.path != file.path else file.path.parent
    duration = head.duration or facts.duration
    chapters = tuple(duration * number / head.chapters for number in range(head.chapters))
    # Files have nothing in common that would make one a copy or a part of another.
    key = hashlib.sha256(str(file.path).encode()).hexdigest()[:16]
    return Title(
        index=index,
        number=index + 1,
        source_file=str(file.path.relative_to(base)),
        segment_map=file.mark,
        segments=(Segment(key=key, duration=duration, size=file.size),),
        duration=duration,
        size=file.size,
        chapters=chapters,
        streams=tuple(_streams(facts)),
        width=facts.width,
        height=facts.height,
    )


def _streams(facts: FileFacts) -> list[Stream]:
    streams = [Stream(kind="video", codec=facts.codec, stream_id=0)]
    for sound in facts.sounds:
        streams.append(
            Stream(
                kind="audio",
                codec=sound.codec,
                stream_id=len(streams),
                language=sound.language or None,
                channels=sound.channels or None,
            )
        )
    for language in facts.subtitles:
        streams.append(Stream(kind="subtitle", codec="", stream_id=len(streams), language=language or None))
    return streams
