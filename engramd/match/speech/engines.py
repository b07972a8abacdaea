"""What listens: one small protocol, and the choice of the best engine that is there. Light to import."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engramd.discs.languages import from_bluray
from engramd.match.model import MatchFailed
from engramd.match.speech.models import look_at
from engramd.optional import how_to_get

if TYPE_CHECKING:
    from engramd.match.speech.sound import Samples

#: Packages of Python, and the extra of this program that brings each.
WHISPER, POCKETSPHINX = "faster_whisper", "pocketsphinx"
GET_WHISPER, GET_POCKETSPHINX = how_to_get("faster-whisper"), how_to_get("pocketsphinx")
GET_MODEL = "engramctl models get small"


@dataclass(frozen=True)
class Heard:
    """What was said from `begin` to `end`, in seconds of the title."""

    begin: float
    end: float
    words: str


class Engine(Protocol):
    """Hears words. May raise RuntimeError or MemoryError of the library below it."""

    @property
    def name(self) -> str:
        """The engine and its model, for people."""
        ...

    def supports(self, language: str | None) -> bool:
        """Tell whether it knows this language (ISO 639-2/B); None is a language that nobody named."""
        ...

    def hear(self, samples: Samples, begin: float, language: str | None) -> list[Heard]:
        """Give what is said in mono samples at 16 kHz that begin at `begin` (seconds of the title)."""
        ...


def choose_engine(model: Path | None, language: str | None) -> Engine:
    """Give faster-whisper where it and a model are there, else pocketsphinx for English.

    `language` is an ISO 639-2 code; an unknown one is tried as English where only English is understood.
    Raises MatchFailed, with the reason and the remedy, where nothing understands the language.
    """
    spoken = known_language(language)
    try:
        return _whisper(model, spoken)
    except MatchFailed as error:
        lacking = error
    if not installed(POCKETSPHINX):
        raise _deaf(lacking, spoken)
    from engramd.match.speech.pocket import PocketSphinx

    poor = PocketSphinx(instead_of="" if model is None else lacking.what)
    if not poor.supports(spoken):
        raise _deaf(lacking, spoken)
    return poor


def known_language(code: str | None) -> str | None:
    """Give the ISO 639-2/B code of what a file calls its language; None for `und` and the like."""
    known = from_bluray((code or "").encode("ascii", "replace"))
    return None if known in ("mul", "mis", "zxx", "qaa") else known


def installed(package: str) -> bool:
    """Tell whether a package of Python is there, without importing it."""
    return find_spec(package) is not None


def model_fault(model: Path | None) -> tuple[str, str]:
    """Say why faster-whisper cannot use a model's folder, and the remedy; empty where it can."""
    remedy = GET_MODEL
    if model is None:
        return "there is no model of faster-whisper", remedy
    if not installed(WHISPER):
        return "faster-whisper is not installed", GET_WHISPER
    remedy += "; and leave speech_model_path empty, or name the folder there"
    if not model.is_dir():
        return f"the speech model's folder is not there ({model})", remedy
    try:
        lacking = look_at(model).lacking
    except OSError as error:
        return f"the speech model's folder cannot be read ({model}): {error.strerror}", remedy
    return (f"the speech model in {model} lacks {', '.join(lacking)}", remedy) if lacking else ("", "")


def _whisper(model: Path | None, language: str | None) -> Engine:
    """Give the engine. Raises MatchFailed where there is none for this language."""
    fault, remedy = model_fault(model)
    if fault or model is None:
        raise MatchFailed(fault, remedy=remedy)
    from engramd.match.speech.whisper import Whisper

    engine = Whisper(model)
    if not engine.supports(language):
        raise MatchFailed(f"{engine.name} does not understand it", remedy=GET_MODEL)
    return engine


def _deaf(lacking: MatchFailed, language: str | None) -> MatchFailed:
    """Say that nothing hears this language, and what would."""
    remedy = lacking.remedy
    if not installed(WHISPER) and remedy != GET_WHISPER:
        remedy = f"{GET_WHISPER}, and {remedy}"
    if language not in (None, "eng"):
        what = f"nothing here understands speech in the language {language}"
        return MatchFailed(what, why=lacking.what, remedy=remedy)
    why = f"{lacking.what}, and pocketsphinx is not installed"
    remedy = f"{GET_POCKETSPHINX} (poor, English only); or {remedy}"
    return MatchFailed("nothing here hears speech", why=why, remedy=remedy)
