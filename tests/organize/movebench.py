"""A staging folder, a library folder and a journal on real file systems, and what is in them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engramd.organize import Conflict, Filed, Skipped, Trash, file_title
from tests.organize.journals import FileJournal

CONTENT = bytes(range(256)) * 300
TARGET = "Harbor Station (2019)/Season 01/Harbor Station - S01E01.mkv"


class Bench:
    """What a file is moved from and to."""

    def __init__(self, staging: Path, library: Path) -> None:
        self.source = staging / "title_00.mkv"
        self.source.write_bytes(CONTENT)
        self.library = library
        self.target = library / TARGET
        self.journal = FileJournal(staging / "journal.json")

    def file(self, **options: object) -> Filed | Conflict | Skipped:
        """File the source."""
        given: dict[str, object] = {"library_root": self.library, "journal": self.journal, "free_floor": 0}
        return file_title(self.source, self.target, **(given | options))  # type: ignore[arg-type]

    def existing(self, content: bytes) -> None:
        """Have another file in the library."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.target.write_bytes(content)

    def files(self) -> list[str]:
        """Give the files of the library, hidden ones too."""
        return sorted(str(p.relative_to(self.library)) for p in self.library.rglob("*") if p.is_file())

    def shown(self) -> list[str]:
        """Give the files of the library without those of its trash."""
        return [name for name in self.files() if not name.startswith(".engram-trash/")]

    def trashed(self) -> list[tuple[str, bytes]]:
        """Give what is in the library's trash."""
        return [(str(one.path), one.file.read_bytes()) for one in Trash(self.library).entries()]

    def assert_untouched(self) -> None:
        """Whatever was tried left the source, and nothing else."""
        assert self.source.read_bytes() == CONTENT
        assert self.journal.record() is None
        assert not [f for f in self.shown() if Path(f).name.startswith(".")]

    def reset(self) -> None:
        """Begin anew."""
        shutil.rmtree(self.library)
        self.library.mkdir()
        self.source.write_bytes(CONTENT)
        self.journal.path.unlink(missing_ok=True)


def bench_in(staging: Path, library: Path) -> Bench:
    """Make the two folders below two others."""
    (staging / "staging").mkdir()
    (library / "tv").mkdir()
    return Bench(staging / "staging", library / "tv")


@contextmanager
def bench_across(tmp_path: Path) -> Iterator[Bench]:
    """Give staging and library on two file systems; skips where there are none."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs /dev/shm as a second file system")
    with tempfile.TemporaryDirectory(dir=memory, prefix="engramd-test-") as other:
        yield bench_in(tmp_path, Path(other))
