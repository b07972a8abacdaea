"""What is kept of a title that is tried again: real Matroska files, long and short, whole and with gaps."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import cast

import pytest

from engramd.errors import EngramError
from engramd.models import DiscTitle, JobState
from engramd.pipeline.parts import Parts
from engramd.pipeline.ripped import TitleSteps, found_of, kept_file
from engramd.pipeline.staging import JobFolder
from engramd.rip import TitleDamaged, TitleStalled
from engramd.rip.model import is_partial, partial_of
from tests.support.databases import Bench


def video(path: Path, seconds: int, *, size: str = "64x64") -> Path:
    """Write a film of colour bars."""
    source = ["-f", "lavfi", "-i", f"testsrc=s={size}:r=5:d={seconds}"]
    subprocess.run(["ffmpeg", "-v", "error", *source, "-c:v", "mpeg2video", path], check=True)
    return path


class Tries:
    """A title that is tried again and again, in a folder of its own."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.folder = bench, JobFolder(folder)
        self.folder.make()
        job = bench.job()
        bench.titles(job)
        self.job_id = job.id or 0
        bench.lifecycle.move_job(self.job_id, JobState.RIPPING, "ripping begins")
        self.steps = TitleSteps(cast(Parts, bench), lambda _job, _title: None)

    def now(self) -> DiscTitle:
        """Give the title as it is stored."""
        return self.bench.store.need_title(self.job_id, 0)

    def has(self, file: Path) -> None:
        """Have an earlier rip have left a file."""
        self.bench.lifecycle.update_title(self.now(), staging_file=str(file))

    def fails(self, kind: type[TitleDamaged | TitleStalled], partial: Path | None) -> str | None:
        """Have a try fail, and tidy up as the ripper does; give the name of the file that the title has."""
        title = self.now()
        assert self.steps.begin(title, "open")
        self.steps.put_off(title, kind("damaged", why="bad", read_errors=1, partial=partial))
        self.folder.forget_attempts(0, keep=kept_file(title))
        kept = kept_file(self.now())
        return kept.name if kept is not None and kept.exists() else None


@pytest.fixture
def tries(sqlite_bench: Bench, tmp_path: Path) -> Tries:
    return Tries(sqlite_bench, tmp_path / "job-1")


@pytest.mark.parametrize("kind", [TitleDamaged, TitleStalled])
def test_a_whole_file_is_never_given_for_one_with_gaps(
    tries: Tries, kind: type[TitleDamaged | TitleStalled]
) -> None:
    whole = video(tries.folder.rip_target(0, 1), 1)
    tries.has(whole)
    for attempt in (2, 3):  # how the first of these ended says nothing about the whole file
        worse = video(partial_of(tries.folder.rip_target(0, attempt)), 3)
        assert tries.fails(kind, worse) == whole.name
        assert not worse.exists(), "it is of no use to anybody"


@pytest.mark.parametrize(
    ("former", "new", "kept"),
    [
        ((3, "64x64"), (1, "64x64"), "former"),
        ((1, "64x64"), (3, "64x64"), "new"),
        ((2, "128x128"), (2, "64x64"), "former"),
        ((2, "64x64"), (2, "128x128"), "new"),
    ],
    ids=["shorter", "longer", "as long with less in it", "as long with more in it"],
)
def test_of_two_files_with_gaps_the_better_one_stays(
    tries: Tries, former: tuple[int, str], new: tuple[int, str], kept: str
) -> None:
    files = {}
    for attempt, (name, (seconds, size)) in enumerate((("former", former), ("new", new)), 1):
        files[name] = video(partial_of(tries.folder.rip_target(0, attempt)), seconds, size=size)
    tries.has(files["former"])
    assert tries.fails(TitleDamaged, files["new"]) == files[kept].name
    assert [path for path in files.values() if path.exists()] == [files[kept]]


def test_what_is_left_of_a_title_counts_where_the_former_file_is_no_use(tries: Tries) -> None:
    new = video(partial_of(tries.folder.rip_target(0, 3)), 1)
    tries.has(partial_of(tries.folder.rip_target(0, 1)))
    assert tries.fails(TitleDamaged, new) == new.name, "the former is gone"
    broken = partial_of(tries.folder.rip_target(0, 2))
    broken.write_bytes(b"no Matroska" * 10_000)
    tries.has(broken)
    new = video(partial_of(tries.folder.rip_target(0, 4)), 1)
    assert tries.fails(TitleDamaged, new) == new.name, "the former cannot be played"


def test_a_try_that_leaves_nothing_takes_nothing(tries: Tries) -> None:
    file = video(partial_of(tries.folder.rip_target(0, 1)), 1)
    tries.has(file)
    assert tries.fails(TitleStalled, None) == file.name
    assert "staging_file" not in found_of(tries.now(), EngramError("it failed"))


def test_files_with_gaps_are_known_by_their_names() -> None:
    target = JobFolder(Path("/staging/job-1")).rip_target(0, 1)
    assert (is_partial(target), is_partial(partial_of(target))) == (False, True)
