"""What is filed is corrected, whole or not at all, and that is undone: real files, real databases."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from sqlmodel import select

from engramd.errors import Busy, FilingFailed, InvalidArgument, NotFound, WrongState
from engramd.events import LibraryChanged
from engramd.lifecycle import TitleMove
from engramd.models import ConflictResolution, JobState, ReviewKind, Sidecar, TitleState
from engramd.organize import Trash
from engramd.organize.roots import MARKER
from engramd.organize.trash_entry import TRASH
from engramd.pipeline.decisions import Decision
from engramd.pipeline.halves import Halves
from engramd.pipeline.parts import Parts
from engramd.pipeline.patience import Pulse
from engramd.pipeline.reviews import PARTS, PARTS_ENDING
from engramd.store import Store
from tests.pipeline.amended import ACTOR, AmendBench, episode, killed_at
from tests.pipeline.filed import SHOW
from tests.support.databases import Bench
from tests.support.videos import make_video


@pytest.fixture
def bench(sqlite_bench: Bench, tmp_path: Path) -> AmendBench:
    return AmendBench(sqlite_bench, tmp_path)


def sentences(bench: AmendBench, job_id: int, kind: str) -> list[tuple[str, str]]:
    return [(one.actor, one.sentence) for one in bench.store.events(job_id) if one.kind == kind]


# -- titles ------------------------------------------------------------------------------------------------


def test_an_episode_that_is_filed_becomes_another_and_back(bench: AmendBench) -> None:
    job_id = bench.season(2)
    before, rows = bench.contents(), bench.titles_of(job_id)
    bench.answers.assign_all(job_id, {1: "S01E05"}, ACTOR)
    assert bench.contents() == {episode(1): before[episode(1)], episode(5): before[episode(2)]}
    assert bench.titles_of(job_id)[1] == ("completed", "S01E05", f"{SHOW} - S01E05.mkv")
    assert bench.store.need_job(job_id).state is JobState.COMPLETED
    assert sentences(bench, job_id, "amended") == [(ACTOR, f"title 2 is S01E05, says {ACTOR}")]
    change = bench.changes.undo("uid 7")
    assert bench.contents() == before
    assert bench.titles_of(job_id) == rows
    assert change.undone_by == "uid 7"
    assert sentences(bench, job_id, "undone") == [("uid 7", f"taken back: title 2 is S01E05, says {ACTOR}")]
    with pytest.raises(NotFound, match="nothing to undo"):
        bench.changes.undo(ACTOR)


def test_each_database_keeps_changes(store: Store, tmp_path: Path) -> None:
    bench = AmendBench(Bench(store), tmp_path)
    job_id = bench.season(2)
    before, rows = bench.contents(), bench.titles_of(job_id)
    bench.answers.assign_all(job_id, {0: "S01E02", 1: "S01E01"}, ACTOR)
    bench.amender.identify(bench.store.need_job(job_id), {"detected_season": 2}, "season 2", ACTOR)
    bench.answers.skip(job_id, 0, ACTOR)
    for _ in range(3):
        bench.changes.undo(ACTOR)
    assert (bench.contents(), bench.titles_of(job_id)) == (before, rows)
    assert all(change.undone_by == ACTOR for change in bench.changes.listed())


def test_two_episodes_are_swapped_without_one_over_the_other(bench: AmendBench) -> None:
    job_id = bench.season(2)
    before = bench.contents()
    bench.answers.assign_all(job_id, {0: "S01E02", 1: "S01E01"}, ACTOR)
    assert bench.contents() == {episode(1): before[episode(2)], episode(2): before[episode(1)]}
    assert not bench.hidden()
    bench.changes.undo(ACTOR)
    assert bench.contents() == before


def test_a_whole_disc_is_shifted_and_some_titles_of_it(bench: AmendBench) -> None:
    job_id = bench.season(4)
    before = bench.contents()
    bench.answers.assign_all(job_id, bench.amender.shifted(job_id, 1, None), ACTOR)
    assert bench.contents() == {episode(n + 1): before[episode(n)] for n in (1, 2, 3, 4)}
    bench.answers.assign_all(job_id, bench.amender.shifted(job_id, -1, frozenset({0, 1})), ACTOR)
    assert [code for _, code, _ in bench.titles_of(job_id).values()] == [f"S01E0{n}" for n in (1, 2, 4, 5)]
    with pytest.raises(InvalidArgument, match="S01E01 cannot be shifted by -1"):
        bench.amender.shifted(job_id, -1, None)
    bench.changes.undo(ACTOR)
    bench.changes.undo(ACTOR)
    assert bench.contents() == before


def test_another_season_makes_its_folder_and_leaves_none_empty(bench: AmendBench) -> None:
    job_id = bench.season(2)
    foreign = bench.tv / SHOW / "notes.txt"
    foreign.write_text("a person's own")
    job = bench.store.need_job(job_id)
    bench.amender.identify(job, {"detected_season": 3}, "season 3", ACTOR)
    folder = f"{SHOW}/Season 03"
    assert bench.in_library() == [
        *(f"{folder}/{SHOW} - S03E0{n}.mkv" for n in (1, 2)),
        f"{SHOW}/notes.txt",
    ]
    assert not (bench.tv / f"{SHOW}/Season 01").exists()
    now = bench.store.need_job(job_id)
    assert (now.detected_season, now.identity_reason) == (3, f"{ACTOR} said so")
    changed = {event.folder for event in bench.announced() if isinstance(event, LibraryChanged)}
    assert changed == {str(bench.tv / SHOW / "Season 01"), str(bench.tv / folder)}
    bench.changes.undo(ACTOR)
    assert bench.in_library() == [episode(1), episode(2), f"{SHOW}/notes.txt"]
    assert bench.store.need_job(job_id).detected_season == 1
    assert not (bench.tv / folder).exists()


def test_another_show_takes_all_but_a_folder_that_is_not_empty(bench: AmendBench) -> None:
    job_id = bench.season(1)
    bench.amender.identify(
        bench.store.need_job(job_id), {"detected_title": "Port Authority", "year": 1999}, "Port", ACTOR
    )
    assert bench.in_library() == ["Port Authority (1999)/Season 01/Port Authority - S01E01.mkv"]
    assert not (bench.tv / SHOW).exists()
    [row] = [row for row in bench.libraries.rows.folders(str(bench.tv)) if row.year == 1999]
    assert row.folder == "Port Authority (1999)"


def test_a_film_gets_its_edition_or_is_an_episode_in_the_other_library(bench: AmendBench) -> None:
    title = bench.film()
    bench.filed(title)
    bench.answers.set_edition(title.job_id, 0, "Director's Cut", ACTOR)
    assert bench.in_library(bench.films) == ["The Film (2003)/The Film (2003) {edition-Director's Cut}.mkv"]
    bench.answers.assign_all(title.job_id, {0: "S01E01"}, ACTOR)
    assert bench.in_library(bench.films) == []
    assert bench.in_library() == ["The Film (2003)/Season 01/The Film - S01E01 [Director's Cut].mkv"]
    bench.changes.undo(ACTOR)
    bench.changes.undo(ACTOR)
    assert bench.in_library(bench.films) == ["The Film (2003)/The Film (2003).mkv"]
    assert not (bench.tv / "The Film (2003)").exists()


def test_an_episode_that_is_an_extra_goes_to_its_folder(bench: AmendBench) -> None:
    job_id = bench.season(2)
    bench.answers.mark_extra(job_id, 1, "interview", ACTOR)
    [path] = [path for path in bench.in_library() if path != episode(1)]
    assert "Interviews/" in path
    bench.changes.undo(ACTOR)
    assert bench.in_library() == [episode(1), episode(2)]


def test_one_that_is_discarded_goes_to_the_trash_and_comes_back(bench: AmendBench) -> None:
    job_id = bench.season(2)
    before = bench.contents()
    bench.answers.skip(job_id, 0, ACTOR)
    assert bench.in_library() == [episode(2)]
    [entry] = Trash(bench.tv).entries()
    assert (entry.path.name, entry.why) == (f"{SHOW} - S01E01.mkv", f"title 1 is discarded, says {ACTOR}")
    title = bench.store.need_title(job_id, 0)
    assert (title.state, title.organized_to) == (TitleState.SKIPPED, None)
    bench.changes.undo(ACTOR)
    assert bench.contents() == before
    assert bench.store.need_title(job_id, 0).state is TitleState.COMPLETED
    assert Trash(bench.tv).entries() == []


def test_what_lies_beside_a_file_goes_with_it(bench: AmendBench) -> None:
    job_id = bench.season(2)
    title = bench.store.need_title(job_id, 0)
    stem = Path(title.organized_to or "").with_suffix("")
    ours, theirs = stem.with_name(f"{stem.name}.nfo"), stem.with_name(f"{stem.name}.en.srt")
    ours.write_text("first")
    theirs.write_text("a person's subtitles")
    bench.store.add(Sidecar(job_id=job_id, title_id=title.id, kind="nfo", path=str(ours)))
    bench.answers.assign_all(job_id, {0: "S01E02", 1: "S01E01"}, ACTOR)
    folder = bench.tv / SHOW / "Season 01"
    assert (folder / f"{SHOW} - S01E02.nfo").read_text() == "first"
    assert (folder / f"{SHOW} - S01E02.en.srt").read_text() == "a person's subtitles"
    assert not ours.exists()
    with bench.store.read() as session:
        [row] = session.exec(select(Sidecar)).all()
    assert row.path == str(folder / f"{SHOW} - S01E02.nfo")
    bench.changes.undo(ACTOR)
    assert ours.read_text() == "first"
    assert theirs.exists()


# -- refused, with nothing done ----------------------------------------------------------------------------


def _gone(path: Path) -> None:
    path.unlink()


def _changed(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


@pytest.mark.parametrize(
    ("harm", "kind", "words"),
    [(_gone, NotFound, "somebody moved or removed it"), (_changed, WrongState, "somebody changed it")],
)
def test_a_file_that_is_not_what_was_filed_is_refused_and_nothing_moves(
    bench: AmendBench, harm: Callable[[Path], None], kind: type[Exception], words: str
) -> None:
    job_id = bench.season(3)
    harm(bench.tv / episode(3))
    before, rows = bench.contents(), bench.titles_of(job_id)
    with pytest.raises(kind, match=words):
        bench.answers.assign_all(job_id, bench.amender.shifted(job_id, 1, None), ACTOR)
    assert (bench.contents(), bench.titles_of(job_id)) == (before, rows)
    assert bench.changes.listed() == []


def test_a_name_that_another_file_has_is_refused(bench: AmendBench) -> None:
    job_id = bench.season(1)
    make_video(bench.tv / SHOW / "Season 01" / "mine.s01e02.mkv")
    before = bench.contents()
    with pytest.raises(WrongState, match=r"the library has S01E02 already .*mine\.s01e02\.mkv"):
        bench.answers.assign_all(job_id, {0: "S01E02"}, ACTOR)
    assert bench.contents() == before


@pytest.mark.parametrize(("harm", "kind"), [(_gone, NotFound), (_changed, WrongState)])
def test_an_undo_is_refused_where_a_file_is_not_what_it_was(
    bench: AmendBench, harm: Callable[[Path], None], kind: type[Exception]
) -> None:
    job_id = bench.season(2)
    bench.answers.assign_all(job_id, {0: "S01E02", 1: "S01E01"}, ACTOR)
    harm(bench.tv / episode(2))
    before, rows = bench.contents(), bench.titles_of(job_id)
    with pytest.raises(kind):
        bench.changes.undo(ACTOR)
    assert (bench.contents(), bench.titles_of(job_id)) == (before, rows)
    [change] = bench.changes.listed()
    assert (change.undone_at, change.is_back) == (None, False)


def test_an_undo_is_refused_while_a_later_change_is_about_the_same(bench: AmendBench) -> None:
    job_id = bench.season(2)
    bench.answers.assign_all(job_id, {0: "S01E07"}, ACTOR)
    bench.answers.assign_all(job_id, {0: "S01E08"}, ACTOR)
    bench.answers.assign_all(job_id, {1: "S01E09"}, ACTOR)
    first, second, third = (change.id for change in reversed(bench.changes.listed()))
    with pytest.raises(WrongState, match=f"change {second} came later"):
        bench.changes.undo(ACTOR, change_id=first)
    bench.changes.undo(ACTOR, change_id=second)
    bench.changes.undo(ACTOR, change_id=first)
    assert bench.in_library() == [episode(1), episode(9)]
    with pytest.raises(WrongState, match="undone already"):
        bench.changes.undo(ACTOR, change_id=first)
    bench.changes.undo(ACTOR, change_id=third)


def test_an_error_half_way_brings_everything_back(bench: AmendBench, monkeypatch: pytest.MonkeyPatch) -> None:
    from engramd.organize import atomic

    job_id = bench.season(3)
    before, rows = bench.contents(), bench.titles_of(job_id)
    renames = []

    def full(old: Path, new: Path) -> object:
        renames.append(new)
        if len(renames) == 4:
            raise OSError(28, os.strerror(28))
        return real(old, new)

    real = atomic.rename_noreplace
    monkeypatch.setattr(atomic, "rename_noreplace", full)
    with pytest.raises(Exception, match="the library is full"):
        bench.answers.assign_all(job_id, {0: "S01E02", 1: "S01E03", 2: "S01E01"}, ACTOR)
    assert (bench.contents(), bench.titles_of(job_id)) == (before, rows)
    assert not bench.hidden()
    [change] = bench.changes.listed()
    assert change.done_at is None
    assert change.undone_by == "engramd"
    bench.answers.assign_all(job_id, {0: "S01E02", 1: "S01E01"}, ACTOR)


def test_a_file_that_vanishes_half_way_holds_up_no_other(
    bench: AmendBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = bench.season(3)
    before = bench.contents()
    ring = {0: "S01E02", 1: "S01E03", 2: "S01E01"}
    assert killed_at(4, lambda: bench.answers.assign_all(job_id, ring, ACTOR), monkeypatch)
    assert len(bench.hidden()) == 1
    (bench.tv / episode(3)).unlink()
    bench.start()
    bench.changes.take_up()
    del before[episode(3)]
    assert bench.contents() == before, "the others are called as before"
    assert not bench.hidden()
    [change] = bench.changes.listed()
    assert (change.done_at, change.undone_by) == (None, "engramd")


# -- crashes -----------------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[AmendBench, int], object]] = {
    "swap": lambda bench, job: bench.answers.assign_all(job, {0: "S01E02", 1: "S01E01"}, ACTOR),
    "shift": lambda bench, job: bench.answers.assign_all(job, bench.amender.shifted(job, 1, None), ACTOR),
    "discard": lambda bench, job: bench.answers.skip(job, 1, ACTOR),
    "season": lambda bench, job: bench.amender.identify(
        bench.store.need_job(job), {"detected_season": 2}, "season 2", ACTOR
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_killed_at_any_step_it_ends_as_it_would_have(
    sqlite_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bench = AmendBench(sqlite_bench, tmp_path)
    job_id = bench.season(3)
    change = CHANGES[name]
    before, rows = bench.contents(), bench.titles_of(job_id)
    change(bench, job_id)
    after, then = bench.contents(), bench.titles_of(job_id)
    bench.changes.undo(ACTOR)
    call, ended = 0, set()
    while True:
        call += 1
        if not killed_at(call, lambda: change(bench, job_id), monkeypatch):
            break
        inodes = {path.stat().st_ino for path in bench.tv.rglob("*.*") if path.is_file()}
        assert set(before.values()) <= inodes, f"killed at step {call}: a file is gone"
        bench.start()
        bench.changes.take_up()
        now = bench.contents(), bench.titles_of(job_id)
        assert now in ((before, rows), (after, then)), f"killed at step {call}"
        assert not bench.hidden()
        ended.add(now == (after, then))
        if now == (after, then):
            bench.changes.undo(ACTOR)
        assert (bench.contents(), bench.titles_of(job_id)) == (before, rows)
    assert ended == {True, False}
    assert call > 8


@pytest.mark.parametrize("name", CHANGES)
def test_an_undo_that_is_killed_at_any_step_ends_too(
    sqlite_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bench = AmendBench(sqlite_bench, tmp_path)
    job_id = bench.season(3)
    before, rows = bench.contents(), bench.titles_of(job_id)
    call = 0
    while True:
        call += 1
        CHANGES[name](bench, job_id)
        killed = killed_at(call, lambda: bench.changes.undo(ACTOR), monkeypatch)
        bench.start()
        bench.changes.take_up()
        if (bench.contents(), bench.titles_of(job_id)) != (before, rows):
            bench.changes.undo(ACTOR)  # it was killed before it was recorded
        assert (bench.contents(), bench.titles_of(job_id)) == (before, rows), f"killed at step {call}"
        assert not bench.hidden()
        if not killed:
            break
    assert call > 5


def test_nothing_new_is_begun_while_a_change_is_half_way(
    bench: AmendBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = bench.season(2)
    swap = CHANGES["swap"]
    assert killed_at(6, lambda: swap(bench, job_id), monkeypatch)
    bench.start()
    bench.answers.assign_all(job_id, {0: "S01E09"}, ACTOR)
    assert bench.in_library() == [episode(1), episode(9)], "the swap was gone on with first"


def test_a_library_that_goes_away_in_a_change_is_waited_for(
    bench: AmendBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = bench.season(2)
    before = bench.contents()
    assert killed_at(6, lambda: CHANGES["swap"](bench, job_id), monkeypatch)
    away = bench.folder / "unmounted"
    bench.tv.rename(away)
    bench.tv.mkdir()
    bench.start()
    bench.stop.cancel()  # it would wait, and look again
    bench.changes.take_up()
    with pytest.raises(Busy, match="half-way"):
        bench.answers.assign_all(job_id, {0: "S01E09"}, ACTOR)
    assert list(bench.tv.iterdir()) == [], "nothing is made in the bare mount point"
    bench.tv.rmdir()
    away.rename(bench.tv)
    bench.changes.take_up()
    assert bench.contents() == {episode(1): before[episode(2)], episode(2): before[episode(1)]}
    assert bench.changes.listed()[0].done_at is not None


def test_a_library_that_is_not_there_is_not_changed(bench: AmendBench) -> None:
    job_id = bench.season(2)
    (bench.tv / MARKER).unlink()
    before, rows = bench.contents(), bench.titles_of(job_id)
    with pytest.raises(FilingFailed, match="The library is not there"):
        CHANGES["swap"](bench, job_id)
    assert (bench.contents(), bench.titles_of(job_id)) == (before, rows)
    assert bench.changes.listed() == []


# -- names -------------------------------------------------------------------------------------------------


def test_a_show_is_renamed_after_a_template_change_with_a_preview(bench: AmendBench) -> None:
    bench.season(2, year=2019)
    other = bench.season(1, detected_title="Port")
    before = bench.contents()
    bench.current.naming_tv_show_format = "{show} - {year}"
    bench.current.naming_season_format = "S{season:02d}"
    bench.current.naming_episode_format = "{show} {season}x{episode:02d}"
    preview = bench.amender.rename(SHOW.upper(), ACTOR, dry_run=True)
    assert bench.contents() == before
    assert bench.changes.listed() == []
    assert [one.new.relative_to(bench.tv).as_posix() for one in preview] == [
        f"{SHOW} - 2019/S01/{SHOW} 1x0{n}.mkv" for n in (1, 2)
    ]
    assert bench.amender.rename(SHOW, ACTOR, dry_run=False) == preview
    assert not (bench.tv / f"{SHOW} (2019)").exists()
    assert bench.amender.rename(SHOW, ACTOR, dry_run=True) == [], "all are called so by now"
    [row] = [row for row in bench.libraries.rows.folders(str(bench.tv)) if row.year == 2019]
    assert row.folder == f"{SHOW} - 2019"
    third = bench.episode("S01E03", year=2019)
    assert bench.filed(third) == f"{SHOW} - 2019/S01/{SHOW} 1x03.mkv"
    bench.lifecycle.move_title(third, TitleState.REVIEW, "a test needs it away")
    bench.changes.undo(ACTOR)
    assert {path: bench.contents()[path] for path in before} == before
    assert bench.titles_of(other)[0][2] == "Port - S01E01.mkv"


def test_a_folder_that_was_there_before_keeps_its_name(bench: AmendBench) -> None:
    make_video(bench.tv / "harbor station" / "Staffel 1" / "x S01E09.mkv")
    bench.season(1)
    bench.current.naming_episode_format = "{show} {season}x{episode:02d}"
    [one] = bench.amender.rename(SHOW, ACTOR, dry_run=False)
    assert one.new.relative_to(bench.tv).as_posix() == f"harbor station/Staffel 1/{SHOW} 1x01.mkv"
    with pytest.raises(NotFound, match="nothing of Nonsense was filed"):
        bench.amender.rename("Nonsense", ACTOR, dry_run=True)


def test_versions_of_one_episode_stay_apart(bench: AmendBench) -> None:
    bench.current.conflict_resolution_default = ConflictResolution.KEEP_BOTH
    first, second = bench.episode("S01E01"), bench.episode("S01E01")
    bench.filed(first)
    bench.ripped(second, seconds=3)
    bench.filed(second)
    assert len(bench.in_library()) == 2
    assert bench.amender.rename(SHOW, ACTOR, dry_run=True) == []
    bench.current.naming_episode_format = "{show} {season}x{episode:02d}"
    before = set(bench.contents().values())
    bench.amender.rename(SHOW, ACTOR, dry_run=False)
    assert set(bench.contents().values()) == before
    assert len(bench.in_library()) == 2
    bench.changes.undo(ACTOR)
    assert set(bench.contents().values()) == before


# -- answers -----------------------------------------------------------------------------------------------


def asked(bench: AmendBench) -> tuple[int, int]:
    """Give a job with an open question about its title, and that question."""
    title = bench.episode("S01E01")
    job = bench.job_of(title)
    bench.lifecycle.update_job(job.id or 0, staging_folder=str(bench.staging / f"job-{job.id}"))
    bench.lifecycle.move_title(title, TitleState.REVIEW, "which?", matched_episode=None, waiting_for="answer")
    bench.reviews.ask_episode(job, title, "nothing is sure")
    [task] = bench.store.open_reviews(job.id)
    return job.id or 0, task.id or 0


def test_an_answer_that_is_undone_before_it_is_filed_is_asked_again(bench: AmendBench) -> None:
    job_id, review = asked(bench)
    title = bench.store.need_title(job_id, 0)
    with bench.changes.noting([title], "answered", ACTOR, job_id=job_id, review_id=review):
        bench.answers.assign_all(job_id, {0: "S01E04"}, ACTOR)
    assert bench.store.open_reviews(job_id) == []
    bench.changes.undo(ACTOR, review_id=review)
    now = bench.store.need_title(job_id, 0)
    assert (now.state, now.matched_episode, now.match_source) == (TitleState.REVIEW, None, "")
    assert [task.id for task in bench.store.open_reviews(job_id)] == [review]


def test_an_answer_that_is_undone_takes_the_file_back_to_staging(bench: AmendBench) -> None:
    job_id, review = asked(bench)
    title = bench.store.need_title(job_id, 0)
    with bench.changes.noting([title], "answered", ACTOR, job_id=job_id, review_id=review):
        bench.answers.assign_all(job_id, {0: "S01E04"}, ACTOR)
    bench.filed(bench.store.need_title(job_id, 0))
    bench.lifecycle.move_job(job_id, JobState.RIPPING, "a test")
    bench.lifecycle.move_job(job_id, JobState.COMPLETED, "a test")
    nfo = bench.tv / SHOW / "Season 01" / f"{SHOW} - S01E04.nfo"
    nfo.write_text("of engramd")
    bench.store.add(Sidecar(job_id=job_id, title_id=title.id, kind="nfo", path=str(nfo)))
    [inode] = [inode for path, inode in bench.contents().items() if path.endswith(".mkv")]
    bench.changes.undo(ACTOR, review_id=review)
    assert bench.in_library() == []
    now = bench.store.need_title(job_id, 0)
    assert (now.state, now.organized_to) == (TitleState.REVIEW, None)
    assert Path(now.staging_file or "").stat().st_ino == inode
    assert bench.in_trash() == [nfo.name]
    job = bench.store.need_job(job_id)
    assert (job.state, job.completed_at) == (JobState.ORGANIZING, None)
    assert bench.finisher.submitted[-1] == job_id
    assert [task.id for task in bench.store.open_reviews(job_id)] == [review]
    bench.answers.assign_all(job_id, {0: "S01E05"}, ACTOR)
    assert bench.filed(bench.store.need_title(job_id, 0)) == episode(5)


def test_an_answer_whose_file_is_read_again_cannot_be_undone(bench: AmendBench) -> None:
    job_id, review = asked(bench)
    title = bench.store.need_title(job_id, 0)
    with bench.changes.noting([title], "answered", ACTOR, job_id=job_id, review_id=review):
        bench.lifecycle.move_title(title, TitleState.PENDING, "again")
    with pytest.raises(WrongState, match="being read again"):
        bench.changes.undo(ACTOR, review_id=review)
    assert bench.changes.listed()[0].undone_by == ""


def test_a_decision_that_fails_is_no_change(bench: AmendBench) -> None:
    job_id, review = asked(bench)
    title = bench.store.need_title(job_id, 0)
    with (
        pytest.raises(InvalidArgument),
        bench.changes.noting([title], "answered", ACTOR, job_id=job_id, review_id=review),
    ):
        bench.answers.assign_all(job_id, {0: "nonsense"}, ACTOR)
    assert bench.changes.listed() == []
    with pytest.raises(NotFound, match="no answer to that question stands"):
        bench.changes.undo(ACTOR, review_id=review)


def test_filed_and_open_titles_are_decided_in_one_change(bench: AmendBench) -> None:
    job_id = bench.season(2)
    second = bench.store.need_title(job_id, 1)
    bench.lifecycle.move_title(second, TitleState.REVIEW, "a test", organized_to=None)
    (bench.tv / episode(2)).rename(second.staging_file or "")
    decisions = [
        Decision(bench.store.need_title(job_id, n), f"title {n + 1}", {"matched_episode": f"S01E0{4 + n}"})
        for n in (0, 1)
    ]
    bench.answers.decide_all(decisions, ACTOR)
    assert bench.titles_of(job_id)[1][:2] == ("matched", "S01E05")
    assert bench.in_library() == [episode(4)]
    bench.changes.undo(ACTOR)
    assert bench.titles_of(job_id)[1][:2] == ("review", "S01E02")
    assert bench.in_library() == [episode(1)]


def test_what_follows_a_change_may_fail_and_no_file_goes_back(
    bench: AmendBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engramd.pipeline import change_files

    def hung(*_arguments: object) -> list[Path]:
        raise FilingFailed("The library does not answer")

    job_id = bench.season(2)
    monkeypatch.setattr(change_files, "remove_empty", hung)
    bench.amender.identify(bench.store.need_job(job_id), {"detected_season": 3}, "season 3", ACTOR)
    paths = [title.organized_to for title in bench.store.titles(job_id)]
    assert sorted(paths) == [str(bench.tv / path) for path in bench.in_library()]
    assert "Season 03" in (paths[0] or "")
    [change] = bench.changes.listed()
    assert (change.done_at is not None, change.is_back) == (True, False)


def replacing(bench: AmendBench) -> tuple[int, dict[str, int]]:
    """Give a job whose title is to replace what the library has, by a person's answer; what that is."""
    job_id, _review = asked(bench)
    bench.current.conflict_resolution_default = ConflictResolution.ASK
    other = bench.ripped(bench.episode("S01E04"), seconds=3)
    bench.filed(other)
    before = bench.contents()
    bench.answers.assign_all(job_id, {0: "S01E04"}, ACTOR)
    bench.file(bench.store.need_title(job_id, 0))
    bench.answers.resolve_conflict(job_id, 0, "replace", ACTOR)
    assert bench.store.need_title(job_id, 0).filing_choice is ConflictResolution.REPLACE
    return job_id, before


def test_undoing_an_answer_brings_back_what_it_replaced(bench: AmendBench) -> None:
    job_id, before = replacing(bench)
    bench.filed(bench.store.need_title(job_id, 0))
    assert bench.contents() != before
    bench.changes.undo(ACTOR)
    assert bench.contents() == before
    assert Trash(bench.tv).entries() == []
    title = bench.store.need_title(job_id, 0)
    assert (title.state, title.filing_choice) == (TitleState.REVIEW, None)
    assert Path(title.staging_file or "").is_file()
    assert not bench.hidden()


def test_what_was_said_of_the_librarys_file_is_forgotten_with_an_undo(bench: AmendBench) -> None:
    job_id, _before = replacing(bench)
    bench.changes.undo(ACTOR)
    assert bench.store.need_title(job_id, 0).filing_choice is None
    assert [task.kind for task in bench.store.open_reviews(job_id)] == [ReviewKind.CONFLICT]


@pytest.mark.parametrize("how", ["assign", "extra", "edition", "matched again"])
def test_what_was_said_of_the_librarys_file_holds_for_no_other_episode(bench: AmendBench, how: str) -> None:
    job_id, _before = replacing(bench)
    if how == "assign":
        bench.answers.assign_all(job_id, {0: "S01E05"}, ACTOR)
    elif how == "extra":
        bench.answers.mark_extra(job_id, 0, "", ACTOR)
    elif how == "edition":
        bench.answers.set_edition(job_id, 0, "Director's Cut", ACTOR)
    else:
        bench.lifecycle.move_title(bench.store.need_title(job_id, 0), TitleState.MATCHING, "again")
    assert bench.store.need_title(job_id, 0).filing_choice is None


def test_a_question_of_the_disc_that_was_answered_later_stays_answered(bench: AmendBench) -> None:
    job_id = asked(bench)[0]
    bench.reviews.ask(ReviewKind.SEASON, job_id, "Which season?", summary="x", why="y")
    [season] = [task for task in bench.store.open_reviews(job_id) if task.title_id is None]
    bench.answers.assign_all(job_id, {0: "S01E04"}, ACTOR)
    with bench.changes.noting([], "season 1", ACTOR, job_id=job_id, review_id=season.id):
        bench.reviews.close_task(season, "1", ACTOR)
    first = bench.changes.listed()[-1]
    bench.changes.undo(ACTOR, change_id=first.id)
    assert season.id not in [task.id for task in bench.store.open_reviews(job_id)]
    bench.changes.undo(ACTOR)
    assert season.id in [task.id for task in bench.store.open_reviews(job_id)]


def test_files_of_one_name_that_were_imported_do_not_meet_in_staging(bench: AmendBench) -> None:
    job_id = bench.season(2)
    bench.lifecycle.update_job(job_id, is_import=True, move_originals=True)
    before = bench.contents()
    for title in bench.store.titles(job_id):
        gone = bench.folder / "rips" / f"Disc {title.title_index}" / "title_t00.mkv"
        bench.lifecycle.update_title(title, staging_file=str(gone))
    titles = bench.store.titles(job_id)
    with bench.store.write() as session:
        for title in titles:
            session.merge(title.model_copy(update={"state": TitleState.REVIEW}))
    titles = bench.store.titles(job_id)
    with bench.changes.noting(titles, "answered", ACTOR, job_id=job_id):
        bench.lifecycle.move_titles([TitleMove(t, TitleState.MATCHED, "said", {}) for t in titles])
    for title in bench.store.titles(job_id):
        bench.lifecycle.move_title(
            title, TitleState.COMPLETED, "filed", organized_to=titles[title.title_index].organized_to
        )
    bench.changes.undo(ACTOR)
    files = [Path(title.staging_file or "") for title in bench.store.titles(job_id)]
    assert sorted(file.stat().st_ino for file in files) == sorted(before.values())


def test_what_was_said_of_parts_counts_no_longer_when_it_is_taken_back(bench: AmendBench) -> None:
    job_id = bench.season(1)
    job, parts = bench.store.need_job(job_id), cast(Parts, bench)
    summary = f"{SHOW}: {PARTS_ENDING}"
    bench.reviews.ask(ReviewKind.SEASON, job_id, "Are they?", summary=summary, ending=PARTS_ENDING)
    [task] = bench.store.open_reviews(job_id)
    halves = Halves(parts, bench.reviews)
    with bench.changes.noting([], "a person said so", ACTOR, job_id=job_id, review_id=task.id):
        halves.remember(job_id, PARTS, "season", ACTOR)
        bench.reviews.close_task(task, PARTS, ACTOR)
    assert halves.said(job) == PARTS
    bench.changes.undo(ACTOR, review_id=task.id)
    assert halves.said(job) == ""


def test_a_show_is_renamed_of_which_one_file_took_the_place_of_another(bench: AmendBench) -> None:
    job_id, _before = replacing(bench)
    bench.filed(bench.store.need_title(job_id, 0))
    [inode] = bench.contents().values()
    bench.current.naming_episode_format = "{show} {season}x{episode:02d}"
    [one] = bench.amender.rename(SHOW, ACTOR, dry_run=False)
    assert (one.new.name, one.new.stat().st_ino) == (f"{SHOW} 1x04.mkv", inode)
    assert bench.store.need_title(job_id, 0).organized_to == str(one.new)


def test_an_undo_says_that_the_library_is_away_and_not_that_its_file_is_gone(bench: AmendBench) -> None:
    job_id, review = asked(bench)
    title = bench.store.need_title(job_id, 0)
    with bench.changes.noting([title], "answered", ACTOR, job_id=job_id, review_id=review):
        bench.answers.assign_all(job_id, {0: "S01E04"}, ACTOR)
    bench.filed(bench.store.need_title(job_id, 0))
    away = bench.folder / "unmounted"
    bench.tv.rename(away)
    bench.tv.mkdir()
    with pytest.raises(FilingFailed, match="The library is not there"):
        bench.changes.undo(ACTOR)
    assert list(bench.tv.iterdir()) == []
    bench.tv.rmdir()
    away.rename(bench.tv)
    bench.changes.undo(ACTOR)
    assert bench.in_library() == []


def test_what_is_decided_while_a_file_is_on_its_way_counts(
    bench: AmendBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, _review = asked(bench)
    bench.answers.assign_all(job_id, {0: "S01E04"}, ACTOR)
    there = bench.libraries.still_there
    looks: list[Path] = []

    def decided(root: Path, pulse: Pulse) -> None:
        looks.append(root)
        if len(looks) == 2:
            bench.answers.assign_all(job_id, {0: "S01E05"}, ACTOR)
        there(root, pulse)

    monkeypatch.setattr(bench.libraries, "still_there", decided)
    now = bench.file(bench.store.need_title(job_id, 0))
    assert (now.state, now.matched_episode) == (TitleState.MATCHED, "S01E05")
    assert bench.filed(now) == episode(5)
    assert bench.in_library() == [episode(5)]


def test_what_was_said_of_the_librarys_file_holds_again_with_an_undo(bench: AmendBench) -> None:
    job_id, _before = replacing(bench)
    bench.answers.assign_all(job_id, {0: "S01E05"}, ACTOR)
    bench.changes.undo(ACTOR)
    title = bench.store.need_title(job_id, 0)
    assert (title.matched_episode, title.filing_choice) == ("S01E04", ConflictResolution.REPLACE)


@pytest.mark.parametrize(("step", "made"), [(2, False), (3, True)])
def test_a_decision_is_a_change_only_if_it_was_made_before_the_end(
    bench: AmendBench, monkeypatch: pytest.MonkeyPatch, step: int, made: bool
) -> None:
    job_id, _review = asked(bench)
    if step == 2:
        assert killed_at(step, lambda: bench.answers.assign_all(job_id, {0: "S01E04"}, ACTOR), monkeypatch)
    else:
        monkeypatch.setattr(bench.changes, "_concluded", lambda _change: None)
        bench.answers.assign_all(job_id, {0: "S01E04"}, ACTOR)
    bench.start()
    bench.changes.take_up()
    assert [change.done_at is not None for change in bench.changes.listed()] == [True] * made


def test_what_a_file_system_refuses_is_said_in_words_and_nothing_changes(bench: AmendBench) -> None:
    job_id = bench.season(1)
    (bench.tv / TRASH).write_text("somebody's own")
    before, rows = bench.contents(), bench.titles_of(job_id)
    with pytest.raises(FilingFailed, match="could not be moved"):
        bench.answers.skip(job_id, 0, ACTOR)
    assert (bench.contents(), bench.titles_of(job_id), bench.changes.listed()) == (before, rows, [])


def test_a_title_is_not_discarded_while_its_library_is_away(bench: AmendBench) -> None:
    job_id = bench.season(1)
    bench.tv.rename(bench.folder / "unmounted")
    bench.tv.mkdir()
    with pytest.raises(FilingFailed, match="The library is not there"):
        bench.answers.skip(job_id, 0, ACTOR)
    assert list(bench.tv.iterdir()) == []
