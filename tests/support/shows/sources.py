"""Who publishes subtitles, and how they go about it: styles and cuts drawn by chance within what is usual.

The shares are set so that the scores of pairs agree with those of real files (see `facts`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.support.shows.script import Episode
from tests.support.shows.subtitling import Edition, Style

PAL, FILM = 25 / 23.976, 24 / 23.976
#: The seven speed factors, and how often real pairs (but for PAL) had them.
FACTORS = (1.0, PAL, 1 / PAL, FILM, 1 / FILM, 25 / 24, 24 / 25)
FACTOR_SHARES = (0.93, 0.015, 0.005, 0.022, 0.012, 0.010, 0.006)


def official(luck: np.random.Generator, language: str = "eng") -> Style:
    """The publisher's subtitles: careful times, two lines in one cue, few signs."""
    return Style(
        language=language,
        reworded=luck.uniform(0.01, 0.10),
        omitted=luck.uniform(0.01, 0.05),
        jitter=luck.uniform(0.01, 0.06),
        loose=luck.uniform(0.03, 0.12),
        snaps=luck.uniform(0.1, 0.5),
        merge=luck.uniform(0.05, 0.35),
        longest=int(luck.integers(11, 15)),
        dropped=luck.uniform(0.02, 0.06),
        songs=bool(luck.random() < 0.4),
        extra=luck.uniform(0.0, 0.4),
    )


def fansub(luck: np.random.Generator, language: str = "eng") -> Style:
    """Another translation: other words, other splits, songs and signs; some sloppy, some free."""
    sloppy, free = luck.random() < 0.14, luck.random() < 0.15
    return Style(
        language=language,
        reworded=luck.uniform(0.50, 0.70) if free else luck.uniform(0.25, 0.48),
        omitted=luck.uniform(0.02, 0.08),
        jitter=luck.uniform(0.10, 0.35) if sloppy else luck.uniform(0.02, 0.08),
        loose=luck.uniform(0.2, 0.5) if sloppy else luck.uniform(0.05, 0.18),
        far=luck.uniform(0.3, 0.9),
        snaps=luck.uniform(0.1, 0.7),
        merge=luck.uniform(0.0, 0.3),
        longest=int(luck.integers(9, 15)),
        dropped=luck.uniform(0.01, 0.08),
        songs=bool(luck.random() < 0.7),
        extra=luck.uniform(0.1, 1.2),
    )


def dub_captions(luck: np.random.Generator, language: str = "eng") -> Style:
    """Captions of a dub: about a third of the words are others, sounds in brackets, no songs."""
    return replace(
        official(luck, language),
        reworded=luck.uniform(0.30, 0.50),
        omitted=luck.uniform(0.05, 0.10),
        jitter=luck.uniform(0.05, 0.12),
        merge=luck.uniform(0.0, 0.15),
        extra=luck.uniform(0.4, 1.2),
        songs=False,
    )


def translation(luck: np.random.Generator, language: str, *, careful: bool = False) -> Style:
    """Another language: independent times, fewer and longer cues; some rough unless `careful`."""
    rough = luck.random() < 0.07 and not careful
    return replace(
        fansub(luck, language),
        jitter=luck.uniform(0.2, 0.5) if rough else luck.uniform(0.03, 0.10),
        loose=luck.uniform(0.3, 0.6) if rough else luck.uniform(0.05, 0.18),
        merge=luck.uniform(0.1, 0.35),
        dropped=luck.uniform(0.04, 0.12),
        longest=int(luck.integers(10, 15)),
    )


def copied(style: Style, luck: np.random.Generator) -> Style:
    """The same text again, with other splits here and there and slightly other times."""
    return replace(
        style, reworded=0.01, omitted=0.01, jitter=luck.uniform(0.005, 0.06), loose=0.04, dropped=0.03
    )


def some_edition(luck: np.random.Generator) -> Edition:
    """A speed and an offset as releases have them: half start within a second, a tenth at 47 s or later."""
    factor = FACTORS[int(luck.choice(len(FACTORS), p=np.array(FACTOR_SHARES) / sum(FACTOR_SHARES)))]
    return Edition((), some_offset(luck), factor * some_drift(luck))


def some_drift(luck: np.random.Generator) -> float:
    """How far a clock is off that was set by hand at both ends: up to half a second in 22 minutes, seldom."""
    return 1.0 + (float(luck.uniform(-4e-4, 4e-4)) if luck.random() < 0.06 else 0.0)


def some_offset(luck: np.random.Generator) -> float:
    """Seconds, later or earlier: median 1, a tenth beyond 47, a hundredth beyond 124."""
    roll = luck.random()
    if roll < 0.62:
        size = luck.exponential(0.9)
    elif roll < 0.86:
        size = luck.exponential(14.0)
    else:
        size = min(163.0, luck.gamma(2.5, 26.0))
    return float(size if luck.random() < 0.7 else -min(size, 60.0))


def broadcast_cut(
    episode: Episode, luck: np.random.Generator, offset: float = 0.0, factor: float = 1.0
) -> Edition:
    """A cut for broadcast: some bits of 5 to 11 s are gone, so that the offset grows in steps."""
    count = 1 + int(luck.gamma(2.0, 2.7))
    lengths = luck.dirichlet(np.ones(count) * 1.5) * luck.uniform(5, 11) * count
    begins = np.sort(luck.uniform(30, episode.seconds - 40, size=count))
    removed: list[tuple[float, float]] = []
    for begin, length in zip(begins, lengths, strict=True):
        at = max(float(begin), removed[-1][1] + 1.0 if removed else 0.0)
        removed.append((at, at + float(length)))
    return Edition(tuple(removed), offset, factor * some_drift(luck))
