"""Stage four: names a title and brings its file into the library."""

from __future__ import annotations

from engramd.organize.episode import EpisodeCode
from engramd.organize.moves import (
    Conflict,
    Filed,
    Intent,
    Journal,
    Skipped,
    Way,
    file_title,
    remove_partials,
)
from engramd.organize.naming import FilingItem, NamingSettings, plan_path
from engramd.organize.safe_names import existing_spelling
from engramd.organize.templates import check_template

__all__ = [
    "Conflict",
    "EpisodeCode",
    "Filed",
    "FilingItem",
    "Intent",
    "Journal",
    "NamingSettings",
    "Skipped",
    "Way",
    "check_template",
    "existing_spelling",
    "file_title",
    "plan_path",
    "remove_partials",
]
