"""The sources as the settings want them: the local index, and in the network what a person turned on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from engramd.conditions import Condition, Conditions
from engramd.discs.languages import from_dvd
from engramd.discs.model import Disc
from engramd.errors import Cancelled, EngramError, InvalidArgument
from engramd.models import AppConfig, FolderTitle
from engramd.pipeline.findings import Finding
from engramd.sources.names import choose_title, languages
from engramd.sources.problems import IndexDamaged, SourceError, SourceRefused, SourceUnreachable
from engramd.sources.work import WorkId
from engramd.tools import CancelToken

# The clients are imported where they are used: a daemon that never asks anybody does not hold them.
if TYPE_CHECKING:
    from engramd.sources.discdb import Found
    from engramd.sources.discdb_index import DiscIndex
    from engramd.sources.discdb_online import OnlineDiscDb
    from engramd.sources.fetch import Fetcher
    from engramd.sources.opensubtitles_account import Access
    from engramd.sources.subtitles import Quota
    from engramd.sources.tmdb import Tmdb

log = structlog.get_logger(__name__)

NO_KEY = "engramctl config set tmdb_api_key (a key is at https://www.themoviedb.org/settings/api)"
_DISCDB, _TMDB = "source-discdb", "source-tmdb"
_OPENSUBTITLES, _SUBLIMINAL = "source-opensubtitles", "source-subliminal"
#: Seconds for which a log-in tells how things are: anybody may have things checked, and logins are counted.
CHECKED_FOR = 60.0


class Sources:
    """Gives clients for the present settings. What fails is a condition, and never a miss."""

    def __init__(
        self, settings: Callable[[], AppConfig], conditions: Conditions, state: Path, cache: Path
    ) -> None:
        self._settings = settings
        self._conditions = conditions
        self._state = state
        self._cache = cache / "sources"
        self._lock = threading.Lock()
        self._asked: dict[str, tuple[object, float, Finding]] = {}
        self._tmdb: tuple[tuple[str, ...], Tmdb] | None = None
        self._discdb: tuple[Fetcher, OnlineDiscDb] | None = None

    @property
    def discdb_online(self) -> bool:
        """Whether TheDiscDB may be asked over the network."""
        return self._settings().network_enabled and self._settings().discdb_enabled

    @property
    def tmdb_online(self) -> bool:
        """Whether TMDB may be asked, and there is a key for it."""
        settings = self._settings()
        return settings.network_enabled and settings.tmdb_enabled and bool(settings.tmdb_api_key)

    def local(self, disc: Disc, name: str = "", year: int | None = None) -> Found:
        """Give what the local index knows of a disc; a damaged index is a condition, and knows nothing."""
        from engramd.sources.discdb import DiscDb, Found

        with suppress(EngramError), self._told("discdb-index"):
            return DiscDb(self._index()).find_offline(disc, name, year)
        return Found()

    def discdb(self, disc: Disc, cancel: CancelToken) -> Found:
        """Ask TheDiscDB about a disc. Raises what it raises, which is kept as a condition too."""
        from engramd.sources.discdb import DiscDb

        with self._told(_DISCDB):
            return DiscDb(self._index(), self._online()).find(disc, cancel=cancel)

    def forget(self) -> None:
        """Clear the conditions of sources that are asked no longer."""
        for is_asked, condition in ((self.discdb_online, _DISCDB), (self.tmdb_online, _TMDB)):
            if not is_asked:
                self._conditions.clear(condition)

    @contextmanager
    def tmdb(self) -> Iterator[Tmdb]:
        """Give TMDB's client. What it raises, and InvalidArgument for a bad key, become a condition too."""
        with self._told(_TMDB):
            try:
                client = self._client()
            except InvalidArgument as error:
                raise SourceRefused(
                    error.what, source="TMDB", where=error.where, remedy=error.remedy
                ) from None
            yield client

    def folder_title(self, tmdb: Tmdb, work: WorkId, cancel: CancelToken) -> tuple[str, str, str]:
        """Give the name for a work's folder, its original name, and the language that was chosen."""
        from engramd.sources.tmdb import names_of

        details = tmdb.tv(work.id, cancel) if work.namespace == "tv" else tmdb.movie(work.id, cancel)
        if details is None:
            return "", "", ""
        settings = self._settings()
        names, original = names_of(details), settings.folder_title is FolderTitle.ORIGINAL
        wanted = languages(settings.metadata_language, os.environ)
        language = names.original_language if original else wanted[0]
        return choose_title(names, wanted, original=original), names.original, language

    def original_language(self, tmdb: Tmdb, work: WorkId, cancel: CancelToken) -> str | None:
        """Give the language that a work was made in, as ISO 639-2/B; None where TMDB does not say."""
        details = tmdb.tv(work.id, cancel) if work.namespace == "tv" else tmdb.movie(work.id, cancel)
        if details is None or not details.original_language.isascii():
            return None
        return from_dvd(details.original_language.encode())

    def check(self, cancel: CancelToken | None = None) -> Iterator[Finding]:
        """Say of each source whether it is asked, and whether it accepts the key (it is asked now)."""
        for ask in self.checks().values():
            yield from ask(cancel or CancelToken())

    def checks(self) -> Mapping[str, Callable[[CancelToken], Iterable[Finding]]]:
        """Give the checks of the sources, so that each may take its time. Only what is on is asked."""
        if not self._settings().network_enabled:
            off = Finding(
                "network", "no source in the network is asked (network_enabled is off)", short="network off"
            )
            return {"network": lambda _cancel: (off,)}
        alone = {_TMDB: self._check_tmdb, _OPENSUBTITLES: self._check_opensubtitles}
        online = {_TMDB: self.tmdb_online, _OPENSUBTITLES: self._settings().opensubtitles_enabled}
        asked = {name: check for name, check in alone.items() if online[name]}

        def others(cancel: CancelToken) -> Iterator[Finding]:
            for name, check in alone.items():
                yield from () if name in asked else check(cancel)
            yield from self._check_discdb()
            yield from self._check_subliminal()

        return {**asked, "sources": others}

    def _check_discdb(self) -> Iterator[Finding]:
        where = self._settings().discdb_url
        if self.discdb_online:
            yield Finding(_DISCDB, "TheDiscDB is asked about discs", where=where, short="TheDiscDB")
        elif self._index().exists():
            text = "TheDiscDB is looked up in the local index only"
            yield Finding(_DISCDB, text, short="TheDiscDB's index")
        else:
            text = "TheDiscDB is not asked (discdb_enabled is off), and there is no local index of it"
            yield Finding(_DISCDB, text, short="TheDiscDB off")

    def _check_tmdb(self, cancel: CancelToken) -> Iterator[Finding]:
        settings = self._settings()
        if not settings.tmdb_enabled:
            yield Finding(_TMDB, "TMDB is not asked (tmdb_enabled is off)", short="TMDB off")
        elif not self.tmdb_online:
            yield Finding(_TMDB, "TMDB is not asked, since it has no key")
        else:
            where = settings.tmdb_url
            access = (where, settings.tmdb_api_key)
            yield self._remembered(_TMDB, where, access, lambda: self._ask_tmdb(where, cancel))

    def _ask_tmdb(self, where: str, cancel: CancelToken) -> Finding:
        with self.tmdb() as tmdb:
            tmdb.check(cancel)
        return Finding(_TMDB, "TMDB accepts the key", where=where, short="TMDB")

    def _check_opensubtitles(self, cancel: CancelToken) -> Iterator[Finding]:
        settings = self._settings()
        if not settings.opensubtitles_enabled:
            text = "OpenSubtitles is not asked (opensubtitles_enabled is off)"
            yield Finding(_OPENSUBTITLES, text, short="OpenSubtitles off")
            return
        from engramd.sources.opensubtitles_account import Access

        access = Access(
            settings.opensubtitles_url,
            settings.opensubtitles_api_key,
            settings.opensubtitles_username,
            settings.opensubtitles_password,
        )
        ask = partial(_ask_opensubtitles, access, cancel)
        yield self._remembered(_OPENSUBTITLES, access.url, access, ask)

    def _remembered(self, name: str, where: str, access: object, ask: Callable[[], Finding]) -> Finding:
        """Ask a source, unless it answered a moment ago to the same words."""
        with self._lock:
            known = self._asked.get(name)
        if known is not None and known[0] == access and time.monotonic() - known[1] < CHECKED_FOR:
            return known[2]
        try:
            found = ask()
        except (Cancelled, SourceUnreachable) as error:
            return _refused(name, where, error)
        except EngramError as error:
            found = _refused(name, where, error)
        with self._lock:
            self._asked[name] = (access, time.monotonic(), found)
        return found

    def _check_subliminal(self) -> Iterator[Finding]:
        """Say of the further providers of subtitles, if any is named, whether they can be asked."""
        if not self._settings().subliminal_providers.strip():
            return
        from engramd.sources.subliminal_provider import INSTALL, LIBRARY, provider_names

        names = ", ".join(provider_names(self._settings().subliminal_providers))
        if names and find_spec(LIBRARY) is None:
            text = f"{LIBRARY}, which asks {names} for subtitles, is not installed"
            yield Finding(_SUBLIMINAL, text, INSTALL, "warning")
        elif names:
            yield Finding(_SUBLIMINAL, f"{names} are asked for subtitles", short=names)

    def _index(self) -> DiscIndex:
        from engramd.sources.discdb_index import FILE_NAME, DiscIndex

        return DiscIndex(self._state / FILE_NAME)

    def _online(self) -> OnlineDiscDb:
        from engramd.sources.discdb_online import NAME, OnlineDiscDb
        from engramd.sources.fetch import Fetcher

        url = self._settings().discdb_url
        with self._lock:
            if self._discdb is None or self._discdb[0].base_url != url.rstrip("/"):
                if self._discdb is not None:
                    self._discdb[0].close()
                fetcher = Fetcher(NAME, url, cache_folder=self._cache)
                self._discdb = (fetcher, OnlineDiscDb(fetcher))
            return self._discdb[1]

    def _client(self) -> Tmdb:
        from engramd.sources.tmdb import connect

        settings = self._settings()
        if not settings.tmdb_api_key:
            raise InvalidArgument("TMDB is enabled, and has no key", where="tmdb_api_key", remedy=NO_KEY)
        language = languages(settings.metadata_language, os.environ)[0]
        key = (settings.tmdb_api_key, settings.tmdb_url, language)
        with self._lock:
            if self._tmdb is None or self._tmdb[0] != key:
                if self._tmdb is not None:
                    self._tmdb[1].close()
                self._tmdb = (key, connect(key[0], self._cache, language, key[1]))
            return self._tmdb[1]

    @contextmanager
    def _told(self, condition: str) -> Iterator[None]:
        """Keep an error, which goes on its way, as a condition while it lasts."""
        try:
            yield
        except (SourceError, IndexDamaged) as error:
            log.warning("a source could not be asked", source=condition, why=str(error))
            self._conditions.set(Condition(condition, str(error), error.remedy))
            raise
        else:
            self._conditions.clear(condition)


def _ask_opensubtitles(access: Access, cancel: CancelToken) -> Finding:
    from engramd.sources.opensubtitles import connect

    with closing(connect(access, None)) as client:
        quota = client.check(cancel)
    short = "OpenSubtitles" if quota.left is None else f"OpenSubtitles ({quota.left} left)"
    told = f"OpenSubtitles accepts the key; {_left(quota, access.has_account)}"
    return Finding(_OPENSUBTITLES, told, where=access.url, short=short)


def _refused(name: str, where: str, error: EngramError) -> Finding:
    return Finding(name, str(error), error.remedy, "warning", where)


def _left(quota: Quota, has_account: bool) -> str:
    if quota.left is not None:
        until = f" until {quota.resets_at:%H:%M} UTC" if quota.resets_at else " today"
        return f"{quota.left} downloads are left{until}"
    return (
        "no quota is told" if has_account else "few downloads a day are served without user name and password"
    )
