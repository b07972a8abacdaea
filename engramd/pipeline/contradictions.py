"""What speaks against TheDiscDB's record of a disc: cues, order, lengths. Pure.

A record is made by people and confirmed by lengths and sizes of titles, which say nothing of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from engramd.errors import InvalidArgument
from engramd.organize import EpisodeCode

if TYPE_CHECKING:
    from engramd.match.model import KnownEpisode, TitleMatch

#: From this confidence on, another episode than the recorded one speaks against the record.
STRONG = 0.5
#: Times the listed runtime that no cut or speed explains (the notes' limits for flags), and the part by which
#: a length may differ from the listed one while another episode fits it much better.
CLEARLY_OFF = (0.6, 1.67)
OFF, FITS = 0.25, 0.08
#: So many titles tell by how much a catalogue's runtimes differ from a disc's as a whole, within this.
ENOUGH, PLAUSIBLE = 3, (0.65, 1.3)


@dataclass(frozen=True)
class Recorded:
    """A title and the episode that the record names; `seconds` is its length, in the disc's order."""

    title_index: int
    episode: str
    seconds: float

    @property
    def code(self) -> EpisodeCode:
        """The episode."""
        return EpisodeCode.parse(self.episode)


@dataclass(frozen=True)
class Contradiction:
    """One thing that speaks against a record; `title_index` None: its order as a whole."""

    title_index: int | None
    sentence: str


def find(
    recorded: Sequence[Recorded],
    matches: Mapping[int, TitleMatch],
    roster: Sequence[KnownEpisode] = (),
) -> list[Contradiction]:
    """Give what contradicts a record; nothing does where the subtitles confirm every title of it."""
    by_cues = [*_by_cues(recorded, matches)]
    if all(_confirmed(one, matches.get(one.title_index)) for one in recorded):
        return []
    return [*by_cues, *_by_order(recorded), *_by_lengths(recorded, matches, roster)]


def _confirmed(one: Recorded, match: TitleMatch | None) -> bool:
    return match is not None and match.verdict == "matched" and match.episode == one.episode


def _by_cues(recorded: Sequence[Recorded], matches: Mapping[int, TitleMatch]) -> Iterator[Contradiction]:
    for one in recorded:
        match = matches.get(one.title_index)
        said = "" if match is None else _said(match)
        if said and said != one.episode and not _within(said, one.code):
            sentence = f"TheDiscDB says {one.episode}, the subtitles say {said}"
            yield Contradiction(one.title_index, sentence)


def _said(match: TitleMatch) -> str:
    """Give the episode that the subtitles say, or speak for strongly; empty where they say none."""
    if match.verdict == "matched" and match.episode:
        return match.episode
    best = max(match.candidates, key=lambda one: one.confidence, default=None)
    return best.episode if best is not None and best.confidence >= STRONG else ""


def _within(said: str, code: EpisodeCode) -> bool:
    """Whether a likely episode is one of several that the record names: then it does not contradict it."""
    if code.first == code.last:
        return False
    try:
        one = EpisodeCode.parse(said)
    except InvalidArgument:
        return False
    return one.season == code.season and code.first <= one.first and one.last <= code.last


def _by_order(recorded: Sequence[Recorded]) -> Iterator[Contradiction]:
    codes = [one.code for one in recorded]
    seen: dict[EpisodeCode, int] = {}
    for one in recorded:
        if one.code in seen:
            sentence = f"TheDiscDB says {one.episode} of title {seen[one.code]} too"
            yield Contradiction(one.title_index, sentence)
        seen.setdefault(one.code, one.title_index + 1)
    regular = [code for code in codes if code.season]
    if len(seen) == len(codes) and regular not in (sorted(regular), sorted(regular, reverse=True)):
        told = ", ".join(one.episode for one in recorded)
        sentence = f"TheDiscDB says {told}, which is neither the order of the titles nor its reverse"
        yield Contradiction(None, sentence)


def _by_lengths(
    recorded: Sequence[Recorded], matches: Mapping[int, TitleMatch], roster: Sequence[KnownEpisode]
) -> Iterator[Contradiction]:
    minutes = {(e.season, e.number): e.minutes for e in roster if e.minutes}
    listed = {one.title_index: _listed(one.code, minutes) for one in recorded}
    ratios = [one.seconds / listed[one.title_index] for one in recorded if listed[one.title_index]]
    scale = median(ratios) if len(ratios) >= ENOUGH else 1.0
    if not PLAUSIBLE[0] <= scale <= PLAUSIBLE[1]:
        scale = 1.0
    for one in recorded:
        length = listed[one.title_index] * scale
        if length and not _confirmed(one, matches.get(one.title_index)):
            sentence = _length_off(one, length, {key: m * 60 * scale for key, m in minutes.items()})
            if sentence:
                yield Contradiction(one.title_index, sentence)


def _listed(code: EpisodeCode, minutes: Mapping[tuple[int, int], float]) -> float:
    """Give the seconds that an episode, or several, should last; 0 where that is not known of all."""
    known = [minutes.get((code.season, number), 0.0) for number in range(code.first, code.last + 1)]
    return sum(known) * 60 if all(known) else 0.0


def _length_off(one: Recorded, length: float, lengths: Mapping[tuple[int, int], float]) -> str:
    times = one.seconds / length
    told = (
        f"TheDiscDB says {one.episode}, which lasts {length / 60:.0f} min by TMDB,"
        f" and the title lasts {one.seconds / 60:.0f} min"
    )
    if not CLEARLY_OFF[0] <= times <= CLEARLY_OFF[1]:
        return told
    season = one.code.season
    better = [n for (s, n), other in lengths.items() if s == season and abs(one.seconds / other - 1) <= FITS]
    if abs(times - 1) > OFF and better:
        return f"{told}, as S{season:02d}E{better[0]:02d} does"
    return ""
