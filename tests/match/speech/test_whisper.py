"""The adapter to faster-whisper: without weights a stand-in hears, and the package's faults are real."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from engramd.match.model import MatchFailed
from engramd.match.speech.engines import Heard, choose_engine
from engramd.match.speech.sound import RATE
from engramd.match.speech.whisper import Whisper

faster_whisper = pytest.importorskip("faster_whisper")

SILENCE = np.zeros(RATE, np.float32)


def segment(start: float, end: float, text: str, **odd: float) -> Any:
    """Make a segment of the package's own type, as good as they come but for what is `odd`."""
    sure = {"avg_logprob": -0.3, "compression_ratio": 1.2, "no_speech_prob": 0.01}
    rest = {"id": 1, "seek": 0, "tokens": [], "words": None, "temperature": 0.0}
    return faster_whisper.transcribe.Segment(start=start, end=end, text=text, **{**sure, **odd}, **rest)


class StandInWhisperModel:
    """A stand-in for WhisperModel, which loads anything and hears what it was told to."""

    made: ClassVar[list[dict[str, Any]]] = []
    segments: ClassVar[list[Any]] = []
    languages: ClassVar[list[str]] = ["en", "de", "fr", "yue"]
    faults: ClassVar[list[Exception]] = []
    asked: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, path: str, **options: Any) -> None:
        self.made.append({"path": path, **options})
        self.supported_languages = self.languages

    def transcribe(self, samples: Any, **options: Any) -> tuple[Iterator[Any], object]:
        assert samples.dtype == np.float32
        self.asked.append(options)
        return self._give(), SimpleNamespace(language="en")

    def _give(self) -> Iterator[Any]:
        if self.faults:
            raise self.faults.pop(0)
        yield from self.segments


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> type[StandInWhisperModel]:
    class Fresh(StandInWhisperModel):
        made: ClassVar[list[dict[str, Any]]] = []
        segments: ClassVar[list[Any]] = []
        asked: ClassVar[list[dict[str, Any]]] = []
        faults: ClassVar[list[Exception]] = []

    monkeypatch.setattr(faster_whisper, "WhisperModel", Fresh)
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 0)
    return Fresh


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = tmp_path / "small"
    model.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (model / name).write_text("{}")
    return model


def test_what_the_adapter_asks_for_exists_in_the_installed_package() -> None:
    """The stand-in takes any option; the real signatures must know those that are used."""
    import inspect

    made = inspect.signature(faster_whisper.WhisperModel.__init__).parameters
    assert {"device", "compute_type", "cpu_threads", "local_files_only"} <= set(made)
    heard = inspect.signature(faster_whisper.WhisperModel.transcribe).parameters
    used = {"language", "beam_size", "temperature", "condition_on_previous_text", "vad_filter"}
    assert used <= set(heard)
    assert isinstance(faster_whisper.WhisperModel.supported_languages, property)


def test_segments_become_cues_at_the_time_of_the_title(
    folder: Path, stand_in: type[StandInWhisperModel]
) -> None:
    stand_in.segments = [segment(0.5, 2.0, " Where were you? "), segment(3.0, 4.25, " At home.")]
    engine = Whisper(folder)
    assert engine.hear(SILENCE, 600.0, "ger") == [
        Heard(600.5, 602.0, "Where were you?"),
        Heard(603.0, 604.25, "At home."),
    ]
    assert stand_in.asked[0]["language"] == "de"
    assert stand_in.asked[0]["vad_filter"] is True
    assert stand_in.made[0]["path"] == str(folder)
    assert stand_in.made[0]["local_files_only"] is True
    assert (stand_in.made[0]["device"], stand_in.made[0]["compute_type"]) == ("cpu", "int8")
    assert engine.name == "faster-whisper small on cpu"


def test_what_is_made_up_is_left_out(folder: Path, stand_in: type[StandInWhisperModel]) -> None:
    stand_in.segments = [
        segment(0, 1, "Thanks for watching!", no_speech_prob=0.9, avg_logprob=-1.4),
        segment(1, 2, "no no no no no no", compression_ratio=9.0),
        segment(2, 3, "   "),
        segment(3, 4, "Quiet but sure.", no_speech_prob=0.9),
    ]
    assert [one.words for one in Whisper(folder).hear(SILENCE, 0.0, None)] == ["Quiet but sure."]
    assert stand_in.asked[0]["language"] is None


def test_languages_are_those_of_the_model(folder: Path, stand_in: type[StandInWhisperModel]) -> None:
    engine = Whisper(folder)
    assert all(engine.supports(language) for language in ("eng", "ger", "fre", "yue", None))
    assert not engine.supports("jpn")


def test_a_graphics_card_is_used_and_given_up_where_its_libraries_are_missing(
    folder: Path, stand_in: type[StandInWhisperModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 1)
    stand_in.segments = [segment(0, 1, "Hello.")]
    engine = Whisper(folder)
    assert (stand_in.made[0]["device"], engine.name) == ("cuda", "faster-whisper small on cuda")
    stand_in.faults = [RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")]
    assert [one.words for one in engine.hear(SILENCE, 0.0, "eng")] == ["Hello."]
    assert [made["device"] for made in stand_in.made] == ["cuda", "cpu"]
    assert engine.name == "faster-whisper small on cpu"


def test_a_fault_on_the_processor_is_told(folder: Path, stand_in: type[StandInWhisperModel]) -> None:
    engine = Whisper(folder)
    stand_in.faults = [RuntimeError("broken")]
    with pytest.raises(RuntimeError, match="broken"):
        engine.hear(SILENCE, 0.0, "eng")
    assert len(stand_in.made) == 1


def test_the_real_package_refuses_what_is_no_model(folder: Path) -> None:
    with pytest.raises(MatchFailed, match="cannot be loaded") as raised:
        Whisper(folder)
    assert "model" in str(raised.value.why).lower()
    assert str(folder) in str(raised.value)
    assert "engramctl models get" in raised.value.remedy
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_the_real_package_misses_the_model_itself(folder: Path) -> None:
    (folder / "model.bin").unlink()
    with pytest.raises(MatchFailed, match="cannot be loaded") as raised:
        Whisper(folder)
    assert "model.bin" in str(raised.value.why)


def test_a_model_that_cannot_be_loaded_is_named_where_pocketsphinx_listens(folder: Path) -> None:
    pytest.importorskip("pocketsphinx")
    assert choose_engine(folder, "eng").name == "pocketsphinx (the speech model cannot be loaded)"
    with pytest.raises(MatchFailed, match="in the language ger") as raised:
        choose_engine(folder, "ger")
    assert "cannot be loaded" in raised.value.why


def test_a_model_of_english_only_leaves_other_languages_to_nobody(
    folder: Path, stand_in: type[StandInWhisperModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand_in, "languages", ["en"])
    assert choose_engine(folder, "eng").name.startswith("faster-whisper")
    assert choose_engine(folder, "und").name.startswith("faster-whisper")
    with pytest.raises(MatchFailed, match="in the language fre") as raised:
        choose_engine(folder, "fra")
    assert "engramctl models get" in raised.value.remedy
