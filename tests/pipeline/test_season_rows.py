"""Where an episode stands, by the titles and files that are it."""

from __future__ import annotations

import pytest

from engramd.match.model import KnownEpisode
from engramd.pipeline.season_rows import Copy, note_row, season_rows

ONE = ((1, 1),)


def title(job: int = 1, **values: object) -> Copy:
    known: dict[str, object] = {"places": ONE, "state": "completed", "job": job, "title": 2, "disc": job}
    known |= {"path": f"/tv/{job}.mkv", "file": f"{job}.mkv"}
    if values.get("state", "completed") != "completed":
        known |= {"path": "", "file": ""}
    return Copy(**(known | values))  # type: ignore[arg-type]


def file(name: str, **values: object) -> Copy:
    return Copy(**({"places": ONE, "path": f"/tv/{name}", "file": name} | values))  # type: ignore[arg-type]


def waiting(job: int = 1, **values: object) -> Copy:
    return title(job, **({"state": "review", "waiting_for": "question 7"} | values))


@pytest.mark.parametrize(
    ("copies", "standing", "lack", "also"),
    [
        ([title()], "filed", "", []),
        ([file("a.mkv")], "library", "", []),
        ([waiting()], "waiting", "", []),
        ([title(lack="filed with gaps")], "partial", "filed with gaps", []),
        ([title(), title(2)], "double", "", ["job 2, title 2 (disc 2), filed as 2.mkv"]),
        ([title(), waiting(2)], "double", "", ["job 2, title 2 (disc 2), waits for question 7"]),
        ([file("a.mkv"), title()], "double", "", ["in the library as a.mkv"]),
        ([waiting(), waiting(3)], "double", "", ["job 3, title 2 (disc 3), waits for question 7"]),
        ([title(), title(2, path="/tv/1.mkv")], "filed", "", []),
        ([title(), waiting(2, is_sure=False)], "filed", "", []),
        ([waiting(is_sure=False)], "waiting", "", []),
        (
            [waiting(is_sure=False), waiting(2, is_sure=False)],
            "waiting",
            "",
            ["perhaps job 2, title 2 (disc 2), waits for question 7"],
        ),
        ([title(is_gone=True, lack="its file is gone")], "missing", "its file is gone", []),
        ([title(is_gone=True, lack="its file is gone"), waiting(2)], "waiting", "", []),
        ([title(is_gone=True, lack="its file is gone"), file("b.mkv")], "library", "", []),
    ],
)
def test_where_an_episode_stands(copies: list[Copy], standing: str, lack: str, also: list[str]) -> None:
    for given in (copies, copies[::-1]):
        [row] = season_rows(given, (), 1)
        assert (row["standing"], row["lack"], row["also"]) == (standing, lack, also)


@pytest.mark.parametrize(
    ("parts", "standing", "lack", "told"),
    [
        ([title(part=1), title(2, part=2)], "filed", "", 1),
        ([file("1.mkv", part=1), file("2.mkv", part=2)], "library", "", 0),
        ([title(part=1), waiting(2, part=2)], "partial", "", 2),
        ([title(part=1)], "partial", "part 2 is missing", 1),
        ([title(part=1), title(2, part=3)], "partial", "part 2 is missing", 1),
        ([waiting(part=2)], "waiting", "part 1 is missing", 1),
        ([title(part=1), title(2, part=1), title(3, part=2)], "double", "", 1),
        ([title(part=1), title(2)], "double", "", 1),
    ],
)
def test_an_episode_in_parts(parts: list[Copy], standing: str, lack: str, told: int) -> None:
    for given in (parts, parts[::-1]):
        [row] = season_rows(given, (), 1)
        assert (row["standing"], row["lack"], row["job"]) == (standing, lack, told)


def test_a_title_that_holds_two_episodes_is_in_both_rows_and_the_ones_between_are_missing() -> None:
    copies = [title(places=((1, 3), (1, 4))), file("x.mkv", places=((1, 1),))]
    rows = season_rows(copies, (), 1)
    assert [(row["episode"], row["standing"], row["state"]) for row in rows] == [
        (1, "library", "missing"),
        (2, "missing", "missing"),
        (3, "filed", "completed"),
        (4, "filed", "completed"),
    ]
    assert season_rows(copies, (), 2) == []


def test_a_list_of_episodes_says_which_there_are_and_names_them() -> None:
    known = [KnownEpisode(season=1, number=n, name=f"Name {n}", minutes=44) for n in (1, 2)]
    rows = season_rows(
        [title(name="On the disc"), waiting(places=((2, 1),), name="On the disc")], known, None
    )
    assert [(row["season"], row["episode"], row["name"], row["minutes"]) for row in rows] == [
        (1, 1, "Name 1", 44),
        (1, 2, "Name 2", 44),
        (2, 1, "On the disc", 0),
    ]
    assert rows[2]["waiting_for"] == "question 7"


def test_a_note_has_all_that_a_row_has() -> None:
    [row], note = season_rows([title()], (), 1), note_row("the library is away")
    assert note.keys() == row.keys()
    assert (note["standing"], note["lack"], note["state"]) == ("note", "the library is away", "")
