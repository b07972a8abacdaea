"""How titles hang together: lengths of segments, versions, decoys, pieces and play-alls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs.model import Segment, Title
from engramd.identify.lengths import refine
from engramd.identify.structure import MOST_FILMS, analyse


def title(number: int, seconds: float, keys: str, *, size: int = 0, clip: bool = False) -> Title:
    """Make a title whose segments are said to be equally long, as a log that tells no lengths has them."""
    names = keys.split()
    share = seconds / len(names)
    return Title(
        index=number,
        number=number,
        source_file=f"{number:05d}.{'m2ts' if clip else 'mpls'}",
        segment_map=",".join(names),
        segments=tuple(Segment(key=key, duration=share, size=0) for key in names),
        duration=seconds,
        size=size or int(seconds * 1000) + number,
    )


SHARED_LOGO = [
    title(1, 1343, "a logo"),
    title(2, 1350, "b logo"),
    title(3, 1330, "c logo"),
    title(4, 4021, "a b c logo"),
]


def test_lengths_of_segments_are_found_from_sums() -> None:
    lengths = refine(SHARED_LOGO)
    assert lengths["logo"] == pytest.approx(1, abs=4)
    assert [lengths[key] for key in "abc"] == pytest.approx([1342, 1349, 1329], abs=5)


def test_lengths_that_add_up_stay() -> None:
    exact = [title(1, 100, "a"), title(2, 300, "b"), title(3, 400, "a b")]
    exact[2] = exact[2].model_copy(update={"segments": (*exact[0].segments, *exact[1].segments)})
    assert refine(exact) == {"a": 100, "b": 300}


def test_a_play_all_is_found_though_its_parts_share_a_logo() -> None:
    (play_all,) = analyse(SHARED_LOGO).play_alls
    assert play_all.title.number == 4
    assert [p.number for p in play_all.parts] == [1, 2, 3]


def test_clips_that_differ_in_length_are_pieces_of_an_episode_and_no_parts() -> None:
    lengths = {"a": 80, "b": 700, "c": 130, "d": 1400, "e": 340}
    clips = [title(n, seconds, key, clip=True) for n, (key, seconds) in enumerate(lengths.items(), 10)]
    assert not analyse([title(1, 2650, "a b c d e"), *clips]).play_alls


def test_clips_of_like_length_are_parts() -> None:
    clips = [title(n, 420 + n, key, clip=True) for n, key in enumerate("abcdef", 10)]
    (play_all,) = analyse([title(1, 2600, "a b c d e f"), *clips]).play_alls
    assert len(play_all.parts) == 6


def test_clips_that_leave_much_out_are_pieces_of_an_episode() -> None:
    clips = [title(n, 200 + n, key, clip=True) for n, key in enumerate("abcdef", 10)]
    branching = title(1, 1800, "a w b x c y d z e f")
    assert not analyse([branching, *clips]).play_alls


def test_playlists_are_parts_before_their_clips_are() -> None:
    episodes = [title(1, 2700, "a b c"), title(2, 2650, "d e f"), title(3, 2720, "g h i")]
    clips = [title(n, 890, key, clip=True) for n, key in enumerate("adg", 100)]
    (play_all,) = analyse([*episodes, title(4, 8070, "a b c d e f g h i"), *clips]).play_alls
    assert [p.number for p in play_all.parts] == [1, 2, 3]


def test_what_the_author_named_the_main_feature_is_no_play_all() -> None:
    parts = [title(n, 2000 + n, key) for n, key in enumerate("abc", 1)]
    film = title(9, 6006, "a b c")
    assert len(analyse([film, *parts]).play_alls) == 1
    named = film.model_copy(update={"comment": "FPL_MainFeature"})
    assert not analyse([named, *parts]).play_alls


def test_of_more_films_than_a_disc_has_room_for_the_richest_are_compared() -> None:
    films = [title(n, 6000 + n, f"a{n} b{n} c{n}") for n in range(1, 120)]
    named = films[99].model_copy(update={"comment": "FPL_MainFeature"})
    own = analyse([*films[:99], named, *films[100:], title(200, 600, "x")]).own
    assert len(own) == MOST_FILMS + 1
    assert {named.number, 200} <= {t.number for t in own}


def test_the_same_segments_in_another_order_are_decoys() -> None:
    structure = analyse([title(1, 6600, "a b c", size=9), title(2, 6600, "b a c", size=9)])
    assert structure.duplicates == structure.decoys == {2: 1}


def test_of_decoys_the_one_that_the_author_named_is_kept() -> None:
    named = title(7, 6600, "b a c", size=9).model_copy(update={"comment": "FPL_MainFeature"})
    assert analyse([title(1, 6600, "a b c", size=9), named]).duplicates == {1: 7}


def test_two_cuts_are_versions_of_each_other() -> None:
    longer, shorter = title(1, 2900, "a b c d e f g h"), title(2, 2650, "a b c d e f g x")
    versions = analyse([longer, shorter]).versions
    assert [t.number for t in versions[1]] == [2]
    assert [t.number for t in versions[2]] == [1]


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5), st.integers(0, 9000)),
        max_size=10,
    )
)
def test_lengths_are_never_negative(titles: list[tuple[list[str], int]]) -> None:
    made = [title(n, seconds, " ".join(keys)) for n, (keys, seconds) in enumerate(titles)]
    assert all(length >= 0 for length in refine(made).values())
