"""Properties of the bus as the fields of the data model: snake_case, None for nothing, ISO times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engramd.ctl.text import iso

#: Fields that hold a number, with the number that stands for none on the bus.
_NONE_NUMBERS = {
    "detected_season": -1,
    "disc_number": -1,
    "place": -1,
    "year": 0,
    "own_year": 0,
    "episode_part": 0,
    "tmdb_id": 0,
    "diskseq": 0,
    "rate": 0,
    "progress": -1,
    "own_season": -1,
    "own_tmdb_id": 0,
    "season": -1,
    "disc": -1,
    "discs_left": -1,
}
_TIMES = {
    "created_at",
    "updated_at",
    "completed_at",
    "cleared_at",
    "waiting_since",
    "waiting_until",
    "expected_end",
    "free_at",
    "created",
    "since",
    "at",
    "expires",
    "undone_at",
}
#: Fields whose empty text is text; all other empty text is None.
_TEXTS = {
    "volume_label",
    "media",
    "identity_reason",
    "wanted_titles",
    "extras_policy",
    "video_resolution",
    "source_file",
    "segment_map",
    "role_reason",
    "match_source",
    "match_reason",
    "headline",
    "label",
    "serial",
    "comment",
    "claim",
    "sentence",
    "reason",
    "text",
}
#: Fields that hold objects of their own.
_LISTS = {"evidence", "works", "inhibitors"}
#: Paths of other objects, which mean something on the bus only.
_PATHS = {"titles", "reviews", "job", "subject"}


def snake(name: str) -> str:
    """Give `DetectedTitle` as `detected_title`."""
    return "".join(f"_{c.lower()}" if c.isupper() and place else c.lower() for place, c in enumerate(name))


def plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give the properties of an object as fields, without those that only name other objects."""
    fields = {snake(name): value for name, value in properties.items()}
    return {name: _value(name, value) for name, value in fields.items() if name not in _PATHS}


def _value(name: str, value: Any) -> Any:
    if name in _TIMES:
        return iso(value)
    if name in _LISTS:
        return [plain(one) for one in value]
    if name in _NONE_NUMBERS and value == _NONE_NUMBERS[name]:
        return None
    return None if value == "" and name not in _TEXTS else value
