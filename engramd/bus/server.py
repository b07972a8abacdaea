"""The daemon's side of the bus, put together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engramd import __version__
from engramd.bus import names
from engramd.bus.asking import Asker
from engramd.bus.authority import Authority
from engramd.bus.boundary import Answer, MakeBus, Request
from engramd.bus.departures import Departures
from engramd.bus.dispatch import Dispatcher
from engramd.bus.journal import Journal
from engramd.bus.mainloop import MainLoop
from engramd.bus.methods import Methods
from engramd.bus.projection import Projector
from engramd.bus.properties import pack_values
from engramd.bus.reader import Reader
from engramd.bus.restarts import Restart, no_restart
from engramd.bus.service import Service
from engramd.bus.space import FreeSpaceWatch, written_folders
from engramd.bus.tree import ObjectTree
from engramd.bus.workers import Workers
from engramd.events import Event, EventHub, SettingsChanged
from engramd.pipeline import Station
from engramd.settings import Settings
from engramd.store import Store

if TYPE_CHECKING:
    from engramd.bus.elsewhere import Elsewhere

log = logging.getLogger(__name__)


class BusServer:
    """Publishes everything and takes calls, for as long as somebody runs the default GLib main loop.

    All methods are for the thread of that loop.
    """

    def __init__(
        self,
        station: Station,
        store: Store,
        hub: EventHub,
        settings: Settings,
        *,
        bus: names.BusKind,
        on_lost: Callable[[str], None] = log.error,
        default_staging: Path | None = None,
        make_bus: MakeBus = Service,
        restart: Restart = no_restart,
    ) -> None:
        """`on_lost` gets a sentence, on the main loop, when the bus or the name is gone.

        `default_staging` is the staging folder where the settings name none; its free space is published.
        """
        self._station = station
        self._store = store
        self._hub = hub
        self._settings = settings
        self._kind = bus
        self._default_staging = default_staging
        self._restart = restart
        self._elsewhere: Elsewhere | None = None
        self._service = make_bus(bus, on_lost)
        self._cleanup: list[Callable[[], None]] = []
        self._dispatcher: Dispatcher | None = None

    def ask_elsewhere(self, elsewhere: Elsewhere) -> None:
        """Have calls for other stations done there; to be said before `start`."""
        self._elsewhere = elsewhere

    def start(self) -> None:
        """Connect, publish all objects, and only then take the name.

        Raises Busy if another daemon has the name, NotAuthorized if the bus does not give it, EngramError if
        there is no bus; nothing is left behind then.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Leave the bus; calls that are under way get no reply."""
        while self._cleanup:
            self._cleanup.pop()()

    def calls_under_way(self) -> int:
        """Count the calls that have no reply yet."""
        return self._dispatcher.under_way() if self._dispatcher is not None else 0

    def _start(self) -> None:
        self._service.connect()
        self._cleanup.append(self._service.close)
        loop = MainLoop()
        self._cleanup.append(loop.close)
        workers = Workers()
        self._cleanup.append(workers.stop)
        tree = ObjectTree(self._service, self._on_call, loop)
        self._cleanup.append(tree.close)
        reader = Reader(self._store, self._station, self._settings, tree)
        projector = Projector(reader, tree, loop.run_all, news=Journal(self._store, self._station).news)
        self._cleanup.append(projector.stop)
        departures = Departures(self._service.connection, workers.submit)
        self._cleanup.append(departures.close)
        asker = Asker(self._service.connection, loop)
        self._cleanup.append(asker.close)
        authority = Authority(self._kind, asker, workers.submit, loop)
        self._dispatcher = Dispatcher(authority, self._methods(departures), workers, projector, loop)
        constant = {"Version": __version__, "InterfaceVersion": names.INTERFACE_VERSION}
        constant["Station"] = self._store.station
        tree.put(names.ROOT, {names.MANAGER: pack_values(names.MANAGER, constant)})
        self._cleanup.append(self._hub.subscribe(Event, projector.take))
        projector.publish_all()
        self._watch_space(projector)
        self._service.own_name()
        projector.start()

    def _methods(self, departures: Departures) -> Methods:
        return Methods(
            self._station,
            self._store,
            self._settings,
            self._kind,
            publish=self._hub.publish,
            when_gone=departures.when_gone,
            restart=self._restart,
            elsewhere=self._elsewhere,
        )

    def _watch_space(self, projector: Projector) -> None:
        watch = FreeSpaceWatch(self._folders, projector.measured)
        self._cleanup.append(self._hub.subscribe(SettingsChanged, lambda _event: watch.look()))
        self._cleanup.append(watch.stop)
        watch.start()

    def _folders(self) -> list[str]:
        return written_folders(self._settings.current, self._default_staging)

    def _on_call(self, request: Request, answer: Answer, key: object) -> None:
        if self._dispatcher is not None:
            self._dispatcher(request, answer, key)
