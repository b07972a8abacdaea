"""What people do with whole jobs and with the rips of titles, on a real database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from engramd.models import JobState, ReviewKind, TitleState
from engramd.pipeline.answers import Answers
from engramd.pipeline.commands import JobCommands
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.desk import DriveDesk
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from tests.support.databases import Bench


def test_a_title_in_review_is_ripped_again_and_its_questions_are_closed(sqlite_bench: Bench) -> None:
    parts, reviews = cast(Parts, sqlite_bench), Reviews(sqlite_bench.store, sqlite_bench.hub)
    job = sqlite_bench.job()
    [title] = sqlite_bench.titles(job)
    sqlite_bench.lifecycle.move_job(job.id or 0, JobState.RIPPING, "ripping begins")
    sqlite_bench.lifecycle.move_title(
        title, TitleState.MATCHING, "it is ripped", staging_file="a.mkv", match_reason="two fit"
    )
    sqlite_bench.lifecycle.move_title(title, TitleState.REVIEW, "which episode is it?")
    reviews.ask(ReviewKind.EPISODE, job.id or 0, "Which episode is it?", title=title)
    at_drives = SimpleNamespace(has=lambda _job: True)
    commands = JobCommands(
        parts,
        cast(DriveDesk, SimpleNamespace(at_drives=at_drives)),
        cast(Answers, None),
        reviews,
        cast(Finisher, None),
        DamagedTitles(parts, reviews),
    )
    commands.rip_title(job.id or 0, 0, "uid 1000")
    now = sqlite_bench.store.need_title(job.id or 0, 0)
    assert (now.state, now.staging_file, now.match_reason) == (TitleState.PENDING, "a.mkv", "two fit")
    assert sqlite_bench.store.open_reviews(job.id) == []
    moves = [(e.old, e.new) for e in sqlite_bench.store.events(job.id or 0) if e.kind == "title"]
    assert moves[-1] == ("review", "pending"), "a kill in between leaves it as it was, or to be ripped"
