"""Asks the matcher about made discs and counts what it says."""

from __future__ import annotations

import inspect
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engramd.match.model import MatchRequest, MatchResult, Reading, TitleMatch, TitleToMatch
from tests.support.shows.classes import Class
from tests.support.shows.discs import Disc, DiscCase, make_disc
from tests.support.shows.writing import MadeReader, write_evidence, write_references


@dataclass(frozen=True)
class Outcome:
    """What became of a title: `expected` None means that nothing may be accepted; seconds of this process."""

    expected: str | None
    mislabelled: bool
    episode: str | None
    first: str | None
    confidence: float
    seconds: float
    reason: str

    @property
    def accepted(self) -> bool:
        """Whether it was accepted without a person."""
        return self.episode is not None

    @property
    def right(self) -> bool:
        """Whether the best candidate is the truth."""
        return self.expected is not None and (self.episode or self.first) == self.expected


def run(kind: Class, case: DiscCase) -> list[Outcome]:
    """Make a disc, ask about it, and compare with the truth."""
    disc = make_disc(case)
    reader = MadeReader(disc, 100_000 if kind.most is None else kind.most)
    with TemporaryDirectory() as name:
        folder = Path(name)
        asked = write_evidence(folder / "evidence", disc)
        references = write_references(folder / "Show", disc)
        portions = [[title] for title in asked] if kind.separate else [asked]
        outcomes = []
        for portion in portions:
            begin = time.process_time()
            result = ask(references, portion, reader, words=kind.most is not None)
            spent = (time.process_time() - begin) / len(portion)
            outcomes += [_outcome(disc, match, spent) for match in result.titles]
    return outcomes


def ask(references: Path, titles: Sequence[TitleToMatch], reader: MadeReader, *, words: bool) -> MatchResult:
    """Ask about titles; `words`: pictures and speech may be read."""
    from engramd.match import shelf

    reading = Reading(pictures=words, speech=words)
    request = MatchRequest(
        references=references, show="Show", titles=tuple(titles), direct=True, reading=reading
    )
    assign: Any = shelf.assign
    takes_reader = "reader" in inspect.signature(assign).parameters
    result: MatchResult = assign(request, reader=reader) if takes_reader else assign(request)
    return result


def _outcome(disc: Disc, match: TitleMatch, seconds: float) -> Outcome:
    title = disc.titles[match.title_index]
    expected = title.truth if title.known and not disc.case.wrong_show else None
    accepted = match.verdict == "matched"
    return Outcome(
        expected,
        title.truth in disc.mislabelled,
        match.episode if accepted else None,
        match.candidates[0].episode if match.candidates else None,
        match.candidates[0].confidence if match.candidates else 0.0,
        seconds,
        match.reason,
    )
