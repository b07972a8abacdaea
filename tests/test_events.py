"""Events reach those who want them, and a listener that fails harms no other."""

from __future__ import annotations

import logging

import pytest

from engramd.events import DriveAdded, Event, EventHub, JobAdded, JobChanged


def test_a_listener_gets_its_kind_and_its_subclasses_in_order() -> None:
    hub, all_events, jobs = EventHub(), [], []
    hub.subscribe(Event, all_events.append)
    hub.subscribe(JobChanged, jobs.append)
    for event in (JobAdded(1), JobChanged(1), DriveAdded("sr0"), JobChanged(2)):
        hub.publish(event)
    assert all_events == [JobAdded(1), JobChanged(1), DriveAdded("sr0"), JobChanged(2)]
    assert jobs == [JobChanged(1), JobChanged(2)]


def test_a_listener_that_fails_is_logged_and_the_others_hear(caplog: pytest.LogCaptureFixture) -> None:
    hub, heard = EventHub(), []

    def fail(_event: Event) -> None:
        raise ZeroDivisionError("in a listener")

    hub.subscribe(Event, fail)
    hub.subscribe(Event, heard.append)
    with caplog.at_level(logging.ERROR):
        hub.publish(JobAdded(1))
        hub.publish(JobAdded(2))
    assert heard == [JobAdded(1), JobAdded(2)]
    assert caplog.text.count("a listener failed on JobAdded") == 2
    assert "in a listener" in caplog.text


def test_who_has_left_hears_nothing() -> None:
    hub, heard = EventHub(), []
    leave = hub.subscribe(Event, heard.append)
    hub.publish(JobAdded(1))
    leave()
    leave()
    hub.publish(JobAdded(2))
    assert heard == [JobAdded(1)]


def test_a_listener_may_leave_join_and_publish_while_it_hears() -> None:
    hub, heard = EventHub(), []

    def once(event: JobAdded) -> None:
        leave()
        hub.subscribe(JobChanged, heard.append)
        hub.publish(JobChanged(event.job_id))

    leave = hub.subscribe(JobAdded, once)
    hub.publish(JobAdded(1))
    hub.publish(JobAdded(2))
    assert heard == [JobChanged(1)]
