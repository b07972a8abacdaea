"""Stands in for Plex, Jellyfin and Emby: real HTTP on the loopback, with the shapes that they document.

Plex: `MediaContainer` with `Directory` and `Location`, as `GET /library/sections` answers with `Accept:
application/json`. Jellyfin and Emby: `POST /Library/Media/Updated`, an empty answer, 204 or 200.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.support.webserver import Answer, Seen, WebServer, json_answer

TOKEN = "s3cr3t-t0ken"
UPDATED = "/Library/Media/Updated"


class StandInPlex:
    """Plex with sections (key to folders); it refuses another token than `TOKEN`."""

    def __init__(self, web: WebServer, sections: Mapping[str, Sequence[str]]) -> None:
        self.web = web
        self.sections = sections
        web.script("/library/sections", self._list)
        for key in sections:
            web.script(f"/library/sections/{key}/refresh", self._refresh)

    def scanned(self) -> list[tuple[str, str]]:
        """The folders that it was to look at, with their sections."""
        return [
            (seen.path.split("/")[3], seen.query["path"])
            for seen in self.web.requests
            if seen.path.endswith("/refresh")
        ]

    def _list(self, seen: Seen) -> Answer:
        if seen.headers.get("x-plex-token") != TOKEN:
            return Answer(401, b"<html><title>Unauthorized</title></html>", "text/html")
        assert seen.headers["accept"] == "application/json"
        listed = [
            {
                "allowSync": True,
                "key": key,
                "type": "show" if number % 2 else "movie",
                "title": f"Library {key}",
                "agent": "tv.plex.agents.series",
                "scanner": "Plex TV Series",
                "language": "en-US",
                "refreshing": False,
                "Location": [{"id": place, "path": path} for place, path in enumerate(folders, 1)],
            }
            for number, (key, folders) in enumerate(self.sections.items())
        ]
        container = {"size": len(listed), "allowSync": False, "title1": "Plex Library", "Directory": listed}
        return json_answer({"MediaContainer": container})

    def _refresh(self, seen: Seen) -> Answer:
        right = seen.method == "GET" and seen.headers.get("x-plex-token") == TOKEN
        return Answer(200 if right else 401, b"")


class StandInMediaBrowser:
    """Jellyfin, or Emby, which differ in the header of the key, the path, and the status."""

    def __init__(self, web: WebServer, *, emby: bool = False) -> None:
        self.web = web
        self.path = f"/emby{UPDATED}" if emby else UPDATED
        self._header = ("x-emby-token", TOKEN) if emby else ("authorization", f'MediaBrowser Token="{TOKEN}"')
        self._status = 200 if emby else 204
        web.script(self.path, self._take)

    def scanned(self) -> list[str]:
        """The folders that it was told of."""
        bodies = [seen.json() for seen in self.web.asked(self.path)]
        return [update["Path"] for body in bodies if isinstance(body, dict) for update in body["Updates"]]

    def _take(self, seen: Seen) -> Answer:
        name, value = self._header
        body = seen.json()
        shape = isinstance(body, dict) and all({"Path", "UpdateType"} == set(u) for u in body["Updates"])
        if seen.headers.get(name) != value:
            return Answer(401, b"")
        is_json = seen.headers.get("content-type") == "application/json"
        return Answer(self._status if seen.method == "POST" and shape and is_json else 400, b"")
