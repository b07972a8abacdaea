"""What the subtitle tracks of a finished Matroska file hold: events, forced ones, time on the screen.

A disc rarely says which of its tracks is for every viewer; what is in them does. Nothing is decoded. Where
the file's index does not name each packet (`subtitle_index`), the file is read from beginning to end, so a
child does it: `python -m engramd.rip.subtitle_facts FILE` prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import engramd
from engramd.containers import open_container
from engramd.errors import EngramError, RipFailed
from engramd.rip.matroska import read_head
from engramd.rip.subtitle_bytes import Picture, dvd_picture, pgs_picture, text_picture
from engramd.tools import CancelToken, Tools
from engramd.tools.priority import step_back

#: Seconds that a subtitle stays at most: some are never taken away.
LONGEST = 15.0
#: Seconds; a Blu-ray title of 40 GB is read once.
TIMEOUT = 1800.0


@dataclass(frozen=True)
class SubtitleFacts:
    """What a subtitle track holds; `seconds` is how long something of it is on the screen.

    `events` counts what appears, `forced_events` what the track wants shown even to those who turned
    subtitles off. Tracks of text know no forced events.
    """

    events: int
    forced_events: int = 0
    seconds: float = 0.0

    @property
    def all_forced(self) -> bool:
        """Whether the track is for every viewer: it has events, and all are forced."""
        return 0 < self.events == self.forced_events


def facts_in_child(
    tools: Tools, path: Path, *, cancel: CancelToken | None = None
) -> dict[int, SubtitleFacts]:
    """Give the facts of a file's subtitle tracks by track number, read in a child of its own.

    Raises RipFailed when the file cannot be read, Cancelled.
    """
    folder = Path(engramd.__file__).resolve().parent.parent
    words = [sys.executable, "-m", __spec__.name, "--", str(path)]
    outcome = tools.run(
        words, timeout=TIMEOUT, cancel=cancel, keep_output=True, env={"PYTHONPATH": str(folder)}
    )
    try:
        if outcome.returncode == 0:
            return {
                int(number): SubtitleFacts(**facts) for number, facts in json.loads(outcome.stdout).items()
            }
    except (ValueError, TypeError, AttributeError) as error:
        raise _unreadable(path, error) from error
    last = outcome.stderr.strip().rpartition("\n")[2]
    raise _unreadable(path, last or f"the reader ended with code {outcome.returncode}")


def read_facts(path: Path) -> dict[int, SubtitleFacts]:
    """Read a file's subtitle tracks, by track number. Raises RipFailed, OSError."""
    numbers = [track.number for track in read_head(path).tracks if track.kind == "subtitle"]
    if not numbers:
        return {}
    import av

    try:
        with open_container(path) as container:
            streams = dict(
                zip((stream.index for stream in container.streams.subtitles), numbers, strict=False)
            )
            return _count(container, streams)
    except av.FFmpegError as error:
        raise _unreadable(path, error) from error


def facts_of(events: Iterable[tuple[float, float | None, Picture]]) -> SubtitleFacts:
    """Count the pictures of one track: each with its time and, where the file says so, its length in seconds.

    One that repeats what is shown is no event; one that is empty ends what is shown.
    """
    count = forced = 0
    seconds, shown = 0.0, None
    for at, length, picture in events:
        if shown is not None and (picture.fresh or picture.empty):
            seconds += _within(at - shown)
            shown = None
        if picture.empty or (not picture.fresh and shown is not None):
            continue
        count += 1
        forced += picture.forced
        known = picture.length or length
        if known is None:
            shown = at
        else:
            seconds += _within(known)
    return SubtitleFacts(count, forced, round(seconds + (LONGEST if shown is not None else 0.0), 3))


def _within(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST)


def _count(container: Any, numbers: Mapping[int, int]) -> dict[int, SubtitleFacts]:
    found: dict[int, list[tuple[float, float | None, Picture]]] = {index: [] for index in numbers}
    readers = {index: _reader_of(container.streams[index]) for index in numbers}
    for packet in container.demux([container.streams[index] for index in numbers]):
        index = packet.stream.index
        if packet.pts is None or not packet.size:
            continue
        picture = readers[index](bytes(packet))
        if picture is not None:
            length = float(packet.duration * packet.time_base) if packet.duration else None
            pgs = readers[index] is pgs_picture  # how long it stays is what the next display set says
            found[index].append((float(packet.pts * packet.time_base), None if pgs else length, picture))
    ordered = {index: sorted(events, key=lambda event: event[0]) for index, events in found.items()}
    return {numbers[index]: facts_of(events) for index, events in ordered.items()}


def _reader_of(stream: Any) -> Callable[[bytes], Picture | None]:
    name = stream.codec_context.name if stream.codec_context is not None else ""
    if name in ("dvdsub", "dvd_subtitle"):
        return dvd_picture
    return pgs_picture if name in ("pgssub", "hdmv_pgs_subtitle") else text_picture


def _unreadable(path: Path, why: object) -> RipFailed:
    return RipFailed(
        "the subtitles of the file cannot be read",
        where=path,
        why=why,
        remedy="the flags of its tracks follow the disc's tables alone",
    )


def main(arguments: list[str]) -> int:
    """Print the facts of a file; 1 with a line on standard error when it cannot be read."""
    step_back()
    try:
        facts = read_facts(Path(arguments[-1]))
    except (EngramError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({number: asdict(one) for number, one in facts.items()}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
