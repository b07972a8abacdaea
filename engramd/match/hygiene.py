"""Which references can be trusted, and for what; the faults are those of real collections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import PurePath
from statistics import median

from engramd.match.amounts import LEAST_CUES, least_cues
from engramd.match.checked import Checked, Usable, independent
from engramd.match.crosscheck import cross_check
from engramd.match.labels import Label
from engramd.match.language import alike, claimed, guess
from engramd.match.references import Problem, Reference
from engramd.match.subtitles import Cue
from engramd.match.timing import CueTimes

__all__ = [
    "LEAST_CUES",
    "Checked",
    "Problem",
    "Usable",
    "check",
    "coarse_clock",
    "independent",
    "metronome",
]

#: Largest share of one millisecond value among the starts; above it the clock is too coarse to match by.
COARSEST = 0.2
#: Largest share of the distances between cues that are all but equal; speech has about a tenth.
METRONOME = 0.6
#: A cue of this many words that occurs in this many episodes is a song or a recap.
RECURRING_WORDS, RECURRING_EPISODES = 4, 3
#: The least letters of a script that parts no words, for the same.
RECURRING_SIGNS = 8
#: Two files that share so much of their long cues, of so many at least, are copies of one text.
COPIED, LEAST_COPIED = 0.8, 20
_FIRST_SIGN = "\u2e80"
_PUNCTUATION = str.maketrans("", "", ".,;:!?…\"'’‘“”«»-–—()[]{}♪♫#*~<>/|¿¡。、！？「」")


def check(references: Sequence[Reference]) -> Checked:
    """Sort out what cannot be used, then compare the rest with one another.

    References that two others contradict are set aside; labels that stay in doubt are conflicts.
    """
    checked = Checked()
    keys = [_keys(reference.cues) for reference in references]
    recurring = _recurring(references, keys)
    least = least_cues([len(reference.cues) for reference in references])
    for reference, own in zip(_with_copies(references, keys), keys, strict=True):
        if len(reference.cues) < least:
            sentence = f"{reference.name} has only {len(reference.cues)} cues (at least {least} are needed)"
            checked.add(_about("few_cues", reference, sentence))
            continue
        cues = [cue for cue, key in zip(reference.cues, own, strict=True) if key not in recurring]
        checked.usable.append(_usable(reference, cues, checked))
    _name_odd_languages(checked)
    _name_gaps(checked)
    cross_check(checked)
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


def _about(kind: str, reference: Reference, sentence: str) -> Problem:
    return Problem(kind, sentence, (reference.name,), (reference.label,))  # type: ignore[arg-type]


def _usable(reference: Reference, own: Sequence[Cue], checked: Checked) -> Usable:
    """Take a reference's own cues, or all where too few are its own."""
    if len(own) < min(LEAST_CUES, len(reference.cues)):
        own = reference.cues
    language = guess(cue.text for cue in reference.cues)
    stated = reference.language or claimed(PurePath(reference.name).stem)
    if language and stated and not alike(language, stated):
        sentence = f"{reference.name} says {stated} in its name, but its text is {language}"
        checked.add(_about("language", reference, sentence))
    return Usable(reference, language or stated, _times(reference, own, checked), tuple(own))


def _times(reference: Reference, own: Sequence[Cue], checked: Checked) -> CueTimes | None:
    starts = [cue.start for cue in own]
    if len(starts) < LEAST_CUES:
        return None
    if metronome(starts):
        why = "a cue every so many seconds"
    elif coarse_clock(starts):
        why = "times on a grid of whole seconds"
    else:
        return CueTimes.of(starts, [cue.end for cue in own])
    checked.add(_about("clock", reference, f"{reference.name} has {why}; only its text is used"))
    return None


def _keys(cues: Sequence[Cue]) -> list[str]:
    """Reduce each cue to what is said in it; nothing for one that is too short to be recognized."""
    text = "\n".join([cue.text.replace("\n", " ") for cue in cues]).casefold().translate(_PUNCTUATION)
    return [_key(line.split()) for line in text.split("\n")] if cues else []


def _key(line: list[str]) -> str:
    key = " ".join(line)
    signs = len(key) >= RECURRING_SIGNS and key[0] >= _FIRST_SIGN
    return key if len(line) >= RECURRING_WORDS or signs else ""


def _with_copies(references: Sequence[Reference], keys: Sequence[Sequence[str]]) -> list[Reference]:
    """Give copies of one another one content: a release's own greeting makes no second witness of them."""
    known: dict[Label, list[tuple[set[str], str]]] = defaultdict(list)
    result = []
    for reference, own in zip(references, keys, strict=True):
        said = set(filter(None, own))
        copied = next((content for lines, content in known[reference.label] if _is_copy(said, lines)), "")
        known[reference.label].append((said, copied or reference.content))
        result.append(replace(reference, content=copied) if copied else reference)
    return result


def _is_copy(one: set[str], other: set[str]) -> bool:
    shorter = min(len(one), len(other))
    return shorter >= LEAST_COPIED and len(one & other) >= COPIED * shorter


def _recurring(references: Sequence[Reference], keys: Sequence[Sequence[str]]) -> set[str]:
    """Give the long cues that several episodes share."""
    said: dict[Label, set[str]] = defaultdict(set)
    for reference, own in zip(references, keys, strict=True):
        said[reference.label].update(own)
    episodes = Counter(chain.from_iterable(said.values()))
    return {key for key, count in episodes.items() if key and count >= RECURRING_EPISODES}


def _name_odd_languages(checked: Checked) -> None:
    """Name files of another language than most, where the name does not say so."""
    counts = Counter(u.language for u in checked.usable if u.language)
    if not counts:
        return
    usual, number = counts.most_common(1)[0]
    for one in checked.usable:
        odd = one.language and not alike(one.language, usual) and counts[one.language] * 5 <= number
        if odd and not claimed(PurePath(one.name).stem):
            sentence = f"{one.name} is {one.language}, unlike most references ({usual})"
            checked.add(_about("language", one.reference, sentence))


def _name_gaps(checked: Checked) -> None:
    """Name the episodes without a reference before the last that has one."""
    seasons: dict[int, set[int]] = defaultdict(set)
    for one in checked.usable:
        seasons[one.label.season].update(one.label.episodes)
    for season, episodes in sorted(seasons.items()):
        missing = [n for n in range(1, max(episodes)) if n not in episodes]
        if missing and season:
            names = ", ".join(f"E{n:02d}" for n in missing[:12]) + (" …" if len(missing) > 12 else "")
            labels = tuple(Label(season, (n,)) for n in missing)
            sentence = f"season {season} has no usable reference for {names}"
            checked.add(Problem("missing", sentence, labels=labels))
