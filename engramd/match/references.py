"""Finds and reads the reference subtitles of a show, and remembers what was read.

A folder may hold 50,000 files: their names are looked at first, and of what belongs to the show and season
MOST_OF_A_LABEL files an episode are read, of different sources and languages, and never more than MOST_READ.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

from engramd.match.labels import Label
from engramd.match.listing import Named, list_names, of_show, printable
from engramd.match.model import KnownEpisode, MatchRequest
from engramd.match.remembered import Reading, Remembered
from engramd.match.subtitles import Cue, UnreadableSubtitle, read_subtitles

__all__ = [
    "Loaded",
    "Problem",
    "ProblemKind",
    "Reference",
    "load_for",
    "load_references",
    "printable",
    "reading_of",
]

MOST_READ = 1000
MOST_OF_A_LABEL = 8
#: So many files are named one by one; of more, only the number is told.
MOST_NAMED = 20

ProblemKind = Literal[
    "unreadable",  # no subtitles in it, or it cannot be opened
    "unlabelled",  # the name tells no episode
    "other_show",  # of another show than the rest
    "left_out",  # more files than are read
    "few_cues",  # signs or forced subtitles only
    "language",  # another language than its name or its neighbours say
    "clock",  # times too coarse or too regular
    "missing",  # an episode without a reference
    "duplicate",  # the same dialogue under two labels
    "different",  # different dialogue under one label
    "swapped",  # two labels the other way round than in another source
    "shifted",  # a run of labels counted one further or less than in another source
    "outvoted",  # contradicted by two others that agree, and set aside
    "wording",  # the times agree, the words do not
    "unlike",  # two sources that fit each other nowhere
]


@dataclass(frozen=True)
class Problem:
    """What is wrong with references: the files and labels that it concerns, and a sentence for people.

    A `conflict` keeps everything with these labels from being believed unasked.
    """

    kind: ProblemKind
    sentence: str
    files: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    conflict: bool = False


@dataclass(frozen=True)
class Reference:
    """One reference file: the episode it is labelled with and its cues; `name` is its path below the show.

    Two files of one `source` (folder, release group), or with the same `content` (digest of what is said),
    are no independent witnesses. `language` is what the name claims.
    """

    name: str
    label: Label
    cues: tuple[Cue, ...]
    source: str = ""
    content: str = ""
    language: str | None = None


@dataclass
class Loaded:
    """References as read, with a sentence for each fault, and the same with the files concerned."""

    references: list[Reference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    details: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        """Add a fault."""
        self.problems.append(problem.sentence)
        self.details.append(problem)


def load_for(folder: Path, request: MatchRequest) -> Loaded:
    """Read the references that a request is about: below `folder`, and in the request's further folders."""
    shows = [name for name in (request.show, *request.also) if name]
    loaded = Loaded()
    for place in (folder, *request.folders):
        found = load_references(
            place,
            request.season,
            request.cache,
            roster=request.roster,
            shows=shows,
            name=printable(place.name) if request.folders else "",
        )
        loaded.references += found.references
        loaded.problems += found.problems
        loaded.details += found.details
    return loaded


def load_references(
    folder: Path,
    season: int | None,
    cache: Path | None = None,
    *,
    roster: Sequence[KnownEpisode] = (),
    shows: Sequence[str] = (),
    name: str = "",
) -> Loaded:
    """Read all references below a show's folder: of one season and the specials, or (None) of all seasons.

    `roster` tells the seasons of absolute numbers; of a folder with files of several shows, `shows` are the
    names of the one that is wanted. `name` is put before the files' names and stands for their source.
    """
    loaded = Loaded()
    listed = list_names(
        folder,
        loaded.problems,
        roster=roster,
        season=season,
        show=shows[0] if shows else "",
        whole=False,
    )
    loaded.details += [Problem("unreadable", sentence) for sentence in loaded.problems]
    listed, others = of_show(listed, shows)
    if others:
        files = f"{', '.join(others[:5])}{' …' if len(others) > 5 else ''}"
        loaded.add(Problem("other_show", f"files of other shows are left out: {files}"))
    _name_unlabelled([one for one in listed if one.label is None], loaded)
    wanted = [one for one in listed if one.label]
    memory = Remembered(folder, cache)
    for one in _limited(wanted, loaded):
        _read(folder, one, memory, loaded, name)
    memory.save()
    return loaded


def _read(folder: Path, one: Named, memory: Remembered, loaded: Loaded, place: str) -> None:
    name = printable(Path(place) / one.relative)
    reading = reading_of(folder / one.relative, os.fsencode(one.relative), memory)
    if reading.refused or one.label is None:
        labels = (one.label,) if one.label else ()
        loaded.add(Problem("unreadable", f"{name} {reading.refused}", (name,), labels))
        return
    source = f"{place} {one.source}".strip() if place else one.source
    loaded.references.append(Reference(name, one.label, reading.cues, source, reading.content, one.language))


def reading_of(path: Path, name: bytes, memory: Remembered) -> Reading:
    """Read a file, or recall what was read of it; `name` is what the memory knows it by."""
    try:
        status = path.stat()
        stamp = status.st_size, status.st_mtime_ns
    except OSError as error:
        return Reading(refused=f"cannot be read: {error.strerror}")
    if known := memory.recall(name, *stamp):
        return known
    try:
        cues = tuple(read_subtitles(path))
    except UnreadableSubtitle as error:
        return Reading(refused=str(error))  # not remembered: rights may change without a trace
    reading = Reading(cues, content_of(cues))
    memory.keep(name, *stamp, reading)
    return reading


def content_of(cues: Iterable[Cue]) -> str:
    """Give a digest of what is said: times, punctuation and case do not count."""
    text = re.sub(r"[\W_]+", "", "".join(cue.text for cue in cues).casefold())
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _limited(wanted: list[Named], loaded: Loaded) -> list[Named]:
    """Keep so many files an episode, of different sources and languages, and so many in all."""
    groups: dict[Label, list[Named]] = defaultdict(list)
    for one in wanted:
        if one.label:
            groups[one.label].append(one)
    turns = {label: _in_turns(group)[:MOST_OF_A_LABEL] for label, group in groups.items()}
    rounds = [
        one for turn in range(MOST_OF_A_LABEL) for own in turns.values() for one in own[turn : turn + 1]
    ]
    kept = rounds[:MOST_READ]
    if left := len(wanted) - len(kept):
        sentence = (
            f"{left} of {len(wanted)} reference files are left out: {MOST_OF_A_LABEL} an episode and"
            f" {MOST_READ} in all are read"
        )
        loaded.add(Problem("left_out", sentence))
    return sorted(kept, key=lambda one: one.relative)


def _in_turns(group: list[Named]) -> list[Named]:
    """Order files so that each language and each source comes once before any comes twice."""
    seen: dict[object, int] = defaultdict(int)
    ranked = []
    for place, one in enumerate(group):
        ranked.append((seen[one.language, one.source], seen[one.source] + seen[one.language, ""], place))
        for key in ((one.language, one.source), one.source, (one.language, "")):
            seen[key] += 1
    return [group[place] for *_, place in sorted(ranked)]


def _name_unlabelled(unlabelled: list[Named], loaded: Loaded) -> None:
    names = [printable(one.relative) for one in unlabelled]
    for name in names[:MOST_NAMED]:
        loaded.add(Problem("unlabelled", f"{name}: the name tells no season and episode", (name,)))
    if more := names[MOST_NAMED:]:
        sentence = f"the names of {len(more)} more files tell no season and episode"
        loaded.add(Problem("unlabelled", sentence, tuple(more)))
