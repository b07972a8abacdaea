"""One job on a screen."""

from __future__ import annotations

import click

from engramd.ctl import job_screen
from tests.ctl.samples import job, review, title


def test_a_job_is_shown_with_titles_numbered_from_one_and_its_questions() -> None:
    titles = [
        title(0, state="completed", matched_episode="S01E01", match_confidence=0.97),
        title(1, state="review"),
    ]

    shown = click.unstyle(job_screen.job(job(state="review_needed"), titles, [review()]))

    assert "Job 4: Harbor Station, season 1, disc 1" in shown
    assert "series (98%)" in shown
    row = next(line for line in shown.splitlines() if "S01E01" in line)
    assert row.split() == ["1", "2:05", "0", "B", "completed", "unknown", "S01E01", "97%"]
    assert "1: S01E03 (60%): 14 of 20 lines agree (most probable)" in shown
    assert "engramctl answer 2 CHOICE" in shown


def test_a_job_is_shown_with_what_speaks_for_it_and_what_else_it_may_be() -> None:
    shown = click.unstyle(
        job_screen.job(job(tmdb_id=123, tmdb_namespace="tv", original_title="Hafen"), [], [])
    )
    lines = [line.split(maxsplit=1) for line in shown.splitlines() if line]

    assert ["TMDB", "tv:123"] in lines
    assert ["original", "Hafen"] in lines
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "label Harbor Station, season 1 98% yes the label says HARBOR_STATION_S1_D1" in rows
    assert "structure a film 20% no" in rows
    assert "Harbor Station 2003 tv:123 87% the name agrees" in rows


def test_a_job_of_the_history_has_no_evidence_to_show() -> None:
    past = {name: value for name, value in job().items() if name not in ("Evidence", "Works")}

    assert "SAYS" not in click.unstyle(job_screen.job(past, [], []))
