"""An entry counts if its titles are on the disc; then the titles get what it says of them."""

from __future__ import annotations

import pytest

from engramd.discs import read_disc
from engramd.discs.model import Disc
from engramd.models.enums import TitleRole
from engramd.organize.episode import EpisodeCode
from engramd.sources.discdb_confirm import Confirmation, confirm
from engramd.sources.discdb_model import Mapping
from engramd.sources.discdb_roles import extra_kind, split_edition
from tests.sources.discdb_made import FILM, SHOW, bluray, dvd, entry_of, episode
from tests.support.authoring import AuthoredDisc

MAIN = {"Type": "MainMovie", "Title": "The Lantern"}


def mapped(found: Confirmation) -> dict[int, Mapping]:
    return {mapping.title_index: mapping for mapping in found.mappings}


def authored(disc: AuthoredDisc) -> tuple[Disc, dict[int, dict[str, str]]]:
    """Give a real disc as the program reads it, and items for its episodes by their title_index."""
    scan = read_disc(disc.image)
    kinds = {title.number: title.kind for title in disc.titles}
    episodes = [title.index for title in scan.titles if kinds.get(title.number) == "episode"]
    return scan, {index: dict(episode(place)) for place, index in enumerate(episodes, 1)}


@pytest.mark.parametrize("made", ["tv_dvd", "tv_bluray"])
def test_a_real_disc_is_confirmed_by_its_own_entry(made: str, request: pytest.FixtureRequest) -> None:
    scan, items = authored(request.getfixturevalue(made))
    assert len(items) == 3

    found = confirm(entry_of(scan, items), scan)

    assert found.confirmed, found.reason
    assert found.share == 1
    got = {index: m.episode for index, m in mapped(found).items() if m.role is TitleRole.EPISODE}
    assert got == {index: f"S01E{place:02d}" for place, index in enumerate(items, 1)}
    assert all(str(EpisodeCode.parse(code or "")) == code for code in got.values()), "as files are named"


def test_a_real_blu_ray_with_a_second_playlist_of_an_episode_has_a_duplicate(tv_bluray: AuthoredDisc) -> None:
    scan, items = authored(tv_bluray)
    repeated = {title.number for title in tv_bluray.titles if title.kind == "duplicate"}
    assert repeated

    roles = {scan.titles[i].number: m for i, m in mapped(confirm(entry_of(scan, items), scan)).items()}

    for number in repeated:
        assert roles[number].role is TitleRole.DUPLICATE
        assert roles[number].same_as in items


def test_titles_are_told_by_what_they_are_and_never_by_their_number() -> None:
    disc = bluray([(800, "1", 2500), (801, "2", 2600), (802, "3", 2550)])
    items = {index: episode(index + 1) for index in range(3)}
    entry = entry_of(disc, items)
    turned = disc.model_copy(
        update={
            "titles": tuple(
                title.model_copy(update={"index": index}) for index, title in enumerate(reversed(disc.titles))
            )
        }
    )

    found = mapped(confirm(entry, turned))

    assert [found[index].episode for index in range(3)] == ["S01E03", "S01E02", "S01E01"]


def test_the_entry_of_a_neighbouring_disc_is_rejected_with_a_sentence() -> None:
    this = bluray([(1, "1", 2580), (2, "2", 2575), (3, "3", 2590)])
    neighbour = bluray([(1, "1", 2580), (2, "2", 2576), (3, "3", 2590)], {1: 11, 2: 22, 3: 33})

    found = confirm(entry_of(neighbour, {n: episode(n + 4) for n in range(3)}), this)

    assert not found.confirmed
    assert found.mappings == ()
    assert (
        found.reason
        == "Harbor Station (2019), 2020-complete-series, disc 1: none of its 3 titles is on this disc."
    )


def test_a_disc_that_shares_only_its_trailers_is_rejected() -> None:
    this = bluray([(1, "1", 2580), (2, "2", 2575), (10, "10", 130), (11, "11", 140), (12, "12", 150)])
    other = bluray([(1, "21", 2600), (2, "22", 2500), (10, "10", 130), (11, "11", 140), (12, "12", 150)])
    trailers = {n: {"Type": "Trailer", "Title": f"Trailer {n}"} for n in (2, 3, 4)}

    found = confirm(entry_of(other, {0: episode(1), 1: episode(2), **trailers}), this)

    assert not found.confirmed
    assert "2 of its 5 titles are not on this disc" in found.reason


def test_an_entry_whose_titles_are_only_a_part_of_the_disc_is_rejected() -> None:
    this = bluray([(1, "1", 7000), (2, "2", 900), (3, "3", 150)])
    short = bluray([(7, "2", 900), (8, "3", 150)])

    found = confirm(entry_of(short, {0: {"Type": "Extra", "Title": "A word"}}), this)

    assert not found.confirmed
    assert "most of what is on this disc is not among its 2 titles" in found.reason


def test_a_scan_that_leaves_short_titles_out_is_enough() -> None:
    whole = bluray([(1, "1", 2580), (2, "2", 2575), (10, "10", 30), (11, "11", 119)])
    scan = whole.model_copy(update={"titles": whole.titles[:2]})
    items = {0: episode(1), 1: episode(2), 3: {"Type": "Extra", "Title": "A word"}}

    found = confirm(entry_of(whole, items), scan)

    assert found.confirmed
    assert set(mapped(found)) == {0, 1}


def test_an_entry_without_titles_confirms_nothing() -> None:
    disc = bluray([(1, "1", 2580)])

    assert "lists no titles" in confirm(entry_of(disc.model_copy(update={"titles": ()}), {}), disc).reason


def test_a_disc_that_nobody_mapped_is_known_and_its_titles_stay_open() -> None:
    disc = bluray([(1, "1", 2580)])
    found = confirm(entry_of(disc, {}), disc)

    assert (found.confirmed, found.mappings) == (True, ())
    assert "nothing says what they are" in found.reason


def test_what_was_recorded_of_a_bare_stream_goes_to_the_playlist_that_plays_it() -> None:
    disc = bluray([(800, "20", 2500.5)])
    entry = entry_of(disc, {0: episode(1)})
    stream = entry.titles[0].model_copy(update={"source_file": "00020.m2ts"})

    found = confirm(entry.model_copy(update={"titles": (stream,)}), disc)

    assert mapped(found)[0].episode == "S01E01"


def test_streams_in_no_playlist_are_looked_for_among_the_files() -> None:
    disc = bluray([(800, "1", 2500), (900, "5", 300)])
    entry = entry_of(disc, {0: episode(1)})
    stream = entry.titles[1].model_copy(update={"source_file": "00005.m2ts", "segment_map": "5"})
    hidden = disc.model_copy(update={"titles": disc.titles[:1]})

    there = confirm(entry.model_copy(update={"titles": (entry.titles[0], stream)}), hidden)
    other = stream.model_copy(update={"size": 17, "duration": 3000})
    lost = confirm(entry.model_copy(update={"titles": (entry.titles[0], other)}), hidden)

    assert there.share == 1
    assert not lost.confirmed


def test_a_clip_played_in_part_counts_with_its_whole_file_as_makemkv_does() -> None:
    disc = bluray([(800, "1", 1300)])
    entry = entry_of(disc, {0: episode(1)})
    (title,) = disc.titles
    part = title.segments[0].model_copy(update={"key": "00001@0-9", "size": title.size // 2})
    scan = disc.model_copy(
        update={"titles": (title.model_copy(update={"segments": (part,), "size": title.size // 2}),)}
    )

    assert mapped(confirm(entry, scan))[0].episode == "S01E01"


def test_a_3d_title_counts_with_both_pictures_at_makemkv_and_with_one_here() -> None:
    disc = bluray([(800, "23", 5500.4), (801, "24", 900)], {23: 23_000_000_000})
    entry = entry_of(disc, {0: {**MAIN, "Title": "The Lantern (3D)"}}, FILM)
    both = {"segment_map": "23/95", "size": 35_000_000_000}
    mixed = entry.model_copy(update={"titles": (entry.titles[0].model_copy(update=both), entry.titles[1])})
    larger = entry.titles[0].model_copy(update={**both, "segment_map": "23"})
    other = entry.model_copy(update={"titles": (larger, entry.titles[1])})

    (found,) = confirm(mixed, disc).mappings

    assert (found.role, found.confidence) == (TitleRole.MAIN_FEATURE, 0.9)
    assert "clips and length" in found.reason
    assert not confirm(other, disc).confirmed, "one picture of another size is another title"


def test_titles_of_one_length_and_size_on_a_dvd_are_ambiguous() -> None:
    disc = dvd([(1300, 2048_000), (1300, 2048_000), (1500, 3072_000)])
    entry = entry_of(disc, {0: episode(1), 1: episode(2), 2: episode(3)})
    elsewhere = {
        "titles": tuple(
            title.model_copy(update={"source_file": f"{number:02d}"})
            for number, title in zip((7, 8, 9), disc.titles, strict=True)
        )
    }

    told_apart = confirm(entry, disc)
    unclear = confirm(entry, disc.model_copy(update=elsewhere))

    assert [m.episode for m in told_apart.mappings] == ["S01E01", "S01E02", "S01E03"]
    assert unclear.confirmed
    assert unclear.ambiguous == (0, 1)
    assert [(m.title_index, m.episode) for m in unclear.mappings] == [(2, "S01E03")]


def test_like_dvds_of_one_set_are_not_taken_for_each_other() -> None:
    this = dvd([(2955, 1_810_000_000), (2954, 1_809_000_000), (2956, 1_811_000_000)])
    next_one = dvd([(2955, 1_816_000_000), (2954, 1_803_000_000), (2956, 1_805_000_000)])

    assert not confirm(entry_of(next_one, {n: episode(n + 1) for n in range(3)}), this).confirmed


@pytest.mark.parametrize("name", ["Play All", "Episodes one to four"])
def test_a_range_that_repeats_the_disc_is_a_play_all(name: str) -> None:
    disc = bluray([(1, "1", 1400), (2, "2", 1410), (3, "3", 1420), (4, "4", 1430), (9, "1,2,3,4", 5660)])
    singles = {n: episode(n + 1) for n in range(4)}
    if name == "Play All":
        singles = {}

    found = mapped(confirm(entry_of(disc, {**singles, 4: episode("1-4", name)}), disc))

    assert (found[4].role, found[4].episode) == (TitleRole.PLAY_ALL, "S01E01-E04")


def test_a_range_whose_episodes_lie_bare_on_the_disc_is_a_play_all_too() -> None:
    disc = bluray([(1, "1", 1400), (2, "2", 1410), (3, "3", 1420), (9, "1,2,3", 4230)])

    found = mapped(confirm(entry_of(disc, {3: episode("1-3", "Disc One")}), disc))

    assert found[3].role is TitleRole.PLAY_ALL


def test_a_finale_in_four_parts_on_one_title_is_an_episode() -> None:
    disc = bluray([(1, "1", 1400), (9, "9", 5431)])

    found = mapped(confirm(entry_of(disc, {0: episode(17), 1: episode("18-21", "The Flood")}), disc))

    assert (found[1].role, found[1].episode) == (TitleRole.EPISODE, "S01E18-E21")


def test_an_episode_without_number_keeps_its_season() -> None:
    disc = bluray([(1, "1", 1400)])

    (found,) = confirm(entry_of(disc, {0: episode("", "Storm (Extended)", 4)}), disc).mappings

    assert (found.role, found.episode, found.season) == (TitleRole.EPISODE, None, 4)
    assert found.edition == "Extended"


def test_editions_of_a_film_are_one_work() -> None:
    disc = bluray([(1, "1,2", 7000), (2, "1,3,2", 7600)])
    items = {
        0: {**MAIN, "Title": "The Lantern (Theatrical Cut)"},
        1: {**MAIN, "Title": "The Lantern: Director's Cut"},
    }

    found = mapped(confirm(entry_of(disc, items, FILM), disc))

    assert [found[n].edition for n in (0, 1)] == ["Theatrical Cut", "Director's Cut"]
    assert [found[n].work for n in (0, 1)] == [None, None]
    assert [found[n].name for n in (0, 1)] == ["The Lantern", "The Lantern"]


def test_two_films_on_one_disc_are_two_works() -> None:
    disc = bluray([(1, "1", 7000), (2, "2", 6600)])
    items = {0: MAIN, 1: {**MAIN, "Title": "The Lantern II"}}

    found = mapped(confirm(entry_of(disc, items, FILM), disc))

    assert found[0].work is None
    own = found[1].work
    assert own is not None
    assert (own.name, own.namespace, own.tmdb_id) == ("The Lantern II", "movie", None)


def test_a_film_on_a_disc_of_a_series_is_a_film_of_its_own() -> None:
    disc = bluray([(1, "1", 2500), (2, "2", 5600)])
    items = {0: episode(1), 1: {"Type": "MainMovie", "Title": "Harbor Station: The Flood"}}

    own = mapped(confirm(entry_of(disc, items), disc))[1].work

    assert own is not None
    assert (own.namespace, own.name, own.tmdb_id) == ("movie", "Harbor Station: The Flood", None)


def test_an_episode_in_the_release_of_a_film_is_a_short() -> None:
    disc = bluray([(1, "1", 7000), (2, "2", 420)])

    found = mapped(confirm(entry_of(disc, {0: MAIN, 1: episode(3, "Mice", 1940)}, FILM), disc))

    assert (found[1].role, found[1].extra_kind, found[1].episode) == (TitleRole.EXTRA, "short", None)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("DeletedScene", "A", "deleted_scene"),
        ("Trailer", "A", "trailer"),
        ("Featurette", "A", "featurette"),
        ("Interview", "A", "interview"),
        ("Scene", "A", "scene"),
        ("Short", "A", "short"),
        ("Music", "A", "other"),
        ("Other", "A", "other"),
        ("Extra", "The Making of The Lantern", "behind_the_scenes"),
        ("Extra", "Theatrical Trailer", "trailer"),
        ("Extra", "Interview with the author", "interview"),
        ("Extra", "Deleted Scenes", "deleted_scene"),
        ("SomethingNew", "A", "other"),
    ],
)
def test_extras_have_the_kind_that_their_folder_is_named_after(kind: str, name: str, expected: str) -> None:
    disc = bluray([(1, "1", 1400)])

    (found,) = confirm(entry_of(disc, {0: {"Type": kind, "Title": name}}, SHOW), disc).mappings

    assert (found.role, found.extra_kind, found.name) == (TitleRole.EXTRA, expected, name)
    item = entry_of(disc, {0: {"Type": kind, "Title": name}}).titles[0].item
    assert item is not None
    assert extra_kind(item) == expected


@pytest.mark.parametrize(
    ("name", "work", "expected"),
    [
        ("F9 (Director's Cut)", "F9", ("F9", "Director's Cut")),
        ("Enter the Bay Special Edition", "Enter the Bay", ("Enter the Bay", "Special Edition")),
        ("Bay: Black and Chrome Edition", "Bay", ("Bay", "Black and Chrome Edition")),
        ("The Drill - No Intro", "Bay", ("The Drill", "No Intro")),
        ("Search (Producer's Extended Cut)", "Bay", ("Search", "Producer's Extended Cut")),
        ("Psycho Uncut", "Psycho", ("Psycho", "Uncut")),
        ("Uncut Gems", "Uncut Gems", ("Uncut Gems", None)),
        ("The Final Cut", "The Final Cut", ("The Final Cut", None)),
        ("Part One: The Beginning", "Bay", ("Part One: The Beginning", None)),
        ("Bay (Part 2)", "Bay", ("Bay (Part 2)", None)),
    ],
)
def test_editions_are_told_from_names(name: str, work: str, expected: tuple[str, str | None]) -> None:
    assert split_edition(name, work) == expected


@pytest.mark.parametrize("made", [dvd([(2500, 0), (2600, 0)]), bluray([(1, "1", 2500), (2, "2", 2600)])])
def test_lengths_alone_confirm_nothing(made: Disc) -> None:
    sizeless = {"titles": tuple(t.model_copy(update={"size": 0}) for t in made.titles), "files": ()}
    disc = made.model_copy(update=sizeless)

    found = confirm(entry_of(disc, {0: episode(1), 1: episode(2)}), disc)

    assert not found.confirmed
    assert found.mappings == ()
