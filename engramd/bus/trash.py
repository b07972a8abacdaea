"""The methods about the trashes: what is in them, putting it back, and deleting it for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engramd.bus import names
from engramd.bus.call import Call
from engramd.bus.options import typed_options
from engramd.bus.pages import after, fitting
from engramd.bus.variants import Uint32, Uint64, microseconds
from engramd.errors import InvalidArgument

if TYPE_CHECKING:
    from engramd.organize import TrashEntry


class KnowsTrash(Protocol):
    """What these methods need of the library."""

    def trash(self) -> list[TrashEntry]:
        """Give what is in the trashes."""

    def restore_trash(self, ids: Sequence[str], actor: str) -> list[Path]:
        """Put files back."""

    def empty_trash(self, ids: Sequence[str], root: str, days: int, actor: str) -> list[TrashEntry]:
        """Delete files for good."""


def trash_methods(library: KnowsTrash) -> dict[tuple[str, str], Callable[[Any], Any]]:
    """Give the methods, as (interface, method)."""

    def listed(call: Call) -> list[Any]:
        options = typed_options(call.arguments[0], {"root": str, "after": str, "limit": int})
        wanted = [one for one in library.trash() if options.get("root", "") in ("", str(one.root))]
        page = after(wanted, options.get("after"), lambda one: one.id, options.get("limit"))
        return fitting([_row(entry) for entry in page])

    def restored(call: Call) -> list[str]:
        ids, options = call.arguments
        typed_options(options, {})
        if not ids:
            raise InvalidArgument("no entry of the trash is named")
        return [str(path) for path in library.restore_trash(ids, call.actor)]

    def emptied(call: Call) -> dict[str, Any]:
        given = dict(call.arguments[0])
        ids = given.pop("ids", [])
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise InvalidArgument("ids is a list of texts", where="ids")
        options = typed_options(given, {"root": str, "days": int})
        if ids and options:
            raise InvalidArgument("ids goes alone", where=", ".join(options))
        days = max(0, options.get("days", 0))
        gone = library.empty_trash(ids, options.get("root", ""), days, call.actor)
        return {"count": Uint32(len(gone)), "bytes": Uint64(sum(entry.size for entry in gone))}

    manager = names.MANAGER
    return {
        (manager, "Trash"): listed,
        (manager, "RestoreTrash"): restored,
        (manager, "EmptyTrash"): emptied,
    }


def _row(entry: TrashEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "root": str(entry.root),
        "path": str(entry.path),
        "file": str(entry.file),
        "at": microseconds(entry.at),
        "why": entry.why,
        "size": Uint64(entry.size),
    }
