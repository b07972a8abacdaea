from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument
from engramd.models import AppConfig, NamingPreset
from engramd.organize import (
    FilingItem,
    NamingSettings,
    check_naming,
    check_template,
    plan_folder,
    plan_name,
    plan_path,
    plan_work_folder,
)
from engramd.organize.folder_names import read_work
from engramd.organize.preview import RULES, preview
from engramd.organize.safe_names import (
    LONGEST,
    ROOM,
    clean_text,
    collides,
    existing_path,
    numbered,
    safe_component,
)
from engramd.organize.templates import FIELDS, render
from tests.support.hostilenames import assert_inside, hostile_paths

DEFAULTS = AppConfig()
KINDS = ("episode", "film", "extra", "other")


def formats(**changed: Any) -> NamingSettings:
    names = [name for name in AppConfig.model_fields if name.startswith("naming_")]
    values: dict[str, Any] = {name: getattr(DEFAULTS, name) for name in names}
    return SimpleNamespace(**values | changed)


EPISODE = FilingItem(kind="episode", title="Harbor Station", year=2019, episode_code="S01E02")
FILM = FilingItem(kind="film", title="Spider-Man: Homecoming", year=2017)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (EPISODE, "Harbor Station (2019)/Season 01/Harbor Station - S01E02.mkv"),
        (EPISODE.model_copy(update={"year": None}), "Harbor Station/Season 01/Harbor Station - S01E02.mkv"),
        (
            EPISODE.model_copy(update={"episode_code": "S01E01-E02"}),
            "Harbor Station (2019)/Season 01/Harbor Station - S01E01-E02.mkv",
        ),
        (
            EPISODE.model_copy(update={"episode_code": "S00E03"}),
            "Harbor Station (2019)/Season 00/Harbor Station - S00E03.mkv",
        ),
        (FILM, "Spider-Man - Homecoming (2017)/Spider-Man - Homecoming (2017).mkv"),
        (
            FilingItem(kind="film", title="WALL-E", edition="Director's Cut"),
            "WALL-E/WALL-E {edition-Director's Cut}.mkv",
        ),
        (
            FilingItem(kind="extra", title="Harbor Station", season=1, disc_number=2, title_index=5),
            "Harbor Station/Season 01/Other/Harbor Station - Disc 2 - Title 05.mkv",
        ),
        (
            FilingItem(
                kind="extra", film=True, title="Alien", year=1979, disc_label="ALIEN_BONUS", title_index=0
            ),
            "Alien (1979)/Other/Alien - ALIEN_BONUS - Title 00.mkv",
        ),
        (
            FilingItem(
                kind="extra", film=True, title="Alien", disc_number=1, title_index=3,
                extra_kind="deleted_scene", extra_name="The Cocoon",
            ),
            "Alien/Deleted Scenes/The Cocoon (Disc 1, Title 03).mkv",
        ),
    ],
)  # fmt: skip
def test_titles_go_where_media_servers_look(item: FilingItem, path: str) -> None:
    assert plan_path(item, DEFAULTS) == Path(path)


def test_media_server_ids_can_be_part_of_a_folder() -> None:
    settings = formats(naming_movie_format="{title} ({year}) {{tmdb-{tmdb_id}}}")
    with_id = FILM.model_copy(update={"tmdb_id": 315635})
    assert plan_path(with_id, settings).parent.name == "Spider-Man - Homecoming (2017) {tmdb-315635}"
    assert plan_path(FILM, settings).parent.name == "Spider-Man - Homecoming (2017)"


@pytest.mark.parametrize("tag", ["{tmdb-550}", "[tmdbid-550]", "(TVDBID=550)", "{edition-X}", "[ imdb: 1]"])
@pytest.mark.parametrize("preset", NamingPreset)
def test_no_title_can_claim_a_number_or_an_edition(tag: str, preset: NamingPreset) -> None:
    settings = formats(
        naming_preset=preset,
        naming_movie_format="{title} {original_title} {sort_title} ({year})",
        naming_episode_format="{show} S{season}E{episode} {episode_title}",
    )
    named = {"title": f"Alien {tag}", "original_title": f"A {tag}", "year": 1979, "episode_title": f"T {tag}"}
    named |= {"extra_name": f"Reel {tag}"}
    items = [FilingItem.model_validate({"kind": kind, "episode_code": "S01E01", **named}) for kind in KINDS]

    for part in {part for item in items for part in plan_path(item, settings).parts}:
        assert not read_work(part).ids
        assert re.search(r"(tmdb|tvdb|imdb|edition)\w*\s*[-=:]", part, re.IGNORECASE) is None, part


@pytest.mark.parametrize("title", ["\u200d", " .\u200c.", "\u200b"])
def test_a_title_of_which_nothing_is_seen_is_none(title: str) -> None:
    with pytest.raises(InvalidArgument, match="without a name"):
        plan_path(FilingItem(kind="film", title=title, year=2000), DEFAULTS)


def test_editions_of_a_film_share_its_folder() -> None:
    settings = formats(naming_movie_format="{title} ({year}) [{edition}]")
    cut = plan_path(FILM.model_copy(update={"edition": "Long"}), settings)
    assert cut == plan_path(FILM, settings).parent / "Spider-Man - Homecoming (2017) [Long].mkv"


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("{show} ({year})", "Show"),
        ("{show} [{resolution}] ({year})", "Show"),
        ("{show} - {episode_title} - S{season:02d}E{episode:02d}", "Show - S01E02-E03"),
        ("{year} - {show}", "Show"),
        ("{show} ({year} {season})", "Show (1)"),
        ("{show} {{literal}}", "Show {literal}"),
        ("{show} ({year} [{resolution}])", "Show"),
        ("{show} (S{season} [{resolution}])", "Show (S1)"),
        ("{show} [{source}-{season}]", "Show [1]"),
        ("{show} [{season}-{source}]", "Show [1]"),
        ("{show} {{edition-{edition}}} - {season}", "Show - 1"),
        ("{show} - s{season:02d}e{episode:02d}", "Show - s01e02-e03"),
        ("{show} {season}x{episode:02d}", "Show 1x02-x03"),
        ("{show} (open", "Show (open"),
        ("{show} ({season}]", "Show (1]"),
    ],
)
def test_what_is_missing_leaves_no_trace(template: str, rendered: str) -> None:
    values = {"show": "Show", "season": 1, "episode": (2, 3)}
    assert render(template, values) == rendered


@pytest.mark.parametrize("title", ["S.W.A.T.", "(500) Days", "[rec]", "-30-", "What {is} this"])
def test_brackets_and_separators_of_a_title_are_its_own(title: str) -> None:
    assert render("{title} ({year})", {"title": title}) == title


@pytest.mark.parametrize(
    ("template", "position"),
    [
        ("{show.__class__}", 1),
        ("{show[0]}", 1),
        ("a {show!r}", 3),
        ("{}", 1),
        ("{0}", 1),
        ("abc {name}", 5),
        ("{season:999999999d}", 1),
        ("{season:{episode}}", 1),
        ("{show:>100}", 1),
        ("{show}/{year}", 7),
        ("{show}\n", 7),
        ("{show} ({year", 9),
        ("{show}}", 7),
        ("{{x}} {bad}", 7),
        ("{title} {", 9),
        ("{title} {year", 9),
        ("{title} {year:%Y}", 9),
    ],
)
def test_a_wrong_format_is_refused_with_its_position(template: str, position: int) -> None:
    with pytest.raises(InvalidArgument) as caught:
        check_template(template)
    found = int(caught.value.what.rsplit(" ", 1)[1])
    assert found == position, str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("changed", "item"),
    [
        ({"naming_episode_format": "{show}"}, EPISODE),
        ({"naming_season_format": "Season"}, EPISODE),
        ({"naming_tv_show_format": "Shows"}, EPISODE),
        ({"naming_movie_format": "({year})"}, FILM),
    ],
)
def test_a_format_that_names_all_alike_is_refused(changed: dict[str, str], item: FilingItem) -> None:
    with pytest.raises(InvalidArgument, match="format of a name"):
        plan_path(item, formats(**changed))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("..", "Untitled"),
        ("", "Untitled"),
        (" . ", "Untitled"),
        (".hidden", "hidden"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("Face/Off", "Face-Off"),
        ("What?", "What"),
        ("CON", "CON_"),
        ("nul.txt", "nul_.txt"),
        ("COM1", "COM1_"),
        ("Console", "Console"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("Amelie\u0301", "Amelié"),
        ("a\u202eb", "ab"),
        ("ends. ", "ends"),
        ("\u200d", "Untitled"),
        ("a\ufeffb\ud800c", "abc"),
        ("a\u200b\u0301", "á"),
    ],
)
def test_a_component_is_made_safe(name: str, safe: str) -> None:
    assert safe_component(name) == safe


def test_long_names_are_cut_at_a_character_and_keep_their_ending() -> None:
    name = safe_component("é" * 300, " {edition-Long}.mkv")
    assert name.endswith("é {edition-Long}.mkv")
    assert 250 < len(name.encode()) <= LONGEST
    again = numbered(name, 2)
    assert again.endswith(" (2).mkv")
    assert len(again.encode()) <= LONGEST


def test_the_spelling_of_the_library_is_kept(tmp_path: Path) -> None:
    (tmp_path / "the office (2005)" / "season 01").mkdir(parents=True)
    planned = tmp_path / "The Office (2005)" / "Season 01" / "The Office - S01E01.mkv"
    kept = tmp_path / "the office (2005)" / "season 01" / "The Office - S01E01.mkv"
    assert existing_path(tmp_path, planned) == kept
    assert collides("STRASSE", ["straße"])
    assert not collides("a", ["b"])


@pytest.mark.parametrize(
    ("name", "template", "position"),
    [
        ("naming_tv_show_format", "{show} - S{season}", 11),
        ("naming_tv_show_format", "{show} [{resolution}]", 9),
        ("naming_season_format", "Season {season:02d} {episode}", 21),
        ("naming_movie_format", "{title} E{episode}", 10),
        ("naming_movie_format", "{title}: {year}", 8),
        ("naming_episode_format", "{show} {season}x{episode:02d}?", 30),
        ("naming_episode_format", "{show} {season}", 1),
        ("naming_movie_file_format", "{year}", 1),
        ("naming_movie_file_format", "{title} {absolute}", 9),
    ],
)
def test_a_setting_takes_only_what_it_can_use(name: str, template: str, position: int) -> None:
    with pytest.raises(InvalidArgument, match=f"at character {position}:?") as caught:
        check_naming(name, template)
    assert repr(template) in str(caught.value)


@pytest.mark.parametrize("name", sorted(RULES))
def test_an_empty_format_is_the_presets(name: str) -> None:
    check_naming(name, "")
    check_naming("library_tv_path", "{none of its business")
    for preset in NamingPreset:
        assert preview(formats(naming_preset=preset)) == preview(AppConfig(naming_preset=preset))


def test_every_format_that_is_taken_gives_a_preview() -> None:
    settings = formats(
        naming_tv_show_format="{sort_title} ({year}) {tmdb_id}",
        naming_season_format="S{season}",
        naming_episode_format="{show} {season}x{episode:02d} - {episode_title} [{quality}]",
        naming_movie_format="{original_title} - {title} ({year}) {{tmdb-{tmdb_id}}}",
        naming_movie_file_format="{title} [{source} {resolution}] {edition} {part}",
    )
    for name in RULES:
        check_naming(name, getattr(settings, name))
    film = "Hafenlichter - Harbor Lights (1999) {tmdb-550}"
    show = "Harbor Station (2019) {tmdb-1396}"
    assert preview(settings) == [
        f"{film}/Harbor Lights [Bluray 1080p].mkv",
        f"{film}/Harbor Lights [Bluray 1080p] Director's Cut.mkv",
        f"{film}/Harbor Lights [Bluray 4K] - 2160p.mkv",
        f"{film}/Trailers/Trailer (Disc 1, Title 01).mkv",
        f"{show}/S1/Harbor Station 1x02 - High Water [DVD].mkv",
        f"{show}/S1/Harbor Station 1x03-x04 - Ebb [DVD].mkv",
        f"{show}/S0/Harbor Station 0x01 - The First Watch [DVD].mkv",
        f"{show}/S1/Other/Harbor Station - Disc 1 - Title 07.mkv",
    ]


def test_articles_go_to_the_end_where_a_format_sorts() -> None:
    settings = formats(naming_movie_format="{sort_title} ({year})")
    film = FILM.model_copy(update={"title": "The Lantern"})
    assert plan_path(film, settings).name == "Lantern, The (2017).mkv"
    assert plan_path(film.model_copy(update={"title": "Them!"}), settings).name == "Them! (2017).mkv"


@pytest.mark.parametrize("preset", NamingPreset)
def test_what_tells_files_apart_survives_the_longest_name(preset: NamingPreset) -> None:
    settings = formats(naming_preset=preset, naming_movie_format="{title} ({year}) {tmdb_id}")
    long = EPISODE.model_copy(update={"title": "é" * 300, "edition": "ü" * 300, "version": "4K" * 20})
    parts = {"episode_part": 12, "tmdb_id": 2147483647}
    for item in (long, long.model_copy(update={"kind": "film", "title": "の" * 300})):
        path = plan_path(item.model_copy(update=parts), settings)
        assert path.name.endswith("12.mkv")
        assert all(len(part.encode()) <= LONGEST - ROOM for part in path.parts)
        assert "(2019)" in path.parts[0]
        if item.kind == "episode":
            assert "S01E02" in path.name
        else:
            assert "2147483647" in path.parts[0]
            assert path.name.startswith(path.parent.name)


def test_a_long_films_files_begin_as_its_folder_is_called_whatever_else_they_say() -> None:
    settings = formats(naming_movie_format="{title} ({year}) [{edition}] [{quality}]")
    film = {"title": "a" * 300, "edition": "b" * 99, "resolution": "1080p", "media": "bluray"}
    path = plan_path(FILM.model_copy(update=film), settings)
    assert path.name == f"{path.parent.name} [{'b' * 32}] [Bluray-1080p].mkv"


def test_what_lies_beside_a_file_finds_room() -> None:
    longest = plan_path(EPISODE.model_copy(update={"title": "a" * 400, "edition": "b" * 99}), DEFAULTS).name
    beside = numbered(longest, 99).removesuffix(".mkv") + ".eng.forced.sdh.srt"
    assert len(beside.encode()) <= LONGEST


anything = st.text(st.characters(codec=None), max_size=400)


@given(anything)
def test_no_component_is_dangerous(name: str) -> None:
    safe = safe_component(name, ".mkv")
    assert len(safe.encode()) <= LONGEST
    assert "/" not in safe
    assert "\0" not in safe
    assert not safe.startswith(".")
    assert safe.removesuffix(".mkv").strip(" .") not in ("", "..")
    assert safe_component(safe.removesuffix(".mkv"), ".mkv") == safe


def is_inside(path: Path) -> None:
    """Fail for a path that may leave the library, or that a file system or a media server would not take."""
    assert not path.is_absolute()
    assert 2 <= len(path.parts) <= 4
    for part in path.parts:
        assert len(part.encode()) <= LONGEST
        assert part == part.strip()
        assert not part.startswith(".")
        assert not set(part) & set('/\\:*?"<>|')
        assert part.isprintable() or set(part) & set("\u200c\u200d")
        assert part == unicodedata.normalize("NFC", part)


@given(
    st.sampled_from(["episode", "film", "extra", "other"]), st.sampled_from(NamingPreset), anything, anything,
    anything, anything, st.none() | st.integers(-5, 99999), st.booleans(),
)  # fmt: skip
def test_no_path_leaves_the_library(
    kind: Any,
    preset: NamingPreset,
    title: str,
    edition: str,
    label: str,
    name: str,
    number: int | None,
    film: bool,
) -> None:
    item = FilingItem(
        kind=kind, title=title, edition=edition, disc_label=label, extra_name=name, year=number, version=name,
        season=number, episode_code="S01E01", title_index=number, film=film, extra_kind=label,
        disc_hash=label, episode_part=number, original_title=name, media=label, resolution=label,
        is_main=film,
    )  # fmt: skip
    settings = formats(naming_preset=preset)
    try:
        path = plan_path(item, settings)
    except InvalidArgument:
        assert not clean_text(title).strip(" .")
        return
    is_inside(path)
    assert path == plan_folder(item, settings) / plan_name(item, settings)
    assert path.parts[0] == plan_work_folder(item, settings)


@given(
    st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=6),
    st.lists(st.sampled_from([" ", " - ", "(", ")", "[", "]", "{{", "}}", ".", "..", "E", "S"]), max_size=8),
    st.randoms(use_true_random=False), anything, anything, st.none() | st.integers(0, 9999),
)  # fmt: skip
def test_no_format_that_is_taken_leaves_the_library(
    fields: list[str], literals: list[str], shuffler: Any, title: str, text: str, number: int | None
) -> None:
    pieces = [*(f"{{{field}}}" for field in fields), *literals, "{title}"]
    shuffler.shuffle(pieces)
    settings = formats(naming_movie_format="".join(pieces))
    item = FilingItem(
        kind="film", title=title, original_title=text, edition=text, year=number, episode_title=text,
        tmdb_id=number, resolution=text, disc_number=number, episode_part=number,
    )  # fmt: skip
    try:
        check_naming("naming_movie_format", settings.naming_movie_format)
        path = plan_path(item, settings)
    except InvalidArgument:
        return
    is_inside(path)


@given(anything.filter(lambda text: clean_text(text).strip(" .")), anything, st.sampled_from(NamingPreset))
def test_episodes_of_any_show_have_names_of_their_own(show: str, name: str, preset: NamingPreset) -> None:
    settings = formats(
        naming_preset=preset, naming_episode_format="{show} - {episode_title} - S{season:02d}E{episode:02d}"
    )
    first, second = (
        plan_path(
            EPISODE.model_copy(update={"title": show, "episode_title": name, "episode_code": code}), settings
        )
        for code in ("S01E01", "S01E02")
    )
    assert not collides(first.name, [second.name])


def test_hostile_names_stay_in_the_library() -> None:
    count = 20_000
    paths = [path for _, path in hostile_paths(count, seed=2)]
    for path in paths:
        assert_inside(path)
    assert len(paths) > count / 2
