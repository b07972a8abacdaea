"""What helps to answer a question, put together of the database, the staging folder and what TMDB said."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.errors import NotFound
from engramd.match.model import Evidence, KnownEpisode, Track
from engramd.models import DiscJob, DiscTitle, ReviewKind, TitleCandidate, TitleState
from engramd.pipeline.pictures import Pictures
from engramd.pipeline.plots import Plots
from engramd.pipeline.review_details import DetailsReader, ReviewDetails
from engramd.pipeline.roster import Rosters
from engramd.pipeline.staging import JobFolder
from tests.pipeline.proposed import ACTOR, Answered, listed
from tests.support.databases import Bench


class Helping(Answered):
    """Discs, with a list of episodes and plots at hand."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        super().__init__(bench, folder, references_path=str(folder / "none"))
        self.known: tuple[KnownEpisode, ...] = listed(1, *[22.0] * 8)
        rosters = SimpleNamespace(known=lambda _job: self.known, of=lambda _job: self.known)
        plots = SimpleNamespace(of=lambda _job, places: {p: f"Plot {p[1]}." for p in places})
        begin = lambda *asked: self.pictured.append(asked)  # noqa: E731
        pictures = SimpleNamespace(begin=begin, of=lambda review: (f"/cache/{review}.jpg",))
        self.pictured: list[tuple[Any, ...]] = []
        self.pictures = cast(Pictures, pictures)
        self.reader = DetailsReader(self.parts, cast(Rosters, rosters), cast(Plots, plots), self.pictures)

    def details(self, job_id: int) -> ReviewDetails:
        """Give the details of the only question about a job."""
        [task] = self.asked(job_id)
        return self.reader.of(task.id or 0)

    def says(self, job_id: int, index: int, *texts: str) -> None:
        """Keep a title's evidence, and its file."""
        folder = JobFolder(Path(self.job(job_id).staging_folder or ""))
        starts = tuple(300.0 * n for n in range(1, len(texts) + 1))
        track = Track(kind="caption", codec="eia_608", starts=starts, ends=starts, texts=texts)
        evidence = Evidence(source="x", duration=1300, tracks=(track,))
        folder.evidence(index).write_text(evidence.model_dump_json())
        (folder.path / f"{index}.mkv").touch()


@pytest.fixture
def discs(sqlite_bench: Bench, tmp_path: Path) -> Helping:
    return Helping(sqlite_bench, tmp_path)


def test_a_question_about_a_whole_disc_shows_its_first_title_and_what_is_proposed(discs: Helping) -> None:
    job = discs.disc(1, 3)
    discs.says(job, 0, "This is the first one.", "So it begins here.", "And that is all of it.")
    discs.match(job)
    found = discs.details(job)
    assert found.title == 1
    assert [line.at for line in found.words.lines] == [300, 600, 900]
    assert found.file.endswith("0.mkv")
    assert [(row.state, row.title) for row in found.roster[:3]] == [("this", 1), ("this", 2), ("this", 3)]
    assert {row.state for row in found.roster[3:]} <= {"candidate", "missing"}
    assert found.plots["S01E01"] == "Plot 1."
    [(review, title, file, at)] = discs.pictured
    assert (title.title_index, file, at) == (0, found.file, 600), "its pictures are begun"
    assert found.images == (f"/cache/{review}.jpg",)


def test_a_question_about_a_title_shows_that_title_and_what_other_discs_hold(discs: Helping) -> None:
    first = discs.disc(1, 2)
    discs.match(first)
    discs.answer(first, "accept")
    job = discs.disc(2, 2)
    discs.match(job)
    discs.answer(job, "one_by_one")
    one, two = discs.asked(job)
    discs.answers.answer(one.id or 0, "S01E03", ACTOR)
    found = discs.reader.of(two.id or 0)
    assert (found.title, found.file, found.words.lines) == (2, "", ())
    assert found.words.at == 650, "there is nothing but the middle to look at"
    states = {row.episode: (row.state, row.title, row.disc) for row in found.roster}
    assert states[1] == ("filed", 1, 1)
    assert states[3][0] in ("assigned", "filed")
    assert states[4][0] == "this"
    assert states[8][0] == "missing"


def test_a_question_that_no_season_helps_with_has_none(discs: Helping) -> None:
    job = discs.disc(1, 1)
    title = discs.store.titles(job)[0]
    discs.store.replace_of_title(
        TitleCandidate,
        title.id or 0,
        [TitleCandidate(title_id=title.id or 0, episode="S01E01", confidence=0.5)],
    )
    discs.bench.lifecycle.move_title(title, TitleState.REVIEW, "it is held")
    discs.reviews.ask(ReviewKind.IDENTITY, job, "What is it?")
    found = discs.details(job)
    assert (found.title, found.roster) == (1, ())


def test_a_file_in_the_library_is_looked_at_where_staging_has_none(discs: Helping, tmp_path: Path) -> None:
    job = discs.disc(1, 1)
    filed = tmp_path / "filed.mkv"
    filed.touch()
    title = discs.store.titles(job)[0]
    discs.bench.lifecycle.update_title(title, organized_to=str(filed))
    discs.reviews.ask(ReviewKind.CONFLICT, job, "Which is to stay?", title=title)
    assert discs.details(job).file == str(filed)


def test_a_list_of_episodes_that_is_not_at_hand_is_fetched_for_the_next_time(discs: Helping) -> None:
    job = discs.disc(1, 2)
    discs.match(job)
    learnt: list[Any] = []
    discs.known = ()
    discs.reader._rosters.of = lambda job: learnt.append(job.id) or ()  # type: ignore[method-assign,func-returns-value]
    found = discs.details(job)
    assert [row.name for row in found.roster[:2]] == ["", ""]
    while not learnt:
        pass
    assert learnt == [job]


def test_however_often_a_question_is_looked_at_its_list_of_episodes_is_fetched_once_at_a_time(
    discs: Helping,
) -> None:
    """Everybody may look, and a source that does not answer keeps a thread for minutes."""
    job = discs.disc(1, 2)
    discs.match(job)
    discs.known = ()
    begun, go_on = threading.Event(), threading.Event()
    learnt: list[Any] = []

    def learn(asked: DiscJob) -> None:
        learnt.append(asked.id)
        begun.set()
        go_on.wait(30)

    discs.reader._rosters.of = learn  # type: ignore[method-assign,assignment]
    discs.details(job)
    assert begun.wait(30)
    for _ in range(5):
        discs.details(job)
    at_work = [thread for thread in threading.enumerate() if thread.name == "roster"]
    assert (learnt, len(at_work)) == ([job], 1)
    go_on.set()
    at_work[0].join(30)
    begun.clear()
    discs.details(job)
    assert begun.wait(30), "it is fetched again when nobody does"


def test_there_is_nothing_about_a_question_that_is_none(discs: Helping) -> None:
    with pytest.raises(NotFound):
        discs.reader.of(99)


def test_evidence_that_was_cleaned_away_is_read_again_in_the_background(discs: Helping) -> None:
    job = discs.disc(1, 1)
    discs.match(job)
    folder = JobFolder(Path(discs.job(job).staging_folder or ""))
    title = discs.parts.store.need_title(job, 0)
    discs.parts.lifecycle.update_title(title, staging_file=str(folder.path / "title-001.mkv"))
    discs.says(job, 0, "This is the first one.")
    words = folder.evidence(0).read_bytes()
    shutil.rmtree(folder.path)
    folder.make()
    (folder.path / "title-001.mkv").touch()
    shown, read = threading.Event(), threading.Event()

    def begin(wanted: JobFolder, of: DiscTitle) -> None:
        shown.wait(5)
        wanted.evidence(of.title_index).write_bytes(words)
        read.set()

    known = discs.reader
    discs.reader = DetailsReader(discs.parts, known._rosters, known._plots, discs.pictures, begin)
    assert discs.details(job).words.lines == ()
    shown.set()
    assert read.wait(5)
    assert [line.text for line in discs.details(job).words.lines] == ["This is the first one."]
