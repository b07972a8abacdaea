"""A stand-in for OpenSubtitles.com, as its documentation describes it: a real HTTP server on the loopback.

It knows one show, the files that a test gives it, one key and one account, and it counts. Texts of refusals
are the ones that the service is known to send.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from engramd.sources.opensubtitles_languages import to_codes
from tests.support.webserver import Answer, Responder, Seen, WebServer, json_answer

LOGIN, SEARCH, DOWNLOAD = "/api/v1/login", "/api/v1/subtitles", "/api/v1/download"
USER, FORMATS = "/api/v1/infos/user", "/api/v1/infos/formats"
SENTENCE = (
    "You have downloaded your allowed {allowed} subtitles for 24h.Your quota will be renewed in 06 hours"
)

#: Season, episode and ISO 639-2/B code.
Key = tuple[int, int, str]


class StandInOpenSubtitles:
    """The server; use it as a context manager. All attributes may be changed while it runs.

    `files` are what it has, several for an episode as a tuple; `about` overrides fields of a file's row (of
    all its files) such as `from_trusted`; `stray` are rows that come with every search, whatever was asked.
    `quota` counts down to 0. `instead` holds, by path or under `file`, answers that are given in turn before
    the true ones; `content_type` is that of served files.
    """

    def __init__(self, *, show: str = "The Show", tmdb_id: int | None = 1972, quota: int = 20) -> None:
        self.show, self.tmdb_id = show, tmdb_id
        self.files: dict[Key, bytes | tuple[bytes, ...]] = {}
        self.about: dict[Key, dict[str, Any]] = {}
        self.stray: list[dict[str, Any]] = []
        self.quota = self.allowed = quota
        self.resets_at = (datetime.now(UTC) + timedelta(hours=6)).replace(microsecond=0)
        self.key, self.username, self.password = "Key0123456789abcdefghijklmnopqrs", "viewer", "correct horse"
        self.token, self.base_url = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl", ""
        self.page_size = 50
        self.content_type = "application/x-subrip"
        self.instead: dict[str, list[Answer | Responder]] = {}
        self._ids: dict[tuple[Key, int], int] = {}
        self._counting = threading.Lock()
        self._server = WebServer()
        for path, answers in self._answers().items():
            self._server.script(path, self._guarded(path, answers))

    @property
    def url(self) -> str:
        """The address, for `opensubtitles_url`."""
        return self._server.url

    @property
    def settings(self) -> dict[str, object]:
        """Settings that make a daemon ask this server, with the account."""
        return {
            "opensubtitles_enabled": True,
            "opensubtitles_url": self.url,
            "opensubtitles_api_key": self.key,
            "opensubtitles_username": self.username,
            "opensubtitles_password": self.password,
        }

    @property
    def requests(self) -> list[Seen]:
        """All that was asked, in order."""
        return self._server.requests

    def asked(self, path: str) -> list[Seen]:
        """Give the requests of one of the paths above."""
        return self._server.asked(path)

    @property
    def served(self) -> list[Seen]:
        """The requests for files themselves."""
        return [seen for seen in self.requests if seen.path.startswith("/download/")]

    def expire_tokens(self) -> None:
        """Have the token that was given out be refused."""
        self.token += "0"

    def row(self, key: Key, variant: int = 0, **changed: Any) -> dict[str, Any]:
        """Give a row of results; `changed` replaces attributes, or with `feature_details` some of those."""
        season, episode, language = key
        feature = {
            "feature_id": 1266991,
            "feature_type": "Episode",
            "year": 2022,
            "title": "Stranger",
            "movie_name": f"{self.show} - S{season:02d}E{episode:02d}  Stranger",
            "imdb_id": 14883254,
            "tmdb_id": 3658572,
            "season_number": season,
            "episode_number": episode,
            "parent_imdb_id": 7772588,
            "parent_title": self.show,
            "parent_tmdb_id": self.tmdb_id,
            "parent_feature_id": 1028805,
            **changed.pop("feature_details", {}),
        }
        number = self._ids.setdefault((key, variant), 7654001 + len(self._ids))
        name = f"{self.show}.S{season:02d}E{episode:02d}.DVDRip-{variant}"
        attributes = {
            "subtitle_id": str(number - 1000),
            "language": to_codes([language]).split(",", maxsplit=1)[0],
            "download_count": 21673 - variant,
            "new_download_count": 3145,
            "hearing_impaired": False,
            "hd": True,
            "fps": 23.976,
            "votes": 0,
            "ratings": 0.0,
            "from_trusted": False,
            "foreign_parts_only": False,
            "upload_date": "2022-08-12T03:58:57Z",
            "ai_translated": False,
            "nb_cd": 1,
            "machine_translated": False,
            "release": name,
            "comments": None,
            "legacy_subtitle_id": None,
            "uploader": {"uploader_id": 216980, "name": "somebody", "rank": "Trusted member"},
            "feature_details": feature,
            "url": "https://www.opensubtitles.com/en/subtitles/legacy/9203671",
            "related_links": [],
            "files": [{"file_id": number, "cd_number": 1, "file_name": name}],
            **changed,
        }
        return {"id": str(number - 1000), "type": "subtitle", "attributes": attributes}

    def __enter__(self) -> StandInOpenSubtitles:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def _answers(self) -> Mapping[str, Callable[[Seen], Answer]]:
        return {
            LOGIN: self._login,
            SEARCH: self._search,
            DOWNLOAD: self._download,
            USER: self._user,
            FORMATS: lambda _seen: json_answer({"data": {"output_formats": ["srt", "sub"]}}),
        }

    def _guarded(self, path: str, answers: Callable[[Seen], Answer]) -> Callable[[Seen], Answer]:
        def answer(seen: Seen) -> Answer:
            scripted = self._scripted(path, seen)
            if scripted is not None:
                return scripted
            if not seen.headers.get("user-agent", "").startswith("engramd v"):
                return json_answer({"message": "User-Agent header is wrong"}, 403)
            if seen.headers.get("api-key") != self.key:
                return json_answer({"message": "You cannot consume this service"}, 403)
            return answers(seen)

        return answer

    def _scripted(self, path: str, seen: Seen) -> Answer | None:
        scripts = self.instead.get(path)
        if not scripts:
            return None
        script = scripts.pop(0)
        return script if isinstance(script, Answer) else script(seen)

    def _login(self, seen: Seen) -> Answer:
        if seen.json() != {"username": self.username, "password": self.password}:
            return json_answer({"message": "Error, invalid username/password", "status": 401}, 401)
        user = {
            "allowed_translations": 1,
            "allowed_downloads": self.allowed,
            "level": "Sub leecher",
            "user_id": 66,
            "ext_installed": False,
            "vip": False,
        }
        base = self.base_url or self.url.removeprefix("http://")
        return json_answer({"user": user, "base_url": base, "token": self.token, "status": 200})

    def _refused_token(self, seen: Seen, *, is_needed: bool) -> Answer | None:
        given = seen.headers.get("authorization")
        if given is None:
            return json_answer({"message": "No token in request"}, 401) if is_needed else None
        if given != f"Bearer {self.token}":
            return json_answer({"message": "invalid token"}, 401)
        return None

    def _user(self, seen: Seen) -> Answer:
        data = {
            "allowed_downloads": self.allowed,
            "level": "Sub leecher",
            "user_id": 66,
            "ext_installed": False,
            "vip": False,
            "downloads_count": self.allowed - self.quota,
            "remaining_downloads": self.quota,
        }
        return self._refused_token(seen, is_needed=True) or json_answer({"data": data})

    def _search(self, seen: Seen) -> Answer:
        if list(seen.query) != sorted(seen.query):
            return Answer(301, b"", headers={"Location": "/unsorted"})
        rows = [*self.stray, *self._rows(seen.query)]
        page = int(seen.query.get("page", 1))
        there = rows[(page - 1) * self.page_size : page * self.page_size]
        return json_answer(
            {
                "total_pages": -(-len(rows) // self.page_size),
                "total_count": len(rows),
                "per_page": self.page_size,
                "page": page,
                "data": there,
            }
        )

    def _rows(self, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        number = query.get("parent_tmdb_id")
        if number is not None and number != str(self.tmdb_id):
            return
        if number is None and query.get("query") != self.show.lower():
            return
        for key, data in sorted(self.files.items(), key=lambda item: item[0]):
            season, episode, language = key
            is_wanted = query.get("season_number") == str(season) and query.get("episode_number") in (
                None,
                str(episode),
            )
            codes = query["languages"].split(",")
            if is_wanted and to_codes([language]).split(",", maxsplit=1)[0] in codes:
                for variant in range(len(data) if isinstance(data, tuple) else 1):
                    yield self.row(key, variant, **dict(self.about.get(key, {})))

    def _counted(self) -> bool:
        """Take one download off the quota, unless it is used up; requests come in several threads."""
        with self._counting:
            self.quota -= (left := self.quota > 0)
        return left

    def _download(self, seen: Seen) -> Answer:
        refused = self._refused_token(seen, is_needed=False)
        if refused is not None:
            return refused
        body = seen.json()
        number = body.get("file_id") if isinstance(body, dict) else None
        wanted = next((place for place, known in self._ids.items() if known == number), None)
        if wanted is None or wanted[0] not in self.files:
            return json_answer({"message": "Invalid file_id"}, 406)
        told = {"reset_time": "06 hours and 00 minutes", "reset_time_utc": self._reset()}
        if not self._counted():
            message = SENTENCE.format(allowed=self.allowed)
            told |= {"message": message}
            return json_answer({"requests": self.allowed + 1, "remaining": -1, **told}, 406)
        path = self._place(*wanted, number)
        return json_answer(
            {
                "link": self.url + path,
                "file_name": path.rpartition("/")[2],
                "requests": self.allowed - self.quota,
                "remaining": self.quota,
                "message": f"Your quota will be renewed in 06 hours ({self._reset()} UTC)",
                **told,
            }
        )

    def _reset(self) -> str:
        return self.resets_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def _place(self, key: Key, variant: int, number: object) -> str:
        path = f"/download/A184A5EA6342EFE3{number}/subfile/{key[0]}x{key[1]}.{key[2]}.srt"

        def answer(seen: Seen) -> Answer:
            scripted = self._scripted("file", seen)
            if scripted is not None:
                return scripted
            data = self.files[key]
            whole = data[variant] if isinstance(data, tuple) else data
            return Answer(200, whole, self.content_type)

        self._server.script(path, answer)
        return path


def quota_spent(message: str = SENTENCE.format(allowed=20), status: int = 406) -> Answer:
    """Give the refusal of a download without the moment of the reset."""
    return Answer(status, json.dumps({"message": message}).encode())
