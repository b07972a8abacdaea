"""The outbox: quiet hours, attempts, addresses that have a message already, and the bus."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engramd.errors import ToolMissing
from engramd.models.notices import Notice
from engramd.notify.clock import MOST_ATTEMPTS
from engramd.notify.troubles import UNSENT
from tests.notify.conftest import Desk


def put(desk: Desk, subject: str = "news", **values: object) -> None:
    given = {"kind": "failed", "subject": subject, "text": "text", "at": desk.now, "due_at": desk.now}
    desk.rows.add(Notice(**(given | values)))


def quiet_now(desk: Desk, *, hours: int = 2) -> None:
    begin, end = (desk.now.astimezone() + timedelta(hours=by) for by in (-1, hours))
    desk.config.quiet_hours = f"{begin:%H:%M}-{end:%H:%M}"


def send(desk: Desk) -> list[str]:
    desk.outbox.send_due(desk.now)
    return desk.sender.subjects()


def test_a_message_goes_out_once_to_every_address(desk: Desk) -> None:
    desk.config.apprise_urls = "json://one json://two"
    put(desk, urgent=True)
    assert desk.outbox.send_due(desk.now) is None

    assert [(url, urgent) for url, _, urgent in desk.sender.sent] == [
        ("json://one", True),
        ("json://two", True),
    ]
    desk.sender.sent.clear()
    assert send(desk) == []
    assert desk.announced() == ["news"]


def test_without_addresses_the_bus_is_told_all_the_same(desk: Desk) -> None:
    desk.config.apprise_urls = ""
    put(desk)

    assert send(desk) == []
    assert desk.announced() == ["news"]
    assert desk.notices() == []


def test_quiet_hours_hold_all_but_what_is_urgent(desk: Desk) -> None:
    quiet_now(desk)
    put(desk, "calm")
    put(desk, "urgent", urgent=True)

    again = desk.outbox.send_due(desk.now)

    assert desk.sender.subjects() == ["urgent"]
    assert desk.announced() == ["urgent"]
    assert again is not None
    assert desk.now < again <= desk.now + timedelta(hours=2)
    desk.now = again
    assert send(desk) == ["calm"]


def test_good_news_held_by_quiet_hours_come_as_one(desk: Desk) -> None:
    quiet_now(desk)
    for number in range(3):
        put(desk, f"disc {number}: filed", kind="filed")
    put(desk, "a question", kind="questions")
    send(desk)
    desk.pass_by(hours=3)

    assert send(desk) == ["a question", "3 discs are done"]


def test_it_is_tried_again_with_growing_pauses_where_it_failed(desk: Desk) -> None:
    desk.config.apprise_urls = "json://one json://two"
    desk.sender.refusals["json://two"] = "nobody is there"
    put(desk)
    assert send(desk) == ["news"]
    assert desk.conditions.has(UNSENT)
    assert "json: nobody is there" in desk.conditions.all()[0].text
    assert send(desk) == []

    first = desk.notices()[0].due_at - desk.now
    desk.pass_by(seconds=first.total_seconds())
    assert send(desk) == []
    assert desk.notices()[0].due_at - desk.now > first

    desk.sender.refusals.clear()
    desk.pass_by(hours=1)
    desk.outbox.send_due(desk.now)
    assert [url for url, _, _ in desk.sender.sent] == ["json://two"]
    assert not desk.conditions.has(UNSENT)
    assert desk.announced() == ["news"]


def test_after_a_day_it_is_given_up(desk: Desk) -> None:
    desk.sender.broken = ToolMissing("Apprise is not installed", remedy="apt install apprise")
    put(desk)
    began, attempts = desk.now, 0
    while (again := desk.outbox.send_due(desk.now)) is not None:
        desk.now = again
        attempts += 1
        assert attempts <= MOST_ATTEMPTS

    assert timedelta(hours=20) < desk.now - began < timedelta(hours=28)
    assert desk.notices() == []
    assert desk.conditions.has(UNSENT)


def test_a_digest_that_failed_is_tried_again_as_one(desk: Desk) -> None:
    desk.sender.refusals["json://one"] = "away"
    for number in range(2):
        put(desk, f"disc {number}: filed", kind="filed")
    assert send(desk) == []
    desk.sender.refusals.clear()
    desk.pass_by(minutes=2)

    assert send(desk) == ["2 discs are done"]
    assert desk.announced() == ["2 discs are done"]


def test_a_stop_leaves_messages_for_the_next_start(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from engramd.errors import Cancelled

    desk.sender.broken = Cancelled("engramd stops")
    put(desk)
    assert send(desk) == []

    [notice] = desk.notices()
    assert notice.attempts == 0
    assert not desk.conditions.has(UNSENT)


def test_what_was_told_long_ago_is_forgotten_but_for_open_conditions(desk: Desk) -> None:
    for kind, about in (("filed", ""), ("condition_begins", "daemon/a"), ("condition_begins", "daemon/b")):
        put(desk, kind=kind, about=about)
    put(desk, kind="condition_ends", about="daemon/b")
    send(desk)
    desk.pass_by(days=100)
    desk.rows.forget_old(desk.now)

    assert list(desk.rows.open_conditions()) == ["daemon/a"]


def test_a_clock_that_was_set_back_holds_nothing(desk: Desk) -> None:
    put(desk, due_at=desk.now + timedelta(hours=5))
    assert send(desk) == []
    desk.pass_by(days=-400)

    assert send(desk) == ["news"]
