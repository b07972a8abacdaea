"""The child that listens: its answer, and a sentence for each thing that can go wrong with it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from engramd.match import reading
from engramd.match.model import Evidence, MatchFailed, Reading, Sound
from engramd.match.reading import ChildReader, SpeechHeard, SpeechWanted
from engramd.match.speech.engines import Heard
from engramd.match.speech.listening import listen
from engramd.match.speech.memory import GIB, limit_for
from engramd.match.speech.sound import RATE, Samples
from engramd.tools import Tools
from tests.support.authoring.tools import run

PACKAGE = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tone") / "tone.mka"
    sound = ("-f", "lavfi", "-i", "sine=frequency=440:duration=12", "-c:a", "ac3")
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *sound, path)
    return path


class StandInEngine:
    """A stand-in for an engine: hears one word in each window, or fails."""

    name = "stand-in"

    def __init__(self, fault: Exception | None = None) -> None:
        self._fault = fault
        self.heard: list[tuple[int, float, str | None]] = []

    def supports(self, language: str | None) -> bool:
        return True

    def hear(self, samples: Samples, begin: float, language: str | None) -> list[Heard]:
        if self._fault:
            raise self._fault
        self.heard.append((len(samples), begin, language))
        return [Heard(begin + 1, begin + 2.00049, f"word{begin:.0f}")]


def wanted(video: Path, **more: object) -> SpeechWanted:
    fields = {"video": video, "stream": 0, "windows": ((6.0, 9.0), (1.0, 3.0)), "language": "eng"} | more
    return SpeechWanted.model_validate(fields)


def listened(video: Path, engine: StandInEngine, **more: object) -> SpeechHeard:
    return listen(wanted(video, **more), lambda _model, _language: engine, lambda _limit: None)


def test_what_was_heard_is_sorted_by_time(tone: Path) -> None:
    engine = StandInEngine()
    answer = listened(tone, engine, language="fra")
    assert answer.cues == ((2.0, 3.0, "word1"), (7.0, 8.0, "word6"))
    assert answer.engine == "stand-in"
    assert engine.heard == [(3 * RATE, 6.0, "fre"), (2 * RATE, 1.0, "fre")]


def test_windows_without_sound_are_no_fault(tone: Path) -> None:
    assert listened(tone, StandInEngine(), windows=((50.0, 80.0),)).cues == ()


@pytest.mark.parametrize("fault", [RuntimeError("it broke"), ValueError("it broke")])
def test_an_engine_that_fails(tone: Path, fault: Exception) -> None:
    with pytest.raises(MatchFailed, match="failed") as raised:
        listened(tone, StandInEngine(fault))
    assert raised.value.why == "it broke"
    assert raised.value.remedy


@pytest.mark.parametrize("fault", [MemoryError(), RuntimeError("std::bad_alloc")])
def test_an_engine_that_needs_too_much_memory(tone: Path, fault: Exception) -> None:
    with pytest.raises(MatchFailed, match="more memory") as raised:
        listened(tone, StandInEngine(fault))
    assert "6 GiB" in raised.value.why
    assert "smaller model" in raised.value.remedy


def test_the_limit_grows_with_the_model() -> None:
    assert limit_for() == limit_for(500_000_000) == 6 * GIB
    assert limit_for(3 * GIB) == 9 * GIB


def test_the_process_is_limited_before_anything_is_loaded(tone: Path) -> None:
    order: list[object] = []

    def choose(_model: Path | None, _language: str | None) -> StandInEngine:
        order.append("engine")
        return StandInEngine()

    listen(wanted(tone), choose, order.append)
    assert order == [6 * GIB, "engine"]
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY


def run_child(asked: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "engramd.match", "speech"]
    return subprocess.run(
        command,
        input=asked,
        capture_output=True,
        text=True,
        cwd=PACKAGE,
        env=reading.ENVIRONMENT,
        check=False,
    )


def test_the_command_tells_a_fault_in_one_line(tone: Path) -> None:
    done = run_child(wanted(tone, stream=5).model_dump_json())
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "nothing to listen to" in line
    assert "choose the episode by hand" in line


def test_the_command_answers_with_json(tone: Path) -> None:
    pytest.importorskip("pocketsphinx")
    done = run_child(wanted(tone, windows=((1.0, 3.0),)).model_dump_json())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["engine"] == "pocketsphinx"
    assert done.stderr == ""


def test_the_command_refuses_nonsense() -> None:
    assert run_child("{}").returncode == 1


FAULTS = {
    "crashes": ("import os\nos.abort()", "exit code -6"),
    "eats memory": ("kept = bytearray(40 << 30)", "more memory than it may have"),
    "is broken": ("raise RuntimeError('no model')", "no model"),
    "hangs": ("import time\ntime.sleep(60)", "took too long"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_child_that(fault: str, tone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the package pocketsphinx misbehaves in the real child."""
    code, said = FAULTS[fault]
    (tmp_path / "pocketsphinx.py").write_text(code)
    monkeypatch.setitem(reading.ENVIRONMENT, "PYTHONPATH", f"{tmp_path}:{PACKAGE}")
    monkeypatch.setattr(reading, "SPEECH_TIMEOUT", 60.0 if fault != "hangs" else 2.0)
    reader = ChildReader(Tools(), Reading())
    with pytest.raises(MatchFailed) as raised:
        reader.speech(Evidence(source=str(tone), duration=12), Sound(stream=0, language="eng"), [(0.0, 5.0)])
    assert said in str(raised.value)
    told_by_the_child = fault in ("eats memory", "is broken")
    assert ("matched again" in raised.value.remedy) != told_by_the_child
    assert not told_by_the_child or "; " in raised.value.why
