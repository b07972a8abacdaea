"""Each way into a library on file systems that really have it, or that the kernel has refuse it."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engramd.errors import Cancelled, FilingFailed, NoSpace
from engramd.models.enums import ConflictResolution
from engramd.organize import Conflict, Filed, Route, Trash, Way, atomic, probe
from engramd.organize.ways import foreign_group
from tests.organize.movebench import CONTENT, TARGET, Bench, bench_across, bench_in
from tests.support import syscalls
from tests.support.badsectors import need_fuse
from tests.support.userfs import user_file_system

NO_LINKS = {"link": errno.EPERM}
NO_RENAMES = {"renameat2": errno.EINVAL}
NEITHER = {"link": errno.ENOSYS, "renameat2": errno.ENOSYS}


@contextmanager
def ext4(folder: Path) -> Iterator[Path]:
    """Give a fresh ext4, mounted from a file."""
    image, mount = folder / "disk", folder / "mount"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(16 << 20)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, mount], check=True)
    try:
        yield mount
    finally:
        subprocess.run(["umount", mount], check=True)


@pytest.mark.loop
def test_on_ext4_a_file_is_linked(tmp_path: Path) -> None:
    with ext4(tmp_path) as disk:
        bench = bench_in(disk, disk)
        assert probe(bench.library, bench.source.parent) == Route(Way.LINK, Way.RENAME)
        assert bench.file() == Filed(bench.target, len(CONTENT), Way.LINK)
        assert bench.shown() == [TARGET]


@pytest.mark.loop
def test_to_an_ext4_of_its_own_a_file_is_copied(tmp_path: Path) -> None:
    with ext4(tmp_path) as disk:
        bench = bench_in(tmp_path, disk)
        assert probe(bench.library, bench.source.parent) == Route(Way.COPY, Way.RENAME)
        assert bench.file() == Filed(bench.target, len(CONTENT), Way.COPY)
        assert bench.target.read_bytes() == CONTENT


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
@pytest.mark.parametrize("across", [False, True], ids=["same", "across"])
def test_a_library_that_does_not_tell_cases_apart_overwrites_nothing(
    tmp_path: Path, across: bool, links: bool
) -> None:
    need_fuse()
    with user_file_system(tmp_path, cases=False, links=links) as disk:
        bench = bench_in(tmp_path if across else disk, disk)
        other = bench.target.with_name(bench.target.name.upper())
        other.parent.mkdir(parents=True)
        other.write_bytes(b"another")
        assert bench.target.read_bytes() == b"another", "the folder does tell cases apart"
        assert bench.file() == Conflict(other, len(CONTENT), 7)
        aside = other.with_name("aside")
        aside.write_bytes(b"aside")
        for rename in (atomic.rename_noreplace, atomic.rename_by_placeholder):
            with pytest.raises(FileExistsError):
                rename(aside, bench.target)
        aside.unlink()
        assert isinstance(bench.file(policy=ConflictResolution.REPLACE), Filed)
        assert [path.name for path in bench.target.parent.iterdir()] == [other.name]
        assert other.read_bytes() == CONTENT
        assert [content for _, content in bench.trashed()] == [b"another"]


@pytest.mark.parametrize(
    ("refused", "way", "within"),
    [
        ({}, Way.LINK, Way.RENAME),
        (NO_LINKS, Way.RENAME, Way.RENAME),
        (NO_RENAMES, Way.LINK, Way.LINK),
        (NEITHER, Way.PLACEHOLDER, Way.PLACEHOLDER),
    ],
    ids=["all", "no links", "no rename that refuses", "neither"],
)
@pytest.mark.parametrize("across", [False, True], ids=["same", "across"])
def test_what_is_refused_is_done_another_way(
    tmp_path: Path, refused: dict[str, int], way: Way, within: Way, across: bool
) -> None:
    syscalls.need_tracing()
    if across:
        with bench_across(tmp_path) as bench:
            _check(bench, refused, Route(Way.COPY, within), Way.COPY)
    else:
        _check(bench_in(tmp_path, tmp_path), refused, Route(way, within), way)


def _check(bench: Bench, refused: dict[str, int], route: Route, way: Way) -> None:
    said = bench.source.parent / "said"

    def work() -> None:
        found = probe(bench.library, bench.source.parent)
        done = bench.file()
        assert isinstance(done, Filed)
        said.write_text(f"{found.way} {found.within} {done.way}")

    assert syscalls.run(work, refused=refused).code == 0
    assert said.read_text() == f"{route.way} {route.within} {way}"
    assert bench.shown() == [TARGET], "a probe is left"
    assert bench.target.read_bytes() == CONTENT
    assert sorted(path.name for path in bench.source.parent.iterdir()) == ["journal.json", "said"]


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_a_file_system_in_user_space(tmp_path: Path, links: bool) -> None:
    need_fuse()
    with user_file_system(tmp_path, links=links) as disk:
        bench = bench_in(disk, disk)
        way = Way.LINK if links else Way.PLACEHOLDER
        assert probe(bench.library, bench.source.parent) == Route(way, way)
        assert bench.file() == Filed(bench.target, len(CONTENT), way)
        assert (bench.shown(), bench.target.read_bytes()) == ([TARGET], CONTENT)
        bench.source.write_bytes(b"another")
        assert isinstance(bench.file(), Conflict)
        filed = bench.file(policy=ConflictResolution.REPLACE)
        assert isinstance(filed, Filed)
        assert bench.target.read_bytes() == b"another"
        assert bench.trashed() == [(TARGET, CONTENT)]
        bench.target.unlink()
        [entry] = Trash(bench.library).entries()
        Trash(bench.library).restore(entry)
        assert (bench.shown(), bench.trashed()) == ([TARGET], [])


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_copying_to_a_file_system_in_user_space(tmp_path: Path, links: bool) -> None:
    need_fuse()
    with user_file_system(tmp_path, links=links) as disk:
        bench = bench_in(tmp_path, disk)
        assert probe(bench.library, bench.source.parent).way is Way.COPY
        assert bench.file() == Filed(bench.target, len(CONTENT), Way.COPY)
        assert (bench.shown(), bench.target.read_bytes()) == ([TARGET], CONTENT)


def test_a_slow_library_can_be_stopped_between_two_pieces(tmp_path: Path) -> None:
    need_fuse()
    with user_file_system(tmp_path, seconds_a_write=0.002) as disk:
        bench = bench_in(tmp_path, disk)
        bench.source.write_bytes(CONTENT * 200)
        told: list[int] = []

        def stop(done: int, _all: int) -> None:
            told.append(done)
            if len(told) == 2:
                raise Cancelled("Stopped")

        with pytest.raises(Cancelled):
            bench.file(progress=stop)
        assert 0 < told[0] < told[1] < len(CONTENT) * 200
        assert bench.shown() == []
        assert bench.source.stat().st_size == len(CONTENT) * 200
        assert isinstance(bench.file(), Filed)


def test_a_library_that_is_full_in_the_middle_gets_nothing(tmp_path: Path) -> None:
    need_fuse()
    with user_file_system(tmp_path, room=len(CONTENT) // 2) as disk:
        bench = bench_in(tmp_path, disk)
        with pytest.raises(NoSpace):
            bench.file()
        bench.assert_untouched()
        assert bench.shown() == []


def test_a_way_is_told_in_words_and_a_folder_that_is_away_by_its_name(tmp_path: Path) -> None:
    assert str(Route(Way.COPY, Way.LINK)) == "files are copied and compared, and get their name by a link"
    assert len({str(Route(way, Way.LINK)) for way in (Way.LINK, Way.RENAME, Way.PLACEHOLDER, Way.COPY)}) == 4
    with pytest.raises(FilingFailed, match="could not be tried"):
        probe(tmp_path / "away", tmp_path)


@pytest.mark.root
def test_another_group_than_that_of_a_set_gid_library_is_noticed(tmp_path: Path) -> None:
    library, staging = tmp_path / "tv", tmp_path / "staging"
    library.mkdir()
    staging.mkdir()
    assert foreign_group(library, staging) == "", "a library without set-gid wants no group"
    os.chown(library, -1, 4242)
    library.chmod(0o2775)
    assert foreign_group(library, staging) == "4242"
    os.chown(staging, -1, 4242)
    assert foreign_group(library, staging) == "4242", "its files get the group of the service yet"
    staging.chmod(0o2775)
    assert foreign_group(library, staging) == ""
    with pytest.raises(FilingFailed):
        foreign_group(tmp_path / "away", staging)
