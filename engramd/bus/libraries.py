"""The methods about libraries: which there are, what is recognised in them, and which folder is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from engramd.bus import names
from engramd.bus.call import Call
from engramd.bus.options import typed_options
from engramd.bus.pages import fitting
from engramd.bus.variants import Uint32, Uint64

if TYPE_CHECKING:
    from engramd.pipeline.libraries import LibraryView

#: Names of files that are told of one folder.
_MOST_MISSED = 1000
_COUNTS = ("seasons", "episodes", "files")


class KnowsLibraries(Protocol):
    """What these methods need of the library's desk."""

    def libraries(self) -> list[LibraryView]:
        """Give the libraries that are set."""

    def scan_libraries(self, path: str) -> list[dict[str, Any]]:
        """Say what is recognised."""


def library_methods(
    library: KnowsLibraries, init: Callable[[str, str], None]
) -> dict[tuple[str, str], Callable[[Any], Any]]:
    """Give the methods, as (interface, method); `init` takes a folder for a library, for an actor."""

    def listed(call: Call) -> list[dict[str, Any]]:
        typed_options(call.arguments[0], {})
        return [_view(view) for view in library.libraries()]

    def scanned(call: Call) -> list[Any]:
        path = typed_options(call.arguments[0], {"path": str}).get("path", "")
        return fitting([_row(row) for row in library.scan_libraries(path)], _left_out)

    def made(call: Call) -> None:
        path, options = call.arguments
        typed_options(options, {})
        init(path, call.actor)

    manager = names.MANAGER
    return {
        (manager, "Libraries"): listed,
        (manager, "ScanLibrary"): scanned,
        (manager, "InitLibrary"): made,
    }


def _view(view: LibraryView) -> dict[str, Any]:
    return {
        "path": view.path,
        "holds": ", ".join(view.holds),
        "marker": view.marker,
        "file_system": view.file_system,
        "is_mount": view.is_mount,
        "way": view.way,
        "free": Uint64(view.free),
        "lack": view.lack,
        "remedy": view.remedy,
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: Uint32(value) if key in _COUNTS else value for key, value in row.items()}
    return told | ({"missed": row["missed"][:_MOST_MISSED]} if "missed" in row else {})


def _left_out(count: int) -> dict[str, Any]:
    return {"root": "", "lack": f"{count} more folders are not told; scan the libraries one by one"}
