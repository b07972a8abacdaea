"""Several files get other names: killed before each system call, none is ever lost or over another."""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from engramd.errors import NotFound, WrongState
from engramd.organize import Modes
from engramd.organize.relocating import Relocation, check, relocate, remove_empty, swapping
from tests.support import syscalls

Moves = dict[str, str]
NO_LINKS = {"link": errno.EPERM}
NEITHER = {"link": errno.EOPNOTSUPP, "renameat2": errno.EINVAL}


class Notes:
    """How far files are, kept in a file, so that it outlives who is killed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_aside(self, key: int) -> bool:
        return key in self._read()["aside"]

    def is_done(self, key: int) -> bool:
        return key in self._read()["done"]

    def went_aside(self, key: int) -> None:
        self._note("aside", key)

    def arrived(self, key: int) -> None:
        self._note("done", key)

    def _read(self) -> dict[str, list[int]]:
        if not self._path.exists():
            return {"aside": [], "done": []}
        read: dict[str, list[int]] = json.loads(self._path.read_text())
        return read

    def _note(self, what: str, key: int) -> None:
        noted = self._read()
        noted[what].append(key)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(noted))
        new.replace(self._path)


class Shelf:
    """A library with three files, and what becomes of them; `other` is a library on another file system."""

    def __init__(self, root: Path, other: Path | None = None) -> None:
        self.root, self.other = root / "library", other or root / "other"
        self.notes_path = root / "notes.json"
        self.reset()

    def reset(self) -> None:
        for folder in (self.root, self.other):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        self.notes_path.unlink(missing_ok=True)
        (self.root / "s").mkdir()
        for name in ("a", "b", "c"):
            (self.root / f"s/{name}.mkv").write_text(f"the content of {name}")

    def relocations(self, moves: Moves) -> list[Relocation]:
        found = []
        for key, (old, new) in enumerate(moves.items()):
            source = self.root / old
            there = self.other if new.startswith("/") else self.root
            target = there / new.lstrip("/")
            aside = source.with_name(f".engramd-change-1-{key}.aside")
            found.append(Relocation(key, source, target, aside, (self.root, there)))
        return found

    def relocate(self, moves: Moves) -> None:
        relocate(self.relocations(moves), Notes(self.notes_path), modes=Modes())

    def files(self) -> dict[str, str]:
        """Give every file with its content, hidden ones too."""
        found = {}
        for root, prefix in ((self.root, ""), (self.other, "/")):
            for path in root.rglob("*"):
                if path.is_file():
                    found[prefix + str(path.relative_to(root))] = path.read_text()
        return found


SWAP = {"s/a.mkv": "s/b.mkv", "s/b.mkv": "s/a.mkv"}
CHAIN = {"s/a.mkv": "s/b.mkv", "s/b.mkv": "s/c.mkv", "s/c.mkv": "t/d.mkv"}
RING = {"s/a.mkv": "s/c.mkv", "s/b.mkv": "s/a.mkv", "s/c.mkv": "s/b.mkv"}
ACROSS = {"s/a.mkv": "/t/a.mkv", "s/b.mkv": "s/a.mkv"}


@pytest.fixture
def memory() -> Iterator[Path]:
    """Give a folder in memory: what is tried hundreds of times need not wait for a disk."""
    syscalls.need_tracing()
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="engramd-test-") as folder:
        yield Path(folder)


@pytest.mark.parametrize("refused", [{}, NO_LINKS, NEITHER], ids=["rename", "no links", "placeholder"])
@pytest.mark.parametrize("moves", [SWAP, CHAIN, RING, ACROSS], ids=["swap", "chain", "ring", "across"])
def test_killed_before_any_call_they_end_as_they_would_have(
    memory: Path, tmp_path: Path, moves: Moves, refused: dict[str, int]
) -> None:
    shelf = Shelf(memory, tmp_path / "other" if moves is ACROSS else None)
    contents = set(shelf.files().values())
    undisturbed = syscalls.run(lambda: shelf.relocate(moves), refused=refused)
    assert undisturbed.code == 0
    expected = shelf.files()
    assert set(expected.values()) == contents
    assert not any(".engramd" in name for name in expected)
    for call in range(1, undisturbed.calls + 1):
        shelf.reset()
        assert syscalls.run(lambda: shelf.relocate(moves), kill_at=call, refused=refused).code == -9
        assert contents <= set(shelf.files().values()), f"killed at call {call}: a file is whole nowhere"
        assert syscalls.run(lambda: shelf.relocate(moves), refused=refused).code == 0, f"call {call}"
        assert shelf.files() == expected, f"killed at call {call}"


def test_only_what_others_names_are_given_to_makes_way(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert swapping(shelf.relocations(CHAIN)) == {1, 2}
    assert swapping(shelf.relocations(RING)) == {0, 1, 2}
    assert swapping(shelf.relocations({"s/a.mkv": "s/z.mkv"})) == frozenset()
    assert swapping(shelf.relocations({"s/a.mkv": "s/A.mkv"})) == {0}, "case may not tell names apart"


def _checked(shelf: Shelf, moves: Moves, **values: object) -> Sequence[Relocation]:
    found = [replace(one, **values) for one in shelf.relocations(moves)]  # type: ignore[arg-type]
    check(found)
    return found


def test_what_cannot_be_is_refused_before_anything_moves(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    before = shelf.files()
    with pytest.raises(WrongState, match="another file has that name"):
        _checked(shelf, {"s/a.mkv": "s/b.mkv"})
    with pytest.raises(WrongState, match="two files would get one name"):
        _checked(shelf, {"s/a.mkv": "s/z.mkv", "s/b.mkv": "s/z.mkv"})
    with pytest.raises(WrongState, match="two files would get one name"):
        _checked(shelf, {"s/a.mkv": "s/z.mkv", "s/b.mkv": "s/Z.mkv"})
    with pytest.raises(NotFound, match="somebody moved or removed it"):
        _checked(shelf, {"s/nothing.mkv": "s/z.mkv"})
    with pytest.raises(WrongState, match="it has 16 bytes, and had 5"):
        _checked(shelf, {"s/a.mkv": "s/z.mkv"}, size=5)
    with pytest.raises(WrongState, match="somebody changed it"):
        _checked(shelf, {"s/a.mkv": "s/z.mkv"}, size=16, changed=1)
    (shelf.root / "s/link.mkv").symlink_to("a.mkv")
    with pytest.raises(WrongState, match="this is no file"):
        _checked(shelf, {"s/link.mkv": "s/z.mkv"})
    (shelf.root / "s/link.mkv").unlink()
    _checked(shelf, {"s/nothing.mkv": "s/z.mkv"}, optional=True)
    _checked(shelf, RING)
    assert shelf.files() == before


def test_a_name_that_is_taken_meanwhile_stops_it_and_harms_neither_file(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    moves = {"s/a.mkv": "s/z.mkv"}
    (shelf.root / "s/z.mkv").write_text("somebody else's")
    with pytest.raises(WrongState, match="a file cannot get its name"):
        shelf.relocate(moves)
    assert shelf.files()["s/z.mkv"] == "somebody else's"
    assert shelf.files()["s/a.mkv"] == "the content of a"


def test_a_name_in_another_case_only_is_changed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.relocate({"s/a.mkv": "s/A.mkv"})
    names = [path.name for path in (shelf.root / "s").iterdir()]
    assert "A.mkv" in names
    assert "a.mkv" not in names


def test_empty_folders_go_and_none_that_holds_something(tmp_path: Path) -> None:
    root = tmp_path / "library"
    (root / "show/season 1/x").mkdir(parents=True)
    (root / "other").mkdir()
    (root / "other/file").touch()
    gone = remove_empty([root / "show/season 1/x", root / "other", root], [root])
    assert gone == [root / "show/season 1/x", root / "show/season 1", root / "show"]
    assert root.is_dir()
    assert (root / "other/file").exists()
    assert remove_empty([tmp_path / "elsewhere"], [root]) == []
