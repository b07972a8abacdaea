"""Which references can be trusted, and for what; the faults are those of real collections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePath
from statistics import median

from engramd.match.labels import Label
from engramd.match.language import claimed, guess
from engramd.match.references import Reference
from engramd.match.text import Matrix, words
from engramd.match.timing import CueTimes

LEAST_CUES = 120
#: Largest share of one millisecond value among the starts; above it the clock is too coarse to match by.
COARSEST = 0.2
#: Largest share of the distances between cues that are all but equal; speech has about a tenth.
METRONOME = 0.6
#: A cue of this many words that occurs in this many episodes is a song or a recap.
RECURRING_WORDS, RECURRING_EPISODES = 4, 3
#: Different episodes of a show reach 0.3, and 0.36 by a recap; the same one from two sources has 0.6.
DUPLICATE, DUPLICATE_OF_FEW, FEW = 0.45, 0.8, 8
SWAPPED, SWAPPED_RATIO = 0.3, 1.5
#: Below this, two texts in one language that should be one episode are not.
STRANGERS = 0.12


@dataclass(frozen=True)
class Usable:
    """A reference with what it is good for; `times` None: its clock is too coarse."""

    reference: Reference
    language: str | None
    times: CueTimes | None
    texts: tuple[str, ...]

    @property
    def label(self) -> Label:
        """The episode it is labelled with."""
        return self.reference.label


@dataclass
class Checked:
    """Usable references, sentences about faults, and why a label must not be believed unasked."""

    usable: list[Usable] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    conflicts: dict[Label, str] = field(default_factory=dict)


def check(references: Sequence[Reference]) -> Checked:
    """Sort out what cannot be used; text comparison between references follows in `find_conflicts`."""
    checked = Checked()
    recurring = _recurring(references)
    for reference in references:
        if len(reference.cues) < LEAST_CUES:
            checked.problems.append(
                f"{reference.name} has only {len(reference.cues)} cues (at least {LEAST_CUES} are needed)"
            )
            continue
        checked.usable.append(_usable(reference, recurring, checked.problems))
    checked.problems += _odd_languages(checked.usable)
    checked.problems += _gaps(u.label for u in checked.usable)
    return checked


def coarse_clock(starts: Iterable[float]) -> bool:
    """Whether the times lie on a grid (whole seconds), so that anything fits them."""
    values = Counter(round(start * 1000) % 1000 for start in starts)
    return max(values.values(), default=0) > COARSEST * max(1, values.total())


def metronome(starts: Iterable[float]) -> bool:
    """Whether most cues follow one another at one distance (made by a machine), so that anything fits."""
    ordered = sorted(starts)
    gaps = [b - a for a, b in pairwise(ordered)]
    if not gaps:
        return False
    usual = median(gaps)
    return sum(abs(gap - usual) <= 0.1 * usual for gap in gaps) > METRONOME * len(gaps)


def _usable(reference: Reference, recurring: set[str], problems: list[str]) -> Usable:
    own = [cue for cue in reference.cues if _key(cue.text) not in recurring]
    if len(own) < LEAST_CUES:
        own = list(reference.cues)
    language = guess(cue.text for cue in reference.cues)
    stated = claimed(PurePath(reference.name).stem)
    if language and stated and language != stated:
        problems.append(f"{reference.name} says {stated} in its name, but its text is {language}")
    times: CueTimes | None = CueTimes.of([c.start for c in own], [c.end for c in own])
    if metronome(c.start for c in own):
        problems.append(f"{reference.name} has a cue every so many seconds; only its text is used")
        times = None
    elif coarse_clock(c.start for c in own):
        problems.append(f"{reference.name} has times on a grid of whole seconds; only its text is used")
        times = None
    return Usable(reference, language or stated, times, tuple(c.text for c in own))


def _key(text: str) -> str:
    line = words(text)
    return " ".join(line) if len(line) >= RECURRING_WORDS else ""


def _recurring(references: Sequence[Reference]) -> set[str]:
    """Give the long cues that several episodes share."""
    found: dict[str, set[Label]] = defaultdict(set)
    for reference in references:
        for cue in reference.cues:
            if key := _key(cue.text):
                found[key].add(reference.label)
    return {key for key, labels in found.items() if len(labels) >= RECURRING_EPISODES}


def _odd_languages(usable: Sequence[Usable]) -> list[str]:
    """Name files of another language than most, where the name does not say so."""
    counts = Counter(u.language for u in usable if u.language)
    if not counts:
        return []
    usual, number = counts.most_common(1)[0]
    return [
        f"{u.reference.name} is {u.language}, unlike most references ({usual})"
        for u in usable
        if u.language and u.language != usual and counts[u.language] * 5 <= number
        if not claimed(PurePath(u.reference.name).stem)
    ]


def _gaps(labels: Iterable[Label]) -> list[str]:
    """Name the episodes without a reference between the first and the last that have one."""
    seasons: dict[int, set[int]] = defaultdict(set)
    for label in labels:
        seasons[label.season].update(label.episodes)
    problems = []
    for season, episodes in sorted(seasons.items()):
        missing = [n for n in range(1, max(episodes)) if n not in episodes]
        if missing and season:
            names = ", ".join(f"E{n:02d}" for n in missing[:12]) + (" …" if len(missing) > 12 else "")
            problems.append(f"season {season} has no usable reference for {names}")
    return problems


def find_conflicts(checked: Checked, cosines: Matrix, documents: int) -> None:
    """Find references whose labels contradict each other, by the table of all usable against all."""
    limit = DUPLICATE if documents >= FEW else DUPLICATE_OF_FEW
    partner = _best_partner(checked.usable, cosines)
    for i, first in enumerate(checked.usable):
        for j, second in enumerate(checked.usable[:i]):
            if first.language != second.language:
                continue
            sentence = _contradiction(first, second, float(cosines[i, j]), limit, max(partner(i), partner(j)))
            if sentence:
                checked.problems.append(sentence)
                checked.conflicts.setdefault(first.label, sentence)
                checked.conflicts.setdefault(second.label, sentence)


def _best_partner(usable: Sequence[Usable], cosines: Matrix) -> Callable[[int], float]:
    def best(i: int) -> float:
        own = usable[i]
        return max(
            (
                float(cosines[i, k])
                for k, other in enumerate(usable)
                if k != i and other.label.overlaps(own.label) and other.language == own.language
            ),
            default=-1.0,
        )

    values = [best(i) for i in range(len(usable))]
    return lambda i: values[i]


def _contradiction(first: Usable, second: Usable, cosine: float, limit: float, partner: float) -> str:
    """Say what is wrong with a pair, or nothing; `partner` is the best agreement within one of the labels."""
    names = f"{first.reference.name} and {second.reference.name}"
    if first.label.overlaps(second.label):
        if cosine < STRANGERS and first.language is not None:
            return f"{names} have the same label but different dialogue; one of them is wrong"
        return ""
    swapped = partner >= 0 and cosine > SWAPPED and cosine > SWAPPED_RATIO * partner
    if cosine > limit or swapped:
        return f"{names} hold the same dialogue under two labels; one of them is wrong"
    return ""
