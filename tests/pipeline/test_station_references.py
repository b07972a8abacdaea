"""A change of the references is noticed whenever it comes after the comparison, and only then."""

from __future__ import annotations

from pathlib import Path

from engramd.pipeline.references import ReferencesWatch


def test_what_comes_after_the_comparison_is_a_change_once(tmp_path: Path) -> None:
    watch = ReferencesWatch(lambda: str(tmp_path))
    watch.note(1)
    assert not watch.changed(1)
    season = tmp_path / "Show/Season 01"
    season.mkdir(parents=True)
    (season / "S01E01.srt").touch()
    assert watch.changed(1)
    assert not watch.changed(1)
    (season / "S01E01.srt").write_text("what an interrupted copy lacked")
    assert watch.changed(1), "a file that grows changes no folder"


def test_a_job_that_was_never_compared_has_seen_no_change(tmp_path: Path) -> None:
    watch = ReferencesWatch(lambda: str(tmp_path / "missing"))
    assert not watch.changed(7)
    (tmp_path / "missing/Show").mkdir(parents=True)
    assert watch.changed(7)


def test_another_folder_is_a_change(tmp_path: Path) -> None:
    folders = [""]
    watch = ReferencesWatch(lambda: folders[0])
    watch.note(1)
    (tmp_path / "show").mkdir()
    folders[0] = str(tmp_path)
    assert watch.changed(1)
