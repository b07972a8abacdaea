"""What people recorded of the corpus's discs, as truth about titles; the rules are those of its score.py."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from engramd.discs.model import Disc
from tests.identify.corpus_discs import DISCS, corpus_discs

Kind = Literal["tv", "movie"]


@dataclass(frozen=True)
class Known:
    """A disc with what it holds: `titles` are the indices of its episodes or films, twins included."""

    name: str
    work: str
    kind: Kind
    disc: Disc
    titles: frozenset[int] = field(default_factory=frozenset)


def known_discs() -> Iterator[Known]:
    """Give every disc of the corpus once that holds an episode or a film."""
    seen: set[str] = set()
    with gzip.open(DISCS, "rt", encoding="utf-8") as lines:
        for line, (name, disc, numbers) in zip(lines, corpus_discs(), strict=True):
            entry = json.loads(line)
            if entry["hash"] and entry["hash"] in seen:
                continue
            seen.add(entry["hash"])
            kinds = {t["item"].get("Type") for t in entry["titles"] if t.get("item")}
            if kinds & {"Episode", "MainMovie"} and disc.titles:
                kind: Kind = "tv" if "Episode" in kinds else "movie"
                right = _right(entry, numbers, "Episode" if kind == "tv" else "MainMovie")
                yield Known(name, entry["title"], kind, disc, right)


def discs_of_extras() -> Iterator[Disc]:
    """Give every disc of the corpus on which people recorded extras and nothing else."""
    with gzip.open(DISCS, "rt", encoding="utf-8") as lines:
        for line, (_, disc, _) in zip(lines, corpus_discs(), strict=True):
            kinds = {t["item"].get("Type") for t in json.loads(line)["titles"] if t.get("item")}
            if kinds and not kinds & {"Episode", "MainMovie"} and disc.titles:
                yield disc


def _right(entry: dict[str, Any], numbers: list[int], kind: str) -> frozenset[int]:
    dvd = entry["format"] == "DVD"
    by_number = {t["i"]: t for t in entry["titles"]}
    titles = [by_number[n] for n in numbers]
    truth = [t for t in titles if t.get("item") and t["item"].get("Type") == kind and not _spans(t["item"])]
    return frozenset(n for n, t in enumerate(titles) if any(_twins(t, one, dvd=dvd) for one in truth))


def _spans(item: dict[str, str]) -> bool:
    """Tell a play-all that somebody recorded as an episode."""
    first, _, last = item.get("Episode", "").partition("-")
    return first.isdigit() and last.isdigit() and int(last) - int(first) >= 2


def _twins(one: dict[str, Any], other: dict[str, Any], *, dvd: bool) -> bool:
    if one["i"] == other["i"]:
        return True
    segments = not dvd and one["seg"] == other["seg"] and "..." not in one["seg"]
    return abs(one["dur"] - other["dur"]) <= 1 and (one["size"] == other["size"] or segments)
