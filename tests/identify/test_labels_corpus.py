"""What the labels of real discs say, held against what people recorded of the discs."""

from __future__ import annotations

import difflib
import gzip
import json
import re
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import pytest

from engramd.identify import LabelFacts, parse_label
from engramd.identify.words import NUMBER_WORDS
from tests.identify.corpus_discs import DISCS

#: CINFO attributes: the volume label, and the title in the disc's own metadata.
LABEL, NAME = "32", "2"
SAYS_SEASON = re.compile(r"(?i)season.?(?:\d|one|two|three|four|five)|(?:\b|_)S\d{1,2}(?:\b|_|D\d)")


@dataclass(frozen=True)
class Label:
    """A label with its disc: seasons and disc numbers that are right, the work's name and year."""

    work: str
    series: bool
    which: str
    text: str
    facts: LabelFacts
    seasons: frozenset[int]
    discs: frozenset[int]
    name: str
    year: int
    own_name: str

    @property
    def season(self) -> int | None:
        return self.facts.season if self.facts.season is not None else self.facts.weak_season


def _labels(entry: dict[str, Any]) -> Iterator[Label]:
    items = [title["item"] for title in entry["titles"] if title.get("item")]
    episodes = [item for item in items if item["Type"] == "Episode"] or items
    named = re.findall(r"(?i)disc (\w+)", entry["name"])
    discs = {
        entry["index"],
        *(NUMBER_WORDS.get(word.upper()) or int(word) for word in named if _counts(word)),
    }
    found = re.fullmatch(r"(.*) \((\d{4})\)", entry["title"])
    assert found is not None
    for which in (LABEL, NAME):
        if text := entry["cinfo"].get(which):
            yield Label(
                work=entry["title"],
                series=entry["kind"] == "series",
                which=which,
                text=text,
                facts=parse_label(text),
                seasons=frozenset(int(item["Season"]) for item in episodes if item.get("Season")),
                discs=frozenset(discs),
                name=found[1],
                year=int(found[2]),
                own_name=entry["name"],
            )


def _counts(word: str) -> bool:
    return word.isdigit() or word.upper() in NUMBER_WORDS


@pytest.fixture(scope="module")
def labels() -> list[Label]:
    if not DISCS.exists():
        pytest.skip("the corpus of real discs is not beside the checkout")
    with gzip.open(DISCS, "rt", encoding="utf-8") as lines:
        return [label for line in lines for label in _labels(json.loads(line))]


def _shares(pairs: Iterable[tuple[str, float]], what: str) -> tuple[float, float]:
    """Give the share that is right of all labels, and with every work counting the same."""
    works: dict[str, list[float]] = defaultdict(list)
    for work, right in pairs:
        works[work].append(right)
    count = sum(map(len, works.values()))
    assert count, f"no label tells {what}"
    by_label = sum(map(sum, works.values())) / count
    by_work = fmean(fmean(rights) for rights in works.values())
    sys.stdout.write(
        f"{what:28} {count:5} labels of {len(works):4} works: {by_label:.4f}, by work {by_work:.4f}\n"
    )
    return by_label, by_work


def _seasons(labels: Iterable[Label]) -> list[tuple[str, float]]:
    return [
        (one.work, float(one.season in one.seasons))
        for one in labels
        if one.series and one.season is not None and one.seasons
    ]


def _recorded_otherwise(label: Label) -> bool:
    """Whether the record contradicts itself: it calls the disc `Season 4, Disc 2` and its episodes season 3.

    The same slip is in the record of a film that opens a series and is kept as a special, season 0.
    """
    found = re.search(r"(?i)season (\w+)", label.own_name)
    said = NUMBER_WORDS.get(found[1].upper()) or int(found[1]) if found and _counts(found[1]) else None
    return said == label.season


def test_a_season_that_a_label_claims_is_right(labels: list[Label]) -> None:
    by_label, by_work = _shares(_seasons(labels), "season")
    assert by_label > 0.989
    assert by_work > 0.994


def test_what_is_wrong_is_the_record(labels: list[Label]) -> None:
    wrong = {
        (one.work, one.text)
        for one in labels
        if one.series and one.season is not None and one.seasons and one.season not in one.seasons
    }
    own = {
        (one.work, one.text)
        for one in labels
        if (one.work, one.text) in wrong and not _recorded_otherwise(one)
    }
    assert len(wrong) <= 10, wrong
    assert len(own) <= 1, own


@pytest.mark.parametrize("half", [0, 1])
def test_both_halves_of_the_works_are_read_alike(labels: list[Label], half: int) -> None:
    """Rules that knew single works would show here."""
    mine = [one for one in labels if zlib.crc32(one.work.encode()) % 2 == half]
    by_label, by_work = _shares(_seasons(mine), f"season, half {half}")
    assert min(by_label, by_work) > 0.985


def test_no_film_has_a_season(labels: list[Label]) -> None:
    assert [(one.work, one.text) for one in labels if not one.series and one.facts.season is not None] == []


def test_whoever_reads_a_season_finds_it_claimed(labels: list[Label]) -> None:
    silent = {one.text for one in labels if one.series and one.season is None and not one.facts.seasons}
    assert silent
    assert {text for text in silent if SAYS_SEASON.search(text)} <= {"BSG_S45_D2", "BSG_S40_RAZOR"}


def test_disc_numbers_are_right(labels: list[Label]) -> None:
    pairs = [
        (one.work, float(one.facts.disc_number in one.discs))
        for one in labels
        if one.series and one.facts.disc_number is not None
    ]
    by_label, by_work = _shares(pairs, "disc number")
    assert by_label > 0.98
    assert by_work > 0.97


def test_years_are_right(labels: list[Label]) -> None:
    pairs = [
        (one.work, float(abs(one.facts.year - one.year) <= 1)) for one in labels if one.facts.year is not None
    ]
    assert min(_shares(pairs, "year")) == 1.0


@pytest.mark.parametrize(
    ("series", "which", "floor"),
    [(True, LABEL, 0.88), (True, NAME, 0.91), (False, LABEL, 0.90), (False, NAME, 0.945)],
)
def test_titles_are_like_the_names(labels: list[Label], series: bool, which: str, floor: float) -> None:
    pairs = [
        (one.work, _likeness(one))
        for one in labels
        if one.series is series and one.which == which and one.facts.title is not None
    ]
    assert _shares(pairs, f"title, {'series' if series else 'film'}, CINFO {which}")[1] > floor


def _likeness(label: Label) -> float:
    weak = label.series and label.facts.season is None and label.facts.weak_title is not None
    title = label.facts.weak_title if weak else label.facts.title
    return difflib.SequenceMatcher(None, _plain(title or ""), _plain(label.name)).ratio()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.lower().replace("&", "and")).strip()
