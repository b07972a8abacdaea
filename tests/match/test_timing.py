"""Cue times alone: the right reference stands out, whatever was done to it; a wrong one never does."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest

from engramd.match import timing
from engramd.match.scoring import ACCEPT_C, ACCEPT_MARGIN
from engramd.match.subtitles import Cue
from engramd.match.timing import FACTORS, CueTimes, Timing, compare, segment_path, start_peaks
from tests.match.made import Show, retold, translated


def times(cues: Sequence[Cue]) -> CueTimes:
    return CueTimes.of([c.start for c in cues], [c.end for c in cues])


LENGTHS = pytest.mark.parametrize(
    "show",
    [Show(1), Show(2, seconds=125, cues=150), Show(3, seconds=2700, cues=700)],
    ids=["22min", "2min", "45min"],
)


def scores(show: Show, title: Sequence[Cue], references: list[Sequence[Cue]]) -> list[Timing]:
    """Compare with the given references of episode 1 and with five other episodes."""
    others = [times(retold(show.episode(n).cues, n)) for n in range(2, 7)]
    return compare(times(title), [*map(times, references), *others])


def assert_first(found: list[Timing]) -> None:
    best_other = max(t.c for t in found[1:])
    assert found[0].c >= ACCEPT_C, found
    assert found[0].c - best_other >= ACCEPT_MARGIN, found
    assert all(t.c < ACCEPT_C for t in found[1:]), found


@LENGTHS
@pytest.mark.parametrize("shift", [-3.0, 0.0, 4.5, 40.0])
def test_a_shifted_reference_is_found_with_its_offset(show: Show, shift: float) -> None:
    cues = show.episode(1).cues
    found = scores(show, cues, [retold(cues, 1, shift=shift)])
    assert_first(found)
    if shift >= 0:
        assert found[0].offset == pytest.approx(shift, abs=0.2)


@LENGTHS
@pytest.mark.parametrize("factor", FACTORS)
def test_every_speed_between_film_pal_and_ntsc_is_found(show: Show, factor: float) -> None:
    cues = show.episode(1).cues
    found = scores(show, cues, [retold(cues, 1, factor=factor)])
    assert_first(found)
    if show.seconds > 1000:
        assert found[0].factor == pytest.approx(factor, abs=0.0011)


def test_cut_scenes_change_the_offset_and_do_not_matter() -> None:
    show = Show(4)
    cues = show.episode(1).cues
    cut = [
        Cue(
            c.start + 12 * (c.start > 300) + 25 * (c.start > 800),
            c.end + 12 * (c.start > 300) + 25 * (c.start > 800),
            "",
        )
        for c in retold(cues, 1)
        if not 500 < c.start < 560
    ]
    found = scores(show, cues, [cut])
    assert_first(found)
    assert segment_path(times(cues), times(cut), 1.0).spread > 0.8


def test_another_language_has_the_same_times_with_jitter() -> None:
    show = Show(5)
    cues = show.episode(1).cues
    assert_first(scores(show, cues, [translated(cues, 1)]))


def test_a_song_that_all_episodes_share_is_no_match() -> None:
    show = Show(6, songs=True)
    found = scores(show, show.episode(9).cues, [retold(show.episode(8).cues, 1)])
    path = segment_path(times(show.episode(9).cues), times(show.episode(8).cues), 1.0)
    assert max(t.c for t in found) - sorted(t.c for t in found)[-2] < ACCEPT_MARGIN
    assert path.spread < 0.5


@LENGTHS
def test_wrong_references_stay_in_the_noise(show: Show) -> None:
    for number in range(10, 16):
        found = scores(show, show.episode(number).cues, [])
        assert max(t.c for t in found) < ACCEPT_C
        assert max(t.z for t in found) < 8


def test_whole_second_clocks_lose_their_false_peak() -> None:
    show = Show(7)
    coarse = [[Cue(round(c.start), round(c.end) + 0.5, "") for c in show.episode(n).cues] for n in (1, 2, 3)]
    found = compare(times(coarse[0]), [times(coarse[1]), times(coarse[2])])
    assert max(t.c for t in found) < ACCEPT_C


def test_playing_backwards_keeps_order_and_lengths() -> None:
    forwards = times(Show(8).episode(1).cues)
    backwards = forwards.backwards()
    assert np.all(np.diff(backwards.starts) >= 0)
    assert np.all(backwards.ends > backwards.starts)
    assert backwards.span == pytest.approx(forwards.span)


def test_portions_of_references_give_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    show = Show(1)
    references = [times(retold(show.episode(n).cues, n)) for n in range(1, 6)]
    title = times(show.episode(2).cues)
    whole = compare(title, references)
    monkeypatch.setattr(timing, "MOST_CELLS", 1)
    for one, other in zip(compare(title, references), whole, strict=True):
        assert (one.z, one.seg, one.oo) == pytest.approx((other.z, other.seg, other.oo), abs=1e-4)


def test_many_seasons_against_a_long_title_need_no_more_memory_than_a_few_episodes() -> None:
    cues = np.sort(np.random.default_rng(1).uniform(0, 7200, 1500))
    references = [CueTimes.of(cues[:300], cues[:300] + 1)] * 90
    tracemalloc.start()
    try:
        start_peaks(CueTimes.of(cues, cues + 1), references, 7260.0, (1.0,))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 400 << 20, f"{peak >> 20} MiB"
