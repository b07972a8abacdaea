"""What is said in the episodes of shows made by code, and when: the truth that all subtitles render.

A line's chunks are numbers: below zero a phrase of small words, else a token (see `words`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from tests.support.shows.words import (
    GENERAL,
    GENERAL_WORDS,
    NAMES,
    RARE,
    RARE_WORDS,
    SMALL_WORDS,
    zipf,
)

Kind = Literal["speech", "song", "recap"]
Floats = npt.NDArray[np.float64]

PHRASES = 20_000
SONG_SECONDS = 88.0


@dataclass(frozen=True)
class Line:
    """One utterance: from `start` to `end` (seconds of the uncut episode)."""

    start: float
    end: float
    chunks: tuple[int, ...]
    kind: Kind = "speech"


@dataclass(frozen=True)
class Episode:
    """An episode as it was made, uncut and without subtitles; `shots` are changes of shot, in seconds."""

    season: int
    number: int
    seconds: float
    lines: tuple[Line, ...]
    shots: tuple[float, ...]


@dataclass(frozen=True)
class Habits:
    """What the episodes of a show have in common. Chances are of a chunk being of a kind."""

    minutes: float = 24.0
    lines_a_minute: float = 16.0
    words_a_line: float = 7.0
    songs: bool = False
    recap: float = 0.0  # seconds
    cold_open: float = 60.0
    phrase: float = 0.49
    general: float = 0.25
    topic: float = 0.16
    name: float = 0.06
    gag: float = 0.01
    arc: float = 0.2  # share of an episode's topic that its neighbours have too
    story: int = 3  # episodes


KINDS = {
    "anime": Habits(minutes=23.7, lines_a_minute=15.0, songs=True, cold_open=70),
    "sitcom": Habits(minutes=22.5, lines_a_minute=19.0, words_a_line=7.5, cold_open=45, gag=0.02),
    "drama": Habits(minutes=43.0, lines_a_minute=15.0, words_a_line=7.5, recap=35.0, cold_open=150),
    "short": Habits(minutes=11.2, lines_a_minute=16.0, cold_open=20),
}


class Show:
    """A show with a vocabulary of its own; an episode is the same each time it is asked for."""

    def __init__(self, seed: int, kind: str = "sitcom", **changes: float) -> None:
        self.seed, self.kind = seed, kind
        luck = np.random.default_rng([seed, 1])
        spread = {
            "lines_a_minute": luck.uniform(0.8, 1.2),
            "words_a_line": luck.uniform(0.9, 1.1),
            "gag": luck.uniform(0.5, 3.0),
            "arc": luck.uniform(0.0, 4.5),
        }
        usual = KINDS[kind]
        self.habits = replace(usual, **{k: getattr(usual, k) * v for k, v in spread.items()} | changes)
        self._general = luck.permutation(GENERAL_WORDS)[:3500] + GENERAL
        self._jargon = luck.integers(RARE_WORDS, size=120) + RARE
        self._names = luck.integers(1_000_000, size=40) + NAMES
        self._gags = [tuple(int(c) for c in self._chunks(luck, 4, self._jargon)) for _ in range(25)]
        self._songs = [self._song(luck) for _ in range(2)]
        self.episode = lru_cache(maxsize=64)(self._episode)

    def _episode(self, season: int, number: int) -> Episode:
        """Give an episode (numbers from 1)."""
        habits = self.habits
        luck = np.random.default_rng([self.seed, 2, season, number])
        seconds = habits.minutes * 60 * luck.uniform(0.985, 1.015)
        song = SONG_SECONDS if habits.songs else 25.0
        cold = max(2.0, habits.cold_open * luck.uniform(0.5, 1.5)) if luck.random() < 0.7 else 2.0
        free = seconds - 2 * song - habits.recap
        count = round(habits.lines_a_minute * free / 60 * luck.uniform(0.88, 1.12))
        spoken = self._spoken(luck, count, free, self._topic(season, number, luck))
        lines = [_moved(x, habits.recap + (song if x.start > cold else 0.0)) for x in spoken]
        if habits.songs:
            lines += [_moved(x, habits.recap + cold) for x in self._songs[0]]
            lines += [_moved(x, seconds - song) for x in self._songs[1]]
        if habits.recap and number > 1:
            lines += _recap(luck, self.episode(season, number - 1), habits.recap)
        shots = tuple(float(s) for s in np.cumsum(luck.gamma(1.3, 2.6, size=int(seconds / 3))) if s < seconds)
        return Episode(season, number, seconds, tuple(sorted(lines, key=lambda x: x.start)), shots)

    def _spoken(
        self, luck: np.random.Generator, count: int, seconds: float, topic: npt.NDArray[np.int64]
    ) -> list[Line]:
        own = self.habits.words_a_line / 2.0
        sizes = np.minimum(1 + luck.poisson(own - 1, size=count) * luck.integers(0, 3, size=count) // 1, 7)
        chunks = self._chunks(luck, int(sizes.sum()), topic)
        ends = np.cumsum(sizes)
        texts = [tuple(int(c) for c in chunks[e - s : e]) for s, e in zip(sizes, ends, strict=True)]
        for place in np.flatnonzero(luck.random(count) < self.habits.gag):
            texts[place] = self._gags[int(luck.integers(len(self._gags)))]
        lengths = 0.35 + 0.42 * np.array([len(t) for t in texts]) * luck.uniform(0.7, 1.35, size=count)
        return [
            Line(float(a), float(a + d), t)
            for a, d, t in zip(_starts(luck, lengths, seconds), lengths, texts, strict=True)
        ]

    def _topic(self, season: int, number: int, luck: np.random.Generator) -> npt.NDArray[np.int64]:
        """Give what an episode is about: words of its own, and some of a story told over a few episodes."""
        story = np.random.default_rng([self.seed, 3, season, (number + 1) // self.habits.story])
        own = luck.integers(RARE_WORDS, size=140) + RARE
        shared = luck.random(140) < self.habits.arc
        return np.where(shared, story.integers(RARE_WORDS, size=140) + RARE, own)

    def _chunks(
        self, luck: np.random.Generator, count: int, topic: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        habits = self.habits
        kind = np.searchsorted(
            np.cumsum([habits.phrase, habits.general, habits.topic, habits.name]), luck.random(count)
        )
        choices = [
            -1 - zipf(luck, PHRASES, count, steep=0.65),
            self._general[zipf(luck, len(self._general), count, steep=0.75)],
            topic[zipf(luck, len(topic), count, steep=0.7)],
            self._names[zipf(luck, len(self._names), count)],
            self._jargon[zipf(luck, len(self._jargon), count)],
        ]
        return np.choose(kind, choices)

    def _song(self, luck: np.random.Generator) -> list[Line]:
        lengths = luck.uniform(1.5, 3.2, size=28)
        starts = _starts(luck, lengths, SONG_SECONDS - 4)
        return [
            Line(float(a), float(a + d), tuple(int(c) for c in self._chunks(luck, 3, self._jargon)), "song")
            for a, d in zip(starts, lengths, strict=True)
        ]


def phrase_tokens(number: int) -> tuple[int, ...]:
    """Give the small words of a phrase; the same in all shows."""
    return _phrases()[number % PHRASES]


@lru_cache(maxsize=1)
def _phrases() -> list[tuple[int, ...]]:
    luck = np.random.default_rng(7)
    sizes = 1 + luck.integers(0, 4, size=PHRASES)
    return [tuple(int(t) for t in zipf(luck, SMALL_WORDS, int(size), steep=0.95)) for size in sizes]


def _starts(luck: np.random.Generator, lengths: Floats, seconds: float) -> Floats:
    """Lay utterances out in time: quick exchanges (some overlap), pauses, scenes, stretches of action."""
    count = len(lengths)
    gaps = luck.gamma(0.9, 0.45, size=count) - 0.08
    kind = luck.random(count)
    gaps += np.where(kind < 0.30, luck.gamma(1.2, 2.2, size=count), 0.0)
    gaps += np.where(kind < 0.06, luck.gamma(1.5, 6.0, size=count), 0.0)
    room = seconds - 2.0 - float(lengths.sum())
    if room > 0.1 * seconds:
        gaps *= room / float(gaps.sum())
        return np.cumsum(gaps) + np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    return (np.cumsum(gaps) + np.concatenate([[0.0], np.cumsum(lengths)[:-1]])) * (
        (seconds - 2.0) / float(gaps.sum() + lengths.sum())
    )


def _recap(luck: np.random.Generator, before: Episode, seconds: float) -> list[Line]:
    """Show moments of the episode before: three to five runs of its lines, close together."""
    spoken = [x for x in before.lines if x.kind == "speech"]
    lines, at = [], 3.0
    while at < seconds - 4:
        first = int(luck.integers(0, len(spoken) - 4))
        for line in spoken[first : first + int(luck.integers(2, 4))]:
            lines.append(Line(at, at + line.end - line.start, line.chunks, "recap"))
            at += line.end - line.start + float(luck.uniform(0.2, 1.5))
    return lines


def _moved(line: Line, by: float) -> Line:
    return replace(line, start=line.start + by, end=line.end + by)
