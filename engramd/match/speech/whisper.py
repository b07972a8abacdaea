"""Hears with faster-whisper and a model in a folder, on a graphics card where there is one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from engramd.discs.languages import from_dvd
from engramd.match.model import MatchFailed
from engramd.match.speech.engines import GET_MODEL, Heard
from engramd.match.speech.memory import used_up
from engramd.match.speech.sound import Samples

MOST_THREADS = 4
#: Whisper repeats itself where nobody speaks; its authors' limits for both signs of it.
MOST_COMPRESSION, NO_SPEECH, LEAST_CONFIDENCE = 2.4, 0.6, -1.0


class Whisper:
    """The engine. Raises MatchFailed if the model cannot be loaded; nothing is ever fetched."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._device = "cuda" if has_graphics_card() else "cpu"
        self._model = self._load()
        codes = {_three(code): code for code in self._model.supported_languages}
        self._codes = {three: code for three, code in codes.items() if three}

    @property
    def name(self) -> str:
        """See Engine."""
        return f"faster-whisper {self._folder.name} on {self._device}"

    def supports(self, language: str | None) -> bool:
        """What its model knows; it finds out by itself what nobody named."""
        return language is None or language in self._codes

    def hear(self, samples: Samples, begin: float, language: str | None) -> list[Heard]:
        """See Engine."""
        code = self._codes[language] if language else None
        try:
            return self._hear(samples, begin, code)
        except RuntimeError as error:
            if self._device == "cpu" or used_up(error):
                raise
            # Libraries of the graphics card are looked for only now, and are often missing.
            self._device = "cpu"
            self._model = self._load()
            return self._hear(samples, begin, code)

    def _hear(self, samples: Samples, begin: float, code: str | None) -> list[Heard]:
        segments, _ = self._model.transcribe(
            samples,
            language=code,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            vad_filter=True,
        )
        return [
            Heard(begin + one.start, begin + one.end, one.text.strip()) for one in segments if _is_speech(one)
        ]

    def _load(self) -> Any:
        # The caller's limit is for tesseract; the OpenMP library reads it when it is loaded, which is now.
        os.environ.pop("OMP_THREAD_LIMIT", None)
        os.environ["HF_HUB_OFFLINE"] = "1"
        from faster_whisper import WhisperModel

        try:
            return WhisperModel(
                str(self._folder),
                device=self._device,
                compute_type="int8" if self._device == "cpu" else "auto",
                cpu_threads=min(MOST_THREADS, len(os.sched_getaffinity(0))),
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            if used_up(error):
                raise
            what = "the speech model cannot be loaded"
            raise MatchFailed(what, where=self._folder, why=error, remedy=GET_MODEL) from error


def has_graphics_card() -> bool:
    """Tell whether there is a card that the library can use; False also where the unit's sandbox hides it."""
    import ctranslate2

    try:
        return bool(ctranslate2.get_cuda_device_count() > 0)
    except RuntimeError:
        return False


def _is_speech(segment: Any) -> bool:
    silent = segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < LEAST_CONFIDENCE
    return bool(segment.text.strip()) and not silent and segment.compression_ratio <= MOST_COMPRESSION


def _three(code: str) -> str | None:
    return from_dvd(code.encode()) if len(code) == 2 else code
