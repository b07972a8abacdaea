"""What each method does; runs on worker threads and may block."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from engramd.bus import names
from engramd.bus.amend import amend_methods
from engramd.bus.authority import allowed_path
from engramd.bus.call import Call
from engramd.bus.drive_methods import WhenGone, drive_methods
from engramd.bus.hints import said_of_next
from engramd.bus.history import history_methods, time_of
from engramd.bus.imports import import_methods
from engramd.bus.libraries import library_methods
from engramd.bus.options import check_length, typed_options
from engramd.bus.reports import report_page, season_page
from engramd.bus.restarts import Restart, no_restart, restart_methods
from engramd.bus.review_methods import review_methods
from engramd.bus.statistics import statistics_methods
from engramd.bus.trash import trash_methods
from engramd.errors import Busy, InvalidArgument, NotFound
from engramd.events import Event, Happened
from engramd.pipeline import Station
from engramd.pipeline.options import RipOptions
from engramd.settings import Settings
from engramd.store import Store
from engramd.store.overview import Overview

if TYPE_CHECKING:
    from engramd.bus.elsewhere import Elsewhere

log = logging.getLogger(__name__)

#: Images and folders that wait to be ripped: each has a thread of its own.
MOST_IN_LINE = 500
_IDENTITY_KINDS = {
    "content_type": str,
    "title": str,
    "year": int,
    "season": int,
    "disc": int,
    "tmdb_id": int,
    "tmdb_namespace": str,
    "edition": str,
}
_TRACK_RULE_KINDS = {
    "audio_languages": str,
    "subtitle_languages": str,
    "keep_commentary": bool,
    "keep_core_audio": bool,
}


@dataclass(frozen=True)
class Result:
    """The value of a method, and a job whose object must exist before the reply."""

    value: Any = None
    job_id: int | None = None


class Methods:
    """The methods of all interfaces but the standard ones."""

    def __init__(
        self,
        station: Station,
        store: Store,
        settings: Settings,
        kind: names.BusKind,
        publish: Callable[[Event], None] = lambda _event: None,
        when_gone: WhenGone = lambda _client, _then: None,
        restart: Restart = no_restart,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """`publish` tells what happened, `when_gone` runs a function when a caller has left the bus.

        `elsewhere` has what is for another station done there.
        """
        self._station = station
        self._store = store
        self._overview = Overview(store)
        self._settings = settings
        self._kind = kind
        self._publish = publish
        self._when_gone = when_gone
        self._restart = restart
        self._elsewhere = elsewhere
        self._table = self._root_methods() | self._job_methods() | self._other_methods()

    def run(self, call: Call) -> Result:
        """Do it; raises EngramError."""
        for place, value in enumerate(call.arguments, 1):
            check_length(f"argument {place}", value)
        if self._elsewhere is not None and (station := self._elsewhere.station_of(call)):
            return Result(self._elsewhere.ask(station, call))
        return self.run_here(call)

    def run_here(self, call: Call) -> Result:
        """Do it on this station, as another one asks; raises EngramError."""
        result = self._table[(call.request.interface, call.request.method)](call)
        return result if isinstance(result, Result) else Result(result)

    def known(self) -> frozenset[tuple[str, str]]:
        """Give what there is, as (interface, method)."""
        return frozenset(self._table)

    def _root_methods(self) -> dict[tuple[str, str], Callable[[Call], Any]]:
        manager, settings = names.MANAGER, names.SETTINGS
        return {
            (manager, "Rip"): self._rip,
            **import_methods(self._station, self._allowed, lambda job: Result(names.job_path(job), job)),
            (manager, "Next"): self._next,
            **history_methods(self._store, self._station.desk.identity_of),
            (manager, "GetJob"): self._get_job,
            (manager, "ClearFinished"): lambda call: self._station.clear_finished(call.actor),
            (manager, "Season"): self._season,
            (manager, "Report"): self._report,
            **statistics_methods(self._store),
            **library_methods(self._station.library, self._station.init_library),
            **trash_methods(self._station.library),
            **amend_methods(self._station),
            **restart_methods(self._restart),
            (manager, "Check"): self._check,
            (manager, "NotifyTest"): self._notify_test,
            (manager, "TrackRules"): self._track_rules,
            (manager, "SetTrackRule"): self._set_track_rule,
            (manager, "SetShowOrder"): self._set_show_order,
            (settings, "Describe"): lambda call: [_without_nones(item) for item in self._settings.describe()],
            (settings, "Set"): self._set,
            (settings, "Reset"): self._reset,
        }

    def _job_methods(self) -> dict[tuple[str, str], Callable[[Call], Any]]:
        station = self._station
        simple: dict[tuple[str, str], Callable[[int, str], None]] = {
            (names.JOB, "Cancel"): station.cancel_job,
            (names.JOB, "Eject"): station.eject_job,
            (names.JOB, "Retry"): station.retry_job,
            (names.JOB, "Rematch"): station.rematch_job,
            (names.JOB, "Clear"): station.clear_job,
        }
        titles: dict[tuple[str, str], Callable[..., None]] = {
            (names.TITLE, "Assign"): station.assign_title,
            (names.TITLE, "Skip"): station.skip_title,
            (names.TITLE, "Rip"): station.rip_title,
            (names.TITLE, "MarkExtra"): station.mark_extra,
            (names.TITLE, "SetEdition"): station.set_edition,
            (names.TITLE, "ResolveConflict"): station.resolve_conflict,
        }
        return {
            **{method: _on_number(function) for method, function in simple.items()},
            **{method: _on_title(function) for method, function in titles.items()},
            (names.JOB, "Identify"): self._identify,
            (names.JOB, "Assign"): self._assign,
            (names.TITLE, "Split"): self._split,
        }

    def _other_methods(self) -> dict[tuple[str, str], Callable[[Call], Any]]:
        station = self._station
        return {
            **drive_methods(station, self._when_gone),
            **review_methods(station, self._store),
        }

    def _rip(self, call: Call) -> Result:
        path, given = call.arguments
        options = RipOptions(**typed_options(given, get_type_hints(RipOptions)))
        devices = frozenset(drive.device for drive in self._station.drives())
        allowed = self._allowed(path, devices)
        if str(allowed) not in devices and self._overview.in_line() >= MOST_IN_LINE:
            what = f"{MOST_IN_LINE} images and folders wait for their turn already"
            raise Busy(what, remedy="wait until some are ripped, or cancel them")
        job_id = self._station.rip(allowed, options, call.actor)
        return Result(names.job_path(job_id), job_id)

    def _allowed(self, path: str, devices: frozenset[str] = frozenset()) -> Path:
        return allowed_path(path, self._kind, self._settings.current.import_paths, devices)

    def _next(self, call: Call) -> int:
        said = said_of_next(call.arguments[0])
        if said.clear:
            return self._station.end_hints(said.drive, call.actor)
        return self._station.next_discs(said.hint, call.actor)

    def _get_job(self, call: Call) -> Result:
        job = self._store.job(call.arguments[0]) if call.arguments[0] < 1 << 31 else None
        if job is None or job.id is None:
            raise NotFound(
                "there is no such job", where=f"job {call.arguments[0]}", remedy="see engramctl history"
            )
        return Result(names.job_path(job.id), job.id)

    def _set(self, call: Call) -> None:
        self._settings.change(call.arguments[0])
        self._tell_settings(f"{call.actor} set {', '.join(call.arguments[0])}")

    def _reset(self, call: Call) -> None:
        self._settings.reset(call.arguments[0])
        self._tell_settings(f"{call.actor} reset {', '.join(call.arguments[0])}")

    def _tell_settings(self, sentence: str) -> None:
        log.info("%s", sentence)
        self._publish(Happened("settings", sentence))

    def _check(self, call: Call) -> list[dict[str, str]]:
        typed_options(call.arguments[0], {})
        return self._station.check()

    def _track_rules(self, call: Call) -> list[dict[str, Any]]:
        typed_options(call.arguments[0], {})
        return self._station.library.track_rules()

    def _notify_test(self, call: Call) -> list[dict[str, Any]]:
        typed_options(call.arguments[0], {})
        return self._station.test_notifications()

    def _set_track_rule(self, call: Call) -> None:
        show, given = call.arguments
        self._station.library.set_track_rule(show, typed_options(given, _TRACK_RULE_KINDS), call.actor)

    def _set_show_order(self, call: Call) -> str:
        show, ordering = call.arguments
        return self._station.library.set_show_order(show, ordering, call.actor)

    def _identify(self, call: Call) -> None:
        hint = typed_options(call.arguments[0], _IDENTITY_KINDS)
        if not hint:
            raise InvalidArgument("nothing is said about the disc", remedy="give title, season or another")
        if not hint.get("title", "some").strip():
            raise InvalidArgument("the title is empty", where="title")
        self._station.identify_job(call.key, _with_type(hint), call.actor)

    def _assign(self, call: Call) -> None:
        episodes: Mapping[int, str] = call.arguments[0]
        typed_options(call.arguments[1], {})
        if not episodes:
            raise InvalidArgument("no title is named")
        for index, episode in episodes.items():
            check_length(f"the episode of title {index + 1}", episode)
        self._station.assign_titles(call.key, episodes, call.actor)

    def _split(self, call: Call) -> None:
        given = typed_options(call.arguments[0], {"episodes": str})
        job_id, title_index = call.key
        self._station.split_title(job_id, title_index, given.get("episodes", ""), call.actor)

    def _season(self, call: Call) -> list[Any]:
        show, given = call.arguments
        season = typed_options(given, {"season": int}).get("season")
        return season_page(self._station.library.season(show, season))

    def _report(self, call: Call) -> list[Any]:
        since, given = call.arguments
        options = typed_options(given, {"after": int, "limit": int})
        begin = time_of("since", since) or datetime.fromtimestamp(0, UTC)
        return report_page(self._station.library.report(begin), options)


def _with_type(hint: Mapping[str, Any]) -> dict[str, Any]:
    """Give an identity whose type is that of its number at TMDB: tv:123 is a series."""
    namespace = hint.get("tmdb_namespace")
    if namespace is None:
        return dict(hint)
    if "tmdb_id" not in hint or hint.get("content_type", namespace) != namespace:
        why = "it is of another type than content_type" if "tmdb_id" in hint else "it comes with a tmdb_id"
        raise InvalidArgument("tmdb_namespace does not fit", where=namespace, why=why)
    return {**hint, "content_type": namespace}


def _without_nones(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value is not None}


def _on_number(function: Callable[[int, str], None]) -> Callable[[Call], None]:
    return lambda call: function(call.key, call.actor)


def _on_title(function: Callable[..., None]) -> Callable[[Call], None]:
    return lambda call: function(*call.key, *call.arguments, call.actor)
