"""Reference subtitles as providers offer and serve them, whichever provider it is.

Whether a file holds subtitles, of which language and episode, is judged where it is read: a provider's word
is a claim, never evidence.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from engramd.sources.problems import SourceError
from engramd.tools.cancel import CancelToken


@dataclass(frozen=True)
class Wanted:
    """An episode for which subtitles are wanted; `episode` says nothing where a whole season is asked for.

    `also` are further names of the show, `year` is that of its first airing, `tmdb_id` the series' number at
    TMDB. `languages` are ISO 639-2/B codes, best first.
    """

    show: str
    season: int
    episode: int
    languages: tuple[str, ...]
    also: tuple[str, ...] = ()
    year: int | None = None
    tmdb_id: int | None = None

    def of_episode(self, episode: int) -> Wanted:
        """Give the same for another episode of the season."""
        return replace(self, episode=episode)


@dataclass(frozen=True)
class Offer:
    """A file that a provider has; what it says of the file is the provider's claim.

    `provider_id` names the file at its provider for good. `language` is ISO 639-2/B. `downloads` tells how
    often others took it, `fps` for how many frames a second it was timed (0: not known). `trusted` is said of
    the person who made it.
    """

    provider: str
    provider_id: str
    language: str
    season: int
    episode: int
    release: str = ""
    hearing_impaired: bool = False
    machine_translated: bool = False
    trusted: bool = False
    downloads: int = 0
    fps: float = 0.0


@dataclass(frozen=True)
class Quota:
    """Downloads that are left until `resets_at` (UTC); None where that is not known."""

    left: int | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True)
class Served:
    """A file as a provider served it, out of its gzip or zip wrapping; the quota is what is left after it.

    `file_name` is the provider's own, and no path.
    """

    offer: Offer
    data: bytes = field(repr=False)
    file_name: str = ""
    left: int | None = None
    resets_at: datetime | None = None

    @property
    def sha256(self) -> str:
        """The hash of `data`, in lower-case hex."""
        return hashlib.sha256(self.data).hexdigest()


class OutOfQuota(SourceError):
    """No download is left before `resets_at` (UTC). A wait, and nothing that a person has to mend."""

    def __init__(self, what: str, *, source: str, resets_at: datetime, why: object = "") -> None:
        until = f"it goes on by itself after {resets_at:%Y-%m-%d %H:%M} UTC"
        super().__init__(what, source=source, why=why, remedy=until)
        self.resets_at = resets_at


class BadSubtitle(SourceError):
    """What was served for an offer is no subtitle file, or is gone; asking again for it will not help."""


class SubtitleProvider(Protocol):
    """A source of subtitles; thread safe, and nothing is sent before the first question.

    All methods raise SourceUnreachable, SourceRefused, SourceChanged and Cancelled.
    """

    name: str

    def search(self, wanted: Wanted, cancel: CancelToken | None = None) -> tuple[Offer, ...]:
        """Find files of an episode, best first; machine translations last, foreign parts only left out."""
        ...

    def search_season(self, wanted: Wanted, cancel: CancelToken | None = None) -> tuple[Offer, ...]:
        """Find files of all episodes of a season with few questions, each episode's best first.

        Nothing where a provider answers for single episodes only; and what a long list is cut short of is
        found by `search`.
        """
        ...

    def download(self, offer: Offer, cancel: CancelToken | None = None) -> Served:
        """Have a file served, which costs one download. Raises OutOfQuota and BadSubtitle too."""
        ...

    def quota(self) -> Quota:
        """Give what is known of the quota without asking."""
        ...

    def close(self) -> None:
        """Close connections; a later question opens them again."""
        ...
