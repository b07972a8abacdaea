"""Finds the packets of wanted cues in a video by seeking; nothing is decoded."""

from __future__ import annotations

import contextlib
import math
from collections import deque
from collections.abc import Iterator
from typing import Any

from engramd.match.bitmaps import spu_times

#: Seconds: how far before a cue reading begins (some muxers write it a little early), how far a packet's time
#: may be from the cue's, how far other streams may be ahead of it, and how near ahead is read and not sought.
BEFORE, WITHIN, AFTER, NEAR = 1.0, 0.3, 1.5, 4.0
#: Seconds before a cue in which what its picture needs may have been sent.
FAR_BEFORE = 30.0
#: Display sets that are kept, and the bytes of the largest that can be believed.
KEPT, LARGEST = 64, 1 << 20


class Packets:
    """The subtitle packets of one stream of an open container, by the time at which they show.

    Cues are best asked for in the order of their times. `fault` is what kept the file from being read on.
    """

    fault: Exception | None = None

    def __init__(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        self._delayed = stream.codec_context.name in ("dvdsub", "dvd_subtitle")
        self._coming: Iterator[Any] = iter(())
        self._recent: deque[tuple[float, bytes]] = deque(maxlen=KEPT)
        self._begun, self._read_to = math.inf, -math.inf
        self._straight = False

    def find(self, start: float, *, from_afar: bool = False) -> list[bytes]:
        """Give the packet that shows at `start` (seconds), last, after those of the stream just before it.

        With `from_afar` half a minute before it is read too. Empty where there is no such packet.
        """
        if self._straight:
            pass
        elif from_afar:
            self._seek(start - FAR_BEFORE)
        elif not self._begun <= start <= self._read_to + NEAR:
            self._seek(start - BEFORE)
        self._read(start)
        return self._up_to(start)

    def go_straight(self) -> bool:
        """Seek no more, and read the stream from its beginning; False if that is so already."""
        if self._straight:
            return False
        self._seek(0.0)
        self._straight, self._coming = True, self._container.demux(self._stream)
        return True

    def _seek(self, to: float) -> None:
        import av

        self._recent.clear()
        self._begun, self._read_to = to, -math.inf
        # What cannot be sought is read from where reading stands: at first, that is the beginning.
        with contextlib.suppress(av.FFmpegError, OSError):
            self._container.seek(max(0, int(to * 1_000_000)))
        self._coming = self._container.demux()

    def _read(self, start: float) -> None:
        """Read on until a cue at `start` must have come."""
        while self._read_to <= start + AFTER:
            packet = self._next()
            if packet is None:
                self._read_to = math.inf
                return
            at = packet.dts if packet.dts is not None else packet.pts
            if at is None:
                continue
            at = float(at * packet.time_base)
            if packet.stream.index != self._stream.index:
                self._read_to = max(self._read_to, at)
            elif packet.size <= LARGEST and packet.pts is not None:
                self._keep(float(packet.pts * packet.time_base), bytes(packet))

    def _next(self) -> Any:
        """Give the next packet of any stream; None at the end, and where the file is damaged."""
        import av

        try:
            return next(self._coming, None)
        except (av.FFmpegError, OSError) as error:
            self.fault = error
            return None

    def _keep(self, at: float, data: bytes) -> None:
        if self._delayed:
            times = spu_times(data)
            at += times.start if times else 0.0
        self._recent.append((at, data))
        self._read_to = max(self._read_to, at)

    def _up_to(self, start: float) -> list[bytes]:
        times = [at for at, _ in self._recent]
        nearest = min(range(len(times)), key=lambda place: abs(times[place] - start), default=None)
        if nearest is None or abs(times[nearest] - start) > WITHIN:
            return []
        return [data for _, data in self._recent][: nearest + 1]
