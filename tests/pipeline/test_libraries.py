"""Libraries that are away, hang, or are others than before, with real mounts; and what is told of them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from engramd.errors import InvalidArgument, NotFound
from engramd.models import DiscTitle, TitleState, WaitingFor
from engramd.organize.roots import MARKER
from engramd.pipeline.filing import Filer
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.library_scan import LibraryScan
from engramd.pipeline.parts import Parts
from engramd.pipeline.patience import Patience, Pulse
from tests.pipeline.filed import PATIENCE, SHOW, FilingBench
from tests.support.databases import Bench
from tests.support.deadshare import hanging_share
from tests.support.videos import make_video


@pytest.fixture
def bench(sqlite_bench: Bench, tmp_path: Path) -> FilingBench:
    return FilingBench(sqlite_bench, tmp_path)


class Share:
    """A file system of its own that is mounted on the library of series, and can go and come back."""

    def __init__(self, point: Path, kept: Path) -> None:
        self.point, self._kept = point, kept
        kept.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "nas", kept], check=True)
        self.come()

    def come(self) -> None:
        subprocess.run(["mount", "--bind", self._kept, self.point], check=True)

    def go(self) -> None:
        """Go as a server does: at once, whoever holds a file of it."""
        while os.path.ismount(self.point):
            subprocess.run(["umount", "-l", self.point], check=True)

    def end(self) -> None:
        self.go()
        subprocess.run(["umount", "-l", self._kept], check=True)


@pytest.fixture
def share(bench: FilingBench, tmp_path: Path) -> Iterator[Share]:
    made = Share(bench.tv, tmp_path / "kept")
    yield made
    made.end()


class GoesAway(Libraries):
    """The real libraries; at one look before something is made in a library, that library goes."""

    def __init__(self, bench: FilingBench, at: int, go: Callable[[], None]) -> None:
        super().__init__(cast(Parts, bench), Patience(PATIENCE))
        self._left, self._go = at, go

    def still_there(self, root: Path, pulse: Pulse) -> None:
        self._left -= 1
        if self._left == 0:
            self._go()
        super().still_there(root, pulse)


def until_it_answers(libraries: Libraries, root: Path) -> None:
    """Wait for the threads that hung to come back."""
    until = time.monotonic() + 20
    while libraries.patience.hangs(root):
        assert time.monotonic() < until
        time.sleep(0.01)


def assert_waits(title: DiscTitle, *words: str) -> None:
    assert (title.state, title.waiting_for) == (TitleState.MATCHED, WaitingFor.LIBRARY)
    for word in words:
        assert word in (title.error_message or "")
    assert Path(title.staging_file or "").is_file()


@pytest.mark.root
def test_a_library_that_is_not_mounted_gets_nothing_and_is_waited_for(
    bench: FilingBench, share: Share
) -> None:
    bench.filed(bench.episode("S01E01"))
    share.go()
    title = bench.episode("S01E02")
    now = bench.file(title)
    assert_waits(now, "The library is not there", "its marker file is not there", "goes on by itself")
    assert list(bench.tv.iterdir()) == [], "the bare mount point stays empty"
    share.come()
    assert bench.filed(now) == f"{SHOW}/Season 01/{SHOW} - S01E02.mkv"
    share.go()
    assert list(bench.tv.iterdir()) == []


@pytest.mark.root
@pytest.mark.parametrize("at", range(1, 5))
def test_a_library_that_goes_in_the_middle_of_a_move(bench: FilingBench, share: Share, at: int) -> None:
    """Before the folders are made, before the copy gets its name, before it is recorded."""
    bench.filed(bench.episode("S01E01"))
    title = bench.episode("S01E02")
    gone = GoesAway(bench, at, share.go)
    Filer(cast(Parts, bench), bench.reviews, gone).run(bench.job_of(title), [title])
    now = bench.store.need_title(title.job_id, title.title_index)
    assert_waits(now, "library")
    assert list(bench.tv.iterdir()) == [], "the bare mount point stays empty"
    share.come()
    assert bench.filed(now) == f"{SHOW}/Season 01/{SHOW} - S01E02.mkv"
    assert len(bench.in_library()) == 2
    hidden = [path.name for path in bench.tv.rglob(".engramd-*") if path.name != MARKER]
    assert hidden == [], "what the first attempt left is gone"
    assert not Path(title.staging_file or "").exists()


@pytest.mark.root
def test_another_disk_in_the_place_of_the_library_gets_nothing(bench: FilingBench, share: Share) -> None:
    bench.filed(bench.episode("S01E01"))
    marker = (bench.tv / MARKER).read_bytes()
    subprocess.run(["mount", "-t", "tmpfs", "other", bench.tv], check=True)
    (bench.tv / MARKER).write_bytes(marker)
    now = bench.file(bench.episode("S01E02"))
    assert_waits(now, "another file system than recorded", "now tmpfs other, before tmpfs nas")
    assert bench.in_library() == []
    bench.libraries.init(str(bench.tv), "somebody")
    assert bench.filed(now) == f"{SHOW}/Season 01/{SHOW} - S01E02.mkv"


def test_a_marker_that_was_deleted_is_made_by_a_person_only(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01"))
    (bench.tv / MARKER).unlink()
    now = bench.file(bench.episode("S01E02"))
    assert_waits(now, f"engramctl library init '{bench.tv}'")
    assert not (bench.tv / MARKER).exists()
    bench.libraries.init(str(bench.tv), "somebody")
    assert (bench.tv / MARKER).exists()
    bench.filed(now)


def test_a_folder_that_is_no_library_of_the_settings_is_not_made_one(
    bench: FilingBench, tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgument, match="no library of the settings"):
        bench.libraries.init(str(tmp_path), "somebody")
    assert not (tmp_path / MARKER).exists()


@pytest.mark.root
def test_a_library_that_hangs_is_waited_for_and_no_other_is(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01"))
    episode, film = bench.episode("S01E02"), bench.film()
    with hanging_share(bench.tv):
        waiting = bench.file(episode)
        assert_waits(waiting, "does not answer", "its file system says nothing")
        assert bench.filed(film) == "The Film (2003)/The Film (2003).mkv"
        again = bench.file(waiting)
        assert_waits(again, "does not answer")
        [lacking, sound] = bench.libraries.views()
        assert "does not answer" in lacking.lack
        assert (sound.lack, sound.holds) == ("", ("films",))
    until_it_answers(bench.libraries, bench.tv)
    assert bench.filed(again) == f"{SHOW}/Season 01/{SHOW} - S01E02.mkv"


@pytest.mark.root
def test_a_library_that_begins_to_hang_in_the_middle_of_a_move(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01"))
    title = bench.episode("S01E02")
    shares = [hanging_share(bench.tv)]
    gone = GoesAway(bench, 2, lambda: shares[0].__enter__() and None)
    Filer(cast(Parts, bench), bench.reviews, gone).run(bench.job_of(title), [title])
    now = bench.store.need_title(title.job_id, title.title_index)
    shares[0].__exit__(None, None, None)
    assert_waits(now, "does not answer")
    until_it_answers(gone, bench.tv)
    assert bench.store.need_title(title.job_id, title.title_index).state is TitleState.MATCHED
    assert bench.filed(now) == f"{SHOW}/Season 01/{SHOW} - S01E02.mkv"


@pytest.mark.root
def test_a_file_of_a_library_that_is_away_is_not_gone(bench: FilingBench, share: Share) -> None:
    """Else every disc would be ripped again that comes while a share is away."""
    filed, never = bench.tv / bench.filed(bench.episode("S01E01")), bench.tv / "never.mkv"
    has_file = bench.libraries.has_file
    assert (has_file(filed), has_file(never)) == (True, False)
    share.go()
    assert has_file(filed)
    with hanging_share(bench.tv):
        assert has_file(filed)
    until_it_answers(bench.libraries, bench.tv)
    share.come()
    filed.unlink()
    assert not has_file(filed)
    assert has_file(Path(__file__)), "what lies in no library is looked for where it is"


@pytest.mark.root
def test_a_library_that_was_set_once_may_hang_too(bench: FilingBench, tmp_path: Path) -> None:
    """Its files are looked for when a disc comes again, on the thread of the drive."""
    filed = bench.tv / bench.filed(bench.episode("S01E01"))
    bench.current.library_tv_path = str(tmp_path / "new")
    with hanging_share(bench.tv):
        assert bench.libraries.has_file(filed), "this would not return"
    until_it_answers(bench.libraries, bench.tv)
    filed.unlink()
    assert not bench.libraries.has_file(filed)


def test_a_slash_at_the_end_makes_no_other_library(bench: FilingBench) -> None:
    bench.current.library_tv_path = f"{bench.tv}/"
    bench.current.library_movies_path = str(bench.tv)
    assert bench.libraries.set_paths() == {str(bench.tv): ("series", "films")}
    assert bench.libraries.is_mixed(bench.tv)


def test_what_is_told_of_libraries(bench: FilingBench) -> None:
    [tv, films] = bench.libraries.views()
    assert (tv.path, tv.holds, tv.marker, tv.lack) == (str(bench.tv), ("series",), "", "")
    assert tv.free > 0
    bench.filed(bench.episode("S01E01"))
    [tv, films] = bench.libraries.views()
    assert tv.marker in (bench.tv / MARKER).read_text()
    assert films.marker == ""
    bench.current.library_movies_path = str(bench.tv)
    [both] = bench.libraries.views()
    assert both.holds == ("series", "films")
    bench.films.rmdir()
    bench.current.library_movies_path = str(bench.films)
    assert "missing" in list(bench.libraries.views())[1].lack


def test_a_scan_says_what_is_recognised_and_changes_nothing(bench: FilingBench, tmp_path: Path) -> None:
    bench.filed(bench.episode("S01E01", year=2019, tmdb_id=77))
    for path in (
        "Other Show/Staffel 1/x.s01e01.mkv",
        "Other Show/Staffel 1/x.s01e02e03.mkv",
        "Other Show/y.mkv",
    ):
        make_video(bench.tv / path)
    (bench.tv / "Other Show/tvshow.nfo").write_text(
        "<tvshow><title>The Other Show</title><year>1999</year>"
        '<uniqueid type="tvdb">5</uniqueid><uniqueid type="tmdb">6</uniqueid></tvshow>'
    )
    make_video(bench.films / "A Film (2001) [tmdbid-9]/A Film (2001) [tmdbid-9].mkv")
    make_video(bench.films / "Loose (1950).mkv")
    before = sorted((str(path), path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    rows = {row["folder"]: row for row in LibraryScan(bench.libraries).scan()}
    assert before == sorted((str(path), path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    assert not (bench.films / MARKER).exists()

    def told(folder: str) -> tuple[object, ...]:
        names = ("kind", "name", "year", "ids", "is_known", "seasons", "episodes", "files")
        return tuple(rows[folder][name] for name in names)

    assert told(f"{SHOW} (2019)") == ("tv", SHOW, 2019, "", True, 1, 1, 1)
    assert told("Other Show") == ("tv", "The Other Show", 1999, "tmdb-6, tvdb-5", False, 1, 3, 3)
    assert rows["Other Show"]["missed"] == ["y.mkv"]
    assert told("A Film (2001) [tmdbid-9]") == ("movie", "A Film", 2001, "tmdb-9", False, 0, 0, 1)
    assert told("Loose (1950).mkv") == ("movie", "Loose", 1950, "", False, 0, 0, 1)
    assert len(LibraryScan(bench.libraries).scan(str(bench.films))) == 2
    with pytest.raises(NotFound):
        LibraryScan(bench.libraries).scan(str(tmp_path))


def test_a_scan_of_a_library_that_is_away_says_so(bench: FilingBench) -> None:
    bench.films.rmdir()
    [row] = LibraryScan(bench.libraries).scan(str(bench.films))
    assert "missing" in row["lack"]
