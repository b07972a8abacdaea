"""What is remembered of trays, over time."""

from __future__ import annotations

from engramd.pipeline.trays import Trays


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_disc_that_is_back_at_once_may_have_been_pulled_in() -> None:
    clock = Clock()
    trays = Trays(lambda: 20, clock)
    assert not trays.may_be_pulled_in("left")
    trays.gave_back("left", "HASH")
    assert trays.may_be_pulled_in("left")
    assert not trays.may_be_pulled_in("right")
    assert trays.is_the_same("left", "HASH")
    assert not trays.is_the_same("left", "OTHER")
    assert not trays.is_the_same("left", None), "a disc that cannot be read is another one"
    clock.now += 21
    assert not trays.may_be_pulled_in("left")
    assert trays.is_the_same("left", "HASH"), "some trays do it late"
    clock.now += 600
    assert not trays.is_the_same("left", "HASH")


def test_what_a_person_does_is_meant() -> None:
    trays = Trays(lambda: 20, Clock())
    trays.gave_back("left", "HASH")
    trays.forget("left")
    assert not trays.may_be_pulled_in("left")
    assert not trays.is_the_same("left", "HASH")


def test_a_disc_without_a_hash_is_never_recognised() -> None:
    trays = Trays(lambda: 20, Clock())
    trays.gave_back("left", None)
    assert not trays.may_be_pulled_in("left")
    assert not trays.is_the_same("left", None)


def test_it_can_be_switched_off() -> None:
    trays = Trays(lambda: 0, Clock())
    trays.gave_back("left", "HASH")
    assert not trays.may_be_pulled_in("left")
    assert not trays.is_the_same("left", "HASH")
