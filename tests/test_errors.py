"""Errors say what, where, why and what to do, in one line."""

from __future__ import annotations

import re

import pytest

from engramd import errors
from engramd.errors import EngramError

#: The suffixes of the bus's error names.
ON_THE_BUS = "NotFound InvalidArgument WrongState NotAuthorized Busy NoMedium ToolMissing NoSpace Failed"
KINDS = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, EngramError)]


def test_an_error_is_one_line() -> None:
    error = errors.NoSpace("it does not fit", where="/srv", why="1 GB is free", remedy="make room")
    assert str(error) == "it does not fit (/srv): 1 GB is free; make room"
    assert str(EngramError("it does not fit in /srv", where="/srv")) == "it does not fit in /srv"
    assert str(EngramError("it does not fit")) == "it does not fit"


def test_every_kind_has_a_name_on_the_bus() -> None:
    assert {kind.code for kind in KINDS} == set(ON_THE_BUS.split())
    own = [kind for kind in KINDS if kind.code != "Failed"]
    assert all(kind.code == kind.__name__ for kind in own)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_explained(kind: type[EngramError]) -> None:
    assert re.match(r".+\.", kind.__doc__ or "")
