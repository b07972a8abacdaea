"""The methods that correct what is filed, and that undo what people changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from engramd.bus import names
from engramd.bus.call import Call
from engramd.bus.options import typed_options
from engramd.bus.variants import Uint64, microseconds
from engramd.errors import InvalidArgument

if TYPE_CHECKING:
    from engramd.models import Change
    from engramd.pipeline.amended_names import Renamed

_PAGE = 50
_LARGEST_NUMBER = 2**31 - 1


class Amends(Protocol):
    """What these methods need of the station."""

    def shift_titles(self, job_id: int, by: int, titles: frozenset[int] | None, actor: str) -> dict[int, str]:
        """Shift the episodes of titles."""

    def rename_show(self, show: str, actor: str, *, dry_run: bool) -> list[Renamed]:
        """Name files as the settings do now."""

    def changes(self, limit: int, job_id: int | None) -> list[Change]:
        """Give what people changed."""

    def undo(self, change_id: int | None, review_id: int | None, actor: str) -> Change:
        """Undo a change."""

    def undo_review(self, review_id: int, actor: str) -> None:
        """Undo an answer."""


def amend_methods(station: Amends) -> dict[tuple[str, str], Callable[[Any], Any]]:
    """Give the methods, as (interface, method)."""

    def shifted(call: Call) -> None:
        by, options = call.arguments
        told = typed_options(options, {"titles": str}).get("titles", "")
        station.shift_titles(call.key, by, _indexes(told) if told else None, call.actor)

    def renamed(call: Call) -> list[dict[str, str]]:
        show, options = call.arguments
        dry_run = typed_options(options, {"dry_run": bool}).get("dry_run", False)
        found = station.rename_show(show, call.actor, dry_run=dry_run)
        return [{"old": str(one.old), "new": str(one.new)} for one in found]

    def listed(call: Call) -> list[dict[str, Any]]:
        options = typed_options(call.arguments[0], {"limit": int, "job": int})
        return [_row(one) for one in station.changes(options.get("limit", _PAGE), options.get("job"))]

    def undone(call: Call) -> dict[str, Any]:
        options = typed_options(call.arguments[0], {"change": int, "review": int})
        if len(options) > 1:
            raise InvalidArgument("either a change or a review is undone")
        if any(not 0 < number <= _LARGEST_NUMBER for number in options.values()):
            raise InvalidArgument("there is no such number", where=", ".join(map(str, options.values())))
        return _row(station.undo(options.get("change"), options.get("review"), call.actor))

    return {
        (names.JOB, "Shift"): shifted,
        (names.MANAGER, "Rename"): renamed,
        (names.MANAGER, "Changes"): listed,
        (names.MANAGER, "Undo"): undone,
        (names.REVIEW, "Undo"): lambda call: station.undo_review(call.key, call.actor),
    }


def _indexes(told: str) -> frozenset[int]:
    """Read `3-6` and `1,3`: numbers of titles from 1, as indexes. Raises InvalidArgument."""
    found: set[int] = set()
    for word in told.replace(",", " ").split():
        first, dash, last = word.partition("-")
        ends = (first, last if dash else first)
        if not all(end.isascii() and end.isdigit() and len(end) < 6 for end in ends):
            raise InvalidArgument("titles are numbered from 1", where=told, remedy="as in 3-6 or 1,3")
        found |= set(range(int(ends[0]) - 1, int(ends[1])))
    if not found or min(found) < 0:
        raise InvalidArgument("titles are numbered from 1", where=told, remedy="as in 3-6 or 1,3")
    return frozenset(found)


def _row(change: Change) -> dict[str, Any]:
    return {
        "id": Uint64(change.id or 0),
        "at": microseconds(change.at),
        "by": change.actor,
        "sentence": change.sentence,
        "job": Uint64(change.job_id or 0),
        "review": Uint64(change.review_id or 0),
        "state": _state(change),
        "undone_at": microseconds(change.undone_at),
        "undone_by": change.undone_by,
    }


def _state(change: Change) -> str:
    if change.undone_at is not None:
        return "undone" if change.done_at is not None else "failed"
    if change.is_back or change.done_at is None:
        return "under way"
    return "done"
