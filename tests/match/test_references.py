"""Where references lie, whose they are, and what is read of a great many."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from engramd.match.labels import Label
from engramd.match.model import KnownEpisode, MatchRequest
from engramd.match.references import MOST_OF_A_LABEL, Loaded, load_for, load_references
from engramd.match.shelf import assign_files, is_show_folder
from tests.match.made import Show, retold, track, write_evidence, write_reference

SHOW, OTHER = Show(51), Show(52)
CUE = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"


def write(root: Path, *names: str) -> Path:
    """Write small subtitle files, each with words of its own."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CUE.format(name).encode("utf-8", "replace"))
    return root


def labels(loaded: Loaded) -> list[str]:
    return sorted(str(reference.label) for reference in loaded.references)


def sources(loaded: Loaded) -> dict[str, str]:
    return {reference.name: reference.source for reference in loaded.references}


def write_show(root: Path, pattern: str, *numbers: int, show: Show = SHOW, seed: int = 0) -> None:
    for n in numbers:
        write_reference(root, pattern.format(n), retold(show.episode(n).cues, seed + n, shift=n))


# -- whose they are --


@pytest.mark.parametrize(
    "names",
    [
        ("S01E01.srt", "S01E02.srt"),
        ("Season 1/01.srt", "Season 2/01.srt"),
        ("Season 1/A/S01E01.srt", "Season 1/B/S01E01.srt"),
        ("A/S01E01.srt", "B/S02E01.srt"),
        ("Commie/Show - S01E01.srt", "SAiNTS/Show - S01E02.srt"),
        ("only/S01E01.srt",),
        ("Show - 01.srt", "Show - 02.srt"),
    ],
)
def test_a_pool_of_one_show_is_known(tmp_path: Path, names: tuple[str, ...]) -> None:
    write(tmp_path, *names)
    assert is_show_folder(tmp_path)
    assert is_show_folder(tmp_path, "Show")


def test_folders_named_as_their_files_are_shows(tmp_path: Path) -> None:
    write(tmp_path, "Lost (2004)/Lost.S01E01.srt", "Dark/Dark - S01E01.srt")
    assert not is_show_folder(tmp_path)
    assert not is_show_folder(tmp_path, "Lost")
    assert not is_show_folder(tmp_path, "Fargo")


def test_nothing_is_no_show(tmp_path: Path) -> None:
    assert not is_show_folder(tmp_path)
    assert not is_show_folder(write(tmp_path, "readme/notes.srt"))


def test_names_that_leave_it_open_are_decided_by_what_the_files_say(tmp_path: Path) -> None:
    for place, show, seed in (
        ("one/a", SHOW, 0),
        ("one/b", SHOW, 50),
        ("two/a", SHOW, 0),
        ("two/b", OTHER, 50),
    ):
        write_show(tmp_path / place, "S01E{:02}.srt", 1, 2, 3, 4, show=show, seed=seed)
    assert is_show_folder(tmp_path / "one"), "two sources of one show"
    assert not is_show_folder(tmp_path / "two"), "two shows"


def test_only_the_wanted_show_is_taken_from_a_flat_folder(tmp_path: Path) -> None:
    write(tmp_path, "Lost - S01E01.srt", "Lost in Space - S01E01.srt", "Dark - S01E02.srt", "S01E03.srt")
    loaded = load_references(tmp_path, None, shows=["Lost"])
    assert [r.name for r in loaded.references] == ["Lost - S01E01.srt", "S01E03.srt"]
    assert "dark, lostinspace" in loaded.problems[0]


def test_a_source_may_call_the_show_by_another_name(tmp_path: Path) -> None:
    write(tmp_path, "A/Attack on Titan - S01E01.srt", "B/Shingeki no Kyojin - S01E01.srt")
    assert len(load_references(tmp_path, None, shows=["Attack on Titan"]).references) == 2


@pytest.mark.parametrize("show", [None, "Show", "The Show", "Called Otherwise"])
@pytest.mark.parametrize("place", ["", "subs/", "Show/", "A/Season 1/"])
def test_references_that_are_plainly_there_are_used(tmp_path: Path, place: str, show: str | None) -> None:
    write_show(tmp_path / "refs", place + "S01E{:02}.srt", *range(1, 9))
    if place.startswith("A"):
        write_show(tmp_path / "refs", "B/S01E{:02}.srt", *range(1, 9), seed=70)
    cues = retold(SHOW.episode(3).cues, 99, shift=0, reworded=0.02)
    titles = (write_evidence(tmp_path, 0, SHOW.seconds, track(cues)),)
    result = assign_files(MatchRequest(references=tmp_path / "refs", show=show, titles=titles))
    assert [title.episode for title in result.titles] == ["S01E03"]


def test_another_show_is_not_taken_for_one_that_is_named(tmp_path: Path) -> None:
    write_show(tmp_path / "refs", "Lost/Lost - S01E{:02}.srt", 1, 2, 3, 4)
    titles = (write_evidence(tmp_path, 0, SHOW.seconds, track(SHOW.episode(3).cues)),)
    result = assign_files(MatchRequest(references=tmp_path / "refs", show="Fargo", titles=titles))
    assert result.lacking == "references"
    assert "Lost" in result.problems[0]


# -- sources --


def test_sources_are_folders_groups_or_languages(tmp_path: Path) -> None:
    write(
        tmp_path,
        "A/Season 1/S01E01.srt",
        "B/S01E01.srt",
        "Season 1/Show.S01E02.720p.HDTV.x264-LOL.en.srt",
        "[Commie] Show - 03 [1080p].ass",
        "S01E04.fr.srt",
        "S01E05.srt",
        "Show.S01E06.1080p-GRP/2_English.srt",
    )
    (tmp_path / "[Commie] Show - 03 [1080p].ass").write_text(
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,hello\n"
    )
    assert sources(load_references(tmp_path, None)) == {
        "A/Season 1/S01E01.srt": "A",
        "B/S01E01.srt": "B",
        "Season 1/Show.S01E02.720p.HDTV.x264-LOL.en.srt": "LOL",
        "[Commie] Show - 03 [1080p].ass": "Commie",
        "S01E04.fr.srt": "fre",
        "S01E05.srt": "",
        "Show.S01E06.1080p-GRP/2_English.srt": "eng",
    }


def test_a_folder_that_all_share_is_no_source(tmp_path: Path) -> None:
    write(tmp_path, "subs/A/S01E01.srt", "subs/B/S01E01.srt")
    assert set(sources(load_references(tmp_path, None)).values()) == {"A", "B"}


def test_further_folders_are_read_and_named(tmp_path: Path) -> None:
    write(tmp_path, "refs/S01E01.srt", "fetched/opensubtitles/S01E01.srt", "fetched/other/S01E02.srt")
    request = MatchRequest(references=tmp_path / "refs", folders=(tmp_path / "fetched",))
    assert sources(load_for(tmp_path / "refs", request)) == {
        "refs/S01E01.srt": "refs",
        "fetched/opensubtitles/S01E01.srt": "fetched opensubtitles",
        "fetched/other/S01E02.srt": "fetched other",
    }


def test_the_same_words_are_the_same_content_whatever_the_times(tmp_path: Path) -> None:
    (tmp_path / "S01E01.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello, there!\n")
    (tmp_path / "S01E02.srt").write_text("1\n00:00:07,000 --> 00:00:09,000\n<i>hello</i> there\n")
    (tmp_path / "S01E03.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nGood bye\n")
    first, second, third = (r.content for r in load_references(tmp_path, None).references)
    assert first == second != third


# -- absolute numbers --


def test_absolute_numbers_are_counted_through_the_roster(tmp_path: Path) -> None:
    write(tmp_path, *(f"Show - {n:03}.srt" for n in (1, 12, 13, 14, 99)))
    roster = [KnownEpisode(season=s, number=n) for s in (1, 2) for n in range(1, 13)]
    loaded = load_references(tmp_path, None, roster=roster)
    assert labels(loaded) == ["S01E01", "S01E12", "S02E01", "S02E02"]
    assert any("099" in problem for problem in loaded.problems)
    assert labels(load_references(tmp_path, 2, roster=roster)) == ["S02E01", "S02E02"]


def test_a_sequel_with_its_number_in_the_name_is_a_season(tmp_path: Path) -> None:
    write(tmp_path, "Show - 05.srt", "Show 2 - 05.srt")
    assert labels(load_references(tmp_path, None, shows=["Show"])) == ["S01E05", "S02E05"]


# -- many files --


def test_of_fifty_thousand_files_only_the_wanted_season_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(tmp_path, "src0/Show.S01E01.srt") / "src0" / "Show.S01E01.srt"
    for source in range(100):
        folder = tmp_path / f"src{source}"
        folder.mkdir(exist_ok=True)
        for season in range(1, 21):
            for n in range(1, 26):
                target = folder / f"Show.S{season:02}E{n:02}.srt"
                if not target.exists():
                    os.link(first, target)
    opened: list[Path] = []
    from engramd.match import references

    read = references.read_subtitles
    monkeypatch.setattr(references, "read_subtitles", lambda path: opened.append(path) or read(path))
    loaded = load_references(tmp_path, 3)
    assert len(loaded.references) == len(opened) == 25 * MOST_OF_A_LABEL
    assert {r.label.season for r in loaded.references} == {3}
    assert {
        len({r.source for r in loaded.references if r.label == Label(3, (n,))}) for n in range(1, 26)
    } == {8}
    assert ["2300 of 2500" in problem for problem in loaded.problems] == [True]
    everything = load_references(tmp_path, None)
    assert {r.label for r in everything.references} == {
        Label(s, (n,)) for s in range(1, 21) for n in range(1, 26)
    }


def test_languages_and_sources_come_in_turns(tmp_path: Path) -> None:
    write(tmp_path, *(f"A/Show.S01E01.{n}.en.srt" for n in range(20)), "A/Show.S01E01.fr.srt", "B/S01E01.srt")
    found = load_references(tmp_path, None).references
    assert len(found) == MOST_OF_A_LABEL
    assert {(r.source, r.language) for r in found} == {("A", "eng"), ("A", "fre"), ("B", None)}


def test_many_unlabelled_files_are_not_named_one_by_one(tmp_path: Path) -> None:
    write(tmp_path, *(f"notes {chr(97 + n // 26)}{chr(97 + n % 26)}.srt" for n in range(300)))
    loaded = load_references(tmp_path, None)
    assert len(loaded.problems) == 21
    assert "280 more files" in loaded.problems[-1]


@pytest.mark.timeout(20)
def test_circles_of_links_are_not_walked(tmp_path: Path) -> None:
    write(tmp_path, "A/S01E01.srt")
    (tmp_path / "A" / "up").symlink_to(tmp_path)
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert labels(load_references(tmp_path, None)) == ["S01E01"]


# -- what is remembered --


def test_what_was_read_is_remembered_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "refs", "S01E01.srt", "A/S01E02.srt", "S01E03\udcff.srt")
    first = load_references(root, None, tmp_path / "cache")
    from engramd.match import references

    read, opened = references.read_subtitles, []
    monkeypatch.setattr(references, "read_subtitles", lambda path: opened.append(path) or read(path))
    assert load_references(root, None, tmp_path / "cache") == first
    assert opened == []
    (root / "S01E01.srt").write_text(CUE.format("other words"))
    assert load_references(root, None, tmp_path / "cache").references != first.references
    assert [path.name for path in opened] == ["S01E01.srt"]


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100, None])
def test_a_damaged_memory_costs_nothing_but_time(tmp_path: Path, damage: bytes | None) -> None:
    root = write(tmp_path / "refs", "S01E01.srt", "S01E02.srt")
    first = load_references(root, None, tmp_path / "cache")
    [file] = (tmp_path / "cache").iterdir()
    if damage is None:
        with sqlite3.connect(file) as base:
            base.execute("UPDATE files SET cues = x'00'")
    else:
        file.write_bytes(damage)
    assert load_references(root, None, tmp_path / "cache") == first
    assert load_references(root, None, tmp_path / "cache") == first


def test_a_memory_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    root = write(tmp_path / "refs", "S01E01.srt")
    (tmp_path / "file").write_text("")
    assert labels(load_references(root, None, tmp_path / "file")) == ["S01E01"]


def test_faults_of_files_are_told_with_the_file(tmp_path: Path) -> None:
    write(tmp_path, "S01E01.srt")
    (tmp_path / "S01E02.srt").write_text("<html><body>Just a moment</body></html>")
    (tmp_path / "S01E03.srt").write_bytes(b"")
    details = load_references(tmp_path, None).details
    assert [(d.kind, d.files, d.labels) for d in details] == [
        ("unreadable", ("S01E02.srt",), (Label(1, (2,)),)),
        ("unreadable", ("S01E03.srt",), (Label(1, (3,)),)),
    ]
    assert "web page" in details[0].sentence
