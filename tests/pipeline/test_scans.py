"""Titles are found again in a scan that numbers them otherwise."""

from __future__ import annotations

import pytest

from engramd.discs.model import Disc
from engramd.errors import UnreadableDisc
from engramd.models import DiscTitle
from engramd.pipeline.scans import as_listed
from tests.pipeline.discs import bluray_of


def disc_of(*playlists: int) -> Disc:
    return bluray_of(*playlists).model_copy(update={"problems": ("a playlist is bad",)})


def rows_of(disc: Disc) -> list[DiscTitle]:
    return [
        DiscTitle(
            job_id=1,
            title_index=title.index,
            source_file=title.source_file,
            segment_map=title.segment_map,
            duration_seconds=title.duration,
        )
        for title in disc.titles
    ]


def test_a_playlist_that_can_be_read_after_cleaning_shifts_no_title() -> None:
    scratched, clean = disc_of(10, 30), disc_of(10, 20, 30)
    found = as_listed(clean, rows_of(scratched))
    assert [(title.index, title.number) for title in found.titles] == [(0, 10), (1, 30)]


def test_a_scan_like_the_first_one_is_taken_as_it_is() -> None:
    disc = disc_of(10, 20, 30)
    assert as_listed(disc, rows_of(disc)) is disc
    assert as_listed(disc, []) is disc, "nothing is listed yet"


def test_no_other_title_is_taken_for_one_that_cannot_be_read_now() -> None:
    with pytest.raises(UnreadableDisc, match="title 2 was on the disc before") as raised:
        as_listed(disc_of(10, 30), rows_of(disc_of(10, 20, 30)))
    assert "a playlist is bad" in raised.value.why
