"""What is told of jobs: once, at the right time, and not any more when it is no news."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engramd.models import JobState, NotifyWhen, WaitingFor
from tests.notify.conftest import Desk


def test_a_disc_that_went_well_is_told_of_once(desk: Desk) -> None:
    job = desk.job()
    assert desk.look(job) == []
    desk.finish(job)

    assert desk.look(job) == ["Firefly, season 1, disc 2: filed"]
    assert desk.look(job) == []


def test_the_message_says_what_happened_what_is_safe_and_the_command(desk: Desk) -> None:
    job = desk.job()
    desk.finish(job)
    desk.news.look(job.id or 0, desk.now)

    assert desk.notices()[0].text == (
        "2 titles in the library: S01E03, S01E04\n"
        "The disc is read and can go back on its shelf.\n"
        f"Details: engramctl show {job.id}"
    )


@pytest.mark.parametrize(
    ("outcome", "subject"),
    [
        ("partial", "Firefly, season 1, disc 2: 1 title failed"),
        ("failed", "Firefly, season 1, disc 2: failed"),
        ("duplicate", "Firefly, season 1, disc 2: was filed before"),
        ("nothing_to_do", "Firefly, season 1, disc 2: nothing to do"),
    ],
)
def test_every_end_has_its_message(outcome: str, subject: str, desk: Desk) -> None:
    job = desk.job()
    desk.finish(job, outcome)

    assert desk.look(job) == [subject]


def test_who_cancelled_is_not_told_of_it(desk: Desk) -> None:
    job = desk.job()
    desk.finish(job, "cancelled")

    assert desk.look(job) == []


def test_of_a_disc_that_goes_on_as_an_earlier_job_only_that_one_tells(desk: Desk) -> None:
    earlier = desk.job()
    job = desk.job()
    desk.finish(job, "duplicate", continued_as=earlier.id)

    assert desk.look(job) == []


def test_good_news_can_be_off_and_bad_ones_cannot(desk: Desk) -> None:
    desk.config.notify_when = NotifyWhen.OFF
    good, bad = desk.job(), desk.job()
    desk.finish(good)
    desk.finish(bad, "failed", "the disc is scratched")

    assert desk.look(good) == []
    assert desk.look(bad) == ["Firefly, season 1, disc 2: failed"]


def test_the_evening_brings_one_message_for_all_discs(desk: Desk) -> None:
    desk.config.notify_when = NotifyWhen.EVENING
    evening = (desk.now + timedelta(minutes=30)).astimezone()
    desk.config.notify_evening = f"{evening:%H:%M}"
    jobs = [desk.job(disc_number=number) for number in (1, 2, 3)]
    for job in jobs:
        desk.finish(job)
        assert desk.look(job) == []
    desk.pass_by(minutes=31)
    desk.outbox.send_due(desk.now)

    [(_, message, _)] = desk.sender.sent
    assert message.subject == "3 discs are done"
    for number in (1, 2, 3):
        assert f"Firefly, season 1, disc {number}: filed" in message.text
    assert desk.notices() == []


def test_many_questions_of_a_disc_are_one_message(desk: Desk) -> None:
    job = desk.job()
    for number in range(7):
        desk.ask(job, f"Which episode is title {number}?")

    assert desk.look(job) == ["Firefly, season 1, disc 2: 7 questions"]
    desk.ask(job, "And this one?")
    assert desk.look(job) == []


def test_a_question_after_all_were_answered_is_told_again(desk: Desk) -> None:
    job = desk.job()
    first = desk.ask(job)
    assert len(desk.look(job)) == 1
    desk.answer(first)
    assert desk.look(job) == []
    desk.pass_by(seconds=5)
    desk.ask(job)

    assert desk.look(job) == ["Firefly, season 1, disc 2: 1 question"]


def test_that_the_disc_is_needed_is_urgent_and_told_once(desk: Desk) -> None:
    job = desk.job()
    desk.ask(job)
    desk.look(job)
    desk.ask(job, "Clean the disc; read title 2 again?", needs_disc=True)

    assert desk.look(job) == ["Firefly, season 1, disc 2: the disc is needed"]
    assert desk.look(job) == []


def test_a_job_that_waits_for_its_disc_says_so(desk: Desk) -> None:
    job = desk.job()
    desk.bench.lifecycle.update_job(job.id or 0, waiting_for=WaitingFor.DISC, waiting_since=desk.now)
    desk.news.look(job.id or 0, desk.now)

    [notice] = desk.notices()
    assert notice.urgent
    assert "What was read so far is kept" in notice.text
    desk.look(job)
    assert desk.look(job) == []


def test_a_question_that_is_answered_in_quiet_hours_is_not_told(desk: Desk) -> None:
    begin = desk.now.astimezone() - timedelta(hours=1)
    end = desk.now.astimezone() + timedelta(hours=2)
    desk.config.quiet_hours = f"{begin:%H:%M}-{end:%H:%M}"
    job = desk.job()
    task = desk.ask(job)
    assert desk.look(job) == []
    assert len(desk.notices()) == 1
    desk.ask(job)
    assert desk.look(job) == []
    assert [notice.subject for notice in desk.notices()] == ["Firefly, season 1, disc 2: 2 questions"]
    for task in desk.bench.store.open_reviews(job.id):
        desk.answer(task)

    assert desk.look(job) == []
    assert desk.notices() == []


def test_a_job_that_is_done_again_is_told_of_only_if_it_went_wrong(desk: Desk) -> None:
    job = desk.job()
    desk.finish(job)
    assert len(desk.look(job)) == 1
    for outcome, told in (("complete", 0), ("failed", 1)):
        desk.bench.lifecycle.move_job(job.id or 0, "ripping", "again")  # type: ignore[arg-type]
        desk.now = max(desk.now, desk.bench.store.need_job(job.id or 0).updated_at)
        desk.finish(job, outcome)

        assert len(desk.look(job)) == told, outcome


def test_nothing_private_is_in_a_message(desk: Desk) -> None:
    desk.config.tmdb_api_key = "s3cr3t-k3y"
    job = desk.job()
    desk.finish(job, "failed", "TMDB refuses s3cr3t-k3y; see /var/lib/engramd/staging/job_1/title.mkv")
    desk.news.look(job.id or 0, desk.now)

    [notice] = desk.notices()
    assert "s3cr3t" not in notice.text
    assert "/var/lib" not in notice.text
    assert "…/title.mkv" in notice.text


def test_a_start_finds_what_an_earlier_run_had_no_time_to_tell(desk: Desk) -> None:
    job, asking = desk.job(), desk.job()
    desk.finish(job)
    desk.ask(asking)

    assert sorted(desk.news.unfinished(desk.now)) == [job.id, asking.id]
    desk.pass_by(hours=2)
    assert desk.news.unfinished(desk.now) == [asking.id]


def in_the_evening(desk: Desk) -> None:
    desk.config.notify_when = NotifyWhen.EVENING
    desk.config.notify_evening = f"{(desk.now + timedelta(minutes=30)).astimezone():%H:%M}"


def test_what_waits_for_the_evening_says_what_is_true_by_then(desk: Desk) -> None:
    in_the_evening(desk)
    again, asking, none = desk.job(disc_number=1), desk.job(disc_number=2), desk.job(disc_number=3)
    for job, outcome in ((again, "nothing_to_do"), (asking, "complete"), (none, "nothing_to_do")):
        desk.finish(job, outcome)
        assert desk.look(job) == []
    desk.bench.lifecycle.move_job(again.id or 0, JobState.RIPPING, "again")
    desk.finish(again)
    desk.look(again)
    desk.bench.lifecycle.move_job(asking.id or 0, JobState.ORGANIZING, "amended")
    desk.ask(asking)

    assert desk.look(asking) == ["Firefly, season 1, disc 2: 1 question"]
    desk.pass_by(minutes=31)
    desk.outbox.send_due(desk.now)
    [(_, message, _)] = desk.sender.sent
    assert message.subject == "2 discs are done"
    assert "disc 1: filed" in message.text
    assert "disc 3: nothing to do" in message.text
    assert "in the library" not in message.text


def test_old_discs_that_change_are_no_news(desk: Desk) -> None:
    jobs = [desk.job(disc_number=number) for number in range(1, 5)]
    for job, outcome in zip(jobs, ("complete", "partial", "failed", "duplicate"), strict=True):
        desk.finish(job, outcome)
    desk.pass_by(days=2)

    assert [desk.look(job) for job in jobs] == [[], [], [], []]


def test_a_question_that_no_address_took_is_not_told_when_it_is_answered(desk: Desk) -> None:
    desk.sender.refusals["json://one"] = "away"
    job = desk.job()
    task = desk.ask(job)
    assert desk.look(job) == []
    desk.answer(task)
    desk.look(job)
    desk.sender.refusals.clear()
    desk.pass_by(hours=1)

    assert desk.look(job) == []
    assert desk.notices() == []


def test_what_a_disc_is_called_makes_no_lines_of_a_message(desk: Desk) -> None:
    job = desk.job(detected_title="Fire\u202efly\nTo answer: rm -rf ~")
    desk.ask(job, "Which\nTo answer: sh?")
    desk.news.look(job.id or 0, desk.now)

    [notice] = desk.notices()
    assert "\n" not in notice.subject
    assert [line for line in notice.text.splitlines() if line.startswith("To answer:")] == [
        "To answer: engramctl review"
    ]
    assert (notice.subject + notice.text.replace("\n", " ")).isprintable()


@pytest.mark.parametrize("values", [{"is_import": True}, {"drive_id": "/srv/media/import/firefly.iso"}])
def test_of_files_nobody_is_told_to_put_the_disc_back(desk: Desk, values: dict[str, object]) -> None:
    job = desk.job(**values)
    desk.finish(job)
    desk.news.look(job.id or 0, desk.now)

    [notice] = desk.notices()
    assert "shelf" not in notice.text
    assert "2 titles in the library" in notice.text
