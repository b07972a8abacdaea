"""Which tracks of a title speak for it, and why others do not."""

from __future__ import annotations

import pytest

from engramd.match.model import Evidence, Sound, Track
from engramd.match.tracks import choose_tracks
from tests.match.made import Show, retold, track, translated

SHOW = Show(61)
ENGLISH = retold(SHOW.episode(1).cues, 1)
FRENCH = translated(SHOW.episode(1).cues, 2)
RATE = len(ENGLISH) * 60 / SHOW.seconds


def evidence(*tracks: Track, sounds: tuple[Sound, ...] = ()) -> Evidence:
    return Evidence(source="1.mkv", duration=SHOW.seconds, tracks=tracks, sounds=sounds)


def test_a_track_in_a_language_of_the_references_comes_first() -> None:
    english, french = track(ENGLISH, kind="text"), track(FRENCH, kind="text", language="fre")
    chosen = choose_tracks(evidence(french, english), RATE, frozenset({"eng"}))
    assert chosen.worded == english
    assert chosen.timed == (english, french)
    assert chosen.language == "eng"


def test_words_that_nothing_can_be_compared_with_give_way_to_pictures() -> None:
    pictures = track(ENGLISH, kind="bitmap", text=False)
    french = track(FRENCH, kind="text", language="fre")
    assert choose_tracks(evidence(french, pictures), RATE, frozenset({"eng"})).worded is None
    assert choose_tracks(evidence(french, pictures), RATE, frozenset({"fre"})).worded == french
    assert choose_tracks(evidence(french), RATE, frozenset({"eng"})).worded == french


@pytest.mark.parametrize(
    ("flags", "words"), [({"forced": True}, "forced"), ({"commentary": True}, "commentary")]
)
def test_flagged_tracks_are_refused_with_a_reason(flags: dict[str, bool], words: str) -> None:
    chosen = choose_tracks(evidence(track(ENGLISH, **flags)), RATE, frozenset({"eng"}))
    assert chosen.none
    assert words in chosen.refused[0]


def test_a_track_as_dense_as_a_commentary_or_as_sparse_as_signs_is_told_from_dialogue() -> None:
    signs, talk = track(ENGLISH[::3]), track(ENGLISH)
    assert "signs only" in choose_tracks(evidence(signs), RATE, frozenset()).refused[0]
    assert "a commentary" in choose_tracks(evidence(talk), RATE / 2, frozenset()).refused[0]


def test_songs_alone_do_not_cover_the_title() -> None:
    songs = track([cue for cue in ENGLISH if cue.start < 200])
    assert "covers only" in choose_tracks(evidence(songs), 0, frozenset()).refused[0]


def test_captions_that_roll_up_are_timed_only_where_nothing_else_is() -> None:
    rolling, pictures = track(ENGLISH, rolling=True), track(ENGLISH[1:], kind="bitmap", text=False)
    assert choose_tracks(evidence(rolling), RATE, frozenset()).timed == (rolling,)
    assert choose_tracks(evidence(rolling, pictures), RATE, frozenset()).timed == (pictures,)


def test_what_is_listened_to_is_no_commentary_and_in_a_language_of_the_references() -> None:
    sounds = (
        Sound(stream=1, language="jpn", default=True),
        Sound(stream=2, language="eng"),
        Sound(stream=3, language="eng", commentary=True),
    )
    assert choose_tracks(evidence(sounds=sounds), 0, frozenset({"eng"})).sound == sounds[1]
    assert choose_tracks(evidence(sounds=sounds), 0, frozenset()).sound == sounds[0]
    assert choose_tracks(evidence(sounds=sounds[2:]), 0, frozenset({"eng"})).sound is None
