"""Titles on their way into libraries that are full of things already, on real files and databases."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from engramd.events import LibraryChanged, TitleFiled
from engramd.models import ConflictResolution as Policy
from engramd.models import DiscTitle, TitleState, WaitingFor
from engramd.organize.roots import MARKER
from tests.pipeline.filed import SHOW, FilingBench
from tests.support.databases import Bench
from tests.support.videos import make_video


@pytest.fixture
def bench(sqlite_bench: Bench, tmp_path: Path) -> FilingBench:
    return FilingBench(sqlite_bench, tmp_path)


def have(root: Path, path: str, **video: object) -> Path:
    """Put a file into a library that engramd did not put there."""
    return make_video(root / path, **video)  # type: ignore[arg-type]


# -- folders -----------------------------------------------------------------------------------------------


def test_a_title_is_filed_in_a_fresh_library_which_is_marked_and_announced(bench: FilingBench) -> None:
    title = bench.episode("S01E01", year=2019)
    assert bench.filed(title) == f"{SHOW} (2019)/Season 01/{SHOW} - S01E01.mkv"
    assert (bench.tv / MARKER).is_file()
    assert not (bench.films / MARKER).exists(), "nothing was filed there"
    path = str(bench.tv / f"{SHOW} (2019)/Season 01/{SHOW} - S01E01.mkv")
    assert bench.announced() == [TitleFiled(title.job_id, title.title_index, path, str(bench.tv))]
    row = bench.libraries.rows.root(str(bench.tv))
    assert row is not None
    assert row.marker in (bench.tv / MARKER).read_text()


@pytest.mark.parametrize(
    ("folder", "season", "expected"),
    [
        ("harbor station", "Staffel 1", "harbor station/Staffel 2"),
        ("Harbor Station (2019) {tvdb-1}", "S01", "Harbor Station (2019) {tvdb-1}/S02"),
        ("Der Hafen [tmdbid-77]", "Season 1", "Der Hafen [tmdbid-77]/Season 2"),
        ("Harbor Station", "Season 2 - The Storm", "Harbor Station/Season 2 - The Storm"),
    ],
)
def test_an_existing_show_is_adopted_with_its_spelling(
    bench: FilingBench, folder: str, season: str, expected: str
) -> None:
    have(bench.tv, f"{folder}/{season}/x S01E01.mkv")
    title = bench.episode("S02E01", year=2019, tmdb_id=77)
    assert str(Path(bench.filed(title)).parent) == expected
    [row] = bench.libraries.rows.folders(str(bench.tv))
    assert (row.folder, row.adopted, row.tmdb_id, row.year) == (folder, True, 77, 2019)


def test_a_year_that_is_learned_later_makes_no_second_folder(bench: FilingBench) -> None:
    assert bench.filed(bench.episode("S01E01")) == f"{SHOW}/Season 01/{SHOW} - S01E01.mkv"
    later = bench.episode("S01E02", year=2019, tmdb_id=77)
    assert Path(bench.filed(later)).parts[0] == SHOW
    renamed = bench.episode("S01E03", show="Harbour Stories", year=2019, tmdb_id=77)
    assert Path(bench.filed(renamed)).parts[0] == SHOW, "the number says that it is the same show"
    assert [path.name for path in bench.tv.iterdir() if path.is_dir()] == [SHOW]


def test_what_a_folder_says_of_itself_counts_also_when_it_was_adopted_without_a_year(
    bench: FilingBench,
) -> None:
    have(bench.tv, f"{SHOW} (2001)/Season 01/x S01E01.mkv")
    assert bench.filed(bench.episode("S01E02")).startswith(f"{SHOW} (2001)/"), "there is one of that name"
    other = bench.episode("S01E03", year=2019, tmdb_id=2)
    assert bench.filed(other).startswith(f"{SHOW} (2019)/")
    assert bench.filed(bench.episode("S01E04", year=2001)).startswith(f"{SHOW} (2001)/")


def test_a_year_that_is_corrected_makes_no_second_folder(bench: FilingBench) -> None:
    assert bench.filed(bench.episode("S01E01", year=2018, tmdb_id=77)).startswith(f"{SHOW} (2018)/")
    assert bench.filed(bench.episode("S01E02", year=2019, tmdb_id=77)).startswith(f"{SHOW} (2018)/")


def test_a_show_on_a_disk_that_is_away_gets_no_second_folder(bench: FilingBench, tmp_path: Path) -> None:
    (tmp_path / "disk/harbor station").mkdir(parents=True)
    (bench.tv / "harbor station").symlink_to(tmp_path / "disk/harbor station")
    assert bench.filed(bench.episode("S01E01", year=2019)).startswith("harbor station/")
    (tmp_path / "disk").rename(tmp_path / "away")
    now = bench.file(bench.episode("S01E02", year=2019))
    assert (now.state, now.waiting_for) == (TitleState.MATCHED, WaitingFor.LIBRARY)
    assert [path.name for path in bench.tv.iterdir() if path.name != MARKER] == ["harbor station"]
    (tmp_path / "away").rename(tmp_path / "disk")
    assert bench.filed(now).startswith("harbor station/")


def test_a_show_that_may_be_one_of_two_is_asked_about(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01", year=2001, tmdb_id=1))
    bench.filed(bench.episode("S01E01", year=2019, tmdb_id=2))
    now = bench.file(bench.episode("S01E02"))
    assert now.state is TitleState.REVIEW
    [task] = bench.store.open_reviews(now.job_id)
    assert f"several of this name: {SHOW} (2001), {SHOW} (2019)" in task.why
    assert len(bench.in_library()) == 2


def test_a_film_without_a_year_is_not_filed_in_the_folder_of_a_show(bench: FilingBench) -> None:
    bench.current.library_movies_path = bench.current.library_tv_path
    have(bench.tv, "Fargo/Season 1/Fargo - S01E01.mkv")
    film = bench.film("Fargo", None)  # type: ignore[arg-type]
    assert not bench.filed(film).startswith("Fargo/")


@pytest.mark.parametrize("policy", [Policy.COMPARE, Policy.REPLACE, Policy.SKIP])
def test_what_may_be_of_another_show_of_that_name_is_asked_about(bench: FilingBench, policy: Policy) -> None:
    """A folder without year or number may be that of the British series, and the disc the American one."""
    have(bench.tv, f"{SHOW}/Season 1/{SHOW} - S01E01.mkv", seconds=2)
    bench.current.conflict_resolution_default = policy
    now = bench.file(bench.ripped(bench.episode("S01E01", year=2019, tmdb_id=77), seconds=12))
    assert now.state is TitleState.REVIEW
    assert f"the folder {SHOW} is known by its name only, and may be another's" in bench.question(now)
    assert (len(bench.in_library()), bench.in_trash()) == (1, [])
    done = bench.file(now, Policy.KEEP_BOTH)
    assert done.state is TitleState.COMPLETED


def test_a_template_that_changes_makes_no_second_folder(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01", year=2019))
    bench.current.naming_tv_show_format = "{show} - {year}"
    bench.current.naming_season_format = "S{season:02d}"
    assert bench.filed(bench.episode("S01E02", year=2019)).startswith(f"{SHOW} (2019)/Season 01/")


def test_two_shows_of_one_name_get_two_folders(bench: FilingBench) -> None:
    bench.current.naming_tv_show_format = "{show}"
    assert Path(bench.filed(bench.episode("S01E01", year=2001, tmdb_id=1))).parts[0] == SHOW
    second = bench.filed(bench.episode("S01E01", year=2019, tmdb_id=2))
    assert Path(second).parts[0] == f"{SHOW} (2019)"
    third = bench.filed(bench.episode("S01E01", tmdb_id=3))
    assert Path(third).parts[0] == f"{SHOW} {{tmdb-3}}"
    assert Path(bench.filed(bench.episode("S01E02", year=2001, tmdb_id=1))).parts[0] == SHOW


def test_a_folder_that_a_person_renamed_is_found_again(bench: FilingBench) -> None:
    bench.filed(bench.episode("S01E01", year=2019))
    (bench.tv / f"{SHOW} (2019)").rename(bench.tv / "Harbor station")
    assert bench.filed(bench.episode("S01E02", year=2019)).startswith("Harbor station/Season 01/")


def test_an_adopted_films_file_begins_as_its_folder(bench: FilingBench) -> None:
    have(bench.films, "The Film (2003) {tmdb-5}/The Film (2003) {tmdb-5} {edition-Extended}.mkv")
    folder = "The Film (2003) {tmdb-5}"
    assert bench.filed(bench.film()) == f"{folder}/{folder}.mkv"


def test_a_disc_that_is_neither_goes_to_its_own_library(bench: FilingBench, tmp_path: Path) -> None:
    title = bench.episode("S01E01", show="Wedding", is_other=True)
    waiting = bench.file(title)
    assert waiting.waiting_for is WaitingFor.LIBRARY
    assert "library_other_path" in (waiting.error_message or "")
    (tmp_path / "other").mkdir()
    bench.current.library_other_path = str(tmp_path / "other")
    now = bench.file(waiting)
    assert now.organized_to == str(tmp_path / "other/Wedding/Wedding.mkv")


# -- what is there already -----------------------------------------------------------------------------------


def test_the_same_file_under_any_name_is_no_conflict_whatever_is_set(bench: FilingBench) -> None:
    for number, policy in enumerate(Policy, 1):
        bench.current.conflict_resolution_default = policy
        there = have(bench.tv, f"{SHOW}/Staffel 1/my.s01e{number:02d}.mkv")
        title = bench.episode(f"S01E{number:02d}")
        before = there.stat().st_ino
        assert bench.filed(title) == f"{SHOW}/Staffel 1/my.s01e{number:02d}.mkv"
        assert there.stat().st_ino == before
        assert not Path(title.staging_file or "").exists()
    assert len(bench.in_library()) == len(Policy)
    assert bench.in_trash() == []


TAKEN = f"{SHOW}/Season 1/my.s01e02.mkv"
NEW = f"{SHOW}/Season 1/{SHOW} - S01E02.mkv"


def conflict(bench: FilingBench, policy: Policy, **video: object) -> object:
    have(bench.tv, TAKEN, **video)
    bench.current.conflict_resolution_default = policy
    return bench.file(bench.episode("S01E02"))


def test_policy_compare_asks_with_the_comparison_in_words(bench: FilingBench) -> None:
    title = bench.episode("S01E02")
    have(bench.tv, TAKEN, languages=())
    now = bench.file(title)
    assert (now.state, now.waiting_for) == (TitleState.REVIEW, WaitingFor.ANSWER)
    question = bench.question(now)
    assert "the library has S01E02 already, as my.s01e02.mkv; this one is better" in question
    assert "this one: 480p, mpeg2video, 0:02" in question
    assert "sound eng 2.0" in question
    assert "no sound" in question
    assert bench.in_library() == [TAKEN]
    assert Path(now.staging_file or "").is_file()


def test_policy_compare_keeps_another_resolution_beside_it(bench: FilingBench) -> None:
    have(bench.tv, TAKEN, size="1920x1080")
    assert bench.filed(bench.episode("S01E02")) == f"{SHOW}/Season 1/{SHOW} - S01E02 [480p].mkv"
    assert len(bench.in_library()) == 2


def test_policy_compare_keeps_another_cut_beside_it(bench: FilingBench) -> None:
    have(bench.films, "The Film (2003)/The Film (2003).mkv", seconds=2)
    longer = bench.ripped(bench.film(), seconds=12)
    bench.lifecycle.update_title(longer, duration_seconds=180.0)
    assert bench.filed(longer) == "The Film (2003)/The Film (2003) {edition-3 min}.mkv"
    assert len(bench.in_library(bench.films)) == 2


def test_another_edition_is_another_file(bench: FilingBench) -> None:
    have(bench.films, "The Film (2003)/The Film (2003).mkv", languages=())
    expected = "The Film (2003)/The Film (2003) {edition-Extended}.mkv"
    assert bench.filed(bench.film(edition="Extended")) == expected


def test_policy_ask_asks_of_other_versions_too(bench: FilingBench) -> None:
    now = conflict(bench, Policy.ASK, size="1920x1080")
    assert now.state is TitleState.REVIEW  # type: ignore[attr-defined]
    assert bench.in_library() == [TAKEN]


def test_policy_keep_both_files_it_beside_the_other(bench: FilingBench) -> None:
    now = conflict(bench, Policy.KEEP_BOTH, languages=())
    assert now.state is TitleState.COMPLETED  # type: ignore[attr-defined]
    assert bench.in_library() == sorted([NEW, TAKEN])
    again = bench.ripped(bench.episode("S01E02"), languages=("eng", "deu"))
    assert bench.filed(again) == f"{SHOW}/Season 1/{SHOW} - S01E02 (2).mkv"


def test_policy_replace_puts_the_other_into_the_trash(bench: FilingBench) -> None:
    now = conflict(bench, Policy.REPLACE, languages=())
    assert now.state is TitleState.COMPLETED  # type: ignore[attr-defined]
    assert bench.in_library() == [NEW]
    assert bench.in_trash() == ["my.s01e02.mkv"]
    assert LibraryChanged(str(bench.tv), str(bench.tv / f"{SHOW}/Season 1")) in bench.announced()
    again = bench.ripped(bench.episode("S01E02"), languages=("eng", "deu"))
    assert bench.filed(again) == NEW
    assert bench.in_trash() == [f"{SHOW} - S01E02.mkv", "my.s01e02.mkv"]


def test_policy_skip_leaves_both_where_they_are(bench: FilingBench) -> None:
    now = conflict(bench, Policy.SKIP, languages=())
    assert now.state is TitleState.SKIPPED  # type: ignore[attr-defined]
    assert "conflict_resolution_default is skip" in now.match_reason  # type: ignore[attr-defined]
    assert bench.in_library() == [TAKEN]
    assert Path(now.staging_file).is_file()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("said", "library", "trash"),
    [(Policy.KEEP_BOTH, sorted([NEW, TAKEN]), []), (Policy.REPLACE, [NEW], ["my.s01e02.mkv"])],
)
def test_what_a_person_answers_is_done(
    bench: FilingBench, said: Policy, library: list[str], trash: list[str]
) -> None:
    now = conflict(bench, Policy.ASK, languages=())
    done = bench.file(now, said)  # type: ignore[arg-type]
    assert done.state is TitleState.COMPLETED
    assert (bench.in_library(), bench.in_trash()) == (library, trash)
    assert bench.store.open_reviews(done.job_id) == []


def test_a_file_that_holds_more_is_never_replaced(bench: FilingBench) -> None:
    double = f"{SHOW}/Season 1/{SHOW} - S01E02-E03.mkv"
    have(bench.tv, double, seconds=4)
    bench.current.conflict_resolution_default = Policy.REPLACE
    now = bench.file(bench.episode("S01E02"))
    assert now.state is TitleState.REVIEW
    assert "which does not hold the very same episodes" in bench.question(now)
    done = bench.file(now, Policy.REPLACE)
    assert done.state is TitleState.COMPLETED
    assert bench.in_library() == sorted([double, NEW])
    assert bench.in_trash() == []


def test_of_two_jobs_that_file_one_episode_at_once_one_asks(bench: FilingBench) -> None:
    """Their files have two names, and neither would find the other's."""
    titles = [bench.episode("S01E02"), bench.ripped(bench.episode("S01E02-E03"), seconds=4)]
    gate, ends = threading.Barrier(2), []

    def file(title: DiscTitle) -> None:
        gate.wait()
        ends.append(bench.file(title).state)

    threads = [threading.Thread(target=file, args=(title,)) for title in titles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == [TitleState.COMPLETED, TitleState.REVIEW]
    assert len(bench.in_library()) == 1


def test_a_double_episode_replaces_the_single_ones(bench: FilingBench) -> None:
    for number in (2, 3):
        have(bench.tv, f"{SHOW}/Season 1/{SHOW} - S01E0{number}.mkv", languages=())
    bench.current.conflict_resolution_default = Policy.REPLACE
    assert bench.filed(bench.episode("S01E02-E03")) == f"{SHOW}/Season 1/{SHOW} - S01E02-E03.mkv"
    assert len(bench.in_library()) == 1
    assert len(bench.in_trash()) == 2


def test_parts_of_one_episode_are_no_conflict(bench: FilingBench) -> None:
    first, second = (bench.ripped(bench.episode("S01E03", part=n), seconds=n) for n in (1, 2))
    assert bench.filed(first) != bench.filed(second)
    assert len(bench.in_library()) == 2


def test_a_file_that_is_no_video_is_said_to_be_none(bench: FilingBench) -> None:
    taken = bench.tv / NEW
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"an older copy")
    now = bench.file(bench.episode("S01E02"))
    assert "13 bytes, no video that can be read" in bench.question(now)
    assert taken.read_bytes() == b"an older copy"


def test_an_extra_is_not_asked_about_by_default(bench: FilingBench) -> None:
    first = bench.extra("Making of", disc_number=1)
    second = bench.ripped(bench.extra("Making of", disc_number=1), languages=())
    assert bench.filed(first) != bench.filed(second)
    assert bench.store.open_reviews() == []


def test_a_name_that_says_nothing_is_compared_all_the_same(bench: FilingBench) -> None:
    """A format of one's own may hide the number from all that read names; the name is taken, though."""
    bench.current.naming_episode_format = "{show} {episode} of season {season}"
    bench.filed(bench.episode("S01E02"))
    other = bench.ripped(bench.episode("S01E02"), languages=())
    now = bench.file(other)
    assert now.state is TitleState.REVIEW
    assert "this one is worse" in bench.question(now)


# -- interrupted ---------------------------------------------------------------------------------------------


def test_a_file_whose_name_is_no_text_is_asked_about_and_replaced_as_any(bench: FilingBench) -> None:
    old = os.fsdecode("Häfen S01E02.mkv".encode("latin-1"))
    have(bench.tv, f"{SHOW}/Season 1/x.mkv", languages=()).rename(bench.tv / f"{SHOW}/Season 1" / old)
    now = bench.file(bench.episode("S01E02"))
    assert now.state is TitleState.REVIEW
    assert "as H\N{REPLACEMENT CHARACTER}fen S01E02.mkv" in bench.question(now)
    assert bench.file(now, Policy.REPLACE).state is TitleState.COMPLETED
    assert bench.in_trash() == [old]
    [replaced] = [event for event in bench.store.events(now.job_id) if event.kind == "replaced"]
    assert "fen S01E02.mkv went to the trash" in replaced.sentence


@pytest.mark.parametrize("to", ["gone.mkv", "/etc/passwd/S01E02.mkv", Path(NEW).name])
def test_a_link_to_nowhere_is_asked_about_and_not_waited_for(bench: FilingBench, to: str) -> None:
    link = bench.tv / NEW
    link.parent.mkdir(parents=True)
    link.symlink_to(to)
    now = bench.file(bench.episode("S01E02"))
    assert now.state is TitleState.REVIEW
    assert "0 bytes, no video that can be read" in bench.question(now)
    assert bench.file(now, Policy.KEEP_BOTH).state is TitleState.COMPLETED
    assert link.is_symlink()


def test_a_further_version_that_was_named_before_the_crash_stays_it(bench: FilingBench) -> None:
    """The file has its name in the library already, and its record was not made."""
    have(bench.tv, TAKEN, size="1920x1080")
    title = bench.episode("S01E02")
    begun = bench.tv / f"{SHOW}/Season 1/{SHOW} - S01E02 [480p].mkv"
    os.link(title.staging_file or "", begun)
    bench.lifecycle.update_title(title, filing_target=str(begun), filing_bytes=begun.stat().st_size)
    Path(title.staging_file or "").unlink()
    assert bench.filed(title) == str(begun.relative_to(bench.tv))
    assert bench.in_library() == sorted([TAKEN, str(begun.relative_to(bench.tv))])


def test_a_file_that_was_kept_beside_another_before_the_crash_is_not_asked_about(bench: FilingBench) -> None:
    have(bench.tv, NEW, languages=())
    title = bench.episode("S01E02")
    begun = bench.tv / f"{SHOW}/Season 1/{SHOW} - S01E02 (2).mkv"
    os.link(title.staging_file or "", begun)
    bench.lifecycle.update_title(title, filing_target=str(begun), filing_bytes=begun.stat().st_size)
    assert bench.filed(title) == str(begun.relative_to(bench.tv))
    assert len(bench.in_library()) == 2
