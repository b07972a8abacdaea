"""Speech, heard by the real pocketsphinx: poorly, but enough to tell texts apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engramd.match.reading import SpeechHeard, SpeechWanted
from engramd.match.speech.listening import listen
from engramd.match.speech.pocket import LONGEST, PocketSphinx, _cues, _stream
from engramd.match.speech.sound import RATE, decode_windows
from tests.match.speech.spoken import DOG, SHIP, say, shared, word_error_rate

pytest.importorskip("pocketsphinx")


@pytest.fixture(scope="module")
def ship(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ship") / "ship.mkv"
    say(SHIP, path)
    return path


@pytest.fixture(scope="module")
def heard(ship: Path) -> SpeechHeard:
    """Listen in this process: the child would step back behind everything else that runs."""
    wanted = SpeechWanted(video=ship, stream=1, windows=((0.0, 60.0),), language="eng")
    return listen(wanted, memory=lambda _limit: None)


def test_the_words_are_those_of_what_was_said(heard: SpeechHeard) -> None:
    text = " ".join(words for _, _, words in heard.cues)
    assert heard.engine == "pocketsphinx"
    assert shared(text, SHIP) > 0.3
    assert shared(text, DOG) < 0.1
    assert word_error_rate(text, " ".join(SHIP)) < 0.9


def test_the_cues_lie_where_it_was_said(heard: SpeechHeard) -> None:
    assert len(heard.cues) >= 4
    assert all(0 <= begin < end <= 60 for begin, end, _ in heard.cues)
    assert all(end - begin <= LONGEST + 1 for begin, end, _ in heard.cues)
    rare = [word for line in SHIP for word in line.casefold().strip(".").split() if len(word) > 5]
    order = [
        rare.index(word) for _, _, words in heard.cues for word in words.split() if rare.count(word) == 1
    ]
    assert len(order) >= 3, "too few rare words were heard"
    assert order == sorted(order)


def test_silence_and_noise_are_not_many_words() -> None:
    engine = PocketSphinx()
    assert engine.hear(np.zeros(3 * RATE, np.float32), 0.0, None) == []
    assert engine.hear(np.zeros(0, np.float32), 0.0, None) == []
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * RATE).astype(np.float32)
    assert len(" ".join(one.words for one in engine.hear(noise, 0.0, None)).split()) < 8


def test_speech_up_to_the_very_end_of_a_window_is_heard(ship: Path) -> None:
    ((_, samples),) = decode_windows(ship, 1, [(0.0, 3.0)])
    engine = PocketSphinx()
    end = int(np.flatnonzero(np.abs(samples) > 0.1)[-1]) - RATE // 2
    for rest in range(2):
        cut = samples[: end // 480 * 480 + rest * 240]
        assert engine.hear(cut, 100.0, "eng")[-1].end == pytest.approx(100 + len(cut) / RATE, abs=0.7)


def test_quiet_speech_is_made_louder_and_never_too_loud() -> None:
    quiet = np.array([0.0, 0.01, -0.02], np.float32)
    assert np.frombuffer(_stream(quiet, 960).getvalue()[:6], "<i2")[2] == pytest.approx(-0.4 * 32767, abs=2)
    loud = np.array([1.4, -1.4], np.float32)
    assert np.abs(np.frombuffer(_stream(loud, 960).getvalue()[:4], "<i2").astype(int)).max() < 32767


def test_only_english_is_understood() -> None:
    engine = PocketSphinx(instead_of="there is no model")
    assert engine.supports("eng")
    assert engine.supports(None)
    assert not engine.supports("ger")
    assert engine.name == "pocketsphinx (there is no model)"


def test_a_long_utterance_becomes_several_cues() -> None:
    words = [(float(second), second + 0.9, f"word{second}") for second in range(20)]
    cues = _cues(words, 50.0)
    assert [cue.words.split()[0] for cue in cues] == ["word0", "word4", "word8", "word12", "word16"]
    assert (cues[0].begin, cues[-1].end) == (50.0, 69.9)
    assert _cues([], 0.0) == []


def test_a_pause_ends_a_cue() -> None:
    cues = _cues([(0.0, 0.5, "where"), (0.6, 1.0, "were"), (1.4, 2.0, "you")], 10.0)
    assert [(cue.begin, cue.end, cue.words) for cue in cues] == [
        (10.0, 11.0, "where were"),
        (11.4, 12.0, "you"),
    ]
