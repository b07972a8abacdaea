"""What helps a person to answer: the title's own words, its season, plots, and a file to look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from engramd.errors import Cancelled, EngramError, NotFound
from engramd.models import ContentType, DiscJob, DiscTitle, ReviewKind, ReviewTask, TitleState
from engramd.pipeline.own_words import OwnWords, own_words
from engramd.pipeline.parts import Parts
from engramd.pipeline.pictures import Pictures
from engramd.pipeline.plots import Plots
from engramd.pipeline.proposals import PROPOSED
from engramd.pipeline.records import in_order
from engramd.pipeline.review_roster import Asked, RosterRow, places_of, roster_rows
from engramd.pipeline.reviews import PARTS, is_about_extras, is_about_parts, is_proposal
from engramd.pipeline.roster import Rosters, holdings, holdings_of
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.threads import Errands

#: Questions that a season helps to answer.
_ABOUT_EPISODES = (ReviewKind.EPISODE, ReviewKind.SEASON, ReviewKind.CONFLICT, ReviewKind.REFERENCES)
_MOST_CANDIDATES = 10


@dataclass(frozen=True)
class ReviewDetails:
    """What there is: `title` is the one (from 1; 0: none) that `words` and `file` are of.

    `plots` are sentences by the episode of each candidate, `images` files with pictures of the title.
    """

    title: int = 0
    words: OwnWords = field(default_factory=OwnWords)
    file: str = ""
    roster: tuple[RosterRow, ...] = ()
    plots: Mapping[str, str] = field(default_factory=dict)
    images: tuple[str, ...] = ()


class DetailsReader:
    """Reads them from the database, the staging folder and what TMDB said; waits for nobody."""

    def __init__(
        self,
        parts: Parts,
        rosters: Rosters,
        plots: Plots,
        pictures: Pictures,
        read: Callable[[JobFolder, DiscTitle], object] = lambda _folder, _title: None,
    ) -> None:
        """`read` begins to read the evidence of a title whose staging folder was cleaned meanwhile."""
        self._parts, self._rosters, self._plots, self._read = parts, rosters, plots, read
        self._pictures = pictures
        self._errands = Errands()

    def of(self, review_id: int) -> ReviewDetails:
        """Give the details of an open or closed question. Raises NotFound."""
        task = self._parts.store.review(review_id)
        if task is None:
            raise NotFound("there is no such question", where=f"review {review_id}")
        job = self._parts.store.need_job(task.job_id)
        titles = self._subjects(task)
        shown = next((title for title in titles if _file_of(title)), titles[0] if titles else None)
        asked = self._asked(titles)
        words = self._words(job, shown) if shown is not None else OwnWords()
        file = _file_of(shown) if shown is not None else ""
        if shown is not None and task.closed_at is None:
            self._pictures.begin(review_id, shown, file, words.at)
        return ReviewDetails(
            title=shown.title_index + 1 if shown is not None else 0,
            words=words,
            file=file,
            roster=self._roster(task, job, asked),
            plots=self._plots_of(job, asked),
            images=self._pictures.of(review_id),
        )

    def _subjects(self, task: ReviewTask) -> list[DiscTitle]:
        """Give the titles that a question is about, in the order of the disc."""
        titles = in_order(self._parts.store.titles(task.job_id))
        if task.title_id is not None:
            return [title for title in titles if title.id == task.title_id]
        waiting = [t for t in titles if t.state in (TitleState.REVIEW, TitleState.MATCHING)]
        if is_proposal(task) or is_about_parts(task):
            source = PROPOSED if is_proposal(task) else PARTS
            return [title for title in waiting if title.match_source == source]
        if is_about_extras(task):
            return [title for title in waiting if title.is_extra]
        return sorted(waiting, key=lambda title: title.is_extra)

    def _asked(self, titles: list[DiscTitle]) -> Asked:
        rows = {title.title_index: self._parts.store.candidates(title.id or 0) for title in titles}
        likeliest = {index: found[0].episode for index, found in rows.items() if found}
        possible = [row.episode for found in rows.values() for row in found[:_MOST_CANDIDATES]]
        return Asked(likeliest, list(dict.fromkeys(possible)))

    def _words(self, job: DiscJob, title: DiscTitle) -> OwnWords:
        if not job.staging_folder:
            return OwnWords(at=int(title.duration_seconds / 2))
        folder = JobFolder(Path(job.staging_folder))
        evidence = folder.evidence(title.title_index)
        if title.state is TitleState.REVIEW and _is_to_read(evidence, title):
            # It is there when it is shown again.
            self._errands.begin("evidence", title.id or 0, lambda: self._read_anew(folder, title))
        return own_words(evidence, title.duration_seconds)

    def _read_anew(self, folder: JobFolder, title: DiscTitle) -> None:
        with suppress(EngramError):
            folder.make()
            self._read(folder, title)

    def _roster(self, task: ReviewTask, job: DiscJob, asked: Asked) -> tuple[RosterRow, ...]:
        if task.kind not in _ABOUT_EPISODES or job.content_type is ContentType.MOVIE:
            return ()
        held = [*holdings(self._parts.store, job), *holdings_of(self._parts.store, job)]
        known = self._rosters.known(job)
        if not known:  # it is known when the question is shown again
            self._errands.begin("roster", job.id or 0, lambda: self._learn(job))
        return tuple(roster_rows(job, held, known, asked))

    def _learn(self, job: DiscJob) -> None:
        with suppress(Cancelled):
            self._rosters.of(job)

    def _plots_of(self, job: DiscJob, asked: Asked) -> dict[str, str]:
        codes = list(dict.fromkeys([*asked.candidates, *asked.proposed.values()]))
        first = {code: places[0] for code in codes if (places := places_of(code))}
        found = self._plots.of(job, first.values())
        return {code: found[place] for code, place in first.items() if place in found}


def _is_to_read(evidence: Path, title: DiscTitle) -> bool:
    file = title.staging_file
    return bool(file) and not os.path.lexists(evidence) and os.path.lexists(file or "")


def _file_of(title: DiscTitle) -> str:
    """Give where a title's file is: in staging, or in the library."""
    paths = (title.staging_file, title.organized_to)
    return next((path for path in paths if path and os.path.lexists(path)), "")
