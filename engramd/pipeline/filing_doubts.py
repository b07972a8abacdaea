"""What is asked before a title is filed, where it is not sure enough what it is to name a file after it."""

from __future__ import annotations

from dataclasses import dataclass

from engramd.models import ContentType, DiscJob, DiscTitle, ReviewKind, TitleRole
from engramd.pipeline.editions import count_films, cuts_with, wants_name
from engramd.pipeline.filing_items import kind_of
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import is_about_identity


@dataclass(frozen=True)
class Doubt:
    """What is asked about a title, and why."""

    kind: ReviewKind
    question: str
    why: str


class FilingDoubts:
    """Finds the question that a title is held back for."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def waits_for_disc(self, job: DiscJob, title: DiscTitle) -> bool:
        """Whether a title waits until it is known what is on its disc.

        What kind of disc it is, an episode that is known has answered; which show it is, it has not.
        """
        tasks = self._parts.store.open_reviews(job.id)
        asked = any(is_about_identity(task) for task in tasks)
        decided = _is_decided(title)
        return asked and not title.own_title and not (decided and self._only_type_is_asked(job))

    def question(self, job: DiscJob, title: DiscTitle) -> Doubt | None:
        """Give what is to be asked of a film before it is filed."""
        if job.is_other:
            return None
        number, length = title.title_index + 1, f"{title.duration_seconds / 60:.0f} min"
        film, decided = job.detected_title or job.volume_label, _is_decided(title)
        if not decided and wants_name(self._parts, job, title):
            others = [t for t in cuts_with(title, self._titles(job)) if t.id != title.id]
            cuts = ", ".join(
                f"title {t.title_index + 1} with {t.duration_seconds / 60:.0f} min" for t in others
            )
            return Doubt(
                ReviewKind.EDITION,
                f"Which edition of {film} is title {number} ({length}), if it is not the film itself?",
                f"the disc has other cuts: {cuts}",
            )
        if title.own_title or (decided and title.role is not TitleRole.MAIN_FEATURE):
            return None
        if title.role is TitleRole.MAIN_FEATURE and self._is_one_of_several(job, title):
            why = "the disc holds several films"
            return Doubt(ReviewKind.IDENTITY, f"Which film is title {number} ({length})?", why)
        another = job.content_type is ContentType.MOVIE and title.role is TitleRole.UNKNOWN
        if decided or not another or title.edition or title.is_extra:
            return None
        return Doubt(
            ReviewKind.EDITION,
            f"Is title {number} ({length}) another version of {film}, and which?",
            "it is about as long as a film, and nothing says what it is",
        )

    def _is_one_of_several(self, job: DiscJob, title: DiscTitle) -> bool:
        """Whether a film's disc holds others that are not told apart by names or editions."""
        if kind_of(job, title) is not ContentType.MOVIE or title.edition:
            return False
        features = [
            t
            for t in self._titles(job)
            if t.role is TitleRole.MAIN_FEATURE and not t.own_title and not t.edition
        ]
        return count_films(features) > 1

    def _titles(self, job: DiscJob) -> list[DiscTitle]:
        return self._parts.store.titles(job.id or 0)

    def _only_type_is_asked(self, job: DiscJob) -> bool:
        return job.content_type is ContentType.UNKNOWN and not self._parts.store.works(job.id or 0)


def _is_decided(title: DiscTitle) -> bool:
    return bool(title.matched_episode) or title.match_source == "user"
