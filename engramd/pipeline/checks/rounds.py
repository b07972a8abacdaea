"""One round of doctor's checks: what is asked where, side by side, and how the answers are put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from engramd.models import AppConfig
from engramd.pipeline.checks.bounded import Ask, Silent
from engramd.pipeline.checks.devices import NONE, Devices, System
from engramd.pipeline.checks.doctor import Doctor
from engramd.pipeline.checks.folders import Folders, Place, unanswered
from engramd.pipeline.checks.groups import group_of
from engramd.pipeline.checks.machine import check_clock, check_database
from engramd.pipeline.checks.mounts import mount_of, read_mounts
from engramd.pipeline.checks.outlets import check_hooks, check_targets
from engramd.pipeline.checks.programs import PROGRAMS, look_at, look_at_ffmpeg
from engramd.pipeline.checks.service import Service, this_service
from engramd.pipeline.findings import Finding
from engramd.pipeline.libraries import SETTINGS
from engramd.pipeline.records import agreement_found
from engramd.store import Store
from engramd.tools import CancelToken

#: Seconds: a drive answers soon or not; a source has a pace of its own; MakeMKV may look into the network;
#: several folders may hang, one after another.
DRIVE, SOURCE, READERS, PART = 5.0, 12.0, 20.0, 25.0
_NAMES = {"source-tmdb": "TMDB", "source-opensubtitles": "OpenSubtitles"}
_WAIT = "ask again in a minute: engramctl doctor"


def make_round(doctor: Doctor) -> Sequence[Finding]:
    """Make every check; the conditions are then as was found."""
    asks = _Asks(doctor, this_service())
    found = doctor.checks.bounded.ask([*_asks_of_conditions(doctor), *asks.all()])
    # Afterwards: a thread that reads beside others keeps one more connection, with a cache of its own.
    found += doctor.checks.bounded.ask([asks.of_database()])
    of_conditions = [one for one in found if one.group == _CONDITIONS]
    doctor.checks.set_conditions(doctor.parts.conditions, of_conditions)
    return [_finished(one) for one in merged([*asks.at_once(), *found])]


#: Marks what the conditions are made of, until it is put together with the rest.
_CONDITIONS = "conditions"


def _asks_of_conditions(doctor: Doctor) -> Iterator[Ask]:
    for name, part in doctor.checks.parts().items():
        seconds = READERS if name == "readers" else PART
        make = partial(_marked, _looking_again(doctor, part) if name == "readers" else part)
        yield Ask(f"conditions {name}", make, _late(name, f"the check of {name}", seconds), seconds)


def _marked(part: Callable[[], Iterable[Finding]], _cancel: CancelToken) -> Iterator[Finding]:
    for finding in part():
        yield replace(finding, group=_CONDITIONS)


def _looking_again(doctor: Doctor, part: Callable[[], Iterable[Finding]]) -> Callable[[], Iterable[Finding]]:
    """Have the readers of discs say now what they lack, which may have been mended."""

    def make() -> Iterable[Finding]:
        doctor.parts.backend.look_again()
        return part()

    return make


class _Asks:
    """What is asked beside that which makes conditions."""

    def __init__(self, doctor: Doctor, service: Service) -> None:
        self._doctor, self._service = doctor, service
        self._settings = doctor.parts.settings.current

    def all(self) -> Iterator[Ask]:
        """Give every ask: few, since each is a thread."""
        yield from self._drives()
        yield from self._folders()
        yield from self._sources()
        yield _whole("programs", self._programs)

    def of_database(self) -> Ask:
        """Give the ask of the database and what stands in it."""
        return _whole("database", partial(_of_store, self._doctor.parts.store))

    def at_once(self) -> Iterator[Finding]:
        """Give what needs no waiting."""
        yield from check_targets(self._settings)
        service = self._service
        text = f"engramd runs as {service.user}; groups: {', '.join(sorted(service.groups))}"
        yield Finding("user", text, where=service.unit, short=f"as {service.user}")

    def _drives(self) -> Iterator[Ask]:
        states = {drive.device: drive.state for drive in self._doctor.drives()}
        system = System()
        has_makemkv = self._doctor.parts.backend().program.find() is not None
        devices = Devices(self._service, states, system, has_makemkv=has_makemkv)
        for name in system.drives():
            node = system.dev / name
            hung = Finding(
                f"drive-{name}", f"{node} does not answer", f"dmesg | grep {name}", "error", str(node)
            )
            make = partial(devices.look, name)
            yield Ask(str(node), partial(_plain, make), _says(hung), DRIVE)
        if not system.drives():
            yield Ask("drives", lambda _cancel: (NONE,), _says(NONE), DRIVE)

    def _folders(self) -> Iterator[Ask]:
        """Ask all folders of a mount on one thread."""
        mounts = read_mounts()
        folders = Folders(self._service, mounts)
        by_mount: dict[Path, list[Place]] = defaultdict(list)
        for place in places(self._doctor, self._settings, self._service):
            by_mount[mount_of(place.folder, mounts).point].append(place)
        for point, there in by_mount.items():
            looks: list[Callable[[], Iterable[Finding]]] = [partial(folders.look, one) for one in there]
            if hooks := [one for one in there if one.id == "hooks"]:
                looks = [partial(folders.look, one) for one in there if one not in hooks]
                looks.append(partial(check_hooks, self._settings))
            yield Ask(str(point), partial(_in_turn, looks), partial(_unanswered, there))

    def _sources(self) -> Iterator[Ask]:
        for name, ask in self._doctor.sources.checks().items():
            yield Ask(name, ask, _late(name, _NAMES.get(name, name), SOURCE), SOURCE)

    def _programs(self) -> Iterator[Finding]:
        tools = self._doctor.parts.tools
        yield from look_at_ffmpeg(tools, self._settings.ffmpeg_path)
        yield from (look_at(tools, program) for program in PROGRAMS)


def places(doctor: Doctor, settings: AppConfig, service: Service) -> Iterator[Place]:
    """Give every folder that engramd works in."""
    paths = doctor.parts.paths
    what, staging = "the staging folder", doctor.staging()
    yield Place("staging", what, staging, "staging", is_made=True, holds_discs=True, has_trash=True)
    for name, holds in SETTINGS.items():
        if folder := getattr(settings, name):
            what = f"the library of {holds}"
            yield Place(name, what, Path(folder), holds, holds_discs=True, has_trash=True)
    if settings.references_path:
        folder = Path(settings.references_path)
        what = "the references folder"
        yield Place("references", what, folder, "references", written=False, severity="warning")
    for number, folder in enumerate(filter(None, settings.import_paths.split(":")), 1):
        name = "import" if number == 1 else f"import-{number}"
        severity = "warning" if service.unit else "info"  # only the system's bus holds imports to it
        yield Place(name, "the import folder", Path(folder), name, written=False, severity=severity)
    yield Place("state", "the state folder", paths.state, "state")
    yield Place("cache", "the cache folder", paths.cache, "cache")
    if settings.subtitles_cache_path:
        what = "the folder of fetched subtitles"
        yield Place("subtitles", what, Path(settings.subtitles_cache_path), "subtitles", is_made=True)
    if settings.hooks_path:
        yield Place("hooks", "the folder of hooks", Path(settings.hooks_path), "hooks", written=False)


def merged(found: Iterable[Finding]) -> Iterator[Finding]:
    """Put together what two checks say under one id: the worse one counts, two fine ones say both."""
    by_id: dict[str, Finding] = {}
    for one in found:
        known = by_id.get(one.id)
        by_id[one.id] = one if known is None else _joined(known, one)
    yield from by_id.values()


def _joined(first: Finding, second: Finding) -> Finding:
    """`first` is what the conditions say, `second` what was tried just now."""
    if second.severity in ("error", "warning"):
        lacks_more = first.severity == "error" and second.severity == "warning"
        return first if lacks_more else second
    if not first.is_fine:
        return replace(first, where=second.where)
    tried = second.text.partition("; ")[2]
    both = f"{first.text}; {tried}" if tried else second.text
    return replace(first, text=both, where=second.where or first.where, short=second.short or first.short)


def _finished(finding: Finding) -> Finding:
    """Give a finding under its heading; the remedy that an error's sentence ends with stands by itself."""
    text = finding.text.removesuffix(f"; {finding.remedy}")
    return replace(finding, text=text, group=group_of(finding.id))


def _whole(name: str, make: Callable[[], Iterable[Finding]]) -> Ask:
    return Ask(name, partial(_plain, make), _late(name, f"the check of {name}", PART), PART)


def _of_store(store: Store) -> Iterator[Finding]:
    yield from check_database(store)
    yield from check_clock(store)
    yield from agreement_found(store)


def _plain(make: Callable[[], Iterable[Finding]], _cancel: CancelToken) -> Iterable[Finding]:
    return make()


def _in_turn(looks: Sequence[Callable[[], Iterable[Finding]]], _cancel: CancelToken) -> Iterator[Finding]:
    for look in looks:
        yield from look()


def _unanswered(there: Sequence[Place], said: Collection[str]) -> Iterator[Finding]:
    return (unanswered(place) for place in there if place.id not in said)


def _says(finding: Finding) -> Silent:
    return lambda _said: (finding,)


def _late(name: str, what: str, seconds: float) -> Silent:
    late = Finding(name, f"{what} did not answer within {seconds:.0f} seconds", _WAIT, "warning")
    return lambda _said: (late,)
