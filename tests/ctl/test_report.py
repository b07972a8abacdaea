"""The report of an evening: how it is laid out."""

from __future__ import annotations

from datetime import datetime

from engramd.ctl.report import evening

NOW = datetime(2026, 11, 30, 20, 15, 30)


def row(**other: object) -> dict[str, object]:
    known = {
        "job": 3,
        "headline": "Harbor Station, season 1, disc 1: done, 2 titles filed",
        "began": 1_000_000_000_000,
        "ended": 1_000_900_000_000,
        "filed": ["Harbor Station - S01E01.mkv", "Harbor Station - S01E02.mkv"],
        "open": 0,
        "failed": 0,
        "skipped": 1,
        "questions": 0,
        "why": "",
    }
    return known | other


def test_an_evening_is_a_paragraph_a_disc_and_a_sum() -> None:
    asked = row(job=4, headline="LABEL: waits for an answer", ended=0, filed=[], open=2, questions=1)
    broken = row(
        job=5, headline="B: done, 1 title filed, 1 failed", filed=["B.mkv"], failed=1, why="no\x1bway"
    )
    assert evening([row(), asked, broken], NOW).splitlines() == [
        "job 3: Harbor Station, season 1, disc 1: done, 2 titles filed (15:00)",
        "  Harbor Station - S01E01.mkv",
        "  Harbor Station - S01E02.mkv",
        "",
        "job 4: LABEL: waits for an answer",
        "  1 question open: engramctl review",
        "",
        "job 5: B: done, 1 title filed, 1 failed (15:00)",
        "  B.mkv",
        "  no\N{REPLACEMENT CHARACTER}way",
        "",
        "3 discs since 2026-11-30 20:15, 3 files filed, 1 title failed, 1 question open.",
    ]


def test_many_files_are_counted_and_nothing_is_said_plainly() -> None:
    many = evening([row(filed=[f"{n:02}.mkv" for n in range(20)])], NOW)
    assert "  11.mkv\n  and 8 more\n" in many
    assert evening([], NOW) == "Nothing happened since 2026-11-30 20:15."
