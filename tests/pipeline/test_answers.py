"""What people say of titles, as it is kept with the questions that it answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from engramd.conditions import Conditions
from engramd.models import JobState, ReviewKind, TitleState
from engramd.pipeline.answers import Answers
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.decisions import answer_in
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.identities import Identities
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import TitleSteps
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.roster import Rosters
from engramd.pipeline.said import named_film
from engramd.pipeline.sources import Sources
from engramd.pipeline.supply import Supply
from engramd.rip import TitleDamaged
from engramd.tools import CancelToken
from tests.support.databases import Bench


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({"matched_episode": "S01E02", "own_title": None}, "S01E02"),
        ({"matched_episode": None, "own_title": "The Short Voyage", "own_year": 1969}, "The Short Voyage"),
        ({"edition": "Extended"}, "Extended"),
        ({"matched_episode": None, "is_extra": True}, "extra"),
    ],
)
def test_the_history_keeps_what_was_answered(values: dict[str, object], answer: str) -> None:
    assert answer_in(values) == answer


@pytest.mark.parametrize("text", ["S01E02", "Extended", "Heat", "Heat (95)", "(1995)", "Heat (3095)"])
def test_what_names_no_film(text: str) -> None:
    assert named_film(text) is None


def test_a_film_is_named_with_its_year() -> None:
    assert named_film(" 2012 (2009) ") == ("2012", 2009)


class Scratched:
    """A job with two titles, whose first one is damaged and asked about; the second one has its file."""

    def __init__(self, bench: Bench, partial: Path | None, **title: object) -> None:
        self.bench, self.partial = bench, partial
        reviews, job = Reviews(bench.store, bench.hub), bench.job()
        self.job_id = job.id or 0
        parts = cast(
            Parts,
            SimpleNamespace(
                store=bench.store,
                hub=bench.hub,
                lifecycle=bench.lifecycle,
                conditions=Conditions(bench.hub),
                wakeups=SimpleNamespace(wake=lambda: None),
            ),
        )
        sources = cast(Sources, SimpleNamespace(tmdb_online=False))
        damaged, steps = DamagedTitles(parts, reviews), TitleSteps(parts, lambda _job, _title: None)
        self.answers = Answers(
            parts,
            reviews,
            cast(Finisher, SimpleNamespace(submit=lambda _job: None)),
            cast(
                Identities, SimpleNamespace(changing=lambda _job: nullcontext(), again=lambda *_, **__: None)
            ),
            lambda _job: None,
            cast(Ripper, SimpleNamespace(damaged=damaged, steps=steps)),
            Supply(parts, reviews, lambda: (), CancelToken()),
            Proposer(parts, reviews, Rosters(sources, CancelToken())),
        )
        first, second = bench.titles(job, 2)
        bench.lifecycle.move_job(self.job_id, JobState.RIPPING, "ripping begins")
        bench.lifecycle.update_title(first, **title)
        assert steps.begin(first, "open")
        damaged.ask(first, TitleDamaged("damaged", why="bad", read_errors=1, partial=partial))
        bench.lifecycle.move_title(second, TitleState.MATCHING, "it is ripped", staging_file="b.mkv")
        bench.lifecycle.move_title(second, TitleState.REVIEW, "which episode is it?")
        reviews.ask(ReviewKind.EPISODE, self.job_id, "Which episode is it?", title=second)

    def states(self) -> list[TitleState]:
        """Give the states of the titles."""
        return [title.state for title in self.bench.store.titles(self.job_id)]

    def asked(self) -> list[tuple[ReviewKind, int | None]]:
        """Give the open questions."""
        return [(task.kind, task.id) for task in self.bench.store.open_reviews(self.job_id)]

    def dismiss(self) -> None:
        """Have the question about the damaged title be dismissed."""
        self.answers.dismiss(self.asked()[0][1] or 0, "uid 1000")


def identify(job: Scratched) -> None:
    job.answers.identify(job.job_id, {"title": "Harbor Station"}, "uid 1000")


def rematch(job: Scratched) -> None:
    job.answers.rematch(job.job_id, "uid 1000")


def compare(job: Scratched) -> None:
    job.answers.compare_again(job.job_id)


@pytest.mark.parametrize("dismissed", [False, True], ids=["asked", "dismissed"])
@pytest.mark.parametrize("has_file", [False, True], ids=["nothing", "gaps"])
@pytest.mark.parametrize("decided", [{}, {"is_extra": True}, {"match_source": "user"}], ids=str)
@pytest.mark.parametrize("say", [identify, rematch, compare])
def test_knowing_what_a_disc_is_makes_no_damaged_title_whole(
    sqlite_bench: Bench,
    tmp_path: Path,
    say: Callable[[Scratched], None],
    decided: dict[str, object],
    has_file: bool,
    dismissed: bool,
) -> None:
    job = Scratched(sqlite_bench, tmp_path / "a.partial.mkv" if has_file else None, **decided)
    if dismissed:
        job.dismiss()
    before = job.asked()[:-1]
    say(job)
    assert job.states() == [TitleState.REVIEW, TitleState.MATCHING]
    assert job.asked() == before, "the question about the damage stays, the other one is judged anew"


def test_a_dismissed_question_about_the_disc_lets_no_damaged_title_go(sqlite_bench: Bench) -> None:
    job = Scratched(sqlite_bench, None, is_extra=True)
    job.dismiss()
    reviews = Reviews(sqlite_bench.store, sqlite_bench.hub)
    reviews.ask(ReviewKind.IDENTITY, job.job_id, "What is this disc?")
    job.answers.dismiss(job.asked()[-1][1] or 0, "uid 1000")
    assert job.states()[0] is TitleState.REVIEW


def test_what_is_said_of_a_title_that_has_no_file_is_kept_until_it_is_read(sqlite_bench: Bench) -> None:
    job = Scratched(sqlite_bench, None)
    for index in (0, 1):
        job.answers.assign(job.job_id, index, f"S01E0{index + 1}", "uid 1000")
    assert job.states() == [TitleState.REVIEW, TitleState.MATCHED]
    first, _ = sqlite_bench.store.titles(job.job_id)
    assert (first.matched_episode, first.match_source) == ("S01E01", "user")
    assert [kind for kind, _ in job.asked()] == [ReviewKind.DAMAGED]


def test_a_file_with_gaps_is_filed_as_what_a_person_says(sqlite_bench: Bench, tmp_path: Path) -> None:
    job = Scratched(sqlite_bench, tmp_path / "a.partial.mkv")
    job.answers.assign(job.job_id, 0, "S01E01", "uid 1000")
    assert job.states()[0] is TitleState.MATCHED
    assert [kind for kind, _ in job.asked()] == [ReviewKind.EPISODE]
