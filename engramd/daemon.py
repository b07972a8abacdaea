"""Builds the parts, runs the main loop, and ends everything in order."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import sdnotify
import structlog
from gi.repository import GLib

from engramd import __version__, log, organize
from engramd.bus.server import BusServer
from engramd.bus.sleep import SleepInhibitor
from engramd.conditions import Conditions
from engramd.discs.child import read_disc_in_child
from engramd.drives.ioctls import CdromTray
from engramd.drives.monitor import DriveMonitor
from engramd.drives.registry import DriveRegistry
from engramd.errors import EngramError, InvalidArgument
from engramd.events import DriveChanged, Event, EventHub, JobChanged
from engramd.lifecycle import Lifecycle
from engramd.notify.service import Notifications
from engramd.paths import Paths, StateLock
from engramd.pipeline import Backends, Parts, Station, Wakeups, check_languages
from engramd.pipeline.at_rest import at_work
from engramd.renewal import Renewal
from engramd.settings import ConfigFile, Settings, read_config_file
from engramd.settings.station import keep_station, station_of
from engramd.store import Store, default_url, is_current, open_engine
from engramd.store.claims import claim
from engramd.store.engine import SHARED
from engramd.store.last_version import note_version
from engramd.store.outages import patient
from engramd.tools import ChildRecord, Tools

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from engramd.installed import Program
    from engramd.pipeline.neighbours import Neighbours
    from engramd.store.membership import Membership

logger = structlog.get_logger("engramd")

EXIT_OK, EXIT_FAILED, EXIT_RESTART, EXIT_CONFIG = 0, 1, 75, 78
#: Seconds that work under way gets to stop before the process leaves anyway.
STOP_LIMIT = 20.0
#: Seconds that a copy of the database and its migration may take.
MIGRATION_PATIENCE = 2 * 3600
#: Milliseconds between looks whether calls are answered before a restart, and looks at most.
ANSWERED_EVERY, ANSWERED_LOOKS = 50, 100
#: Seconds between looks at the staging folders of jobs that ended.
CLEAN_EVERY = 24 * 3600


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    config: Path | None = None
    bus: Literal["system", "session"] = "system"
    #: What runs, if it is a copy of what was installed.
    program: Program | None = None
    #: Whether systemd started this process, and would again.
    is_service: bool = False


class _KnowsDrives:
    """Passes udev's news on to the registry, and says when the drives were first counted."""

    def __init__(self, registry: DriveRegistry, counted: Callable[[], None]) -> None:
        self._registry = registry
        self._counted = counted

    def on_drives(self, present: Sequence[Mapping[str, str]], *, at_start: bool) -> None:
        try:
            with patient():
                self._registry.on_drives(present, at_start=at_start)
        finally:
            if at_start:
                self._counted()

    def on_event(self, action: str, properties: Mapping[str, str]) -> None:
        with patient():
            self._registry.on_event(action, properties)


class Daemon:
    """The whole program, from an opened database to the end of its main loop."""

    def __init__(
        self, paths: Paths, lock: StateLock, file: ConfigFile, tools: Tools, store: Store, options: Options
    ) -> None:
        self._lock = lock
        self._store = store
        self._tools = tools
        self._loop = GLib.MainLoop()
        self._notifier = sdnotify.SystemdNotifier()
        self._exit_code = EXIT_OK
        hub = EventHub()
        settings = Settings(store, file, hub, checks=(_check_naming, check_languages))
        conditions = Conditions(hub)
        notifications = Notifications(store, hub, settings, conditions, tools, paths.config_file.parent)
        parts = Parts(
            store=store,
            hub=hub,
            lifecycle=Lifecycle(store, hub),
            settings=settings,
            conditions=conditions,
            tools=tools,
            paths=paths,
            wakeups=Wakeups(),
            backend=Backends(tools, settings, paths.state),
            read_disc=lambda path, cancel: read_disc_in_child(tools, path, cancel),
            tray=CdromTray,
            test_notifications=notifications.test,
        )
        self._parts = parts
        self._kind = options.bus
        self._neighbours: Neighbours | None = None
        self._take_answers: Callable[[], None] = lambda: None
        self._station = Station(parts)
        self._notifications = notifications
        self._renewal = Renewal(
            options.program, conditions, self._at_work, self._restart, is_service=options.is_service
        )
        self._bus = BusServer(
            self._station,
            store,
            hub,
            settings,
            bus=options.bus,
            default_staging=paths.state / "staging",
            on_lost=self._lost_bus,
            restart=self._renewal.request,
        )
        self._sleep = SleepInhibitor(store.unfinished_jobs, hub, parts.conditions, bus=options.bus)
        counted = lambda: GLib.idle_add(self._begin)  # noqa: E731
        self._monitor = DriveMonitor(_KnowsDrives(self._station.registry, counted))
        self._status_due = False
        self._refused = ""
        hub.subscribe(Event, self._note_event)

    def share(self, membership: Membership, engine: Engine) -> None:
        """Work together with the other daemons that use the same database."""
        from engramd.bus.elsewhere import Elsewhere
        from engramd.bus.methods import Methods
        from engramd.pipeline.neighbours import Neighbours

        hub, settings = self._parts.hub, self._parts.settings
        lost = lambda why: GLib.idle_add(self._lost_station, why)  # noqa: E731
        self._neighbours = Neighbours(membership, engine, hub, settings, lost)
        elsewhere = Elsewhere(self._store, hub, self._neighbours)
        elsewhere.serve(Methods(self._station, self._store, settings, self._kind, hub.publish).run_here)
        self._bus.ask_elsewhere(elsewhere)
        self._take_answers = elsewhere.carry_out

    def run(self) -> int:
        """Run until a signal ends it; give the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, self._on_signal, number)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGHUP, self._on_hangup)
        faulthandler.register(signal.SIGUSR1)
        self._start_watchdog()
        GLib.timeout_add_seconds(CLEAN_EVERY, self._clean)
        self._notifications.listen()
        self._station.start(self._take_answers)
        self._bus.start()
        if self._neighbours is not None:
            self._neighbours.start(self._station.look_elsewhere)
        self._notifications.start()
        self._sleep.start()
        self._monitor.start()
        self._loop.run()
        self._end()
        return self._exit_code

    def _begin(self) -> bool:
        """The main loop turns and the drives are counted; what is left asks the database."""
        threading.Thread(target=self._ready, name="ready", daemon=True).start()
        return False

    def _ready(self) -> None:
        self._station.drives_are_known()
        self._notifier.notify(f"READY=1\nSTATUS={self._sentence()}")
        logger.info("ready", version=__version__, drives=len(self._station.drives()))

    def _on_signal(self, number: int) -> bool:
        logger.info("stopping", signal=signal.Signals(number).name)
        self._notifier.notify("STOPPING=1\nSTATUS=stopping; what is under way goes on with the next start")
        self._loop.quit()
        return True

    def _on_hangup(self) -> bool:
        """Read the configuration file again, as `systemctl reload` asks."""
        self._notifier.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        threading.Thread(target=self._read_file_again, name="reload", daemon=True).start()
        return True

    def _read_file_again(self) -> None:
        """Take the settings of the file; a wrong one changes nothing. The rest counts from a start on."""
        try:
            file = read_config_file(self._parts.paths.config_file)
            self._parts.settings.take_file(file)
            log.configure(file.log_level)
            logger.info("the configuration file is read again")
        except EngramError as error:
            logger.error("the settings stay as they were", why=str(error))
        self._notifier.notify(f"READY=1\nSTATUS={self._sentence()}")

    def _lost_bus(self, sentence: str) -> None:
        logger.error("the bus is lost", why=sentence)
        self._exit_code = EXIT_FAILED
        self._loop.quit()

    def _lost_station(self, why: str) -> bool:
        logger.error("this station must not go on", why=why)
        self._exit_code = EXIT_FAILED
        self._loop.quit()
        return False

    def _at_work(self) -> str:
        """Say what a restart would interrupt, or have it start half of a program."""
        from engramd.installed import is_being_installed

        installing = "the package manager" if is_being_installed() else ""
        works = at_work(self._store.unfinished_jobs(), self._station.drives())
        return works or installing or self._wrong_file()

    def _wrong_file(self) -> str:
        """Say that the next start would refuse the configuration file; this one goes on with what it read."""
        before, self._refused = self._refused, ""
        try:
            read_config_file(self._parts.paths.config_file)
        except InvalidArgument as error:
            self._refused = str(error)
        if self._refused and self._refused != before:
            logger.warning("no restart with this configuration file", why=self._refused)
        return "a configuration file that is not wrong" if self._refused else ""

    def _restart(self) -> None:
        """End, so that systemd starts what is installed now; who asked for something gets an answer first."""
        logger.info("restarting", exit_code=EXIT_RESTART)
        self._exit_code = EXIT_RESTART
        looks = iter(range(ANSWERED_LOOKS))

        def quit_when_answered() -> bool:
            if self._bus.calls_under_way() and next(looks, None) is not None:
                return True
            self._notifier.notify("STOPPING=1\nSTATUS=starting anew; what is under way goes on then")
            self._loop.quit()
            return False

        GLib.timeout_add(ANSWERED_EVERY, quit_when_answered)

    def _end(self) -> None:
        self._monitor.stop()
        self._notifications.stop()
        self._station.stop()
        self._store.stop_waiting()
        deadline = time.monotonic() + STOP_LIMIT
        while self._station.at_work() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._sleep.stop()
        self._bus.stop()
        self._tools.stop_all()
        if self._neighbours is not None:
            self._neighbours.stop()
        self._store.close()

    def _start_watchdog(self) -> None:
        """Tell systemd that the main loop turns, at half of the time it allows."""
        limit = int(os.environ.get("WATCHDOG_USEC", "0"))
        if limit:
            GLib.timeout_add(limit // 2000, self._feed_watchdog)

    def _clean(self) -> bool:
        threading.Thread(target=self._station.clean_staging, name="cleaning", daemon=True).start()
        return True

    def _feed_watchdog(self) -> bool:
        self._notifier.notify("WATCHDOG=1")
        self._renewal.look()
        return True

    def _note_event(self, event: Event) -> None:
        if isinstance(event, JobChanged | DriveChanged) and not self._status_due:
            self._status_due = True
            GLib.timeout_add(500, self._show_status)

    def _show_status(self) -> bool:
        self._status_due = False
        threading.Thread(target=self._notify_status, name="status", daemon=True).start()
        return False

    def _notify_status(self) -> None:
        self._notifier.notify(f"STATUS={self._sentence()}")

    def _sentence(self) -> str:
        jobs = self._store.unfinished_jobs()
        states = [job.state.value for job in jobs]
        counts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
        drives = len(self._station.registry.drives())
        return ", ".join([f"{drives} drive{'' if drives == 1 else 's'}", *counts])


def _check_naming(name: str, value: object) -> None:
    if name.startswith("naming_"):  # an idle daemon does not hold what names files
        organize.check_naming(name, value)


def start(options: Options) -> int:
    """Read the configuration, open the database, and run. Raises nothing: errors are logged and coded."""
    paths = Paths.from_environment(config=options.config)
    try:
        file = read_config_file(paths.config_file)
        log.configure(file.log_level)
    except InvalidArgument as error:
        log.configure()
        logger.error(str(error))
        return EXIT_CONFIG
    try:
        daemon = _build(paths, file, options)
        return daemon.run()
    except EngramError as error:
        logger.error(str(error))
        return EXIT_CONFIG if isinstance(error, InvalidArgument) else EXIT_FAILED


def _build(paths: Paths, file: ConfigFile, options: Options) -> Daemon:
    os.umask(0o002)
    paths.create()
    lock = StateLock(paths)
    lock.take()
    children = ChildRecord(paths.state / "children")
    for left in children.end_survivors():
        logger.error("a program of an earlier start hangs", pid=left.process.pid, command=left.command)
    tools = Tools(record=children)
    url = file.database_url or default_url(paths.state)
    engine = open_engine(url)
    is_shared = engine.dialect.name == SHARED
    store = Store(engine, station_of(file, paths.state) if is_shared else file.station_name)
    membership = _join(engine, store, paths.state) if is_shared else None
    if not is_current(engine):
        _migrate(engine, url, paths, tools, membership)
    claim(store)
    note_version(paths.state, __version__)
    daemon = Daemon(paths, lock, file, tools, store, options)
    if membership is not None:
        daemon.share(membership, engine)
    return daemon


def _join(engine: Engine, store: Store, state: Path) -> Membership:
    """Take this station's place among those that share the database; it has this name from now on."""
    from engramd.store.membership import Membership

    membership = Membership(engine, store.station)
    membership.join()
    keep_station(state, store.station)
    return membership


def _migrate(engine: Engine, url: str, paths: Paths, tools: Tools, membership: Membership | None) -> None:
    """Bring the database to the present schema; systemd waits as long as that takes."""
    from engramd.store.upgrading import bring_to_present

    logger.info("the database gets its present schema")
    patience = f"EXTEND_TIMEOUT_USEC={MIGRATION_PATIENCE * 1_000_000}"
    sdnotify.SystemdNotifier().notify(
        f"{patience}\nSTATUS=the database is copied, and gets its present schema"
    )
    alone = membership.alone if membership is not None else nullcontext
    bring_to_present(engine, url, paths.state, tools, alone)
