"""The trashes of all libraries and of staging together, on real folders and a real database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from engramd.errors import FilingFailed, InvalidArgument, NoSpace, NotFound, WrongState
from engramd.events import Happened, LibraryChanged
from engramd.models import AppConfig
from engramd.organize import Trash, TrashEntry, atomic
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import Wakeups
from engramd.pipeline.space import Ledger, Room
from engramd.pipeline.trash import Trashes
from tests.support.databases import Bench


class Place:
    """A staging folder and two libraries, each with a file in its trash."""

    def __init__(self, bench: Bench, root: Path) -> None:
        self.store, self.hub, self.heard = bench.store, bench.hub, bench.heard
        self.wakeups = Wakeups()
        self.staging, self.tv, self.films = (root / name for name in ("staging", "tv", "films"))
        for folder in (self.staging, self.tv, self.films):
            folder.mkdir()
            (folder / "known.mkv").write_bytes(b"so that it holds media")
        self.current = AppConfig(library_tv_path=str(self.tv), library_movies_path=str(self.films))
        self.settings = self
        libraries = Libraries(cast(Any, self))
        for path in (self.tv, self.films):
            libraries.init(str(path), "a test")
        self.trashes = Trashes(cast(Any, self), libraries, lambda: self.staging)
        self.ids = {folder.name: self.discard(folder) for folder in (self.staging, self.tv, self.films)}
        self.heard.events.clear()

    def discard(self, root: Path, name: str = "film.mkv") -> str:
        (root / name).write_bytes(b"video")
        return Trash(root).put(root / name, "a test").id

    def age(self, name: str, days: int) -> None:
        note = next(Path(getattr(self, name)).glob(f".engram-trash/{self.ids[name]}/entry.json"))
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        note.write_text(json.dumps(json.loads(note.read_text()) | {"at": at}))

    def left(self) -> set[str]:
        return {entry.root.name for entry in self.trashes.entries()}


@pytest.fixture
def place(sqlite_bench: Bench, tmp_path: Path) -> Place:
    return Place(sqlite_bench, tmp_path)


def test_all_are_listed_the_oldest_first(place: Place) -> None:
    place.age("films", 2)
    found = place.trashes.entries()
    assert [entry.root.name for entry in found] == ["films", "staging", "tv"]
    assert {entry.id for entry in found} == set(place.ids.values())


def test_a_file_is_put_back_and_media_servers_hear_of_it(place: Place) -> None:
    assert place.trashes.restore([place.ids["tv"]], "Ann") == [place.tv / "film.mkv"]
    assert (place.tv / "film.mkv").read_bytes() == b"video"
    happened, changed = place.heard.events
    assert isinstance(happened, Happened)
    assert happened.sentence == f"Ann took {place.tv / 'film.mkv'} out of the trash"
    assert changed == LibraryChanged(str(place.tv), str(place.tv))


def test_none_is_put_back_unless_all_can_be(place: Place) -> None:
    (place.films / "film.mkv").write_bytes(b"a newer one")
    with pytest.raises(WrongState, match="another file"):
        place.trashes.restore([place.ids["tv"], place.ids["films"]], "Ann")
    with pytest.raises(NotFound, match="no such entry"):
        place.trashes.restore([place.ids["tv"], "20200101T000000Z-00000000"], "Ann")
    assert place.left() == {"staging", "tv", "films"}


@pytest.mark.parametrize("wrong", ["", "..", "../../known.mkv", "*"])
def test_what_is_no_entry_is_not_found(place: Place, wrong: str) -> None:
    with pytest.raises(NotFound):
        place.trashes.empty([wrong], actor="Ann")
    assert place.left() == {"staging", "tv", "films"}


def test_it_is_emptied_by_entries_by_roots_and_by_age(place: Place) -> None:
    def gone(entries: list[TrashEntry]) -> set[str]:
        return {entry.root.name for entry in entries}

    place.age("staging", 5)
    assert gone(place.trashes.empty(days=3, actor="Ann")) == {"staging"}
    assert gone(place.trashes.empty(root=str(place.tv), actor="Ann")) == {"tv"}
    assert gone(place.trashes.empty([place.ids["films"]], actor="Ann")) == {"films"}
    assert place.left() == set()
    with pytest.raises(InvalidArgument, match="no trash is there"):
        place.trashes.empty(root="/srv", actor="Ann")


def test_what_is_older_than_the_setting_goes_by_itself(place: Place) -> None:
    place.current.trash_days = 30
    place.age("tv", 31)
    place.age("films", 29)
    place.trashes.expire()
    assert place.left() == {"staging", "films"}
    assert [type(event) for event in place.heard.events] == [Happened]


def test_a_library_that_is_not_there_has_nothing_and_loses_nothing(place: Place) -> None:
    place.age("tv", 100)
    away = place.tv.with_name("away")
    place.tv.rename(away)
    place.tv.mkdir()
    place.trashes.expire()
    assert place.left() == {"staging", "films"}
    assert list(place.tv.iterdir()) == []
    place.tv.rmdir()
    away.rename(place.tv)
    place.trashes.expire()
    assert not (place.tv / ".engram-trash" / place.ids["tv"]).exists()


def test_before_a_disc_waits_for_space_the_trash_goes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def free(_folder: Path) -> int:
        return 1000 - sum(entry.size for entry in place.trashes.entries())

    monkeypatch.setattr(atomic, "free_bytes", free)
    monkeypatch.setattr("engramd.pipeline.space.free_bytes", free)
    place.age("films", 2)
    ledger, most = Ledger(), 1000 - len(b"video")
    with pytest.raises(NoSpace):
        ledger.need([Room(place.staging, most)], 0)
    ledger.empty_trash_with(place.trashes.make_room)
    with pytest.raises(NoSpace):
        ledger.need([Room(place.staging, 1001)], 0)
    assert place.left() == {"staging", "tv", "films"}, "it would not have been enough"
    ledger.need([Room(place.staging, most)], 0)
    assert len(place.left()) == 1
    assert "films" not in place.left(), "the oldest goes first"


def test_a_trash_that_does_not_answer_is_said_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Trash, "restore", broken)
    with pytest.raises(FilingFailed, match=r"cannot be used.*Input/output error"):
        place.trashes.restore([place.ids["tv"]], "Ann")
