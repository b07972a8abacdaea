"""What identification says, and what a person may say beforehand."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from engramd.models.enums import ClassificationSource, ContentType, TitleRole


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Hint(_Value):
    """What a person said about a disc; each value that is set wins over whatever the disc says."""

    content_type: ContentType | None = None
    show: str | None = None
    year: int | None = None
    season: int | None = None
    disc_number: int | None = None
    edition: str | None = None


class RoleVerdict(_Value):
    """What one title is.

    `place` is the place among the disc's episodes or main features, from 1. `same_as` is the `title_index`
    of the title that a duplicate repeats; `part_of` the play-all that contains the title; `parts` what a
    play-all consists of, in its order. `cuts` are the cuts of the film that the title is one of, the longest
    first; they have the same `place`.
    """

    title_index: int
    role: TitleRole
    place: int | None = None
    confidence: float = Field(ge=0.0, le=1.0)
    reason: str
    same_as: int | None = None
    part_of: int | None = None
    parts: tuple[int, ...] = ()
    cuts: tuple[int, ...] = ()


class Verdict(_Value):
    """What a disc is. `confidence` (0 to 1) is that of the content type; `reason` is a sentence for people.

    `needs_review` says only that the type or the roles are unsure: an unknown show or season never sets it.
    """

    content_type: ContentType
    title: str | None
    year: int | None
    season: int | None
    disc_number: int | None
    edition: str | None = None
    source: ClassificationSource = ClassificationSource.HEURISTIC
    confidence: float = Field(ge=0.0, le=1.0)
    reason: str
    needs_review: bool
    roles: tuple[RoleVerdict, ...]
