"""Gives windows of a title's sound as mono samples at 16 kHz; what is missing or broken is silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engramd.containers import open_container
from engramd.match.model import MatchFailed

Samples = NDArray[np.float32]

#: Samples a second, as every engine wants them.
RATE = 16_000
#: Seconds decoded before a window, because decoders need some packets to get going, and read behind it.
LEAD_IN, LEAD_OUT = 0.5, 0.2
#: Seconds; Matroska rounds times to a millisecond, and a real jump is longer than this.
JUMP = 0.1
#: The centre speaks unless it is this much quieter than all channels together.
LEAST_CENTRE = 0.1


def decode_windows(
    path: Path, stream: int, windows: Sequence[tuple[float, float]]
) -> Iterator[tuple[float, Samples]]:
    """Give begin (seconds of the title) and samples (-1 to 1) of each window of an audio stream.

    Only that stream is decoded. A window that holds no sound is left out, one at the title's end is shorter.
    Raises MatchFailed if the file cannot be read, the stream is none of sound, or nothing can be decoded.
    """
    import av

    try:
        with open_container(path) as container:
            source = _Source(container, _audio(container, stream, path))
            yield from source.windows(windows)
            if source.broken and not source.decoded:
                why = f"none of {source.broken} packets could be decoded"
                remedy = "rip the title again, or choose its episode by hand"
                raise MatchFailed("the sound cannot be decoded", where=path, why=why, remedy=remedy)
    except (av.FFmpegError, OSError) as error:
        remedy = "rip the title again"
        raise MatchFailed("the sound cannot be read", where=path, why=error, remedy=remedy) from error


def _audio(container: Any, stream: int, path: Path) -> Any:
    found = [one for one in container.streams.audio if one.index == stream]
    if found and found[0].codec_context is not None:
        return found[0]
    if found:
        why, remedy = "FFmpeg has no decoder for it", "choose the episode by hand"
    else:
        others = ", ".join(str(one.index) for one in container.streams.audio)
        why = f"stream {stream} is no sound" + (f", only {others}" if others else ", and no other one is")
        remedy = "choose the episode by hand, or rip the title with its sound"
    raise MatchFailed("there is nothing to listen to", where=path, why=why, remedy=remedy)


class _Source:
    """Decodes windows of one stream; counts broken packets and decoded frames."""

    def __init__(self, container: Any, audio: Any) -> None:
        self._container, self._audio = container, audio
        self.broken = self.decoded = 0

    def windows(self, windows: Sequence[tuple[float, float]]) -> Iterator[tuple[float, Samples]]:
        for begin, end in windows:
            line = _Timeline(begin, end)
            self._seek(begin)
            for packet in self._packets(begin - LEAD_IN, end + LEAD_OUT):
                for frame in self._frames(packet):
                    line.add(frame)
            samples = line.finish()
            if len(samples):
                yield begin, samples

    def _seek(self, begin: float) -> None:
        """Go to the last key frame before: files index their video, so the sound has no index of its own."""
        import av

        at = max(0, int((begin - LEAD_IN) * 1_000_000))
        try:
            self._container.seek(at, backward=True)
        except av.FFmpegError:
            with suppress(av.FFmpegError):
                self._container.seek(0, backward=True)

    def _packets(self, begin: float, end: float) -> Iterator[Any]:
        import av

        packets = iter(self._container.demux(self._audio))
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError:
                self.broken += 1
                return
            at = begin if packet.pts is None else float(packet.pts * packet.time_base)
            if at >= end:
                return
            if at >= begin:
                yield packet

    def _frames(self, packet: Any) -> Sequence[Any]:
        import av

        try:
            frames: Sequence[Any] = packet.decode()
        except (av.FFmpegError, ValueError):
            self.broken += 1
            return ()
        self.decoded += len(frames)
        return frames


class _Timeline:
    """The samples of one window, each at its time."""

    def __init__(self, begin: float, end: float) -> None:
        self._begin = begin
        self._samples = np.zeros(round((end - begin) * RATE), np.float32)
        self._filled = 0
        self._run: _Run | None = None

    def add(self, frame: Any) -> None:
        """Take the next frame; after a jump in time, or in another format, a new run begins."""
        run = self._run
        at = run.until if run else self._begin
        if frame.pts is not None:
            at = float(frame.pts * frame.time_base)
        if run is None or abs(at - run.until) > JUMP or run.format != _format(frame):
            self._place()
            self._run = run = _Run(at, frame)
        run.add(at, frame)

    def finish(self) -> Samples:
        """Give the samples up to the last one that there was."""
        self._place()
        return self._samples[: self._filled]

    def _place(self) -> None:
        if self._run is None:
            return
        sound = self._run.mono()
        at = round((self._run.begin - self._begin) * RATE)
        sound, at = (sound[-at:], 0) if at < 0 else (sound, at)
        sound = sound[: max(0, len(self._samples) - at)]
        if len(sound):
            self._samples[at : at + len(sound)] = sound
            self._filled = max(self._filled, at + len(sound))


class _Run:
    """Frames that follow each other without a gap, brought to one rate with their channels apart."""

    def __init__(self, begin: float, frame: Any) -> None:
        from av.audio.resampler import AudioResampler

        self.begin = self.until = begin
        self.format = _format(frame)
        self._channels = [channel.name for channel in frame.layout.channels]
        self._resampler = AudioResampler("fltp", frame.layout, RATE)
        self._pieces: list[Samples] = []

    def add(self, at: float, frame: Any) -> None:
        self._take(self._resampler.resample(frame))
        self.until = at + frame.samples / frame.sample_rate

    def mono(self) -> Samples:
        """Give one channel: the centre where there is one that speaks, else all channels mixed."""
        self._take(self._resampler.resample(None))
        if not self._pieces:
            return np.zeros(0, np.float32)
        sound = np.concatenate(self._pieces, axis=1)
        mixed: Samples = sound.mean(axis=0, dtype=np.float32)
        if "FC" in self._channels and len(sound) > 1:
            centre: Samples = sound[self._channels.index("FC")]
            if _loudness(centre) >= LEAST_CENTRE * _loudness(mixed):
                return centre
        return mixed

    def _take(self, pieces: Sequence[Any]) -> None:
        self._pieces += [piece.to_ndarray().astype(np.float32, copy=False) for piece in pieces]


def _format(frame: Any) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _loudness(sound: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(sound)))) if len(sound) else 0.0
