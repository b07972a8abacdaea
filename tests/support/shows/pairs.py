"""Pairs of sources of a season, compared with one another, as the notes measured real ones.

The kinds of pairs and their shares are those of the real ones: mostly animation in English, a live-action
show whose disc is uncut and whose references are broadcast cuts, translations, copies, and roll-up captions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engramd.match.subtitles import Cue
from engramd.match.text import TextIndex, words
from engramd.match.timing import CueTimes, Timing, compare
from tests.support.shows import noise, sources
from tests.support.shows.script import Show
from tests.support.shows.sources import PAL
from tests.support.shows.subtitling import Edition, Style, subtitle

Floats = npt.NDArray[np.float64]
#: Kinds of pairs with their counts among the real ones (matching.md, section 3).
SHARES = {
    "independent": 2105,
    "dub": 356,
    "cut": 402,
    "cut, other language": 670,
    "other language": 405,
    "same text": 714,
    "rolled up": 56,
}
#: Pictures with four errors in a hundred characters, speech with 65 wrong words in a hundred.
OCR, WER = 0.04, 0.65


@dataclass(frozen=True)
class Words:
    """A title's words against each reference; `count` of its words."""

    cosines: Floats
    anchors: Floats
    count: int


@dataclass(frozen=True)
class Compared:
    """A title against all references of a season; `truth` is the place of the right one.

    `texts` are by how the words were read: whole, ocr, ocr 15, ocr 40, speech; empty across languages.
    """

    kind: str
    truth: int
    cues: int
    timings: tuple[Timing, ...]
    texts: dict[str, Words]


def compared(
    kind: str, seed: int, *, episodes: int = 12, every: int = 1, **habits: float
) -> Iterator[Compared]:
    """Make a season by two sources and compare the one's titles with the other's."""
    luck = np.random.default_rng([seed, 99])
    show = Show(
        seed, "sitcom" if "cut" in kind else ("anime", "anime", "drama", "sitcom")[seed % 4], **habits
    )
    here, there, edition = _styles(kind, luck)
    titles, references = [], []
    for number in range(1, episodes + 1):
        episode, own = show.episode(1, number), np.random.default_rng([seed, number, 5])
        title = subtitle(episode, here, own)
        titles.append(noise.rolled_up(title, own) if kind == "rolled up" else title)
        references.append(subtitle(episode, there, own, edition(episode, own)))
    times = [_times(cues) for cues in references]
    said = [] if "language" in kind else [[cue.text for cue in cues] for cues in references]
    index = TextIndex(said, references) if said else None
    for place in range(0, episodes, every):
        title = titles[place]
        texts = _texts(title, index, np.random.default_rng([seed, place, 7])) if index else {}
        count = min(len(title), len(references[place]))
        yield Compared(kind, place, count, tuple(compare(_times(title), times)), texts)


def _styles(kind: str, luck: np.random.Generator) -> tuple[Style, Style, Callable[..., Edition]]:
    """Give how the title and the reference are subtitled, and in which cut the reference is."""
    here = sources.official(luck)
    if "language" in kind:
        there = sources.translation(luck, "heb", careful="cut" in kind)
    elif kind == "same text":
        there = sources.copied(here, luck)
    else:
        there = sources.dub_captions(luck) if kind == "dub" else sources.fansub(luck)
    usual, pal = sources.some_edition(luck), bool(luck.random() < 0.5)

    def edition(episode, own):  # type: ignore[no-untyped-def]
        if "cut" in kind:
            factor = 1 / PAL if pal and "language" in kind else 1.0
            return sources.broadcast_cut(episode, own, sources.some_offset(own), factor)
        near = own.random() < 0.7
        offset = usual.offset + float(own.normal(0, 0.5)) if near else sources.some_offset(own)
        return replace(usual, offset=offset)

    return here, there, edition


def _texts(title: Sequence[Cue], index: TextIndex, luck: np.random.Generator) -> dict[str, Words]:
    read = [replace(c, text=noise.optically(c.text, OCR, luck)) for c in title]
    few, more = (_widest(read, count) for count in (15, 40))
    heard = noise.heard(title, WER, luck)
    ways = {"whole": title, "ocr": read, "ocr 15": few, "ocr 40": more, "speech": heard}
    return {
        name: Words(
            index.cosines(c.text for c in cues),
            index.anchors(cues),
            sum(len(words(c.text)) for c in cues),
        )
        for name, cues in ways.items()
    }


def _widest(cues: Sequence[Cue], count: int) -> list[Cue]:
    """Give the longest cue of each of `count` equal stretches."""
    parts = np.array_split(np.arange(len(cues)), count)
    return [cues[max(part, key=lambda n: len(cues[n].text))] for part in parts if part.size]


def _times(cues: Sequence[Cue]) -> CueTimes:
    return CueTimes.of([c.start for c in cues], [c.end for c in cues])
