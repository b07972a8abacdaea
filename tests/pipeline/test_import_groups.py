"""Files that belong together become one group, and what folders are called is read as a disc's label is."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.pipeline.import_groups import Group, grouped
from engramd.pipeline.import_walk import FoundFile

ROOT = Path("/m/import")


def groups(*paths: str) -> list[Group]:
    return grouped([FoundFile(ROOT / path, 1, 1, 1.0) for path in paths], [ROOT])


def told(group: Group) -> tuple[str | None, int | None, int | None, int | None]:
    facts = group.facts
    return facts.title, facts.year, facts.season, facts.disc_number


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("Firefly (2002)/Season 1/Disc 2/title_t00.mkv", ("Firefly", 2002, 1, 2)),
        ("Firefly/Staffel 2/00.mkv", ("Firefly", None, 2, None)),
        ("Firefly/Specials/00.mkv", ("Firefly", None, 0, None)),
        ("FIREFLY_S1_D3/title_t00.mkv", ("Firefly", None, 1, 3)),
        ("drop/FIREFLY_S1_D3_t00.mkv", ("Firefly", None, 1, 3)),
        ("Season 3/00.mkv", (None, None, 3, None)),
        ("rips/title_t00.mkv", (None, None, None, None)),
        ("drop/Quiet Moon (1998).mkv", ("Quiet Moon", 1998, None, None)),
        ("Quiet Moon (1998) {tmdb-12}/feature.mkv", ("Quiet Moon", 1998, None, None)),
        ("movies/Quiet Moon/title_t00.mkv", ("Quiet Moon", None, None, None)),
    ],
)
def test_names_are_evidence(path: str, what: tuple[object, ...]) -> None:
    (group,) = groups(path)
    assert told(group) == what


def test_each_disc_is_a_group_whatever_was_named() -> None:
    tree = [f"Firefly/Season {s}/Disc {d}/title_t0{t}.mkv" for s in (1, 2) for d in (1, 2) for t in (0, 1)]
    found = groups(*tree)
    assert [told(group)[2:] for group in found] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert all(len(group.files) == 2 and group.path.is_relative_to(ROOT / "Firefly") for group in found)


def test_the_films_of_a_folder_are_films_and_its_seasons_seasons() -> None:
    found = groups("Mine/A Film (1990).mkv", "Mine/B Film (1991).mkv")
    assert [told(group)[:2] for group in found] == [("A Film", 1990), ("B Film", 1991)]
    assert [group.path.name for group in found] == ["A Film (1990).mkv", "B Film (1991).mkv"]
    found = groups(
        "Firefly/Firefly - S01E01.mkv", "Firefly/Firefly - S01E02.mkv", "Firefly/Firefly - S02E01.mkv"
    )
    assert [(told(group)[2], len(group.files)) for group in found] == [(1, 2), (2, 1)]


def test_extras_belong_to_the_film_beside_them() -> None:
    (group,) = groups("Quiet Moon (1998)/Quiet Moon.mkv", "Quiet Moon (1998)/Deleted Scenes/a.mkv")
    assert [path.name for path in group.extras] == ["a.mkv"]
    (alone,) = groups("Quiet Moon (1998)/Extras/a.mkv")
    assert alone.facts.bonus


def test_tags_say_number_and_edition_and_are_no_name() -> None:
    (group,) = groups("Quiet Moon (1998) {tmdb-12} {edition-Director's Cut}/a.mkv")
    assert (group.tmdb_id, group.edition, group.label) == (12, "Director's Cut", "Quiet Moon (1998)")


def test_the_folder_of_imports_is_never_a_show() -> None:
    above = Path("/Firefly/import")
    (group,) = grouped([FoundFile(above / "Season 1" / "00.mkv", 1, 1, 1.0)], [above])
    assert told(group) == (None, None, 1, None)
