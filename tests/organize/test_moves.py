from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engramd.errors import Cancelled, FilingFailed, InvalidArgument, NoSpace, NotFound
from engramd.models.enums import ConflictResolution
from engramd.organize import Conflict, Filed, Modes, Skipped, Way, atomic
from tests.organize.movebench import CONTENT, TARGET, Bench, bench_across, bench_in


@pytest.fixture
def same(tmp_path: Path) -> Bench:
    """Staging and library on one file system."""
    return bench_in(tmp_path, tmp_path)


@pytest.fixture
def across(tmp_path: Path) -> Iterator[Bench]:
    """Staging and library on two file systems."""
    with bench_across(tmp_path) as made:
        yield made


@pytest.fixture(params=["same", "across"])
def bench(request: pytest.FixtureRequest) -> Bench:
    made: Bench = request.getfixturevalue(request.param)
    return made


def test_a_file_moves_and_is_recorded_before_its_source_goes(bench: Bench) -> None:
    seen: list[bool] = []
    bench.journal.on_record = lambda: seen.append(
        bench.source.read_bytes() == CONTENT == bench.target.read_bytes()
    )
    filed = bench.file()
    assert isinstance(filed, Filed)
    assert (filed.path, filed.bytes, filed.source_removed) == (bench.target, len(CONTENT), True)
    assert seen == [True], "at the record both files must be whole"
    assert bench.files() == [TARGET]
    assert bench.target.read_bytes() == CONTENT
    assert not bench.source.exists()


def test_the_way_depends_on_the_file_system(same: Bench) -> None:
    assert same.file() == Filed(same.target, len(CONTENT), Way.LINK)


def test_a_copy_tells_its_progress_and_can_be_stopped(across: Bench) -> None:
    def stop(done: int, total: int) -> None:
        assert (done, total) == (len(CONTENT), len(CONTENT))
        raise Cancelled("Stopped")

    with pytest.raises(Cancelled):
        across.file(progress=stop)
    across.assert_untouched()
    assert across.file() == Filed(across.target, len(CONTENT), Way.COPY)


@pytest.mark.parametrize("modes", [Modes(), Modes(0o640, 0o2750), Modes(0o666, 0o777)])
@pytest.mark.parametrize("umask", [0o002, 0o077])
def test_modes_are_as_the_settings_say_whatever_the_umask(bench: Bench, modes: Modes, umask: int) -> None:
    bench.source.chmod(0o600)
    before = os.umask(umask)
    try:
        bench.file(modes=modes)
    finally:
        os.umask(before)
    assert stat.S_IMODE(bench.target.stat().st_mode) == modes.file
    assert stat.S_IMODE(bench.target.parent.stat().st_mode) == modes.folder
    assert stat.S_IMODE(bench.target.parent.parent.stat().st_mode) == modes.folder


@pytest.mark.root
def test_the_group_is_that_of_a_set_gid_library(bench: Bench) -> None:
    os.chown(bench.library, -1, 4242)
    bench.library.chmod(0o2775)
    os.chown(bench.source.parent, -1, 4242)
    bench.source.parent.chmod(0o2775)
    bench.source.unlink()
    bench.source.write_bytes(CONTENT)
    bench.file()
    assert {path.stat().st_gid for path in bench.library.rglob("*")} == {4242}


def test_nothing_is_ever_chowned(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("chown", "lchown", "fchown"):
        monkeypatch.setattr(os, name, refuse(errno.EIO))
    bench.existing(b"old")
    assert isinstance(bench.file(policy=ConflictResolution.REPLACE), Filed)


def test_a_different_file_is_never_replaced(bench: Bench) -> None:
    bench.existing(b"x" * 10)
    assert bench.file() == Conflict(bench.target, len(CONTENT), 10)
    bench.assert_untouched()
    assert bench.target.read_bytes() == b"x" * 10


def test_policy_skip_leaves_both_files(bench: Bench) -> None:
    bench.existing(b"other")
    assert bench.file(policy=ConflictResolution.SKIP) == Skipped(bench.target)
    bench.assert_untouched()


def test_policy_rename_takes_the_next_free_number(bench: Bench) -> None:
    bench.existing(b"other")
    second = bench.target.with_name("Harbor Station - S01E01 (2).mkv")
    third = bench.target.with_name("Harbor Station - S01E01 (3).mkv")
    second.write_bytes(b"another")
    filed = bench.file(policy=ConflictResolution.KEEP_BOTH)
    assert isinstance(filed, Filed)
    assert filed.path == third
    assert third.read_bytes() == CONTENT
    assert (bench.target.read_bytes(), second.read_bytes()) == (b"other", b"another")


def test_an_identical_file_counts_as_filed(bench: Bench) -> None:
    bench.existing(CONTENT)
    assert bench.file() == Filed(bench.target, len(CONTENT), Way.ALREADY_THERE)
    assert bench.journal.record() == str(bench.target)
    assert not bench.source.exists()


def test_one_different_byte_is_a_conflict(bench: Bench) -> None:
    bench.existing(CONTENT[:-1] + b"!")
    assert isinstance(bench.file(), Conflict)
    bench.assert_untouched()


def test_other_case_in_the_library_is_the_same_name(same: Bench) -> None:
    folder = same.library / "harbor station (2019)" / "Season 01"
    folder.mkdir(parents=True)
    (folder / "HARBOR STATION - S01E01.mkv").write_bytes(b"other")
    conflict = same.file()
    assert isinstance(conflict, Conflict)
    assert conflict.path == folder / "HARBOR STATION - S01E01.mkv"


def test_a_source_that_is_not_ours_stays(bench: Bench) -> None:
    filed = bench.file(keep_source=True)
    assert isinstance(filed, Filed)
    assert not filed.source_removed
    assert bench.source.read_bytes() == CONTENT == bench.target.read_bytes()


def test_a_source_that_stays_and_that_no_media_server_may_read_is_copied(bench: Bench) -> None:
    bench.source.chmod(0o600)
    filed = bench.file(keep_source=True, modes=Modes(0o664))
    assert isinstance(filed, Filed)
    assert filed.way is Way.COPY
    assert [stat.S_IMODE(path.stat().st_mode) for path in (bench.source, bench.target)] == [0o600, 0o664]


def test_a_file_that_is_its_own_target_is_not_removed(same: Bench) -> None:
    same.existing(CONTENT)
    same.source = same.target
    assert same.file() == Filed(same.target, len(CONTENT), Way.ALREADY_THERE, source_removed=False)
    assert same.target.read_bytes() == CONTENT


def test_its_own_target_stays_even_if_a_backup_links_to_it(same: Bench) -> None:
    same.existing(CONTENT)
    os.link(same.target, same.library / "snapshot")
    same.source = same.target
    assert same.file() == Filed(same.target, len(CONTENT), Way.ALREADY_THERE, source_removed=False)
    assert same.target.read_bytes() == CONTENT


def test_a_filed_title_gets_its_new_name_even_if_a_backup_links_to_it(same: Bench) -> None:
    same.file()
    os.link(same.target, same.library / "snapshot")
    same.source, same.target = same.target, same.target.with_name("Harbor Station - S01E02.mkv")
    assert isinstance(same.file(), Filed)
    assert same.files() == [TARGET.replace("E01", "E02"), "snapshot"]


def test_a_library_that_links_to_staging_loses_nothing(same: Bench) -> None:
    (same.library / "loop").symlink_to(same.source.parent)
    same.target = same.library / "loop" / same.source.name
    filed = same.file()
    assert isinstance(filed, Filed)
    assert not filed.source_removed
    assert same.source.read_bytes() == CONTENT


def test_a_link_to_the_source_is_no_copy_of_it(same: Bench) -> None:
    same.target.parent.mkdir(parents=True)
    same.target.symlink_to(same.source)
    assert isinstance(same.file(), Conflict)
    same.assert_untouched()


def test_too_little_space_is_noticed_before_the_copy(across: Bench) -> None:
    with pytest.raises(NoSpace, match="make room"):
        across.file(free_floor=1 << 60)
    across.assert_untouched()


@pytest.mark.parametrize("target", ["/etc/x.mkv", "../x.mkv", ".", "a/../../x.mkv"])
def test_a_target_outside_the_library_is_refused(same: Bench, target: str) -> None:
    same.target = same.library / target
    with pytest.raises(InvalidArgument, match="not below the library"):
        same.file()
    same.assert_untouched()


def test_a_missing_library_is_said_so_and_not_made(same: Bench) -> None:
    same.library.rmdir()
    with pytest.raises(FilingFailed, match=r"missing.*mount it"):
        same.file()
    assert not same.library.exists()
    same.assert_untouched()


def test_a_file_in_place_of_a_folder_is_said_so(bench: Bench) -> None:
    (bench.library / "Harbor Station (2019)").write_text("a file")
    with pytest.raises(FilingFailed):
        bench.file()
    bench.assert_untouched()


def test_only_regular_files_are_filed(same: Bench) -> None:
    same.source.unlink()
    same.source.mkdir()
    with pytest.raises(InvalidArgument, match="regular"):
        same.file()


def test_an_empty_file_is_no_title(bench: Bench) -> None:
    bench.source.write_bytes(b"")
    with pytest.raises(FilingFailed, match="empty"):
        bench.file()
    assert bench.files() == []


def test_a_lost_source_is_said_so(same: Bench) -> None:
    same.source.unlink()
    with pytest.raises(NotFound, match="gone"):
        same.file()


@pytest.mark.parametrize("place", ["same", "across"])
def test_a_name_that_changed_after_a_crash_leaves_no_second_file(
    request: pytest.FixtureRequest, place: str
) -> None:
    bench: Bench = request.getfixturevalue(place)
    bench.journal.on_record = refuse(errno.EIO)
    with pytest.raises(FilingFailed):
        bench.file()
    assert bench.files() == [TARGET], "the file was in the library, but not recorded"
    bench.journal.on_record = None
    bench.target = bench.target.with_name("Harbor Station - S01E02.mkv")
    assert isinstance(bench.file(), Filed)
    assert bench.files() == [TARGET.replace("E01", "E02")]
    assert bench.target.read_bytes() == CONTENT


def test_a_name_that_changed_after_the_source_went_is_the_name_in_the_library(bench: Bench) -> None:
    bench.file()
    assert not bench.source.exists()
    bench.target = bench.target.with_name("Harbor Station - S01E02.mkv")
    filed = bench.file()
    assert isinstance(filed, Filed)
    assert filed.path == bench.target
    assert bench.journal.record() == str(bench.target)
    assert bench.files() == [TARGET.replace("E01", "E02")]
    assert bench.target.read_bytes() == CONTENT


def test_a_name_that_changed_does_not_replace_what_has_it(bench: Bench) -> None:
    bench.file()
    bench.target = bench.target.with_name("Harbor Station - S01E02.mkv")
    bench.target.write_bytes(b"another episode")
    assert isinstance(bench.file(), Conflict)
    assert bench.target.read_bytes() == b"another episode"
    assert (bench.library / TARGET).read_bytes() == CONTENT


def test_a_numbered_name_is_still_right_under_another_policy(same: Bench) -> None:
    same.existing(b"other")
    filed = same.file(policy=ConflictResolution.KEEP_BOTH)
    assert isinstance(filed, Filed)
    assert same.file() == Filed(filed.path, len(CONTENT), Way.ALREADY_THERE)


def test_filing_twice_is_filing_once(bench: Bench) -> None:
    bench.file()
    assert bench.file() == Filed(bench.target, len(CONTENT), Way.ALREADY_THERE)


def test_replace_puts_the_old_file_into_the_trash(bench: Bench) -> None:
    bench.existing(b"old")
    filed = bench.file(policy=ConflictResolution.REPLACE)
    assert isinstance(filed, Filed)
    assert [entry.path for entry in filed.trashed] == [Path(TARGET)]
    assert bench.shown() == [TARGET]
    assert bench.target.read_bytes() == CONTENT
    assert bench.trashed() == [(TARGET, b"old")]
    assert not bench.source.exists()


def test_replace_takes_files_of_other_names_too(bench: Bench) -> None:
    bench.existing(b"old")
    others = [bench.target.with_name(name) for name in ("Harbor.S01E01.avi", "Harbor.S01E01.srt", "gone.srt")]
    for path in others[:2]:
        path.write_bytes(b"an older one")
    filed = bench.file(policy=ConflictResolution.REPLACE, replaces=others)
    assert isinstance(filed, Filed)
    assert bench.shown() == [TARGET]
    assert sorted(Path(name).name for name, _ in bench.trashed()) == [
        "Harbor Station - S01E01.mkv",
        "Harbor.S01E01.avi",
        "Harbor.S01E01.srt",
    ]


def test_an_old_file_that_is_gone_when_the_new_one_is_complete_need_not_go(bench: Bench) -> None:
    old = bench.target.with_name("Harbor.S01E01.avi")
    bench.existing(b"old")
    old.write_bytes(b"old")
    looks = [0]

    def deleted() -> None:
        looks[0] += 1
        if looks[0] == 2:
            old.unlink()

    filed = bench.file(policy=ConflictResolution.REPLACE, replaces=[old], guard=deleted)
    assert isinstance(filed, Filed)
    assert (bench.shown(), bench.trashed()) == ([TARGET], [(TARGET, b"old")])


@pytest.mark.parametrize("name", [Path(TARGET).name, "Harbor.S01E01.avi"])
def test_an_old_file_that_somebody_replaced_meanwhile_stays(bench: Bench, name: str) -> None:
    """It was not compared: it may be the better one."""
    old = bench.target.with_name(name)
    bench.existing(b"old")
    old.write_bytes(b"old")
    looks = [0]

    def upgraded() -> None:
        looks[0] += 1
        if looks[0] == 2:
            old.unlink()
            old.write_bytes(b"a much better one")

    with contextlib.suppress(FilingFailed):  # where the name itself is free: the next try compares anew
        result = bench.file(policy=ConflictResolution.REPLACE, replaces=[old], guard=upgraded)
        assert isinstance(result, Conflict)
    bench.assert_untouched()
    assert (old.read_bytes(), bench.trashed()) == (b"a much better one", [])
    assert bench.target.exists()


def test_replacing_a_file_by_itself_changes_nothing(bench: Bench) -> None:
    bench.existing(CONTENT)
    filed = bench.file(policy=ConflictResolution.REPLACE)
    assert isinstance(filed, Filed)
    assert (filed.way, bench.trashed(), bench.shown()) == (Way.ALREADY_THERE, [], [TARGET])


def test_nothing_is_replaced_if_the_new_file_cannot_be_complete(
    across: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    across.existing(b"old")
    monkeypatch.setattr(atomic, "_pumped", refuse(errno.ENOSPC))
    with pytest.raises(NoSpace):
        across.file(policy=ConflictResolution.REPLACE)
    across.assert_untouched()
    assert (across.target.read_bytes(), across.trashed()) == (b"old", [])


@pytest.mark.parametrize("links", [True, False])
def test_nothing_is_replaced_if_the_old_file_cannot_go_to_the_trash(
    same: Bench, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    same.existing(b"old")
    (same.library / ".engram-trash").symlink_to("/")
    if not links:
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    with pytest.raises(FilingFailed, match="link to somewhere else"):
        same.file(policy=ConflictResolution.REPLACE)
    same.assert_untouched()
    assert same.target.read_bytes() == b"old"


def test_a_guard_is_asked_before_anything_is_made(bench: Bench) -> None:
    def away() -> None:
        raise FilingFailed("the library is away")

    with pytest.raises(FilingFailed, match="is away"):
        bench.file(guard=away)
    bench.assert_untouched()
    assert list(bench.library.iterdir()) == []


@pytest.mark.root
def test_a_library_that_goes_away_in_the_middle_gets_nothing_on_its_mount_point(tmp_path: Path) -> None:
    """It is unmounted while the file is copied: the copy fails, and the bare mount point stays empty."""
    library = tmp_path / "mounted"
    library.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", library], check=True)
    bench = bench_in(tmp_path, library)
    bench.library = library
    bench.target = library / TARGET

    def unmount(_done: int, _all: int) -> None:
        if os.path.ismount(library):
            subprocess.run(["umount", "-l", library], check=True)

    with pytest.raises(FilingFailed):
        bench.file(progress=unmount)
    assert list(library.iterdir()) == []
    assert bench.source.read_bytes() == CONTENT
    assert bench.journal.record() is None


def test_the_trash_makes_room_for_a_copy(across: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    across.existing(b"old")
    assert isinstance(across.file(policy=ConflictResolution.REPLACE), Filed)
    across.source.write_bytes(CONTENT[::-1])
    across.target = across.target.with_name("another.mkv")
    across.journal.forget()
    free = [len(CONTENT) - 1]
    monkeypatch.setattr(atomic, "free_bytes", lambda _folder: free[0] + 3 * (not across.trashed()))
    assert isinstance(across.file(), Filed)
    assert across.trashed() == []


def refuse(code: int) -> Callable[..., None]:
    def call(*_arguments: object, **_options: object) -> None:
        raise OSError(code, os.strerror(code))

    return call


def test_without_links_the_file_is_renamed(same: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    assert same.file() == Filed(same.target, len(CONTENT), Way.RENAME)
    assert same.target.read_bytes() == CONTENT
    assert not same.source.exists()


def test_a_rename_whose_record_failed_is_found_again(same: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    same.journal.on_record = refuse(errno.EIO)
    with pytest.raises(FilingFailed):
        same.file()
    same.journal.on_record = None
    assert same.file() == Filed(same.target, len(CONTENT), Way.ALREADY_THERE)
    assert same.journal.record() == str(same.target)
    assert same.target.read_bytes() == CONTENT


@pytest.mark.parametrize("links", [True, False])
def test_old_kernels_do_not_overwrite_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    class OldLibrary:
        def renameat2(self, *_arguments: object) -> int:
            import ctypes

            ctypes.set_errno(errno.ENOSYS)
            return -1

    monkeypatch.setattr(atomic, "_libc", OldLibrary)
    if not links:
        monkeypatch.setattr(os, "link", refuse(errno.EOPNOTSUPP))
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"old")
    new.write_bytes(b"new")
    with pytest.raises(FileExistsError):
        atomic.rename_noreplace(old, new)
    assert (old.read_bytes(), new.read_bytes()) == (b"old", b"new")
    new.unlink()
    atomic.rename_noreplace(old, new)
    assert new.read_bytes() == b"old"
    assert not old.exists()


def test_the_kernels_rename_does_not_overwrite(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"old")
    new.write_bytes(b"new")
    with pytest.raises(FileExistsError):
        atomic.rename_noreplace(old, new)
    assert (old.read_bytes(), new.read_bytes()) == (b"old", b"new")


def test_a_copy_of_which_other_bytes_are_read_back_is_refused(
    across: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(handle: int, _offset: int, _size: int, _advice: int) -> None:
        os.pwrite(handle, b"!", len(CONTENT) // 2)

    monkeypatch.setattr(os, "posix_fadvise", spoil)
    with pytest.raises(FilingFailed, match="not what was written"):
        across.file()
    across.assert_untouched()
    assert across.files() == []


def test_a_copy_of_which_less_is_read_back_is_refused(across: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "posix_fadvise", lambda handle, *_: os.truncate(handle, 10))
    with pytest.raises(FilingFailed, match="not what was written"):
        across.file()
    across.assert_untouched()


@pytest.mark.parametrize(
    ("code", "kind"), [(errno.ENOSPC, NoSpace), (errno.EDQUOT, NoSpace), (errno.EROFS, FilingFailed)]
)
def test_a_copy_that_breaks_off_leaves_nothing(
    across: Bench, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception]
) -> None:
    monkeypatch.setattr(atomic, "_pumped", refuse(code))
    with pytest.raises(kind):
        across.file()
    across.assert_untouched()
    assert across.files() == []


@pytest.mark.parametrize("place", ["same", "across"])
def test_killed_at_any_line_it_ends_right(request: pytest.FixtureRequest, place: str) -> None:
    """Kill the filing after each line that it runs, then file again: whole, once, recorded, nothing left."""
    bench: Bench = request.getfixturevalue(place)
    for line in range(1, 1000):
        code = _filed_until(bench, line)
        whole = [p for p in (bench.source, bench.target) if p.exists() and p.read_bytes() == CONTENT]
        assert whole, f"killed at line {line}, the file is whole nowhere"
        if code == 0:
            break
        assert bench.journal.record() or bench.source.exists(), f"killed at line {line}: gone, not recorded"
        assert isinstance(bench.file(), Filed), f"killed at line {line}"
        assert bench.files() == [TARGET], f"killed at line {line}"
        assert bench.target.read_bytes() == CONTENT
        assert bench.journal.record() == str(bench.target)
        assert not bench.source.exists()
        shutil.rmtree(bench.library / "Harbor Station (2019)")
        bench.source.write_bytes(CONTENT)
        bench.journal.forget()
    assert line > 40, "the filing was not interrupted"


def _filed_until(bench: Bench, line: int) -> int:
    """File in a forked child that dies, without any cleaning up, before it runs its `line`th line."""
    child = os.fork()
    if child == 0:
        left = line

        def trace(frame: object, event: str, _argument: object) -> object:
            nonlocal left
            if not frame.f_code.co_filename.endswith(("moves.py", "atomic.py", "journals.py")):  # type: ignore[attr-defined]
                return None
            if event == "line":
                left -= 1
                if left == 0:
                    os._exit(9)
            return trace

        sys.settrace(trace)  # type: ignore[arg-type]
        try:
            bench.file()
            os._exit(0)
        finally:
            os._exit(3)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code


@pytest.mark.root
def test_a_full_library_is_said_so(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    library = tmp_path / "small"
    library.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", library], check=True)
    try:
        bench = bench_in(tmp_path, library)
        with pytest.raises(NoSpace, match="too little space"):
            bench.file()
        bench.assert_untouched()
    finally:
        subprocess.run(["umount", library], check=True)


@pytest.mark.root
def test_a_library_that_fills_up_during_the_copy_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    library = tmp_path / "small"
    library.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", library], check=True)
    monkeypatch.setattr(atomic, "free_bytes", lambda _folder: 1 << 60)
    try:
        bench = bench_in(tmp_path, library)
        with pytest.raises(NoSpace, match="full"):
            bench.file()
        bench.assert_untouched()
        assert bench.files() == []
    finally:
        subprocess.run(["umount", library], check=True)


@pytest.mark.root
def test_a_read_only_library_is_said_so(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    library = tmp_path / "locked"
    library.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", library], check=True)
    try:
        bench = bench_in(tmp_path, library)
        subprocess.run(["mount", "-o", "remount,ro", library], check=True)
        with pytest.raises(FilingFailed, match="read-only"):
            bench.file()
        bench.assert_untouched()
    finally:
        subprocess.run(["umount", library], check=True)


@pytest.mark.root
def test_two_mounts_of_one_file_system_are_copied_across(tmp_path: Path) -> None:
    """As in a service with several ReadWritePaths: one device number, and yet neither link nor rename."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    bench = bench_in(tmp_path, tmp_path)
    subprocess.run(["mount", "--bind", bench.library, bench.library], check=True)
    try:
        assert bench.library.stat().st_dev == bench.source.stat().st_dev
        assert bench.file() == Filed(bench.target, len(CONTENT), Way.COPY)
    finally:
        subprocess.run(["umount", bench.library], check=True)


@pytest.mark.unprivileged
def test_a_library_of_somebody_else_is_said_so(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="engramd-test-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        bench = bench_in(home, home)
        for path in (bench.source.parent, bench.source):
            os.chown(path, 65534, 65534)
        program = (
            "import sys; from pathlib import Path; from engramd.organize import file_title;"
            "from tests.organize.journals import FileJournal;"
            "source, library, target, journal = map(Path, sys.argv[1:]);"
            "file_title(source, target, library_root=library, journal=FileJournal(journal), free_floor=0)"
        )
        paths = [bench.source, bench.library, bench.target, bench.journal.path]
        other = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        done = subprocess.run(
            [*other, sys.executable, "-B", "-c", program, *map(str, paths)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "FilingFailed: The library may not be written" in done.stderr, done.stderr
        assert "let the user of the service write there" in done.stderr
        bench.assert_untouched()
