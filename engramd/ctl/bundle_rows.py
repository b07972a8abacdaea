"""What a report has from the daemon: jobs, what happened to them, questions, drives, settings, conditions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import PurePath
from typing import Any

from engramd.ctl.fields import plain
from engramd.ctl.redacting import Redactor
from engramd.ctl.service import Service, Snapshot
from engramd.ctl.text import iso
from engramd.errors import EngramError

DAYS = 7
#: Rows that a report has at most, and that are read for the names in them.
_MOST, _MOST_READ, _PAGE = 2000, 20_000, 500
#: Text that names no disc; where names are left out, all other text is.
_NAMELESS = frozenset({
    "state", "outcome", "waiting_for", "media", "content_type", "classification_source", "kind", "severity",
    "actor", "device", "vendor", "model", "serial", "port", "role", "match_source", "rip_outcome",
    "rip_backend", "video_resolution", "scope", "created_at", "updated_at", "completed_at", "cleared_at",
    "waiting_since", "waiting_until", "created", "since", "time", "extras_policy", "extra_kind", "on_insert",
    "eject", "about", "boot_id", "matched_episode", "format", "language", "codec",
})  # fmt: skip
#: Numbers and words by which a disc or a work is known.
_KNOWN_BY = frozenset({"tmdb_id", "own_tmdb_id", "year", "own_year", "content_hash"})
#: What an event may say that was and is, where it is no name.
_STATES = frozenset({
    "idle", "identifying", "review_needed", "ripping", "matching", "organizing", "completed", "failed",
    "pending", "matched", "review", "skipped", "complete", "partial", "duplicate", "cancelled",
    "nothing_to_do",
})  # fmt: skip
#: Properties that hold names.
_NAMING = ("DetectedTitle", "OriginalTitle", "VolumeLabel", "ItemName", "OwnTitle", "Edition", "OwnName")
_FILES = ("DriveId", "StagingFile", "OrganizedTo")

Rows = Callable[[], Iterable[Mapping[str, Any]]]


class DaemonRows:
    """Reads from a daemon, page by page."""

    def __init__(self, service: Service, overview: Mapping[str, Any], now: float | None = None) -> None:
        self._service, self._overview = service, overview
        self._since = int((now or time.time()) - DAYS * 86400) * 1_000_000

    @cached_property
    def snapshot(self) -> Snapshot:
        """All objects, once."""
        return self._service.look()

    def parts(self) -> dict[str, Rows]:
        """Give what there is, by the name of its file."""
        return {
            "conditions": lambda: self._overview.get("Conditions", ()),
            "jobs": self.jobs,
            "titles": self.snapshot.titles.values,
            "reviews": lambda: [
                {**review, "about": review["Subject"]} for review in self.snapshot.reviews.values()
            ],
            "events": self.events,
            "drives": self.snapshot.drives.values,
        }

    def jobs(self) -> list[Mapping[str, Any]]:
        """Give the jobs of the last days, the newest first."""
        return self._paged("History", "Id", _MOST, since=self._since)

    def events(self) -> list[Mapping[str, Any]]:
        """Give what happened in the last days, the newest first, each with the number of its job."""
        found = self._paged("Events", "id", _MOST, since=self._since)
        return [{"id": row["id"], "job_id": row["job"], **row, "time": iso(row["time"])} for row in found]

    def settings(self, redactor: Redactor) -> str:
        """Give every setting with its value; of a secret only whether it is set."""
        values, lines = self._service.values(), []
        for one in self._service.settings("Describe"):
            name = one["name"]
            value = bool(one.get("set")) if one["secret"] else redactor.setting(values.get(name))
            said = {"name": name, "set" if one["secret"] else "value": value, "locked": one["locked"]}
            lines.append(json.dumps(said, ensure_ascii=False))
        return "\n".join(lines)

    def names(self) -> Iterator[str]:
        """Give all names that engramd knows, of all times."""
        found: list[Mapping[str, Any]] = [*self.snapshot.titles.values(), *self.snapshot.drives.values()]
        found += self._paged("History", "Id", _MOST_READ)
        for row in found:
            yield from (str(row[name]) for name in _NAMING if row.get(name))
            yield from (PurePath(str(row[name])).stem for name in _FILES if row.get(name))
            yield from (PurePath(file).stem for file in row.get("Files", ()))
            yield from (str(work["name"]) for work in row.get("Works", ()) if work.get("name"))
        for review in self.snapshot.reviews.values():
            yield from (str(option["text"]) for option in review.get("Options", ()) if option.get("text"))

    def _paged(self, method: str, key: str, most: int, **options: Any) -> list[Mapping[str, Any]]:
        """Read pages, the newest rows first, until they end or there are enough."""
        found: list[Mapping[str, Any]] = []
        while len(found) < most:
            before = {"before_id": int(found[-1][key])} if found else {}
            page = self._service.manager(method, "a{sv}", {"limit": _PAGE, **options, **before})
            if not page or (found and int(page[0][key]) >= int(found[-1][key])):
                break  # the second: a daemon that does not know what a page is
            found += page
        return found[:most]


def lines_of(rows: Iterable[Mapping[str, Any]], redactor: Redactor) -> str:
    """Give rows as JSON, one a line, without what must not be told."""
    shown = (redactor.fields(plain(row)) for row in rows)
    kept = shown if redactor.names is None else (_nameless(row, redactor) for row in shown)
    return "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in kept)


def said_or_lack(make: Callable[[], str]) -> str:
    """Give a part of a report, or why it is not there."""
    try:
        return make()
    except EngramError as error:
        return f"(not there: {error})"


def _nameless(row: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Give only what names nothing: numbers, and text of certain fields; of a condition, its text."""
    kept: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            kept[name] = _nameless(value, redactor)
        elif "severity" in row and name in ("id", "text"):
            kept[name] = redactor.said_line(value)
        elif name not in _KNOWN_BY and _names_nothing(name, value):
            kept[name] = value
    return kept


def _names_nothing(name: str, value: object) -> bool:
    if isinstance(value, str):
        return name in _NAMELESS or (name in ("old", "new") and value in _STATES)
    return isinstance(value, bool | int | float)
