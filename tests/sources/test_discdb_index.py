"""The local index: built from a checkout, put in place at once, and asked by hash, structure and name."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engramd.discs.model import Disc
from engramd.errors import FilingFailed, NotFound
from engramd.sources.discdb_compare import Comparison
from engramd.sources.discdb_index import DiscIndex, Summary, build
from engramd.sources.problems import IndexDamaged
from tests.sources.discdb_made import HASH, OTHER_HASH, bluray, episode, recorded, write_checkout

ONE = bluray([(800, "1", 2500.4), (801, "2", 2600.7), (900, "9", 40)])
TWO = bluray([(800, "3", 2510.4), (801, "4", 2610.7)])
FILM_DISC = bluray([(1, "7", 7000), (2, "8", 600)])


def disc_file(disc: Disc, content_hash: str | None, **more: Any) -> dict[str, Any]:
    items = {0: episode(1), 1: episode(2)}
    return {"Index": 1, "ContentHash": content_hash, "Titles": recorded(disc, items), **more}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return write_checkout(
        tmp_path / "checkout",
        {
            "series/Harbor Station (2019)/2020-set/disc01.json": disc_file(ONE, HASH, Name="Disc One"),
            "series/Harbor Station (2019)/2020-set/disc02.json": disc_file(TWO, None),
            "movie/The Lántern (1988)/2001-dvd/disc01.json": disc_file(FILM_DISC, OTHER_HASH),
        },
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state" / "discdb.sqlite"


def only(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def test_a_checkout_becomes_an_index(checkout: Path, path: Path) -> None:
    seen: list[int] = []

    summary = build(checkout, path, seen.append)

    assert (summary.discs, summary.titles, summary.works, summary.hashes) == (3, 7, 2, 2)
    assert (summary.left_out, summary.problems, summary.source) == (0, (), str(checkout))
    assert seen == [1, 2, 3]
    assert only(path.parent) == {"discdb.sqlite"}
    assert DiscIndex(path).summary() == summary
    assert build(checkout / "data", path).discs == 3, "the folder of the data itself will do"


def test_a_disc_is_found_by_its_hash_in_any_case(checkout: Path, path: Path) -> None:
    build(checkout, path)

    (entry,) = DiscIndex(path).lookup(HASH.lower())

    assert (entry.work.name, entry.work.year, entry.work.namespace) == ("Harbor Station", 2019, "tv")
    assert (entry.work.tmdb_id, entry.disc_name, entry.release_title) == (4711, "Disc One", "2020-Set")
    assert entry.where == "series/Harbor Station (2019)/2020-set/disc01.json"
    assert [title.duration for title in entry.titles] == [2500, 2600, 40]
    assert DiscIndex(path).lookup("A" * 32) == []


def test_one_hash_of_several_discs_gives_them_all(checkout: Path, path: Path) -> None:
    again = {"series/Harbor Station (2019)/2022-set/disc01.json": disc_file(ONE, HASH)}
    build(write_checkout(checkout, again), path)

    assert [entry.release_slug for entry in DiscIndex(path).lookup(HASH)] == ["2020-set", "2022-set"]


def test_a_disc_without_hash_is_found_by_its_titles(checkout: Path, path: Path) -> None:
    build(checkout, path)
    index = DiscIndex(path)

    assert [entry.where[-11:] for entry in index.lookup_structure(TWO)] == ["disc02.json"]
    resized = {"titles": tuple(t.model_copy(update={"size": t.size + 1}) for t in TWO.titles), "files": ()}
    by_place = index.lookup_structure(Comparison(TWO.model_copy(update=resized)))
    assert [entry.where[-11:] for entry in by_place] == ["disc02.json"]
    assert index.lookup_structure(bluray([(5, "50", 1000)])) == []


@pytest.mark.parametrize(
    ("name", "year", "namespace", "found"),
    [
        ("the LANTERN", None, None, 1),
        ("The Lantern", 1988, "movie", 1),
        ("The Lantern", 1989, None, 0),
        ("The Lantern", None, "tv", 0),
        ("harbor station!", None, None, 2),
        ("Harbor", None, None, 0),
    ],
)
def test_works_are_found_by_their_whole_name(
    checkout: Path, path: Path, name: str, year: int | None, namespace: Any, found: int
) -> None:
    build(checkout, path)

    assert len(DiscIndex(path).lookup_name(name, year, namespace)) == found


def test_a_reference_is_the_disc_that_it_names(checkout: Path, path: Path) -> None:
    release = checkout / "data/movie/The Lántern (1988)/2001-dvd"
    reference = {"releasePath": "series/Harbor Station (2019)/2020-set", "disc": "disc01"}
    (release / "disc02.ref").write_text(json.dumps(reference))
    (release / "disc01.ref").write_text(json.dumps(reference))
    (release / "disc03.ref").write_text(json.dumps({**reference, "releasePath": "../../etc"}))

    summary = build(checkout, path)

    assert [entry.work.name for entry in DiscIndex(path).lookup(HASH)] == ["The Lántern", "Harbor Station"]
    assert (summary.discs, summary.left_out) == (4, 1), "what is described here is not referred to as well"
    assert "disc03.ref" in summary.problems[0]


def test_bad_files_are_counted_and_named_and_cost_no_other_disc(checkout: Path, path: Path) -> None:
    release = checkout / "data/series/Harbor Station (2019)/2020-set"
    bad = {
        "disc03.json": b"{",
        "disc04.json": b"\xff\xfe",
        "disc05.json": b'{"Titles": 5}',
        "disc06.json": b"[" * 50_000,
    }
    for name, data in bad.items():
        (release / name).write_bytes(data)
    (release / "disc07.json").mkdir()
    os.mkfifo(release / "disc08.json")
    broken = checkout / "data/series/Broken (2000)/one"
    broken.mkdir(parents=True)
    (broken.parent / "metadata.json").write_text('{"Title": []}')
    (broken / "disc01.json").write_text(json.dumps(disc_file(ONE, HASH)))

    summary = build(checkout, path)

    assert summary.discs == 3
    assert summary.left_out == 5
    told = "\n".join(summary.problems)
    assert all(f"2020-set/{name}: " in told for name in bad)
    assert "series/Broken (2000)/metadata.json: a text was expected" in told


def test_links_are_not_followed(checkout: Path, path: Path, tmp_path: Path) -> None:
    outside = write_checkout(
        tmp_path / "outside", {"series/Elsewhere (2001)/one/disc01.json": disc_file(ONE, OTHER_HASH)}
    )
    work = outside / "data/series/Elsewhere (2001)"
    data = checkout / "data"
    (data / "series/Linked (2001)").symlink_to(work)
    (data / "series/Harbor Station (2019)/linked").symlink_to(work / "one")
    (data / "series/Harbor Station (2019)/2020-set/disc09.json").symlink_to(work / "one/disc01.json")
    metadata = data / "movie/The Lántern (1988)/metadata.json"
    metadata.unlink()
    metadata.symlink_to(work / "metadata.json")

    summary = build(checkout, path)

    assert summary.discs == 2
    assert [problem.split(":")[0] for problem in summary.problems] == [
        "movie/The Lántern (1988)/metadata.json"
    ]
    assert DiscIndex(path).lookup_name("Elsewhere") == []


def test_the_old_index_stays_until_the_new_one_is_whole(checkout: Path, path: Path, tmp_path: Path) -> None:
    kept = build(checkout, path)
    (tmp_path / "empty/data/movie").mkdir(parents=True)

    def fail(discs: int) -> None:
        assert DiscIndex(path).summary() == kept, "lookups go on while a new one is built"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(checkout, path, fail)
    with pytest.raises(NotFound, match="holds no disc"):
        build(tmp_path / "empty", path)
    with pytest.raises(NotFound, match="no checkout"):
        build(tmp_path, path)

    assert DiscIndex(path).summary() == kept
    assert only(path.parent) == {"discdb.sqlite"}


def test_what_a_killed_build_left_is_removed_by_the_next(checkout: Path, path: Path) -> None:
    (path.parent / ".discdb.sqlite.123.new").write_bytes(b"half")

    build(checkout, path)

    assert only(path.parent) == {"discdb.sqlite"}


def test_without_an_index_there_is_nothing_to_find(path: Path) -> None:
    index = DiscIndex(path)

    assert not index.exists()
    assert (index.lookup(HASH), index.lookup_structure(ONE), index.lookup_name("x")) == ([], [], [])
    with pytest.raises(NotFound, match="no index") as caught:
        index.summary()
    assert "engramctl discdb import" in caught.value.remedy


@pytest.mark.parametrize("damage", ["text", "layout", "entry", "empty"])
def test_a_damaged_index_says_so_and_is_never_a_miss(checkout: Path, path: Path, damage: str) -> None:
    build(checkout, path)
    if damage in ("text", "empty"):
        path.write_bytes(b"no database at all" * 100 if damage == "text" else b"")
    else:
        with sqlite3.connect(path) as database:
            database.execute(
                "PRAGMA user_version=99" if damage == "layout" else "UPDATE discs SET entry = 'x'"
            )

    with pytest.raises(IndexDamaged) as caught:
        DiscIndex(path).lookup(HASH)
    assert "anew" in caught.value.remedy


def test_an_index_that_cannot_be_written_says_where(checkout: Path, tmp_path: Path) -> None:
    with pytest.raises(FilingFailed) as caught:
        build(checkout, tmp_path / "not there" / "discdb.sqlite")

    assert str(tmp_path / "not there") in caught.value.where


def test_a_summary_survives_its_json(checkout: Path, path: Path) -> None:
    summary = build(checkout, path)

    assert Summary.model_validate_json(summary.model_dump_json()) == summary


def test_a_folder_without_utf8_in_its_name_is_named_as_far_as_it_goes(checkout: Path, path: Path) -> None:
    odd = checkout.rename(checkout.with_name("odd \udce4"))

    assert build(odd, path).source.endswith("odd \ufffd")
    assert DiscIndex(path).summary().discs == 3


def test_a_name_of_marks_alone_is_no_name(checkout: Path, path: Path) -> None:
    marks = {"movie/!!! (1999)/one/disc01.json": disc_file(FILM_DISC, None)}
    build(write_checkout(checkout, marks), path)

    assert DiscIndex(path).lookup_name("___") == []


def test_a_reader_keeps_the_index_that_it_has_open(checkout: Path, path: Path) -> None:
    build(checkout, path)
    with DiscIndex(path)._opened() as database:
        more = {"movie/New (2001)/one/disc01.json": disc_file(FILM_DISC, None)}
        build(write_checkout(checkout, more), path)
        assert database.execute("SELECT count(*) FROM discs").fetchone() == (3,)
    assert DiscIndex(path).summary().discs == 4
