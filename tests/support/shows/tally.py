"""Counts outcomes by class and prints them beside the goals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.support.shows.classes import Class, Group
from tests.support.shows.trial import Outcome

#: How often a reference carries another episode's label, between real sources (11 of 3,245 files).
LABEL_ERRORS = 0.0034


@dataclass
class Tally:
    """The outcomes of one class."""

    kind: Class
    outcomes: list[Outcome] = field(default_factory=list)

    def take(self, outcomes: Iterable[Outcome]) -> None:
        """Count more titles."""
        self.outcomes += outcomes

    def count(self, wanted: Callable[[Outcome], bool]) -> int:
        """Count the outcomes that are so."""
        return sum(map(wanted, self.outcomes))

    @property
    def figures(self) -> dict[str, float]:
        """Titles with a reference, what became of them, and those without."""
        there = [o for o in self.outcomes if o.expected is not None]
        gone = [o for o in self.outcomes if o.expected is None]
        return {
            "titles": len(there),
            "accepted_right": sum(o.accepted and o.right for o in there),
            "asked_right": sum(o.right and not o.accepted for o in there),
            "accepted_wrong": sum(o.accepted and not o.right for o in there),
            "absent": len(gone),
            "absent_accepted": sum(o.accepted for o in gone),
            "seconds": sum(o.seconds for o in self.outcomes) / max(1, len(self.outcomes)),
        }


def as_json(tallies: Iterable[Tally]) -> dict[str, Any]:
    """Give the figures by class and the goals' figures."""
    kept = list(tallies)
    return {
        "classes": {t.kind.name: {"group": t.kind.group, **t.figures} for t in kept},
        "goals": {name: {"figure": figure, "goal": goal} for name, figure, goal in goals(kept)},
    }


def table(tallies: Iterable[Tally]) -> str:
    """Give a table for a person."""
    kept = list(tallies)
    head = f"{'class':38}{'titles':>7}{'accepted':>9}{'right':>7}{'asked':>7}{'wrong':>7}"
    head += f"{'absent':>8}{'taken':>7}{'s':>7}\n"
    lines = [head, f"{'':45}{'and right':>9}{'share':>7}{'right':>7}{'':7}{'':8}{'wrongly':>8}\n"]
    lines += [_row(t.kind.name, t.figures) for t in kept]
    lines += [
        f"{name:63}{figure:9.2%}   goal {goal}\n"
        if "seconds" not in name
        else f"{name:63}{figure:9.2f}   goal {goal}\n"
        for name, figure, goal in goals(kept)
    ]
    return "".join(lines)


def _row(name: str, f: dict[str, float]) -> str:
    share = f"{f['accepted_right'] / f['titles']:.1%}" if f["titles"] else ""
    numbers = f"{f['titles']:7.0f}{f['accepted_right']:9.0f}{share:>7}"
    numbers += f"{f['asked_right']:7.0f}{f['accepted_wrong']:7.0f}"
    return f"{name:38}{numbers}{f['absent']:8.0f}{f['absent_accepted']:7.0f}{f['seconds']:7.2f}\n"


def goals(tallies: list[Tally]) -> list[tuple[str, float, str]]:
    """Give each goal's figure; classes with wrong labels weigh as often as real references have them."""

    def total(key: str, *groups: Group) -> float:
        return sum(t.figures[key] for t in tallies if t.kind.group in groups)

    right: tuple[Group, ...] = ("whole track", "other language", "little")
    wrong = total("accepted_wrong", *right, "absent") / max(1.0, total("titles", *right, "absent"))
    one = wrong + LABEL_ERRORS * _wrong_of_mislabelled(tallies, 1)
    more = wrong + 2 * LABEL_ERRORS * _wrong_of_mislabelled(tallies, 2)
    absent = total("absent_accepted", "absent") / max(1.0, total("absent", "absent"))
    spent = [o.seconds for t in tallies for o in t.outcomes]
    return [
        ("accepted and right, whole track", _share(tallies, "whole track"), ">= 99 %"),
        ("accepted and right, other language", _share(tallies, "other language"), ">= 93 % on real pairs"),
        ("accepted and right, little to go by", _share(tallies, "little"), "-"),
        ("wrong, labels right", wrong, "0 %"),
        ("wrong, one unchecked reference, label errors as often as real", one, "<= 0.3 %"),
        ("wrong, two or more references, label errors as often as real", more, "<= 0.1 %"),
        ("true episode absent, accepted", absent, "<= 0.1 %"),
        ("seconds a title, mean", sum(spent) / max(1, len(spent)), "<= 2 against 200 episodes"),
    ]


def _share(tallies: list[Tally], group: Group) -> float:
    chosen = [t.figures for t in tallies if t.kind.group == group]
    return sum(f["accepted_right"] for f in chosen) / max(1.0, sum(f["titles"] for f in chosen))


def _wrong_of_mislabelled(tallies: list[Tally], sources: int) -> float:
    """Share of titles with a wrong label in the first source that are wrongly accepted."""
    hit = [
        o
        for t in tallies
        if t.kind.group == "labels" and min(2, t.kind.case.get("sources", 1)) == sources
        for o in t.outcomes
        if o.mislabelled
    ]
    return sum(o.accepted and not o.right for o in hit) / max(1, len(hit))
