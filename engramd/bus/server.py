"""The daemon's side of the bus, put together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from engramd import __version__
from engramd.bus import names
from engramd.bus.authority import Authority
from engramd.bus.dispatch import Dispatcher
from engramd.bus.methods import Methods
from engramd.bus.projection import Projector
from engramd.bus.reader import Reader
from engramd.bus.service import Answer, Request, Service
from engramd.bus.space import FreeSpaceWatch, written_folders
from engramd.bus.tree import ObjectTree
from engramd.bus.workers import Workers
from engramd.events import Event, EventHub, SettingsChanged
from engramd.pipeline import Station
from engramd.settings import Settings
from engramd.store import Store

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
        self._service = Service(bus, on_lost)
        self._cleanup: list[Callable[[], None]] = []
        self._dispatcher: Dispatcher | None = None

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

    def _start(self) -> None:
        self._service.connect()
        self._cleanup.append(self._service.close)
        workers = Workers()
        self._cleanup.append(workers.stop)
        tree = ObjectTree(self._service, self._on_call)
        self._cleanup.append(tree.close)
        projector = Projector(Reader(self._store, self._station, self._settings, tree), tree)
        self._cleanup.append(projector.stop)
        self._dispatcher = Dispatcher(
            Authority(self._kind, self._service.connection, workers.submit),
            Methods(self._station, self._store, self._settings, self._kind),
            workers,
            projector,
        )
        version = {"Version": __version__, "InterfaceVersion": names.INTERFACE_VERSION}
        tree.put(names.ROOT, {names.MANAGER: version})
        self._cleanup.append(self._hub.subscribe(Event, projector.take))
        projector.publish_all()
        self._watch_space(projector)
        self._service.own_name()
        projector.start()

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
