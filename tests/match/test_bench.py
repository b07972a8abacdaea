"""How long the assignment of a disc takes, start-up of the child included."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engramd.match import assign_disc
from engramd.tools import Tools
from tests.match.made import Show, request, retold, track, write_evidence, write_reference


@pytest.mark.bench
def test_five_titles_against_a_season_take_a_few_seconds(tmp_path: Path) -> None:
    show = Show(77)
    for number in range(1, 25):
        write_reference(
            tmp_path / "refs", f"Show/S01E{number:02d}.srt", retold(show.episode(number).cues, number)
        )
    titles = []
    for place, number in enumerate((3, 4, 5, 6, 7)):
        cues = retold(show.episode(number).cues, 99, shift=0, jitter=0.03, reworded=0.02)
        mute = track(cues, kind="bitmap", text=False)
        titles.append(write_evidence(tmp_path, place, show.seconds, mute, track(cues)))
    tools = Tools()
    begin = time.monotonic()
    result = assign_disc(tools, request(tmp_path / "refs", titles))
    taken = time.monotonic() - begin
    assert [t.episode for t in result.titles] == ["S01E03", "S01E04", "S01E05", "S01E06", "S01E07"]
    assert taken < 5, f"{taken:.1f} s; 1.4 s on two cores of 2024"
