"""Which posters a filed title's folders want, and where TMDB has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engramd.models import ContentType, DiscJob, DiscTitle, NamingPreset, WorkNamespace
from engramd.organize import EpisodeCode
from engramd.organize.sidecars import POSTER, season_poster
from engramd.pipeline.filing_items import FileCode, kind_of
from engramd.pipeline.sidecar_facts import tmdb_number
from engramd.pipeline.sources import Sources
from engramd.tools import CancelToken


@dataclass(frozen=True)
class WantedPoster:
    """A poster by its place, and the work that it is of; `season` is the aired one, None: of the work."""

    path: Path
    namespace: WorkNamespace
    tmdb_id: int
    season: int | None = None


class SidecarPosters:
    """Asks TMDB for posters. For any thread."""

    def __init__(self, sources: Sources, file_code: FileCode, stop: CancelToken) -> None:
        self._sources, self._file_code, self._stop = sources, file_code, stop

    def wanted(
        self, job: DiscJob, title: DiscTitle, video: Path, root: Path, preset: NamingPreset
    ) -> Iterator[WantedPoster]:
        """Give the posters of a title's folders; none for one without a number at TMDB or without a folder.

        Raises InvalidArgument, Cancelled.
        """
        kind, parts = kind_of(job, title), video.relative_to(root).parts
        namespace = {ContentType.TV: WorkNamespace.TV, ContentType.MOVIE: WorkNamespace.MOVIE}.get(kind)
        number = tmdb_number(job, title, namespace) if namespace else 0
        if namespace is None or not number or len(parts) < 2:
            return
        work = root / parts[0]
        yield WantedPoster(work / POSTER, namespace, number)
        if namespace is WorkNamespace.TV and title.matched_episode and len(parts) > 2:
            code, aired = self._file_code(job, title), EpisodeCode.parse(title.matched_episode)
            if code.season == aired.season:
                place = season_poster(work, video.parent, code.season, preset)
                yield WantedPoster(place, namespace, number, aired.season)

    def fetch(self, wanted: WantedPoster, api_url: str) -> bytes | None:
        """Give a poster as JPEG; None where TMDB has none. Raises EngramErrors of the source, Cancelled."""
        from engramd.sources.tmdb_images import fetch_poster

        with self._sources.tmdb() as tmdb:
            if wanted.season is not None:
                season = tmdb.season(wanted.tmdb_id, wanted.season, self._stop)
                path = season.poster_path if season else ""
            elif wanted.namespace is WorkNamespace.TV:
                show = tmdb.tv(wanted.tmdb_id, self._stop)
                path = show.poster_path if show else ""
            else:
                film = tmdb.movie(wanted.tmdb_id, self._stop)
                path = film.poster_path if film else ""
            sizes = tmdb.images(self._stop) if path else None
        # The server of pictures is another one: what is wrong with it is no condition of TMDB.
        return fetch_poster(sizes, path, api_url, self._stop) if sizes is not None else None
