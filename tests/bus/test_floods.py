"""How many calls are taken in a while: of one client, and of all. The gate itself is in test_limits."""

from __future__ import annotations

from engramd.bus.floods import Budget


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_has_a_budget_and_all_have_one_together() -> None:
    clock = Clock()
    budget = Budget(of_one=3, of_all=5, seconds=1.0, clock=clock)
    assert [budget.takes("a") for _ in range(4)] == [True, True, True, False]
    assert [budget.takes(name) for name in ("b", "c", "d")] == [True, True, False]
    clock.now = 0.99
    assert not budget.takes("e"), "the window is the same"
    clock.now = 1.0
    assert budget.takes("a"), "a new window"


def test_who_sends_too_many_does_not_use_up_what_others_have() -> None:
    budget = Budget(of_one=2, of_all=4, seconds=1.0, clock=Clock())
    assert sum(budget.takes("flooder") for _ in range(1000)) == 2
    assert budget.takes("honest")
