"""Reference subtitles as an independent source would have them: the same dialogue, other cues and times."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

from .model import AuthoredTitle, Cue, write_srt
from .script import write_script
from .speech import time_script

#: What another transcriber might write.
OTHER_WORDS = {
    "behind": "back of",
    "every": "each",
    "never": "don't ever",
    "today": "this day",
    "will": "shall",
    "buy": "purchase",
    "strange": "odd",
    "tiny": "little",
    "wagon": "cart",
    "we": "you and I",
}


def write_references(
    folder: Path,
    show: str,
    episodes: Iterable[AuthoredTitle],
    *,
    season: int = 1,
    extra_episodes: int = 3,
    shift: float = 1.7,
    wording_noise: float = 0.3,
    seed: int = 1,
) -> list[Path]:
    """Write `<show>/Season 01/<show> - S01E02 - Title.srt`: the episodes, and more that are not on the disc.

    Times are shifted by about `shift` seconds and jitter; a few cues are split, joined or missing, and a
    share of about `wording_noise` is worded otherwise.
    """
    place = folder / show / f"Season {season:02}"
    place.mkdir(parents=True, exist_ok=True)
    known = {title.episode: list(title.cues) for title in episodes if title.episode is not None}
    lengths = [cues[-1].end + 2 for cues in known.values() if cues] or [125.0]
    number = max(known, default=0)
    for other in range(number + 1, number + 1 + extra_episodes):
        count = max((len(cues) for cues in known.values()), default=140)
        known[other] = time_script(write_script(other, count), lengths[other % len(lengths)], other)
    return [
        _write(
            place / f"{show} - S{season:02}E{number:02} - Chapter {number}.srt",
            cues,
            shift,
            wording_noise,
            seed,
        )
        for number, cues in sorted(known.items())
    ]


def _write(path: Path, cues: list[Cue], shift: float, noise: float, seed: int) -> Path:
    luck = random.Random(f"{path.name} {seed}")
    offset = shift * luck.uniform(0.8, 1.2)
    written: list[Cue] = []
    for cue in _recut(cues, luck):
        start = max(0.0, cue.start + offset + luck.gauss(0, 0.05))
        end = max(start + 0.2, cue.end + offset + luck.gauss(0.1, 0.1))
        text = _reword(cue.text, luck) if luck.random() < noise else cue.text
        written.append(Cue(start, end, text))
    write_srt(written, path)
    return path


def _recut(cues: list[Cue], luck: random.Random) -> list[Cue]:
    """Split some cues in two, join some neighbours, leave out a few."""
    result: list[Cue] = []
    for cue in cues:
        words, fate = cue.text.split(), luck.random()
        if fate < 0.02:
            continue
        if fate < 0.07 and len(words) > 2:
            middle = (cue.start + cue.end) / 2
            result += [
                Cue(cue.start, middle - 0.02, " ".join(words[:2])),
                Cue(middle, cue.end, " ".join(words[2:])),
            ]
        elif fate < 0.12 and result and cue.start - result[-1].end < 0.5:
            last = result.pop()
            result.append(Cue(last.start, cue.end, f"{last.text}\n{cue.text}"))
        else:
            result.append(cue)
    return result


def _reword(text: str, luck: random.Random) -> str:
    words = text.split(" ")
    for place, word in enumerate(words):
        if (other := OTHER_WORDS.get(word.lower())) is not None and luck.random() < 0.5:
            words[place] = other
            return " ".join(words)
    fate = luck.random()
    if fate < 0.4:
        return luck.choice(("Well, ", "Oh, ", "So, ", "- ")) + text
    if fate < 0.7 and len(words) > 2:
        return " ".join(words[:-1])
    return f"{text} {luck.choice(('again', 'now', 'then', 'please'))}"
