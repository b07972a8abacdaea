"""What people make of an episode: a cut of it, and subtitles with words, splits and times of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from engramd.match.subtitles import Cue
from tests.support.shows.script import Episode, Line, phrase_tokens
from tests.support.shows.words import NAMES, RARE, spell

LONGEST_MERGED = 14
#: A translation that says so many chunks otherwise does so in every line.
FREE = 0.48
FRAME = 1001 / 24000


@dataclass(frozen=True)
class Edition:
    """A cut of an episode: what is `removed` (seconds of the uncut one), then speed and offset."""

    removed: tuple[tuple[float, float], ...] = ()
    offset: float = 0.0
    factor: float = 1.0

    def keeps(self, line: Line) -> bool:
        """Whether a line is in this cut."""
        return not any(a <= line.start < b for a, b in self.removed) and self.place(line.start) >= 0

    def place(self, at: float) -> float:
        """Where a moment of the uncut episode is in this cut."""
        gone = sum(max(0.0, min(at, b) - a) for a, b in self.removed) if self.removed else 0.0
        return (at - gone) * self.factor + self.offset


@dataclass(frozen=True)
class Style:
    """How somebody subtitles; shares are 0 to 1, times in seconds.

    `jitter` is the usual error of a start; a share of `loose` cues has an error of `far`. `snaps` is the
    share of starts that are moved to a near change of shot. `merge` joins neighbouring utterances, lines of
    more than `longest` words are cut in two. `reworded` and `omitted` are shares of chunks.
    """

    language: str = "eng"
    reworded: float = 0.15
    omitted: float = 0.04
    jitter: float = 0.07
    loose: float = 0.12
    far: float = 0.45
    snaps: float = 0.3
    merge: float = 0.2
    longest: int = 11
    dropped: float = 0.05
    songs: bool = True
    extra: float = 0.3  # signs, or sounds in brackets, a minute


WHOLE = Edition()


def subtitle(
    episode: Episode, style: Style, luck: np.random.Generator, edition: Edition = WHOLE
) -> list[Cue]:
    """Subtitle a cut of an episode."""
    lines = [x for x in episode.lines if edition.keeps(x) and (style.songs or x.kind != "song")]
    lines = [x for x, roll in zip(lines, luck.random(len(lines)), strict=True) if roll >= style.dropped]
    spoken = [
        _Spoken(x.start, x.end, words)
        for x, words in zip(lines, _words(lines, style, luck), strict=True)
        if words
    ]
    grouped = _merged(spoken, style, luck)
    cut = [part for s in grouped for part in _cut(s, style, luck)] + _extras(episode, style, luck)
    timed = _timed(sorted(cut, key=lambda s: s.start), episode, style, luck)
    return _cues(timed, style, edition)


@dataclass(frozen=True)
class _Spoken:
    start: float
    end: float
    words: tuple[str, ...]


def _words(lines: Sequence[Line], style: Style, luck: np.random.Generator) -> list[tuple[str, ...]]:
    """Put lines into words; some lines have one translation only, unless somebody translates very freely."""
    count = sum(len(line.chunks) for line in lines)
    rolls, variants = iter(luck.random(count).tolist()), iter(luck.integers(1, 6, size=count).tolist())
    free = style.reworded >= FREE
    plain = (luck.random(len(lines)) < 0.5).tolist()
    result = []
    for line, usual in zip(lines, plain, strict=True):
        share = style.reworded * (1.0 if free else 0.3 if usual else 1.7)
        omitted = style.omitted if line.kind != "song" else 0.0
        reworded = omitted + (share if line.kind != "song" else 0.0)
        words: list[str] = []
        for chunk in line.chunks:
            roll, variant = next(rolls), next(variants)
            if roll >= omitted:
                said = _reworded(chunk, variant) if roll < reworded else chunk
                words += _spelled(said, style.language)
        result.append(tuple(words))
    return result


@cache
def _spelled(chunk: int, language: str) -> tuple[str, ...]:
    return tuple(spell(token, language) for token in _tokens(chunk))


def _tokens(chunk: int) -> tuple[int, ...]:
    return phrase_tokens(-1 - chunk) if chunk < 0 else (chunk,)


def _reworded(chunk: int, variant: int) -> int:
    """Say it otherwise: a near rank is a word or phrase of like frequency. Names become `he` and `she`."""
    if chunk >= NAMES:
        return -1 - variant
    if chunk >= RARE:
        return chunk ^ variant
    return -1 - (-1 - chunk ^ variant) if chunk < 0 else chunk ^ variant


def _merged(spoken: Sequence[_Spoken], style: Style, luck: np.random.Generator) -> list[_Spoken]:
    result: list[_Spoken] = []
    rolls = luck.random(len(spoken))
    for each, roll in zip(spoken, rolls, strict=True):
        last = result[-1] if result else None
        near = last is not None and each.start - last.end < 0.8
        if last and near and roll < style.merge and len(last.words) + len(each.words) <= LONGEST_MERGED:
            result[-1] = _Spoken(last.start, max(last.end, each.end), last.words + each.words)
        else:
            result.append(each)
    return result


def _cut(spoken: _Spoken, style: Style, luck: np.random.Generator) -> list[_Spoken]:
    """Cut a long line in two; most people do so where the sentence has its pause."""
    if len(spoken.words) <= style.longest or luck.random() < 0.2:
        return [spoken]
    share = 0.5 + 0.12 * np.sin(spoken.start * 7) if luck.random() < 0.7 else luck.uniform(0.35, 0.65)
    place = max(2, min(len(spoken.words) - 2, round(len(spoken.words) * share)))
    at = spoken.start + (spoken.end - spoken.start) * share
    return [_Spoken(spoken.start, at, spoken.words[:place]), _Spoken(at, spoken.end, spoken.words[place:])]


def _extras(episode: Episode, style: Style, luck: np.random.Generator) -> list[_Spoken]:
    """Put in signs or sounds, which other sources have not, or elsewhere."""
    count = int(luck.poisson(style.extra * episode.seconds / 60))
    starts, words = (
        luck.uniform(2, episode.seconds - 4, size=count),
        luck.integers(RARE, RARE + 4000, size=count),
    )
    return [
        _Spoken(
            float(a), float(a) + 2.0, (spell(int(w), style.language), spell(int(w) % 150, style.language))
        )
        for a, w in zip(starts, words, strict=True)
    ]


def _timed(
    spoken: Sequence[_Spoken], episode: Episode, style: Style, luck: np.random.Generator
) -> list[_Spoken]:
    starts = np.array([s.start for s in spoken])
    far = luck.random(len(spoken)) < style.loose
    moved = starts + luck.normal(0.0, np.where(far, style.far, style.jitter))
    shots = np.array(episode.shots)
    near = shots[np.abs(shots[:, None] - moved[None, :]).argmin(axis=0)] if shots.size else moved
    snapped = (np.abs(near - moved) < 0.3) & (luck.random(len(spoken)) < style.snaps)
    moved = np.where(snapped, near, moved)
    ends = np.array([s.end for s in spoken]) + luck.gamma(2.0, 0.25, size=len(spoken))
    return sorted(
        (_Spoken(float(a), float(b), s.words) for a, b, s in zip(moved, ends, spoken, strict=True)),
        key=lambda s: s.start,
    )


def _cues(timed: Sequence[_Spoken], style: Style, edition: Edition) -> list[Cue]:
    placed = [_Spoken(edition.place(s.start), edition.place(s.end), s.words) for s in timed]
    inside = [s for s in placed if s.start >= 0]
    parts = zip(inside, [*(s.start for s in inside), float("inf")][1:], strict=False)
    gap = " " if style.language != "jpn" else ""
    return [
        Cue(
            round(s.start / FRAME) * FRAME,
            max(min(max(s.end, s.start + 0.8), following - 0.04), s.start + 0.3),
            gap.join(s.words),
        )
        for s, following in parts
        if following - s.start > 0.05
    ]
