from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.drives.snapshot import DriveSnapshot, snapshot_of
from engramd.drives.transitions import Transition, decide, settle
from tests.drives import records

T = Transition


def _never() -> int:
    raise AssertionError("a number was made up although the kernel gives one")


def _play(*property_sets: dict[str, str]) -> list[tuple[Transition, ...]]:
    """What was decided at each step of a story that begins without the drive."""
    old: DriveSnapshot | None = None
    decided = []
    for properties in property_sets:
        new = settle(old, snapshot_of(properties), _never)
        decided.append(decide(old, new))
        old = new
    return decided


def test_a_disc_comes_and_goes_by_the_button() -> None:
    story = _play(records.EMPTY, records.DVD, records.EJECT_REQUEST, records.TAKEN_OUT, records.RE_INSERTED)
    assert story == [(T.APPEARED,), (T.INSERTED,), (T.EJECT_REQUESTED,), (T.MEDIA_REMOVED,), (T.INSERTED,)]


def test_a_disc_that_is_in_at_start_appears_with_its_drive() -> None:
    assert _play(records.DVD) == [(T.APPEARED, T.INSERTED)]


@pytest.mark.parametrize("repeated", [records.DVD, records.SYNTHETIC, records.PROBE_FAILED])
def test_repeated_and_synthetic_events_and_failed_probes_change_nothing(repeated: dict[str, str]) -> None:
    assert _play(records.EMPTY, records.DVD, *[repeated] * 3) == [(T.APPEARED,), (T.INSERTED,), (), (), ()]


def test_a_swap_without_an_empty_moment_is_a_removal_and_one_insertion() -> None:
    """An IDE drive reports it twice."""
    story = _play(records.DVD, records.SWAPPED, records.SWAPPED)
    assert story == [(T.APPEARED, T.INSERTED), (T.MEDIA_REMOVED, T.INSERTED), ()]


def test_the_real_removal_is_seen_although_diskseq_alone_would_do() -> None:
    same_number = records.TAKEN_OUT | {"DISKSEQ": "10"}
    assert _play(records.DVD, same_number)[-1] == (T.MEDIA_REMOVED,)
    lost_event = records.EMPTY | {"DISKSEQ": "11"}
    assert _play(records.DVD, lost_event)[-1] == (T.MEDIA_REMOVED,)


def test_a_button_whose_eject_failed_leaves_the_disc_in_and_works_again() -> None:
    story = _play(records.DVD, records.EJECT_REQUEST, records.EJECT_REQUEST, records.SYNTHETIC)
    assert story[1:] == [(T.EJECT_REQUESTED,), (T.EJECT_REQUESTED,), ()]


def test_a_label_that_comes_late_is_an_update() -> None:
    early = {key: value for key, value in records.DVD.items() if not key.startswith("ID_FS")}
    assert _play(early, records.DVD) == [(T.APPEARED, T.INSERTED), (T.UPDATED,)]


def test_an_unplugged_drive_takes_its_disc_along() -> None:
    assert decide(snapshot_of(records.DVD), None) == (T.MEDIA_REMOVED, T.REMOVED)
    assert decide(snapshot_of(records.EMPTY), None) == (T.REMOVED,)
    assert decide(None, None) == ()


def test_without_diskseq_each_coming_of_a_disc_is_numbered() -> None:
    numbers = count(-100, -1)
    old = None
    seen = []
    for properties in (records.EMPTY, records.DVD, records.DVD, records.TAKEN_OUT, records.DVD):
        new = settle(old, snapshot_of(records.without_diskseq(properties)), lambda: next(numbers))
        seen.append((decide(old, new), new.diskseq if new.loaded else None))
        old = new
    inserted = [number for decided, number in seen if T.INSERTED in decided]
    assert inserted == [-100, -101]
    assert seen[2] == ((), -100)


def test_an_odd_event_without_diskseq_is_no_new_disc() -> None:
    assert _play(records.DVD, records.without_diskseq(records.DVD), records.DVD)[1:] == [(), ()]


EVENTS = st.sampled_from(
    [
        records.EMPTY,
        records.DVD,
        records.SYNTHETIC,
        records.PROBE_FAILED,
        records.EJECT_REQUEST,
        records.TAKEN_OUT,
        records.RE_INSERTED,
        records.SWAPPED,
    ]
)


@given(st.lists(EVENTS), st.integers(1, 5))
def test_repeating_every_event_decides_nothing_more(story: list[dict[str, str]], times: int) -> None:
    once = [step for step in _play(*story) if step and step != (T.EJECT_REQUESTED,)]
    repeated = [step for properties in story for step in [properties] * times]
    assert [step for step in _play(*repeated) if step and step != (T.EJECT_REQUESTED,)] == once
