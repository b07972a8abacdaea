"""How changes and new names are told, and what the commands of corrections take. Pure, but for click."""

from __future__ import annotations

import pytest

from engramd.ctl.amend import KINDS, listed, renamed
from engramd.ctl.app import app
from engramd.organize.presets import EXTRA_FOLDERS
from tests.support.clickrunner import runner


def test_new_names_are_told_without_what_both_paths_begin_with() -> None:
    rows = [
        {"old": "/tv/Show/Season 01/Show - S01E01.mkv", "new": "/tv/Show/Season 01/Show 1x01.mkv"},
        {"old": "/tv/Show/Season 01/a.mkv", "new": "/tv/Show (2019)/S01/a.mkv"},
    ]
    assert renamed(rows) == (
        "  Show - S01E01.mkv\n→ Show 1x01.mkv\n  Show/Season 01/a.mkv\n→ Show (2019)/S01/a.mkv\n\n2 files."
    )
    assert renamed([]) == "Every file is called as the settings say."
    assert "\x1b" not in renamed([{"old": "/a/\x1b[2J", "new": "/a/b"}])


def test_changes_are_told_with_who_and_whether_they_stand() -> None:
    row = {"id": 3, "at": 1_700_000_000_000_000, "by": "uid 1000", "sentence": "title 1 is S01E02"}
    text = listed([row | {"state": "undone", "undone_by": "root"}, row | {"state": "done", "undone_by": ""}])
    assert "undone by root" in text
    assert text.count("title 1 is S01E02") == 2
    assert listed([]) == "Nobody changed anything yet."


def test_the_kinds_of_extras_are_those_that_have_folders() -> None:
    assert set(KINDS) == set(EXTRA_FOLDERS)


@pytest.mark.parametrize(
    "words",
    [
        ("shift", "1"),
        ("shift", "1", "often"),
        ("undo", "3", "--review", "4"),
        ("undo", "0"),
        ("extra", "1", "1", "nonsense"),
        ("rename",),
    ],
)
def test_what_is_no_such_command_is_refused(words: tuple[str, ...]) -> None:
    assert runner().invoke(app, words).exit_code == 2
