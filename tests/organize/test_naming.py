from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument
from engramd.models import AppConfig
from engramd.organize import FilingItem, NamingSettings, check_template, plan_path
from engramd.organize.safe_names import LONGEST, collides, existing_path, numbered, safe_component
from engramd.organize.templates import render

DEFAULTS = AppConfig()


def formats(**changed: str) -> NamingSettings:
    names = ("naming_tv_show_format", "naming_season_format", "naming_episode_format", "naming_movie_format")
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
            "Harbor Station/Season 01/Featurettes/Harbor Station - Disc 2 - Title 05.mkv",
        ),
        (
            FilingItem(
                kind="extra", film=True, title="Alien", year=1979, disc_label="ALIEN_BONUS", title_index=0
            ),
            "Alien (1979)/Featurettes/Alien - ALIEN_BONUS - Title 00.mkv",
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
        ("{show} ({year", 7),
        ("{show}}", 7),
        ("{{x}} {bad}", 7),
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


@given(
    st.sampled_from(["episode", "film", "extra"]), anything, anything, anything, anything,
    st.none() | st.integers(-5, 99999), st.booleans(),
)  # fmt: skip
def test_no_path_leaves_the_library(
    kind: Any, title: str, edition: str, label: str, name: str, number: int | None, film: bool
) -> None:
    item = FilingItem(
        kind=kind, title=title, edition=edition, disc_label=label, extra_name=name, year=number,
        season=number, episode_code="S01E01", title_index=number, film=film, extra_kind=label,
    )  # fmt: skip
    try:
        path = plan_path(item, DEFAULTS)
    except InvalidArgument:
        assert kind != "film" or not safe_component(title).strip() or safe_component(title) == "Untitled"
        return
    assert not path.is_absolute()
    assert 2 <= len(path.parts) <= 4
    for part in path.parts:
        assert len(part.encode()) <= LONGEST
        assert part not in ("", ".", "..")
        assert not part.startswith(".")
        assert "\0" not in part
