"""Discs of shows made by code: titles with their evidence, references with their faults, and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from engramd.match.subtitles import Cue
from tests.support.shows import noise
from tests.support.shows.script import Episode, Show
from tests.support.shows.sources import (
    PAL,
    broadcast_cut,
    copied,
    dub_captions,
    fansub,
    official,
    some_edition,
    some_offset,
    translation,
)
from tests.support.shows.subtitling import Edition, Style, subtitle

Shown = Literal["text", "caption", "rolling", "bitmap", "speech"]
Faults = Literal["", "swap", "shift", "duplicate"]
Seen = Literal["independent", "dub", "copied"]
Only = Literal["", "signs", "commentary"]


@dataclass(frozen=True)
class DiscCase:
    """What kind of disc, and of references, is to be made; `seed` decides all else.

    `season` and `titles` count episodes. `shown` is what the titles' words are in; `ocr` errors a character
    and `wer` errors a word come to bitmaps and speech. `only`: there is no other track than that. `sources`
    references an episode are in `language`, and `seen` as an independent translation, a dub's captions or a
    copy. `cut`: they are of a broadcast cut, `pal`: of the PAL release, `clock`: on whole seconds,
    `wrong_show`: they are of another show of the same name. `absent` titles have no reference, `extra` titles
    are no episode, `pairs` makes each title hold two episodes. `faults` are wrong labels in the first source.
    `habits` are changes of the show's.
    """

    seed: int
    kind: str = "sitcom"
    season: int = 24
    titles: int = 5
    shown: Shown = "text"
    ocr: float = 0.0
    wer: float = 0.0
    sources: int = 1
    language: str = "eng"
    seen: Seen = "independent"
    only: Only = ""
    cut: bool = False
    pal: bool = False
    absent: int = 0
    extra: int = 0
    pairs: bool = False
    faults: Faults = ""
    wrong_show: bool = False
    clock: bool = False
    habits: tuple[tuple[str, float], ...] = ()

    @property
    def show(self) -> Show:
        """The show that is on the disc."""
        return Show(self.seed, self.kind, **dict(self.habits))


@dataclass(frozen=True)
class MadeTitle:
    """A title: `cues` say what is said and when; `truth` is `S01E02`, a range, or None for no episode.

    `known`: the true episode has a reference.
    """

    cues: tuple[Cue, ...]
    seconds: float
    truth: str | None
    known: bool = True


@dataclass(frozen=True)
class Disc:
    """Titles in the order of the disc, references by file name, and which labels are wrong."""

    case: DiscCase
    titles: tuple[MadeTitle, ...]
    references: dict[str, tuple[Cue, ...]] = field(default_factory=dict)
    mislabelled: frozenset[str] = frozenset()


def make_disc(case: DiscCase) -> Disc:
    """Make a disc: consecutive episodes from somewhere in the season."""
    luck = np.random.default_rng([case.seed, 11])
    show = case.show
    count = case.titles * (2 if case.pairs else 1)
    first = int(luck.integers(1, case.season - count + 2))
    numbers = list(range(first, first + count))
    gone = {int(n) for n in luck.choice(numbers, size=case.absent, replace=False)}
    style = official(luck)
    edition = Edition((), abs(some_offset(luck)) / 4)
    cues = {n: _title(case, show.episode(1, n), style, luck, edition) for n in numbers}
    titles = (
        _paired(cues, numbers)
        if case.pairs
        else [_single(cues, n, n not in gone and not case.only) for n in numbers]
    )
    titles += [_extra(case, style, number) for number in range(case.extra)]
    shelf, wrong = _shelf(case, show, numbers, gone, style)
    return Disc(case, tuple(titles), shelf, wrong)


def name(number: int) -> str:
    """Give `S01E02`."""
    return f"S01E{number:02d}"


def _title(
    case: DiscCase, episode: Episode, style: Style, luck: np.random.Generator, edition: Edition
) -> tuple[tuple[Cue, ...], float]:
    seconds = episode.seconds + edition.offset
    if case.only == "commentary":
        talk = Show(case.seed + 7, case.kind, lines_a_minute=36.0, words_a_line=9.0)
        return tuple(subtitle(talk.episode(1, episode.number), style, luck)), seconds
    cues = tuple(subtitle(episode, style, luck, edition))
    return tuple(noise.signs_only(cues, 50)) if case.only == "signs" else cues, seconds


def _single(cues: dict[int, tuple[tuple[Cue, ...], float]], number: int, known: bool) -> MadeTitle:
    return MadeTitle(*cues[number], name(number), known)


def _paired(cues: dict[int, tuple[tuple[Cue, ...], float]], numbers: Sequence[int]) -> list[MadeTitle]:
    titles = []
    for first, second in zip(numbers[::2], numbers[1::2], strict=True):
        (own, seconds), (more, length) = cues[first], cues[second]
        both = tuple(noise.one_after_another(own, more, seconds))
        titles.append(MadeTitle(both, seconds + length, f"{name(first)}-E{second:02d}"))
    return titles


def _extra(case: DiscCase, style: Style, number: int) -> MadeTitle:
    """Make an extra: a special that no reference has, or a creditless opening."""
    luck = np.random.default_rng([case.seed, 13, number])
    if number % 2:
        songs = [x for x in Show(case.seed, "anime").episode(1, 1).lines if x.kind == "song"]
        episode = Episode(
            0, 1, 100.0, tuple(replace(x, start=x.start % 90, end=x.start % 90 + 3) for x in songs[:20]), ()
        )
        return MadeTitle(tuple(subtitle(episode, replace(style, songs=True), luck)), 100.0, None)
    episode = case.show.episode(0, 90 + number)
    return MadeTitle(tuple(subtitle(episode, style, luck)), episode.seconds, None)


# -- references --


def _shelf(
    case: DiscCase, show: Show, numbers: Sequence[int], gone: set[int], style: Style
) -> tuple[dict[str, tuple[Cue, ...]], frozenset[str]]:
    told = replace(case, seed=case.seed + 1_000_003).show if case.wrong_show else show
    shelf: dict[str, tuple[Cue, ...]] = {}
    wrong: set[str] = set()
    for source in range(case.sources):
        own = np.random.default_rng([case.seed, 17, source])
        held = _contents(case, source, numbers, np.random.default_rng([case.seed, 19]))
        wrong |= {name(label) for label, number in held.items() if number != label}
        publisher = _publisher(case, own, style)
        usual = some_edition(own)
        for label, number in held.items():
            if number in gone:
                continue
            episode = told.episode(1, number)
            cues = subtitle(episode, publisher, own, _edition(case, episode, own, usual))
            cues = noise.whole_seconds(cues) if case.clock else cues
            shelf[f"source{source + 1}/Show.{name(label)}.srt"] = tuple(cues)
    return shelf, frozenset(wrong)


def _publisher(case: DiscCase, luck: np.random.Generator, style: Style) -> Style:
    if case.language != "eng":
        return translation(luck, case.language, careful=case.cut)
    if case.seen == "copied":
        return copied(style, luck)
    return dub_captions(luck) if case.seen == "dub" else fansub(luck)


def _edition(case: DiscCase, episode: Episode, luck: np.random.Generator, usual: Edition) -> Edition:
    """Most episodes of a release have its usual offset, some their own."""
    offset = usual.offset + float(luck.normal(0, 0.5)) if luck.random() < 0.7 else some_offset(luck)
    factor = 1 / PAL if case.pal else usual.factor
    if case.cut:
        return broadcast_cut(episode, luck, offset, factor if case.pal else 1.0)
    return replace(usual, offset=offset, factor=factor)


def _contents(
    case: DiscCase, source: int, on_disc: Sequence[int], luck: np.random.Generator
) -> dict[int, int]:
    """Say which episode lies under each label; faults are in the first source, and hit the disc."""
    held = {number: number for number in range(1, case.season + 1)}
    first = on_disc[int(luck.integers(0, max(1, len(on_disc) - 2)))]
    if source or not case.faults or first + 2 > case.season:
        return held
    if case.faults == "swap":
        held[first], held[first + 1] = first + 1, first
    elif case.faults == "shift":
        last = min(first + 3, case.season)
        held |= {label: label - 1 for label in range(first + 1, last + 1)} | {first: last}
    else:
        held[first + 1] = first
    return held
