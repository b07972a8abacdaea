"""The method that counts the whole history, for monitoring systems."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engramd.bus import names
from engramd.bus.options import typed_options
from engramd.bus.variants import Uint64, microseconds

if TYPE_CHECKING:
    from engramd.store import Store
    from engramd.store.statistics import Statistics, Totals


def statistics_methods(store: Store) -> dict[tuple[str, str], Callable[[Any], Any]]:
    """Give the method, as (interface, method); what it needs is made when it is asked for the first time."""
    made: list[Statistics] = []
    making = threading.Lock()

    def counted(call: Any) -> dict[str, Any]:
        typed_options(call.arguments[0], {})
        with making:
            if not made:
                from engramd.store.statistics import Statistics

                made.append(Statistics(store))
        return total_values(made[0].totals())

    return {(names.MANAGER, "Statistics"): counted}


def total_values(totals: Totals) -> dict[str, Any]:
    """Give the totals as the method Statistics gives them. Pure."""
    return {
        "jobs": [
            {"state": str(state), "outcome": str(outcome or ""), "count": Uint64(count)}
            for (state, outcome), count in sorted(totals.jobs.items(), key=str)
        ],
        "started": Uint64(sum(totals.jobs.values())),
        "ended": {str(state): Uint64(count) for state, count in totals.ended.items()},
        "ripped_titles": Uint64(totals.ripped_titles),
        "ripped_bytes": Uint64(totals.ripped_bytes),
        "last_filed": totals.last_filed.path if totals.last_filed else "",
        "last_filed_at": microseconds(totals.last_filed.at if totals.last_filed else None),
    }
