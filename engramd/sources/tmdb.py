"""TMDB, which knows series, seasons, episodes and films.

What it is sent: the title and year that a disc or a person names, numbers of TMDB's own, a language, the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from engramd.errors import InvalidArgument
from engramd.sources import tmdb_model as model
from engramd.sources.fetch import Fetcher
from engramd.sources.names import WorkNames
from engramd.sources.problems import SourceChanged, SourceRefused
from engramd.sources.work import Candidate, Namespace, WorkId
from engramd.tools.cancel import CancelToken

ADDRESS = "https://api.themoviedb.org"
NAME = "TMDB"
_V3 = re.compile(r"[0-9a-fA-F]{32}")
_V4 = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
#: Works of one name that are looked at, of each kind: as many as TMDB puts on a page.
MOST_NAMESAKES = 20
_GROUP_ID = re.compile(r"[0-9A-Za-z]{1,40}")
_LONGEST_QUERY = 200
#: Names of a work that are compared with a disc's; far more than any has.
_MOST_NAMES = 1000
_SEARCHES = timedelta(days=1)
_DETAILS = timedelta(days=7)
_GROUPS = timedelta(days=30)
_NAMES_TOO = "alternative_titles,translations"

_Model = TypeVar("_Model", bound=model.Answer)


def key_parts(key: str) -> tuple[dict[str, str], dict[str, str]]:
    """Give headers and query parameters for a key: a v3 key (32 hex digits) or a v4 token (a JWT).

    Raises InvalidArgument, without the key, for anything else.
    """
    key = key.strip()
    if _V3.fullmatch(key):
        return {}, {"api_key": key}
    if _V4.fullmatch(key):
        return {"Authorization": f"Bearer {key}"}, {}
    raise InvalidArgument(
        "the key of TMDB is neither an API key (32 hexadecimal digits) nor a read access token",
        where="tmdb_api_key",
        remedy="copy one of the two from https://www.themoviedb.org/settings/api",
    )


def connect(key: str, cache_folder: Path | None, language: str = "en-US", address: str = ADDRESS) -> Tmdb:
    """Make a client for `key`; nothing is sent yet. Raises InvalidArgument for what is no key."""
    headers, params = key_parts(key)
    fetcher = Fetcher(
        NAME, address, headers=headers, params=params, cache_folder=cache_folder, lifetime=_DETAILS
    )
    return Tmdb(fetcher, language)


class Tmdb:
    """Client of TMDB; names come in `language` (such as `de-DE`) where TMDB has them.

    All methods raise SourceUnreachable, SourceRefused, SourceChanged and Cancelled; None or an empty tuple
    means that TMDB does not know it.
    """

    def __init__(self, fetcher: Fetcher, language: str = "en-US") -> None:
        self._fetcher = fetcher
        self._language = language

    def close(self) -> None:
        """Close connections and cache."""
        self._fetcher.close()

    def check(self, cancel: CancelToken | None = None) -> None:
        """Ask TMDB whether it accepts the key, never from the cache; returns if it does."""
        found = self._get("/authentication", {}, model.KeyCheck, timedelta(0), cancel, fresh=True)
        if found is None or not found.success:
            raise SourceRefused(
                "TMDB refuses access",
                source=NAME,
                where="/authentication",
                remedy="enter a valid key of TMDB",
            )

    def search_tv(
        self, query: str, year: int | None = None, cancel: CancelToken | None = None
    ) -> tuple[model.TvHit, ...]:
        """Find series by name; by the year of the first airing too if that finds any."""
        for params in self._searches(query, "first_air_date_year", year):
            found = self._search("/search/tv", params, model.TvHits, cancel)
            if found.results:
                return found.results
        return ()

    def search_movie(
        self, query: str, year: int | None = None, cancel: CancelToken | None = None
    ) -> tuple[model.MovieHit, ...]:
        """Find films by name; by the year of the first release too if that finds any."""
        for params in self._searches(query, "primary_release_year", year):
            found = self._search("/search/movie", params, model.MovieHits, cancel)
            if found.results:
                return found.results
        return ()

    def search_multi(self, query: str, cancel: CancelToken | None = None) -> tuple[WorkId, ...]:
        """Find series and films by name, in TMDB's order."""
        found: list[WorkId] = []
        for params in self._searches(query, "", None):
            for hit in self._search("/search/multi", params, model.MixedHits, cancel).results:
                if isinstance(hit, model.MixedTv | model.MixedMovie):
                    found.append(WorkId(hit.media_type, hit.id))
        return tuple(found)

    def find(
        self,
        title: str,
        *,
        year: int | None = None,
        season: int | None = None,
        namespaces: Sequence[Namespace] = ("tv", "movie"),
        most: int = 5,
        cancel: CancelToken | None = None,
    ) -> tuple[Candidate, ...]:
        """Give up to `most` candidates of each kind for a title: those of exactly that name first.

        There are more where more have exactly that name, up to MOST_NAMESAKES: which of them is the disc's
        is not decided by their order.
        The year is a hint only, for a disc may name the year of a season, or of its own making.
        """
        works = [work for kind in namespaces for work in self._works(kind, title, year, most, cancel)]
        found = (self.candidate(work, season, cancel) for work in works)
        return tuple(candidate for candidate in found if candidate is not None)

    def tv(self, number: int, cancel: CancelToken | None = None) -> model.TvDetails | None:
        """Give the details of a series, with its names everywhere."""
        return self._get(f"/tv/{number:d}", self._with_names(), model.TvDetails, _DETAILS, cancel)

    def movie(self, number: int, cancel: CancelToken | None = None) -> model.MovieDetails | None:
        """Give the details of a film, with its names everywhere."""
        return self._get(f"/movie/{number:d}", self._with_names(), model.MovieDetails, _DETAILS, cancel)

    def season(self, tv: int, number: int, cancel: CancelToken | None = None) -> model.Season | None:
        """Give the episodes of a season of a series; season 0 holds the specials."""
        path = f"/tv/{tv:d}/season/{number:d}"
        return self._get(path, {"language": self._language}, model.Season, _DETAILS, cancel)

    def episode_groups(self, tv: int, cancel: CancelToken | None = None) -> tuple[model.GroupSummary, ...]:
        """List the orders that a series' episodes can be put in."""
        found = self._get(f"/tv/{tv:d}/episode_groups", {}, model.GroupList, _GROUPS, cancel)
        return found.results if found is not None else ()

    def episode_group(self, number: str, cancel: CancelToken | None = None) -> model.EpisodeGroups | None:
        """Give one order of a series' episodes by its id, as in `episode_groups`."""
        if not _GROUP_ID.fullmatch(number):
            raise InvalidArgument(f"{number[:40]!r} is no id of an episode group")
        params = {"language": self._language}
        return self._get(f"/tv/episode_group/{number}", params, model.EpisodeGroups, _GROUPS, cancel)

    def images(self, cancel: CancelToken | None = None) -> model.ImageSizes | None:
        """Say where TMDB's pictures are."""
        found = self._get("/configuration", {}, model.Configuration, _DETAILS, cancel)
        return found.images if found is not None else None

    def candidate(
        self, work: WorkId, season: int | None = None, cancel: CancelToken | None = None
    ) -> Candidate | None:
        """Give all that tells a work from others: details, and the runtimes of `season` of a series."""
        if work.namespace == "movie":
            film = self.movie(work.id, cancel)
            return None if film is None else movie_candidate(film)
        series = self.tv(work.id, cancel)
        if series is None:
            return None
        known = season is not None and any(s.season_number == season for s in series.seasons)
        episodes = self.season(work.id, season, cancel) if known and season is not None else None
        return tv_candidate(series, [] if episodes is None else [episodes])

    def _works(
        self, kind: Namespace, title: str, year: int | None, most: int, cancel: CancelToken | None
    ) -> list[WorkId]:
        named: dict[WorkId, bool] = {}
        for asked in dict.fromkeys((year, None)):
            hits: Sequence[model.TvHit | model.MovieHit] = (
                self.search_tv(title, asked, cancel)
                if kind == "tv"
                else self.search_movie(title, asked, cancel)
            )
            for hit in hits:
                named.setdefault(WorkId(kind, hit.id), _letters(title) in map(_letters, hit.both_names))
        namesakes = min(sum(named.values()), MOST_NAMESAKES)
        return sorted(named, key=lambda work: not named[work])[: max(most, namesakes)]

    def _with_names(self) -> dict[str, str]:
        return {"language": self._language, "append_to_response": _NAMES_TOO}

    def _searches(self, query: str, year_name: str, year: int | None) -> list[dict[str, str]]:
        """Give the parameters of the searches to try in turn: with the year, then without it."""
        text = " ".join(query.split())[:_LONGEST_QUERY]
        if not text:
            return []
        plain = {"query": text, "language": self._language, "include_adult": "false"}
        with_year = [{**plain, year_name: str(year)}] if year is not None and 1000 <= year <= 9999 else []
        return [*with_year, plain]

    def _search(
        self, path: str, params: Mapping[str, str], kind: type[_Model], cancel: CancelToken | None
    ) -> _Model:
        """Ask a search, which has an answer even if it finds nothing: without one, the address is wrong."""
        found = self._get(path, params, kind, _SEARCHES, cancel)
        if found is None:
            raise SourceChanged(
                "TMDB has no search at its address",
                source=NAME,
                field="status 404",
                where=path,
                remedy="check tmdb_url, or look for a newer version of this program",
            )
        return found

    def _get(
        self,
        path: str,
        params: Mapping[str, str],
        kind: type[_Model],
        lifetime: timedelta,
        cancel: CancelToken | None,
        *,
        fresh: bool = False,
    ) -> _Model | None:
        def check(value: object) -> None:
            _understood(value, kind, path)

        value = self._fetcher.get_json(
            f"/3{path}", params, check=check, lifetime=lifetime, fresh=fresh, cancel=cancel
        )
        return None if value is None else _understood(value, kind, path)


def tv_candidate(series: model.TvDetails, seasons: list[model.Season]) -> Candidate:
    """Make a candidate of a series and those of its seasons whose episodes are known."""
    regular = [s for s in series.seasons if s.season_number > 0]
    numbers = frozenset(s.season_number for s in regular) or frozenset(range(1, _count(series) + 1))
    return Candidate(
        work=WorkId("tv", series.id),
        name=series.name,
        original_name=series.original_name,
        names=_distinct(series.translations.all + series.alternative_titles.all),
        year=model.year_of(series.first_air_date),
        countries=frozenset(series.origin_country),
        seasons=numbers,
        season_years=frozenset(year for s in regular if (year := model.year_of(s.air_date))),
        runtimes=tuple(minutes for minutes in series.episode_run_time if minutes),
        season_runtimes={s.season_number: tuple(e.runtime for e in s.episodes if e.runtime) for s in seasons},
    )


def movie_candidate(film: model.MovieDetails) -> Candidate:
    """Make a candidate of a film."""
    return Candidate(
        work=WorkId("movie", film.id),
        name=film.title,
        original_name=film.original_title,
        names=_distinct(film.translations.all + film.alternative_titles.all),
        year=model.year_of(film.release_date),
        countries=frozenset(film.origin_country),
        runtimes=(film.runtime,) if film.runtime else (),
    )


def names_of(details: model.TvDetails | model.MovieDetails) -> WorkNames:
    """Give the names of a work by language; translations without a name of their own are left out."""
    if isinstance(details, model.TvDetails):
        name, original = details.name, details.original_name
    else:
        name, original = details.title, details.original_title
    translated = {
        "-".join(filter(None, (t.iso_639_1, t.iso_3166_1))): t.data.name or t.data.title
        for t in details.translations.translations
        if t.iso_639_1 and (t.data.name or t.data.title)
    }
    return WorkNames(original or name, details.original_language, translated)


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _count(series: model.TvDetails) -> int:
    return min(series.number_of_seasons, 1000)


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:_MOST_NAMES]


def _understood(value: object, kind: type[_Model], path: str) -> _Model:
    """Read an answer, or raise SourceChanged with the first field that is not as documented."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"] if part != "function-before") or "body"
        raise SourceChanged(
            "TMDB gave an answer that this program does not understand",
            source=NAME,
            field=field,
            where=f"{path}, {field}",
            why=first["msg"],
            remedy="look for a newer version of this program",
        ) from None
