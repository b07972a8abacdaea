"""A disc with hundreds of titles is identified about as quickly as its titles can be copied as JSON."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import pytest

from engramd.discs.model import Disc, Media, Segment, Stream, Title
from engramd.identify import identify

pytestmark = pytest.mark.bench

TITLES = 450
ROUNDS = 15


def _disc() -> Disc:
    """A film among playlists of five to twelve clips: none is equal to another, and all share clips."""
    clips = [Segment(key=str(n), duration=200.0 + 7 * n, size=0) for n in range(60)]
    streams = tuple(Stream(kind="audio", codec="ac3", stream_id=n, language="eng") for n in range(8))
    titles = []
    for index in range(TITLES):
        segments = tuple(clips[(index * 7 + step * (1 + index % 5)) % 60] for step in range(5 + index % 8))
        seconds = sum(s.duration for s in segments)
        titles.append(
            Title(
                index=index,
                number=index + 1,
                source_file=f"{index + 1:05d}.mpls",
                segment_map=",".join(s.key for s in segments),
                segments=segments,
                duration=seconds,
                size=int(seconds * 3_000_000) + index,
                chapters=tuple(float(n) for n in range(12)),
                streams=streams,
                height=1080,
            )
        )
    return Disc(source="made", media=Media.BLURAY, label="THE_FERRY", titles=tuple(titles))


def _milliseconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


def test_hundreds_of_titles(capsys: pytest.CaptureFixture[str]) -> None:
    disc = _disc()
    identify(disc)
    own, baseline = (
        _milliseconds(lambda: identify(disc)),
        _milliseconds(lambda: Disc.model_validate_json(disc.model_dump_json())),
    )
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {TITLES} titles: identified in {own:.1f} ms; as JSON there and back {baseline:.1f} ms"
        )
    assert own < 10 * baseline
