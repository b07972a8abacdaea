"""Decides which packets of a Matroska file are read, and how: by its index, or by walking over its blocks.

A few clusters are looked at first. They tell whether the pictures carry captions, in which of them, and
whether the index really names every subtitle packet.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engramd.match.captions import CaptionCollector, holds_captions
from engramd.match.collecting import Collector
from engramd.match.ebml import Odd
from engramd.match.matroska import CLUSTER, MatroskaFile
from engramd.match.matroska_blocks import Block, Blocks
from engramd.match.matroska_head import MOST_PACKET, Place
from engramd.match.model import Track
from engramd.match.streams import Packet
from engramd.match.userdata import HEADER_BYTES

#: A subtitle track with so many cues speaks for its title; captions are then no more than welcome.
ENOUGH_CUES = 120
#: Clusters that are looked at, spread over the file, and bytes of each.
PROBES, PROBE_BYTES = 12, 4 << 20
#: The writer whose index is known to name every subtitle packet.
WRITER = b"Lavf"

Sink = Collector | CaptionCollector


@dataclass
class Probed:
    """What some clusters showed; `looked` is false where the index names none."""

    looked: bool = False
    captions: bool = False
    only_in_keys: bool = True
    keys_indexed: bool = True
    subtitles_indexed: bool = True


class MatroskaReader:
    """Reads an open file once. Raises Odd, OSError."""

    def __init__(self, file: MatroskaFile) -> None:
        self._file, self._head = file, file.head
        self._entries = {entry.number: entry for entry in file.head.entries}
        self._numbers = {entry.stream.index: entry.number for entry in file.head.entries}

    def read(self, subtitles: Sequence[Collector], captions: CaptionCollector | None) -> list[Track]:
        """Feed the collectors, and give their tracks in their order."""
        sinks = {self._numbers[each.stream.index]: each for each in subtitles}
        video = {self._numbers[captions.stream.index]: captions} if captions else {}
        probed = self._probe(sinks, video)
        complete = self._is_complete(sinks, probed)
        likely = bool(video) and (probed.captions or not probed.looked)
        keys = set(video) if probed.captions and probed.only_in_keys else set()
        if complete:
            self._follow_index(sinks)
        if complete and keys and probed.keys_indexed:
            self._follow_index(video)
        else:
            self._walk({**({} if complete else sinks), **(video if likely else {})}, keys)
        tracks = _tracks(subtitles)
        if video and not likely and not _suffice(tracks):
            self._walk(video)
        return tracks + _tracks([captions] if captions else [])

    def _probe(self, subtitles: Iterable[int], video: Iterable[int]) -> Probed:
        """Look at some clusters."""
        probed = Probed()
        blocks = Blocks(self._file, {**dict.fromkeys(subtitles, 0), **dict.fromkeys(video, HEADER_BYTES)})
        named = {track: set(places) for track, places in self._head.index.items()}
        clusters = self._head.clusters
        for cluster in clusters[:: len(clusters) // PROBES + 1]:
            kind, content, size = self._file.element(self._file.start + cluster)
            if kind != CLUSTER or size is None:
                raise Odd("the index names a place without a cluster")
            probed.looked = True
            for block in blocks.walk(content, content + min(size, PROBE_BYTES)):
                indexed = Place(cluster, block.place - content) in named.get(block.track, ())
                if block.track not in video:
                    probed.subtitles_indexed &= indexed
                    continue
                probed.keys_indexed &= indexed or not block.key
                if holds_captions(block.data):
                    probed.captions = True
                    probed.only_in_keys &= block.key
        return probed

    def _is_complete(self, subtitles: Iterable[int], probed: Probed) -> bool:
        """Say whether the index names every subtitle packet."""
        if not probed.looked or not probed.subtitles_indexed:
            return False
        index, counts = self._head.index, self._head.counts
        return self._head.writer.startswith(WRITER) or all(
            counts.get(track) == len(index.get(track, ())) for track in subtitles
        )

    def _follow_index(self, sinks: Mapping[int, Sink]) -> None:
        places = [place for track in sinks for place in self._head.index.get(track, ())]
        self._feed(Blocks(self._file, _limits(sinks)).read(places), sinks)

    def _walk(self, sinks: Mapping[int, Sink], keys: Collection[int] = ()) -> None:
        if sinks:
            self._file.advise(0, 0, os.POSIX_FADV_SEQUENTIAL)
            blocks = Blocks(self._file, _limits(sinks), keys)
            self._feed(blocks.walk(self._file.start, self._file.stop), sinks)

    def _feed(self, blocks: Iterable[Block], sinks: Mapping[int, Sink]) -> None:
        scale = self._head.scale
        for block in blocks:
            entry = self._entries[block.track]
            sinks[block.track].take(
                Packet(
                    entry.stream.index,
                    block.time * scale / 1e9,
                    block.duration * scale / 1e9,
                    entry.unpack(block.data),
                )
            )


def _limits(sinks: Mapping[int, Sink]) -> dict[int, int]:
    return {
        track: HEADER_BYTES if sink.stream.kind == "video" else MOST_PACKET for track, sink in sinks.items()
    }


def _tracks(sinks: Iterable[Sink]) -> list[Track]:
    return [track for sink in sinks if (track := sink.track()) is not None]


def _suffice(tracks: Iterable[Track]) -> bool:
    return any(len(t.starts) >= ENOUGH_CUES and not t.forced and not t.commentary for t in tracks)
