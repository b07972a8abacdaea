"""The trash of a library: it tells of itself, gives back and lets go, but only of what is its own."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engramd.errors import FilingFailed, InvalidArgument, NotFound, WrongState
from engramd.organize import Modes, Trash, atomic
from engramd.organize.trash import in_trash, make_room

NAME = "Harbor Station (2019)/Season 01/Harbor Station - S01E01.mkv"


@pytest.fixture
def trash(tmp_path: Path) -> Trash:
    return Trash(tmp_path)


def discard(trash: Trash, name: str = NAME, content: bytes = b"video", why: str = "a test") -> str:
    path = trash.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return trash.put(path, why).id


def test_a_discarded_file_tells_all_of_itself_on_disk(trash: Trash) -> None:
    before = datetime.now(UTC)
    made = discard(trash, why="replaced by a better one")
    folder = trash.folder / made
    note = json.loads((folder / "entry.json").read_text("ascii"))
    assert (note["path"], note["why"], note["size"]) == (NAME, "replaced by a better one", 5)
    assert before <= datetime.fromisoformat(note["at"]) <= datetime.now(UTC)
    assert (folder / Path(NAME).name).read_bytes() == b"video"
    assert not (trash.root / NAME).exists()
    [entry] = Trash(trash.root).entries()
    assert (entry.id, str(entry.path), entry.why, entry.size) == (made, NAME, "replaced by a better one", 5)
    assert trash.find(made) == entry


def test_media_servers_are_kept_out_as_their_documentation_says(trash: Trash) -> None:
    """Plex and Emby take patterns, of which `*` is all; Jellyfin and Kodi want an empty file."""
    discard(trash)
    contents = {path.name: path.read_text() for path in trash.folder.iterdir() if path.is_file()}
    assert contents == {".plexignore": "*\n", ".embyignore": "*\n", ".ignore": "", ".nomedia": ""}
    assert trash.folder.name.startswith(".")


def test_modes_are_those_of_the_library(tmp_path: Path) -> None:
    trash = Trash(tmp_path, Modes(0o640, 0o2750))
    folder = trash.folder / discard(trash)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (trash.folder, folder)} == {0o2750}
    assert stat.S_IMODE((trash.folder / ".ignore").stat().st_mode) == 0o640


def test_a_file_goes_back_where_it_was(trash: Trash) -> None:
    discard(trash)
    (trash.root / NAME).parent.rmdir()
    [entry] = trash.entries()
    assert trash.restore(entry) == trash.root / NAME
    assert (trash.root / NAME).read_bytes() == b"video"
    assert trash.entries() == []
    assert not (trash.folder / entry.id).exists()


@pytest.mark.parametrize(
    "name", [NAME, NAME.upper().replace("HARBOR STATION (2019)/SEASON 01", "Harbor Station (2019)/Season 01")]
)
def test_it_never_goes_back_over_a_file(trash: Trash, name: str) -> None:
    discard(trash)
    (trash.root / name).write_bytes(b"a newer one")
    [entry] = trash.entries()
    with pytest.raises(WrongState, match="another file has its name"):
        trash.restore(entry)
    assert (trash.root / name).read_bytes() == b"a newer one"
    assert [one.id for one in trash.entries()] == [entry.id]


def test_not_even_over_one_that_comes_in_the_last_moment(
    trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    discard(trash)
    [entry] = trash.entries()
    monkeypatch.setattr(Trash, "home", lambda _self, _entry: trash.root / NAME)
    (trash.root / NAME).write_bytes(b"a newer one")
    with pytest.raises(WrongState):
        trash.restore(entry)
    assert (trash.root / NAME).read_bytes() == b"a newer one"
    assert entry.file.read_bytes() == b"video"


@pytest.mark.parametrize("path", ["../outside.mkv", "/etc/outside.mkv", "a/../../outside.mkv", ""])
def test_a_note_leads_nowhere_out_of_the_library(trash: Trash, path: str) -> None:
    made = discard(trash, "outside.mkv")
    note = trash.folder / made / "entry.json"
    note.write_text(json.dumps({"path": path}))
    [entry] = trash.entries()
    with pytest.raises(InvalidArgument, match="out of its library"):
        trash.restore(entry)


def test_neither_does_a_folder_that_became_a_link(
    trash: Trash, tmp_path_factory: pytest.TempPathFactory
) -> None:
    discard(trash)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (trash.root / NAME).parent.rmdir()
    (trash.root / NAME).parent.parent.rmdir()
    (trash.root / NAME).parent.parent.symlink_to(elsewhere)
    [entry] = trash.entries()
    with pytest.raises(InvalidArgument, match="not in its library"):
        trash.restore(entry)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "note",
    [
        None,
        b"",
        b"{",
        b"[1]",
        b'{"path": 7, "at": "never", "size": "x"}',
        b'{"path": "a\\u0000b", "at": "never", "size": 5}',
        b'{"path": "a\\ud800b", "at": "never", "size": 5}',
        b"[" * 60_000,
    ],
)
def test_an_entry_with_a_damaged_note_is_still_one(trash: Trash, note: bytes | None) -> None:
    made = discard(trash)
    path = trash.folder / made / "entry.json"
    path.unlink() if note is None else path.write_bytes(note)
    [entry] = trash.entries()
    assert (entry.id, str(entry.path), entry.size) == (made, Path(NAME).name, 5)
    assert abs(entry.at - datetime.now(UTC)) < timedelta(minutes=5), "the folder's name says when"
    assert trash.restore(entry) == trash.root / Path(NAME).name


def test_names_of_any_encoding_come_back(trash: Trash) -> None:
    name = os.fsdecode("Amélie".encode("latin-1") + b".mkv")
    discard(trash, name)
    [entry] = trash.entries()
    assert trash.restore(entry) == trash.root / name
    assert (trash.root / name).read_bytes() == b"video"


def test_what_is_old_goes_and_nothing_else(trash: Trash) -> None:
    old, new = discard(trash, "old.mkv"), discard(trash, "new.mkv")
    _age(trash, old, timedelta(days=31))
    (trash.folder / "mine").mkdir()
    (trash.folder / "mine" / "thesis.txt").write_text("years of work")
    (trash.folder / new / "thesis.txt").write_text("years of work")
    assert [entry.id for entry in trash.expire(30)] == [old]
    assert [entry.id for entry in trash.entries()] == [new]
    assert not (trash.folder / old).exists()
    assert (trash.folder / "mine" / "thesis.txt").exists()


def test_a_file_that_somebody_laid_beside_a_discarded_one_is_never_taken_for_it(trash: Trash) -> None:
    made = discard(trash, "film.mkv")
    (trash.folder / made / "a thesis.txt").write_text("years of work")
    [entry] = trash.entries()
    assert entry.file.name == "film.mkv"
    _age(trash, made, timedelta(days=31))
    for _ in range(2):
        trash.expire(30, datetime.now(UTC) + timedelta(days=60))
    assert (trash.folder / made / "a thesis.txt").read_text() == "years of work"
    assert trash.entries() == []


def test_a_time_before_all_times_in_a_note_is_none(trash: Trash) -> None:
    """The bus counts from 1970, and one bad time would make the whole list unreadable."""
    made = discard(trash, "film.mkv")
    for at in ("1900-01-01T00:00:00", "0001-01-01T00:00:00+23:59"):
        note = {"path": "film.mkv", "at": at, "why": "", "size": 5}
        (trash.folder / made / "entry.json").write_text(json.dumps(note))
        [entry] = trash.entries()
        assert abs(entry.at - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_link_in_the_trash_is_no_entry(trash: Trash, tmp_path_factory: pytest.TempPathFactory) -> None:
    made = discard(trash, "film.mkv")
    outside = tmp_path_factory.mktemp("elsewhere") / "kept"
    (trash.folder / made).rename(outside)
    (trash.folder / made).symlink_to(outside)
    assert (trash.find(made), trash.entries()) == (None, [])
    trash.expire(0, datetime.now(UTC) + timedelta(days=9))
    assert (outside / "film.mkv").exists()


def test_an_ignore_file_that_is_a_link_leads_nowhere(
    trash: Trash, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("elsewhere") / "made"
    trash.folder.mkdir()
    (trash.folder / ".plexignore").symlink_to(outside)
    discard(trash)
    assert not outside.exists()


@pytest.mark.root
def test_one_entry_that_cannot_be_deleted_keeps_no_other(trash: Trash) -> None:
    stuck, free = discard(trash, "a.mkv"), discard(trash, "b.mkv")
    _age(trash, stuck, timedelta(days=40))
    _age(trash, free, timedelta(days=31))
    folder = trash.folder / stuck
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
    try:
        assert [entry.id for entry in trash.expire(30)] == [free]
    finally:
        subprocess.run(["umount", folder], check=True)
    assert [entry.id for entry in trash.expire(30)] == [stuck]


def test_what_was_never_finished_goes_after_a_day(trash: Trash) -> None:
    made = discard(trash)
    (trash.folder / made / Path(NAME).name).unlink()
    assert trash.entries() == []
    trash.expire(30)
    assert (trash.folder / made).exists(), "it may be on its way"
    trash.expire(30, datetime.now(UTC) + timedelta(days=2))
    assert not (trash.folder / made).exists()


def test_days_of_nothing_empty_it_at_once(trash: Trash) -> None:
    discard(trash)
    assert len(trash.expire(0)) == 1
    assert trash.entries() == []


def test_room_is_made_from_the_oldest_and_no_more_than_needed(
    trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [discard(trash, f"{number}.mkv", bytes(100)) for number in range(4)]
    for number, one in enumerate(ids):
        _age(trash, one, timedelta(days=10 - number))
    kept = lambda: sum(entry.size for entry in trash.entries())  # noqa: E731
    monkeypatch.setattr(atomic, "free_bytes", lambda _folder: 400 - kept())
    assert [entry.id for entry in make_room([trash], 150)] == ids[:2]
    assert [entry.id for entry in trash.entries()] == ids[2:]


@pytest.mark.parametrize("needed", [0, 401])
def test_nothing_goes_if_there_is_room_or_if_it_would_not_help(
    trash: Trash, monkeypatch: pytest.MonkeyPatch, needed: int
) -> None:
    discard(trash, content=bytes(400))
    monkeypatch.setattr(atomic, "free_bytes", lambda _folder: 0)
    assert make_room([trash], needed) == []
    assert len(trash.entries()) == 1


def test_a_file_that_has_another_name_gives_no_room_and_stays(
    trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    discard(trash, content=bytes(400))
    [entry] = trash.entries()
    os.link(entry.file, trash.root / "snapshot")
    monkeypatch.setattr(atomic, "free_bytes", lambda _folder: 0)
    assert make_room([trash], 100) == []


def test_only_files_below_the_root_are_discarded(
    trash: Trash, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "film.mkv"
    other.write_bytes(b"x")
    (trash.root / "link.mkv").symlink_to(other)
    for path, error in (
        (other, InvalidArgument),
        (trash.root / ".." / other.parent.name / other.name, InvalidArgument),
        (trash.root / "link.mkv", NotFound),
        (trash.root / "none.mkv", NotFound),
        (trash.root, NotFound),
    ):
        with pytest.raises(error):
            trash.put(path, "a test")
    assert other.exists()


def test_a_trash_that_is_a_link_is_refused(trash: Trash, tmp_path_factory: pytest.TempPathFactory) -> None:
    trash.folder.symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(FilingFailed, match="link to somewhere else"):
        discard(trash)
    assert (trash.root / NAME).exists()
    assert trash.entries() == []


def test_a_library_of_several_file_systems_copies_to_its_trash(
    trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As mergerfs answers a rename from one branch to another."""
    real = atomic.rename_noreplace

    def across(old: Path, new: Path) -> atomic.Way:
        if in_trash(old) != in_trash(new):
            raise OSError(18, "Invalid cross-device link")
        return real(old, new)

    monkeypatch.setattr(atomic, "rename_noreplace", across)
    discard(trash)
    [entry] = trash.entries()
    assert (entry.file.read_bytes(), (trash.root / NAME).exists()) == (b"video", False)
    assert sorted(path.name for path in entry.file.parent.iterdir()) == [Path(NAME).name, "entry.json"]
    trash.restore(entry)
    assert (trash.root / NAME).read_bytes() == b"video"


def _age(trash: Trash, entry_id: str, by: timedelta) -> None:
    note = trash.folder / entry_id / "entry.json"
    values = json.loads(note.read_text())
    note.write_text(json.dumps(values | {"at": (datetime.now(UTC) - by).isoformat()}))
