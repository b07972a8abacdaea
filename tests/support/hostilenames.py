"""Names as labels, databases and people might give them at their worst, and paths that were made of them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from engramd.errors import InvalidArgument
from engramd.models import AppConfig, NamingPreset
from engramd.organize import FilingItem, plan_path

LIBRARY = Path("/srv/media/films")
_BITS = [
    *("..", "/", "\\", ".", "~", "$HOME", "`", ";", "|", "&", "\0", "\n", "\r", "\x1b[2J", "\x7f", "\x85"),
    *(
        "../",
        "..\\",
        "/etc/passwd",
        "C:",
        "con",
        "NUL",
        "com1",
        "lpt¹",
        "{title}",
        "{",
        "}",
        "%s",
        "%2e%2e%2f",
    ),
    *(
        "\u202e",
        "\u2066",
        "\ufeff",
        "\ud800",
        "\udfff",
        "\u0301",
        "\u200d",
        "\u2028",
        "\uff0f",
        "\uff0e\uff0e",
    ),
    *(
        "\u2215",
        "\u29f8",
        "\U0001f468",
        "\U000e0041",
        "é",
        "ß",
        "İ",
        "の",
        " ",
        "  ",
        "-",
        "'",
        '"',
        "*",
        "?",
    ),
    *("a", "Name", "S01E01", "(2003)", "[rec]", ".mkv", ".partial", ".engramd", ".engram-trash", "Season 01"),
]
_KINDS = ("episode", "film", "extra", "other")


def hostile_paths(count: int, seed: int) -> Iterator[tuple[FilingItem, Path]]:
    """Give items of hostile names with their paths in the library; what is refused is left out."""
    rng = random.Random(seed)
    settings = [AppConfig(naming_preset=preset, **formats) for preset in NamingPreset for formats in _FORMATS]
    for _ in range(count):
        item = _item(rng)
        try:
            yield item, LIBRARY / plan_path(item, rng.choice(settings))
        except InvalidArgument:
            continue


def assert_inside(path: Path) -> None:
    """Fail for a path that leaves the library, is hidden, or is none that a file system takes."""
    assert os.path.normpath(path) == str(path)
    parts = PurePosixPath(path).relative_to(LIBRARY).parts
    assert 2 <= len(parts) <= 4, path
    for part in parts:
        assert len(part.encode()) <= 255, part
        assert part == part.strip(". "), part
        assert not any(character < " " or character in '/\\:*?"<>|\x7f' for character in part), part


_FORMATS: list[dict[str, Any]] = [
    {},
    {
        "naming_movie_format": "{title}{original_title}.{edition}.",
        "naming_tv_show_format": "{show}..{tmdb_id}",
        "naming_season_format": "{season}",
        "naming_episode_format": "{season}x{episode:02d}{episode_title} [{quality}]",
    },
]


def _item(rng: random.Random) -> FilingItem:
    def number() -> int | None:
        return rng.choice((None, 0, 1, 7, -3, 99999, 2**31))

    return FilingItem(
        kind=rng.choice(_KINDS),  # type: ignore[arg-type]
        title=_text(rng),
        original_title=_text(rng),
        year=number(),
        season=number(),
        episode_code=f"S{rng.randrange(99):02d}E{rng.randrange(1, 9999):02d}",
        episode_title=_text(rng),
        episode_part=number(),
        edition=_text(rng),
        version=_text(rng),
        tmdb_id=number(),
        resolution=_text(rng),
        media=rng.choice(("dvd", "uhd", "..")),
        film=rng.random() < 0.5,
        disc_number=number(),
        disc_label=_text(rng),
        disc_hash=_text(rng),
        title_index=number(),
        is_main=rng.random() < 0.5,
        extra_kind=_text(rng),
        extra_name=_text(rng),
    )


def _text(rng: random.Random) -> str:
    text = "".join(rng.choices(_BITS, k=rng.choice((0, 1, 2, 3, 5, 8))))
    return text * 60 if rng.random() < 0.05 else text
