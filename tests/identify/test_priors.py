"""What corrects the learned models: runs, play-alls, variants, extras beside episodes."""

from __future__ import annotations

import pytest

from engramd.discs.model import Disc, Media, Segment, Stream, Title
from engramd.identify import priors, view_of
from engramd.identify.order import episodes_in_order
from engramd.identify.view import View


def title(number: int, minutes: float, keys: str, *, streams: int = 6, source: str = "") -> Title:
    """Make a playlist of clips that are equally long, with pictures and chapters like any other."""
    names = keys.split()
    made = [Stream(kind="video", codec="h264", stream_id=0)]
    made += [Stream(kind="audio", codec="ac3", stream_id=n, language="eng") for n in range(1, streams)]
    return Title(
        index=number,
        number=number,
        source_file=source or f"{number:05d}.mpls",
        segment_map=",".join(names),
        segments=tuple(Segment(key=key, duration=minutes * 60 / len(names), size=0) for key in names),
        duration=minutes * 60,
        size=int(minutes * 1e9) + number,
        chapters=(0.0, 60.0, 120.0),
        streams=tuple(made),
        height=1080,
    )


def view(*titles: Title, label: str = "SHOW") -> View:
    return view_of(Disc(source="test", media=Media.BLURAY, label=label, titles=titles))


def corrected(seen: View, odds: dict[int, float]) -> dict[int, float]:
    return priors.episodes(seen, odds)


def test_a_doubtful_title_in_a_run_of_equals_is_judged_like_them() -> None:
    seen = view(*(title(n, 26, str(n)) for n in range(4, 9)))
    assert corrected(seen, {4: 2.0, 5: 2.0, 6: -0.4, 7: 2.0, 8: 2.0})[6] > 0
    assert corrected(seen, {4: -2.0, 5: -2.0, 6: 0.4, 7: -2.0, 8: -2.0})[6] < 0


def test_what_a_play_all_joins_with_episodes_is_an_episode() -> None:
    parts = [title(1, 65, "1"), title(12, 47, "2"), title(23, 47, "3")]
    seen = view(title(30, 159, "1 2 3"), *parts)
    assert corrected(seen, {30: -4.0, 1: -2.0, 12: 3.0, 23: 3.0})[1] > 0


def test_a_play_all_of_titles_as_long_as_each_other_joins_episodes() -> None:
    seen = view(title(30, 132, "1 2 3"), title(1, 44, "1"), title(12, 45, "2"), title(23, 43, "3"))
    odds = corrected(seen, {30: -4.0, 1: -0.3, 12: -0.3, 23: -0.3})
    assert all(odds[n] > 0 for n in (1, 12, 23))


def test_a_play_all_of_extras_makes_no_episodes() -> None:
    seen = view(
        title(30, 52, "1 2 3"), title(1, 40, "1"), title(12, 7, "2"), title(23, 5, "3"), title(40, 90, "9")
    )
    odds = corrected(seen, {30: -4.0, 1: -0.3, 12: -0.3, 23: -0.3, 40: 2.0})
    assert all(odds[n] < 0 for n in (1, 12, 23))


@pytest.mark.parametrize("correct", [priors.episodes, priors.features])
def test_a_playlist_goes_before_its_variants(correct: object) -> None:
    variant = title(3, 113, "0", source="00003.mpls(10)")
    seen = view(variant, title(675, 114, "0 6"))
    odds = correct(seen, {3: 2.0, 675: -2.0})  # type: ignore[operator]
    assert odds[675] > 0 > odds[3]


def test_a_title_with_half_the_streams_of_the_episodes_is_none() -> None:
    seen = view(title(1, 44, "1"), title(2, 45, "2"), title(3, 43, "3"), title(90, 40, "9", streams=3))
    assert corrected(seen, {1: 3.0, 2: 3.0, 3: 3.0, 90: 1.5})[90] < 0


def test_a_cut_with_half_the_streams_is_one_all_the_same() -> None:
    cut = title(90, 44, "1 8", streams=3)
    seen = view(title(1, 47, "1 7"), title(2, 45, "2"), title(3, 43, "3"), cut)
    assert corrected(seen, {1: 3.0, 2: 3.0, 3: 3.0, 90: 1.5})[90] > 0


def test_a_bare_clip_beside_playlists_is_no_episode() -> None:
    clip = title(90, 44, "9", source="00090.m2ts")
    seen = view(title(1, 44, "1"), title(2, 45, "2"), title(3, 43, "3"), clip)
    assert corrected(seen, {1: 3.0, 2: 3.0, 3: 3.0, 90: 1.5})[90] < 0


def test_a_title_half_as_long_next_to_an_episode_is_one() -> None:
    seen = view(title(800, 43, "1"), title(801, 22, "2"), title(803, 43, "3"), title(804, 44, "4"))
    assert corrected(seen, {800: 3.0, 801: -2.0, 803: 3.0, 804: 3.0})[801] > 0


def test_a_season_in_the_label_speaks_for_a_series() -> None:
    films = [title(1, 94, "1"), title(2, 90, "2")]
    assert priors.series(view(*films, label="SHOW_S1_D1")) - priors.series(view(*films, label="SHOW")) == 2.0


def test_clips_numbered_without_a_gap_give_the_order() -> None:
    seen = view(title(3, 43, "5"), title(4, 43, "4"), title(5, 43, "6"))
    assert episodes_in_order(seen, {3, 4, 5}) == (4, 3, 5)


def test_clips_numbered_with_gaps_leave_the_order_to_the_playlists() -> None:
    seen = view(title(3, 43, "52"), title(4, 43, "4"), title(5, 43, "6"))
    assert episodes_in_order(seen, {3, 4, 5}) == (3, 4, 5)
