"""Hears with pocketsphinx and the model of American English that it brings along: poor, but always there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from engramd.match.speech.engines import Heard
from engramd.match.speech.sound import RATE, Samples

LANGUAGE = "eng"
#: Seconds: a cue ends before it is longer than this (under music no pause is found), and at such a pause.
LONGEST, PAUSE = 4.0, 0.3
FRAMES = 100
BYTES = 2
#: How sure the detector of voices is before it lets sound pass; 0 to 3, measured best of them.
VAD_MODE = 2
#: The loudest sample after quiet speech was brought up, and by how much at most.
LOUD, MOST_GAIN = 0.9, 20.0

_VARIANT = re.compile(r"\(\d+\)$")


class PocketSphinx:
    """The engine; `instead_of` says why no better one listens."""

    def __init__(self, instead_of: str = "") -> None:
        from pocketsphinx import Decoder, set_loglevel

        set_loglevel("FATAL")
        self._decoder: Any = Decoder(samprate=RATE)
        self._instead_of = instead_of

    @property
    def name(self) -> str:
        """See Engine."""
        return "pocketsphinx" + (f" ({self._instead_of})" if self._instead_of else "")

    def supports(self, language: str | None) -> bool:
        """English; what nobody named may be English."""
        return language in (None, LANGUAGE)

    def hear(self, samples: Samples, begin: float, language: str | None) -> list[Heard]:
        """See Engine; utterances are found by the pauses between them."""
        from pocketsphinx import Segmenter

        heard = []
        segmenter = Segmenter(sample_rate=RATE, vad_mode=VAD_MODE)
        for utterance in segmenter.segment(_stream(samples, segmenter.frame_bytes)):
            words = self._words(utterance.pcm)
            heard += _cues(words, begin + utterance.start_time)
        return heard

    def _words(self, pcm: bytes) -> Iterator[tuple[float, float, str]]:
        decoder = self._decoder
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        for segment in decoder.seg() or ():
            if not segment.word.startswith(("<", "[", "+")):
                word = _VARIANT.sub("", segment.word)
                yield segment.start_frame / FRAMES, (segment.end_frame + 1) / FRAMES, word


def _stream(samples: Samples, frame_bytes: int) -> io.BytesIO:
    """Give the samples as 16 bits, quiet ones louder.

    The last frame is never a whole one: only by that does the segmenter know that speech ends there.
    """
    peak = float(np.abs(samples).max(initial=0.0))
    gain = min(MOST_GAIN, LOUD / peak) if peak else 1.0
    whole = np.clip(samples * (gain * 32767), -32768, 32767).astype("<i2").tobytes()
    return io.BytesIO(whole if len(whole) % frame_bytes else whole + bytes(BYTES))


def _cues(words: Iterable[tuple[float, float, str]], offset: float) -> list[Heard]:
    cues: list[Heard] = []
    text: list[str] = []
    start = end = 0.0
    for begin, until, word in words:
        if text and (until - start > LONGEST or begin - end >= PAUSE):
            cues.append(Heard(offset + start, offset + end, " ".join(text)))
            text = []
        if not text:
            start = begin
        text.append(word)
        end = until
    return [*cues, Heard(offset + start, offset + end, " ".join(text))] if text else cues
