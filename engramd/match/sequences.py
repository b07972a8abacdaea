"""Names what is behind labels that contradict each other: two were swapped, a run is counted one further."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engramd.match.checked import Usable
from engramd.match.labels import Label
from engramd.match.references import Problem

#: So many labels in a row that are off by the same number are one mistake in counting.
LEAST_RUN = 3


@dataclass(frozen=True)
class _Off:
    """One episode that `first` and `second`, of two origins, call by different labels."""

    first: Usable
    second: Usable

    @property
    def step(self) -> int:
        return self.first.label.episodes[0] - self.second.label.episodes[0]

    @property
    def labels(self) -> frozenset[Label]:
        return frozenset({self.first.label, self.second.label})

    @property
    def at(self) -> int:
        return self.second.label.episodes[0]


def displacements(usable: Sequence[Usable], crossed: Sequence[tuple[int, int]]) -> list[Problem]:
    """Give a problem for each pair of references that are one episode under two labels, runs as one."""
    groups: dict[tuple[object, ...], list[_Off]] = defaultdict(list)
    for i, j in crossed:
        first, second = sorted((usable[i], usable[j]), key=lambda one: (str(one.origin), one.name))
        seasons = {first.label.season, second.label.season}
        groups[first.origin, second.origin, *seasons].append(_Off(first, second))
    twice = {off.labels for own in groups.values() for off in own if off.first.origin == off.second.origin}
    problems = [problem for own in groups.values() for problem in _told(own, twice)]
    told: dict[object, Problem] = {}
    for problem in problems:
        files = () if problem.kind == "duplicate" else problem.files
        told.setdefault((problem.kind, problem.labels, files), problem)
    return list(told.values())


def _told(own: list[_Off], twice: set[frozenset[Label]]) -> list[Problem]:
    """Name runs, then swaps, then single ones; what one origin has `twice` is no swap."""
    problems, rest = [], sorted(own, key=lambda off: (off.at, off.step, off.first.name))
    for run in _runs(rest):
        problems.append(_shifted(run))
        rest = [off for off in rest if off not in run]
    while rest:
        off = rest.pop(0)
        swap = off.labels not in twice
        back = next((other for other in rest if swap and _swapped(off, other)), None)
        if back:
            rest.remove(back)
            problems.append(_swap(off, back))
        else:
            problems.append(_duplicate(off))
    return problems


def _swapped(off: _Off, back: _Off) -> bool:
    return (off.first.label, off.second.label) == (back.second.label, back.first.label)


def _runs(offs: Sequence[_Off]) -> list[list[_Off]]:
    """Find the runs of episodes that are off by the same number, in two origins."""
    runs: list[list[_Off]] = []
    for step in sorted({off.step for off in offs}):
        for off in offs:
            if off.step != step or off.first.origin == off.second.origin:
                continue
            if runs and runs[-1][-1].step == step and 0 <= off.at - runs[-1][-1].at <= 1:
                runs[-1].append(off)
            else:
                runs.append([off])
    return [run for run in runs if len({off.at for off in run}) >= LEAST_RUN]


def _shifted(run: Sequence[_Off]) -> Problem:
    one, many = run[0], abs(run[0].step)
    how = {1: "one", 2: "two", 3: "three"}.get(many, str(many))
    way = "further" if one.step > 0 else "less"
    sentence = (
        f"{_origin(one.first)} counts {how} {way} than {_origin(one.second)} from {one.second.label} to"
        f" {run[-1].second.label} ({one.first.name} is {one.second.name})"
    )
    return Problem("shifted", sentence, _files(run), _labels(run))


def _swap(off: _Off, back: _Off) -> Problem:
    labels = sorted((off.first.label, off.second.label))
    sentence = (
        f"{_origin(off.first)} has {labels[0]} and {labels[1]} the other way round than {_origin(off.second)}"
        f" ({off.first.name} is {off.second.name})"
    )
    return Problem("swapped", sentence, _files((off, back)), _labels((off, back)))


def _duplicate(off: _Off) -> Problem:
    names = f"{off.first.name} and {off.second.name}"
    sentence = f"{names} hold the same dialogue under two labels; one of them is wrong"
    return Problem("duplicate", sentence, _files((off,)), _labels((off,)))


def _origin(one: Usable) -> str:
    source, language = one.origin
    if not source:
        return f"the file {one.name}"
    return f"source {source}" if not language or language == source else f"source {source} ({language})"


def _files(offs: Sequence[_Off]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for off in offs for name in (off.first.name, off.second.name)))


def _labels(offs: Sequence[_Off]) -> tuple[Label, ...]:
    return tuple(sorted({label for off in offs for label in (off.first.label, off.second.label)}))
