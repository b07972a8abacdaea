"""What TheDiscDB records of a disc: its work, its release, its titles, and what each of them is."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from engramd.models.enums import TitleRole

#: Kinds of works, as TMDB numbers them: an id without its namespace means nothing.
Namespace = Literal["tv", "movie"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Work(_Value):
    """A series or a film."""

    namespace: Namespace
    name: str
    year: int | None = None
    tmdb_id: int | None = None
    imdb_id: str | None = None


class Item(_Value):
    """What a title is, as a person recorded it.

    `kind` is the word of the data (`Episode`, `MainMovie`, `Extra`, `Trailer`, `DeletedScene`, `Other`,
    `Interview`, `Featurette`, `Scene`, `Music`, `Short`). `episodes` are the first and the last episode.
    `chapters` are the names of the chapters, in their order.
    """

    kind: str
    name: str = ""
    season: int | None = None
    episodes: tuple[int, int] | None = None
    description: str = ""
    chapters: tuple[str, ...] = ()


class EntryTitle(_Value):
    """A title as MakeMKV listed it: duration in whole seconds (cut, not rounded), size in bytes.

    `source_file` is the playlist or stream (`00800.mpls`, `00800.mpls(2)` for an angle, `00020.m2ts`) or the
    number of the DVD title. The segment map counts clips on Blu-rays, and the title's own cells on DVDs.
    """

    source_file: str
    segment_map: str
    duration: int
    size: int
    item: Item | None = None


class DiscEntry(_Value):
    """One disc of one release of one work. `where` names its place in the data, for people."""

    work: Work
    release_slug: str = ""
    release_title: str = ""
    disc_index: int | None = None
    disc_name: str = ""
    disc_slug: str = ""
    disc_format: str = ""
    content_hash: str | None = None
    titles: tuple[EntryTitle, ...] = ()
    where: str = ""

    @property
    def label(self) -> str:
        """Name the disc for people: work, year, release and disc."""
        year = f" ({self.work.year})" if self.work.year else ""
        disc = self.disc_name or (f"disc {self.disc_index}" if self.disc_index is not None else "")
        parts = [f"{self.work.name}{year}", self.release_title or self.release_slug, disc]
        return ", ".join(part for part in parts if part)


class Mapping(_Value):
    """What a title of the disc at hand is. `confidence` is 0 to 1, `reason` a sentence for people.

    `episode` is `S01E01` or `S01E01-E02`; a title with role `episode` and a season but no `episode` has no
    number in the data. `work` is set where the title is not what the disc is (two films on one disc).
    `same_as` is the `title_index` that a duplicate repeats.
    """

    title_index: int
    role: TitleRole
    episode: str | None = None
    season: int | None = None
    name: str = ""
    extra_kind: str | None = None
    edition: str | None = None
    work: Work | None = None
    same_as: int | None = None
    confidence: float
    reason: str
