"""Stage four: names a title and brings its file into the library.

What is imported from here is loaded when it is first asked for: an idle daemon needs little of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engramd.organize.atomic import Way
    from engramd.organize.episode import EpisodeCode, read_part, split_part, write_part
    from engramd.organize.modes import Modes
    from engramd.organize.moves import abandon, file_title
    from engramd.organize.naming import FilingItem, plan_folder, plan_name, plan_path, plan_work_folder
    from engramd.organize.outcomes import Conflict, Filed, Intent, Journal, Skipped
    from engramd.organize.presets import NamingSettings
    from engramd.organize.preview import check_naming
    from engramd.organize.safe_names import existing_spelling
    from engramd.organize.templates import check_template
    from engramd.organize.trash import Trash
    from engramd.organize.trash_entry import TrashEntry
    from engramd.organize.ways import Route, probe

_NAMES = {
    "atomic": ("Way",),
    "episode": ("EpisodeCode", "read_part", "split_part", "write_part"),
    "modes": ("Modes",),
    "moves": ("abandon", "file_title"),
    "naming": ("FilingItem", "plan_folder", "plan_name", "plan_path", "plan_work_folder"),
    "outcomes": ("Conflict", "Filed", "Intent", "Journal", "Skipped"),
    "presets": ("NamingSettings",),
    "preview": ("check_naming",),
    "safe_names": ("existing_spelling",),
    "templates": ("check_template",),
    "trash": ("Trash",),
    "trash_entry": ("TrashEntry",),
    "ways": ("Route", "probe"),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "Conflict",
    "EpisodeCode",
    "Filed",
    "FilingItem",
    "Intent",
    "Journal",
    "Modes",
    "NamingSettings",
    "Route",
    "Skipped",
    "Trash",
    "TrashEntry",
    "Way",
    "abandon",
    "check_naming",
    "check_template",
    "existing_spelling",
    "file_title",
    "plan_folder",
    "plan_name",
    "plan_path",
    "plan_work_folder",
    "probe",
    "read_part",
    "split_part",
    "write_part",
]


def __getattr__(name: str) -> Any:
    """Load the module that a name of the package is in."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
