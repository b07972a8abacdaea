"""Is the file what the disc promised?"""

from __future__ import annotations

from pathlib import Path

from engramd.discs.model import Title
from engramd.errors import RipFailed
from engramd.rip.matroska import Head, read_head
from engramd.rip.model import RipResult, Track

RELATIVE_TOLERANCE = 0.01
#: Seconds by which a short title may be off.
TOLERANCE = 5.0


def verify(path: Path, title: Title, log_tail: str = "") -> RipResult:
    """Compare a finished file with the title it was ripped from.

    Raises RipFailed when the file is unfinished, too short or too long, or lacks its picture or all of its
    sound. Single tracks that the disc declares and does not play are noted.
    """
    head = read_head(path)
    if not head.finished or head.duration <= 0:
        raise RipFailed("the ripped file was not finished", where=path, remedy="rip the title again")
    _check_duration(path, title, head.duration)
    notes = _compare_tracks(path, title, head)
    return RipResult(path, head.duration, path.stat().st_size, head.tracks, head.chapters, notes, log_tail)


def _check_duration(path: Path, title: Title, duration: float) -> None:
    if abs(duration - title.duration) > max(TOLERANCE, title.duration * RELATIVE_TOLERANCE):
        raise RipFailed(
            "the ripped file is not as long as the title",
            where=path,
            why=f"{duration:.1f} s instead of {title.duration:.1f} s",
            remedy="clean the disc and rip the title again",
        )


def _compare_tracks(path: Path, title: Title, head: Head) -> tuple[str, ...]:
    notes = []
    for kind in ("video", "audio", "subtitle"):
        promised = sum(stream.kind == kind for stream in title.streams)
        found = sum(track.kind == kind for track in head.tracks)
        if not found and (kind == "video" or (kind == "audio" and promised)):
            raise RipFailed(f"the ripped file has no {kind}", where=path, remedy="rip the title again")
        if found < promised:
            notes.append(f"The disc names {promised} of its streams as {kind}, but has {found}.")
    return (*notes, *(_empty(track) for track in head.tracks if track.seconds == 0))


def _empty(track: Track) -> str:
    language = f" ({track.language})" if track.language else ""
    return f"Track {track.number}, {track.kind}{language}, is empty: the disc declares it and never plays it."
