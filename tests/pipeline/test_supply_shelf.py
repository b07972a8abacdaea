"""The cache of fetched references: what is kept, what is refused, and what is remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engramd.errors import FilingFailed, NoSpace
from engramd.pipeline import supply_shelf
from engramd.pipeline.supply_shelf import Series, Shelf, episodes_in, labels_below
from engramd.sources.subtitles import Offer, Served
from engramd.store.references import FetchedSubtitles
from tests.pipeline.supplied import Clock, subtitles
from tests.support.databases import Bench

SERIES = Series("Harbor Station: Two", year=2003, tmdb_id=1972)
FIRST = (1, 1)
FRENCH = b"".join(
    f"{n}\n00:{n // 60:02d}:{n % 60:02d},0 --> 00:{n // 60:02d}:{n % 60:02d},900\n"
    "Je ne sais pas ce que vous avez fait avec les autres dans la maison\n\n".encode()
    for n in range(200)
)


def offer(number: str = "77", **values: object) -> Offer:
    given: dict[str, object] = {"language": "eng", "season": 1, "episode": 1, "release": "DVDRip"}
    return Offer("opensubtitles", number, **(given | values))  # type: ignore[arg-type]


@pytest.fixture
def rows(sqlite_bench: Bench) -> FetchedSubtitles:
    return FetchedSubtitles(sqlite_bench.store)


@pytest.fixture
def shelf(rows: FetchedSubtitles, tmp_path: Path) -> Shelf:
    return Shelf(lambda: tmp_path / "cache", rows, Clock())


def test_a_file_lies_under_its_show_and_provider_with_its_provenance(shelf: Shelf, tmp_path: Path) -> None:
    data = subtitles("S01E01")
    row = shelf.keep(SERIES, FIRST, Served(offer(), data, "Harbor.S01E01.srt"))
    path = tmp_path / "cache/Harbor Station - Two (2003)/opensubtitles/S01E01.eng.77.srt"
    assert path.read_bytes() == data
    assert (row.path, row.cues, row.refused, row.release) == (str(path), 130, "", "DVDRip")
    assert row.sha256 == Served(offer(), data).sha256
    assert [path.name for path in path.parent.iterdir()] == ["S01E01.eng.77.srt"], "nothing else stays"
    assert [one.provider_id for one in shelf.usable(SERIES)[FIRST]] == ["77"]
    assert labels_below(shelf.folder(SERIES)) == {FIRST: 1}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<!DOCTYPE html><html><body>Too many requests</body></html>", "is a web page"),
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, ""),
        (subtitles("x", 119), "has only 119 cues"),
        (FRENCH, "is fre, not eng"),
    ],
    ids=["web page", "empty", "picture", "few cues", "French"],
)
def test_what_is_of_no_use_is_refused_and_remembered(shelf: Shelf, data: bytes, why: str) -> None:
    row = shelf.keep(SERIES, FIRST, Served(offer(), data, "a.srt"))
    assert row.refused
    assert why in row.refused
    assert row.path == ""
    assert not shelf.usable(SERIES)
    assert shelf.tried(SERIES, FIRST) == {("opensubtitles", "77")}
    assert not [path for path in shelf.root.rglob("*") if path.is_file()]


def test_few_cues_are_enough_where_episodes_are_short(shelf: Shelf) -> None:
    short, usual = replace(SERIES, seconds=660.0), replace(SERIES, seconds=1300.0)
    seventy = Served(offer("76"), subtitles("S01E01", 70))
    assert "at least 120 are needed" in shelf.keep(usual, FIRST, seventy).refused
    assert not shelf.keep(short, FIRST, replace(seventy, offer=offer("77"))).refused
    row = shelf.keep(short, FIRST, Served(offer("78"), subtitles("S01E01 once more", 39)))
    assert "has only 39 cues (at least 40 are needed)" in row.refused


def test_what_turns_out_to_be_a_signs_track_is_no_reference(shelf: Shelf) -> None:
    """The first file of a show does not tell yet how many cues are usual; the matcher leaves it out later."""
    short = replace(SERIES, seconds=660.0)
    assert not shelf.keep(short, FIRST, Served(offer("77"), subtitles("S01E01", 45))).refused
    assert list(shelf.usable(short)) == [FIRST]
    for number in (2, 3):
        served = Served(offer(str(80 + number), episode=number), subtitles(f"S01E0{number}", 110))
        assert not shelf.keep(short, (1, number), served).refused
    assert list(shelf.usable(short)) == [(1, 2), (1, 3)]
    assert shelf.tried(short, FIRST) == {("opensubtitles", "77")}, "it is not fetched once more"


def test_the_very_same_file_counts_once_for_an_episode(shelf: Shelf) -> None:
    data = subtitles("S01E01")
    shelf.keep(SERIES, FIRST, Served(offer("77"), data))
    row = shelf.keep(SERIES, FIRST, Served(offer("78"), data))
    assert "very file that opensubtitles has as 77" in row.refused
    assert len(shelf.usable(SERIES)[FIRST]) == 1
    other = shelf.keep(SERIES, (1, 2), Served(offer("79", episode=2), data))
    assert not other.refused, "under two labels it is a conflict, which the matcher has to see"


def test_what_a_person_removed_may_be_fetched_again(shelf: Shelf, rows: FetchedSubtitles) -> None:
    served = Served(offer(), subtitles("S01E01"))
    path = Path(shelf.keep(SERIES, FIRST, served).path)
    path.unlink()
    assert not shelf.usable(SERIES)
    assert not shelf.tried(SERIES, FIRST)
    shelf.keep(SERIES, FIRST, served)
    assert path.is_file()
    assert len(rows.of_show(SERIES.name, None)) == 1


def test_a_file_without_its_row_is_taken_in(shelf: Shelf) -> None:
    """A crash between the two costs no second download."""
    path = shelf.folder(SERIES) / "opensubtitles/S01E01.eng.77.srt"
    path.parent.mkdir(parents=True)
    path.write_bytes(subtitles("S01E01"))
    assert shelf.take_in(SERIES, FIRST, offer("78")) is None
    row = shelf.take_in(SERIES, FIRST, offer("77"))
    assert row is not None
    assert row.path == str(path)
    assert len(shelf.usable(SERIES)[FIRST]) == 1


def test_a_show_is_known_by_its_number_whatever_it_is_called(shelf: Shelf) -> None:
    shelf.keep(SERIES, FIRST, Served(offer(), subtitles("S01E01")))
    assert shelf.usable(Series("Hafenwache", year=2003, tmdb_id=1972))
    assert not shelf.usable(Series(SERIES.show, year=2003, tmdb_id=1))
    assert shelf.usable(Series(SERIES.show, year=2003))


def test_names_tell_nothing_but_the_episode(shelf: Shelf) -> None:
    wild = offer("../../S02E05 x", language="../e")
    row = shelf.keep(SERIES, FIRST, Served(wild, subtitles("S01E01"), "../../../etc/passwd"))
    assert Path(row.path).is_relative_to(shelf.folder(SERIES) / "opensubtitles")
    assert labels_below(shelf.folder(SERIES)) == {FIRST: 1}


def test_a_folder_that_is_a_file(shelf: Shelf) -> None:
    shelf.root.write_bytes(b"")
    with pytest.raises(FilingFailed, match="subtitles_cache_path"):
        shelf.check_room(SERIES, offer())


def test_too_little_room(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply_shelf, "ROOM", 1 << 60)
    with pytest.raises(NoSpace, match="make room"):
        shelf.check_room(SERIES, offer())


@pytest.mark.parametrize(
    ("text", "episodes"),
    [
        ("S01E02", {(1, 2)}),
        ("S01E02-E04", {(1, 2), (1, 3), (1, 4)}),
        ("S01E01+E04", {(1, 1), (1, 4)}),
        ("S01E01+S01E04", {(1, 1), (1, 4)}),
        ("", set()),
        ("Heat (1995)", set()),
    ],
)
def test_the_episodes_that_a_text_names(text: str, episodes: set[tuple[int, int]]) -> None:
    assert episodes_in(text) == episodes
