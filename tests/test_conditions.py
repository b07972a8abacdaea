"""Conditions: since when, of whom, and told only when something changed."""

from __future__ import annotations

from engramd.conditions import Condition, Conditions
from engramd.events import EventHub
from tests.support.databases import Heard


def test_a_condition_keeps_its_time_while_its_text_changes() -> None:
    hub = EventHub()
    heard, conditions = Heard(hub), Conditions(hub)
    conditions.set(Condition("space", "1 GB is free", "make room"))
    first = conditions.all()[0]
    assert first.since is not None
    conditions.set(Condition("space", "1 GB is free", "make room"))
    assert heard.names() == ["ConditionsChanged"]
    conditions.set(Condition("space", "0 GB are free", "make room", "error"))
    second = conditions.all()[0]
    assert (second.text, second.severity, second.since) == ("0 GB are free", "error", first.since)
    assert heard.names() == ["ConditionsChanged"]


def test_a_condition_that_comes_back_is_new() -> None:
    conditions = Conditions(EventHub())
    conditions.set(Condition("space", "x", "y"))
    first = conditions.all()[0].since
    conditions.clear("space")
    conditions.set(Condition("space", "x", "y"))
    second = conditions.all()[0].since
    assert first is not None
    assert second is not None
    assert second > first


def test_the_daemon_and_each_drive_have_their_own() -> None:
    hub = EventHub()
    heard, conditions = Heard(hub), Conditions(hub)
    conditions.set(Condition("eject", "x", "y", scope="/dev/sr0"))
    conditions.set(Condition("eject", "x", "y", scope="/dev/sr1"))
    heard.names()
    conditions.clear("eject")
    assert heard.names() == []
    conditions.clear("eject", "/dev/sr0")
    assert heard.names() == ["ConditionsChanged"]
    assert not conditions.has("eject")
    assert not conditions.has("eject", "/dev/sr0")
    assert conditions.has("eject", "/dev/sr1")
    assert [c.scope for c in conditions.all()] == ["/dev/sr1"]


def test_the_oldest_is_first() -> None:
    conditions = Conditions(EventHub())
    for name in ("zeta", "alpha"):
        conditions.set(Condition(name, "x", "y"))
    conditions.update("zeta", Condition("zeta", "still", "y"))
    assert [c.id for c in conditions.all()] == ["zeta", "alpha"]
    conditions.update("zeta", None)
    assert [c.id for c in conditions.all()] == ["alpha"]
