"""The methods of corrections: what they take, and how a change is told. Pure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.bus import names
from engramd.bus.amend import Amends, amend_methods
from engramd.errors import InvalidArgument
from engramd.models import Change
from engramd.models.base import utcnow


class Asked:
    """In the place of the station: keeps what it is asked."""

    def __init__(self, change: Change) -> None:
        self.change, self.asked = change, list[Any]()

    def shift_titles(self, job_id: int, by: int, titles: frozenset[int] | None, actor: str) -> dict[int, str]:
        self.asked.append((job_id, by, titles, actor))
        return {}

    def changes(self, limit: int, job_id: int | None) -> list[Change]:
        self.asked.append((limit, job_id))
        return [self.change]

    def undo(self, change_id: int | None, review_id: int | None, actor: str) -> Change:
        self.asked.append((change_id, review_id, actor))
        return self.change


def call(asked: Asked, interface: str, method: str, *arguments: Any, key: Any = None) -> Any:
    methods = amend_methods(cast(Amends, asked))
    return methods[(interface, method)](SimpleNamespace(arguments=arguments, key=key, actor="root"))


@pytest.fixture
def asked() -> Asked:
    return Asked(Change(id=3, actor="uid 1000", sentence="title 1 is S01E02", job_id=7))


@pytest.mark.parametrize(
    ("told", "titles"),
    [("", None), ("3-6", {2, 3, 4, 5}), ("1,3", {0, 2}), ("1 4-5", {0, 3, 4})],
)
def test_titles_are_numbered_from_1(asked: Asked, told: str, titles: set[int] | None) -> None:
    call(asked, names.JOB, "Shift", -1, {"titles": told} if told else {}, key=7)
    assert asked.asked == [(7, -1, None if titles is None else frozenset(titles), "root")]


@pytest.mark.parametrize("told", ["0", "x", "3-", "-3", "6-3", ",", "1-999999"])
def test_what_names_no_titles_is_refused(asked: Asked, told: str) -> None:
    with pytest.raises(InvalidArgument, match="numbered from 1"):
        call(asked, names.JOB, "Shift", 1, {"titles": told}, key=7)


def test_an_undo_is_of_one_thing(asked: Asked) -> None:
    call(asked, names.MANAGER, "Undo", {})
    call(asked, names.MANAGER, "Undo", {"review": 4})
    assert asked.asked == [(None, None, "root"), (None, 4, "root")]
    for wrong in ({"review": 4, "change": 3}, {"change": 0}, {"change": 2**40}, {"other": 1}):
        with pytest.raises(InvalidArgument):
            call(asked, names.MANAGER, "Undo", wrong)


def test_a_change_is_told_with_its_state(asked: Asked) -> None:
    def state() -> str:
        [row] = call(asked, names.MANAGER, "Changes", {"job": 7})
        assert (row["id"], row["by"], row["job"], row["review"]) == (3, "uid 1000", 7, 0)
        return str(row["state"])

    assert state() == "under way"
    asked.change.done_at = utcnow()
    assert state() == "done"
    asked.change.is_back = True
    assert state() == "under way"
    asked.change.undone_at = utcnow()
    assert state() == "undone"
    asked.change.done_at = None
    assert state() == "failed"
