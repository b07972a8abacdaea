"""TheDiscDB's JSON becomes entries, or an error that names the field; nothing else ever."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engramd.discs.model import Disc
from engramd.sources.discdb_confirm import confirm
from engramd.sources.discdb_model import DiscEntry, Work
from engramd.sources.discdb_read import BadEntry, fields, parse_object, read_disc, read_work
from engramd.sources.discdb_roles import episode_code
from tests.sources.discdb_made import FILM, HASH, SHOW, bluray, episode, recorded

DISC = bluray([(800, "1", 2500.4), (801, "2", 2600.0), (900, "1,2", 5100.4)])
WHOLE: dict[str, Any] = {
    "Index": 3,
    "Name": "Season One Disc Three",
    "Slug": "s1d3",
    "Format": "Blu-Ray",
    "ContentHash": HASH.lower(),
    "Titles": recorded(DISC, {0: episode(7, "Low Tide"), 2: episode("7-8", "Both")}),
}


def read(source: object, work: Work = SHOW) -> DiscEntry:
    return read_disc(
        parse_object(json.dumps(source)), work, fields({"slug": "s1", "title": "Season One"}, "")
    )


def test_a_disc_of_the_data_is_read_whole() -> None:
    entry = read(WHOLE)

    assert (entry.content_hash, entry.disc_index, entry.disc_format) == (HASH, 3, "Blu-Ray")
    assert entry.label == "Harbor Station (2019), Season One, Season One Disc Three"
    assert [title.duration for title in entry.titles] == [2500, 2600, 5100]
    assert [title.source_file for title in entry.titles] == ["00800.mpls", "00801.mpls", "00900.mpls"]
    first, second, both = (title.item for title in entry.titles)
    assert first is not None
    assert (first.name, first.season, first.episodes) == ("Low Tide", 1, (7, 7))
    assert second is None
    assert both is not None
    assert both.episodes == (7, 8)


def test_an_answer_of_the_network_reads_the_same() -> None:
    def camel(value: Any) -> Any:
        if isinstance(value, dict):
            return {name[0].lower() + name[1:]: camel(item) for name, item in value.items()}
        return [camel(item) for item in value] if isinstance(value, list) else value

    assert read(camel(WHOLE)) == read(WHOLE)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("7", "S01E07"),
        ("7-8", "S01E07-E08"),
        ("17 - 18", "S01E17-E18"),
        ("8-7", None),
        ("", None),
        ("x", None),
    ],
)
def test_episodes_are_numbers_or_ranges_and_else_unknown(written: str, code: str | None) -> None:
    source = copy.deepcopy(WHOLE)
    source["Titles"][0]["Item"]["Episode"] = written
    item = read(source).titles[0].item

    assert item is not None
    assert episode_code(item) == code


def test_what_is_null_or_missing_is_no_mistake() -> None:
    entry = read(
        {"Titles": [{"SourceFile": None, "Duration": "0:00:10", "Size": 5, "Item": None}, {"Size": 1}]}
    )

    assert [(title.source_file, title.duration) for title in entry.titles] == [("", 10)]
    assert entry.content_hash is None


@pytest.mark.parametrize("written", ["BAF2A71A34DD6F37", "", "zz" * 16, HASH + "0"])
def test_a_hash_of_another_scheme_is_none(written: str) -> None:
    assert read({**WHOLE, "ContentHash": written}).content_hash is None


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"Titles": {}}, "titles"),
        ({"Titles": [[]]}, "titles"),
        ({"Titles": [None] * 2_001}, "titles"),
        ({"Index": "one"}, "index"),
        ({"Index": -1}, "index"),
        ({"Name": ["x"]}, "name"),
        ({"Titles": [{"Duration": "0:01:00", "Size": 2**70}]}, "size"),
        ({"Titles": [{"Duration": "0:01:00", "Size": True}]}, "size"),
        ({"Titles": [{"Duration": "0:01:00", "Size": 1, "Item": "Episode"}]}, "item"),
    ],
)
def test_a_wrong_type_is_an_error_that_names_the_field(wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(BadEntry) as caught:
        read({**WHOLE, **wrong})

    assert caught.value.where == where


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b"\xff\xfe{}", b"[" * 100_000, b'{"a":' * 5_000, b"9" * 6_000]
)
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(BadEntry):
        parse_object(data)


def test_texts_are_cut_and_cleaned_so_that_they_can_be_stored_and_shown() -> None:
    entry = read({**WHOLE, "Name": "a\x00b\n\ud800c\x1b[31m" + "x" * 2_000_000})

    assert entry.disc_name.startswith("a b ?c [31m")
    assert len(entry.disc_name) == 500
    entry.disc_name.encode("utf-8")


@pytest.mark.parametrize(
    ("source", "folder", "expected"),
    [
        (
            {"Title": "A", "Year": 1999, "ExternalIds": {"Tmdb": "12", "Imdb": "tt0000001"}},
            "",
            ("A", 1999, 12),
        ),
        ({}, "The Lantern (1988)", ("The Lantern", 1988, None)),
        ({"Title": "A", "Year": 3, "ExternalIds": {"Tmdb": "x"}}, "", ("A", None, None)),
        ({"Title": "A", "ExternalIds": {"Tmdb": "0"}}, "B (1990)", ("A", 1990, None)),
    ],
)
def test_a_work_has_what_its_metadata_say(
    source: dict[str, Any], folder: str, expected: tuple[Any, ...]
) -> None:
    work = read_work(fields(source, ""), "movie", folder)

    assert (work.name, work.year, work.tmdb_id) == expected


def test_a_work_without_name_or_kind_is_refused() -> None:
    with pytest.raises(BadEntry):
        read_work({}, "tv")
    with pytest.raises(BadEntry):
        read_work({"title": "A", "type": "Song"}, None)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["0:10:00", "-1:00:00", "99999:0", "1-9999", "\ud800", "Episode", "MainMovie", "(1,2)", ",..."]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
PLACES = st.sampled_from(
    [(name,) for name in WHOLE]
    + [("Titles", 0)]
    + [("Titles", 0, name) for name in WHOLE["Titles"][0]]
    + [
        ("Titles", 0, "Item", name)
        for name in ("Type", "Title", "Season", "Episode", "Chapters", "Description")
    ]
)


@given(st.lists(st.tuples(PLACES, JSON), min_size=1, max_size=3))
@example([(("Titles", 0, "Duration"), "9" * 5000)])
@settings(deadline=None)
def test_whatever_is_wrong_in_a_disc_gives_an_entry_or_a_bad_entry(
    changes: list[tuple[tuple[str | int, ...], Any]],
) -> None:
    source: Any = copy.deepcopy(WHOLE)
    for place, value in changes:
        inner = source
        for step in place[:-1]:
            inner = inner[step] if _has(inner, step) else {}
        if isinstance(inner, dict) or _has(inner, place[-1]):
            inner[place[-1]] = value

    try:
        entry = read(source, FILM)
    except BadEntry:
        return
    assert DiscEntry.model_validate_json(entry.model_dump_json()) == entry
    assert isinstance(DISC, Disc)
    assert 0 <= confirm(entry, DISC).share <= 1


def _has(inner: Any, step: str | int) -> bool:
    if isinstance(inner, list) and isinstance(step, int):
        return step < len(inner)
    return isinstance(inner, dict) and step in inner


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@settings(deadline=None)
def test_whatever_a_file_holds_is_an_object_or_a_bad_entry(data: bytes) -> None:
    try:
        parsed = parse_object(data)
    except BadEntry:
        return
    assert all(name == name.lower() for name in parsed)
