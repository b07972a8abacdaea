"""A film that is in parts on several titles or discs: a person says so, and each file is named so."""

from __future__ import annotations

import pytest

from engramd.errors import InvalidArgument
from engramd.models import AppConfig, ContentType, DiscJob, NamingPreset, TitleState
from engramd.organize import plan_path
from engramd.organize.assignments import read_assignments
from engramd.pipeline.filing import filing_item
from tests.pipeline.test_answers import Scratched
from tests.support.databases import Bench

LONG = "Harbor Lights (1999)"


def test_a_part_of_a_film_is_said_as_one_of_an_episode_is(sqlite_bench: Bench) -> None:
    job = Scratched(sqlite_bench, None)
    for index, words in enumerate((f"{LONG}-pt1", f"{LONG}-pt2")):
        job.answers.assign_all(job.job_id, {index: words}, "uid 1000")
    titles = sqlite_bench.store.titles(job.job_id)
    assert [title.episode_part for title in titles] == [1, 2]
    assert [title.own_title for title in titles] == ["Harbor Lights"] * 2
    assert "Harbor Lights (1999)-pt2" in titles[1].match_reason
    assert titles[1].state is TitleState.MATCHED
    row = DiscJob(drive_id="/dev/sr0", content_type=ContentType.MOVIE, detected_title="Harbor Lights")
    for preset, names in (
        (NamingPreset.PLEX, [f"{LONG} - pt1.mkv", f"{LONG} - pt2.mkv"]),
        (NamingPreset.JELLYFIN, [f"{LONG}-cd1.mkv", f"{LONG}-cd2.mkv"]),
    ):
        settings = AppConfig(naming_preset=preset)
        paths = [plan_path(filing_item(row, title, titles), settings) for title in titles]
        assert [path.name for path in paths] == names
        assert {path.parent.name for path in paths} == {LONG}


def test_it_is_written_as_other_assignments_are() -> None:
    assert read_assignments([f"2={LONG}-pt1", f"3={LONG}"]) == {2: f"{LONG}-pt1", 3: LONG}
    with pytest.raises(InvalidArgument):
        read_assignments([f"2={LONG}-pt0"])
