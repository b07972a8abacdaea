"""Distributions of scores on made pairs, beside those measured on real subtitle files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tests.support.shows.pairs import SHARES, Compared, Words, compared


@dataclass(frozen=True)
class Fact:
    """A figure by name: as measured on real files, and on the made ones."""

    name: str
    measured: float
    made: float

    def __str__(self) -> str:
        """Give a row of the table."""
        return f"{self.name:44}{self.measured:9.3f}{self.made:9.3f}"


def seasons(seed: int, size: int, *, every: int = 2, **habits: float) -> Iterator[Compared]:
    """Give titles of pairs in the shares of the real ones; `size` is the number of seasons, at least ten."""
    total = sum(SHARES.values())
    for number, (kind, share) in enumerate(SHARES.items()):
        for turn in range(max(1, round(size * share / total))):
            yield from compared(kind, seed + 1000 * number + turn, every=every, **habits)


def facts(rows: Sequence[Compared]) -> list[Fact]:
    """Compute the figures of matching.md, sections 2 and 3."""
    usual = [r for r in rows if r.kind != "rolled up"]
    return [*_of_times(usual), *_of_words(rows)]


def _of_times(rows: Sequence[Compared]) -> list[Fact]:
    true = [r.timings[r.truth] for r in rows]
    speeds = [t.factor for t in true]
    false = [t for r in rows for n, t in enumerate(r.timings) if n != r.truth]
    best = [max(t.c for n, t in enumerate(r.timings) if n != r.truth) for r in rows]
    accepted = [t.c >= 3.5 and t.c - b >= 1 for t, b in zip(true, best, strict=True)]
    return [
        *_quantiles("z of the right one", [t.z for t in true], {1: 4.8, 5: 8.8, 50: 34.7}),
        *_quantiles("z of a wrong one", [t.z for t in false], {50: 4.3, 99: 5.46}),
        *_quantiles("seg of a wrong one", [t.seg for t in false], {50: 0.10, 90: 0.14, 99: 0.19, 99.9: 0.31}),
        *_quantiles("c of the right one", [t.c for t in true], {1: 3.0, 5: 4.3, 50: 12.3}),
        *_quantiles("c of the best wrong one", best, {50: 2.0, 99: 2.7}),
        Fact("seg >= .35, share of the right ones", 0.880, _share(t.seg >= 0.35 for t in true)),
        Fact("z >= 9, share of the right ones", 0.934, _share(t.z >= 9 for t in true)),
        Fact("c >= 3.5 and margin >= 1, share accepted", 0.979, _share(accepted)),
        Fact("right one first by c", 0.9982, _share(t.c > b for t, b in zip(true, best, strict=True))),
        Fact("speed factor 1.0 for the right one", 0.886, _share(f == 1.0 for f in speeds)),
        Fact("speed 25/23.976 for the right one", 0.075, _share(0.041 < abs(f - 1) < 0.043 for f in speeds)),
        Fact("speed 24/23.976 for the right one", 0.027, _share(0 < abs(f - 1) < 0.002 for f in speeds)),
    ]  # fmt: skip


def _of_words(rows: Sequence[Compared]) -> list[Fact]:
    def both(way: str, score: Callable[[Words], np.ndarray]) -> tuple[list[float], list[float]]:  # type: ignore[type-arg]
        texts = [(r.truth, score(r.texts[way])) for r in rows if way in r.texts]
        return [float(v[t]) for t, v in texts], [float(np.delete(v, t).max()) for t, v in texts]

    result = []
    for way, true, false in (
        ("whole", {1: 0.352, 50: 0.609}, {50: 0.193, 99: 0.271}),
        ("ocr", {1: 0.27, 50: 0.53}, {}),
    ):
        own, others = both(way, lambda w: w.cosines)
        result += _quantiles(f"cosine of the right one, {way}", own, true)
        result += _quantiles(f"cosine of the best wrong one, {way}", others, false)
    for way, true, false in (
        ("whole", {1: 0.72, 50: 2.8}, {50: 0.03, 99: 0.19}),
        ("speech", {1: 0.12, 50: 0.67}, {100: 0.10}),
    ):
        own, others = both(way, lambda w: w.anchors)
        result += _quantiles(f"anchors of the right one, {way}", own, true)
        result += _quantiles(f"anchors of the best wrong one, {way}", others, false)
    return result


def _quantiles(
    name: str, values: Sequence[float], measured: dict[int, float] | dict[float, float]
) -> list[Fact]:
    return [
        Fact(f"{name}, {percent:g} %", figure, float(np.quantile(values, percent / 100)))
        for percent, figure in measured.items()
    ]


def _share(values: Iterable[bool]) -> float:
    return float(np.mean(list(values)))


def by_kind(rows: Sequence[Compared]) -> str:
    """Give a table of what the rule for times (c 3.5, margin 1.0) accepts, also with the right one gone."""
    head = f"{'kind of pair':24}{'titles':>7}{'first':>8}{'accepted':>9}"
    lines = [f"{head}{'absent':>8}{'c 1 %':>8}{'5 %':>7}{'50 %':>7}"]
    for kind in dict.fromkeys(r.kind for r in rows):
        chosen = [r for r in rows if r.kind == kind]
        true = [r.timings[r.truth].c for r in chosen]
        false = [sorted((t.c for n, t in enumerate(r.timings) if n != r.truth), reverse=True) for r in chosen]
        first = _share(t > f[0] for t, f in zip(true, false, strict=True))
        taken = _share(t >= 3.5 and t - f[0] >= 1 for t, f in zip(true, false, strict=True))
        absent = _share(f[0] >= 3.5 and f[0] - f[1] >= 1 for f in false)
        low, less, middle = np.quantile(true, (0.01, 0.05, 0.5))
        lines.append(
            f"{kind:24}{len(true):7}{first:8.3f}{taken:9.3f}{absent:8.4f}{low:8.1f}{less:7.1f}{middle:7.1f}"
        )
    return "\n".join(lines) + "\n"
