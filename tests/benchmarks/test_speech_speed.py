"""How fast speech is heard, start of the child included, and how well."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engramd.match.model import Evidence, Reading, Sound
from engramd.match.reading import ChildReader
from engramd.match.speech.sound import RATE, decode_windows
from engramd.match.speech.windows import plan
from engramd.tools import Tools
from tests.benchmarks.conftest import Report
from tests.match.speech.spoken import DOG, SHIP, say, shared, word_error_rate

pytestmark = pytest.mark.bench

TITLE = 1320.0


@pytest.mark.parametrize(("name", "lines", "others"), [("ship", SHIP, DOG), ("dog", DOG, SHIP)])
def test_hearing(
    name: str, lines: tuple[str, ...], others: tuple[str, ...], tmp_path: Path, report: Report
) -> None:
    pytest.importorskip("pocketsphinx")
    seconds = say(lines, tmp_path / "spoken.mkv")
    evidence = Evidence(source=str(tmp_path / "spoken.mkv"), duration=seconds)
    sound = Sound(stream=1, language="eng")
    begin = time.perf_counter()
    cues, engine = ChildReader(Tools(), Reading()).speech(evidence, sound, plan(seconds))
    taken = time.perf_counter() - begin
    heard = " ".join(cue.text for cue in cues)
    report(
        f"{engine}, {name}: {seconds:.0f} s heard in {taken:.1f} s ({seconds / taken:.1f} times as fast);"
        f" word error rate {word_error_rate(heard, ' '.join(lines)):.2f},"
        f" words shared {shared(heard, lines):.2f}, with another text {shared(heard, others):.2f}"
    )
    assert shared(heard, lines) > shared(heard, others)


def test_decoding(tmp_path: Path, report: Report) -> None:
    """A whole title is made of one spoken text again and again."""
    from tests.support.authoring.tools import run

    say(SHIP, tmp_path / "spoken.mkv")
    title = tmp_path / "title.mkv"
    again = ("-stream_loop", -1, "-i", tmp_path / "spoken.mkv", "-t", TITLE, "-map", 0, "-c", "copy")
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *again, title)
    begin = time.perf_counter()
    windows = [samples for _, samples in decode_windows(title, 1, plan(TITLE))]
    taken = time.perf_counter() - begin
    report(f"decoding {len(windows)} windows, {sum(map(len, windows)) / RATE:.0f} s: {taken * 1000:.0f} ms")
    assert sum(map(len, windows)) == 4 * 30 * RATE
