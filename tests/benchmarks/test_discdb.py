"""Lookups in an index of a million titles, against a bare SQLite query of the same file."""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engramd.discs.model import Disc, Media, Title
from engramd.sources.discdb import DiscDb
from engramd.sources.discdb_index import DiscIndex, write
from engramd.sources.discdb_model import DiscEntry, EntryTitle, Item, Work

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

DISCS, TITLES = 50_000, 20
LOOKUPS = 300
#: Milliseconds that a lookup may take.
GOAL = 10.0


def made_entry(number: int) -> DiscEntry:
    """Make a disc of 20 titles, four of them episodes, the same for a number each time."""
    chance = random.Random(number)
    titles = tuple(
        EntryTitle(
            source_file=f"{800 + place:05d}.mpls",
            segment_map=str(place),
            duration=chance.randrange(60, 3000),
            size=chance.randrange(10**8, 10**10),
            item=Item(kind="Episode", name=f"Part {place}", season=1, episodes=(place, place))
            if place < 5
            else None,
        )
        for place in range(1, TITLES + 1)
    )
    work = Work(namespace="tv", name=f"Show {number // 20}", year=2000, tmdb_id=number + 1)
    return DiscEntry(work=work, disc_index=number % 20, content_hash=f"{number:032X}", titles=titles)


def as_disc(entry: DiscEntry) -> Disc:
    return Disc(
        source="made",
        media=Media.BLURAY,
        content_hash=entry.content_hash,
        titles=tuple(
            Title(
                index=index,
                number=index,
                source_file=title.source_file,
                segment_map=title.segment_map,
                segments=(),
                duration=float(title.duration),
                size=title.size,
            )
            for index, title in enumerate(entry.titles)
        ),
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("million") / "discdb.sqlite"
    write((made_entry(number) for number in range(DISCS)), path, "made", [])
    yield path
    path.unlink()


def milliseconds(calls: list[Callable[[], object]]) -> list[float]:
    spent = []
    for call in calls:
        start = time.perf_counter()
        assert call()
        spent.append((time.perf_counter() - start) * 1000)
    return sorted(spent)


def test_lookups_among_a_million_titles(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = [made_entry(random.Random(n).randrange(DISCS)) for n in range(LOOKUPS)]
    scans = [as_disc(entry) for entry in wanted]
    index = DiscIndex(path)
    database = DiscDb(index)

    def bare(number: int) -> object:
        with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as connection:
            row = connection.execute("SELECT entry FROM discs WHERE id = ?", (number + 1,)).fetchone()
        connection.close()
        return row

    found = {
        "bare SQLite, open and one row by its key": milliseconds(
            [lambda n=n: bare(n) for n in range(LOOKUPS)]  # type: ignore[misc]
        ),
        "by hash": milliseconds([lambda e=e: index.lookup(e.content_hash or "") for e in wanted]),  # type: ignore[misc]
        "by name": milliseconds([lambda e=e: index.lookup_name(e.work.name, 2000) for e in wanted]),  # type: ignore[misc]
        "by structure": milliseconds([lambda d=d: index.lookup_structure(d) for d in scans]),  # type: ignore[misc]
        "by hash, confirmed": milliseconds([lambda d=d: database.find(d) for d in scans]),  # type: ignore[misc]
    }
    base = statistics.median(found["bare SQLite, open and one row by its key"])
    with capsys.disabled():
        size = path.stat().st_size / 1e6
        sys.stdout.write(
            f"\n  {DISCS * TITLES} titles of {DISCS} discs in {size:.0f} MB (goal {GOAL:.0f} ms)"
        )
        for name, times in found.items():
            middle, late = statistics.median(times), times[int(len(times) * 0.99)]
            sys.stdout.write(
                f"\n  {name}: median {middle:.2f} ms ({middle / base:.1f} times), 99 % {late:.2f} ms"
            )
    for name, times in found.items():
        assert statistics.median(times) < GOAL, name
