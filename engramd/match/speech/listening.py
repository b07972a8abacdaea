"""The `speech` command of the child: decodes the windows that are wanted, and has them heard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engramd.match.model import MatchFailed
from engramd.match.reading import SpeechHeard, SpeechWanted
from engramd.match.speech.engines import GET_MODEL, Engine, choose_engine, known_language, model_fault
from engramd.match.speech.memory import GIB, limit_for, limit_memory, used_up
from engramd.match.speech.models import look_at
from engramd.match.speech.sound import decode_windows


def listen(
    wanted: SpeechWanted,
    choose: Callable[[Path | None, str | None], Engine] = choose_engine,
    memory: Callable[[int], None] = limit_memory,
) -> SpeechHeard:
    """Give what is said in the windows, sorted by time; `memory` limits the whole process.

    Raises MatchFailed with the reason and the remedy: no such sound, no engine, an engine that fails.
    """
    limit = _limit(wanted.model)
    if limit is not None:
        memory(limit)
    try:
        return _hear_all(wanted, choose(wanted.model, wanted.language))
    except (RuntimeError, MemoryError, ValueError) as error:
        if used_up(error):
            raise _too_much(limit) from error
        what, remedy = "the engine that hears speech failed", f"try another model: {GET_MODEL}"
        raise MatchFailed(what, why=error, remedy=remedy) from error


def _limit(model: Path | None) -> int | None:
    """Give the limit in bytes; None on a graphics card, whose driver reserves more than there is memory."""
    if model is None or model_fault(model)[0]:
        return limit_for()
    from engramd.match.speech.whisper import has_graphics_card

    return None if has_graphics_card() else limit_for(look_at(model).size)


def _too_much(limit: int | None) -> MatchFailed:
    why = f"it may have {limit / GIB:.0f} GiB" if limit else "the graphics card has too little"
    what = "the engine that hears speech needs more memory than it may have"
    return MatchFailed(what, why=why, remedy="take a smaller model: engramctl models get base")


def _hear_all(wanted: SpeechWanted, engine: Engine) -> SpeechHeard:
    language = known_language(wanted.language)
    cues = []
    for begin, samples in decode_windows(wanted.video, wanted.stream, wanted.windows):
        for heard in engine.hear(samples, begin, language):
            cues.append((round(heard.begin, 3), round(heard.end, 3), heard.words))
    return SpeechHeard(cues=tuple(sorted(cues)), engine=engine.name)
