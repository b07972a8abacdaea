"""A client that was written for an earlier version works with this one: nothing published changes or goes."""

from __future__ import annotations

import pytest

from engramd.bus import names
from engramd.bus.introspection import xml
from tests.bus.published import FILE, Member, appended, complaints, members, reopened

START = "# what was published\n"
ONE = Member("org.engramd.Engram1.Job", "method", "Cancel", "() -> ()")
TWO = Member("org.engramd.Engram1.Job", "property", "State", "s read")
THREE = Member("org.engramd.Engram1.Job", "signal", "Finished", "(bs)")
FIRST = appended(START, [ONE], 1)
SECOND = appended(FIRST, [ONE, TWO], 2)


def test_what_is_published_stays_and_what_is_new_has_a_new_version() -> None:
    """Where this fails, the message says what to do."""
    found = list(complaints(FILE.read_text(), members(xml()), names.INTERFACE_VERSION))
    assert not found, "\n".join(["", *found])


def test_a_file_that_fits_is_fine() -> None:
    assert list(complaints(SECOND, [TWO, ONE], 2)) == []


def test_a_new_member_needs_a_new_version() -> None:
    [said] = complaints(SECOND, [ONE, TWO, THREE], 2)
    assert said.startswith(
        "new: org.engramd.Engram1.Job signal Finished (bs)\n  raise INTERFACE_VERSION to 3"
    )
    [said] = complaints(SECOND, [ONE, TWO, THREE], 3)
    assert "raise" not in said
    third = appended(SECOND, [ONE, TWO, THREE], 3)
    assert list(complaints(third, [ONE, TWO, THREE], 3)) == []
    with pytest.raises(ValueError, match="not raised"):
        appended(SECOND, [ONE, TWO, THREE], 2)


def test_a_member_that_changes_or_goes_is_refused_whatever_the_version() -> None:
    for version in (2, 3):
        said = next(complaints(SECOND, [ONE, TWO._replace(signature="u read")], version))
        assert said.startswith("changed: org.engramd.Engram1.Job property State s read\n  is now u read")
        said = next(complaints(SECOND, [ONE], version))
        assert said.startswith("gone: org.engramd.Engram1.Job property State s read")


@pytest.mark.parametrize("version", [1, 3])
def test_the_version_counts_what_is_published(version: int) -> None:
    [said] = complaints(SECOND, [ONE, TWO], version)
    assert said.startswith(f"INTERFACE_VERSION is {version}, and")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("State s read", "State u read"),
        ("1 org.engramd.Engram1.Job method Cancel () -> ()\n", ""),
        ("sealed 1", "1 org.engramd.Engram1.Job signal Finished (bs)\nsealed 1"),
        ("sealed 2", "2 org.engramd.Engram1.Job signal Finished (bs)\nsealed 2"),
    ],
)
def test_lines_that_were_published_cannot_be_rewritten(old: str, new: str) -> None:
    said = list(complaints(SECOND.replace(old, new), [ONE, TWO], 2))
    assert any("were changed: what was published stays" in one for one in said), said


def test_a_version_that_nobody_has_yet_may_be_made_anew() -> None:
    assert reopened(SECOND, 2) == FIRST
    assert appended(reopened(SECOND, 2), [ONE, TWO], 2) == SECOND
    assert reopened(SECOND, 1) == reopened(SECOND, 3) == SECOND


def test_lines_that_nobody_sealed_are_told() -> None:
    [said] = complaints(SECOND + f"2 {THREE}\n", [ONE, TWO, THREE], 2)
    assert said.startswith("there are lines below the last seal")
