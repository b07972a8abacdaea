"""Conditions: told once when they begin and once when they end, over restarts too."""

from __future__ import annotations

import pytest

from engramd.conditions import Condition
from engramd.models import DriveRecord
from engramd.notify.troubles import AFTER_START, SETTLE, UNSENT
from tests.notify.conftest import Desk

KEY = Condition("makemkv-key", "MakeMKV's key has expired", "engramctl config set makemkv_key", "error")


@pytest.fixture(autouse=True)
def long_ago(desk: Desk) -> None:
    """The start is over, and what is set now has been there for a while."""
    desk.troubles.look(desk.now - AFTER_START)
    desk.pass_by(seconds=SETTLE.total_seconds() + 2)


def look(desk: Desk, seconds: float = 1) -> list[str]:
    desk.pass_by(seconds=seconds)
    desk.troubles.look(desk.now)
    desk.outbox.send_due(desk.now)
    return desk.sender.subjects()


def test_it_is_told_of_once_when_it_begins_and_once_when_it_ends(desk: Desk) -> None:
    desk.conditions.set(KEY)
    assert look(desk) == ["engramd: MakeMKV's key has expired"]
    desk.conditions.set(Condition(KEY.id, "MakeMKV's key has expired since yesterday", "as before"))
    assert look(desk) == []
    desk.conditions.clear(KEY.id)
    assert look(desk) == []

    assert look(desk, 11) == ["engramd: mended: MakeMKV's key has expired"]
    assert look(desk, 11) == []


def test_the_message_says_what_to_do(desk: Desk) -> None:
    desk.conditions.set(KEY)
    desk.troubles.look(desk.now)

    [notice] = desk.notices()
    assert "What to do: engramctl config set makemkv_key" in notice.text
    assert not notice.urgent


def test_one_that_has_just_begun_is_looked_at_again(desk: Desk) -> None:
    desk.now = desk.bench.job().created_at
    desk.conditions.set(KEY)

    again = desk.troubles.look(desk.now)

    assert again is not None
    assert again > desk.now
    assert desk.notices() == []
    desk.now = again
    assert look(desk, 0) == ["engramd: MakeMKV's key has expired"]


def test_one_that_comes_and_goes_is_not_told_of(desk: Desk) -> None:
    desk.conditions.set(KEY)
    look(desk)
    desk.conditions.clear(KEY.id)
    assert look(desk, 5) == []
    desk.conditions.set(KEY)

    assert look(desk, 20) == []
    desk.conditions.clear(KEY.id)
    assert look(desk, 5) == []


def test_one_that_nobody_was_told_of_yet_ends_silently(desk: Desk) -> None:
    begin = desk.now.astimezone()
    desk.config.quiet_hours = f"{begin.hour:02d}:00-{(begin.hour + 2) % 24:02d}:00"
    desk.conditions.set(KEY)
    assert look(desk) == []
    desk.conditions.clear(KEY.id)
    look(desk)
    assert look(desk, 11) == []

    assert desk.notices() == []


def test_after_a_restart_it_is_not_told_again_nor_taken_for_mended(desk: Desk) -> None:
    desk.conditions.set(KEY)
    assert len(look(desk)) == 1
    desk.conditions.clear(KEY.id)
    desk.troubles = type(desk.troubles)(
        desk.bench.store, desk.rows, desk.outbox._texts, desk.conditions, lambda: desk.config
    )
    assert look(desk) == []
    assert look(desk, 60) == []
    desk.conditions.set(KEY)
    assert look(desk, 120) == []


def test_what_a_job_waits_for_is_told_once(desk: Desk) -> None:
    desk.conditions.set(Condition("job-3", f"job 3 (FIREFLY_D1) waits: {KEY.text}", KEY.remedy))
    desk.conditions.set(KEY)
    desk.conditions.set(Condition("job-4", "job 4 (ALIEN) waits: there is no library", "set one"))

    assert sorted(look(desk)) == [
        "engramd: MakeMKV's key has expired",
        "engramd: job 4 (ALIEN) waits: there is no library",
    ]


def test_a_drive_is_called_by_its_name(desk: Desk) -> None:
    desk.bench.store.save(DriveRecord(identity="SN-42", name="Upper"))
    for scope in ("SN_2d42", "SN_2d43", "virtual_7"):
        desk.conditions.set(Condition("stuck", "the drive hangs", "switch it off and on", "error", scope))

    assert sorted(look(desk)) == [
        "SN_2d43: the drive hangs",
        "Upper: the drive hangs",
        "job 7: the drive hangs",
    ]


def test_of_notifications_that_fail_no_notification_tells(desk: Desk) -> None:
    desk.conditions.set(Condition(UNSENT, "notifications cannot be sent", "look"))

    assert look(desk) == []
    assert desk.notices() == []


def test_that_the_service_starts_anew_by_itself_is_no_trouble(desk: Desk) -> None:
    desk.conditions.set(Condition("restart", "engramd 9.9 is installed", "nothing"))

    assert look(desk) == []


def test_one_that_comes_and_goes_all_day_is_told_of_a_few_times(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engramd.conditions.utcnow", lambda: desk.now)
    told: list[str] = []
    for _ in range(600):
        desk.conditions.set(KEY)
        told += look(desk, 0) + look(desk, 60)
        desk.conditions.clear(KEY.id)
        told += look(desk, 0) + look(desk, 60)

    assert told[:2] == ["engramd: MakeMKV's key has expired", "engramd: mended: MakeMKV's key has expired"]
    assert len(told) < 8


def test_a_clock_that_was_set_back_hides_nothing(desk: Desk) -> None:
    desk.conditions.set(KEY)
    desk.troubles.look(desk.now)
    desk.pass_by(days=-400)

    assert look(desk) == ["engramd: MakeMKV's key has expired"]
    desk.conditions.clear(KEY.id)
    assert look(desk) == []
    assert look(desk, AFTER_START.total_seconds()) == ["engramd: mended: MakeMKV's key has expired"]
    desk.conditions.set(Condition("tool", "FFmpeg is missing", "apt install ffmpeg"))
    assert look(desk) == ["engramd: FFmpeg is missing"]
