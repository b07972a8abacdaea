"""The methods about imports: what would be imported from a path, and the import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, get_type_hints

from engramd.bus import names
from engramd.bus.call import Call
from engramd.bus.options import typed_options
from engramd.bus.pages import fitting
from engramd.bus.variants import Uint32, Uint64

if TYPE_CHECKING:
    from engramd.pipeline.import_plan import Plan, Row
    from engramd.pipeline.options import ImportOptions


class Imports(Protocol):
    """What these methods need of the station."""

    def import_files(self, path: Path, options: ImportOptions, actor: str) -> int:
        """Begin an import."""

    def plan_import(self, path: Path, options: ImportOptions) -> Plan:
        """Say what would be imported."""


def import_methods(
    station: Imports, allowed: Callable[[str], Path], result: Callable[[int], Any]
) -> dict[tuple[str, str], Callable[[Any], Any]]:
    """Give the methods, as (interface, method); `result` makes the reply that names a job."""

    def planned(call: Call) -> list[Any]:
        path, given = call.arguments
        plan = station.plan_import(allowed(path), _options(given))
        refused = [
            {"path": str(one.path), "standing": "refused", "why": one.why} for one in plan.found.refused
        ]
        return fitting([*map(_row, plan.rows), *refused], _left_out)

    def imported(call: Call) -> Any:
        path, given = call.arguments
        return result(station.import_files(allowed(path), _options(given), call.actor))

    return {(names.MANAGER, "PlanImport"): planned, (names.MANAGER, "Import"): imported}


def _options(given: dict[str, Any]) -> ImportOptions:
    from engramd.pipeline.options import ImportOptions

    return ImportOptions(**typed_options(given, get_type_hints(ImportOptions)))


def _left_out(count: int) -> dict[str, Any]:
    why = f"{count} more are not told; plan the folders below it one by one"
    return {"path": "", "standing": "refused", "why": why}


def _row(row: Row) -> dict[str, Any]:
    group, facts = row.group, row.group.facts
    return {
        "path": str(group.path),
        "standing": row.standing,
        "why": row.why,
        "label": group.label,
        "title": facts.title or "",
        "year": facts.year or 0,
        "season": -1 if facts.season is None else facts.season,
        "disc": -1 if facts.disc_number is None else facts.disc_number,
        "edition": group.edition,
        "files": Uint32(len(group.files)),
        "size": Uint64(sum(file.size for file in group.files)),
        "job": Uint64(row.job),
    }
