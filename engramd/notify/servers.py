"""Asks Plex, Jellyfin and Emby to look at one folder. The key goes in a header, and into no log and no error.

Sources: Plex, https://support.plex.tv/articles/201638786-plex-media-server-url-commands/; Jellyfin,
https://api.jellyfin.org (Library, PostUpdatedMedia), with the scheme MediaBrowser, since version 12 knows no
other; Emby, https://dev.emby.media/reference/RestAPI/LibraryService/postLibraryMediaUpdated.html.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from engramd.errors import InvalidArgument
from engramd.models import AppConfig
from engramd.sources.limits import Limits
from engramd.sources.problems import SourceChanged, SourceError, SourceRefused
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.sources.fetch import Fetcher

PLEX, JELLYFIN, EMBY = "plex", "jellyfin", "emby"
#: One attempt at a time: whoever asks tries again for a day.
LIMITS = Limits(tries=1, deadline=30.0, connect_timeout=10.0, read_timeout=20.0, body_size=4 * 1024 * 1024)
NAMES = {PLEX: "Plex", JELLYFIN: "Jellyfin", EMBY: "Emby"}
#: Folders of a server that an error lists.
_MOST_PLACES = 8


class MediaServer(Protocol):
    """A media server that can be told of a folder."""

    def scan(self, folder: str, cancel: CancelToken) -> None:
        """Have it look at a folder, as it sees it itself. Raises SourceError and Cancelled."""

    def close(self) -> None:
        """Close the connection."""


def configured(settings: AppConfig) -> list[str]:
    """Give the servers that there are."""
    return [name for name in NAMES if getattr(settings, f"{name}_url")]


def media_server(name: str, settings: AppConfig, limits: Limits = LIMITS) -> MediaServer:
    """Make the client of a server; InvalidArgument where its key can be none."""
    if name == PLEX:
        return Plex(settings.plex_url, settings.plex_token, limits)
    if name == JELLYFIN:
        return MediaBrowser(NAMES[name], settings.jellyfin_url, settings.jellyfin_api_key, limits)
    return MediaBrowser(NAMES[name], settings.emby_url, settings.emby_api_key, limits)


class Plex:
    """Plex, which is told of a folder by the section that holds it."""

    def __init__(self, url: str, token: str, limits: Limits = LIMITS) -> None:
        headers = {"Accept": "application/json"} | ({"X-Plex-Token": token} if token else {})
        self._fetcher = _fetcher(NAMES[PLEX], url, headers, token, limits)

    def scan(self, folder: str, cancel: CancelToken) -> None:
        """See MediaServer."""
        sections = self._sections(cancel)
        keys = [key for key, places in sections.items() if any(_holds(place, folder) for place in places)]
        if not keys:
            known = sorted({place for places in sections.values() for place in places})
            more = ["…"] if len(known) > _MOST_PLACES else []
            there = ", ".join([*known[:_MOST_PLACES], *more]) or "none"
            raise SourceRefused(
                "Plex has no library that holds the folder",
                source=NAMES[PLEX],
                where=folder,
                why=f"its folders are {there}",
                remedy="add it to a library of Plex, or set media_server_path_map if Plex sees it elsewhere",
            )
        for key in keys:
            place = f"/library/sections/{quote(key, safe='')}/refresh"
            answer = self._fetcher.exchange(
                "GET", f"{place}?path={quote(folder, safe='')}", place=place, cancel=cancel
            )
            _accepted(NAMES[PLEX], answer.status, place)

    def close(self) -> None:
        """Close the connection."""
        self._fetcher.close()

    def _sections(self, cancel: CancelToken) -> dict[str, list[str]]:
        """Give the folders of each section, by the section's key."""
        place = "/library/sections"
        answer = self._fetcher.exchange("GET", place, cancel=cancel)
        _accepted(NAMES[PLEX], answer.status, place)
        try:
            listed = json.loads(answer.body)["MediaContainer"].get("Directory", [])
            return {str(one["key"]): [str(at["path"]) for at in one.get("Location", [])] for one in listed}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            why = type(error).__name__
            raise SourceChanged(
                "Plex gave an answer that this program does not understand",
                source=NAMES[PLEX],
                field="MediaContainer",
                where=place,
                why=why,
                remedy="check that plex_url is the address of Plex",
            ) from None


class MediaBrowser:
    """Jellyfin or Emby, which find out by themselves what a folder belongs to."""

    def __init__(self, name: str, url: str, key: str, limits: Limits = LIMITS) -> None:
        if '"' in key:
            raise InvalidArgument(
                f"the key of {name} has characters that no key has", remedy="enter it again"
            )
        is_emby = name == NAMES[EMBY]
        headers: Mapping[str, str] = (
            {"X-Emby-Token": key} if is_emby else {"Authorization": f'MediaBrowser Token="{key}"'}
        )
        self.name = name
        # Emby documents its interface below /emby, which may be part of the address.
        prefix = "/emby" if is_emby and not url.rstrip("/").endswith("/emby") else ""
        self._place = f"{prefix}/Library/Media/Updated"
        self._fetcher = _fetcher(name, url, headers if key else {}, key, limits)

    def scan(self, folder: str, cancel: CancelToken) -> None:
        """See MediaServer."""
        body = {"Updates": [{"Path": folder, "UpdateType": "Created"}]}
        answer = self._fetcher.exchange("POST", self._place, body, cancel=cancel)
        _accepted(self.name, answer.status, self._place)

    def close(self) -> None:
        """Close the connection."""
        self._fetcher.close()


def _fetcher(name: str, url: str, headers: Mapping[str, str], key: str, limits: Limits) -> Fetcher:
    from engramd.sources.fetch import Fetcher  # a daemon without media servers does not hold it

    return Fetcher(name, url, headers=headers, private=[key], limits=limits)


def _accepted(name: str, status: int, place: str) -> None:
    """Raise what an answer means that is no success."""
    if 200 <= status < 300:
        return
    setting = name.lower()
    if status in (401, 403):
        key = f"{setting}_token" if setting == PLEX else f"{setting}_api_key"
        remedy = f"enter a valid key: engramctl config set {key}"
        raise SourceRefused(
            f"{name} does not accept the key",
            source=name,
            where=place,
            why=f"it answered {status}",
            remedy=remedy,
        )
    raise SourceError(
        f"{name} does not take the message",
        source=name,
        where=place,
        why=f"it answered {status}",
        remedy=f"check that {setting}_url is the address of {name}",
    )


def _holds(place: str, folder: str) -> bool:
    """Whether a folder is, or lies in, a place; a Windows server's paths have backslashes and no case."""
    inside, outside = (text.replace("\\", "/").rstrip("/") for text in (folder, place))
    if "\\" in place:
        inside, outside = inside.lower(), outside.lower()
    return inside == outside or inside.startswith(f"{outside}/")
