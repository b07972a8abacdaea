"""The providers of subtitles that a person turned on, as clients that live as long as their settings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.conditions import Condition, Conditions
from engramd.errors import EngramError
from engramd.models import AppConfig
from engramd.pipeline.supply_market import condition_of
from engramd.tools import Tools

# The clients are imported where they are used: a daemon that never asks anybody does not hold them.
if TYPE_CHECKING:
    from engramd.sources.subtitles import SubtitleProvider

OPENSUBTITLES = "opensubtitles"
#: Settings that say who is asked, and for what.
SETTINGS = (
    "network_enabled",
    "reference_languages",
    "opensubtitles_enabled",
    "opensubtitles_url",
    "opensubtitles_api_key",
    "opensubtitles_username",
    "opensubtitles_password",
    "subliminal_providers",
)


class Providers:
    """Give the clients for the present settings when called; one that cannot be made is a condition."""

    def __init__(
        self, settings: Callable[[], AppConfig], conditions: Conditions, tools: Tools, cache: Path
    ) -> None:
        self._settings = settings
        self._conditions = conditions
        self._tools = tools
        self._cache = cache / "sources"
        self._lock = threading.Lock()
        self._made: tuple[tuple[str, ...], SubtitleProvider | None] = ((), None)
        self._further: tuple[str, Sequence[SubtitleProvider]] = ("", ())

    def __call__(self) -> Sequence[SubtitleProvider]:
        """Give the clients, the best first."""
        settings = self._settings()
        asked = settings.network_enabled and settings.opensubtitles_enabled
        client = self._opensubtitles(settings) if asked else None
        if not asked:
            self._conditions.clear(condition_of(OPENSUBTITLES))
        others = self._others(settings.subliminal_providers) if settings.network_enabled else ()
        return [*([client] if client is not None else []), *others]

    def _others(self, names: str) -> Sequence[SubtitleProvider]:
        if not names.strip():
            return ()
        with self._lock:
            if self._further[0] != names:
                from engramd.sources.subliminal_provider import subliminal_providers

                for provider in self._further[1]:
                    self._conditions.clear(condition_of(provider.name))
                self._further = (names, subliminal_providers(self._tools, names))
            return self._further[1]

    def _opensubtitles(self, settings: AppConfig) -> SubtitleProvider | None:
        """Give the client for what the settings say, made when they last changed."""
        said = (
            settings.opensubtitles_url,
            settings.opensubtitles_api_key,
            settings.opensubtitles_username,
            settings.opensubtitles_password,
        )
        with self._lock:
            known, former = self._made
            if known == said:
                return former
            made = self._connected(said)
            self._made = (said, made)
        if former is not None:
            former.close()
        return made

    def _connected(self, said: tuple[str, str, str, str]) -> SubtitleProvider | None:
        from engramd.sources.opensubtitles import connect
        from engramd.sources.opensubtitles_account import Access

        try:
            client = connect(Access(*said), self._cache)
        except EngramError as error:
            self._conditions.set(Condition(condition_of(OPENSUBTITLES), str(error), error.remedy))
            return None
        self._conditions.clear(condition_of(OPENSUBTITLES))
        return client
